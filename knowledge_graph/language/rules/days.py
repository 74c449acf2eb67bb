"""Counts of days in a rule: the day of something, days in a state, days since and days until."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge_graph.expression.nodes import And, Compare, Condition, Op
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.language.parser.build import equals, field_term
from knowledge_graph.language.parser.fields import fields_at
from knowledge_graph.language.parser.quantities import compared, plain
from knowledge_graph.language.parser.reading import Piece, Reading
from knowledge_graph.language.parser.times import windows
from knowledge_graph.language.parser.values import value_lists
from knowledge_graph.language.recognisers.found import DurationFound, NumberFound, OrdinalFound
from knowledge_graph.language.rules.tokens import after, tagged
from knowledge_graph.language.vocabulary import FieldInfo

_COUNTS_DOWN = "days_to_"
_COUNTS_UP = "days_since_"
_WORD = 2
"""Characters of a Chinese word."""


def _fields_of_type(r: Reading, entity: str, kind: str) -> Iterator[FieldInfo]:
    return (info for info in r.vocabulary.entity_fields(entity) if info.type == kind)


def ordinal_days(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield 试用第14天 and "day 14 of the trial": a field named for the day it counts."""
    for info in _fields_of_type(r, entity, "integer"):
        for name in info.names.all:
            folded = name.casefold()
            if folded.startswith("day of "):
                yield from _day_of(r, info, folded.removeprefix("day"), i)
                yield from _past_day(r, info, folded.removeprefix("day"), i)
            elif "第几天" in folded:
                yield from _day_zh(r, info, folded.partition("第几天")[0], i)


def _past_day(r: Reading, info: FieldInfo, tail: str, i: int) -> Iterator[Piece]:
    """Yield "past day 10 (of the trial)", "from day 12 on", "more than 10 days into the trial"."""
    text, term = r.lattice.text.casefold(), field_term(info)
    for number, middle in _numbers_behind(r, i, "r_past_day"):
        last = middle + len(tail)
        end = last if text[middle:last] == tail else middle
        yield Compare(op="gt", term=term, value=number), end
    for number, middle in _numbers_behind(r, i, "r_from_day"):
        for _, end in tagged(r, middle, "r_from_day_tail"):
            yield Compare(op="ge", term=term, value=number), end
    for op, number, middle in _day_counts(r, i):
        for link in ("into", "in"):
            head = f" {link} {tail.removeprefix(' of ')}"
            if text.startswith(head, middle):
                yield Compare(op=op, term=term, value=number), middle + len(head)


def _numbers_behind(r: Reading, i: int, role: str) -> Iterator[tuple[int | float, int]]:
    for _, start in tagged(r, i, role):
        for found, end in r.found(start):
            if isinstance(found, NumberFound | OrdinalFound):
                yield plain(found.value), end


def _day_counts(r: Reading, i: int) -> Iterator[tuple[Op, int, int]]:
    for op, start in dict.fromkeys((*r.operators(i), ("ge", i))):
        for found, end in r.found(start):
            if isinstance(found, DurationFound) and found.unit == "day":
                yield op, found.n, end  # type: ignore[misc]  # an Op


def _day_of(r: Reading, info: FieldInfo, tail: str, i: int) -> Iterator[Piece]:
    for start in dict.fromkeys(r.some(i, "on", "prep")):
        for found, end in r.found(start):
            if isinstance(found, OrdinalFound) and found.unit == "day":
                last = end + len(tail)
                if r.lattice.text[end:last].casefold() == tail:
                    yield Compare(op="eq", term=field_term(info), value=found.value), last


def _day_zh(r: Reading, info: FieldInfo, head: str, i: int) -> Iterator[Piece]:
    start = r.lattice.skip(i)
    if head and not r.lattice.text.startswith(head, start):
        return
    for at in dict.fromkeys((after(r, start + len(head), "poss", "be"), start + len(head))):
        for found, end in r.found(at):
            if isinstance(found, OrdinalFound) and found.unit == "day":
                yield Compare(op="eq", term=field_term(info), value=found.value), end
        for op, middle in r.operators(at) if head else ():
            for found, end in r.found(middle):
                if isinstance(found, DurationFound) and found.unit == "day":
                    yield Compare(op=op, term=field_term(info), value=found.n), end  # type: ignore[arg-type]  # an Op


