"""One spelling for comparison: case, width and hyphens folded, every offset kept."""

from __future__ import annotations

import unicodedata

_JOINERS = {"_": " ", "\u00a0": " ", "\t": " ", "\n": " ", "\u3000": " ", "’": "'", "\u2018": "'"}


def _fold_char(char: str) -> str:
    if char in _JOINERS:
        return _JOINERS[char]
    wide = unicodedata.normalize("NFKC", char)
    lower = (wide if len(wide) == 1 else char).lower()
    return lower if len(lower) == 1 else char


def folded(text: str) -> str:
    """Fold case and width character by character; the length does not change.

    A hyphen between two letters is a space, so that follow-up and "follow up" are one term.

    Returns:
        Text of the same length.

    >>> folded("Follow-Up ５０ Ａ级")
    'follow up 50 a级'
    """
    chars = list(text.lower()) if text.isascii() else [_fold_char(char) for char in text]
    if text.isascii():
        chars = [_JOINERS.get(char, char) for char in chars]
    for i in range(1, len(chars) - 1):
        if chars[i] == "-" and chars[i - 1].isalpha() and chars[i + 1].isalpha():
            chars[i] = " "
    return "".join(chars)


def is_cjk(char: str) -> bool:
    """Return whether a character is a Chinese one.

    >>> is_cjk("客"), is_cjk("c"), is_cjk("，")
    (True, False, False)
    """
    return "\u3400" <= char <= "\u9fff"


def is_word_char(char: str) -> bool:
    """Whether a character continues a Latin word or a number."""
    return char.isalnum() and not is_cjk(char)


def plural_forms(word: str) -> tuple[str, ...]:
    """Return the regular plural of an English noun phrase, or nothing for other scripts.

    >>> plural_forms("opportunity"), plural_forms("tax"), plural_forms("deal")
    (('opportunities',), ('taxes',), ('deals',))
    """
    if len(word) < 3 or not word[-1].isascii() or not word[-1].isalpha():
        return ()
    if word.endswith("y") and word[-2] not in "aeiou":
        return (word[:-1] + "ies",)
    if word.endswith(("s", "x", "ch", "sh")):
        return (word + "es",)
    return (word + "s",)


def singular_forms(word: str) -> tuple[str, ...]:
    """Return what an English plural may be the plural of.

    >>> singular_forms("services"), singular_forms("batteries"), singular_forms("gas")
    (('service',), ('battery',), ())
    """
    if len(word) < 5 or not word.isascii() or not word.endswith("s") or word.endswith("ss"):
        return ()
    return (word[:-3] + "y",) if word.endswith("ies") else (word[:-1],)
