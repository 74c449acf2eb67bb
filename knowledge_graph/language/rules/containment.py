"""What boxes do not see: a number over a short period is no more than the same over a longer one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

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


def is_consistent(box: Box) -> bool:
    """Return whether no number over a period has to exceed the same over a longer one."""
    numbers = [(found, r) for key, r in box.items() if (found := period_of(key)) is not None]
    return not any(
        one.same == other.same and one.days < other.days and _exceeds(inner, outer)
        for (one, inner), (other, outer) in permutations(numbers, 2)
    )


def _exceeds(inner: Range, outer: Range) -> bool:
    if inner.low is None or outer.high is None or inner.unknown or outer.unknown:
        return False
    return inner.low > outer.high or (
        inner.low == outer.high and (inner.low_open or outer.high_open)
    )
