"""Our recognisers on the published phrases of recognizers-text: right, asked (no answer) or wrong.

The phrases are read where the shared data lies beside the checkout; they are not part of it.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from knowledge_graph.expression.nodes import Between, Calendar, Rolling
from knowledge_graph.language.recognisers import Found, recognise
from knowledge_graph.language.recognisers.calendar import Today
from knowledge_graph.language.results import LanguageContext

SPECS = Path(__file__).parents[6] / "shared/data/third_party/recognizers-text"
NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
CURRENCY = {
    "Dollar": "USD", "Pound": "GBP", "Euro": "EUR", "Japanese yen": "JPY", "Chinese yuan": "CNY",
    "United States dollar": "USD", "Canadian dollar": "CAD", "Hong Kong dollar": "HKD",
    "British pound": "GBP", "Swiss franc": "CHF", "Singapore dollar": "SGD", "Australian dollar": "AUD",
}  # fmt: skip

_END_YEAR = "an end year is meant to be included (the dictionary's `between`); the spec ends at its first day"
_REIGN = "reign years are no dates of a CRM"
UNCOMPARABLE = {
    "时间从二零一六年至二零一八年": _END_YEAR,
    "2009 年 到 2010 年，小麦产量翻了一番": _END_YEAR,
    "2007年与2009年间": _END_YEAR,
    "在2007年与2009年之间": _END_YEAR,
    "帮我统计一下2010年之后2018年之前的销量": "two windows for us, both right; 之后 excludes the year",
    "康熙20年9月": _REIGN,
    "一年多三个月又20天8小时余50分钟20秒": "一年多 is vague; we say so",
}
"""Phrases that are left out, each with its reason."""
_ANY_YEAR = "X{4}"
"""How TIMEX writes a year that is not said."""


def _cases(name: str) -> list[dict]:
    return json.loads((SPECS / f"{name}.json").read_text(encoding="utf-8-sig"))


def _context(case: dict) -> LanguageContext:
    said = case.get("Context", {}).get("ReferenceDateTime")
    if not said:
        return LanguageContext(now=NOW)
    local = datetime.fromisoformat(said[:19]).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    return LanguageContext(now=local.astimezone(UTC))


def _at(found: tuple[Found, ...], start: int, end: int, kinds: set[str]) -> list[Found]:
    """Findings of these kinds that touch the expected place."""
    return [one for one in found if one.kind in kinds and one.start < end and start < one.end]


def _places(case: dict) -> list[tuple[dict, int, int]]:
    places, at = [], 0
    for result in case["Results"]:
        length = result.get("Length") or result.get("End", 0) - result.get("Start", 0) + 1
        start = (
            result["Start"]
            if "Start" in result
            else case["Input"].lower().find(result["Text"].lower(), at)
        )
        at = start + length
        places.append((result, start, start + length))
    return places


def _close(a: object, b: object) -> bool:
    return abs(float(a) - float(b)) <= 1e-9 * max(1.0, abs(float(b)))  # type: ignore[arg-type]


def _number(found: Found, result: dict) -> bool:
    value = result["Resolution"]["value"]
    return _close(found.value.value, value)  # type: ignore[union-attr]


def _percent(found: Found, result: dict) -> bool:
    share = Fraction(result["Resolution"]["value"].rstrip("%").replace("E-06", "e-6")) / 100
    return _close(found.value.value, share)  # type: ignore[union-attr]


def _currency(found: Found, result: dict) -> bool:
    code = CURRENCY.get(result["Resolution"]["unit"], result["Resolution"].get("isoCurrency"))
    return _close(found.value.value, result["Resolution"]["value"]) and found.value.currency == code  # type: ignore[union-attr]


def _temperature(found: Found, result: dict) -> bool:
    measure = {"Degree": "degree", "F": "fahrenheit", "C": "celsius"}[result["Resolution"]["unit"]]
    return _number(found, result) and found.value.measure == measure  # type: ignore[union-attr]


def _duration(found: Found, result: dict) -> bool:
    seconds = int(result["Value"]["FutureResolution"]["duration"])
    return abs(int(found.value.days() * 86400) - seconds) <= 0.02 * seconds  # type: ignore[union-attr]


def _set(found: Found, result: dict) -> bool:
    timex, value = result["Value"]["Timex"], found.value
    weekday = re.fullmatch(rf"{_ANY_YEAR}-WX{{2}}-(\d)(?:T(\d\d))?", timex)
    if weekday:
        day = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[int(weekday[1]) - 1]
        return value.byday == (day,) and value.time == (f"{weekday[2]}:00" if weekday[2] else None)
    period = re.fullmatch(r"P(\d)([DWMY])", timex)
    if period:
        freq = {"D": "daily", "W": "weekly", "M": "monthly", "Y": "yearly"}[period[2]]
        months = {"quarterly": 3, "monthly": 1}.get(value.freq, 0) * value.interval
        same = value.freq == freq and value.interval == int(period[1])
        return same or (period[2] == "M" and months == int(period[1]))
    yearly = re.fullmatch(rf"{_ANY_YEAR}-(\d\d)-(\d\d)", timex)
    if yearly:
        return (value.bymonth, value.bymonthday) == ((int(yearly[1]),), (int(yearly[2]),))
    clock = re.fullmatch(r"T(\d\d)", timex)
    return bool(clock) and value.freq == "daily" and value.time == f"{clock[1]}:00"  # type: ignore[index]


def _period(found: Found, result: dict, context: LanguageContext) -> bool:
    wanted = {
        (r.get("startDate"), r.get("endDate"))
        for r in (result["Value"]["FutureResolution"], result["Value"]["PastResolution"])
    }
    today = Today(context)
    for reading in (found.value, *found.others):
        start, end = _resolved(reading.window, today)  # type: ignore[union-attr]
        after = (datetime.fromisoformat(end) + timedelta(days=1)).date().isoformat()
        if (start, end) in wanted or (start, after) in wanted:
            return True
    return False


def _resolved(window: object, today: Today) -> tuple[str, str]:
    if isinstance(window, Between):
        return window.start or "1900-01-01", window.end or "2199-01-01"
    if isinstance(window, Calendar):
        days = today.period(window.unit, window.offset)
        return days.start.isoformat(), days.end.isoformat()
    assert isinstance(window, Rolling)
    edge = today.shifted(-window.n, window.unit)
    assert edge is not None
    if window.n > 0:
        return edge.isoformat(), today.date.isoformat()
    return (today.date + timedelta(days=1)).isoformat(), edge.isoformat()


CHECKS = {
    "Number/Chinese/NumberModel": ({"number", "ratio"}, _number),
    "Number/Chinese/PercentModel": ({"ratio"}, _percent),
    "Number/English/PercentModel": ({"ratio"}, _percent),
    "NumberWithUnit/Chinese/CurrencyModel": ({"amount"}, _currency),
    "NumberWithUnit/English/CurrencyModel": ({"amount"}, _currency),
    "NumberWithUnit/Chinese/TemperatureModel": ({"number"}, _temperature),
    "DateTime/Chinese/DurationParser": ({"duration"}, _duration),
    "DateTime/Chinese/SetParser": ({"schedule"}, _set),
    "DateTime/English/SetParser": ({"schedule"}, _set),
    "DateTime/Chinese/DatePeriodParser": ({"window"}, _period),
}


def _right(check: object, one: Found, result: dict, context: LanguageContext) -> bool:
    return _period(one, result, context) if check is _period else check(one, result)  # type: ignore[operator]


def _judge(name: str, case: dict) -> list[tuple[str, str]]:
    kinds, check = CHECKS[name]
    context = _context(case)
    found = recognise(case["Input"], context)
    verdicts = []
    for result, start, end in _places(case):
        resolution = result.get("Resolution") or result.get("Value") or {}
        if resolution.get("value", "") in (None, "null"):
            continue
        if name == "Number/Chinese/NumberModel" and not re.search("[分/]", result["Text"]):
            kinds = {"number"}  # 六个百分点 is a ratio for us: its number is not given by itself
        hits = _at(found, start, end, kinds)
        if not hits:
            verdicts.append(("asked", result["Text"]))
            continue
        right = any(_right(check, one, result, context) for one in hits)
        words = f"{result['Text']} -> {[h.value for h in hits]}"
        verdicts.append(("right" if right else "wrong", words))
    return verdicts


@pytest.mark.skipif(
    not SPECS.is_dir(), reason="the shared third-party phrases are not on this machine"
)
def test_wrong_answers_are_rare(capsys: pytest.CaptureFixture[str]) -> None:
    total = {"right": 0, "asked": 0, "wrong": 0}
    for name in CHECKS:
        counts, wrong = {"right": 0, "asked": 0, "wrong": 0}, []
        for case in _cases(name):
            if case["Input"] in UNCOMPARABLE:
                continue
            for verdict, words in _judge(name, case):
                counts[verdict] += 1
                total[verdict] += 1
                if verdict == "wrong":
                    wrong.append((case["Input"][:60], words))
        with capsys.disabled():
            print(f"\n{name}: {counts}")  # noqa: T201 - the numbers are the point of this run
            for one in wrong:
                print("   wrong:", *one)  # noqa: T201 - and which ones
    with capsys.disabled():
        print(f"\nall: {total}")  # noqa: T201
    assert total["wrong"] <= 0.01 * sum(total.values())
