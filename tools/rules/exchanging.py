"""Rules to CEL, DMN and JDM and back: nothing is lost, or what would be is named and nothing is done.

What comes in is somebody else's text. Its contract is said in our own controlled words and compiled anew, so
that grammar, dictionary, red lines and checks are the same as for a typed sentence; whoever confirms owns it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge_graph.errors import BadInputError
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.rules.readback import read_back
from knowledge_graph.language.rules.results import RuleAsk, RuleRefused, all_actions
from knowledge_graph.ontology.change import RecordChange
from knowledge_graph.ontology.record import Record, RecordRef
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.exchange.cel_file import from_cel_file, to_cel_file
from knowledge_graph.rules.exchange.dmn import from_dmn, to_dmn
from knowledge_graph.rules.exchange.jdm import from_jdm, to_jdm
from knowledge_graph.rules.exchange.lossless import NotLossless
from knowledge_graph.rules.meaning import content_hash
from tools.asking import Session, readable
from tools.outcomes import ApprovalRequired, ToolFailed, ToolResult
from tools.rules.book import KIND, Kept, Shelf
from tools.rules.entering import entering
from tools.rules.service import RuleService
from tools.rules.telling import preview_lines
from tools.rules.wording import say

MOST_RULES = 100
LONGEST = 2_000_000
"""Characters of a file."""
_Rules = tuple[RuleContract, ...]
FORMATS: Mapping[
    str,
    tuple[
        Callable[[Sequence[RuleContract]], str | NotLossless],
        Callable[[str], _Rules | NotLossless],
    ],
] = {
    "cel": (to_cel_file, from_cel_file),
    "dmn": (to_dmn, from_dmn),
    "jdm": (to_jdm, from_jdm),
}


@dataclass(frozen=True, kw_only=True)
class Exported:
    """Rules in another format."""

    text: str
    rules: tuple[str, ...]
    """`RULE@VERSION` of each."""


def export_rules(
    names: Sequence[str], format_: str, shelf: Shelf, lang: str
) -> Exported | ToolFailed:
    """Return rules in another format, whole or not at all.

    Args:
        names: "R12" or "R12@3"; none: all rules that are in force.
        format_: cel, dmn or jdm.
        shelf: The rules there are.
        lang: The reader's language.

    Raises:
        NotFoundError: There is no such rule.
        BadInputError: There is no such format, or no rule to export.
    """
    write = _format(format_)[0]
    rules = [shelf.get(name).contract for name in names] or list(shelf.live)
    if not rules:
        raise BadInputError("no rule is in force; nothing was exported")
    lost = [(r.ref, found.reason) for r in rules if isinstance(found := write([r]), NotLossless)]
    text = "" if lost else write(rules)
    if lost or isinstance(text, NotLossless):
        told = "; ".join(f"{ref}: {why}" for ref, why in lost) or str(text)
        return _lossy(format_, told, lang)
    return Exported(text=text, rules=tuple(r.ref for r in rules))


def _format(
    name: str,
) -> tuple[
    Callable[[Sequence[RuleContract]], str | NotLossless], Callable[[str], _Rules | NotLossless]
]:
    found = FORMATS.get(name)
    if found is None:
        raise BadInputError(f"no format {name!r}; there are {', '.join(FORMATS)}")
    return found


def _lossy(format_: str, told: str, lang: str) -> ToolFailed:
    text = say(
        lang,
        f"没有转换，{format_.upper()} 与规则之间会丢失内容：{told}",
        f"Nothing was translated, something would be lost between {format_.upper()} and rules: {told}",
    )
    return ToolFailed(text=text, code="not_lossless")


async def import_rules(
    text: str, format_: str, session: Session, service: RuleService
) -> ToolResult:
    """Return the proposal to put the rules of a file in force as new rules.

    Args:
        text: The file.
        format_: cel, dmn or jdm.
        session: The session of the call.
        service: The rules.

    Raises:
        BadInputError: The file is too large, or there is no such format.
    """
    if len(text) > LONGEST:
        raise BadInputError(f"a file of rules has at most {LONGEST:,} characters")
    lang, found = session.run.lang, _format(format_)[1](text)
    if isinstance(found, NotLossless):
        return _lossy(format_, found.reason, lang)
    if not 0 < len(found) <= MOST_RULES:
        raise BadInputError(f"a file has 1 to {MOST_RULES} rules, this one has {len(found)}")
    shelf, changes, lines = await service.book.shelf(), list[RecordChange](), list[str]()
    for foreign in found:
        rule = _said_anew(foreign, format_, shelf, session, service)
        if isinstance(rule, ToolFailed):
            return rule
        shown = await service.previewer.preview(rule, shelf, session.run.actor)
        mirror = await service.previewer.facts(rule, session.run.actor)
        told = preview_lines(shown, session.language, service.parts.dictionary, mirror, lang)
        head = f"{rule.ref} ← {foreign.ref}: {rule.source.readback}"
        lines += [await readable(line, session) for line in (head, *told)]
        if shown.blocked:
            return ToolFailed(text="\n".join(lines), code="rule_blocked")
        begins, waits = entering(rule, shelf, service)
        changes += begins
        lines += waits
        shelf = _with(rule, shelf)
    summary = say(
        lang,
        f"导入 {len(found)} 条规则（{format_.upper()}）",
        f"import {len(found)} rule(s) from {format_.upper()}",
    )
    return ApprovalRequired(summary=summary, changes=tuple(changes), warnings=tuple(lines))


def _said_anew(
    foreign: RuleContract, format_: str, shelf: Shelf, session: Session, service: RuleService
) -> RuleContract | ToolFailed:
    """Return a contract from outside as our own language says it; the speaker is its author."""
    vocabulary, lang = session.language.vocabulary, session.run.lang
    unknown = _unknown(foreign, service.parts.dictionary)
    if unknown:
        return _lossy(format_, f"{foreign.ref}: {', '.join(unknown)}", lang)
    words = service.drafter.compiler(vocabulary).vocabulary
    said = read_back(foreign.contract, words, lang)
    drafted = service.drafter.draft(said, vocabulary, shelf, session.run)
    if isinstance(drafted, RuleRefused):
        return ToolFailed(
            text=f"{foreign.ref}: {drafted.text}", code=f"red_line:{drafted.red_line}"
        )
    if isinstance(drafted, RuleAsk):
        return _lossy(format_, f"{foreign.ref}: {drafted.text}", lang)
    again = replace(
        drafted,
        on_exit=foreign.on_exit,
        validity=foreign.validity,
        budget=foreign.budget,
        cooldown=foreign.cooldown,
        lineage=replace(drafted.lineage, imported=format_),
    )
    if content_hash(again) != content_hash(foreign):
        return _lossy(format_, f"{foreign.ref}: {said}", lang)
    return again


def _unknown(rule: RuleContract, dictionary: Dictionary) -> list[str]:
    """Return the actions and data sources that the dictionary has no words for."""
    actions = [a.action for a in all_actions(rule.contract) if a.action not in dictionary.actions]
    return [*actions, *(s for s in rule.contract.data_sources if s not in dictionary.data_sources)]


def _with(rule: RuleContract, shelf: Shelf) -> Shelf:
    """Return the rules with one more, which is not kept yet: the next of the file is checked against it."""
    ref = RecordRef(kind=KIND, id=rule.ref)
    kept = Kept(
        contract=rule.with_status("active"), record=Record(kind=ref.kind, id=ref.id, values={})
    )
    return Shelf(kept={**shelf.kept, rule.ref: kept}, mark=shelf.mark, broken=shelf.broken)
