"""Explicit periods from their ends: years that were left out, open ends, the shortest readings."""

from __future__ import annotations

from datetime import timedelta

from knowledge_graph.expression.nodes import Between
from knowledge_graph.language.recognisers import window_words as words
from knowledge_graph.language.recognisers.calendar import Days, day_of, month_days


def in_year_of(start: Days, end: Days) -> Days | None:
    """Give the second end the year of the first, or the next one: 2025年10月到3月."""
    for year in (start.start.year, start.start.year + 1):
        first = day_of(year, end.start.month, end.start.day)
        month = month_days(year, end.end.month)
        last = month.end if end.start != end.end else first
        if first and last and last >= start.start:
            return Days(start=first, end=last)
    return None


def half_open(days: Days, word: str) -> Between:
    """Return the period that a word such as since or 之前 opens from a day or period."""
    if word in words.FROM or word in words.ZH_FROM:
        step = words.FROM.get(word, words.ZH_FROM.get(word, 0))
        start = days.end + timedelta(days=1) if step else days.start
        return Between(start=start.isoformat(), end=None)
    step = words.UP_TO.get(word, words.ZH_UP_TO.get(word, 0))
    end = days.start - timedelta(days=1) if step else days.end
    return Between(start=None, end=end.isoformat())


def paired(
    windows: list[Between], starts: tuple[Days, ...], ends: tuple[Days, ...]
) -> list[Between]:
    """Keep the shortest reading from each start, and to each end, where a year was left out."""
    if len(starts) == len(ends) == 1 or not windows:
        return windows
    ordered = sorted(windows, key=lambda w: (w.start or "", w.end or ""))
    if len(ends) == 1:
        return [ordered[-1]]
    shortest: dict[str | None, Between] = {}
    for window in ordered:
        shortest.setdefault(window.start, window)
    first = [window for window in windows if shortest[window.start] == window]
    return first
