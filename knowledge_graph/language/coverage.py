"""The coverage rule: nothing runs unless every content word of the sentence was understood.

A reading of a sentence counts only when each of its words was consumed by a term of the vocabulary, a name,
a value, an operator, or a filler word of the closed list in data/lexicon.yaml. Similarity never links a word;
it only ranks what the question back offers. So a misheard, unknown or misspelt word leads to a question, never
to a silent guess: a write can be refused, not wrong. `compiler.Language` returns a value only if `leftover`
is empty.
"""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

from knowledge_graph.language.lexer import Lattice
from knowledge_graph.language.spelling import folded, is_cjk, is_word_char
from knowledge_graph.language.vocabulary import Vocabulary


def is_covered(lattice: Lattice, end: int) -> bool:
    """Whether a reading that ends at this offset has consumed the whole sentence."""
    return lattice.skip(end) >= lattice.end


def leftover(lattice: Lattice, furthest: int) -> tuple[str, ...]:
    """Return the words that no reading could consume.

    Args:
        lattice: The sentence.
        furthest: Where the reading that got furthest stopped.

    Returns:
        Words that nobody knows, wherever they stand; without such words, the piece at `furthest`.
    """
    unknown = unknown_words(lattice)
    if unknown:
        return unknown
    start = lattice.skip(min(furthest, lattice.end))
    pieces = lattice.at(start) if start < lattice.end else ()
    if pieces:
        return (pieces[0].text,)
    rest = lattice.text[start:].strip() or lattice.text.strip()
    return (rest,) if rest else ()


def unknown_words(lattice: Lattice) -> tuple[str, ...]:
    """Return the words of a sentence that nobody knows, in order."""
    return tuple(_unknown_words(lattice))


def _unknown_words(lattice: Lattice) -> Iterable[str]:
    covered = [False] * (lattice.end + 1)
    for pieces in lattice.edges.values():
        for piece in pieces:
            for at in range(piece.start, piece.end):
                covered[at] = True
    at = 0
    while at < lattice.end:
        char = lattice.text[at]
        if covered[at] or not (is_cjk(char) or is_word_char(char)):
            at += 1
            continue
        start = at
        while at < lattice.end and not covered[at] and lattice.text[at].isalnum():
            at += 1
        yield lattice.text[start:at]


def nearest_terms(words: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the three terms of the vocabulary that are spelt most like the words; offers, never links."""
    found = process.extract(
        folded(words), vocabulary.terms, scorer=fuzz.ratio, limit=3, score_cutoff=65
    )
    return tuple(term for term, _, _ in found)
