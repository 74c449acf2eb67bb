"""Chinese numerals, written out or mixed with digits, read whole or not at all."""

from __future__ import annotations

import re
from fractions import Fraction

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_LONGEST = 40
"""Characters; longer runs are no quantities."""
_GROUPS = (("亿", 10**8), ("万", 10**4))
_SECTION = re.compile(
    r"(?:(?P<q>[一二三四五六七八九两]|\d)千)?(?P<z1>零?)(?:(?P<b>[一二三四五六七八九两]|\d)百)?"
    r"(?P<z2>零?)(?:(?P<s>[一二三四五六七八九]|\d)?(?P<ten>十))?(?P<z3>零?)(?P<g>[一二三四五六七八九两]|\d+)?"
)
_ASCII = re.compile(r"\d+|\d{1,3}(?:,\d{3})+")
_DECIMALS = re.compile(r"[零一二三四五六七八九\d]+")


def parse_zh(text: str) -> Fraction | None:
    """Return the value of a numeral, None when any of it cannot be read or is vague.

    >>> parse_zh("三千二百"), parse_zh("1.2亿"), parse_zh("九万四"), parse_zh("两三"), parse_zh("一点五")
    (Fraction(3200, 1), Fraction(120000000, 1), Fraction(94000, 1), None, Fraction(3, 2))
    """
    if not text or len(text) > _LONGEST:
        return None
    if re.fullmatch(r"[零一二三四五六七八九]{3,}", text):
        return None if text[0] == "零" else Fraction("".join(str(DIGITS[c]) for c in text))
    return _parse_groups(text)


def _parse_groups(text: str) -> Fraction | None:
    for mark, unit in _GROUPS:
        at = text.rfind(mark)
        if at < 0:
            continue
        left = _parse_groups(text[:at])
        right = _parse_tail(text[at + 1 :], unit)
        return None if left is None or right is None or not left else left * unit + right
    return _parse_decimal(text)


def _parse_tail(text: str, unit: int) -> Fraction | None:
    """Read what follows 万 or 亿: a lone digit counts tenths of it (九万四 = 94,000)."""
    if not text:
        return Fraction(0)
    if text[0] == "点":
        return _fraction_digits(text[1:])
    if len(text) == 1:
        digit = DIGITS.get(text, int(text) if text.isdigit() else None)
        return None if not digit else Fraction(digit * unit, 10)
    if text[0].isascii() and text.isdigit():  # 1万500 is a slip of some kind: two numbers or one
        return None
    value = _parse_groups(text)
    return value if value is not None and value < unit else None


def _parse_decimal(text: str) -> Fraction | None:
    whole, point, rest = text.partition("点") if "点" in text else text.partition(".")
    base = _parse_section(whole)
    if base is None or not point:
        return base
    tail = _fraction_digits(rest)
    return None if tail is None else base + tail


def _fraction_digits(text: str) -> Fraction | None:
    if not _DECIMALS.fullmatch(text):
        return None
    digits = "".join(c if c.isascii() else str(DIGITS[c]) for c in text)
    return Fraction(int(digits), 10 ** len(digits))


def _parse_section(text: str) -> Fraction | None:
    if _ASCII.fullmatch(text):
        return Fraction(text.replace(",", ""))
    if text == "零":
        return Fraction(0)
    match = _SECTION.fullmatch(text)
    if match is None or not text or not any(match.group(k) for k in ("q", "b", "ten", "g")):
        return None
    parts = {k: _digit(match.group(k)) for k in ("q", "b", "s", "g")}
    tens = parts["s"] or 1 if match.group("ten") else 0
    total = parts["q"] * 1000 + parts["b"] * 100 + tens * 10
    return _with_ones(match, total, parts["g"])


def _with_ones(match: re.Match[str], total: int, ones: int) -> Fraction | None:
    if ones > 9:  # 二百35: not a numeral
        return None
    if match.group("g") and not match.group("ten"):
        zeros = match.group("z2") + match.group("z3")
        if match.group("b") and not zeros:
            return Fraction(total + ones * 10)  # 四百五 = 450
        if match.group("q") and not match.group("b") and not zeros and not match.group("z1"):
            return Fraction(total + ones * 100)  # 一千六 = 1600
    return Fraction(total + ones)


def _digit(text: str | None) -> int:
    if not text:
        return 0
    return int(text) if text.isdigit() and text.isascii() else DIGITS[text]
