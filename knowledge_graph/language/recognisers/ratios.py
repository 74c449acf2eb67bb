"""The steps that read shares, percentage points, discounts and multiples."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal

from knowledge_graph.language.recognisers.found import RatioFound
from knowledge_graph.language.recognisers.numbers import Figure, plain
from knowledge_graph.language.recognisers.numerals_zh import DIGITS
from knowledge_graph.language.recognisers.stream import NUMBER, OTHER, RATIO, Hit, Node, Stream

_N = NUMBER
_FRACTION = re.compile(r"(?<![a-z0-9_/.,-])(?<!\d )(\d{1,3})/(\d{1,3})(?![\d/]|[a-z0-9_])")
_TWO_DIGIT_DISCOUNT = re.compile(
    r"([一二三四五六七八九])([一二三四五六七八九])折(?!磨|腾|叠|线|算|扣率)"
)
_HALF_DISCOUNT = re.compile(r"打?对折")
_POINTS = re.compile(rf"(?P<n>{_N}) ?(?:percentage points?|pp(?![a-z])|个? ?百 ?分 ?点|个点)")
_PERCENT = re.compile(
    rf"(?P<n>{_N}) ?(?:%|percentages?(?![a-z])|percents?(?![a-z])|per cent(?![a-z])|pct(?![a-z]))(?!\d)"
)
_OF_HUNDRED = re.compile(
    rf"(?<![十百千万亿一二三四五六七八九])(?:百 *分 *之|(?P<k>[千万]) *分 *之) *(?:(?P<n>{_N})|(?P<all>百))"
)
_PARTS = re.compile(rf"(?:(?P<w>{_N}) *又 *|(?<!又)(?<!又 ))(?P<d>{_N}) *分 *之 *(?P<n>{_N})")
_BROKEN_PARTS = re.compile(rf"又 *{_N} *分 *之 *{_N}")
_TENTHS = re.compile(
    rf"(?<!{_N} )(?<!\d )(?P<n>{_N}) ?成(?![功为员立本交长绩就果品都熟份色分年人千上百])(?:(?P<half>半)"
    rf"| ?(?P<m>{_N})(?![\d个次家人台件名位条%折天年月元万]))?"
)
_HALF_TENTH = re.compile(r"半成(?!品)")
_DISCOUNT = re.compile(rf"(?<!{_N} )(?<!\d )打?(?P<n>{_N}) ?折(?!磨|腾|叠|线|算|扣率)")
_MULTIPLE = re.compile(
    rf"(?P<n>{_N}) ?(?:倍(?!数)|x(?![a-z])|times (?=as |the |more than|higher|larger))"
)
_TWICE = re.compile(r"(?<![a-z])twice (?=as |the )")
_HALF = re.compile(r"(?<![a-z-])half(?= of|\s*$|[.,;])|(?<!另)一半(?!时)|半数")
_NAMED = re.compile(
    rf"(?<![a-z])(?:a |(?P<n>{_N}) )(?P<part>thirds?|quarters?|fifths?|tenths?)(?= of(?![a-z]))"
    rf"|(?<![a-z])(?P<m>{_N}) (?P<many>thirds|quarters|fifths|tenths)(?![a-z]| of(?![a-z]))"
)
_A_THIRD = re.compile(
    r"(?<![a-z])(?<!for )(?:a|one) (third|fifth|tenth)"
    r"(?=$|[.,;)]| (?:or|and|in|to|into|on|for|is|are|then)(?![a-z]))"
)
"""Without a noun behind it; "a third order" counts orders."""
_NAMES = {"third": 3, "quarter": 4, "fifth": 5, "tenth": 10}


def read_fractions(stream: Stream) -> None:
    """Read what would fall apart into numbers: 1/3 and 八五折."""
    stream.emit(_FRACTION, _slash)
    stream.emit(_A_THIRD, lambda hit: _node(Fraction(1, _NAMES[hit.text(1)])))
    stream.reduce(_TWO_DIGIT_DISCOUNT, RATIO, _two_digit_discount)


def read_ratios(stream: Stream) -> None:
    """Turn shares, points and multiples into symbols; numbers must have been read."""
    stream.reduce(_POINTS, RATIO, lambda hit: _scaled(hit, Fraction(1, 100), "points"))
    stream.reduce(_PERCENT, RATIO, lambda hit: _scaled(hit, Fraction(1, 100)))
    stream.reduce(_OF_HUNDRED, RATIO, _of_hundred)
    stream.reduce(_PARTS, RATIO, _parts)
    stream.reduce(_BROKEN_PARTS, OTHER, lambda hit: Node())
    stream.reduce(_TENTHS, RATIO, _tenths)
    stream.reduce(_HALF_TENTH, RATIO, lambda hit: _node(Fraction(1, 20)))
    stream.reduce(_DISCOUNT, RATIO, _discount)
    stream.reduce(_HALF_DISCOUNT, RATIO, lambda hit: _node(Fraction(1, 2)))
    stream.reduce(_MULTIPLE, RATIO, lambda hit: _scaled(hit, Fraction(1), "multiple"))
    stream.reduce(_TWICE, RATIO, lambda hit: _node(Fraction(2), "multiple"))
    stream.reduce(_HALF, RATIO, lambda hit: _node(Fraction(1, 2)))
    stream.reduce(_NAMED, RATIO, _named)


def _node(value: Fraction, form: Literal["share", "points", "multiple"] = "share") -> Node:
    return Node(value=RatioFound(value=plain(value), form=form), extra=Figure(value=value))


def _value(hit: Hit, group: str) -> Fraction | None:
    node = hit.node(group)
    return node.extra.value if node and isinstance(node.extra, Figure) else None


def _scaled(
    hit: Hit, by: Fraction, form: Literal["share", "points", "multiple"] = "share"
) -> Node | None:
    value = _value(hit, "n")
    return None if value is None else _node(value * by, form)


def _slash(hit: Hit) -> Node | None:
    above, below = int(hit.text(1)), int(hit.text(2))
    return _node(Fraction(above, below)) if below else None


def _two_digit_discount(hit: Hit) -> Node | None:
    return _node(Fraction(DIGITS[hit.text(1)] * 10 + DIGITS[hit.text(2)], 100))


def _of_hundred(hit: Hit) -> Node | None:
    below = {"千": 1000, "万": 10**4}.get(hit.text("k"), 100)
    value = Fraction(100) if hit.text("all") else _value(hit, "n")
    return None if value is None else _node(value / below)


def _parts(hit: Hit) -> Node | None:
    above, below = _value(hit, "n"), _value(hit, "d")
    if above is None or not below:
        return None
    whole = _value(hit, "w") if hit.text("w") else Fraction(0)
    if whole is None:
        return None
    return _node(whole - above / below if whole < 0 else whole + above / below)


def _tenths(hit: Hit) -> Node | None:
    value, more = _value(hit, "n"), _value(hit, "m")
    if value is None or not 0 <= value <= 10:
        return None
    if more is not None and not (0 < more < 10 and more.denominator == 1):
        return None
    return _node(value / 10 + (Fraction(5) if hit.text("half") else more or Fraction(0)) / 100)


def _discount(hit: Hit) -> Node | None:
    value = _value(hit, "n")
    if value is None or not 0 < value < 100 or value == 10:
        return None
    return _node(value / 10 if value < 10 else value / 100)


def _named(hit: Hit) -> Node | None:
    said = next((g for g in ("n", "m") if hit.text(g)), "")
    above = _value(hit, said) if said else Fraction(1)
    part = hit.text("part") or hit.text("many")
    below = _NAMES[part.rstrip("s")]
    return _node(above / below) if above is not None and above < below else None
