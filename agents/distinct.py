"""Options that name records alike get what tells these apart: their e-mail, status, day, or id."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from agents.model import PendingQuestion
from agents.state import TurnContext
from tools.outcomes import Option, Table, ToolOk

_REF = re.compile(r"@(?P<kind>[a-z_]+):(?P<id>\S+)")
_ASIDE = re.compile(r"\)$")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "lead": ("title", "status", "email", "phone", "city", "created_on"),
    "contact": ("title", "department", "email", "phone", "city", "account"),
    "account": ("city", "industry", "phone", "tier", "owner"),
    "opportunity": ("account", "stage", "amount", "close_date", "owner"),
    "task": ("due_on", "status", "owner", "account"),
    "ticket": ("account", "status", "priority", "opened_at"),
    "order": ("account", "ordered_on", "amount", "status"),
    "contract": ("account", "signed_on", "value"),
    "employee": ("email", "team", "title"),
}
"""What tells records of a kind apart, the handiest first."""
_SHOWN = 2


async def told_apart(pending: PendingQuestion, context: TurnContext) -> PendingQuestion:
    """Return a question whose options can be told apart, as far as this actor may see what differs.

    Args:
        pending: The question.
        context: The turn; the records are read by its own tool, so the gate decides what is shown.
    """
    names = Counter(_name(o.label) for o in pending.options)
    alike = [o for o in pending.options if names[_name(o.label)] > 1 and _REF.fullmatch(o.reply)]
    if not alike:
        return pending
    facts: dict[str, list[str]] = {}
    for kind in dict.fromkeys(_REF.fullmatch(o.reply)["kind"] for o in alike):  # type: ignore[index]  # matched above
        facts |= await _differences(
            kind, [o for o in alike if o.reply.startswith(f"@{kind}:")], context
        )
    options = tuple(_marked(o, facts) if o in alike else o for o in pending.options)
    clash = Counter(o.label for o in options)
    options = tuple(
        _with(o, o.reply.partition(":")[2]) if clash[o.label] > 1 and o in alike else o
        for o in options
    )
    return replace(pending, options=options)


def _name(label: str) -> str:
    return label.partition(" (")[0].casefold()


def _marked(option: Option, facts: Mapping[str, Sequence[str]]) -> Option:
    said = [fact for fact in facts.get(option.reply, ()) if fact not in option.label][:_SHOWN]
    return _with(option, " · ".join(said)) if said else option


def _with(option: Option, said: str) -> Option:
    return replace(option, label=_ASIDE.sub(f" · {said})", option.label))


async def _differences(
    kind: str, options: Sequence[Option], context: TurnContext
) -> dict[str, list[str]]:
    """Return by reply the values of the first fields that differ."""
    tool = context.tool("find_records")
    known = context.language.vocabulary.schema.kind(kind).fields
    fields = [name for name in _FIELDS.get(kind, ()) if name in known]
    if tool is None or not fields:
        return {}
    args = {
        "kind": kind,
        "where": ", ".join(o.reply for o in options),
        "fields": "; ".join(fields),
    }
    found = await tool.run(tool.args.model_validate(args), context.run)
    if not isinstance(found, ToolOk) or found.table is None:
        return {}
    return _told(found.table)


def _told(table: Table) -> dict[str, list[str]]:
    """Return for each row the cells of the first columns in which the rows differ."""
    columns = [[row[i] for row in table.rows] for i in range(len(table.columns))]
    differing = [cells for cells in columns if len(set(cells)) > 1]
    return {
        f"@{ref}": [cells[row] for cells in differing if cells[row].strip(" -—")]
        for row, ref in enumerate(table.refs)
    }
