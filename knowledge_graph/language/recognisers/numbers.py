"""The steps that read numbers, ordinals, measures and vague quantities."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from knowledge_graph.language.recognisers.found import (
    FoundValue,
    Measure,
    Number,
    NumberFound,
    OrdinalFound,
    VagueFound,
)
from knowledge_graph.language.recognisers.numerals_en import (
    MAGNITUDES,
    WORDS,
    parse_digits,
    parse_en,
)
from knowledge_graph.language.recognisers.numerals_zh import parse_zh
from knowledge_graph.language.recognisers.stream import NUMBER, OTHER, TIME, Hit, Node, Stream

SUFFIXES = {
    "k": 10**3,
    "w": 10**4,
    "m": 10**6,
    "mn": 10**6,
    "b": 10**9,
    "bn": 10**9,
}
_ATTACHED = frozenset([
    "rmb",
    "cny",
    "usd",
    "eur",
    "gbp",
    "jpy",
    "hkd",
    "twd",
    "sgd",
    "krw",
    "aud",
    "cad",
    "chf",
    "inr",
    "x",
    "h",
    "hr",
    "hrs",
    "min",
    "mins",
    "day",
    "days",
    "week",
    "weeks",
    "month",
    "months",
    "year",
    "years",
    "yuan",
])
_CODE_BEFORE = re.compile(r"(?<![a-z])(?:rmb|cny|usd|eur|gbp|jpy|hkd|twd|sgd|krw|aud|cad|chf|inr)$")
_ZH = "零一二三四五六七八九十百千万亿两"
_MEASURES = frozenset(
    "个次家人台件名位条笔单张份项天年月周小分元块岁级点倍成折套辆间座号页行米公日美欧港"
)
_WORD_PARTS = frozenset("统唯万同之第每某任另逐单专初周期")
"""A lone numeral after these belongs to a word: 统一, 唯一, 之一, 任一."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number with the magnitude it was said in, so that the ends of a range can share it."""

    value: Fraction
    scale: int = 1
    """10,000 for 800万: the mantissa is value / scale."""
    currency: str | None = None


def plain(value: Fraction) -> Number:
    """Return an int where the value is whole, else a float if that is exact enough to print back.

    >>> plain(Fraction(3)), plain(Fraction(1, 4)), plain(Fraction(1, 3))
    (3, 0.25, Fraction(1, 3))
    """
    if value.denominator == 1:
        return int(value)
    left = value.denominator
    for prime in (2, 5):
        while left % prime == 0:
            left //= prime
    return float(value) if left == 1 else value


