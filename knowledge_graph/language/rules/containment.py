"""What boxes do not see: a number over a short period is no more than the same over a longer one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import permutations

from knowledge_graph.expression.boxes import Box, Domains, Range, boxes
from knowledge_graph.expression.nodes import Condition

_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
_GROWING = frozenset({"count", "sum"})
"""Sums are of amounts, which are not negative."""


def can_hold(condition: Condition, domains: Domains) -> bool | None:
    """Return whether a condition can hold at all, periods within periods included; None: not decided.

    Args:
        condition: Any condition.
        domains: What terms can be.

    Returns:
        False only where nothing can satisfy it.
    """
    found = boxes(condition, domains)
    return None if found is None else any(_is_consistent(box) for box in found)


def _is_consistent(box: Box) -> bool:
    numbers = list(_rolling(box))
    return not any(
        same == other and short < long and _exceeds(inner, outer)
        for (same, short, inner), (other, long, outer) in permutations(numbers, 2)
    )


def _rolling(box: Box) -> Iterator[tuple[str, float, Range]]:
    """Yield the growing numbers of a box: what is counted, over how many days, its range."""
    for key, allowed in box.items():
        if not key.startswith('{"agg"'):
            continue
        term = json.loads(key)
        window = term.pop("window", None)
        days = _length(window)
        if term["agg"] in _GROWING and "change" not in term and days is not None:
            yield json.dumps(term, sort_keys=True), days, allowed


def _length(window: dict[str, object] | None) -> float | None:
    if window is None:
        return float("inf")
    n, unit = window.get("n"), window.get("unit")
    if window.get("kind") != "rolling" or not isinstance(n, int) or n <= 0:
        return None
    return n * _DAYS[str(unit)] if unit in _DAYS else None


def _exceeds(inner: Range, outer: Range) -> bool:
    if inner.low is None or outer.high is None or inner.unknown or outer.unknown:
        return False
    return inner.low > outer.high or (
        inner.low == outer.high and (inner.low_open or outer.high_open)
    )
