"""What is written in another way: base64, hexadecimal and its relatives, and digits as words."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

MOST_CHARS = 20_000
"""Longer tokens are no messages of people; they are masked nowhere and read nowhere."""
_EDGE = r"(?<![A-Za-z0-9+/_-])"
_PAIR = "[0-9A-Fa-f]{2}"
Decoder = Callable[[str], bytes]


def _base64(token: str) -> bytes:
    padded = token.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)


def _base32(token: str) -> bytes:
    bare = token.rstrip("=")
    return base64.b32decode(bare + "=" * (-len(bare) % 8))


def _hexadecimal(token: str) -> bytes:
    return bytes.fromhex(re.sub(r"0[xX]|\\x|[^0-9A-Fa-f]", "", token))


def _binary(token: str) -> bytes:
    bits = re.sub(r"[^01]", "", token)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8))


def _codes(token: str) -> bytes:
    return bytes(int(code) for code in re.findall(r"[0-9]+", token))


_ENCODINGS: tuple[tuple[re.Pattern[str], Decoder], ...] = (
    (re.compile(rf"{_EDGE}[A-Za-z0-9+/_-]{{12,}}={{0,2}}(?![A-Za-z0-9+/])"), _base64),
    (re.compile(rf"{_EDGE}[A-Z2-7]{{16,}}={{0,6}}(?![A-Za-z0-9+/])"), _base32),
    (
        re.compile(rf"(?<![0-9A-Za-z])(?:0[xX])?{_PAIR}(?:{_PAIR}){{5,}}(?![0-9A-Za-z])"),
        _hexadecimal,
    ),
    (
        re.compile(
            rf"(?<![0-9A-Za-z])(?:0[xX]|\\x)?{_PAIR}(?:(?:[ :,\-]{{1,2}}(?:0[xX])?|\\x){_PAIR}){{5,}}"
            r"(?![0-9A-Za-z])"
        ),
        _hexadecimal,
    ),
    (re.compile(r"[^\s%]{0,64}(?:%[0-9A-Fa-f]{2}[^\s%]{0,64}){2,}"), unquote_to_bytes),
    (re.compile(r"[^\s=]{0,64}(?:=[0-9A-F]{2}[^\s=]{0,64}){3,}"), quopri.decodestring),
    (re.compile(r"(?<![0-9])[01]{8}(?:[ ,]?[01]{8}){5,}(?![0-9])"), _binary),
    (re.compile(r"(?<![0-9])[0-9]{2,3}(?:[ ,;]{1,2}[0-9]{2,3}){5,}(?![0-9])"), _codes),
)
# without accents, as folded texts are
_WORD = (
    "zero|one|two|three|four|five|six|seven|eight|nine|oh|null|eins|zwei|zwo|drei|vier|funf|"
    "fuenf|sechs|sieben|acht|neun|khong|mot|hai|ba|bon|nam|sau|bay|tam|chin|nol|kosong|satu|dua|"
    "tiga|empat|lima|enam|tujuh|delapan|sembilan|ling|yi|er|san|si|wu|liu|qi|jiu|yao|double|"
    "triple"
)
_SPELLED = re.compile(
    rf"(?<!\w)(?:(?:{_WORD})|[0-9])(?:[\s,.\-·/]{{1,3}}(?:(?:{_WORD})(?!\w)|[0-9](?!\w))){{6,}}",
    re.IGNORECASE,
)
_LEAST_WORDS = 4


def decoded(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the places of encoded tokens and what they say; not every token that could be one is.

    >>> [inner for _, _, inner in decoded("hex 48 65 6c 6c 6f 21 21")]
    ['Hello!!']
    """
    for expression, decode in _ENCODINGS:
        for match in expression.finditer(text):
            if len(match[0]) > MOST_CHARS:
                continue
            try:
                inner = decode(match[0]).decode("utf-8")
            except (ValueError, binascii.Error):
                continue
            if inner != match[0]:
                yield (*match.span(), inner)


def spelled_out(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of long numbers said digit by digit: nobody writes an amount like that.

    >>> [text[i:j] for text in ["call one two three four five six seven now"] for i, j in spelled_out(text)]
    ['one two three four five six seven']
    """
    for match in _SPELLED.finditer(text):
        if len(re.findall(r"[^\W\d_]+", match[0])) >= _LEAST_WORDS:
            yield match.span()
