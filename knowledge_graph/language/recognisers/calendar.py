"""Days, periods and instants around the context's now, in its time zone; weeks start on Monday."""

from __future__ import annotations

import calendar as gregorian
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from knowledge_graph.expression.nodes import Between, Unit
from knowledge_graph.language.results import LanguageContext

_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}
_HALF_YEAR_DAYS = 183


@dataclass(frozen=True, kw_only=True)
class Days:
    """A first and a last day, both included."""

    start: date
    end: date

    def between(self) -> Between:
        """Return the explicit window."""
        return Between(start=self.start.isoformat(), end=self.end.isoformat())


def day_of(year: int, month: int, day: int) -> date | None:
    """Return the date, None when the calendar has none (30 February) or the year is out of reach."""
    if not (1900 <= year <= 2199 and 1 <= month <= 12 and 1 <= day):
        return None
    return date(year, month, day) if day <= gregorian.monthrange(year, month)[1] else None


def month_days(year: int, month: int) -> Days:
    """Return a calendar month.

    >>> month_days(2024, 2).end
    datetime.date(2024, 2, 29)
    """
    last = gregorian.monthrange(year, month)[1]
    return Days(start=date(year, month, 1), end=date(year, month, last))


def months_days(year: int, first: int, count: int) -> Days:
    """Return `count` months from the first one, e.g. a quarter."""
    return Days(
        start=date(year, first, 1),
        end=month_days(year, first + count - 1).end,
    )


class Today:
    """The context's now, as people in its time zone see it."""

    def __init__(self, context: LanguageContext) -> None:
        self.zone = ZoneInfo(context.timezone)
        self.now = context.now if context.now.tzinfo else context.now.replace(tzinfo=UTC)
        self.date = self.now.astimezone(self.zone).date()

    def shifted(self, n: int, unit: Unit) -> date | None:
        """Return today shifted by n units of a day or more; a month's last day stays in the month."""
        if abs(n) > 10_000:
            return None
        if unit in _MONTHS_IN:
            index = self.date.year * 12 + self.date.month - 1 + n * _MONTHS_IN[unit]
            year, month = divmod(index, 12)
            if not 1900 <= year <= 2199:
                return None
            last = gregorian.monthrange(year, month + 1)[1]
            return date(year, month + 1, min(self.date.day, last))
        return self.date + timedelta(days=n * (7 if unit == "week" else 1))

    def instant_after(self, n: int, unit: Unit) -> str | None:
        """Return now shifted by minutes or hours, as a UTC instant."""
        if abs(n) > 1_000_000:
            return None
        step = timedelta(minutes=n) if unit == "minute" else timedelta(hours=n)
        return _iso(self.now + step)

    def period(self, unit: Unit, offset: int) -> Days:
        """Return the calendar period with an offset, 0 = the current one."""
        if unit == "week":
            monday = self.date - timedelta(days=self.date.weekday()) + timedelta(weeks=offset)
            return Days(start=monday, end=monday + timedelta(days=6))
        if unit not in _MONTHS_IN:
            day = self.date + timedelta(days=offset)
            return Days(start=day, end=day)
        count = _MONTHS_IN[unit]
        first = (self.date.year * 12 + self.date.month - 1) // count * count + offset * count
        return months_days(first // 12, first % 12 + 1, count)

    def weekday(self, number: int, offset: int) -> date:
        """Return the weekday (0 = Monday) of the calendar week with an offset."""
        return self.period("week", offset).start + timedelta(days=number)

    def instant(self, day: date, clock: str) -> str:
        """Return a local day and "HH:MM" as a UTC instant."""
        hour, minute = (int(part) for part in clock.split(":"))
        local = datetime.combine(day, time(hour, minute), tzinfo=self.zone)
        return _iso(local)

    def nearest(self, month: int, day: int) -> tuple[date, ...]:
        """Return a day without a year: the nearest one, then this year's if that is another one."""
        this = day_of(self.date.year, month, day)
        around = [day_of(self.date.year + step, month, day) for step in (-1, 0, 1)]
        known = [found for found in around if found is not None]
        if not known:
            return ()
        best = min(known, key=lambda found: abs((found - self.date).days))
        if this is None or best == this:
            return (best,)
        return (best, this)

    def far_ahead(self, day: date) -> bool:
        """Whether a day of this year lies so far ahead that last year's may be meant."""
        return (day - self.date).days > _HALF_YEAR_DAYS


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