_IDS = re.compile(
    r"(?<![a-z0-9_.-])(?:\d+(?:-\d+){2,}|0\d+-\d+|[#№]\s?\d[a-z0-9_-]*|\d+(?:\.\d+){2,})(?![a-z0-9_-])"
)
_ORDINAL_EN = re.compile(r"(?<![a-z0-9_.,-])(\d{1,3})(?:st|nd|rd|th)(?![a-z0-9])")
_ORDINAL_WORD = re.compile(
    r"(?<![a-z-])(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)(?![a-z-])"
    r"(?! (?:party|parties|half|name|hand|time))"
)
_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
]
_ORDINAL_ZH = re.compile(
    rf"(?<!倒数)第 ?([\d{_ZH}]+) ?(?:(?P<day>天|日)|(?P<week>周)|(?P<month>个月))?(?![者方产])"
)
_DAY_EN = re.compile(r"(?<![a-z])(day|week|month|year) (\d{1,4})(?![\d.,:/%a-z-])")
_VAGUE = re.compile(
    rf"(?:好几|[几数](?=[十百千万亿个天周年月次家人台件名位条笔张份项]))[十百千万亿]*|若干|许多"
    rf""
    rf"|(?<![\d.{_ZH}])[\d.{_ZH}]{{0,24}}[\d{_ZH}] ?零?[几余多来]"
    rf"(?=[十百千万亿个天周年月次家人台件名位条笔元块倍%]"
    rf"| [十百千万亿])[ 十百千万亿]*"
    rf"|十几|几十|[二三四五六七八][三四五六七八九]十|(?<![\d零一二三四五六七八九十百千万亿点])(?:一二"
    rf"|两三|二三|三四|三五|四五|五六|六七|七八"
    rf"|八九)(?=[个天周年月次家人台件名位条笔万百千成])"
    r"|(?<![a-z])(?:several|a few|few|dozens|hundreds|thousands|millions|billions|many"
    r"|a couple)(?: of)?(?![a-z])"
)
_FIRST = (
    rf"(?:(?:half|quarter|an?) (?=(?:an? |of an? )?(?:hundred|dozen"
    rf"|{'|'.join(MAGNITUDES)})s?(?![a-z]))|(?:\d[\d.,]*\d|\d)(?=[ -](?:hundred|dozen|bn|mn"
    rf"|and a half|{'|'.join(MAGNITUDES)}))|(?:{WORDS})(?![a-z]))"
)
_GLUE = r"(?:(?<=hundred)|(?<=thousand)|(?<=million)|(?<=billion)) and "
_MORE = (
    rf"(?:[ -]?(?:an? |of an? )?(?<![a-z])(?:{WORDS})(?![a-z])"
    rf"|{_GLUE}(?:{WORDS})(?![a-z])(?! (?:hundred|{'|'.join(MAGNITUDES)})(?![a-z]))| and a half(?![a-z]))"
)
_EN = re.compile(rf"(?<![a-z0-9_.,#-])(?P<sign>minus )?(?P<body>{_FIRST}{_MORE}*)")
_RUN = re.compile(
    rf"(?P<sign>(?<![a-z0-9_)\]-])[-−](?=[\d.])|[负](?=[\d零一二三四五六七八九十两]))?"
    rf"(?P<body>[\d零一二三四五六七八九十两](?:[\d{_ZH}兆]|(?<=\d)[.,](?=\d)|点(?=[\d零一二三四五六七八九])"
    rf"|(?<=[十百千万亿]) {{1,2}}(?=[\d零一二三四五六七八九两]+[十百千万亿])|(?<=\d) {{1,2}}(?=[百千万亿]))*)"
    r"(?: ?(?P<suffix>bn|mn|(?<! )(?:k|w|m|b))(?![a-z0-9]))?"
)
_LOOSE_DIGIT = re.compile(r" [\d零一二三四五六七八九两]+$")
"""10万 5 may be 105,000 or two numbers."""
_BROKEN_BEFORE = re.compile(r"[十百千万亿兆] ?$|点 ?$|[\^+*/]-*$|--$|\d[/:]$|" + TIME + " $")
_BROKEN_AFTER = re.compile(
    r" ?" + TIME + r"| {0,2}[十百千万亿]| [零一二三四五六七八九](?![个月])|[²³¹⁰-⁹]|:\d"
    r"| ?点 ?[\d零一二三四五六七八九]|[\^*]|/\d| \d+/\d"
    r"| [kmbw](?![a-z])|[ 个]?[几余]|打(?!折)|e[+-]\d"
)
"""What shows that the run is only a piece of a number: 四百 点 五, 2^5, 1 3/5, 6 m."""
_DEGREES = re.compile(
    rf"(?P<f>华氏(?:温度)? ?)?(?P<c>摄氏(?:温度)? ?)?(?P<n>{NUMBER}) ?"
    r"(?P<unit>°c|°f|℃|℉|摄氏度|华氏度|度(?!假|过)|degrees? celsius|degrees? fahrenheit|degrees?|°)"
)
_MEASURE: dict[str, Measure] = {
    "°c": "celsius",
    "℃": "celsius",
    "摄氏度": "celsius",
    "degree celsius": "celsius",
    "degrees celsius": "celsius",
    "°f": "fahrenheit",
    "℉": "fahrenheit",
    "华氏度": "fahrenheit",
    "degree fahrenheit": "fahrenheit",
    "degrees fahrenheit": "fahrenheit",
}


def read_numbers(stream: Stream) -> None:
    """Mask identifiers, then turn ordinals, vague quantities and numbers into symbols."""
    stream.reduce(_IDS, OTHER, lambda hit: Node())
    stream.reduce(_VAGUE, OTHER, lambda hit: Node(value=VagueFound(words=hit.source())))
    stream.reduce(_ORDINAL_EN, OTHER, _ordinal_en)
    stream.reduce(_ORDINAL_WORD, OTHER, _ordinal_word)
    stream.reduce(_ORDINAL_ZH, OTHER, _ordinal_zh)
    stream.emit(_DAY_EN, _day_number)
    stream.reduce(_EN, NUMBER, _english, quiet=True)
    stream.reduce(_RUN, NUMBER, _run, quiet=True)
    stream.emit(_DEGREES, _degrees)


def say_numbers(stream: Stream) -> None:
    """Give out the numbers that no other phrase has taken."""
    stream.emit(re.compile(f"(?P<n>{NUMBER})"), lambda hit: hit.node("n"))


def number_node(figure: Figure, *, scaled: bool = False, silent: bool = False) -> Node:
    """Wrap a figure; `silent` figures are parts of other phrases only."""
    value: FoundValue = NumberFound(value=plain(figure.value), scaled=scaled)
    return Node(value=None if silent else value, extra=figure)


def _ordinal_en(hit: Hit) -> Node | None:
    return Node(value=OrdinalFound(value=int(hit.text(1))))


def _ordinal_word(hit: Hit) -> Node | None:
    return Node(value=OrdinalFound(value=_ORDINALS.index(hit.text(1)) + 1))


