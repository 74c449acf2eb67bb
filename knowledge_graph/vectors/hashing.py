"""An embedder without a model: hashed character n-grams, for tests and platforms without the model's wheel."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

import numpy as np

_DIM = 512


class HashingEmbedder:
    """Texts that share words and character n-grams are near; meanings are not seen.

    >>> e = HashingEmbedder()
    >>> len(e.queries(["invoice"])[0]) == e.dim
    True
    """

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return _DIM

    @property
    def version(self) -> str:
        """Names the method; vectors of another version are not comparable."""
        return "hashing-512-v1"

    def queries(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return the vectors of questions; shape (len(texts), dim), unit length."""
        return [_vector(text) for text in texts]

    def passages(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return the vectors of texts to be found; shape (len(texts), dim), unit length."""
        return [_vector(text) for text in texts]


def _grams(text: str) -> Iterator[str]:
    """Yield the character bigrams and trigrams of each word, with its edges marked."""
    for word in re.findall(r"\w+", text.casefold()):
        marked = f"<{word}>"
        for n in (2, 3):
            yield from (marked[i : i + n] for i in range(len(marked) - n + 1))


def _vector(text: str) -> list[float]:
    """Return the hashed n-gram vector of a text, shape (dim,), unit length."""
    found = np.zeros(_DIM, dtype=np.float32)
    for gram in _grams(text):
        digest = hashlib.blake2b(gram.encode(), digest_size=8).digest()
        found[int.from_bytes(digest[:4], "little") % _DIM] += 1.0 if digest[4] & 1 else -1.0
    length = float(np.linalg.norm(found))
    if length == 0.0:
        found[0], length = 1.0, 1.0  # a text without words is near nothing in particular
    return [float(x) for x in found / length]
