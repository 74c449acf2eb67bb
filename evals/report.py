"""Rows and totals of an eval run, as they are printed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """One case as it was scored."""

    id: str
    passed: bool
    harmful: bool = False
    """Something changed that nobody asked for, or a wrong answer was given as right."""
    wrong: tuple[str, ...] = ()
    output: tuple[dict[str, object], ...] = ()
    """The product's own whole output."""
    ms: int = 0


@dataclass(frozen=True, kw_only=True)
class Total:
    """The last line of a run."""

    task: str
    n: int
    passed: int
    score: float
    harmful: int


def total(task: str, rows: Sequence[Row]) -> Total:
    """Sum a run up.

    Returns:
        How many passed and how many did harm.

    >>> total("chat", [Row(id="a", passed=True), Row(id="b", passed=False, harmful=True)]).score
    0.5
    """
    passed = sum(row.passed for row in rows)
    return Total(
        task=task,
        n=len(rows),
        passed=passed,
        score=round(passed / len(rows), 4) if rows else 0.0,
        harmful=sum(row.harmful for row in rows),
    )


def line(item: Row | Total) -> str:
    """Return a row or total as one line of JSON."""
    return json.dumps(asdict(item), ensure_ascii=False)