def dwelling(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield "stuck in negotiation for more than 21 days": a count of days with a value between."""
    for info, end in fields_at(r, entity, i):
        if info.type not in {"days", "hours"}:
            continue
        for start in dict.fromkeys(r.some(end, "prep", "on")):
            for value in _fields_of_type(r, info.entity, "enum"):
                for found in value_lists(r, value, start):
                    where = equals(field_term(value), value, found.groups, found.joint)
                    yield from _for_days(r, info, where, found.end)


def in_state_for(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield 处于谈判阶段超过21天, "in the proposal stage for 30 days": `days_in_stage` counts for `stage`."""
    for info in r.vocabulary.entity_fields(entity):
        _, _, counted = info.id.partition(f"{entity}.days_in_")
        value = r.vocabulary.field_of(f"{entity}.{counted}") if counted else None
        if value is None:
            continue
        for start in dict.fromkeys(r.some(i, "be", "prep")):
            for found in value_lists(r, value, after(r, start, "r_skip")):
                where = equals(field_term(value), value, found.groups, found.joint)
                yield from _for_days(r, info, where, found.end)


def _for_days(r: Reading, info: FieldInfo, where: Condition, i: int) -> Iterator[Piece]:
    fields = [end for named, end in r.named_fields(i) if named.entity == info.entity]
    named = [i, *fields, *(e for at in fields for f, e in r.named_fields(at) if f.id == info.id)]
    for start in named:
        for at in dict.fromkeys(r.some(start, "on", "prep", "comma")):
            for op, quantity, end in compared(r, info, at):
                days = Compare(op=op, term=field_term(info), value=quantity.value)
                yield simplified(And(args=(where, days))), end


def day_windows(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield 30天内到期, "renewal within 30 days", 近30天未联系: a window that a count of days is held to."""
    for info, end in _counted_fields(r, entity, i):
        for start in dict.fromkeys(r.some(end, "be", "on", "prep")):
            for window, last in windows(r, None, start):
                yield from _in_days(info, window, last)
    for start in dict.fromkeys(r.some(i, "on", "prep", "be")):
        for window, end in windows(r, None, start):
            for at in dict.fromkeys((after(r, end, "poss", "be", "filler"), end)):
                for info, last in _counted_fields(r, entity, at):
                    yield from _in_days(info, window, last)
    yield from _split_names(r, entity, i)


def days_before(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield 合同到期前30天, "30 days before the contract ends": the one day on which so many are left."""
    for info, middle in _counted_down(r, entity, i):
        start = r.lattice.skip(middle)
        if r.lattice.text.startswith("前", start):
            for days, end in _whole_days(r, start + 1):
                yield Compare(op="eq", term=field_term(info), value=days), end
    for days, middle in _whole_days(r, i):
        for _, start in tagged(r, middle, "r_days_before"):
            for at in dict.fromkeys((after(r, start, "r_skip", "r_of_object"), start)):
                for info, end in _counted_down(r, entity, at):
                    yield Compare(op="eq", term=field_term(info), value=days), end


def _counted_down(r: Reading, entity: str, i: int) -> Iterator[tuple[FieldInfo, int]]:
    return ((f, end) for f, end in _counted_fields(r, entity, i) if _direction(f) == "down")


def _whole_days(r: Reading, i: int) -> Iterator[tuple[int, int]]:
    for found, end in r.found(i):
        days = plain(found.days()) if isinstance(found, DurationFound) else None
        if isinstance(days, int):
            yield days, end


def _split_names(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield 合同30天内到期: the window stands within the field's name."""
    text, start = r.lattice.text, r.lattice.skip(i)
    for info in _fields_of_type(r, entity, "days"):
        if _direction(info) is None:
            continue
        for head, tail in _halves(info):
            if not text.startswith(head, start):
                continue
            for at in dict.fromkeys(r.some(start + len(head), "on", "prep", "be")):
                for window, end in windows(r, None, at):
                    if text.startswith(tail, r.lattice.skip(end)):
                        yield from _in_days(info, window, r.lattice.skip(end) + len(tail))


def _halves(info: FieldInfo) -> Iterator[tuple[str, str]]:
    for name in info.names.zh:
        if len(name) == 2 * _WORD and name.isalpha():
            yield name[:_WORD], name[_WORD:]


def _counted_fields(r: Reading, entity: str, i: int) -> Iterator[tuple[FieldInfo, int]]:
    for info, end in fields_at(r, entity, i):
        if info.type == "days" and _direction(info) is not None:
            yield info, end


def _direction(info: FieldInfo) -> str | None:
    name = info.id.partition(".")[2]
    if name.startswith(_COUNTS_DOWN):
        return "down"
    return "up" if name.startswith(_COUNTS_UP) else None


def _in_days(info: FieldInfo, window: object, end: int) -> Iterator[Piece]:
    days = _length(window)
    if days is None:
        return
    if _direction(info) == "down":
        yield Compare(op="le", term=field_term(info), value=abs(days)), end
    elif days > 0:  # nobody was in touch within the window
        yield Compare(op="gt", term=field_term(info), value=days), end


def _length(window: object) -> int | None:
    from_window = {"day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}
    unit, n = getattr(window, "unit", ""), getattr(window, "n", None)
    return n * from_window[unit] if n is not None and unit in from_window else None
