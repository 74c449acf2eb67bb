"""The steps that read lengths of time and unbroken stretches."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import cast

from knowledge_graph.expression.nodes import Unit
from knowledge_graph.language.recognisers.found import DurationFound, HeldFound, VagueFound
from knowledge_graph.language.recognisers.numbers import Figure
from knowledge_graph.language.recognisers.stream import (
    DURATION,
    NUMBER,
    OTHER,
    TIME,
    Hit,
    Node,
    Stream,
)

_N = NUMBER
UNIT_ZH = {
    "分钟": "minute", "小时": "hour", "钟头": "hour", "天": "day", "周": "week", "星期": "week",
    "礼拜": "week", "月": "month", "季度": "quarter", "年": "year",
}  # fmt: skip
UNITS: tuple[Unit, ...] = ("minute", "hour", "day", "week", "month", "quarter", "year")
_EN_UNIT = r"minutes?|mins?|hours?|hrs?|days?|weeks?|months?|quarters?|years?|yrs?|fortnights?"
_NOT_WHOLE = re.compile(
    rf"{_N} ?(?:个)?工作日|{_N} ?秒|{_N}[ -](?:business|working|trading) days?(?![a-z])"
    rf"|{_N}[ -]?(?:seconds?|secs?)(?![a-z])"
)
_ZH = re.compile(
    rf"(?:(?P<n>{_N}) ?(?P<ge>个)?(?P<mid>半)?|(?P<half>半)(?P<halfge>个)?) ?"
    r"(?P<unit>分钟|小时|钟头|天|周(?![一二三四五六日天末])|星期(?![一二三四五六日天])|礼拜"
    r"(?![一二三四五六日天])|月(?![份底末初])|季度"
    r"|年(?![级代度底末初]))(?P<tail>半)?(?P<vague>多)?"
)
_EN = re.compile(
    rf"(?<![a-z])(?:(?P<n>{_N})[ -]?|(?P<one>an?) |(?P<half>half[ -](?:an? )?))(?P<unit>{_EN_UNIT}"
    rf"|(?<={_N})h)(?![a-z])(?P<tail> and a half(?![a-z]))?"
)
_PAIR = re.compile(rf"(?P<a>{DURATION})(?P<glue>又|零|, and | and |, | ?)(?P<b>{DURATION})")
_STEPS_DOWN = frozenset({("hour", "minute"), ("day", "hour"), ("week", "day"), ("year", "month")})
_ASCENDING = re.compile(rf"{DURATION}又{DURATION}")
_HELD_ZH = re.compile(rf"连续 ?(?:超过|至少|达|满)?(?P<u>{DURATION})")
_HELD_BARE_DAY = re.compile(rf"连续 ?(?P<n>{_N}) ?日")
_HELD_EN = re.compile(
    rf"(?<![a-z])(?:for )?(?:at least )?(?P<n>{_N}) (?:consecutive|straight|successive) "
    rf"(?P<unit>{_EN_UNIT})(?![a-z])"
)
_IN_A_ROW = re.compile(
    rf"(?<![a-z])(?:for )?(?:at least )?(?P<u>{DURATION}) (?:in a row|running|on end)(?![a-z])"
)
_SMALLER: dict[Unit, tuple[Unit, int]] = {
    "hour": ("minute", 60),
    "day": ("hour", 24),
    "week": ("day", 7),
    "month": ("day", 30),
    "quarter": ("month", 3),
    "year": ("month", 12),
}


def read_durations(stream: Stream) -> None:
    """Turn durations into symbols and find stretches; numbers must have been read."""
    stream.reduce(_NOT_WHOLE, OTHER, lambda hit: Node())
    stream.reduce(_HELD_EN, OTHER, _held_en)
    stream.reduce(_HELD_BARE_DAY, OTHER, _held_day)
    stream.reduce(_ZH, DURATION, _chinese)
    stream.reduce(_EN, DURATION, _english)
    for _ in range(3):  # 一年又一个月21天
        stream.reduce(_PAIR, DURATION, _pair)
    stream.reduce(_ASCENDING, OTHER, lambda hit: Node())
    stream.emit(re.compile(f"(?P<u>{DURATION})"), _said)
    stream.reduce(_HELD_ZH, OTHER, _held)
    stream.reduce(_IN_A_ROW, OTHER, _held)


def whole(n: Fraction, unit: Unit) -> DurationFound | None:
    """Return a duration in whole units, going down to smaller ones for halves; None if there is none.

    >>> whole(Fraction(5, 2), "year")
    DurationFound(n=30, unit='month')
    """
    while n.denominator != 1:
        if unit not in _SMALLER:
            return None
        unit, factor = _SMALLER[unit]
        n *= factor
    return DurationFound(n=int(n), unit=unit) if n > 0 else None


def _node(found: DurationFound | None) -> Node | None:
    """Wrap a length; it is given out once it cannot become a part of a longer one."""
    return None if found is None else Node(extra=found)


def _said(hit: Hit) -> Node | None:
    node = hit.node("u")
    if node is None or not isinstance(node.extra, DurationFound) or hit.around()[1] == TIME:
        return None  # 8天20时
    return Node(value=node.extra)


def _chinese(hit: Hit) -> Node | None:
    unit = cast(Unit, UNIT_ZH[hit.text("unit")])
    if hit.text("vague"):
        return Node(value=VagueFound(words=hit.source()))
    if unit == "month" and not (hit.text("ge") or hit.text("halfge")):
        return None  # 3月 is March
    halves = sum(1 for group in ("mid", "tail", "half") if hit.text(group))
    if halves > 1:
        return None
    figure = _figure(hit)
    n = (figure.value if figure else Fraction(0)) + Fraction(halves, 2)
    return _node(whole(n, unit))


def _figure(hit: Hit) -> Figure | None:
    node = hit.node("n")
    return node.extra if node and isinstance(node.extra, Figure) else None


def unit_of(word: str) -> tuple[Unit, int]:
    """Return the unit of an English word, and how many of it the word means."""
    stem = {"min": "minute", "h": "hour", "hr": "hour", "yr": "year"}
    base = word.rstrip("s")
    if base == "fortnight":
        return "week", 2
    return cast(Unit, stem.get(base, base)), 1


def _english(hit: Hit) -> Node | None:
    unit, times = unit_of(hit.text("unit"))
    if hit.text("half"):
        n = Fraction(1, 2)
    elif hit.text("one"):
        if hit.text("unit").endswith("s"):
            return None
        n = Fraction(1)
    else:
        figure = _figure(hit)
        if figure is None:
            return None
        n = figure.value
    if hit.text("tail"):
        n += Fraction(1, 2)
    return _node(whole(n * times, unit))


def _pair(hit: Hit) -> Node | None:
    first, second = hit.node("a"), hit.node("b")
    if first is None or second is None:
        return None
    a, b = first.extra, second.extra
    if not isinstance(a, DurationFound) or not isinstance(b, DurationFound):
        return None
    if UNITS.index(a.unit) <= UNITS.index(b.unit):
        return None
    if hit.text("glue") not in {"", "又", "零"} and (a.unit, b.unit) not in _STEPS_DOWN:
        return None  # "3 months, 2 weeks" is a list
    days = {"month", "quarter", "year"}
    if (a.unit in days) == (b.unit in days):
        return _node(_sum(a, b))
    return _node(whole(a.days() + b.days(), "day"))


def _sum(a: DurationFound, b: DurationFound) -> DurationFound | None:
    return (
        whole((a.days() + b.days()) / DurationFound(n=1, unit=b.unit).days(), b.unit)
        if (a.unit not in {"month", "quarter", "year"})
        else _months(a, b)
    )


def _months(a: DurationFound, b: DurationFound) -> DurationFound:
    months = {"month": 1, "quarter": 3, "year": 12}
    return DurationFound(n=a.n * months[a.unit] + b.n * months[b.unit], unit="month")


def _held(hit: Hit) -> Node | None:
    node = hit.node("u")
    if node is None or not isinstance(node.extra, DurationFound):
        return None
    return Node(value=HeldFound(n=node.extra.n, unit=node.extra.unit))


def _held_en(hit: Hit) -> Node | None:
    figure = _figure(hit)
    unit, times = unit_of(hit.text("unit"))
    if figure is None or figure.value.denominator != 1:
        return None
    return Node(value=HeldFound(n=int(figure.value) * times, unit=unit))


def _held_day(hit: Hit) -> Node | None:
    figure = _figure(hit)
    if figure is None or figure.value.denominator != 1:
        return None
    return Node(value=HeldFound(n=int(figure.value), unit="day"))
