"""The steps that read days and periods that are written out: dates, months, quarters, years."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from knowledge_graph.language.recognisers.calendar import (
    Days,
    Today,
    day_of,
    month_days,
    months_days,
)
from knowledge_graph.language.recognisers.found import DateFound, FoundValue, WindowFound
from knowledge_graph.language.recognisers.numerals_zh import DIGITS, parse_zh
from knowledge_graph.language.recognisers.stream import DAY, PERIOD, Hit, Node, Stream

_MONTH_NAMES = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = (
    r"(?P<mon>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?"
)
_ZN = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_YEAR = r"(?:(?P<y>\d{4}|\d{2}|[零一二三四五六七八九]{4}) ?年|(?P<ry>今年|去年|明年|前年|后年))"
_REL_YEAR = {"今年": 0, "去年": -1, "明年": 1, "前年": -2, "后年": 2}
_EN_YEAR = (
    r"(?:,? (?P<y>(?:19|20|21)\d\d)(?![\d:%]|,\d)|,? (?:of )?(?P<rel>last|this|next) year(?![a-z]))"
)
_REL = {"last": -1, "this": 0, "next": 1}

ISO_DAY = re.compile(
    r"(?<![a-z0-9_./-])(?P<y>\d{4})(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})(?![\d/]|[-.]\d)"
    r"(?:[t ](?P<hh>\d\d):(?P<mm>\d\d)(?::(?P<ss>\d\d))?(?P<z>z)?(?![a-z0-9_:]))?"
)
_SLASH = re.compile(r"(?<![a-z0-9_./-])(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{4})(?![\d/])")
_SHORT_SLASH = re.compile(r"(?<![a-z0-9_./-])(?P<a>\d{1,2})/(?P<b>\d{1,2})(?![\d/%]|[a-z0-9_])")
ZH_DAY = re.compile(
    rf"(?:{_YEAR} ?)?(?<![\d零一二三四五六七八九十])(?P<m>{_ZN}) ?月 ?(?P<d>{_ZN}) ?[日号](?![码线])"
)
_ZH_REL_MONTH_DAY = re.compile(rf"(?P<w>本|这个?|上个?|下个?)月的? ?(?P<d>{_ZN})[日号]")
_ZH_MONTH_END = re.compile(
    rf"(?:{_YEAR}的? ?)?(?<![\d零一二三四五六七八九十])(?P<m>{_ZN}) ?月[底末]"
)
_ZH_MONTH = re.compile(
    rf"(?:{_YEAR}的? ?)?(?<![\d零一二三四五六七八九十每个])(?P<m>{_ZN}) ?月份?"
    rf"(?![底末初饼球亮\d一二三四五六七八九十]|的?(?:第|最后|[上中下]旬|初))"
)
_ZH_QUARTER = re.compile(
    rf"(?:{_YEAR}的? ?)?(?:第 ?(?P<q>[一二三四1-4])|(?P<q2>[一二三四1-4])"
    rf"|(?P<q3>q[1-4])) ?(?(q3)(?:季度)?(?![a-z0-9_])|季度?(?!节))"
)
_ZH_HALF = re.compile(rf"(?:{_YEAR}的? ?)?(?P<h>上|下)半年")
_ZH_YEAR = re.compile(
    r"(?<![\d零一二三四五六七八九十])(?P<y>(?:19|20|21)\d\d|[一二][零一二三四五六七八九]{3}) ?年(?!级"
    r"|代)(?:度(?!过))?"
)
EN_DAY = re.compile(
    rf"(?<![a-z]){_MONTH} (?:the )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:.%]\d|\d|[a-z%]"
    rf"| ?[ap]m){_EN_YEAR}?"
)
EN_DAY_FIRST = re.compile(
    rf"(?<![a-z0-9_.,/-])(?:the )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}(?![a-z]){_EN_YEAR}?"
)
_EN_DAYS = re.compile(
    rf"(?<![a-z])(?:from )?{_MONTH} (?P<d>\d{{1,2}})(?:st|nd|rd|th)? ?(?:-|–|to"
    rf"|through) ?(?P<e>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:/%a-z]){_EN_YEAR}?"
)
_DAYS_EN = re.compile(
    rf"(?<![a-z0-9_.,/-])(?:from )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)? ?(?:-|–|to"
    rf"|through) ?(?P<e>\d{{1,2}})(?:st|nd|rd|th)? {_MONTH}(?![a-z]){_EN_YEAR}?"
)
_EN_MONTH = re.compile(
    rf"(?<![a-z])(?:(?P<prep>in|since|during|before|after|until|till|by|of|from|to|through|and"
    rf"|between|this|for) )?{_MONTH}{_EN_YEAR}?"
)
_EN_MONTH_END = re.compile(rf"(?<![a-z])(?:the )?end of {_MONTH}{_EN_YEAR}?")
_EN_QUARTER = re.compile(
    rf"(?<![a-z0-9年度])(?<!年 )(?<!年的)(?:q(?P<q>[1-4])|(?:the )?(?P<word>first|second|third|fourth"
    rf"|1st|2nd|3rd|4th) quarter)(?![a-z0-9])(?:(?: of)?{_EN_YEAR})?"
    r"|(?<![a-z0-9_])(?P<y2>(?:19|20|21)\d\d)[ -]?q(?P<q2>[1-4])(?![a-z0-9])"
)
_EN_HALF = re.compile(
    rf"(?<![a-z0-9])(?:h(?P<h>[12])|(?:the )?(?P<word>first"
    rf"|second) half(?= of))(?![a-z0-9])(?: of)?{_EN_YEAR}"
)
_EN_YEAR_ONLY = re.compile(
    r"(?<![a-z])(?P<prep>in|during|since|before|after|until|till|from|to|through|of|for|and"
    r"|between)(?P<year> year)? (?P<y>(?:19|20|21)\d\d)(?![\d.,%:/-]\d|\d|[a-z])(?! ?[a-z$€]|[万亿元])"
)
_SAME_MONTH = re.compile(rf"(?:从|自)?(?P<a>{DAY}) ?(?:到|至|-|~|–|—) ?(?P<d>{_ZN})[日号]")


@dataclass(frozen=True, kw_only=True)
class DayPart:
    """The readings of a day, for the steps that combine it."""

    days: tuple[date, ...]
    month_day: tuple[int, int] | None = None
    """Month and day when no year was said."""


@dataclass(frozen=True, kw_only=True)
class PeriodPart:
    """The readings of a period, for the steps that combine it."""

    spans: tuple[Days, ...]
    yearless: bool = False
    """No year was said, so that a range may take it from its other end."""


class DateReader:
    """Reads written dates against one context."""

    def __init__(self, today: Today) -> None:
        self.today = today

    def read(self, stream: Stream) -> None:
        """Turn written dates into DAY and PERIOD symbols."""
        stream.reduce(ISO_DAY, DAY, self._iso)
        stream.reduce(_SLASH, DAY, self._slashes)
        stream.emit(_SHORT_SLASH, self._any_slash)
        stream.reduce(_SHORT_SLASH, DAY, self._short_slash)
        stream.reduce(_EN_DAYS, PERIOD, self._en_days)
        stream.reduce(_DAYS_EN, PERIOD, self._en_days)
        stream.reduce(EN_DAY, DAY, self._en_day)
        stream.reduce(EN_DAY_FIRST, DAY, self._en_day)
        stream.reduce(ZH_DAY, DAY, self._zh_day)
        stream.reduce(_ZH_REL_MONTH_DAY, DAY, self._zh_rel_day)
        stream.reduce(_ZH_MONTH_END, DAY, self._zh_month_end)
        stream.reduce(_EN_MONTH_END, DAY, self._en_month_end)
        stream.reduce(_SAME_MONTH, PERIOD, self._same_month)
        self._read_periods(stream)

    def _read_periods(self, stream: Stream) -> None:
        stream.reduce(_EN_QUARTER, PERIOD, self._en_quarter)
        stream.reduce(_ZH_QUARTER, PERIOD, self._zh_quarter)
        stream.reduce(_ZH_HALF, PERIOD, self._zh_half)
        stream.reduce(_ZH_MONTH, PERIOD, self._zh_month)
        stream.reduce(_ZH_YEAR, PERIOD, self._zh_year)
        stream.reduce(_EN_HALF, PERIOD, self._en_half)
        stream.reduce_group(_EN_MONTH, "mon", PERIOD, self._en_month)
        stream.reduce_group(_EN_YEAR_ONLY, "y", PERIOD, self._en_year_only)

    def _iso(self, hit: Hit) -> Node | None:
        day = day_of(int(hit.text("y")), int(hit.text("m")), int(hit.text("d")))
        if day is None:
            return None
        if not hit.text("hh"):
            return day_node((day,))
        hour, minute = int(hit.text("hh")), int(hit.text("mm"))
        if hour > 23 or minute > 59:
            return None
        if hit.text("z"):
            second = hit.text("ss") or "00"
            return Node(value=DateFound(iso=f"{day}T{hour:02d}:{minute:02d}:{second}Z"))
        return Node(value=DateFound(iso=self.today.instant(day, f"{hour:02d}:{minute:02d}")))

    def _slashes(self, hit: Hit) -> Node | None:
        a, b, year = int(hit.text("a")), int(hit.text("b")), int(hit.text("y"))
        both = [day_of(year, a, b), day_of(year, b, a)]
        return day_node(tuple(dict.fromkeys(day for day in both if day)))

    def _short_slash(self, hit: Hit) -> Node | None:
        """Read 5/12 as a day only after a word that asks for one; a bare 1/3 is a ratio too."""
        before = hit.stream.text[max(0, hit.match.start() - 9) : hit.match.start()]
        if not re.search(
            r"(?<![a-z])(?:on|by|before|after|since|until|till|from|due|to) $", before
        ):
            return None
        return self._any_slash(hit)

    def _any_slash(self, hit: Hit) -> Node | None:
        a, b = int(hit.text("a")), int(hit.text("b"))
        first, second = self.today.nearest(a, b), self.today.nearest(b, a)
        return day_node(tuple(dict.fromkeys((*first, *second))))

    def _year(self, hit: Hit) -> int | None:
        groups = hit.match.groupdict()
        if groups.get("ry"):
            return self.today.date.year + _REL_YEAR[groups["ry"]]
        if groups.get("rel"):
            return self.today.date.year + _REL[groups["rel"]]
        said = groups.get("y")
        if not said:
            return None
        if not said.isascii():
            said = "".join(str(DIGITS[c]) for c in said)
        return int(said) + (2000 if len(said) == 2 else 0)

    def _month_day(self, hit: Hit, month: int | None, day: int | None) -> Node | None:
        if month is None or day is None:
            return None
        year = self._year(hit)
        if year is None:
            return day_node(self.today.nearest(month, day), month_day=(month, day))
        found = day_of(year, month, day)
        return None if found is None else day_node((found,))

    def _en_day(self, hit: Hit) -> Node | None:
        month = month_named(hit.text("mon"))
        if month == 5 and not _is_month_of_may(hit):
            return None
        return self._month_day(hit, month, int(hit.text("d")))

    def _zh_day(self, hit: Hit) -> Node | None:
        return self._month_day(hit, _small(hit.text("m")), _small(hit.text("d")))

    def _zh_rel_day(self, hit: Hit) -> Node | None:
        offset = {"本": 0, "这": 0, "上": -1, "下": 1}[hit.text("w")[0]]
        first = self.today.period("month", offset).start
        day = day_of(first.year, first.month, _small(hit.text("d")) or 0)
        return None if day is None else day_node((day,))

    def _month_end(self, hit: Hit, month: int | None) -> Node | None:
        if month is None or not 1 <= month <= 12:
            return None
        year = self._year(hit)
        if year is None:
            last = {
                candidate: month_days(candidate.year, month).end
                for candidate in self.today.nearest(month, 1)
            }
            return day_node(tuple(last.values()))
        return day_node((month_days(year, month).end,)) if 1900 <= year <= 2199 else None

    def _zh_month_end(self, hit: Hit) -> Node | None:
        return self._month_end(hit, _small(hit.text("m")))

    def _en_month_end(self, hit: Hit) -> Node | None:
        return self._month_end(hit, month_named(hit.text("mon")))

    def _same_month(self, hit: Hit) -> Node | None:
        node = hit.node("a")
        if node is None or not isinstance(node.extra, DayPart):
            return None
        spans = []
        for start in node.extra.days:
            end = day_of(start.year, start.month, _small(hit.text("d")) or 0)
            if end is None or end < start:
                return None
            spans.append(Days(start=start, end=end))
        return period_node(*spans)

    def _en_days(self, hit: Hit) -> Node | None:
        month = month_named(hit.text("mon"))
        year = self._year(hit)
        starts = self.today.nearest(month, int(hit.text("d")))
        if year is not None:
            found = day_of(year, month, int(hit.text("d")))
            starts = (found,) if found else ()
        spans = []
        for start in starts:
            end = day_of(start.year, month, int(hit.text("e")))
            if end is None or end < start:
                return None
            spans.append(Days(start=start, end=end))
        return period_node(*spans) if spans else None

    def _months(self, hit: Hit, first: int, count: int) -> Node | None:
        year = self._year(hit)
        if year is not None:
            return period_node(months_days(year, first, count)) if 1900 <= year <= 2199 else None
        if hit.around()[0] == "年":
            return None  # the year before it could not be read: 康熙三年五月
        this = months_days(self.today.date.year, first, count)
        if self.today.far_ahead(this.start):
            return period_node(
                this, months_days(self.today.date.year - 1, first, count), yearless=True
            )
        if (self.today.date - this.end).days > 183:
            return period_node(
                this, months_days(self.today.date.year + 1, first, count), yearless=True
            )
        return period_node(this, yearless=True)

    def _zh_month(self, hit: Hit) -> Node | None:
        month = _small(hit.text("m"))
        return self._months(hit, month, 1) if month and month <= 12 else None

    def _en_month(self, hit: Hit) -> Node | None:
        month = month_named(hit.text("mon"))
        with_year = self._year(hit) is not None
        if not with_year and not hit.text("prep"):
            return None
        if month == 5 and not with_year and not hit.source("mon").startswith("M"):
            return None
        return self._months(hit, month, 1)

    def _zh_quarter(self, hit: Hit) -> Node | None:
        said = hit.text("q") or hit.text("q2") or hit.text("q3").lstrip("q")
        number = DIGITS.get(said) or int(said)
        if hit.text("q2") and not hit.match.group(0).endswith("季度"):
            return None
        before = hit.around()[0]
        if before == "每" or (
            hit.text("q2") and before in set("个近去连零一二三四五六七八九十百两0123456789.")
        ):
            return None
        return self._months(hit, 3 * number - 2, 3)

    def _zh_half(self, hit: Hit) -> Node | None:
        return self._months(hit, 1 if hit.text("h") == "上" else 7, 6)

    def _zh_year(self, hit: Hit) -> Node | None:
        year = self._year(hit)
        return None if year is None else self._months(hit, 1, 12)

    def _en_quarter(self, hit: Hit) -> Node | None:
        words = {
            "first": 1,
            "second": 2,
            "third": 3,
            "fourth": 4,
            "1st": 1,
            "2nd": 2,
            "3rd": 3,
            "4th": 4,
        }
        if hit.text("q2"):
            return period_node(months_days(int(hit.text("y2")), 3 * int(hit.text("q2")) - 2, 3))
        number = int(hit.text("q")) if hit.text("q") else words[hit.text("word")]
        return self._months(hit, 3 * number - 2, 3)

    def _en_half(self, hit: Hit) -> Node | None:
        first = hit.text("h") == "1" or hit.text("word") == "first"
        return self._months(hit, 1 if first else 7, 6)

    def _en_year_only(self, hit: Hit) -> Node | None:
        return self._months(hit, 1, 12)


def day_node(days: tuple[date, ...], month_day: tuple[int, int] | None = None) -> Node | None:
    """Wrap the readings of a day, the likeliest first."""
    if not days:
        return None
    found: list[FoundValue] = [DateFound(iso=day.isoformat()) for day in days]
    extra = DayPart(days=days, month_day=month_day)
    return Node(value=found[0], others=tuple(found[1:]), extra=extra)


def period_node(*spans: Days, yearless: bool = False) -> Node:
    """Wrap the readings of a period, the likeliest first."""
    found: list[FoundValue] = [WindowFound(window=span.between()) for span in spans]
    extra = PeriodPart(spans=spans, yearless=yearless)
    return Node(value=found[0], others=tuple(found[1:]), extra=extra)


def _small(text: str) -> int | None:
    value = parse_zh(text)
    return int(value) if value is not None and value.denominator == 1 else None


def month_named(name: str) -> int:
    """Return the number of a month by its English name, short or whole."""
    short = name.rstrip(".")[:3]
    return next(n for n, month in enumerate(_MONTH_NAMES, start=1) if month.startswith(short))


def _is_month_of_may(hit: Hit) -> bool:
    """Whether "may 3" is the month, not the verb."""
    if hit.source("mon")[0] == "M" or hit.match.start("d") < hit.match.start("mon"):
        return True
    before = hit.stream.text[max(0, hit.match.start() - 8) : hit.match.start()]
    return (
        re.search(r"(?<![a-z])(?:on|by|from|to|since|before|after|until|till|of) $", before)
        is not None
    )
