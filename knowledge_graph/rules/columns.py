"""The masks of a rule index: for one key, which boxes a record with a given value may lie in.

A mask is a whole number, one bit a box. There is one for every value that a condition names, and one for every
interval between two thresholds and for every threshold itself.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from knowledge_graph.expression.boxes import Box, Range
from knowledge_graph.rules.facts import WITHHELD, FactValue

MOST_MASKS = 2048
"""Masks kept for the intervals of one key; between two of them the changes are applied."""
_Member = str | tuple[str, bool]
"""A text, or a boolean: Python takes True for 1, conditions do not."""


@dataclass(frozen=True, slots=True)
class Column:
    """The masks of one key."""

    key: str
    free: int
    """Boxes that do not look at the key."""
    unknown: int
    named: Mapping[_Member, int]
    """By value that a condition names: the boxes that a record with it lies in."""
    other: int
    """The same for any other text or boolean."""
    without: int
    """Boxes that a set lies in whatever its members, before those that conditions name."""
    must: tuple[tuple[str, int], ...]
    must_not: tuple[tuple[str, int], ...]
    points: tuple[float, ...]
    """The thresholds: 2n + 1 cells, below the first, on it, between it and the second, …"""
    masks: tuple[int, ...]
    """Of every `step`-th cell."""
    changes: tuple[int, ...]
    """Of every cell: which boxes differ from the cell before."""
    step: int

    def mask(self, value: FactValue) -> int:
        """Return the boxes that a record with this value may lie in."""
        if value is None:
            return self.unknown
        if isinstance(value, str):
            return self.named.get(value, self.other)
        if isinstance(value, bool):
            return self.named.get(("bool", value), self.other)
        if isinstance(value, tuple):
            return self._set(value) if value else self.unknown
        return self.free if value is WITHHELD else self._number(value)

    def _set(self, members: tuple[str, ...]) -> int:
        mask = self.without
        for member, boxes_ in self.must:
            if member not in members:
                mask &= ~boxes_
        for member, boxes_ in self.must_not:
            if member in members:
                mask &= ~boxes_
        return mask

    def _number(self, value: float) -> int:
        at = bisect_left(self.points, value)
        cell = 2 * at + (at < len(self.points) and self.points[at] == value)
        block, rest = divmod(cell, self.step)
        mask = self.masks[block]
        for n in range(cell - rest + 1, cell + 1):
            mask ^= self.changes[n]
        return mask


def columns(found: Sequence[Box]) -> tuple[Column, ...]:
    """Return a column for every key of some boxes, the one that rules out most first.

    Args:
        found: The boxes, numbered by their place.
    """
    ranges: dict[str, dict[int, Range]] = {}
    for n, box in enumerate(found):
        for key, allowed in box.items():
            ranges.setdefault(key, {})[n] = allowed
    everything = (1 << len(found)) - 1
    made = [_column(key, everything, looked) for key, looked in ranges.items()]
    return tuple(sorted(made, key=lambda c: c.free.bit_count()))


def _column(key: str, everything: int, ranges: Mapping[int, Range]) -> Column:
    free = everything & ~_mask(ranges)
    valued = {n: r for n, r in ranges.items() if r.has_value()}
    texts = {n: r for n, r in valued.items() if r.low is None and r.high is None and not r.must}
    numbers = {n: r for n, r in valued.items() if r.only is None and not r.must}
    sets = {n: r for n, r in valued.items() if r.low is None and r.high is None and r.only is None}
    points, changes = _cells(numbers)
    masks, step = _blocks(free, changes)
    return Column(
        key=key,
        free=free,
        unknown=free | _mask(n for n, r in ranges.items() if r.unknown),
        named=_named(free, texts),
        other=free | _mask(n for n, r in texts.items() if r.only is None),
        without=free | _mask(sets),
        must=_members({n: r.must for n, r in sets.items()}),
        must_not=_members({n: r.must_not for n, r in sets.items()}),
        points=points,
        masks=masks,
        changes=changes,
        step=step,
    )


def _mask(numbers: Iterable[int]) -> int:
    found = 0
    for n in numbers:
        found |= 1 << n
    return found


def _member(value: object) -> _Member | None:
    if isinstance(value, bool):
        return ("bool", value)
    return value if isinstance(value, str) else None


def _named(free: int, ranges: Mapping[int, Range]) -> dict[_Member, int]:
    values = {_member(v) for r in ranges.values() for v in (*(r.only or ()), *r.never)} - {None}
    found: dict[_Member, int] = {}
    open_ = _mask(n for n, r in ranges.items() if r.only is None)
    for value in values:
        if value is not None:
            found[value] = free | open_
    for n, allowed in ranges.items():
        for one in allowed.only or ():
            if (member := _member(one)) is not None and one not in allowed.never:
                found[member] |= 1 << n
        for one in allowed.never:
            if (member := _member(one)) is not None:
                found[member] &= ~(1 << n)
    return found


def _members(wanted: Mapping[int, frozenset[str]]) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for n, members in wanted.items():
        for member in members:
            found[member] = found.get(member, 0) | 1 << n
    return tuple(sorted(found.items()))


def _float(value: Fraction) -> float:
    return value.numerator if value.denominator == 1 else float(value)


def _holes(allowed: Range) -> set[float]:
    return {
        _float(Fraction(v))
        for v in allowed.never
        if isinstance(v, int | float | Fraction) and not isinstance(v, bool)
    }


def _cells(ranges: Mapping[int, Range]) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Return the thresholds, and for every cell which boxes begin or end there."""
    ends = {_float(v) for r in ranges.values() for v in (r.low, r.high) if v is not None}
    points = tuple(sorted(ends.union(*(_holes(r) for r in ranges.values()))))
    place = {point: 2 * n + 1 for n, point in enumerate(points)}
    changes = [0] * (2 * len(points) + 2)
    for n, allowed in ranges.items():
        bit = 1 << n
        first = 0 if allowed.low is None else place[_float(allowed.low)] + allowed.low_open
        last = len(changes) - 2 if allowed.high is None else place[_float(allowed.high)]
        last -= allowed.high is not None and allowed.high_open
        changes[first] ^= bit
        changes[last + 1] ^= bit
        for hole in _holes(allowed):
            if first <= place[hole] <= last:
                changes[place[hole]] ^= bit
                changes[place[hole] + 1] ^= bit
    return points, tuple(changes[:-1])


def _blocks(free: int, changes: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
    step = -(-len(changes) // MOST_MASKS)
    masks: list[int] = []
    mask = free
    for cell, change in enumerate(changes):
        mask ^= change
        if cell % step == 0:
            masks.append(mask)
    return tuple(masks), step
