"""Dates and instants as people write them in files, zh and en, read without guessing day and month."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from knowledge_graph.errors import InvalidValueError

DateOrder = Literal["", "dmy", "mdy"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ],
        start=1,
    )
    for name in names.split()
}
_TIME = (
    r"(?:[T\s]*(?P<half>上午|下午|晚上)?\s*(?P<H>\d{1,2})[:：时点](?P<M>\d{1,2})?分?(?:[:：]?(?P<S>\d{1,2})秒?)?"
    r"(?:[.,]\d+)?\s*(?P<ampm>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
_DAY = r"(?:\s*(?:星期|周)[一二三四五六日天])?"
_PATTERNS = tuple(
    re.compile(pattern + _TIME + r"\s*", re.ASCII)
    for pattern in (
        r"\s*(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})",
        r"\s*(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号]?" + _DAY,
        r"\s*(?P<y>(?:19|20)\d{2})(?P<m>[01]\d)(?P<d>[0-3]\d)",
        r"\s*(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})",
        r"\s*(?:[A-Za-z]{3,9},\s*)?(?P<mon>[A-Za-z]{3,9})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4}),?",
        r"\s*(?:[A-Za-z]{3,9},\s*)?(?P<d>\d{1,2})(?:st|nd|rd|th)?[\s-](?P<mon>[A-Za-z]{3,9})\.?,?[\s-](?P<y>\d{4}|\d{2})",
    )
)
_EPOCH = date(1899, 12, 30)  # day 0 of spreadsheet serial numbers, 1900 system


@dataclass(frozen=True, kw_only=True)
class Instant:
    """A date, and the time of day when one was written."""

    day: date
    time: str = ""
    """`HH:MM:SS` or empty."""
    zone: str = ""
    """`+08:00`, `Z` or empty."""
    ambiguous: bool = False
    """Day and month could be exchanged; they were read in the order given, month first without one."""


def read_date(text: str, order: DateOrder = "") -> Instant | None:
    """Return the date or instant that a text is, None when it is none.

    Args:
        text: The whole cell.
        order: How `03/04/2026` is meant in this column.

    Returns:
        The date, marked when day and month could be exchanged and no order says which.

    >>> read_date("2026年3月4日 下午2:05").time
    '14:05:00'
    >>> read_date("04/03/2026").ambiguous, str(read_date("04/03/2026", "dmy").day)
    (True, '2026-03-04')
    >>> read_date("12 people") is None
    True
    """
    if not 6 <= len(text) <= 45:
        return None
    for pattern in _PATTERNS:
        found = pattern.fullmatch(text)
        if found:
            return _instant(found.groupdict(), order)
    return None


def _instant(part: dict[str, str | None], order: DateOrder) -> Instant | None:
    year = int(part["y"] or 0)
    year += 2000 if year < 70 else 1900 if year < 100 else 0
    ambiguous = False
    if part.get("a"):
        first, second = int(part["a"] or 0), int(part["b"] or 0)
        dmy = order == "dmy" or (not order and first > 12)
        day, month = (first, second) if dmy else (second, first)
        ambiguous = not order and first <= 12 and second <= 12 and first != second
    elif part.get("mon"):
        day, month = int(part["d"] or 0), _MONTHS.get((part["mon"] or "").lower(), 0)
    else:
        day, month = int(part["d"] or 0), int(part["m"] or 0)
    try:
        moment = date(year, month, day)
        clock = _clock(part)
    except ValueError:
        return None
    return Instant(day=moment, time=clock, zone=part.get("zone") or "", ambiguous=ambiguous)


def _clock(part: dict[str, str | None]) -> str:
    if not part.get("H"):
        return ""
    hour = int(part["H"] or 0)
    half = (part.get("ampm") or "").lower().replace(".", "") or part.get("half") or ""
    if half in {"pm", "下午", "晚上"} and hour < 12:
        hour += 12
    if half in {"am", "上午"} and hour == 12:
        hour = 0
    minute, second = int(part.get("M") or 0), int(part.get("S") or 0)
    if not (hour < 24 and minute < 60 and second < 60):
        raise ValueError(hour)
    return f"{hour:02}:{minute:02}:{second:02}"


def from_serial(number: float) -> str | None:
    """Return the date of a spreadsheet's serial number.

    >>> from_serial(46346)
    '2026-11-20'
    """
    if not 15_000 <= number <= 75_000:
        return None
    return (_EPOCH + timedelta(days=int(number))).isoformat()


def iso_date(text: str, order: DateOrder = "") -> str:
    """Return a date in stored form; a time of day is dropped.

    Raises:
        InvalidValueError: It is no date.

    >>> iso_date("20 Nov 2026")
    '2026-11-20'
    """
    found = read_date(text, order)
    if found is None:
        raise InvalidValueError(f"no date: {text!r}")
    return found.day.isoformat()


def iso_instant(text: str, order: DateOrder = "", timezone: str = "UTC") -> str:
    """Return an instant in stored form, UTC; a date alone is its midnight.

    Args:
        text: The cell.
        order: Of day and month in this column.
        timezone: Holds where the text names no zone.

    Returns:
        `YYYY-MM-DDTHH:MM:SSZ`.

    Raises:
        InvalidValueError: It is no date.

    >>> iso_instant("2026-11-20 09:30", timezone="Asia/Shanghai")
    '2026-11-20T01:30:00Z'
    """
    found = read_date(text, order)
    if found is None:
        raise InvalidValueError(f"no date and time: {text!r}")
    naive = f"{found.day.isoformat()}T{found.time or '00:00:00'}"
    zone = found.zone.replace("UTC", "Z").replace("GMT", "Z")
    if zone:
        moment = datetime.fromisoformat(naive + zone)
    elif timezone == "UTC" or not found.time:
        return naive + "Z"
    else:
        moment = datetime.fromisoformat(naive).replace(tzinfo=ZoneInfo(timezone))
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
