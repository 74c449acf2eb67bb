"""What the recognisers find in a sentence: spans with typed values.

A finding is given only when its phrase was read whole; a phrase that is read in part gives nothing.
Findings of different kinds may share a span ("500万" is a number and an amount; "today" a date and a
window): the caller takes the kind that its slot expects. Where careful people read one phrase in two
ways, `others` holds the other readings and the caller asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from knowledge_graph.expression.nodes import Moment, Unit, Window

Kind = Literal[
    "number",
    "ordinal",
    "amount",
    "ratio",
    "duration",
    "window",
    "date",
    "schedule",
    "held",
    "range",
    "vague",
]
Number = int | float | Fraction
Freq = Literal["hourly", "daily", "weekly", "monthly", "quarterly", "yearly"]
Measure = Literal["", "degree", "celsius", "fahrenheit", "kelvin"]
DAYS_IN: dict[Unit, Fraction] = {
    "minute": Fraction(1, 1440),
    "hour": Fraction(1, 24),
    "day": Fraction(1),
    "week": Fraction(7),
    "month": Fraction(30),
    "quarter": Fraction(90),
    "year": Fraction(365),
}
"""Days where a field counts days (the dictionary's note on `days`); windows keep their own unit."""


@dataclass(frozen=True, kw_only=True)
class NumberFound:
    """A plain number: 3200, 三千二百, 1.2亿, "two and a half million", a dozen."""

    value: Number
    scaled: bool = False
    """A magnitude was said (万, 亿, million, k): on a money field no unit question is needed."""
    measure: Measure = ""
    """Degrees, where they were said."""


@dataclass(frozen=True, kw_only=True)
class OrdinalFound:
    """A place in an order: 第三, 3rd, 第14天, day 14."""

    value: int
    unit: Unit | None = None
    """第14天, day 14: day; None for a bare ordinal."""


@dataclass(frozen=True, kw_only=True)
class AmountFound:
    """Money: 5,000,000元, 500万, ¥3 million, 5 million RMB.

    A bare number is a NumberFound only; an amount has a currency, a magnitude, or both.
    """

    value: int | float
    currency: str | None
    """ISO 4217 code, None where no currency was said."""


@dataclass(frozen=True, kw_only=True)
class RatioFound:
    """A share (80% = 0.8), a difference of shares (3个百分点 = 0.03), or a multiple (两倍 = 2)."""

    value: Number
    form: Literal["share", "points", "multiple"] = "share"


@dataclass(frozen=True, kw_only=True)
class DurationFound:
    """A length of time in whole units; halves go to the next smaller unit (半年 = 6 months)."""

    n: int
    unit: Unit

    def days(self) -> Fraction:
        """Return the length in days; month = 30, quarter = 90, year = 365.

        >>> DurationFound(n=2, unit="week").days()
        Fraction(14, 1)
        """
        return self.n * DAYS_IN[self.unit]


@dataclass(frozen=True, kw_only=True)
class WindowFound:
    """A period: rolling, calendar or explicit (both ends included)."""

    window: Window
    direction: Literal["past", "future", "either"] = "past"
    """either: "within 30 days" (`window` is the past reading; negate n for the future one)."""


@dataclass(frozen=True, kw_only=True)
class DateFound:
    """A day ("YYYY-MM-DD") or an instant ("YYYY-MM-DDTHH:MM:SSZ", UTC)."""

    iso: str
    """Resolved against the context's now and time zone."""
    moment: Moment | None = None
    """The same, relative to now, where the words were relative (today, in 3 days, 月底)."""

    @property
    def is_instant(self) -> bool:
        """Whether a time of day was said."""
        return "T" in self.iso


@dataclass(frozen=True, kw_only=True)
class ScheduleFound:
    """A recurrence: 每周五上午10点, every Monday at 8:30 am, 每月1号, every weekday."""

    freq: Freq
    interval: int = 1
    byday: tuple[str, ...] = ()
    """"MO".."SU" in week order; with a place for monthly: "1MO", "-1FR"."""
    bymonthday: tuple[int, ...] = ()
    """1..31, or -1 for the last day of the period (of the month, quarter or year)."""
    bymonth: tuple[int, ...] = ()
    """Yearly only: 1..12."""
    time: str | None = None
    """Local "HH:MM", None where none was said."""
    tz: str = "Asia/Shanghai"


@dataclass(frozen=True, kw_only=True)
class HeldFound:
    """Without a break: 连续3天, for 3 consecutive days, 3 days in a row."""

    n: int
    unit: Unit


@dataclass(frozen=True, kw_only=True)
class VagueFound:
    """Words that look like a quantity and are none: 十几, 好几个, several, a few. The caller asks."""

    words: str


@dataclass(frozen=True, kw_only=True)
class RangeFound:
    """Two ends, both included, units shared: 500-800万, "between 1 and 5 million RMB", 60%到80%."""

    low: NumberFound | AmountFound | RatioFound | DurationFound
    high: NumberFound | AmountFound | RatioFound | DurationFound


FoundValue = (
    NumberFound
    | OrdinalFound
    | AmountFound
    | RatioFound
    | DurationFound
    | WindowFound
    | DateFound
    | ScheduleFound
    | HeldFound
    | VagueFound
    | RangeFound
)

_KINDS: dict[type[object], Kind] = {
    NumberFound: "number",
    OrdinalFound: "ordinal",
    AmountFound: "amount",
    RatioFound: "ratio",
    DurationFound: "duration",
    WindowFound: "window",
    DateFound: "date",
    ScheduleFound: "schedule",
    HeldFound: "held",
    VagueFound: "vague",
    RangeFound: "range",
}


@dataclass(frozen=True, kw_only=True)
class Found:
    """One finding: `text[start:end]` of the sentence as it was given, read as `value`."""

    start: int
    end: int
    value: FoundValue
    others: tuple[FoundValue, ...] = ()
    """Other readings of the same words that careful people may mean; not empty = ask."""

    @property
    def kind(self) -> Kind:
        """The name of the value's type, for dispatch."""
        return _KINDS[type(self.value)]
