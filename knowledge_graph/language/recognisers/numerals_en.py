"""English number words and digits with magnitude words, read whole or not at all."""

from __future__ import annotations

import re
from fractions import Fraction

SMALL = {
    word: value
    for value, word in enumerate([
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ])
}
TENS = {
    word: 10 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
MAGNITUDES = {
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "lakh": 10**5,
    "crore": 10**7,
}
WORDS = "|".join(sorted([*SMALL, *TENS, *MAGNITUDES, "hundred", "dozen"], key=len, reverse=True))
_LONGEST = 40
"""Characters; longer runs are no quantities."""
_DIGITS = re.compile(r"\d+(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def parse_digits(text: str) -> Fraction | None:
    """Return the value of 5000000, 5,000,000 or 2.5; None for 1,5 or 1.2.3.

    >>> parse_digits("5,000,000"), parse_digits("1,5")
    (Fraction(5000000, 1), None)
    """
    if len(text) > _LONGEST:
        return None
    return Fraction(text.replace(",", "")) if _DIGITS.fullmatch(text) else None


def parse_en(text: str) -> Fraction | None:
    """Return the value of number words, None when any of it cannot be read.

    >>> parse_en("two and a half million"), parse_en("one hundred and five"), parse_en("a dozen")
    (Fraction(2500000, 1), Fraction(105, 1), Fraction(12, 1))
    """
    words = text.replace("-", " ").split()
    if words and words[0] in {"half", "quarter"}:  # half a million, quarter of a million
        return _part_of_magnitude(words)
    return _Reader().read(words)


def _part_of_magnitude(words: list[str]) -> Fraction | None:
    rest = [word for word in words[1:] if word not in {"a", "of", "an"}]
    share = Fraction(1, 2) if words[0] == "half" else Fraction(1, 4)
    if len(rest) == 1 and (rest[0] in MAGNITUDES or rest[0] == "dozen"):
        return share * MAGNITUDES.get(rest[0], 12)
    return None


class _Reader:
    """Adds words up: `group` is below 1,000 and is closed by a magnitude."""

    def __init__(self) -> None:
        self.total = Fraction(0)
        self.group: Fraction | None = None
        self.room = 10**18
        """What may still follow must be smaller than this."""
        self.last = ""

    def read(self, words: list[str]) -> Fraction | None:
        joined = " ".join(words)
        joined = re.sub(r"(\S+) and a half\b", r"\1 +half", joined)
        for word in joined.split():
            if word == "and":
                if self.last not in {"hundred", *MAGNITUDES}:
                    return None
            elif not self._take(word):
                return None
            self.last = word
        if self.last in {"and", ""}:
            return None
        return self.total + (self.group or 0)

    def _take(self, word: str) -> bool:
        if word in {"a", "an"}:
            return self._start(Fraction(1)) if not self.last else False
        if word == "+half":
            self.group = (self.group or Fraction(0)) + Fraction(1, 2)
            return self.last not in {"", *MAGNITUDES}
        if word in MAGNITUDES or word in {"hundred", "dozen"}:
            return self._scale(word)
        return self._add(word)

    def _start(self, value: Fraction) -> bool:
        if self.group is not None:
            return False
        self.group = value
        return True

    def _scale(self, word: str) -> bool:
        if self.group is None or self.last in {"and", "dozen"}:
            return False
        if word in {"hundred", "dozen"}:
            if word == "hundred" and self.last in {"hundred"}:
                return False
            self.group *= 100 if word == "hundred" else 12
            return True
        unit = MAGNITUDES[word]
        if unit >= self.room:
            return False
        self.total, self.group, self.room = self.total + self.group * unit, None, unit
        return True

    def _add(self, word: str) -> bool:
        if word in SMALL:
            value = Fraction(SMALL[word])
        elif word in TENS:
            value = Fraction(TENS[word])
        else:
            parsed = parse_digits(word)
            return parsed is not None and self._start(parsed)
        if self.group is None:
            self.group = value
            return True
        fits = self.last == "hundred" or (self.last == "and" and self.group >= 100)
        if not fits and not (self.last in TENS and word in SMALL and 0 < value < 10):
            return False
        self.group += value
        return True
