"""Folding: one character for each character of the text, without disguises, so that spans keep their places.

Full-width digits, look-alikes from other alphabets and invisible characters are how a phone number passes a
pattern unseen. Every recogniser reads the folded text; the mask goes over the original one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_HOMOGLYPHS = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХаеѕіјорсухԁΑΒΕΖΗΙΚΜΝΟΡΤΥΧοινɡ‐‑‒–—−ー＿․。",
        "ABESIJKMHOPCTYXaesijopcyxdABEZHIKMNOPTYXoivg-------_..",
        strict=True,
    )
)
"""Cyrillic and Greek letters, dashes and stops that look like ASCII.

Source: Unicode TR39 confusables (part).
"""
_NUMERALS = dict(
    zip("零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖两", "0012345678911234567892", strict=True)
)
_ESCAPE = re.compile(
    r"(?:%(?:25)*|\\x)(?P<hex>[2-7][0-9A-Fa-f])|\\u(?P<unicode>[0-9A-Fa-f]{4})"
    r"|&#(?P<entity>[0-9]{1,5});|&#[xX](?P<hex_entity>[0-9A-Fa-f]{1,4});"
)
"""Percent, JSON and HTML escapes of single characters."""
_LETTERED = re.compile(r"(?<![A-Za-z])[0-9OoIl](?:[ .\-]?[0-9OoIl]){9,30}(?![A-Za-z])")
_LETTERS = str.maketrans("OoIl", "0011")
"""Letters that stand for digits inside a long number."""
_LONE = re.compile(r"(?<![\u4e00-\u9fff])[\u4e00-\u9fff](?: [\u4e00-\u9fff])+(?![\u4e00-\u9fff])")
_INVISIBLE = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u2800\u3164\uffa0")


@dataclass(frozen=True, kw_only=True)
class Folded:
    """A text without disguises, and where its characters stand in the original."""

    text: str
    spelled: str
    """The same, with numerals and letters that stand for digits as digits; as long as `text`."""
    places: tuple[tuple[int, int], ...]
    """For each folded character its span in the original."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original span of a folded one; what is hidden inside it is included."""
        return self.places[start][0], self.places[end - 1][1]


def fold(text: str) -> Folded:
    """Fold a text.

    Args:
        text: Any text.

    Returns:
        What it means, and where each character comes from.

    >>> fold("１3%38").text
    '138'
    """
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    for character, span in _characters(text):
        if _is_invisible(character):
            continue
        for piece in _plain(character):
            characters.append(piece)
            places.append(span)
    for at in reversed(_between_lone("".join(characters))):
        del characters[at], places[at]
    folded = "".join(characters)
    numbers = "".join(_NUMERALS.get(character, character) for character in folded)
    spelled = _LETTERED.sub(lambda hit: hit[0].translate(_LETTERS), numbers)
    return Folded(text=folded, spelled=spelled, places=tuple(places))


def _between_lone(text: str) -> list[int]:
    """Return the places of spaces between Chinese characters that stand one by one, as 姓 名 does for 姓名."""
    return [
        match.start() + offset
        for match in _LONE.finditer(text)
        for offset, character in enumerate(match[0])
        if character == " "
    ]


def _characters(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield what is meant: an escaped character counts as the character."""
    at = 0
    for hit in _ESCAPE.finditer(text):
        yield from ((text[i], (i, i + 1)) for i in range(at, hit.start()))
        code = hit["hex"] or hit["unicode"] or hit["hex_entity"]
        number = int(code, 16) if code else int(hit["entity"])
        yield (chr(number) if 0 < number < 0xD800 else "?"), hit.span()
        at = hit.end()
    yield from ((text[i], (i, i + 1)) for i in range(at, len(text)))


def _plain(character: str) -> str:
    if character < "\u0080":
        return character
    if character in _HOMOGLYPHS:
        return _HOMOGLYPHS[character]
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(character) == "Zs":
        return " "
    # Compatibility forms become what they mean; marks are dropped, so that both spellings of é are e.
    pieces = unicodedata.normalize("NFKD", character)
    return "".join(piece for piece in pieces if unicodedata.category(piece) != "Mn")


def _is_invisible(character: str) -> bool:
    if character in _INVISIBLE or "\ufe00" <= character <= "\ufe0f":
        return True
    return unicodedata.category(character) == "Cf" or "\U000e0100" <= character <= "\U000e01ef"
