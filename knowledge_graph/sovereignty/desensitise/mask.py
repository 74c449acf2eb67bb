"""Masking: the text with a mask over everything personal that was found in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from knowledge_graph.sovereignty.desensitise.encoded import decoded, spelled_out
from knowledge_graph.sovereignty.desensitise.folding import fold
from knowledge_graph.sovereignty.desensitise.patterns import Kind, find_patterns
from knowledge_graph.sovereignty.desensitise.people import find_people

MASKS: Mapping[str, Mapping[Kind, str]] = {
    "zh": {
        Kind.PHONE: "〔电话〕",
        Kind.ID_NUMBER: "〔证件号〕",
        Kind.CARD: "〔卡号〕",
        Kind.EMAIL: "〔邮箱〕",
        Kind.ACCOUNT: "〔账号〕",
        Kind.NAME: "〔姓名〕",
        Kind.ADDRESS: "〔地址〕",
        Kind.BIRTH: "〔出生日期〕",
    },
    "en": {kind: f"[{kind}]" for kind in Kind},
}
_DEEPEST = 3
"""So many encodings may stand one in the other."""


@dataclass(frozen=True, kw_only=True)
class Desensitised:
    """A text that may leave, and how much was masked; never what."""

    text: str
    counts: Mapping[Kind, int]


def desensitise(text: str, *, known: Iterable[str] = (), lang: str = "zh") -> Desensitised:
    """Mask personal data in a text.

    Recognising has limits: a name without label, title or number beside it is found only among `known`. A text
    that must not leave at all is not made safe by this.

    Args:
        text: Any text.
        known: Names that the workspace knows.
        lang: Language of the masks, "zh" or "en".

    Returns:
        The masked text.

    >>> desensitise("手机13800138000", lang="en").text
    '手机[phone]'
    """
    masks = MASKS.get(lang, MASKS["en"])
    spans = _spans(text, tuple(known))
    pieces, at = [], 0
    for start, end, kind in spans:
        pieces += [text[at:start], masks[kind]]
        at = end
    return Desensitised(
        text="".join([*pieces, text[at:]]), counts=Counter(kind for _, _, kind in spans)
    )


def _spans(text: str, known: tuple[str, ...], depth: int = _DEEPEST) -> list[tuple[int, int, Kind]]:
    """Return the spans of the original text, in order, without overlaps."""
    folded = fold(text)
    hits = find_patterns(folded)
    hits += find_people(folded, hits, known)
    spans = [(*folded.span(hit.start, hit.end), hit.kind) for hit in hits if hit.end > hit.start]
    spans += [(*folded.span(start, end), Kind.PHONE) for start, end in spelled_out(folded.text)]
    if depth:
        for start, end, inner in decoded(text):
            spans += [(start, end, kind) for _, _, kind in _spans(inner, known, depth - 1)[:1]]
    merged: list[tuple[int, int, Kind]] = []
    for start, end, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        if merged and start < merged[-1][1]:
            before = merged[-1]
            merged[-1] = (before[0], max(before[1], end), before[2])
        else:
            merged.append((start, end, kind))
    return merged
