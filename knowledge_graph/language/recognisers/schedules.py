"""The step that reads recurrences."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from knowledge_graph.language.recognisers.clock import Clock, clock
from knowledge_graph.language.recognisers.dates import DayPart
from knowledge_graph.language.recognisers.durations import UNIT_ZH
from knowledge_graph.language.recognisers.found import (
    DurationFound,
    Freq,
    OrdinalFound,
    ScheduleFound,
)
from knowledge_graph.language.recognisers.numbers import Figure
from knowledge_graph.language.recognisers.stream import (
    DAY,
    DURATION,
    NUMBER,
    OTHER,
    TIME,
    WEEKDAY,
    Hit,
    Node,
    Stream,
)
from knowledge_graph.language.recognisers.weekdays import CODES, Weekdays

_FREQ: dict[str, Freq] = {
    "hour": "hourly",
    "day": "daily",
    "week": "weekly",
    "month": "monthly",
    "quarter": "quarterly",
    "year": "yearly",
}
_WORKDAYS = ("MO", "TU", "WE", "TH", "FR")
_AT_ZH = rf"(?: ?[的在]? ?(?P<t>{TIME}))?"
_PART_EN = r"(?:morning|afternoon|evening|night)"
_AT_EN = rf"(?:,? (?:in the {_PART_EN} )?(?:at )?(?P<t>{TIME})| at (?P<tn>{NUMBER})(?! ?[%a-z]))?"
_FIRST_T = rf"(?:(?:at )?(?P<t0>{TIME}),? )?"
_GAP = r"(?P<every>每隔|每|隔)"
_DAYNUM = rf"{NUMBER} ?[日号](?:[、,和及] ?{NUMBER} ?[日号])*"

_DAYS_EN = rf"{OTHER}(?:(?:, | and |, and )(?:the )?{OTHER})*"

_ZH: tuple[tuple[str, str], ...] = (
    ("weekdays", rf"(?:每个?|每逢)(?P<w>{WEEKDAY}){_AT_ZH}"),
    ("other_week", rf"(?:隔周|每隔一周|双周)(?:的)?(?P<w>{WEEKDAY})?{_AT_ZH}"),
    ("units", rf"{_GAP}(?P<u>{DURATION})(?:的)?(?P<w>{WEEKDAY})?{_AT_ZH}"),
    ("workdays", rf"(?:每个?|每逢)?工作日(?:的?每天)?(?![内后前的]){_AT_ZH}"),
    ("month_days", rf"每个?月的? ?(?P<d>{_DAYNUM}){_AT_ZH}"),
    (
        "month_place",
        rf"每个?月的?(?:(?P<o>{OTHER})个?|(?P<last>最后[一{NUMBER}]?个?))(?P<w>{WEEKDAY}){_AT_ZH}",
    ),
    ("period_end", rf"每个?(?P<p>月|季度?|年)度?的?(?:[底末]|最后{NUMBER}天|最后一天){_AT_ZH}"),
    ("period_start", rf"每个?(?P<p>月|季度|年)的?(?P<o>{OTHER}){_AT_ZH}"),
    ("year_day", rf"每年的? ?(?P<day>{DAY}){_AT_ZH}"),
    ("half_year", r"每半年(?!度)"),
    (
        "unit_zh",
        rf"每一?(?:个)?(?P<p>小时|天|日|周(?![一二三四五六日天年期岁末])|星期|礼拜|月"
        rf"(?![初底末份\d\ue001])|季度?(?![初底末节])"
        rf"|年(?![初底末]))(?:(?:早|晚)上?(?!{TIME}))?{_AT_ZH}",
    ),
)
_EVERY = r"(?<![a-z])(?:every|each)"
_EN: tuple[tuple[str, str], ...] = (
    (
        "weekdays",
        rf"(?<![a-z]){_FIRST_T}(?:on )?(?:every|each) (?P<w>{WEEKDAY})(?: {_PART_EN})?{_AT_EN}",
    ),
    ("plural_days", rf"(?<![a-z]){_FIRST_T}(?:on )?(?P<w>{WEEKDAY}){_AT_EN}"),
    (
        "other",
        rf"(?<![a-z]){_FIRST_T}(?:on )?every (?:other|second) (?:(?P<w>{WEEKDAY})|(?P<p>day|week"
        rf"|month|quarter|year)(?![a-z])(?: on (?P<w2>{WEEKDAY}))?){_AT_EN}",
    ),
    ("units", rf"{_EVERY} (?P<u>{DURATION})(?: on (?P<w>{WEEKDAY}))?{_AT_EN}"),
    (
        "workdays",
        rf"(?<![a-z]){_FIRST_T}(?:on )?(?:every |each )?(?:weekdays?|(?:business"
        rf"|working) days?)(?<!{NUMBER} working days)(?![a-z]){_AT_EN}",
    ),
    (
        "month_place",
        rf"(?<![a-z])(?:on )?(?:the )?(?:(?P<o>{OTHER})|(?P<last>last)) (?P<w>{WEEKDAY}) (?:of"
        rf"|in) (?:each|every) month(?![a-z]){_AT_EN}",
    ),
    (
        "month_day",
        rf"(?<![a-z]){_FIRST_T}(?:on )?(?:the )?(?P<o>{_DAYS_EN})(?: days?)?"
        rf" of (?:each|every|the) month(?![a-z]){_AT_EN}",
    ),
    (
        "month_day",
        rf"(?<![a-z]){_FIRST_T}(?:every month|each month|monthly),? on the (?P<o>{_DAYS_EN})(?! (?:{WEEKDAY}"
        rf"|(?!at )[a-z])){_AT_EN}",
    ),
    (
        "month_day",
        rf"(?<![a-z]){_FIRST_T}on the (?P<o>{OTHER}(?:(?:, | and |, and )(?:the )?{OTHER})+)(?! (?:{WEEKDAY}"
        rf"|(?!at )[a-z])){_AT_EN}",
    ),
    (
        "period_end",
        rf"(?<![a-z])(?:on |at )?(?:the )?(?:last day|end) of (?:each|every) (?P<p>month|quarter"
        rf"|year|week)(?![a-z]){_AT_EN}",
    ),
    ("year_day", rf"(?<![a-z])(?:every year|each year|yearly|annually) on (?P<day>{DAY}){_AT_EN}"),
    ("year_day", rf"{_EVERY} (?P<day>{DAY}){_AT_EN}"),
    (
        "unit_en",
        rf"(?<![a-z]){_FIRST_T}(?:every|each|once an?|once every) ?(?P<p>hour|day|week|month"
        rf"|quarter|year)(?![a-z])(?: on (?P<w>{WEEKDAY}))?{_AT_EN}",
    ),
    ("part_of_day", rf"{_EVERY} (?P<part>{_PART_EN}){_AT_EN}"),
    (
        "adverb",
        rf"(?<![a-z-])(?P<a>hourly|daily|weekly|monthly|quarterly|yearly|annually|fortnightly"
        rf"|biweekly|bi-weekly)(?! [a-z])(?: on (?P<w>{WEEKDAY}))?{_AT_EN}",
    ),
    (
        "adverb",
        rf"(?<![a-z-])(?P<a>hourly|daily|weekly|monthly|quarterly|yearly|annually"
        rf"|fortnightly)(?= (?:at|on) )(?: on (?P<w>{WEEKDAY}))?{_AT_EN}",
    ),
)
_STEPS = tuple((name, re.compile(pattern)) for name, pattern in (*_ZH, *_EN))
_UNREAD = re.compile(
    rf"每(?:个)?(?:月初|季初|年初|月(?=[{NUMBER}])|周末|逢)|every (?:few|couple|so often)"
)


class ScheduleReader:
    """Reads recurrences in one time zone."""

    def __init__(self, timezone: str) -> None:
        self.timezone = timezone

    def read(self, stream: Stream) -> None:
        """Turn recurrences into symbols; times, dates, weekdays and durations must have been read."""
        for name, pattern in _STEPS:
            build = cast(Callable[[Hit], "ScheduleFound | None"], getattr(self, f"_{name}"))
            stream.reduce(pattern, OTHER, lambda hit, build=build: self._timed(hit, build(hit)))  # type: ignore[misc]  # bound per step
        stream.reduce(_UNREAD, OTHER, lambda hit: Node())

    def _timed(self, hit: Hit, found: ScheduleFound | None) -> Node | None:
        """Add the time of day and the other readings that come with it."""
        if found is None:
            return None
        groups = hit.match.groupdict()
        said = self._clock(hit, groups)
        if said is None and any(groups.get(name) for name in ("t", "t0", "tn")):
            return None
        if said is not None and found.freq == "hourly":
            return None
        gap = self._gap(hit, found, groups)
        if said is None:
            return Node(value=found, others=gap)
        others = tuple(replace(other, time=said.time) for other in gap)
        if said.other:
            others = (*others, replace(found, time=said.other))
        return Node(value=replace(found, time=said.time), others=others)

    def _clock(self, hit: Hit, groups: dict[str, str | None]) -> Clock | None:
        said: Clock | None = None
        for name in ("t", "t0"):
            node = hit.node(name) if groups.get(name) else None
            if node is not None:
                if said is not None:
                    return None
                said = cast(Clock, node.extra)
        if groups.get("tn"):
            node = hit.node("tn")
            figure = node.extra if node else None
            if isinstance(figure, Figure) and figure.value.denominator == 1:
                said = self._plain_hour(hit, int(figure.value))
        return said

    def _plain_hour(self, hit: Hit, hour: int) -> Clock | None:
        """Read "at 9": the part of the day that was said decides."""
        late = re.search(r"afternoon|evening|night", hit.text()) is not None
        early = "morning" in hit.text()
        if late and 1 <= hour <= 11:
            return clock(hour + 12, 0, bare=False)
        return clock(hour, 0, bare=not early) if hour <= 23 else None

    def _gap(
        self, hit: Hit, found: ScheduleFound, groups: dict[str, str | None]
    ) -> tuple[ScheduleFound, ...]:
        """每隔3天 is every third or every fourth day; biweekly every two weeks or twice a week."""
        if groups.get("every") in {"每隔", "隔"} and found.interval > 1 and not self._next_one(hit):
            return (replace(found, interval=found.interval + 1),)
        if groups.get("a") in {"biweekly", "bi-weekly"}:
            return (replace(found, interval=1),)
        return ()

    def _next_one(self, hit: Hit) -> bool:
        node = hit.node("u")
        return node is not None and isinstance(node.extra, DurationFound) and node.extra.n == 1

    def _make(self, freq: Freq, interval: int = 1, byday: tuple[str, ...] = ()) -> ScheduleFound:
        return ScheduleFound(freq=freq, interval=interval, byday=byday, tz=self.timezone)

    def _days(self, hit: Hit, group: str = "w") -> tuple[str, ...]:
        node = hit.node(group) if hit.match.groupdict().get(group) else None
        return node.extra.codes() if node and isinstance(node.extra, Weekdays) else ()

    def _weekdays(self, hit: Hit) -> ScheduleFound:
        return self._make("weekly", 1, self._days(hit))

    def _plural_days(self, hit: Hit) -> ScheduleFound | None:
        node = hit.node("w")
        plural = node is not None and isinstance(node.extra, Weekdays) and node.extra.plural
        return self._weekdays(hit) if plural else None

    def _other_week(self, hit: Hit) -> ScheduleFound:
        return self._make("weekly", 2, self._days(hit))

    def _other(self, hit: Hit) -> ScheduleFound | None:
        if hit.text("w"):
            return self._make("weekly", 2, self._days(hit))
        days = self._days(hit, "w2")
        if days and hit.text("p") != "week":
            return None
        return self._make(_FREQ[hit.text("p")], 2, days)

    def _units(self, hit: Hit) -> ScheduleFound | None:
        node = hit.node("u")
        if node is None or not isinstance(node.extra, DurationFound):
            return None
        length, days = node.extra, self._days(hit)
        if length.unit == "minute" or (days and length.unit != "week"):
            return None
        apart = hit.match.groupdict().get("every") in {"每隔", "隔"}
        interval = 2 if apart and length.n == 1 else length.n
        return self._make(_FREQ[length.unit], interval, days)

    def _workdays(self, hit: Hit) -> ScheduleFound | None:
        words = hit.text()
        recurring = re.search(
            r"每|every|each|on |days", words
        ) is not None or hit.match.groupdict().get("t")
        return self._make("weekly", 1, _WORKDAYS) if recurring else None

    def _month_days(self, hit: Hit) -> ScheduleFound | None:
        first, last = hit.match.span("d")
        nodes = [node for node in hit.stream.nodes[first:last] if node is not None]
        days = []
        for node in nodes:
            if not isinstance(node.extra, Figure) or node.extra.value not in range(1, 32):
                return None
            days.append(int(node.extra.value))
        return replace(self._make("monthly"), bymonthday=tuple(sorted(set(days))))

    def _month_place(self, hit: Hit) -> ScheduleFound | None:
        node = hit.node("w")
        if node is None or not isinstance(node.extra, Weekdays) or len(node.extra.days) != 1:
            return None
        place = -1 if hit.text("last") else self._ordinal(hit)
        if place is None or place > 5:
            return None
        return self._make("monthly", 1, (f"{place}{CODES[node.extra.days[0]]}",))

    def _ordinal(self, hit: Hit) -> int | None:
        node = hit.node("o")
        return node.value.value if node and isinstance(node.value, OrdinalFound) else None

    def _month_day(self, hit: Hit) -> ScheduleFound | None:
        first, last = hit.match.span("o")
        nodes = [node for node in hit.stream.nodes[first:last] if node is not None]
        days = [n.value.value for n in nodes if isinstance(n.value, OrdinalFound)]
        if not days or len(days) != len(nodes) or not all(1 <= day <= 31 for day in days):
            return None
        return replace(self._make("monthly"), bymonthday=tuple(sorted(set(days))))

    def _period_end(self, hit: Hit) -> ScheduleFound | None:
        word = {"月": "month", "季": "quarter", "季度": "quarter", "年": "year"}.get(
            hit.text("p"), hit.text("p")
        )
        if word == "week":
            return None
        return replace(self._make(_FREQ[word]), bymonthday=(-1,))

    def _period_start(self, hit: Hit) -> ScheduleFound | None:
        node = hit.node("o")
        value = node.value if node else None
        if not isinstance(value, OrdinalFound) or value.unit != "day":
            return None
        word = {"月": "month", "季度": "quarter", "年": "year"}[hit.text("p")]
        if word != "month" and value.value != 1:
            return None
        return replace(self._make(_FREQ[word]), bymonthday=(value.value,))

    def _year_day(self, hit: Hit) -> ScheduleFound | None:
        node = hit.node("day")
        part = node.extra if node else None
        if not isinstance(part, DayPart) or part.month_day is None:
            return None
        month, day = part.month_day
        return replace(self._make("yearly"), bymonth=(month,), bymonthday=(day,))

    def _half_year(self, hit: Hit) -> ScheduleFound:
        return self._make("monthly", 6)

    def _unit_zh(self, hit: Hit) -> ScheduleFound:
        units = {**UNIT_ZH, "日": "day", "季": "quarter"}
        return self._make(_FREQ[units[hit.text("p")]])

    def _unit_en(self, hit: Hit) -> ScheduleFound | None:
        days = self._days(hit)
        if days and hit.text("p") != "week":
            return None
        return self._make(_FREQ[hit.text("p")], 1, days)

    def _part_of_day(self, hit: Hit) -> ScheduleFound | None:
        return self._make("daily") if hit.text("t") or hit.text("tn") else None

    def _adverb(self, hit: Hit) -> ScheduleFound | None:
        word = hit.text("a").replace("-", "")
        days = self._days(hit)
        if word in {"fortnightly", "biweekly"}:
            return self._make("weekly", 2, days)
        freq = cast(Freq, "yearly" if word == "annually" else word)
        return None if days and freq != "weekly" else self._make(freq, 1, days)
