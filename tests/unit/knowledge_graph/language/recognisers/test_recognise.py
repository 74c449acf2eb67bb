"""Constructions of business sentences in both languages, and what must not be read."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_graph.expression.nodes import Between, Calendar, Rolling
from knowledge_graph.language.recognisers import (
    AmountFound,
    DurationFound,
    Found,
    FoundValue,
    HeldFound,
    NumberFound,
    OrdinalFound,
    RatioFound,
    ScheduleFound,
    WindowFound,
    recognise,
)
from knowledge_graph.language.results import LanguageContext

MONDAY = LanguageContext(now=datetime(2026, 11, 23, 3, tzinfo=UTC))
THURSDAY = LanguageContext(now=datetime(2023, 11, 30, 4, tzinfo=UTC))


def found(text: str, kind: str, context: LanguageContext = MONDAY) -> list[Found]:
    return [one for one in recognise(text, context) if one.kind == kind]


def whole(text: str, kind: str, context: LanguageContext = MONDAY) -> FoundValue:
    """The one finding of a kind that spans the whole text and has no other reading."""
    (one,) = found(text, kind, context)
    assert text[one.start : one.end] == text
    assert one.others == ()
    return one.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三千二百", 3200),
        ("1.2亿", 120_000_000),
        ("50w", 500_000),
        ("３，２００", 3200),
        ("two and a half million", 2_500_000),
        ("a dozen", 12),
        ("half a million", 500_000),
        ("5,000,000", 5_000_000),
        ("二百零一", 201),
        ("九万四", 94_000),
    ],
)
def test_numbers(text: str, value: float) -> None:
    assert whole(text, "number").value == value  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("5,000,000元", 5_000_000, "CNY"),
        ("500万", 5_000_000, None),
        ("¥3 million", 3_000_000, "CNY"),
        ("5 million RMB", 5_000_000, "CNY"),
        ("USD 22.5 million", 22_500_000, "USD"),
        ("1200亿美元", 120_000_000_000, "USD"),
        ("HK$300", 300, "HKD"),
        ("五元三毛", 5.3, "CNY"),
    ],
)
def test_amounts(text: str, value: float, currency: str | None) -> None:
    assert whole(text, "amount") == AmountFound(value=value, currency=currency)


@pytest.mark.parametrize(
    ("text", "value", "form"),
    [
        ("80%", 0.8, "share"),
        ("八成", 0.8, "share"),
        ("九成五", 0.95, "share"),
        ("百分之二十", 0.2, "share"),
        ("三分之一", Fraction(1, 3), "share"),
        ("打八折", 0.8, "share"),
        ("八五折", 0.85, "share"),
        ("3个百分点", 0.03, "points"),
        ("3 percentage points", 0.03, "points"),
        ("三倍", 3, "multiple"),
    ],
)
def test_ratios(text: str, value: float | Fraction, form: str) -> None:
    assert whole(text, "ratio") == RatioFound(value=value, form=form)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "n", "unit"),
    [
        ("半个月", 15, "day"),
        ("两年半", 30, "month"),
        ("一周", 1, "week"),
        ("half a year", 6, "month"),
        ("a fortnight", 2, "week"),
        ("2 hours 30 minutes", 150, "minute"),
        ("72小时", 72, "hour"),
    ],
)
def test_durations(text: str, n: int, unit: str) -> None:
    assert whole(text, "duration") == DurationFound(n=n, unit=unit)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("近3个月", Rolling(n=3, unit="month")),
        ("最近两周", Rolling(n=2, unit="week")),
        ("in the last 7 days", Rolling(n=7, unit="day")),
        ("past fortnight", Rolling(n=2, unit="week")),
        ("last 6 months", Rolling(n=6, unit="month")),
        ("未来30天", Rolling(n=-30, unit="day")),
        ("next 30 days", Rolling(n=-30, unit="day")),
        ("上个月", Calendar(unit="month", offset=-1)),
        ("last month", Calendar(unit="month", offset=-1)),
        ("本季度", Calendar(unit="quarter", offset=0)),
        ("去年", Calendar(unit="year", offset=-1)),
        ("去年第四季度", Between(start="2025-10-01", end="2025-12-31")),
        ("Q3 2025", Between(start="2025-07-01", end="2025-09-30")),
        ("2025年3月", Between(start="2025-03-01", end="2025-03-31")),
        ("March 2025", Between(start="2025-03-01", end="2025-03-31")),
        ("上半年", Between(start="2026-01-01", end="2026-06-30")),
        ("2026-01-01到2026-03-31", Between(start="2026-01-01", end="2026-03-31")),
        ("from 3 May to 9 June", Between(start="2026-05-03", end="2026-06-09")),
        ("2025年10月到3月", Between(start="2025-10-01", end="2026-03-31")),
        ("since October 1", Between(start="2026-10-01", end=None)),
        ("before 2026-03-01", Between(start=None, end="2026-02-28")),
        ("2026年3月1日之前", Between(start=None, end="2026-02-28")),
        ("截至2026年3月1日", Between(start=None, end="2026-03-01")),
    ],
)
def test_windows(text: str, window: object) -> None:
    assert whole(text, "window").window == window  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("下周五", "2026-12-04"),
        ("this Friday", "2026-11-27"),
        ("2026年5月12日", "2026-05-12"),
        ("月底", "2026-11-30"),
        ("end of the month", "2026-11-30"),
        ("3天后", "2026-11-26"),
        ("in 3 days", "2026-11-26"),
        ("two weeks ago", "2026-11-09"),
        ("大后天", "2026-11-26"),
        ("明天下午3点", "2026-11-24T07:00:00Z"),
        ("Nov 23 at 10am", "2026-11-23T02:00:00Z"),
    ],
)
def test_dates(text: str, iso: str) -> None:
    assert whole(text, "date").iso == iso  # type: ignore[union-attr]


def test_next_friday_is_next_weeks_and_flagged_when_this_weeks_is_far() -> None:
    assert whole("next Friday", "date", THURSDAY).iso == "2023-12-08"  # type: ignore[union-attr]
    (one,) = found("next Friday", "date", MONDAY)
    assert [v.iso for v in (one.value, *one.others)] == ["2026-12-04", "2026-11-27"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("每周五上午10点", ScheduleFound(freq="weekly", byday=("FR",), time="10:00")),
        ("每天早上9点", ScheduleFound(freq="daily", time="09:00")),
        (
            "工作日9点",
            ScheduleFound(freq="weekly", byday=("MO", "TU", "WE", "TH", "FR"), time="09:00"),
        ),
        ("每月1号", ScheduleFound(freq="monthly", bymonthday=(1,))),
        ("每隔一天", ScheduleFound(freq="daily", interval=2)),
        ("每季度末", ScheduleFound(freq="quarterly", bymonthday=(-1,))),
        ("每两周周一", ScheduleFound(freq="weekly", interval=2, byday=("MO",))),
        ("每周一、三、五9点", ScheduleFound(freq="weekly", byday=("MO", "WE", "FR"), time="09:00")),
        ("每小时", ScheduleFound(freq="hourly")),
        ("Every Monday at 8:30 am", ScheduleFound(freq="weekly", byday=("MO",), time="08:30")),
        ("every weekday", ScheduleFound(freq="weekly", byday=("MO", "TU", "WE", "TH", "FR"))),
        ("every other week", ScheduleFound(freq="weekly", interval=2)),
        ("on the last day of each month", ScheduleFound(freq="monthly", bymonthday=(-1,))),
        ("the first Monday of every month", ScheduleFound(freq="monthly", byday=("1MO",))),
    ],
)
def test_schedules(text: str, schedule: ScheduleFound) -> None:
    assert whole(text, "schedule") == schedule


@pytest.mark.parametrize("text", ["连续3天", "for 3 consecutive days", "3 days in a row"])
def test_held(text: str) -> None:
    assert whole(text, "held") == HeldFound(n=3, unit="day")


def test_ordinals() -> None:
    assert whole("第14天", "ordinal") == OrdinalFound(value=14, unit="day")
    assert whole("3rd", "ordinal") == OrdinalFound(value=3)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("500-800万", 5_000_000, 8_000_000),
        ("1到5百万", 1_000_000, 5_000_000),
        ("between 1 and 5 million RMB", 1_000_000, 5_000_000),
        ("500到1万", 500, 10_000),
        ("60%到80%", 0.6, 0.8),
    ],
)
def test_ranges_share_the_unit(text: str, low: float, high: float) -> None:
    (one,) = found(text, "range")
    assert (one.value.low.value, one.value.high.value) == (low, high)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        "统一", "万科", "三一重工", "第三方", "A20", "COVID-19", "5G", "1.2.3", "10²", "24:70", "1,5",
        "2026-02-30", "https://x.test/20%25", "2^5", "ＩＤ：010-8888", "may I", "the weekly digest",
    ],
)  # fmt: skip
def test_what_is_no_quantity_gives_nothing(text: str) -> None:
    assert recognise(text, MONDAY) == ()


@pytest.mark.parametrize("text", ["十几个客户", "好几天", "several days", "三年多", "两三个月"])
def test_vague_quantities_are_said_to_be_vague(text: str) -> None:
    assert [one.kind for one in recognise(text, MONDAY)] == ["vague"]


def test_letters_of_other_scripts_are_not_folded() -> None:
    assert found("5 миллион RМB", "amount") == []


def test_either_direction_of_within() -> None:
    for text in ("within 30 days", "30天内"):
        assert whole(text, "window") == WindowFound(
            window=Rolling(n=30, unit="day"), direction="either"
        )


FILLERS = st.sampled_from(["，", "。客户", " customers ", "（", "; ", " and the deal ", "的商机，"])
PHRASES = st.sampled_from([
    "近3个月",
    "500万元",
    "80%",
    "每周五上午10点",
    "last 6 months",
    "5 million RMB",
])


@given(before=FILLERS, phrase=PHRASES, after=st.sampled_from(["，", "。", "; ", " .", "）"]))
def test_findings_are_stable_under_filler(before: str, phrase: str, after: str) -> None:
    alone = [(one.value, one.end - one.start) for one in recognise(phrase, MONDAY)]
    within = [
        (one.value, one.end - one.start) for one in recognise(before + phrase + after, MONDAY)
    ]
    assert within == alone


@given(
    st.text(
        alphabet="0123456789一二三十百千万亿点分之每周月年日天个前后内到-/:.,% 近元$¥kwmaboutlastnextdays",
        max_size=60,
    )
)
@settings(max_examples=300, deadline=None)
def test_spans_lie_inside_any_text(text: str) -> None:
    for one in recognise(text, MONDAY):
        assert 0 <= one.start < one.end <= len(text)


@given(st.integers(min_value=100, max_value=10**12))
@settings(deadline=None)
def test_numbers_round_trip(value: int) -> None:
    for text in (str(value), f"{value:,}", in_chinese(value)):
        (one,) = found(text, "number")
        assert isinstance(one.value, NumberFound)
        assert (one.value.value, one.start, one.end) == (value, 0, len(text))


def in_chinese(value: int) -> str:
    """Spell a number the standard way."""
    digits = "零一二三四五六七八九"
    for unit, name in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if value >= unit:
            rest = value % unit
            gap = "零" if rest and rest < unit // 10 else ""
            return in_chinese(value // unit) + name + gap + (in_chinese(rest) if rest else "")
    return digits[value]


def test_long_input_takes_linear_time() -> None:
    text = "当客户近3个月采购额超500万元 and the last 6 months 一二三四五六七八九十 " * 200
    assert len(recognise(text[:10_000], MONDAY)) > 300


@pytest.mark.parametrize(
    "piece",
    ["1", "万", "一二三百", "1-", "1,", "1.", "a.", "a-", "a@", "3天", "十 ", "a hundred and "],
)
def test_endless_repetition_ends_and_reads_no_giant_number(piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    for one in recognise(text, MONDAY):
        assert 0 <= one.start < one.end <= len(text)
