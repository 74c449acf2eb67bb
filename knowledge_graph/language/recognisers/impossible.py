"""Days that no calendar has: 2月30日, 31 November. They are named in a question, never guessed at."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge_graph.language.recognisers.calendar import day_of
from knowledge_graph.language.recognisers.dates import (
    EN_DAY,
    EN_DAY_FIRST,
    ISO_DAY,
    ZH_DAY,
    month_named,
)
from knowledge_graph.language.recognisers.folding import fold
from knowledge_graph.language.recognisers.numerals_zh import parse_zh

_LEAP = 2024
"""The year of a day without one: 29 February is possible."""


def impossible_days(text: str) -> tuple[str, ...]:
    """Return the days of a sentence that do not exist, as they are written.

    >>> impossible_days("2月30日之前到期的合同"), impossible_days("due before February 30")
    (('2月30日',), ('February 30',))
    >>> impossible_days("from 29 February to 2026-03-31")
    ()
    """
    folded = fold(text)
    found = {
        match.span(): text[match.start() : match.end()].strip(" ,.")
        for pattern in (ZH_DAY, EN_DAY, EN_DAY_FIRST, ISO_DAY)
        for match in pattern.finditer(folded)
        if any(_is_none(*day) for day in _day(match))
    }
    return tuple(words for _, words in sorted(found.items()))


def _day(match: re.Match[str]) -> Iterator[tuple[int, int, int]]:
    groups = match.groupdict()
    year = groups.get("y")
    month = month_named(groups["mon"]) if groups.get("mon") else _number(groups["m"])
    day = _number(groups["d"])
    if month is not None and day is not None and groups.get("sep") != ".":  # 2024.15.3 is a version
        yield (
            int(year) if year and year.isdigit() and len(year) == len("2026") else _LEAP,
            month,
            day,
        )


def _is_none(year: int, month: int, day: int) -> bool:
    return day_of(year, month, day) is None


def _number(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    value = parse_zh(text)
    return None if value is None else int(value)
