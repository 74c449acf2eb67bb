"""Numbers over a period in a rule: changes against the period before, shares of it, and own fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from knowledge_graph.expression.nodes import (
    Agg,
    Aggregate,
    Calendar,
    Compare,
    Condition,
    Op,
    Rolling,
    Window,
)
from knowledge_graph.language.parser import questions
from knowledge_graph.language.parser.build import equals, field_term
from knowledge_graph.language.parser.fields import children, fields_at
from knowledge_graph.language.parser.predicates import predicates
from knowledge_graph.language.parser.quantities import plain
from knowledge_graph.language.parser.reading import Piece, Reading
from knowledge_graph.language.parser.related import aggregates
from knowledge_graph.language.parser.times import windows
from knowledge_graph.language.parser.values import value_lists
from knowledge_graph.language.recognisers.found import DurationFound, NumberFound, RatioFound
from knowledge_graph.language.rules.events import same_day
from knowledge_graph.language.rules.tokens import after, tagged
from knowledge_graph.language.vocabulary import FieldInfo

Atoms = Callable[[Reading, str, int], list[Piece]]
_AGGS: tuple[Agg, ...] = ("sum", "avg", "max", "min")
_SUMMED = frozenset({"money", "number", "integer", "ratio"})
_TURNED: dict[str, Op] = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}


def own_aggregates(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield 近7天平均OEE低于65%: a number over a field of the entity's own, which needs a period."""
    for term, info, end in _own_terms(r, entity, i):
        if term.window is not None:
            yield from predicates(r, info, term, end)
            continue
        for condition, last in predicates(r, info, term, end):
            for window, done in _windows(r, last):
                if isinstance(condition, Compare) and window is not None:
                    yield replace(condition, term=replace(term, window=window)), done


def _own_terms(r: Reading, entity: str, i: int) -> Iterator[tuple[Aggregate, FieldInfo, int]]:
    for window, start in _windows(r, i):
        for agg, at in _aggs(r, start):
            for info, end in fields_at(r, entity, at):
                if info.entity != entity or info.type not in _SUMMED:
                    continue
                for later, last in _windows(r, after(r, end, "poss")):
                    for tail, done in _aggs(r, last):
                        chosen = agg or tail or ("sum" if info.type == "money" else None)
                        period = window or later
                        if chosen is not None and (agg or tail or period is not None):
                            yield (
                                Aggregate(agg=chosen, over=entity, field=info.id, window=period),
                                info,
                                done,
                            )


