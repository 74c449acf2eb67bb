"""When a recurrence is due, as UTC instants: pure, whatever the time zone does to its clocks."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.ontology.intent_contract import Schedule

DEFAULT_TIME = time(9)
"""The local time of a schedule that names none: "every Monday"."""
_LONGEST = timedelta(days=800)
"""No further back is looked for missed runs, no further ahead for the next one."""
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}
_EPOCH = date(1970, 1, 5)
"""A Monday: every other week is counted from here, so that it does not depend on when a worker starts."""


def zone_of(schedule: Schedule) -> ZoneInfo:
    """Return the time zone of a schedule.

    Raises:
        InvalidValueError: There is no such zone.
    """
    try:
        return ZoneInfo(schedule.tz)
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidValueError(f"no time zone {schedule.tz!r}") from None


def due_times(schedule: Schedule, after: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the UTC instants in (after, until] at which a schedule is due, in order.

    A local time that the clocks skip is due when they have moved on; one that they show twice is due the
    first time only.

    Args:
        schedule: The recurrence.
        after: Aware; excluded.
        until: Aware; included.

    Yields:
        Aware UTC instants.

    Raises:
        InvalidValueError: The schedule names no time zone, time or frequency that there is.

    >>> friday = Schedule(freq="weekly", byday=("FR",), time="10:00", tz="Asia/Shanghai")
    >>> now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    >>> [d.isoformat() for d in due_times(friday, now, now + timedelta(days=7))]
    ['2026-11-27T02:00:00+00:00']
    """
    zone = zone_of(schedule)
    start = max(after, until - _LONGEST)
    day, last = start.astimezone(zone).date() - timedelta(days=1), until.astimezone(zone).date()
    while day <= last:
        if _is_due_on(schedule, day):
            for wall in _times(schedule):
                due = datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)
                if start < due <= until:
                    yield due
        day += timedelta(days=1)


def next_due(schedule: Schedule, after: datetime) -> datetime | None:
    """Return the first instant after another at which a schedule is due; None: not within two years."""
    for days in (8, 70, 800):
        found = next(due_times(schedule, after, after + timedelta(days=days)), None)
        if found is not None:
            return found
    return None


def _times(schedule: Schedule) -> tuple[time, ...]:
    if schedule.freq == "hourly":
        return tuple(time(hour) for hour in range(0, 24, max(schedule.interval, 1)))
    if schedule.time is None:
        return (DEFAULT_TIME,)
    hour, _, minute = schedule.time.partition(":")
    try:
        return (time(int(hour), int(minute or 0)),)
    except ValueError:
        raise InvalidValueError(f"{schedule.time!r} is no time of day; give HH:MM") from None


def _is_due_on(schedule: Schedule, day: date) -> bool:
    if schedule.bymonth and day.month not in schedule.bymonth:
        return False
    if schedule.freq == "hourly":
        return True
    if schedule.freq == "daily":
        return (day - _EPOCH).days % max(schedule.interval, 1) == 0 and _fits_day(schedule, day)
    if schedule.freq == "weekly":
        week = (day - _EPOCH).days // 7
        days = schedule.byday or ("MO",)
        return week % max(schedule.interval, 1) == 0 and _DAYS[day.weekday()] in days
    return _is_due_in_period(schedule, day)


def _is_due_in_period(schedule: Schedule, day: date) -> bool:
    """Monthly, quarterly and yearly: on set days of the period's month, or on its first day."""
    if schedule.freq not in _MONTHS:
        raise InvalidValueError(f"no frequency {schedule.freq!r}")
    step = _MONTHS[schedule.freq]
    if schedule.byday:
        return _fits_month(schedule, day, step) and _fits_day(schedule, day)
    wanted = schedule.bymonthday or (1,)
    if schedule.bymonth:
        return _day_of_month(day) & set(wanted) != set()
    if step > 1 and wanted == (-1,):
        return (day + timedelta(days=1)).day == 1 and day.month % step == 0
    return _fits_month(schedule, day, step) and bool(_day_of_month(day) & set(wanted))


def _fits_month(schedule: Schedule, day: date, step: int) -> bool:
    months = day.year * 12 + day.month - 1
    return months % (step * max(schedule.interval, 1)) == 0


def _day_of_month(day: date) -> set[int]:
    """Return a day's number from the front and from the back of its month."""
    return {day.day, day.day - calendar.monthrange(day.year, day.month)[1] - 1}


def _fits_day(schedule: Schedule, day: date) -> bool:
    """Return whether a day is one of those named: "FR", or "-1FR" for the last Friday of its month."""
    if not schedule.byday:
        return True
    name = _DAYS[day.weekday()]
    from_front = (day.day - 1) // 7 + 1
    left = calendar.monthrange(day.year, day.month)[1] - day.day
    return not {name, f"{from_front}{name}", f"-{left // 7 + 1}{name}"}.isdisjoint(schedule.byday)
