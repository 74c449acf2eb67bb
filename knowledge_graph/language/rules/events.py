"""Events in a rule: the one that triggers it, and how often one happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from knowledge_graph.expression.nodes import (
    Aggregate,
    And,
    Calendar,
    Compare,
    Condition,
    Op,
    Rolling,
    Window,
)
from knowledge_graph.language.parser.build import equals, field_term
from knowledge_graph.language.parser.fields import children
from knowledge_graph.language.parser.quantities import compared, plain
from knowledge_graph.language.parser.reading import Piece, Reading
from knowledge_graph.language.parser.related import phrases
from knowledge_graph.language.parser.times import windows
from knowledge_graph.language.parser.values import value_lists
from knowledge_graph.language.recognisers.found import DurationFound, NumberFound
from knowledge_graph.language.rules.event_words import event_entity
from knowledge_graph.language.rules.tokens import after, nouns, tagged
from knowledge_graph.language.vocabulary import FieldInfo

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
            for end in nouns(r, at, entity):
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
    yield from same_day(r, i)
    yield None, i


def same_day(r: Reading, i: int) -> Iterator[tuple[Window, int]]:
    """Yield 当天: the day on which the rule looks."""
    for _, end in tagged(r, i, "r_same_day"):
        yield Calendar(unit="day"), end


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


def event_counts(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[Piece]:
    """Yield how often something was done: "has viewed billing 3 times or more in the last 7 days"."""
    for window, start in windows_at(r, i):
        for event, done in tagged(r, after(r, start, "have"), "r_event_done"):
            over = event_entity(event, r.vocabulary.dictionary)
            if over not in children(r, entity):
                continue
            for where, at in _values(r, over, done):
                for stated in dict.fromkeys((at, after(r, at, "r_skip"))):
                    for later, counted in windows_at(r, stated):
                        yield from _counted(r, over, (where, window or later), counted)
                yield from _but_not(r, over, (where, window), at)
            yield from _counted_inside(r, over, window, done, atoms)


def _but_not(
    r: Reading, over: str, said: tuple[Condition | None, Window | None], i: int
) -> Iterator[Piece]:
    """Yield "bought robot arms but not controllers in the last 12 months": one, and none of the other."""
    where, window = said
    for joint in dict.fromkeys((
        *r.words(i, "and"),
        *(e for c in r.words(i, "comma") for e in r.words(c, "and")),
    )):
        for negative in r.words(joint, "not"):
            for other, middle in _values(r, over, negative):
                for later, end in windows_at(r, middle):
                    period = window or later
                    if where is None or other is None or (window and later) or period is None:
                        continue
                    some = Aggregate(agg="count", over=over, window=period, where=where)
                    none = replace(some, where=other)
                    yield (
                        And(
                            args=(
                                Compare(op="ge", term=some, value=1),
                                Compare(op="eq", term=none, value=0),
                            )
                        ),
                        end,
                    )


def _counted_inside(
    r: Reading, over: str, window: Window | None, i: int, atoms: Atoms
) -> Iterator[Piece]:
    """Yield "placed at least 3 orders within 30 days": the number stands before the noun."""
    for op, n, start in counts(r, i):
        for phrase in phrases(r, (over,), start, atoms):
            for later, end in windows_at(r, phrase.end):
                if sum(w is not None for w in (window, phrase.window, later)) > 1:
                    continue
                term = replace(phrase.counted(), window=window or phrase.window or later)
                yield Compare(op=op, term=term, value=n), end


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
                        ever = n == 1 and window is None and _is_perfect(r, start, done)
                        if (window is None) is (later is None) and not (ever and later is None):
                            continue
                        term = Aggregate(
                            agg="count", over=over, window=window or later, where=where
                        )
                        yield Compare(op=op, term=term, value=n), last  # type: ignore[arg-type]  # an Op


def _is_perfect(r: Reading, start: int, end: int) -> bool:
    """Whether 浏览过 or "has viewed" says that something happened at any time."""
    words = r.lattice.text[r.lattice.skip(start) : end].casefold()
    return words.endswith("过") or words.startswith(("has ", "have "))


def event_amounts(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield "purchased more than 3 million of inverters this year", 今年采购逆变器超过300万元."""
    for window, start in windows_at(r, i):
        for event, done in tagged(r, after(r, start, "have"), "r_event_done"):
            over = event_entity(event, r.vocabulary.dictionary)
            amounts = [f for f in r.vocabulary.entity_fields(over) if f.type == "money"]
            if over in children(r, entity) and len(amounts) == 1:
                for where, first in _values(r, over, done):
                    yield from _spent(r, amounts[0], (where, window), first)


