"""Conditions on dates and instants: within a window, before, after, since, until, on a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from knowledge_graph.expression.nodes import (
    Between,
    Calendar,
    Compare,
    Condition,
    During,
    Moment,
    Op,
    Rolling,
    Scalar,
    Term,
    Window,
)
from knowledge_graph.language.parser.build import field_term
from knowledge_graph.language.parser.reading import Piece, Reading
from knowledge_graph.language.recognisers.found import (
    DateFound,
    DurationFound,
    RangeFound,
    WindowFound,
)
from knowledge_graph.language.vocabulary import FieldInfo

TIMES = frozenset({"date", "datetime"})
FUTURE = frozenset({
    "close_date", "due_on", "follow_up_by", "ends_on", "contract_end",
})  # fmt: skip
"""Fields that lie ahead: "within 30 days" of them looks forward."""
_BEHIND = frozenset({
    "ordered_on", "opened_at", "resolved_at", "happened_at", "created_on", "published_on",
    "last_contact_date", "trial_started",
})  # fmt: skip
"""Fields of what has happened: of two readings of a date only one that is not ahead can be meant."""
TODAY = Moment(n=0, unit="day")
"""The current local day."""
_SIDES: dict[str, tuple[Op, str]] = {
    "before": ("lt", "start"),
    "until": ("le", "end"),
    "after": ("gt", "end"),
    "since": ("ge", "start"),
}
_TURNED: dict[Op, Op] = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
_SIGNS = {"lt": "before", "le": "until", "gt": "after", "ge": "since"}


def time_conditions(r: Reading, info: FieldInfo, i: int) -> Iterator[Piece]:
    """Yield the conditions on a date field that the words at i say."""
    term = field_term(info)
    yield from _bounded(r, info, term, i)
    start = r.maybe(i, "on", "prep")
    for at in dict.fromkeys((start, i)):
        for window, end in windows(r, info, at):
            yield during(term, window), r.maybe(end, "inside")
        for found, end in r.found(at, past=is_behind(info)):
            if isinstance(found, DateFound):
                yield _on(info, term, found), end


def _bounded(r: Reading, info: FieldInfo, term: Term, i: int) -> Iterator[Piece]:  # noqa: C901 -- one loop per part of the phrase
    for role, (op, edge) in _SIDES.items():
        for after in r.words(i, role):
            for value, end in _edges(r, info, after, edge):
                yield _against(info, term, op, value), end
        for at in r.some(i, "since") if role == "since" else (i,):
            for value, middle in _edges(r, info, at, edge):
                for end in r.words(middle, role):
                    if r.lang == "zh":
                        yield _against(info, term, op, value), end
    for op_text, after in r.operators(i):
        op, edge = _SIDES[_SIGNS[op_text]]
        for value, end in _edges(r, info, after, edge):
            spoken = r.lattice.text[r.lattice.skip(i)].isalnum()
            # "more than 2 weeks ago" lies before it: the further back, the more
            chosen = _TURNED[op] if spoken and _is_ago(r, after, end) else op
            yield _against(info, term, chosen, value), end
    yield from _ranges(r, info, term, i)


def _ranges(r: Reading, info: FieldInfo, term: Term, i: int) -> Iterator[Piece]:
    start = r.maybe(i, "between")
    for low, middle in r.found(start):
        if not isinstance(low, DateFound) or low.is_instant:
            continue
        for to in r.words(middle, "to"):
            for high, end in r.found(to):
                if isinstance(high, DateFound) and not high.is_instant:
                    window = Between(start=low.iso, end=high.iso)
                    yield During(term=term, window=window), r.maybe(end, "inside")


def _edges(r: Reading, info: FieldInfo, i: int, edge: str) -> Iterator[tuple[Scalar, int]]:
    found_here = sorted(
        r.found(i, past=is_behind(info)), key=lambda one: not isinstance(one[0], DateFound)
    )
    for found, end in found_here:
        if isinstance(found, DateFound):
            yield _instant(info, found, edge), end
        elif isinstance(found, WindowFound):
            value = _edge(found.window, edge)
            if value is not None:
                yield value, end
        elif isinstance(found, DurationFound):
            for after in r.words(end, "ago"):
                yield Moment(n=-found.n, unit=found.unit), after


def _is_ago(r: Reading, start: int, end: int) -> bool:
    """Whether the words of a moment end with "ago"."""
    return any(end in r.words(at, "ago") for at in range(start, end))


def _instant(info: FieldInfo, found: DateFound, edge: str) -> Scalar:
    """Return a day as a bound: of an instant field, the day's first or last moment."""
    moment = found.moment
    if moment is None:
        return found.iso
    is_day = (
        bool(found.iso) and not found.is_instant
    )  # controlled words give no date: they are exact
    if info.type == "datetime" and is_day and moment.unit == "day" and moment.edge == "none":
        return replace(moment, edge="start" if edge == "start" else "end")
    return moment


def _edge(window: Window, edge: str) -> Scalar | None:
    if isinstance(window, Calendar):
        return Moment(n=window.offset, unit=window.unit, edge="start" if edge == "start" else "end")
    if isinstance(window, Between):
        return window.start if edge == "start" else window.end
    return None


def _against(info: FieldInfo, term: Term, op: Op, value: Scalar) -> Condition:
    return Compare(op=op, term=term, value=value)


def during(term: Term, window: Window) -> Condition:
    """Return a period as a condition; one that is open at an end is a comparison."""
    if isinstance(window, Between) and window.start is None and window.end is not None:
        return Compare(op="le", term=term, value=window.end)
    if isinstance(window, Between) and window.end is None and window.start is not None:
        return Compare(op="ge", term=term, value=window.start)
    return During(term=term, window=window)


def _on(info: FieldInfo, term: Term, found: DateFound) -> Condition:
    if info.type == "datetime" and not found.is_instant:
        if found.moment is not None and found.moment.unit == "day":
            return During(term=term, window=Calendar(unit="day", offset=found.moment.n))
        return During(term=term, window=Between(start=found.iso, end=found.iso))
    return Compare(op="eq", term=term, value=found.moment or found.iso)


def windows(r: Reading, info: FieldInfo | None, i: int) -> Iterator[tuple[Window, int]]:
    """Yield the periods at i; one without a direction looks the way that the field does."""
    for found, end in r.found(i, past=info is not None and is_behind(info)):
        if isinstance(found, WindowFound):
            yield _directed(found, info), end


def is_behind(info: FieldInfo) -> bool:
    """Return whether a date is of what has happened."""
    return info.id.partition(".")[2] in _BEHIND


def _directed(found: WindowFound, info: FieldInfo | None) -> Window:
    ahead = info is not None and info.id.partition(".")[2] in FUTURE
    window = found.window
    if found.direction == "either" and ahead and isinstance(window, Rolling):
        return replace(window, n=-abs(window.n))
    return window


__all__ = ["FUTURE", "TIMES", "RangeFound", "during", "time_conditions", "windows"]
