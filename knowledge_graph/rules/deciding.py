"""Whether conditions can hold together: by boxes where those are exact, else by the solver, or not decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

from knowledge_graph.expression.boxes import (
    Box,
    Domain,
    Domains,
    Range,
    boxes,
    domain_of,
    met,
    overlap,
)
from knowledge_graph.expression.nodes import And, Condition, Not
from knowledge_graph.language.rules.containment import are_related, is_consistent, within_periods
from knowledge_graph.rules.evaluation import Test, compiled
from knowledge_graph.rules.facts import Facts, FactValue

By = Literal["boxes", "solver"]


@dataclass(frozen=True, kw_only=True)
class Possible:
    """Whether something can be."""

    answer: bool | None
    """None: not decided within the limits."""
    by: By = "boxes"
    box: Box | None = None
    solved: Facts | None = None

    def example(self, domains: Domains) -> Facts | None:
        """Return made-up facts where the answer is True, of the terms that matter alone.

        Args:
            domains: What terms can be.
        """
        return self.solved if self.box is None else point(self.box, domains)


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A condition with its boxes, so that it is taken apart once and not for every pair."""

    condition: Condition | None
    boxes: tuple[Box, ...] | None
    """None: too many."""

    @cached_property
    def test(self) -> Test:
        """The condition as a closure."""
        return compiled(self.condition)

    @classmethod
    def of(cls, condition: Condition | None, domains: Domains) -> Prepared:
        """Take a condition apart.

        Args:
            condition: Any condition; None always holds.
            domains: What terms can be.

        Returns:
            The condition and its boxes.
        """
        return cls(
            condition=condition, boxes=({},) if condition is None else boxes(condition, domains)
        )


def together(one: Prepared, other: Prepared, domains: Domains) -> Possible:
    """Return whether two conditions can hold of one record at once.

    Args:
        one: A condition.
        other: Another.
        domains: What terms can be.
    """
    conditions = (one.condition, other.condition)
    if one.boxes is None or other.boxes is None:
        return _solved(conditions, domains)
    both = (
        found
        for a in one.boxes
        for b in other.boxes
        if (found := overlap(a, b, domains)) is not None
    )
    return _of_boxes(both, conditions, domains)


def alone(one: Prepared, domains: Domains) -> Possible:
    """Return whether a condition that was taken apart can hold at all."""
    if one.boxes is None:
        return _solved((one.condition,), domains)
    return _of_boxes(one.boxes, (one.condition,), domains)


def possible(condition: Condition | None, domains: Domains) -> Possible:
    """Return whether a condition can hold at all."""
    return alone(Prepared.of(condition, domains), domains)


def implies(narrow: Prepared, wide: Prepared, domains: Domains) -> bool | None:
    """Return whether one condition holds wherever the other does; None: not decided."""
    if wide.condition is None:
        return True
    beyond = Prepared.of(Not(arg=wide.condition), domains)
    outside = together(narrow, beyond, domains).answer
    return None if outside is None else not outside


def _of_boxes(
    found: Iterable[Box], conditions: Sequence[Condition | None], domains: Domains
) -> Possible:
    hard = False
    for box in found:
        if not are_related(box):
            return Possible(answer=True, box=box)
        if is_consistent(box):
            if not any(r.never for r in box.values()):
                return Possible(answer=True, box=box)
            hard = True  # single values are missing from periods that lie within each other
    return _solved(conditions, domains) if hard else Possible(answer=False)


def _solved(conditions: Sequence[Condition | None], domains: Domains) -> Possible:
    from knowledge_graph.rules.solver import solve  # noqa: PLC0415 -- 60 MB, and seldom needed

    solved = solve(And(args=tuple(c for c in conditions if c is not None)), domains)
    return Possible(answer=solved.answer, solved=solved.facts, by="solver")


# -- an example out of a box


def point(box: Box, domains: Domains) -> dict[str, FactValue]:
    """Return facts that lie within a box; what the box leaves open is left out.

    Args:
        box: A box that something lies in.
        domains: What terms can be.

    Returns:
        Facts by key; opaque clauses (texts, dates) are not among them.
    """
    found: dict[str, FactValue] = {}
    rest = dict(box)
    for group in within_periods(box):
        found.update(_growing(group, box, domains))
        for key in group:
            del rest[key]
    for key, allowed in rest.items():
        domain = domain_of(key, domains)
        if not key.startswith('{"op"') and allowed.has_value(domain):
            found[key] = _value(allowed, domain)
    return found


def _growing(keys: Sequence[str], box: Box, domains: Domains) -> dict[str, FactValue]:
    """Return values for the same number over ever longer periods, none less than the one before."""
    found: dict[str, FactValue] = {}
    least = Range()
    for n, key in enumerate(keys):
        domain = domain_of(key, domains)
        if not box[key].has_value(domain):
            continue
        allowed = met(box[key], least)
        for longer in keys[n + 1 :]:
            most = box[longer]
            if most.has_value(domain_of(longer, domains)) and not most.unknown:
                allowed = met(allowed, Range(high=most.high, high_open=most.high_open))
        value = _number(allowed, domain)
        found[key], least = _plain(value), Range(low=value)
    return found


def _value(allowed: Range, domain: Domain | None) -> FactValue:
    if allowed.must or allowed.must_not:
        return tuple(sorted(allowed.must)) or ("-",)
    listed = None if domain is None else domain.values
    if allowed.only is not None or listed is not None:
        values = listed if allowed.only is None else allowed.only
        left = sorted((v for v in values or () if v not in allowed.never), key=str)
        first = left[0] if left else "-"
        return first if isinstance(first, str | bool) else _plain(Fraction(first))
    if any(isinstance(v, str | bool) for v in allowed.never):
        return next(v for v in ("-", "–", "·", *"abcdefgh") if v not in allowed.never)
    return _plain(_number(allowed, domain))


def _number(allowed: Range, domain: Domain | None) -> Fraction:
    box, whole = allowed, False
    if domain is not None:
        ends = [None if v is None else Fraction(str(v)) for v in (domain.low, domain.high)]
        box, whole = met(allowed, Range(low=ends[0], high=ends[1])), domain.whole
    holes = {Fraction(v) for v in allowed.never if not isinstance(v, str | bool)}
    for candidate in _candidates(box, whole=whole):
        if candidate not in holes and _within(box, candidate):
            return candidate
    return Fraction(0)


def _candidates(box: Range, *, whole: bool) -> Iterator[Fraction]:
    """Yield numbers that may lie within, the likeliest to please a reader first."""
    low, high = box.low, box.high
    if low is not None:
        first = Fraction(-(-low.numerator // low.denominator)) if whole else low
        yield from (first + n for n in range(20))
    if high is not None:
        last = Fraction(high.numerator // high.denominator) if whole else high
        yield from (last - n for n in range(20))
    if low is not None and high is not None and not whole:
        yield from (low + (high - low) * Fraction(n, 23) for n in range(1, 23))
    yield from (Fraction(n) for n in range(50))


def _within(box: Range, value: Fraction) -> bool:
    above = box.low is None or value > box.low or (value == box.low and not box.low_open)
    return above and (
        box.high is None or value < box.high or (value == box.high and not box.high_open)
    )


def _plain(value: Fraction) -> float:
    return value.numerator if value.denominator == 1 else float(value)
