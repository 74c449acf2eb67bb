"""Whether conditions can hold together: by boxes where those are exact, else by the solver, or not decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
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
from knowledge_graph.language.rules.containment import are_related
from knowledge_graph.rules.facts import Facts, FactValue

By = Literal["boxes", "solver"]
_MARGIN = 1
"""How far beyond an open bound an example lies, in the term's base unit."""


@dataclass(frozen=True, kw_only=True)
class Possible:
    """Whether something can be."""

    answer: bool | None
    """None: not decided within the limits."""
    facts: Facts | None = None
    """An example, where the answer is True; made up, and of the terms that matter alone."""
    by: By = "boxes"


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A condition with its boxes, so that it is taken apart once and not for every pair."""

    condition: Condition | None
    boxes: tuple[Box, ...] | None
    """None: too many."""

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
    if one.boxes is None or other.boxes is None:
        return _solved([one.condition, other.condition], domains)
    found = [
        both for a in one.boxes for b in other.boxes if (both := overlap(a, b, domains)) is not None
    ]
    return _of_boxes(found, [one.condition, other.condition], domains)


def possible(condition: Condition | None, domains: Domains) -> Possible:
    """Return whether a condition can hold at all."""
    return together(Prepared.of(condition, domains), Prepared.of(None, domains), domains)


def implies(narrow: Prepared, wide: Prepared, domains: Domains) -> bool | None:
    """Return whether one condition holds wherever the other does; None: not decided."""
    if wide.condition is None:
        return True
    beyond = Prepared.of(Not(arg=wide.condition), domains)
    outside = together(narrow, beyond, domains).answer
    return None if outside is None else not outside


def _of_boxes(
    found: Sequence[Box], conditions: Sequence[Condition | None], domains: Domains
) -> Possible:
    if not found:
        return Possible(answer=False)
    plain = next((box for box in found if not are_related(box)), None)
    if plain is None:
        return _solved(conditions, domains)
    return Possible(answer=True, facts=point(plain, domains))


def _solved(conditions: Sequence[Condition | None], domains: Domains) -> Possible:
    from knowledge_graph.rules.solver import solve  # noqa: PLC0415 -- 60 MB, and seldom needed

    parts = tuple(c for c in conditions if c is not None)
    solved = solve(And(args=parts), domains)
    return Possible(answer=solved.answer, facts=solved.facts, by="solver")


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
    for key, allowed in box.items():
        domain = domain_of(key, domains)
        if not key.startswith('{"op"') and allowed.has_value(domain):
            found[key] = _value(allowed, domain)
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


def _candidates(box: Range, *, whole: bool) -> list[Fraction]:
    """Return numbers that may lie within, the likeliest to please a reader first."""
    step = Fraction(_MARGIN)
    low, high = box.low, box.high
    found: list[Fraction] = []
    if low is not None:
        first = Fraction(-(-low.numerator // low.denominator)) if whole else low
        found += [first + n * step for n in range(20)]
    if high is not None:
        last = Fraction(high.numerator // high.denominator) if whole else high
        found += [last - n * step for n in range(20)]
    if low is not None and high is not None and not whole:
        found += [low + (high - low) * Fraction(n, 23) for n in range(1, 23)]
    return [*found, *(Fraction(n) for n in range(50))]


def _within(box: Range, value: Fraction) -> bool:
    above = box.low is None or value > box.low or (value == box.low and not box.low_open)
    return above and (
        box.high is None or value < box.high or (value == box.high and not box.high_open)
    )


def _plain(value: Fraction) -> float:
    return value.numerator if value.denominator == 1 else float(value)
