"""A message → clauses: sentences, joined clauses, politeness taken off.

Quoted text is never split and never touched. A split is only an offer: reading.py tries the whole clause
first and takes a split only when every part of it is consumed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

MAX_TEXT = 4_000
"""Characters of a message that are read; longer ones are declined, not cut."""

_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|「[^」]*」|『[^』]*』|‘[^’]*’|(?<!\w)'[^']*'(?!\w)")
_ABBREVIATIONS = (
    "Inc", "Ltd", "Co", "Corp", "Mr", "Mrs", "Ms", "Dr", "Prof", "No", "St", "Jr", "Sr", "vs", "e.g",
    "i.e",
)  # fmt: skip
_STOP = re.compile(
    r"(?<=[。！？!?；;])\s*|\n+|"
    + "".join(rf"(?<!\b{re.escape(word)}\.)" for word in _ABBREVIATIONS)
    + r"(?<!\b[A-Z]\.)(?<=[^\s.]\.)\s+"
)
_JOINS = {
    "en": re.compile(
        r"\s*(?:,\s*(?:and\s+(?:then\s+)?|then\s+)|;\s*|\s+and\s+then\s+|\s+and\s+|"
        r"(?<!\d),\s*|,(?!\d{3}(?!\d))\s*)", re.I),
    "zh": re.compile(
        r"\s*(?:(?:[，；;、]|(?<!\d),|,(?!\d{3}(?!\d)))\s*(?:并且|并|然后|再|同时|接着|还有|另外|顺便|而且)?"
        r"|(?:并且|然后|同时|接着|顺便|并))\s*"),
}  # fmt: skip
_ENDS = " \t\n,，、。.!！?？;；:："


@dataclass(frozen=True, kw_only=True)
class Fillers:
    """Words without meaning of their own, at the start and at the end of a clause."""

    lead: tuple[str, ...]
    tail: tuple[str, ...]


_TEN_THOUSANDS = re.compile(r"(?<![A-Za-z0-9.])(\d+(?:\.\d+)?)w(?![A-Za-z0-9])")


def in_full(text: str, lang: Literal["zh", "en"]) -> str:
    """Return a message with amounts as they are written in full: 200w is 200万 in Chinese.

    >>> in_full("金额200w", "zh"), in_full("set it to 200w", "en")
    ('金额200万', 'set it to 200w')
    """
    chinese = lang == "zh" and any("\u4e00" <= char <= "\u9fff" for char in text)
    return _TEN_THOUSANDS.sub(r"\1万", text) if chinese else text


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a message, in order, without empty ones.

    >>> sentences("We have a new lead. Can you add them?")
    ('We have a new lead.', 'Can you add them?')
    """
    parts = _split(text, _STOP)
    return tuple(p.strip() for p in parts if p.strip(_ENDS))


def joined(text: str, lang: Literal["zh", "en"]) -> tuple[str, ...]:
    """Return the parts of a sentence between joining words and commas.

    >>> joined("add X as a lead, give her to Raj and log that we spoke today", "en")
    ('add X as a lead', 'give her to Raj', 'log that we spoke today')
    """
    return tuple(p.strip() for p in _split(text, _JOINS[lang]) if p.strip(_ENDS))


_ORDER_BEHIND = {
    "en": re.compile(r"[,.;]?\s+(?:and then|then|and also|and)\s+(?:please\s+)?(?=[a-z]+ )", re.I),
    "zh": re.compile(r"[，,；;。]\s*(?:然后|并且|并|再|同时|接着|顺便)(?:请|帮我|麻烦)?"),
}  # fmt: skip


def order_behind(text: str, lang: Literal["zh", "en"]) -> tuple[tuple[str, str], ...]:
    """Return the ways to part a report from an order that is joined to it, the longest order first.

    >>> order_behind("log a call with Jo: she agreed, and move Acme to won", "en")
    (('log a call with Jo: she agreed', 'move Acme to won'),)
    """
    quoted = [(m.start(), m.end()) for m in _QUOTED.finditer(text)]
    return tuple(
        (text[: m.start()], text[m.end() :])
        for m in _ORDER_BEHIND[lang].finditer(text)
        if m.start() and text[m.end() :] and not any(a < m.start() < b for a, b in quoted)
    )


def groupings(parts: Sequence[str], limit: int = 5) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Return all ways to cut `parts` into runs of neighbours, fewest runs first.

    Args:
        parts: The joined parts of a sentence.
        limit: With more parts than this only the whole and the finest cut are offered.

    Returns:
        Tuples of (start, end) index pairs.

    >>> groupings(["a", "b"])
    (((0, 2),), ((0, 1), (1, 2)))
    """
    n = len(parts)
    if n > limit:
        return (((0, n),), tuple((i, i + 1) for i in range(n)))
    cuts = []
    for mask in sorted(range(2 ** (n - 1)), key=lambda m: (bin(m).count("1"), m)):
        edges = [0, *[i + 1 for i in range(n - 1) if mask >> i & 1], n]
        cuts.append(tuple(pairwise(edges)))
    return tuple(cuts)


def rejoin(text: str, parts: Sequence[str], run: tuple[int, int]) -> str:
    """Return the stretch of `text` from the first to the last part of a run, joining words included."""
    at = 0
    bounds = []
    for part in parts:
        at = text.index(part, at)
        bounds.append((at, at + len(part)))
        at += len(part)
    return text[bounds[run[0]][0] : bounds[run[1] - 1][1]]


def strip_fillers(text: str, fillers: Fillers, lang: Literal["zh", "en"]) -> str:
    """Take politeness off both ends of a clause.

    Returns:
        The rest; the clause itself if nothing else would be left.

    >>> strip_fillers("Could you please list them for me?", Fillers(
    ...     lead=("could you", "please"), tail=("for me",)), "en")
    'list them'
    """
    lead, tail = _edges(fillers, lang)
    before = None
    text = text.strip(_ENDS)
    while text and text != before:
        before = text
        text = tail.sub("", lead.sub("", text)).strip(_ENDS)
    return text or before or ""


@lru_cache(maxsize=8)
def _edges(fillers: Fillers, lang: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    def any_of(words: Sequence[str]) -> str:
        return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))

    if lang == "zh":
        return re.compile(f"^(?:{any_of(fillers.lead)})+"), re.compile(
            f"(?:{any_of(fillers.tail)})+$"
        )
    flags = re.IGNORECASE
    return (
        re.compile(rf"^(?:{any_of(fillers.lead)})(?![A-Za-z0-9'’])[\s,]*", flags),
        re.compile(rf"[\s,]*(?<![A-Za-z0-9])(?:{any_of(fillers.tail)})$", flags),
    )


def _split(text: str, at: re.Pattern[str]) -> list[str]:
    """Split outside of quotes."""
    quoted = [(m.start(), m.end()) for m in _QUOTED.finditer(text)]
    parts, start = [], 0
    for found in at.finditer(text):
        if any(a < found.start() < b for a, b in quoted) or found.end() == 0:
            continue
        parts.append(text[start : found.start()])
        start = found.end()
    return [*parts, text[start:]]
