"""What a part of the benchmark gives back, and the little that all parts need."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""The fixed clock of all parts."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One number."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    """At most so much is good; None: there is no bar."""
    note: str = ""

    @property
    def verdict(self) -> str:
        """Return met, MISSED, or nothing where there is no bar."""
        if self.bar is None:
            return ""
        return "met" if self.value <= self.bar else "MISSED"


async def timed(job: Callable[[], Awaitable[object]]) -> float:
    """Return how many milliseconds a job took."""
    start = time.perf_counter()
    await job()
    return (time.perf_counter() - start) * 1000


async def times(job: Callable[[int], Awaitable[object]], n: int) -> list[float]:
    """Return the milliseconds of n runs, one after the other."""
    return [await timed(lambda number=number: job(number)) for number in range(n)]  # type: ignore[misc] # a default binds the loop variable


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that a share of the values does not exceed.

    >>> percentile([1, 2, 3, 4], 0.5), percentile([1, 2, 3, 4], 0.95)
    (2, 4)
    """
    ordered = sorted(values)
    return ordered[max(0, -(-int(len(ordered) * share * 1000) // 1000) - 1)]


def memory_of(words: str, *, but: int | None = None) -> float:
    """Return the resident memory, in MB, of all processes whose command line holds some words.

    Args:
        words: For example the folder that they work on.
        but: A process id that does not count.
    """
    listed = subprocess.run(
        ["ps", "-axo", "pid=,rss=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = (line.split(None, 2) for line in listed.splitlines())
    return sum(
        int(row[1]) / 1024
        for row in rows
        if len(row) == 3 and words in row[2] and int(row[0]) != but
    )


def memory_of_process(pid: int) -> float:
    """Return the resident memory of one process, in MB."""
    told = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True
    ).stdout
    return int(told) / 1024


Part = Callable[[], Awaitable[list[Measured]]]
"""One part of the benchmark; it runs in a process of its own."""


def run_part(part: Part) -> list[Measured]:
    """Run a part to its end."""

    async def whole() -> list[Measured]:
        return await part()

    return asyncio.run(whole())