def _spent(
    r: Reading, info: FieldInfo, said: tuple[Condition | None, Window | None], i: int
) -> Iterator[Piece]:
    where, window = said
    over = info.entity
    for op, quantity, middle in compared(r, info, i):
        if quantity.currency is not None:
            continue
        for start in dict.fromkeys((
            after(r, middle, "poss"),
            after(r, middle, "of", "prep"),
            middle,
        )):
            for other, at in _values(r, over, start):
                for later, end in windows_at(r, at):
                    period = window or later
                    if (window and later) or (where and other) or period is None:
                        continue
                    term = Aggregate(
                        agg="sum", over=over, field=info.id, window=period, where=where or other
                    )
                    yield Compare(op=op, term=term, value=quantity.value), end


def long_absences(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[Piece]:
    """Yield 超过半年没下单, "no orders for more than 90 days": nothing for at least so long."""
    for length, start in _lengths(r, i):
        for negative in dict.fromkeys((*r.words(start, "not"), *r.words(start, "no"))):
            for over, where, end in _happened(r, entity, negative, atoms):
                yield _none_within(over, where, length), end
    for negative in dict.fromkeys((*r.words(i, "not"), *r.words(i, "no"))):
        for over, where, middle in _happened(r, entity, negative, atoms):
            for at in dict.fromkeys(r.some(middle, "on", "prep")):
                for length, end in _lengths(r, at):
                    yield _none_within(over, where, length), end


def neither_happened(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[Piece]:
    """Yield 近60天既没有下单也没有提交工单, "has neither placed an order nor opened a ticket in …"."""
    for window, start in windows_at(r, i):
        for head in _neithers(r, start):
            for first in _happened(r, entity, head, atoms):
                for link in _nors(r, first[2]):
                    for second in _happened(r, entity, link, atoms):
                        for later, end in windows_at(r, second[2]):
                            period = window or later
                            if period is not None and not (window and later):
                                args = tuple(_none_in(o, w, period) for o, w, _ in (first, second))
                                yield And(args=args), end


def _neithers(r: Reading, i: int) -> Iterator[int]:
    yield from (end for _, end in tagged(r, i, "r_neither"))
    for _, both in tagged(r, i, "r_both"):
        yield from (*r.words(both, "not"), *r.words(both, "no"))


def _nors(r: Reading, i: int) -> Iterator[int]:
    at = after(r, i, "comma")
    yield from (end for _, end in tagged(r, at, "r_nor"))
    for _, also in tagged(r, at, "r_nor_also"):
        yield from (*r.words(also, "not"), *r.words(also, "no"))


def _none_in(over: str, where: Condition | None, window: Window) -> Compare:
    return Compare(
        op="eq", term=Aggregate(agg="count", over=over, window=window, where=where), value=0
    )


def _none_within(over: str, where: Condition | None, length: DurationFound) -> Compare:
    window = Rolling(n=length.n, unit=length.unit)
    return Compare(
        op="eq", term=Aggregate(agg="count", over=over, window=window, where=where), value=0
    )


def _lengths(r: Reading, i: int) -> Iterator[tuple[DurationFound, int]]:
    for start in dict.fromkeys((i, *(end for op, end in r.operators(i) if op in {"gt", "ge"}))):
        for found, end in r.found(start):
            if isinstance(found, DurationFound):
                tails = [last for op, last in r.operators(end) if op in {"gt", "ge"} and start == i]
                for last in (*tails, end):
                    yield found, last


def _happened(
    r: Reading, entity: str, i: int, atoms: Atoms
) -> Iterator[tuple[str, Condition | None, int]]:
    kids = children(r, entity)
    for event, done in tagged(r, after(r, i, "have", "be"), "r_event_done"):
        over = event_entity(event, r.vocabulary.dictionary)
        if over in kids:
            for start in dict.fromkeys((after(r, done, "r_skip"), done)):
                for where, end in _values(r, over, start):
                    yield over, where, end
    for phrase in phrases(r, kids, i, atoms):
        if phrase.window is None:
            yield phrase.entity, phrase.counted().where, phrase.end


def _values(r: Reading, over: str, i: int) -> Iterator[tuple[Condition | None, int]]:
    for info in r.vocabulary.entity_fields(over):
        if info.type == "enum":
            for found in value_lists(r, info, after(r, i, "r_skip")):
                condition = equals(field_term(info), info, found.groups, found.joint)
                ends = [e for named, e in r.named_fields(found.end) if named.id == info.id]
                for end in (*ends, *nouns(r, found.end, over), found.end):
                    yield condition, end
    yield None, i
    yield from ((None, end) for end in nouns(r, i, over))


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
