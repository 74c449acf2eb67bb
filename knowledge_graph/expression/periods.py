"""Windows and moments against a clock: half-open bounds as the ISO strings that records hold.

Calendar arithmetic happens on local wall time, since "today" and "last month" are words about the local
calendar; minutes and hours are counted as they pass, also in the night when the clocks change; weeks start on
Monday. A date belongs to a window when some part of its local day does. The years are 1 to 9999: an instant
that would lie beyond is the first or the last one there is ("until 9999-12-31" is a way to say for ever).
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.expression.nodes import Between, Calendar, Moment, Unit, Window

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_FIXED = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_SECOND = timedelta(seconds=1)
_FIRST = datetime.combine(date.min, time())
_LAST = datetime.combine(date.max, time(23, 59, 59))


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """A half-open period [start, end) as ISO strings; None is open."""

    start: str | None
    end: str | None


@dataclass(frozen=True, kw_only=True)
class TimeFrame:
    """The instant and the place that relative times are resolved against."""

    now: datetime
    """Timezone-aware."""
    zone: tzinfo = UTC

    @property
    def local(self) -> datetime:
        """The local wall time, to the second, without zone."""
        return self.now.astimezone(self.zone).replace(tzinfo=None, microsecond=0)

    @property
    def today(self) -> date:
        """The local date."""
        return self.local.date()

    def instant(self, wall: datetime) -> str:
        """Return the UTC instant of a local wall time.

        >>> TimeFrame(now=datetime(2026, 3, 1, tzinfo=UTC)).instant(datetime(2026, 3, 2))
        '2026-03-02T00:00:00Z'
        """
        try:
            return iso_instant(wall.replace(tzinfo=self.zone))
        except OverflowError:
            return iso_instant(_edge(wall).replace(tzinfo=UTC))

    def wall(self, instant: str) -> datetime:
        """Return the local wall time of an ISO instant."""
        parsed = parse_instant(instant)
        try:
            return parsed.astimezone(self.zone).replace(tzinfo=None)
        except OverflowError:
            return _edge(parsed)

    def later(self, wall: datetime, by: timedelta) -> datetime:
        """Return the local wall time when so much time has passed since another one.

        Raises:
            OverflowError: The result lies outside the calendar.
        """
        passed = wall.replace(tzinfo=self.zone).astimezone(UTC) + by
        return passed.astimezone(self.zone).replace(tzinfo=None)

    def shifted(self, wall: datetime, n: int, unit: Unit) -> datetime:
        """Return a local time moved by n units: minutes and hours as they pass, others by the calendar.

        Args:
            wall: Local wall time.
            n: How many units, negative for back.
            unit: The unit.

        Returns:
            The moved wall time.

        Raises:
            InvalidValueError: The result lies outside the calendar.
        """
        if n == 0:
            return wall
        if unit not in {"minute", "hour"}:
            return shift(wall, n, unit)
        try:
            return self.later(wall, n * _FIXED[unit])
        except OverflowError:
            raise InvalidValueError(_outside(n, unit)) from None


def _edge(moment: datetime) -> datetime:
    """Return the end of the calendar that a moment is close to."""
    return _LAST if moment.year > 1 else _FIRST


def _outside(n: int, unit: Unit) -> str:
    return f"{n} {unit}s from now lies outside the calendar"


def iso_instant(moment: datetime) -> str:
    """Return an aware datetime as "YYYY-MM-DDTHH:MM:SSZ"."""
    plain = moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    return f"{plain.isoformat()}Z"


def day_after(day: datetime) -> datetime:
    """Return the beginning of the next day; after the last day the last second there is."""
    return _LAST if day.date() == _LAST.date() else day + timedelta(days=1)


def parse_instant(text: str) -> datetime:
    """Return the aware datetime of an ISO instant; without a zone it is UTC.

    Raises:
        InvalidValueError: It is no ISO instant.
    """
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValueError(f"{text!r} is no instant; give YYYY-MM-DDTHH:MM:SSZ") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def parse_date(text: str) -> date:
    """Return the date of an ISO date.

    Raises:
        InvalidValueError: It is no ISO date.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidValueError(f"{text!r} is no date; give YYYY-MM-DD") from None


