"""How a turn looks in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from agents.turn import Question, TurnReply
from knowledge_graph.ontology.change import Proposal, RecordChange
from tools.context import Lang
from tools.outcomes import Table

SHOWN_CHANGES = 12
SHOWN_EVIDENCE = 5

_WORDS: dict[Lang, dict[str, str]] = {
    "en": {
        "record": "record",
        "field": "field",
        "before": "before",
        "after": "after",
        "more": "… and {n} more records",
        "act": "/confirm or /cancel · {n} records · proposal {id}",
        "evidence": "evidence",
        "create": "new",
        "delete": "deleted",
    },
    "zh": {
        "record": "记录",
        "field": "字段",
        "before": "原值",
        "after": "新值",
        "more": "……还有 {n} 条记录",
        "act": "/confirm 确认，/cancel 取消 · {n} 条记录 · 提案 {id}",
        "evidence": "依据",
        "create": "新建",
        "delete": "删除",
    },
}


def render_turn(reply: TurnReply) -> RenderableType:
    """Return a turn as the terminal shows it. Text from records is shown as it is, never as markup."""
    return Group(*_parts(reply))


def _parts(reply: TurnReply) -> Iterator[RenderableType]:
    for notice in reply.notices:
        yield Text(notice, style="yellow")
    yield Text(reply.reply)
    if reply.table is not None:
        yield _table(reply.table)
    if reply.proposal is not None:
        yield _proposal(reply.proposal, reply.lang)
    if reply.question is not None and (text := _question(reply.question, reply.reply)):
        yield text
    if reply.evidence:
        places = dict.fromkeys(f"{e.source} ({e.origin})" for e in reply.evidence if e.origin)
        if places:
            shown = "; ".join(list(places)[:SHOWN_EVIDENCE])
            yield Text(f"{_WORDS[reply.lang]['evidence']}: {shown}", style="dim")


def _table(table: Table) -> RichTable:
    shown = RichTable(show_edge=False, header_style="bold")
    for column in table.columns:
        shown.add_column(Text(column))
    for row in table.rows:
        shown.add_row(*(Text(cell) for cell in row))
    return shown


def _proposal(proposal: Proposal, lang: Lang) -> Panel:
    words = _WORDS[lang]
    shown = RichTable(show_edge=False, header_style="bold")
    for column in ("record", "field", "before", "after"):
        shown.add_column(words[column])
    for change in proposal.change_set.changes[:SHOWN_CHANGES]:
        for cells in _change(change, words):
            shown.add_row(*(Text(cell) for cell in cells))
    body: list[RenderableType] = [shown]
    if proposal.count > SHOWN_CHANGES:
        body.append(Text(words["more"].format(n=proposal.count - SHOWN_CHANGES), style="dim"))
    body += [Text(f"⚠ {warning}", style="yellow") for warning in proposal.warnings]
    act = words["act"].format(n=proposal.count, id=proposal.id)
    return Panel(Group(*body), title=Text(proposal.summary), subtitle=Text(act), title_align="left")


def _change(change: RecordChange, words: dict[str, str]) -> Iterator[tuple[str, str, str, str]]:
    title = change.title or str(change.ref)
    if change.action.value in words:
        title = f"{title} ({words[change.action.value]})"
    for index, field in enumerate(dict.fromkeys([*change.before, *change.after])):
        before, after = change.before.get(field), change.after.get(field)
        yield title if index == 0 else "", field, _cell(before), _cell(after)


def _cell(value: object) -> str:
    if value is None:
        return "—"
    return "、".join(str(v) for v in value) if isinstance(value, tuple) else str(value)


def _question(question: Question, said: str) -> Text:
    """Return what the reply itself does not already say of the question."""
    lines = [] if question.text in said else [question.text]
    if not all(option.label in said for option in question.options):
        lines += [f"  {n}. {option.label}" for n, option in enumerate(question.options, start=1)]
    return Text("\n".join(lines))
