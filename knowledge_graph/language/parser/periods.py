"""Bare periods: "orders last month", "the leads from last year", "won deals this quarter", 今年赢单的商机.

A period without a field means the time at which a record of the kind happens. Beside a state that has a date
of its own (won deals, resolved tickets) it means that date. Beside any other state it is not clear, and asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from knowledge_graph.expression.nodes import (
    And,
    Between,
    Calendar,
    Compare,
    Condition,
    During,
    Field,
    In,
    Not,
    Or,
    Rolling,
    Window,
)
from knowledge_graph.language.parser import questions
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.parser.scopes import Item
from knowledge_graph.language.parser.times import FUTURE, TIMES, during, windows
from knowledge_graph.language.recognisers import recognise
from knowledge_graph.language.recognisers.found import WindowFound
from knowledge_graph.language.vocabulary import FieldInfo, kind_of
from knowledge_graph.ontology.schema import TIME_FIELDS

_STATE_DATES: Mapping[str, tuple[str, frozenset[str]]] = {
    "opportunity.stage": ("close_date", frozenset({"won", "lost"})),
    "ticket.status": ("resolved_at", frozenset({"resolved", "closed"})),
}
"""Fields with states that begin on a date: that date's field, and the states."""
_STATES = frozenset({"opportunity.stage", "lead.status", "customer.lifecycle", "contact.status"})
"""Fields that change while a record lives: with them, "last month" may mean then or when it was made."""
_FREE = frozenset({
    "order", "interaction", "ticket", "contract", "usage_event", "task", "document",
})  # fmt: skip
"""Kinds of events: a period anywhere in the sentence is theirs. For others it stands at the noun."""


def period_items(r: Reading, entity: str, i: int) -> Iterator[Item]:
    """Yield the bare periods at i as items that `settled` will give a field."""
    if kind_of(entity) not in TIME_FIELDS:
        return
    own = r.vocabulary.field_of(_own_date(entity))
    for start in dict.fromkeys(r.some(i, "on", "prep")):
        for window, end in windows(r, own if entity in _FREE else None, start):
            condition = During(
                term=Field(id=_own_date(entity)), window=_within(r, start, end, window)
            )
            yield Item(i, r.maybe(end, "inside"), condition=condition, is_period=True)


def _within(r: Reading, start: int, end: int, window: Window) -> Window:
    """Return the period itself for "leads from last year": at a noun it is no beginning but the whole of it."""
    if not isinstance(window, Between) or window.end is not None:
        return window
    for after in r.words(start, "of"):
        for found in recognise(r.lattice.text[after:end], r.context):
            whole = found.start + after == r.lattice.skip(after) and found.end + after == end
            if whole and isinstance(found.value, WindowFound) and not found.others:
                return found.value.window
    return window


def dated(entity: str, others: Iterable[Condition], window: Window) -> Condition | None:
    """Return what a period means beside conditions that begin on a date of their own, None without such."""
    for leaf in _leaves(others):
        name, states = _STATE_DATES.get(leaf[0], ("", frozenset()))
        if name and leaf[1] and leaf[1] <= states and leaf[0].partition(".")[0] == entity:
            return during(Field(id=f"{entity}.{name}"), window)
    return None


def settled(r: Reading, entity: str, items: tuple[Item, ...]) -> tuple[Item, ...] | None:
    """Return the items with each bare period on the field that it means; None (and a note) when unclear."""
    others = [item.condition for item in items if item.condition and not item.is_period]
    made: list[Item] = []
    for n, item in enumerate(items):
        if not item.is_period or not isinstance(item.condition, During):
            made.append(item)
            continue
        window = item.condition.window
        own = _beside_or(items, n, window) or dated(entity, others, window)
        if own is None and _is_clear(entity, items, n, others):
            own = during(Field(id=_directed(entity, window)), window)
        if own is None or _is_impossible(own, window):
            words = r.lattice.text[item.start : item.end].strip()
            r.note(item.end, questions.which_date(r, words, _dates(r, entity, window)))
            return None
        made.append(Item(item.start, item.end, condition=own))
    return tuple(made)


def _beside_or(items: tuple[Item, ...], n: int, window: Window) -> Condition | None:
    """Return "next month" of "closing this month or next month" on the date of the first."""
    for mark, other in ((n - 1, n - 2), (n + 1, n + 2)):
        if 0 <= min(mark, other) and max(mark, other) < len(items) and items[mark].mark == "or":
            condition = items[other].condition
            if isinstance(condition, During) and not items[other].is_period:
                return during(condition.term, window)
    return None


def _own_date(entity: str) -> str:
    return f"{entity}.{TIME_FIELDS[kind_of(entity)]}"


def _directed(entity: str, window: Window) -> str:
    """Return the date that a period means: one ahead cannot mean when a deal was made."""
    if _is_ahead(window) and entity == "opportunity":
        return "opportunity.close_date"
    if _is_ahead(window) and entity == "contract":
        return "contract.ends_on"
    return _own_date(entity)


def _is_ahead(window: Window) -> bool:
    match window:
        case Calendar():
            return window.offset > 0
        case Rolling():
            return window.n < 0
    return False


def _is_impossible(condition: Condition, window: Window) -> bool:
    """Whether a period ahead is asked of something that lies behind."""
    if not isinstance(condition, During) or not isinstance(condition.term, Field):
        return False
    return _is_ahead(window) and condition.term.name not in FUTURE


def _is_clear(entity: str, items: tuple[Item, ...], n: int, others: list[Condition]) -> bool:
    if entity in _FREE:
        return True
    return not any(field in _STATES for field, _ in _leaves(others)) and _is_at_noun(items, n)


def _is_at_noun(items: tuple[Item, ...], n: int) -> bool:
    for side in (reversed(items[:n]), iter(items[n + 1 :])):
        for item in side:
            if item.mark == "noun":
                return True
            if (
                item.condition is not None
                or item.ordering is not None
                or item.mark in {"and", "or"}
            ):
                break
    return False


def _dates(r: Reading, entity: str, window: Window) -> list[FieldInfo]:
    ahead = _is_ahead(window)
    infos = [info for info in r.vocabulary.entity_fields(entity) if info.type in TIMES]
    return [info for info in infos if not ahead or info.id.partition(".")[2] in FUTURE]


def _leaves(conditions: Iterable[Condition]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield fields with the values that conditions ask of them; without values where they are negated."""
    for condition in conditions:
        match condition:
            case And() | Or():
                yield from _leaves(condition.args)
            case Not():
                yield from ((field, frozenset()) for field, _ in _leaves([condition.arg]))
            case Compare(op="eq", term=Field() as term, value=str() as value):
                yield term.id, frozenset({value})
            case In(term=Field() as term):
                yield term.id, frozenset(condition.values)


__all__ = ["dated", "period_items", "settled"]
