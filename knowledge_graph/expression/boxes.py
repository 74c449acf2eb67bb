"""Interval analysis: a condition as a union of boxes, for what can be decided without a solver.

A box holds for each term an interval, a set of allowed values or the members a set must and must not have.
Unknown is a value of its own: it satisfies no comparison, and the negation of every one. Texts, periods of
dates against the clock are opaque (true or false), so a union with them is exact only up to what they mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from types import MappingProxyType

from knowledge_graph.expression import nodes as e
from knowledge_graph.expression.codec import canonical, term_to_json, to_json

MOST_BOXES = 512
"""Beyond it a condition is not decided here."""
Number = int | float | Fraction
Value = str | bool | Number


@dataclass(frozen=True, kw_only=True)
class Domain:
    """What a term can be at all."""

    low: float | None = None
    high: float | None = None
    values: frozenset[str | bool] | None = None
    """All values of a closed enumeration."""
    whole: bool = False
    """Only whole numbers."""


Domains = Mapping[str, Domain]
"""By term: the canonical JSON text of the published form, a plain field by its id."""
_NO_DOMAINS: Domains = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Range:
    """What one term may be within a box."""

    low: Fraction | None = None
    low_open: bool = False
    high: Fraction | None = None
    high_open: bool = False
    only: frozenset[Value] | None = None
    never: frozenset[Value] = frozenset()
    must: frozenset[str] = frozenset()
    must_not: frozenset[str] = frozenset()
    known: bool = True
    """It may have a value."""
    unknown: bool = False
    """It may have none."""

    def is_empty(self, domain: Domain | None = None) -> bool:
        """Whether nothing lies within, not even the absence of a value."""
        return not self.unknown and not self.has_value(domain)

    def has_value(self, domain: Domain | None = None) -> bool:
        """Whether a value lies within."""
        if not self.known or self.must & self.must_not:
            return False
        allowed = self._allowed(domain)
        if allowed is not None:
            return any(self._within(value) for value in allowed)
        return self._has_number(domain)

    def _allowed(self, domain: Domain | None) -> frozenset[Value] | None:
        listed: frozenset[Value] | None = None if domain is None else domain.values
        if self.only is None:
            return None if listed is None else listed - self.never
        found = self.only - self.never
        return found if listed is None else found & listed

    def _within(self, value: Value) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
            return self.low is None and self.high is None
        number = _exact(value)
        above = self.low is None or number > self.low or (number == self.low and not self.low_open)
        below = (
            self.high is None or number < self.high or (number == self.high and not self.high_open)
        )
        return above and below

    def _has_number(self, domain: Domain | None) -> bool:
        box = self if domain is None else met(self, _bounds(domain))
        if domain is not None and domain.whole:
            return box._has_whole()
        if box.low is None or box.high is None:
            return True
        if box.low == box.high:
            return not (box.low_open or box.high_open) and box.low not in _numbers(box.never)
        return box.low < box.high

    def _has_whole(self) -> bool:
        if self.low is None or self.high is None:
            return True
        first = -(-self.low.numerator // self.low.denominator)
        first += self.low_open and first == self.low
        last = self.high.numerator // self.high.denominator
        last -= self.high_open and last == self.high
        holes = {n for n in _numbers(self.never) if n.denominator == 1 and first <= n <= last}
        return last - first + 1 > len(holes)


Box = Mapping[str, Range]


def _exact(value: Number) -> Fraction:
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def _numbers(values: Iterable[Value]) -> set[Fraction]:
    return {
        _exact(v)
        for v in values
        if isinstance(v, int | float | Fraction) and not isinstance(v, bool)
    }


def _bounds(domain: Domain) -> Range:
    return Range(
        low=None if domain.low is None else _exact(domain.low),
        high=None if domain.high is None else _exact(domain.high),
    )


def met(one: Range, other: Range) -> Range:
    """Return what lies within both ranges.

    >>> met(Range(low=Fraction(1)), Range(high=Fraction(0))).is_empty()
    True
    """
    low, low_open = _tighter(one.low, one.low_open, other.low, other.low_open, 1)
    high, high_open = _tighter(one.high, one.high_open, other.high, other.high_open, -1)
    only = one.only if other.only is None else other.only
    if one.only is not None and other.only is not None:
        only = one.only & other.only
    return Range(
        low=low,
        low_open=low_open,
        high=high,
        high_open=high_open,
        only=only,
        never=one.never | other.never,
        must=one.must | other.must,
        must_not=one.must_not | other.must_not,
        known=one.known and other.known,
        unknown=one.unknown and other.unknown,
    )


def _tighter(
    a: Fraction | None, a_open: bool, b: Fraction | None, b_open: bool, sign: int
) -> tuple[Fraction | None, bool]:
    if a is None or b is None:
        return (b, b_open) if a is None else (a, a_open)
    if a == b:
        return a, a_open or b_open
    return (a, a_open) if (a - b) * sign > 0 else (b, b_open)


def term_key(term: e.Term) -> str:
    """Return the name of a term in boxes and facts: a field's id, an aggregate's canonical JSON."""
    return term.id if isinstance(term, e.Field) else canonical(term_to_json(term))


def streak_key(node: e.HeldFor) -> str:
    """Return the name, in boxes and facts, of for how many units a condition has held without a break."""
    return f"held_for:{canonical(to_json(node.arg))}:{node.unit}"


class _TooManyError(Exception):
    """The condition has more boxes than are looked at."""


def boxes(condition: e.Condition, domains: Domains = _NO_DOMAINS) -> tuple[Box, ...] | None:
    """Return the boxes of a condition; those that nothing can lie in are left out.

    Args:
        condition: Any condition.
        domains: What terms can be.

    Returns:
        The boxes, whose union is where the condition holds; None: too many to decide here.
    """
    try:
        return tuple(_boxes(condition, domains, positive=True))
    except _TooManyError:
        return None


def _boxes(node: e.Condition, domains: Domains, *, positive: bool) -> list[Box]:
    match node:
        case e.And() | e.Or():
            parts = [_boxes(arg, domains, positive=positive) for arg in node.args]
            return (
                _crossed(parts, domains) if isinstance(node, e.And) is positive else _joined(parts)
            )
        case e.Not():
            return _boxes(node.arg, domains, positive=not positive)
        case e.AtLeast():
            return _quorum(node, domains, positive=positive)
        case e.HeldFor():
            span = Range(low=Fraction(node.n))
            held: Box = {streak_key(node): span if positive else _complement(span)}
            inner = [_boxes(node.arg, domains, positive=True)] if positive else []
            return _crossed([[held], *inner], domains)
        case _:
            key, allowed = _leaf(node, positive=positive)
            return [] if allowed.is_empty(domain_of(key, domains)) else [{key: allowed}]


def _quorum(node: e.AtLeast, domains: Domains, *, positive: bool) -> list[Box]:
    need = node.n if positive else len(node.args) - node.n + 1
    if need <= 0:
        return [{}]
    found: list[Box] = []
    for chosen in combinations(node.args, need):
        parts = [_boxes(arg, domains, positive=positive) for arg in chosen]
        found = _joined([found, _crossed(parts, domains)])
    return found


def _joined(parts: list[list[Box]]) -> list[Box]:
    found = [box for part in parts for box in part]
    if len(found) > MOST_BOXES:
        raise _TooManyError
    return found


def _crossed(parts: list[list[Box]], domains: Domains) -> list[Box]:
    found: list[Box] = [{}]
    for part in parts:
        found = [box for a in found for b in part if (box := overlap(a, b, domains)) is not None]
        if len(found) > MOST_BOXES:
            raise _TooManyError
    return found


def overlap(one: Box, other: Box, domains: Domains = _NO_DOMAINS) -> Box | None:
    """Return what lies within both boxes; None: nothing does."""
    found = dict(one)
    for key, allowed in other.items():
        both = met(found[key], allowed) if key in found else allowed
        if both.is_empty(domain_of(key, domains)):
            return None
        found[key] = both
    return found


_COUNTS = Domain(low=0, whole=True)


def domain_of(key: str, domains: Domains = _NO_DOMAINS) -> Domain | None:
    """Return what a term can be: as declared; a count is a whole number, not below zero."""
    found = domains.get(key)
    if found is not None or not key.startswith('{"agg": "count"') or '"change"' in key:
        return found
    return _COUNTS


def _flag(positive: bool) -> Range:
    return Range(only=frozenset({positive}), unknown=not positive)


def _leaf(
    node: e.Compare | e.In | e.Has | e.Text | e.During | e.Known, *, positive: bool
) -> tuple[str, Range]:
    key = term_key(node.term)
    match node:
        case e.Compare() if not isinstance(node.value, e.Moment) and _is_exact(node):
            found = _compared(node.op, node.value)
        case e.In():
            found = Range(only=frozenset(node.values))
        case e.Has():
            member = frozenset({node.value})
            return key, Range(must=member) if positive else Range(must_not=member, unknown=True)
        case e.Known():
            return key, Range() if positive else Range(known=False, unknown=True)
        case _:
            return canonical(to_json(node)), _flag(positive)
    return key, found if positive else _complement(found)


def _is_exact(node: e.Compare) -> bool:
    """Whether a comparison is one of values: the order of dates and texts is not looked into."""
    return node.op in {"eq", "ne"} or not isinstance(node.value, str)


def _compared(op: str, value: Value) -> Range:
    if op in {"eq", "ne"} or isinstance(value, str | bool):
        values: frozenset[Value] = frozenset({value})
        if isinstance(value, str | bool):
            return Range(only=values) if op == "eq" else Range(never=values)
        number = _exact(value)
        return Range(low=number, high=number) if op == "eq" else Range(never=frozenset({number}))
    number = _exact(value)
    if op in {"gt", "ge"}:
        return Range(low=number, low_open=op == "gt")
    return Range(high=number, high_open=op == "lt")


def _complement(found: Range) -> Range:
    """Return where a single comparison does not hold; unknown is among it."""
    if found.only is not None:
        return Range(never=found.only, unknown=True)
    if found.never:
        value = next(iter(found.never))
        if isinstance(value, Fraction):
            return Range(low=value, high=value, unknown=True)
        return Range(only=found.never, unknown=True)
    if found.low is not None and found.low == found.high:
        return Range(never=frozenset({found.low}), unknown=True)
    if found.low is not None:
        return Range(high=found.low, high_open=not found.low_open, unknown=True)
    return Range(low=found.high, low_open=not found.high_open, unknown=True)


def satisfiable(condition: e.Condition, domains: Domains = _NO_DOMAINS) -> bool | None:
    """Return whether a condition can hold at all; None: not decided.

    >>> term = e.Field(id="customer.nps")
    >>> low, high = e.Compare(op="lt", term=term, value=0), e.Compare(op="gt", term=term, value=5)
    >>> satisfiable(e.And(args=(low, high))), satisfiable(e.Or(args=(low, high)))
    (False, True)
    """
    found = boxes(condition, domains)
    return None if found is None else bool(found)


def covers(wide: e.Condition, narrow: e.Condition, domains: Domains = _NO_DOMAINS) -> bool | None:
    """Return whether one condition holds wherever the other does; None: not decided."""
    outside = satisfiable(e.And(args=(narrow, e.Not(arg=wide))), domains)
    return None if outside is None else not outside


def equivalent(one: e.Condition, other: e.Condition, domains: Domains = _NO_DOMAINS) -> bool | None:
    """Return whether two conditions hold in the same places; None: not decided."""
    there, back = covers(one, other, domains), covers(other, one, domains)
    return None if there is None or back is None else there and back


def clash(condition: e.Condition, domains: Domains = _NO_DOMAINS) -> tuple[e.Condition, ...]:
    """Return the fewest clauses of an unsatisfiable conjunction that cannot hold together.

    Args:
        condition: Any condition.
        domains: What terms can be.

    Returns:
        One clause, two, or the whole; nothing when the condition can hold or is not decided.
    """
    if satisfiable(condition, domains) is not False:
        return ()
    clauses = tuple(_clauses(condition))
    for size in (1, 2):
        for chosen in combinations(clauses, size):
            if satisfiable(e.And(args=chosen), domains) is False:
                return chosen
    return clauses


def _clauses(condition: e.Condition) -> Iterator[e.Condition]:
    if isinstance(condition, e.And):
        for arg in condition.args:
            yield from _clauses(arg)
    else:
        yield condition


def narrowed(condition: e.Condition, domains: Domains = _NO_DOMAINS) -> Box | None:
    """Return one box of a condition, from which an example can be drawn; None when there is none."""
    found = boxes(condition, domains)
    return replace_empty(found[0]) if found else None


def replace_empty(box: Box) -> Box:
    """Return a box in which a term that may have a value is asked to have one."""
    return {key: replace(r, unknown=False) if r.has_value() else r for key, r in box.items()}
