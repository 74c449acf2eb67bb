"""What boxes do not see: a number over a short period is no more than the same over a longer one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from knowledge_graph.expression.boxes import Box, Domains, Range, boxes
from knowledge_graph.expression.nodes import Condition

_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.0, "quarter": 91.0, "year": 365.0}
_GROWING = frozenset({"count", "sum"})
"""Sums are of amounts, which are not negative."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """A count or a sum over the last so many days; no window at all is the longest."""

    same: str
    """What is counted, in canonical JSON without the window."""
    days: float


@lru_cache(maxsize=4096)
def period_of(key: str) -> Period | None:
    """Return the period of a fact's key; None: it is no growing number over the last days.

    >>> period_of('{"agg": "count", "over": "order"}').days, period_of("customer.nps")
    (inf, None)
    """
    if not key.startswith('{"agg"'):
        return None
    term = json.loads(key)
    window = term.pop("window", None)
    days = _days(window)
    if term["agg"] not in _GROWING or "change" in term or days is None:
        return None
    return Period(same=json.dumps(term, sort_keys=True, ensure_ascii=False), days=days)


def _days(window: dict[str, object] | None) -> float | None:
    if window is None:
        return float("inf")
    n, unit = window.get("n"), str(window.get("unit"))
    if window.get("kind") != "rolling" or not isinstance(n, int) or n <= 0 or unit not in _DAYS:
        return None
    return n * _DAYS[unit]


def are_related(keys: Iterable[str]) -> bool:
    """Return whether two of the keys are the same number over different periods."""
    seen: dict[str, float] = {}
    for key in keys:
        period = period_of(key)
        if period is not None and seen.setdefault(period.same, period.days) != period.days:
            return True
    return False


def can_hold(condition: Condition, domains: Domains) -> bool | None:
    """Return whether a condition can hold at all, periods within periods included; None: not decided.

    Args:
        condition: Any condition.
        domains: What terms can be.

    Returns:
        False only where nothing can satisfy it.
    """
    found = boxes(condition, domains)
    return None if found is None else any(is_consistent(box) for box in found)


def within_periods(box: Box) -> tuple[tuple[str, ...], ...]:
    """Return the keys of a box that are the same number over different periods, the shortest first."""
    found: dict[str, list[tuple[float, str]]] = {}
    for key in box:
        period = period_of(key)
        if period is not None:
            found.setdefault(period.same, []).append((period.days, key))
    return tuple(
        tuple(key for _, key in sorted(group)) for group in found.values() if len(group) > 1
    )


def is_consistent(box: Box) -> bool:
    """Return whether no number over a period has to exceed the same over a longer one."""
    for group in within_periods(box):
        for n, short in enumerate(group):
            for long in group[n + 1 :]:
                shorter, longer = period_of(short), period_of(long)
                if shorter == longer:
                    continue
                if _exceeds(_closed(short, box[short]), _closed(long, box[long])):
                    return False
    return True


def _closed(key: str, found: Range) -> Range:
    """Return the range of a count with the whole numbers at its ends."""
    if not key.startswith('{"agg": "count"'):
        return found
    low, high = found.low, found.high
    if low is not None:
        low = Fraction(low.numerator // low.denominator + 1 if found.low_open else -(-low // 1))
    if high is not None:
        high = Fraction(
            -(-high // 1) - 1 if found.high_open else high.numerator // high.denominator
        )
    return replace(found, low=low, low_open=False, high=high, high_open=False)


def _exceeds(inner: Range, outer: Range) -> bool:
    if inner.low is None or outer.high is None or inner.unknown or outer.unknown:
        return False
    return inner.low > outer.high or (
        inner.low == outer.high and (inner.low_open or outer.high_open)
    )