def filtered_aggregates(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield 近3个月逆变器采购额, 工单平均满意度, "spend on sensors this year": over some related records."""
    for term, info, end in _filtered_terms(r, entity, i):
        for condition, last in predicates(r, info, term, end):
            yield condition, last
            if term.window is None and isinstance(condition, Compare):
                for window, done in _windows(r, last):
                    if window is not None:
                        yield replace(condition, term=replace(term, window=window)), done


def _filtered_terms(r: Reading, entity: str, i: int) -> Iterator[tuple[Aggregate, FieldInfo, int]]:
    kids = children(r, entity)
    for window, start in _windows(r, i):
        for where, at in _filters(r, kids, start):
            for agg, named_at in _aggs(r, at):
                for info, end in r.named_fields(named_at):
                    if info.entity not in kids or info.type not in _SUMMED:
                        continue
                    if where is not None and where[0] != info.entity:
                        continue
                    yield from _filtered_tail(r, (agg, window, where), info, end)


def _filtered_tail(
    r: Reading,
    said: tuple[Agg | None, Window | None, tuple[str, Condition | None] | None],
    info: FieldInfo,
    i: int,
) -> Iterator[tuple[Aggregate, FieldInfo, int]]:
    agg, window, where = said
    for later_where, at in _filters(r, (info.entity,), after(r, i, "on", "prep")):
        for later, last in _windows(r, at):
            for tail, end in _aggs(r, last):
                chosen = agg or tail or ("sum" if info.type == "money" else None)
                twice = (window and later) or (where and later_where) or (agg and tail)
                filtered = where or later_where
                if chosen is not None and not twice and (filtered is not None or tail is not None):
                    term = Aggregate(
                        agg=chosen,
                        over=info.entity,
                        field=info.id,
                        window=window or later,
                        where=filtered[1] if filtered is not None else None,
                    )
                    yield term, info, end


def _filters(
    r: Reading, kids: tuple[str, ...], i: int
) -> Iterator[tuple[tuple[str, Condition | None] | None, int]]:
    for kid in kids:
        for info in r.vocabulary.entity_fields(kid):
            if info.type == "enum":
                for found in value_lists(r, info, i):
                    where = equals(field_term(info), info, found.groups, found.joint)
                    names = [e for named, e in r.named_fields(found.end) if named.id == info.id]
                    nouns = [e for named, e in r.entities(found.end) if named == kid]
                    for end in (*names, *nouns, found.end):
                        yield (kid, where), after(r, end, "poss")
    for named, end in r.entities(i):
        if named in kids:
            yield (named, None), after(r, end, "poss")
    yield None, i


def _windows(r: Reading, i: int) -> Iterator[tuple[Window | None, int]]:
    for at in dict.fromkeys(r.some(i, "on")):
        for window, end in windows(r, None, at):
            yield window, after(r, end, "poss")
    for window, end in same_day(r, i):
        yield window, after(r, end, "poss")
    yield None, i


def _aggs(r: Reading, i: int) -> Iterator[tuple[Agg | None, int]]:
    for agg in _AGGS:
        for end in r.words(i, agg):
            yield agg, after(r, end, "poss")
    yield None, i


def changes(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[Piece]:
    """Yield what a number over a period does against the period before.

    采购额比上月下降20%, "purchases this quarter below 60% of last quarter", 近3个月采购额环比下降超过两成.
    """
    for window, start in _windows(r, i):
        for term, _, end in (
            *aggregates(r, entity, start, atoms),
            *_own_terms(r, entity, start),
            *_filtered_terms(r, entity, start),
        ):
            if window is not None and term.window is not None:
                continue
            whole = replace(term, window=term.window or window)
            yield from _moved(r, whole, end)
            yield from _share(r, whole, end)


def _moved(r: Reading, term: Aggregate, i: int) -> Iterator[Piece]:
    for before, start, said in _against(r, i):
        for sign, at in _moves(r, start):
            for op, ratio, end in _ratios(r, after(r, at, "r_by_ratio")):
                move = _Move(op=op, ratio=ratio, sign=sign, before=before, said=said)
                yield from _moved_by(r, term, move, end)
        for role, share, sign in (("r_doubled", Fraction(1), 1), ("r_halved", Fraction(1, 2), -1)):
            for _, end in tagged(r, after(r, start, "be", "have"), role):
                period = _period(r, i, term, before)
                if period is not None:
                    yield _changed(term, period, "ge", share, sign), end


@dataclass(frozen=True, kw_only=True)
class _Move:
    """By how much a number went up or down, and against what, as far as it was said."""

    op: Op
    ratio: Fraction
    sign: int
    before: Window | None
    said: bool


def _moved_by(r: Reading, term: Aggregate, move: _Move, i: int) -> Iterator[Piece]:
    for whole, end in _with_window(r, term, i):
        for later, last, said_later in _against(r, end):
            if move.before is not None and later is not None:
                continue
            period = _period(r, i, whole, move.before or later)
            if period is not None and (move.said or said_later or whole.window is not None):
                yield _changed(whole, period, move.op, move.ratio, move.sign), last


def _with_window(r: Reading, term: Aggregate, i: int) -> Iterator[tuple[Aggregate, int]]:
    if term.window is None:
        for at in dict.fromkeys(r.some(i, "on")):
            for window, end in windows(r, None, at):
                yield replace(term, window=window), end
    yield term, i


def _changed(term: Aggregate, period: Window, op: Op, ratio: Fraction, sign: int) -> Compare:
    chosen = op if sign > 0 else _TURNED[op]
    whole = replace(term, window=period, change="pct_prev")
    return Compare(op=chosen, term=whole, value=plain(ratio * sign))


def _moves(r: Reading, i: int) -> Iterator[tuple[int, int]]:
    start = after(r, i, "have", "be")
    for at in dict.fromkeys((start, i)):
        for role, sign in (("fell", -1), ("rose", 1)):
            for end in r.words(at, role):
                yield sign, end
            for _, end in tagged(r, at, f"r_{role}"):
                yield sign, end


def _against(r: Reading, i: int) -> Iterator[tuple[Window | None, int, bool]]:
    """Yield the period that is compared with, where it is said; and whether anything was said."""
    for end in r.words(i, "against_prev"):
        yield None, end, True
    for _, start in tagged(r, i, "r_compared"):
        for window, end in _said_windows(r, start):
            yield window, after(r, end, "poss"), True
    yield None, i, False


def _said_windows(r: Reading, i: int) -> Iterator[tuple[Window, int]]:
    """Yield the periods that something is compared with; 前3个月 is one only there."""
    for at in dict.fromkeys((i, after(r, i, "r_skip"))):
        yield from windows(r, None, at)
    if r.lattice.text.startswith("前", r.lattice.skip(i)):
        for found, end in r.found(r.lattice.skip(i) + 1):
            if isinstance(found, DurationFound):
                yield Rolling(n=found.n, unit=found.unit), end


def _period(r: Reading, at: int, term: Aggregate, before: Window | None) -> Window | None:
    """Return the period that is looked at: the one said, else the one after the period compared with."""
    if before is None:
        if term.window is None:
            r.note(at, questions.which_period(r))
        return term.window
    if term.window is None:
        return _next(before)
    return term.window if _next(before) == term.window or before == term.window else None


def _next(window: Window) -> Window | None:
    if isinstance(window, Calendar):
        return replace(window, offset=window.offset + 1)
    return window if isinstance(window, Rolling) else None


def _ratios(r: Reading, i: int) -> Iterator[tuple[Op, Fraction, int]]:
    for op, start in r.operators(i):
        for ratio, end in _ratio(r, start):
            yield op, ratio, end  # type: ignore[misc]  # an Op
    for ratio, start in _ratio(r, i):
        for op, end in r.operators(start):
            yield op, ratio, end  # type: ignore[misc]  # an Op
        yield "ge", ratio, start


def _ratio(r: Reading, i: int) -> Iterator[tuple[Fraction, int]]:
    yield from ((Fraction(1, 2), end) for _, end in tagged(r, i, "r_half"))
    for found, end in r.found(i):
        if isinstance(found, RatioFound) and found.form == "share":
            yield Fraction(found.value).limit_denominator(10**6), end


def _share(r: Reading, term: Aggregate, i: int) -> Iterator[Piece]:
    """Yield 低于上季度的60%, "below 60% of last quarter", 达到去年的1.5倍: a share of the period before."""
    for op, start in r.operators(after(r, i, "be")):
        for ratio, before, end in (*_share_of(r, start), *_of_share(r, start)):
            yield from _shared(r, term, before, (op, ratio), end)
    for start in r.words(i, "be"):
        for ratio, before, middle in _of_share(r, start):
            for op, end in r.operators(middle):
                yield from _shared(r, term, before, (op, ratio), end)


def _share_of(r: Reading, i: int) -> Iterator[tuple[Fraction, Window, int]]:
    """Yield "60% of last quarter", "1.5 times last year's"."""
    said = [(ratio, at, False) for ratio, at in _ratio(r, i)]
    said += [(ratio, at, True) for ratio, at in _multiple(r, i)]
    for ratio, middle, bare in said:
        heads = [end for _, end in tagged(r, middle, "r_of_prev")]
        for at in dict.fromkeys((*heads, middle)) if bare else heads:
            for before, end in _said_windows(r, at):
                yield ratio, before, after(r, end, "poss")


def _of_share(r: Reading, i: int) -> Iterator[tuple[Fraction, Window, int]]:
    """Yield 上季度的60%, 去年的1.5倍."""
    for before, middle in _said_windows(r, i):
        for at in dict.fromkeys((after(r, middle, "poss"), middle)):
            for ratio, end in (*_ratio(r, at), *_multiple(r, at)):
                yield ratio, before, end


def _multiple(r: Reading, i: int) -> Iterator[tuple[Fraction, int]]:
    """Yield 1.5倍, "1.5 times", "1.5x", twice: how many times the period before."""
    yield from ((Fraction(2), end) for _, end in tagged(r, i, "r_twice"))
    for found, end in r.found(i):
        if isinstance(found, RatioFound) and found.form == "multiple":
            yield Fraction(found.value).limit_denominator(10**6), end
        elif isinstance(found, NumberFound):
            for _, last in tagged(r, end, "r_multiple"):
                yield Fraction(found.value).limit_denominator(10**6), last


def _shared(
    r: Reading, term: Aggregate, before: Window, said: tuple[str, Fraction], end: int
) -> Iterator[Piece]:
    period = _period(r, end, term, before)
    if period is not None:
        op, ratio = said
        whole = replace(term, window=period, change="pct_prev")
        yield Compare(op=op, term=whole, value=plain(ratio - 1)), end  # type: ignore[arg-type]  # an Op
