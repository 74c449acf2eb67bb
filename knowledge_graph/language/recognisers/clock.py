"""The step that reads times of day."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge_graph.language.recognisers.numerals_zh import parse_zh
from knowledge_graph.language.recognisers.stream import TIME, Hit, Node, Stream

_ZN = r"(?:\d{1,2}|[零一二三四五六七八九十两]{1,3})"
_ZH = re.compile(
    rf"(?P<part>凌晨|早上|早晨|清晨|上午|中午|下午|傍晚|晚上|夜里|今晚|早|晚)? ?"
    rf"(?<![\d.零一二三四五六七八九十百千万亿两])"
    rf"(?:(?P<h>{_ZN})(?:点钟?|时(?=\d|[半整]|$|[ ,，。、]|{_ZN}分))(?:(?P<half>半)|(?P<q>[一三])刻|整"
    rf"|(?P<m>{_ZN})分|(?P<m2>\d\d))?"
    rf"|(?P<h24>\d{{1,2}}):(?P<m24>\d\d)(?::\d\d)?)(?![\d%零一二三四五六七八九十百]| ?[ap]\.?m)"
)
_EN = re.compile(
    r"(?<![a-z0-9_.,:/-])(?P<h>\d{1,2})(?:[:.](?P<m>\d\d))? ?(?P<half>[ap])\.?m(?:\.(?![a-z])|(?![a-z]))"
    r"|(?<![a-z])(?P<word>noon|midday)(?![a-z])|(?<![a-z0-9_.,:/-])(?P<hour>\d{1,2}) o'clock"
)
_MORNING = frozenset({"凌晨", "早上", "早晨", "清晨", "上午", "早"})


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A local time of day; `other` is the afternoon reading of a bare early hour (3点)."""

    time: str
    other: str | None = None


def read_times(stream: Stream) -> None:
    """Turn times of day into symbols."""
    stream.reduce(_EN, TIME, _english)
    stream.reduce(_ZH, TIME, _chinese)


def clock(hour: int, minute: int, *, bare: bool) -> Clock | None:
    """Return a time; a bare hour from 1 to 6 may also be meant in the afternoon."""
    if not (0 <= hour <= 23 and 0 <= minute <= 59):
        return None
    other = f"{hour + 12:02d}:{minute:02d}" if bare and 1 <= hour <= 6 else None
    return Clock(time=f"{hour:02d}:{minute:02d}", other=other)


def _node(found: Clock | None) -> Node | None:
    return None if found is None else Node(extra=found)


def _english(hit: Hit) -> Node | None:
    if hit.text("word"):
        return _node(clock(12, 0, bare=False))
    if hit.text("hour"):
        return _node(clock(int(hit.text("hour")), 0, bare=True))
    hour = int(hit.text("h"))
    if not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if hit.text("half") == "p" else 0)
    return _node(clock(hour, int(hit.text("m") or 0), bare=False))


def _small(text: str) -> int | None:
    value = parse_zh(text) if text else None
    if text and len(text) == 2 and text[0] in "零0":
        value = parse_zh(text[1])
    return int(value) if value is not None and value.denominator == 1 else None


def _chinese(hit: Hit) -> Node | None:
    if hit.text("h24"):
        hour, minute = int(hit.text("h24")), int(hit.text("m24"))
        padded = hit.text("h24").startswith("0")
        return _node(_with_part(hour, minute, hit.text("part"), bare=not padded))
    found = _small(hit.text("h"))
    if found is None:
        return None
    return _node(_with_part(found, _minute(hit), hit.text("part"), bare=True))


def _minute(hit: Hit) -> int:
    if hit.text("half"):
        return 30
    if hit.text("q"):
        return 15 if hit.text("q") == "一" else 45
    minute = hit.text("m") or hit.text("m2")
    found = _small(minute)
    return 0 if not minute else 99 if found is None else found


def _with_part(hour: int, minute: int, part: str, *, bare: bool) -> Clock | None:
    if not part:
        return clock(hour, minute, bare=bare)
    if part in _MORNING:
        return clock(hour, minute, bare=False) if hour <= 12 else None
    if part == "中午":
        return (
            clock(hour + 12 if hour <= 2 else hour, minute, bare=False)
            if hour in {1, 2, 11, 12}
            else None
        )
    if hour == 12 and part != "下午":
        return None  # 晚上12点: which day's midnight
    return clock(hour + 12 if hour < 12 else hour, minute, bare=False)
