"""One-to-one folding of a sentence, so that every offset stays an offset into the original."""

from __future__ import annotations

import re
import unicodedata

_VARIANTS = str.maketrans(
    "萬億兩個點週號內後過單幾數餘貳叁參肆伍陸陆柒捌玖拾佰仟壹贰〇時鐘鍾華對負現離歐圓",
    "万亿两个点周号内后过单几数余二三三四五六六七八九十百千一二零时钟钟华对负现离欧元",
)
_MASKED = re.compile(
    r"https?://\S+|www\.\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+", re.ASCII
)
_WIDE_GROUPS = re.compile(r"(?<=[０-９])，(?=[０-９]{3})")
MASK = "\ue000"
"""Stands for every character of an address: nothing in it is a number or a date."""
_KEPT_CATEGORIES = frozenset({
    "No"
})  # superscripts and circled digits are no digits: 10² is not 102
_RESERVED = frozenset(chr(code) for code in range(0xE000, 0xE020))


def _fold_char(char: str) -> str:
    if char.isascii():
        return char.lower()
    if char == "，":  # parts sentences; as a thousands separator only between wide digits
        return char
    if char in _RESERVED:
        return "\ufffd"
    folded = char
    if unicodedata.category(char) not in _KEPT_CATEGORIES:
        normal = unicodedata.normalize("NFKC", char)
        folded = normal if len(normal) == 1 else char
    lower = folded.lower()
    return lower if len(lower) == 1 else folded


def fold(text: str) -> str:
    """Return the text in one width and case; addresses are masked; the length does not change.

    Letters of other scripts stay what they are: a Cyrillic letter never becomes a Latin one.

    >>> fold("５００萬ＲＭＢ")
    '500万rmb'
    """
    if text.isascii():
        folded = text.lower()
    else:
        wide = _WIDE_GROUPS.sub(",", text)
        folded = "".join(map(_fold_char, wide)).translate(_VARIANTS)
    folded = folded.replace("\n", " ").replace("\t", " ").replace("’", "'")
    return _MASKED.sub(lambda match: MASK * len(match.group()), folded)