def shift(wall: datetime, n: int, unit: Unit) -> datetime:
    """Return a local time moved by n units; the day is clamped to the month's length.

    Args:
        wall: Local wall time.
        n: How many units, negative for back.
        unit: The unit.

    Returns:
        The moved wall time.

    Raises:
        InvalidValueError: The result lies outside the calendar.

    >>> shift(datetime(2026, 5, 31), -3, "month")
    datetime.datetime(2026, 2, 28, 0, 0)
    """
    try:
        if unit in _FIXED:
            return wall + n * _FIXED[unit]
        year, month = divmod(wall.year * 12 + wall.month - 1 + n * _MONTHS[unit], 12)
        last = calendar.monthrange(year, month + 1)[1]
        return wall.replace(year=year, month=month + 1, day=min(wall.day, last))
    except (OverflowError, ValueError):
        raise InvalidValueError(_outside(n, unit)) from None


def period_start(wall: datetime, unit: Unit) -> datetime:
    """Return the first instant of the calendar period that a local time lies in.

    >>> period_start(datetime(2026, 11, 22, 8), "week")
    datetime.datetime(2026, 11, 16, 0, 0)
    """
    if unit in {"minute", "hour"}:
        return wall.replace(second=0, minute=wall.minute if unit == "minute" else 0)
    day = datetime.combine(wall.date(), time())
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day.replace(
        month=1 if unit == "year" else day.month, day=day.day if unit == "day" else 1
    )


_Walls = tuple[datetime | None, datetime | None]


def _between(window: Between, frame: TimeFrame, *, previous: bool) -> _Walls:
    def wall(text: str) -> datetime:
        return frame.wall(text) if "T" in text else datetime.combine(parse_date(text), time())

    start = None if window.start is None else wall(window.start)
    end = None if window.end is None else _end(wall(window.end), frame, timed="T" in window.end)
    if not previous:
        return start, end
    if start is None or end is None:
        raise InvalidValueError("a change needs a period with a start and an end to compare with")
    try:
        return start - (end - start), start
    except OverflowError:
        raise InvalidValueError("the period before lies outside the calendar") from None


def _end(last: datetime, frame: TimeFrame, *, timed: bool) -> datetime | None:
    """Return where a period ends whose last second or day is given; None: at the end of the calendar."""
    if last.date() == _LAST.date():
        return None
    return frame.later(last, _SECOND) if timed else day_after(last)


def _walls(window: Window, frame: TimeFrame, *, previous: bool) -> _Walls:
    local = frame.local
    if isinstance(window, Between):
        return _between(window, frame, previous=previous)
    if isinstance(window, Calendar):
        first = period_start(local, window.unit)
        offset = window.offset - previous
        return (
            frame.shifted(first, offset, window.unit),
            frame.shifted(first, offset + 1, window.unit),
        )
    n = window.n
    if n < 0:
        later = frame.later(frame.shifted(local, -n, window.unit), _SECOND)
        return (frame.shifted(local, n, window.unit), local) if previous else (local, later)
    start = frame.shifted(local, -n, window.unit)
    if previous:
        return frame.shifted(local, -2 * n, window.unit), start
    return start, frame.later(local, _SECOND)


def instant_bounds(window: Window, frame: TimeFrame, *, previous: bool = False) -> Bounds:
    """Return the UTC instants that a window spans; `previous`: of the window before it."""
    start, end = _walls(window, frame, previous=previous)
    return Bounds(
        start=None if start is None else frame.instant(start),
        end=None if end is None else frame.instant(end),
    )


def date_bounds(window: Window, frame: TimeFrame, *, previous: bool = False) -> Bounds:
    """Return the local dates that a window spans; `previous`: of the window before it.

    >>> from knowledge_graph.expression.nodes import Rolling
    >>> frame = TimeFrame(now=datetime(2026, 11, 23, 9, tzinfo=UTC))
    >>> date_bounds(Rolling(n=7, unit="day"), frame)
    Bounds(start='2026-11-16', end='2026-11-24')
    >>> date_bounds(Calendar(unit="month", offset=-1), frame)
    Bounds(start='2026-10-01', end='2026-11-01')
    """
    start, end = _walls(window, frame, previous=previous)
    last = None if end is None else end.date()
    if end is not None and last is not None and end.time() != time() and not previous:
        last += timedelta(days=1)  # a part of that day is in; the window before must not share it
    return Bounds(
        start=None if start is None else start.date().isoformat(),
        end=None if last is None else last.isoformat(),
    )


def moment_wall(moment: Moment, frame: TimeFrame) -> datetime:
    """Return the local wall time of a moment; the end of a period is its last second."""
    if moment.edge == "none":
        return frame.shifted(frame.local, moment.n, moment.unit)
    first = period_start(frame.local, moment.unit)
    if moment.edge == "start":
        return frame.shifted(first, moment.n, moment.unit)
    return frame.later(frame.shifted(first, moment.n + 1, moment.unit), -_SECOND)