def _ordinal_zh(hit: Hit) -> Node | None:
    value = parse_zh(hit.text(1))
    if value is None or value.denominator != 1:
        return None
    if hit.text("day"):
        return Node(value=OrdinalFound(value=int(value), unit="day"))
    if hit.text("week"):
        return Node(value=OrdinalFound(value=int(value), unit="week"))
    if hit.text("month"):
        return Node(value=OrdinalFound(value=int(value), unit="month"))
    return Node(value=OrdinalFound(value=int(value)))


def _day_number(hit: Hit) -> Node | None:
    units = {"day": "day", "week": "week", "month": "month", "year": "year"}
    unit = units[hit.text(1)]
    base = OrdinalFound(value=int(hit.text(2)))
    return Node(value=replace(base, unit=unit)) if int(hit.text(2)) <= 366 else None  # type: ignore[arg-type]  # the pattern's own words


def _english(hit: Hit) -> Node | None:
    body = hit.text("body").strip()
    value = parse_en(body)
    if value is None:
        return None
    if hit.text("sign"):
        value = -value
    magnitude = next((w for w in reversed(re.split(r"[ -]", body)) if w in MAGNITUDES), None)
    ends = magnitude is not None and body.endswith(magnitude)
    scale = MAGNITUDES[magnitude] if magnitude and ends else 1
    silent = body == "one"
    return number_node(
        Figure(value=value, scale=scale), scaled=magnitude is not None, silent=silent
    )


def _run(hit: Hit) -> Node | None:
    body = hit.text("body").replace(" ", "")
    if not _stands_alone(hit, body) or _LOOSE_DIGIT.search(hit.text("body")):
        return None
    value = parse_digits(body) if body.isascii() else parse_zh(body)
    if value is None or (body.isascii() and re.match(r"0\d", body)):
        return None
    suffix = hit.text("suffix")
    if suffix and not body.isascii():
        return None
    if hit.source().endswith("W"):
        return None  # 50W may be watts
    scale = SUFFIXES.get(suffix, 1)
    last_unit = next(
        (u for u, n in (("亿", 10**8), ("万", 10**4), ("千", 1000), ("百", 100)) if u in body), ""
    )
    if body.endswith(("万", "亿")):
        scale = {"万": 10**4, "亿": 10**8}[last_unit]
        scale = 10**8 if body.endswith("亿") else 10**4
        scale *= _inner_scale(body[:-1])
    elif re.fullmatch(r"[\d.,]+[百千]", body):
        scale = {"百": 100, "千": 1000}[body[-1]]
    value = value * SUFFIXES.get(suffix, 1)
    scaled = bool(suffix) or "万" in body or "亿" in body
    figure = Figure(value=-value if hit.text("sign") else value, scale=scale)
    return number_node(figure, scaled=scaled, silent=not _says_a_number(hit, body))


def _inner_scale(body: str) -> int:
    """Return the 百 of 5百万: the mantissa of a range end is 5, not 500."""
    match = re.fullmatch(r"[\d.一二三四五六七八九两]+(十|百|千|万)", body)
    return {"十": 10, "百": 100, "千": 1000, "万": 10**4}[match[1]] if match else 1


def _stands_alone(hit: Hit, body: str) -> bool:
    """Whether the run is no part of a word such as A20, 5G or covid-19."""
    start, end = hit.match.span()
    text = hit.stream.text
    before, after = text[max(0, start - 4) : start], text[end : end + 8]
    if _BROKEN_BEFORE.search(before) or _BROKEN_AFTER.match(after):
        return False
    glued = bool(before) and (
        before[-1] in "_.#" or (before[-1].isascii() and before[-1].isalpha())
    )
    if glued and not (body[0].isascii() and _CODE_BEFORE.search(before)):
        return False
    if before.endswith("-") and re.search(r"[a-z]-$", before):
        return False
    word = re.match(r"[a-z]+", after)
    return word is None or word.group() in _ATTACHED


def _says_a_number(hit: Hit, body: str) -> bool:
    """Whether a lone numeral is meant as a number: 一 in 统一 and in 一切 is not."""
    if body.isascii() or any(c.isdigit() and c.isascii() for c in body) or len(body) > 1:
        return True
    before, after = hit.around()
    if before in _WORD_PARTS and before:
        return False
    return not after or not _is_hanzi(after) or after in _MEASURES


def _is_hanzi(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


def _degrees(hit: Hit) -> Node | None:
    node = hit.node("n")
    if node is None or not isinstance(node.extra, Figure):
        return None
    measure: Measure = _MEASURE.get(hit.text("unit"), "degree")
    if hit.text("f"):
        measure = "fahrenheit"
    if hit.text("c"):
        measure = "celsius"
    return Node(value=NumberFound(value=plain(node.extra.value), measure=measure))
