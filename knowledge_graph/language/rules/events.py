"""Events in a rule: the one that triggers it, and how often one happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from knowledge_graph.expression.nodes import Aggregate, Compare, Condition, Op, Window
from knowledge_graph.language.parser.build import equals, field_term
from knowledge_graph.language.parser.fields import children
from knowledge_graph.language.parser.quantities import plain
from knowledge_graph.language.parser.reading import Piece, Reading
from knowledge_graph.language.parser.related import phrases
from knowledge_graph.language.parser.times import windows
from knowledge_graph.language.parser.values import value_lists
from knowledge_graph.language.recognisers.found import NumberFound
from knowledge_graph.language.rules.event_words import event_entity
from knowledge_graph.language.rules.tokens import after, tagged

Atoms = Callable[[Reading, str, int], list[Piece]]
_MOST = 4


@dataclass(frozen=True, slots=True)
class EventSaid:
    """An event with what was said of the thing that it happened to."""

    event: str
    where: tuple[Condition, ...]
    end: int


def events_at(r: Reading, i: int, atoms: Atoms) -> Iterator[EventSaid]:
    """Yield the events named at i: as a phrase, or as a verb, conditions and its noun."""
    for event, end in tagged(r, i, "r_event"):
        yield EventSaid(event, (), end)
    for event, start in tagged(r, i, "r_event_verb"):
        entity = event_entity(event, r.vocabulary.dictionary)
        for where, at in _modifiers(r, entity, (), start, atoms):
            for named, end in r.entities(at):
                if named == entity:
                    yield EventSaid(event, where, end)
    yield from _events_behind(r, i, atoms)


def _events_behind(r: Reading, i: int, atoms: Atoms) -> Iterator[EventSaid]:
    """Yield "a contract worth over 5 million is signed": a noun, conditions, what happens to it."""
    for named, start in r.entities(i):
        for where, at in _modifiers(r, named, (), start, atoms):
            for event, end in tagged(r, at, "r_event_tail"):
                if event_entity(event, r.vocabulary.dictionary) == named:
                    yield EventSaid(event, where, end)


def _modifiers(
    r: Reading, entity: str, so_far: tuple[Condition, ...], i: int, atoms: Atoms
) -> Iterator[tuple[tuple[Condition, ...], int]]:
    if len(so_far) < _MOST and r.spend():
        for condition, end in atoms(r, entity, i):
            yield from _modifiers(r, entity, (*so_far, condition), end, atoms)
        for end in (*r.words(i, "poss"), *(e for _, e in tagged(r, i, "r_skip"))):
            yield from _modifiers(r, entity, so_far, end, atoms)
    yield so_far, i


def windows_at(r: Reading, i: int) -> Iterator[tuple[Window | None, int]]:
    """Yield the periods at i, and none."""
    for at in dict.fromkeys(r.some(i, "on")):
        yield from windows(r, None, at)
    yield None, i


def counts(r: Reading, i: int) -> Iterator[tuple[Op, int, int]]:
    """Yield "more than 3 times", 3次以上, 超过3个."""
    for op, start in r.operators(i):
        for n, end in _times(r, start):
            yield op, n, end  # type: ignore[misc]  # an Op
    for n, start in _times(r, i):
        for op, end in r.operators(start):
            yield op, n, end  # type: ignore[misc]  # an Op


def _times(r: Reading, i: int) -> Iterator[tuple[int, int]]:
    yield from ((2, end) for _, end in tagged(r, i, "r_twice"))
    for found, end in r.found(i):
        if isinstance(found, NumberFound) and isinstance(plain(found.value), int):
            for _, last in tagged(r, end, "r_times"):
                yield int(found.value), last
            yield int(found.value), end


def event_counts(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield how often something was done: "has viewed billing 3 times or more in the last 7 days"."""
    for window, start in windows_at(r, i):
        for event, done in tagged(r, after(r, start, "have"), "r_event_done"):
            over = event_entity(event, r.vocabulary.dictionary)
            if over not in children(r, entity):
                continue
            for where, at in _values(r, over, done):
                for later, counted in windows_at(r, at):
                    yield from _counted(r, over, (where, window or later), counted)


def event_absences(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield "has not placed any orders in the last 60 days", 近60天未下单; and that something did happen."""
    for window, start in windows_at(r, i):
        absent = [
            (e, "eq", 0) for e in dict.fromkeys((*r.words(start, "not"), *r.words(start, "no")))
        ]
        present = [(after(r, start, "have"), "ge", 1)]
        for at, op, n in (*absent, *present):
            for event, done in tagged(r, after(r, at, "have", "be"), "r_event_done"):
                over = event_entity(event, r.vocabulary.dictionary)
                if over not in children(r, entity):
                    continue
                for where, end in _values(r, over, after(r, done, "r_skip")):
                    for later, last in windows_at(r, end):
                        if (window is None) is (later is None):
                            continue
                        term = Aggregate(
                            agg="count", over=over, window=window or later, where=where
                        )
                        yield Compare(op=op, term=term, value=n), last  # type: ignore[arg-type]  # an Op


def _values(r: Reading, over: str, i: int) -> Iterator[tuple[Condition | None, int]]:
    for info in r.vocabulary.entity_fields(over):
        if info.type == "enum":
            for found in value_lists(r, info, after(r, i, "r_skip")):
                condition = equals(field_term(info), info, found.groups, found.joint)
                ends = [e for named, e in r.named_fields(found.end) if named.id == info.id]
                nouns = [e for named, e in r.entities(found.end) if named == over]
                for end in (*ends, *nouns, found.end):
                    yield condition, end
    yield None, i
    for named, end in r.entities(i):
        if named == over:
            yield None, end


def _counted(
    r: Reading, over: str, said: tuple[Condition | None, Window | None], i: int
) -> Iterator[Piece]:
    where, window = said
    for op, n, end in counts(r, i):
        for later, last in windows_at(r, end):
            if later is not None and window is not None:
                continue
            term = Aggregate(agg="count", over=over, window=window or later, where=where)
            yield Compare(op=op, term=term, value=n), last


def noun_counts(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[Piece]:
    """Yield 近7天P1工单超过3个: a noun, then its number."""
    for window, start in windows_at(r, i):
        for at in dict.fromkeys((start, after(r, start, "have", "poss"))):
            for phrase in phrases(r, children(r, entity), at, atoms):
                if window is not None and phrase.window is not None:
                    continue
                where = phrase.counted().where
                begin = after(r, phrase.end, "count", "be")
                for later, counted in windows_at(r, begin):
                    said = (where, window or phrase.window or later)
                    yield from _counted(r, phrase.entity, said, counted)
    yield from _counts_first(r, entity, i, atoms)


def _counts_first(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[Piece]:
    """Yield "3 or more P1 tickets were opened in the last 7 days": a number, then its noun."""
    for op, n, start in counts(r, i):
        for phrase in phrases(r, children(r, entity), start, atoms):
            happened = (last for _, last in tagged(r, after(r, phrase.end, "be"), "r_event_done"))
            for at in dict.fromkeys((phrase.end, *happened)):
                for later, end in windows_at(r, at):
                    if later is not None and phrase.window is not None:
                        continue
                    term = replace(phrase.counted(), window=phrase.window or later)
                    yield Compare(op=op, term=term, value=n), end
