"""Numbers over a customer's records in a moving window, kept as running sums: nothing is scanned again."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field

from knowledge_graph.expression.nodes import Agg
from knowledge_graph.expression.periods import Bounds
from knowledge_graph.expression.python import change

Entry = tuple[str, str, float | None]
"""When (ISO), which record, its value; None counts only where records are counted."""


@dataclass(slots=True)
class Span:
    """The entries within one window, as two places in the sorted list and their running sum."""

    low: int = 0
    high: int = 0
    total: float = 0.0
    known: int = 0
    """Entries that have a value."""


@dataclass(slots=True)
class Series:
    """The records of one customer that one aggregate looks at, in order of time."""

    entries: list[Entry] = field(default_factory=list)
    by_id: dict[str, Entry] = field(default_factory=dict)
    now: Span = field(default_factory=Span)
    before: Span = field(default_factory=Span)

    def put(self, record_id: str, stamp: str, value: float | None) -> None:
        """Add a record, or replace what was known of it."""
        entry: Entry = (stamp, record_id, value)
        if self.by_id.get(record_id) == entry:
            return
        self.drop(record_id)
        self.by_id[record_id] = entry
        if not self.entries or _order(entry) >= _order(self.entries[-1]):
            self.entries.append(entry)
            return
        insort(self.entries, entry, key=_order)
        self._restart()

    def drop(self, record_id: str) -> None:
        """Forget a record; one that is not there changes nothing."""
        entry = self.by_id.pop(record_id, None)
        if entry is None:
            return
        del self.entries[bisect_left(self.entries, _order(entry), key=_order)]
        self._restart()

    def number(self, agg: Agg, bounds: Bounds, *, counted: bool) -> float | None:
        """Return a number over the records within bounds.

        Args:
            agg: Which number.
            bounds: ISO stamps, half open; the places move on from where they were last time.
            counted: Records count without a value.
        """
        return self._number(agg, self._moved(self.now, bounds), counted=counted)

    def changed(self, agg: Agg, now: Bounds, before: Bounds, *, counted: bool) -> float | None:
        """Return the change of a number against the window before, as a ratio."""
        one = self._number(agg, self._moved(self.now, now), counted=counted)
        other = self._number(agg, self._moved(self.before, before), counted=counted)
        return change(one, other)

    def _restart(self) -> None:
        self.now, self.before = Span(), Span()

    def _moved(self, span: Span, bounds: Bounds) -> Span:
        low = 0 if bounds.start is None else self._place(span.low, bounds.start)
        high = len(self.entries) if bounds.end is None else self._place(span.high, bounds.end)
        self._shift(span, span.high, max(high, low), "high")
        self._shift(span, span.low, low, "low")
        return span

    def _place(self, near: int, stamp: str) -> int:
        """Return the first entry at or after a stamp, looked for from where it was last time."""
        entries, at = self.entries, min(near, len(self.entries))
        while at < len(entries) and entries[at][0] < stamp:
            at += 1
        while at > 0 and entries[at - 1][0] >= stamp:
            at -= 1
        return at

    def _shift(self, span: Span, old: int, new: int, side: str) -> None:
        sign = 1 if (new > old) is (side == "high") else -1
        for entry in self.entries[min(old, new) : max(old, new)]:
            if entry[2] is not None:
                span.total += sign * entry[2]
                span.known += sign
        setattr(span, side, new)

    def _number(self, agg: Agg, span: Span, *, counted: bool) -> float | None:
        if agg == "count":
            return span.high - span.low if counted else span.known
        if agg == "sum":
            return _plain(span.total) if span.known else 0
        if not span.known:
            return None
        if agg == "avg":
            return span.total / span.known
        values = [e[2] for e in self.entries[span.low : span.high] if e[2] is not None]
        return max(values) if agg == "max" else min(values)


def _order(entry: Entry) -> tuple[str, str]:
    return entry[0], entry[1]


def _plain(total: float) -> float:
    """Return a sum without the dust of floating point, so that it compares as people add.

    >>> _plain(0.1 + 0.2)
    0.3
    """
    return round(total, 6)
