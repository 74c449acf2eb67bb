"""Conditions that fit some words and that nobody means by them."""

from __future__ import annotations

import re

from knowledge_graph.expression.nodes import Condition, During, In, Known, Not
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.rules.terms import leaves_in


def is_misread(r: Reading, node: Condition, i: int, end: int) -> bool:
    """Return whether a condition is no reading of the words from i to end."""
    return (
        _is_cut_short(r, node, end)
        or _joins_predicates(r, node, i, end)
        or _is_bare_period(r, node, i, end)
        or _is_article(r, i, end)
    )


def _is_cut_short(r: Reading, node: Condition, end: int) -> bool:
    """Whether something is said of a field just behind what would make it empty: 没有授权且等级|为A级."""
    if r.word(end, "be", "cmp", "isnot") is None:
        return False
    return any(isinstance(leaf, Known) for leaf in leaves_in(node))


def _is_bare_period(r: Reading, node: Condition, i: int, end: int) -> bool:
    """Whether "within 2 days" alone was read as when the record was made: nobody said of what it is."""
    inner = node.arg if isinstance(node, Not) else node
    if not isinstance(inner, During):
        return False
    named = (
        True
        for at in range(i, end)
        for verb in (True, False)
        for _ in r.named_fields(at, verb=verb)
    )
    return not any(named)


_ARTICLE = re.compile(r"a(?! ?(?:or|and|,|/|-|to)\b)(?: |$)", re.IGNORECASE)


def _is_article(r: Reading, i: int, end: int) -> bool:
    """Whether the "A" of "A deal" was read as tier A."""
    return r.lang == "en" and _ARTICLE.match(r.lattice.text[i:end]) is not None


_BOTH = re.compile(r"且|并|同时|又|^(?:is|are|was|were) [^|]*\band\b", re.IGNORECASE)
_EITHER = re.compile(r"或|和|与|及|、|之一|\bor\b|\beither\b|\bone of\b|\bneither\b", re.IGNORECASE)


def _joins_predicates(r: Reading, node: Condition, i: int, end: int) -> bool:
    """Whether 且 or "is A and B" was read as a list of values: it joins two statements, not two values."""
    inner = node.arg if isinstance(node, Not) else node
    if not isinstance(inner, In):
        return False
    words = r.lattice.text[r.lattice.skip(i) : end]
    return _BOTH.search(words) is not None and _EITHER.search(words) is None
