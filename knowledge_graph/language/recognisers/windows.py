"""The steps that read relative days and periods, and the periods built from them.

Conventions: a week starts on Monday; 下周五 and "next Friday" are the Friday of the next calendar week
("next Friday" said two or more days before this week's Friday is flagged with that one as the other
reading); "last Friday" is the last one before today; "last month" is the calendar month, "last 3
months" and "past month" roll; before/之前 exclude the day, by/截至/until include it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, cast

from knowledge_graph.expression.nodes import Between, Calendar, Moment, Rolling, Unit, Window
from knowledge_graph.language.recognisers import window_words as words
from knowledge_graph.language.recognisers.calendar import Days, Today
from knowledge_graph.language.recognisers.clock import Clock, clock
from knowledge_graph.language.recognisers.dates import DayPart, PeriodPart, day_node, period_node
from knowledge_graph.language.recognisers.found import (
    DateFound,
    DurationFound,
    FoundValue,
    WindowFound,
)
from knowledge_graph.language.recognisers.numbers import Figure
from knowledge_graph.language.recognisers.periods import half_open, in_year_of, paired
from knowledge_graph.language.recognisers.stream import (
    DAY,
    NUMBER,
    OTHER,
    PERIOD,
    TIME,
    Hit,
    Node,
    Stream,
)
from knowledge_graph.language.recognisers.weekdays import Weekdays


@dataclass(frozen=True, kw_only=True)
class _Relative:
    """A day or a length of days that `Moment` can say again."""

    day: date
    moment: Moment


class WindowReader:
    """Reads relative days and all periods against one context."""

    def __init__(self, today: Today) -> None:
        self.today = today

    def read(self, stream: Stream) -> None:
        """Find windows and days; written dates, durations and schedules must have been read."""
        self._read_days(stream)
        self._read_rolling(stream)
        self._read_calendar(stream)
        stream.reduce(words.DAY_TIME, OTHER, self._day_time)
        stream.reduce(words.RANGE, OTHER, self._range)
        stream.reduce(words.OPEN, OTHER, self._open)

    def _read_days(self, stream: Stream) -> None:
        stream.reduce(words.END_ZH, DAY, self._end_zh)
        stream.reduce(words.END_EN, DAY, self._end_en)
        stream.reduce(words.START_EN, DAY, self._start_en)
        stream.emit(words.DAY_WORD_ZH, self._day_window)
        stream.emit(words.DAY_WORD_EN, self._day_window)
        stream.reduce(words.DAY_WORD_ZH, DAY, self._day_zh)
        stream.reduce(words.DAY_WORD_EN, DAY, self._day_en)
        stream.reduce(words.WEEKDAY_EN, DAY, self._weekday)
        stream.reduce(words.WEEKDAY_ZH, DAY, self._weekday)
        stream.reduce(words.AGO, DAY, self._ago)

    def _read_rolling(self, stream: Stream) -> None:
        stream.reduce(words.PAST_ZH, OTHER, lambda hit: self._rolling(hit, 1))
        stream.reduce(words.FUTURE_ZH, OTHER, lambda hit: self._rolling(hit, -1))
        stream.reduce(words.LAST_EN, OTHER, lambda hit: self._rolling(hit, 1))
        stream.reduce(words.NEXT_EN, OTHER, lambda hit: self._rolling(hit, -1))
        stream.reduce(words.SO_FAR_ZH, OTHER, lambda hit: self._rolling(hit, 1))
        stream.reduce(words.WITHIN_ZH, OTHER, self._within)
        stream.reduce(words.WITHIN_EN, OTHER, self._within)
        stream.reduce(words.PAST_UNIT, OTHER, self._past_unit)
        stream.reduce(words.THE_LAST_UNIT, OTHER, self._the_last_unit)
        stream.reduce(words.AHEAD, DAY, self._ahead)

    def _read_calendar(self, stream: Stream) -> None:
        stream.reduce(words.CALENDAR_ZH, PERIOD, self._calendar_zh)
        stream.reduce(words.YEARS_ZH, PERIOD, self._years_zh)
        stream.reduce(words.TO_DATE, PERIOD, self._to_date)
        stream.reduce(words.CALENDAR_EN, PERIOD, self._calendar_en)

    # rolling periods

    def _length(self, hit: Hit) -> DurationFound | None:
        groups = hit.match.groupdict()
        if groups.get("n"):
            node = hit.node("n")
            figure = node.extra if node else None
            if isinstance(figure, Figure) and figure.value.denominator == 1 and figure.value > 0:
                return DurationFound(n=int(figure.value), unit="day")
            return None
        for name in ("u", "u2", "u3"):
            node = hit.node(name) if groups.get(name) else None
            if node is not None and isinstance(node.extra, DurationFound):
                return node.extra
        return None

    def _rolling(self, hit: Hit, sign: int) -> Node | None:
        length = self._length(hit)
        if length is None:
            return None
        window = Rolling(n=sign * length.n, unit=length.unit)
        return Node(value=WindowFound(window=window, direction="past" if sign > 0 else "future"))

    def _within(self, hit: Hit) -> Node | None:
        length = self._length(hit)
        if length is None:
            return None
        return Node(
            value=WindowFound(window=Rolling(n=length.n, unit=length.unit), direction="either")
        )

    def _past_unit(self, hit: Hit) -> Node | None:
        word = hit.text("unit")
        if word == "fortnight":
            return Node(value=WindowFound(window=Rolling(n=2, unit="week")))
        return Node(value=WindowFound(window=Rolling(n=1, unit=cast(Unit, word))))

    def _the_last_unit(self, hit: Hit) -> Node | None:
        """Careful people differ on "over the last month": a month back from now, or the month before."""
        unit = cast(Unit, hit.text("unit"))
        other = WindowFound(window=Calendar(unit=unit, offset=-1))
        return Node(value=WindowFound(window=Rolling(n=1, unit=unit)), others=(other,))

    # calendar periods

    def _period(self, unit: Unit, offset: int) -> Node:
        days = self.today.period(unit, offset)
        return Node(
            value=WindowFound(
                window=Calendar(unit=unit, offset=offset), direction=_direction(offset)
            ),
            extra=PeriodPart(spans=(days,)),
        )

    def _weekend(self, offset: int) -> Node:
        monday = self.today.period("week", offset).start
        return period_node(Days(start=monday + timedelta(days=5), end=monday + timedelta(days=6)))

    def _calendar_zh(self, hit: Hit) -> Node | None:
        offset = words.ZH_OFFSETS[hit.text("o")]
        word = hit.text("unit")
        if word == "周末":
            return self._weekend(offset)
        units = {"周": "week", "星期": "week", "礼拜": "week", "月": "month", "月份": "month"}
        unit = units.get(word, "year" if word == "年度" else "quarter")
        return self._period(cast(Unit, unit), offset)

    def _years_zh(self, hit: Hit) -> Node | None:
        return self._period("year", words.YEAR_OFFSETS[hit.text("y")])

    def _calendar_en(self, hit: Hit) -> Node | None:
        offset = words.EN_OFFSETS[hit.text("o")]
        if hit.text("unit") == "weekend":
            return self._weekend(offset)
        return self._period(cast(Unit, hit.text("unit")), offset)

    def _to_date(self, hit: Hit) -> Node | None:
        short = {"w": "week", "m": "month", "q": "quarter", "y": "year"}
        unit = hit.text("unit") or short[hit.text("short")[0]]
        start = self.today.period(cast(Unit, unit), 0).start
        return period_node(Days(start=start, end=self.today.date))

    # relative days

    def _relative(self, found: _Relative, others: tuple[date, ...] = ()) -> Node:
        value = DateFound(iso=found.day.isoformat(), moment=found.moment)
        rest = tuple(DateFound(iso=day.isoformat()) for day in others)
        return Node(value=value, others=rest, extra=DayPart(days=(found.day, *others)))

    def _day_word(self, n: int) -> Node:
        day = self.today.date + timedelta(days=n)
        return self._relative(_Relative(day=day, moment=Moment(n=n, unit="day")))

    def _day_window(self, hit: Hit) -> Node | None:
        offsets = {**words.DAYS_ZH, **words.DAYS_EN}
        offset = offsets.get(hit.match.groupdict().get("d") or hit.text())
        return None if offset is None else self._period("day", offset)

    def _day_zh(self, hit: Hit) -> Node | None:
        word = hit.text()
        if word in words.DAYS_ZH:
            return self._day_word(words.DAYS_ZH[word])
        nearby = hit.around()[1]
        if nearby != TIME:  # 今晚 alone is a part of a day
            return None
        return self._day_word({"昨": -1, "今": 0, "明": 1}[word[0]])

    def _day_en(self, hit: Hit) -> Node | None:
        return self._day_word(words.DAYS_EN[hit.text("d")])

    def _edge(self, unit: Unit, offset: int, edge: str) -> Node:
        days = self.today.period(unit, offset)
        if edge == "end":
            moment = Moment(n=offset, unit=unit, edge="end")
            return self._relative(_Relative(day=days.end, moment=moment))
        moment = Moment(n=offset, unit=unit, edge="start")
        return self._relative(_Relative(day=days.start, moment=moment))

    def _end_zh(self, hit: Hit) -> Node | None:
        before = hit.around()[0]
        if before == "每" or before == NUMBER:
            return None
        if hit.text("unit") == "周":
            return None  # 周末 is a weekend
        if not hit.text("unit"):
            return self._edge("year", {"明": 1, "去": -1}.get(hit.text("y"), 0), "end")
        offset = {"上": -1, "下": 1}.get(hit.text("w")[:1], 0)
        return self._edge("month" if hit.text("unit") == "月" else "quarter", offset, "end")

    def _end_en(self, hit: Hit) -> Node | None:
        short = {"m": "month", "q": "quarter", "w": "week", "y": "year"}
        unit = hit.text("unit") or short[hit.text("short")[-1]]
        if unit == "week":
            return None  # Friday or Sunday
        return self._edge(cast(Unit, unit), words.EN_OFFSETS.get(hit.text("o"), 0), "end")

    def _start_en(self, hit: Hit) -> Node | None:
        return self._edge(
            cast(Unit, hit.text("unit")), words.EN_OFFSETS.get(hit.text("o"), 0), "start"
        )

    def _weekday(self, hit: Hit) -> Node | None:
        groups = hit.match.groupdict()
        name = "w" if groups.get("w") else "w2"
        node = hit.node(name)
        if node is None or not isinstance(node.extra, Weekdays) or len(node.extra.days) != 1:
            return None
        if node.extra.plural:
            return None
        if hit.text().startswith("个"):
            return None  # 四月的最后一个星期一
        number, word = node.extra.days[0], groups.get("o") or ""
        if word in words.ZH_OFFSETS:
            return day_node((self.today.weekday(number, words.ZH_OFFSETS[word]),))
        return day_node(self._said_weekday(number, word))

    def _said_weekday(self, number: int, word: str) -> tuple[date, ...]:
        ahead = (number - self.today.date.weekday()) % 7
        coming = self.today.date + timedelta(days=ahead)
        this, after = self.today.weekday(number, 0), self.today.weekday(number, 1)
        if word == "next":
            unclear = (this - self.today.date).days >= 2
            return (after, this) if unclear else (after,)
        if word == "last":
            recent = self.today.date - timedelta(
                days=(self.today.date.weekday() - number - 1) % 7 + 1
            )
            before = self.today.weekday(number, -1)
            return (recent,) if recent == before else (recent, before)
        if word == "this":
            return (this,) if this >= self.today.date else (this, after)
        return (coming,) if ahead else (coming, coming + timedelta(days=7))

    def _shift(self, length: DurationFound, sign: int) -> Node | None:
        moment = Moment(n=sign * length.n, unit=length.unit)
        if length.unit in {"minute", "hour"}:
            iso = self.today.instant_after(sign * length.n, length.unit)
            return None if iso is None else Node(value=DateFound(iso=iso, moment=moment))
        day = self.today.shifted(sign * length.n, length.unit)
        return None if day is None else self._relative(_Relative(day=day, moment=moment))

    def _ago(self, hit: Hit) -> Node | None:
        length = self._length(hit)
        if length is None or hit.around()[0] in {"每", "提"}:
            return None
        return self._shift(length, -1)

    def _ahead(self, hit: Hit) -> Node | None:
        length = self._length(hit)
        return None if length is None else self._shift(length, 1)

    def _day_time(self, hit: Hit) -> Node | None:
        groups = hit.match.groupdict()
        day = next((hit.node(name) for name in ("d", "d2", "d3") if groups.get(name)), None)
        if day is None or not isinstance(day.extra, DayPart):
            return None
        said = self._said_time(hit, groups)
        if said is None:
            return None
        times = [said.time, *([said.other] if said.other else [])]
        found = [DateFound(iso=self.today.instant(d, t)) for d in day.extra.days for t in times]
        return Node(value=found[0], others=tuple(found[1:]))

    def _said_time(self, hit: Hit, groups: dict[str, str | None]) -> Clock | None:
        for name in ("t", "t2"):
            node = hit.node(name) if groups.get(name) else None
            if node is not None and isinstance(node.extra, Clock):
                return node.extra
        node = hit.node("n") if groups.get("n") else None
        figure = node.extra if node else None
        if isinstance(figure, Figure) and figure.value in range(24):
            return clock(int(figure.value), 0, bare=True)
        return None

    # explicit periods

    def _spans(self, hit: Hit, name: str) -> tuple[Days, ...]:
        node = hit.node(name) if hit.match.groupdict().get(name) else None
        if node is None:
            return ()
        if isinstance(node.extra, DayPart):
            return tuple(Days(start=day, end=day) for day in node.extra.days)
        return node.extra.spans if isinstance(node.extra, PeriodPart) else ()

    def _yearless(self, hit: Hit, name: str) -> bool:
        node = hit.node(name)
        if node is not None and isinstance(node.extra, DayPart):
            return node.extra.month_day is not None
        return node is not None and isinstance(node.extra, PeriodPart) and node.extra.yearless

    def _range(self, hit: Hit) -> Node | None:
        for low, high in (("a", "b"), ("c", "d"), ("e", "f")):
            starts, ends = self._spans(hit, low), self._spans(hit, high)
            if starts and ends:
                if self._yearless(hit, high) and not self._yearless(hit, low):
                    ends = tuple(filter(None, (in_year_of(starts[0], end) for end in ends[:1])))
                windows = [
                    Between(start=first.start.isoformat(), end=last.end.isoformat())
                    for first in starts
                    for last in ends
                    if first.start <= last.end and (last.end - first.start).days < 3 * 366
                ]
                return _windows(paired(windows, starts, ends))
        return None

    def _open(self, hit: Hit) -> Node | None:
        groups = hit.match.groupdict()
        spans = next((self._spans(hit, name) for name in ("a", "b", "c") if groups.get(name)), ())
        word = (
            groups.get("en") or groups.get("zh") or groups.get("tail") or groups.get("lead") or ""
        )
        if groups.get("lead") and not self._agree(groups):
            return None
        if groups.get("lead") in {"截至", "截止", "截止到", "不晚于"}:
            word = "为止"
        elif groups.get("lead") == "不早于" or (groups.get("lead") and not groups.get("tail")):
            word = "起"
        windows = [half_open(days, word) for days in spans]
        if groups.get("en") == "since" and len(windows) > 1:
            past = [w for w in windows if w.start and w.start <= self.today.date.isoformat()]
            windows = past or windows
        return _windows(windows)

    def _agree(self, groups: dict[str, str | None]) -> bool:
        """从…起 and 截至…为止 go together, 从…为止 does not; 从 alone may start a range."""
        lead, tail = groups.get("lead"), groups.get("tail")
        if lead in {"从", "自"}:
            return tail in {"以来", "之后", "以后", "起", "开始"}
        return tail in {None, "为止", "止"} if lead != "自从" else tail not in {"为止", "止"}


def _direction(offset: int) -> Literal["past", "future", "either"]:
    return "past" if offset < 0 else "future" if offset > 0 else "either"


def _windows(windows: list[Between]) -> Node | None:
    found: list[FoundValue] = [WindowFound(window=cast(Window, w)) for w in dict.fromkeys(windows)]
    return Node(value=found[0], others=tuple(found[1:])) if found else None
