"""Vector memory on Chroma: an index in this process's memory, caught up from the rows on disk.

Chroma never writes to disk here: after `delete()` its files keep text, metadata and vector, and a second
process would search a stale index. The rows are the truth; the index holds opaque ids and vectors only. What
the index has not taken in yet is searched exactly, so a search never misses a vector, however far it is behind.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, cast

import numpy as np

from knowledge_graph.keeping import RowSeal
from knowledge_graph.ports import VectorHit
from knowledge_graph.vectors.rows import Floats, VectorRows

_SLICE = 500
"""Vectors that are put into the index at once; a search may wait for one slice."""
_INDEX_FROM = 2000
"""Below so many vectors the exact search (under 1 ms) needs no index, and Chroma is not even loaded."""


class _Collection(Protocol):
    """The part of a Chroma collection that is used."""

    def upsert(self, *, ids: list[str], embeddings: Floats) -> object: ...

    def delete(self, *, ids: list[str]) -> object: ...

    def query(
        self, *, query_embeddings: Floats, n_results: int, include: list[str]
    ) -> Mapping[str, list[list[object]]]: ...


class ChromaVectorMemory:
    """Similarity search over opaque ids.

    Args:
        path: The file of the rows, e.g. HOME/vectors.db.
        version: The embedder's version; vectors of another version are dropped.
        dim: The length of a vector.
        seal: Seals the vectors on disk; None keeps them as they are.
        index_from: From how many vectors on they are put into Chroma's index.
    """

    def __init__(
        self,
        path: Path,
        *,
        version: str,
        dim: int,
        seal: RowSeal | None = None,
        index_from: int = _INDEX_FROM,
    ) -> None:
        self._rows = VectorRows(path, version=version, dim=dim, seal=seal)
        self._index_from = index_from
        self._state = threading.RLock()
        self._seq = 0
        self._tail: dict[str, Floats] = {}
        self._indexed: set[str] = set()
        self._collection: _Collection | None = None
        self._filling: asyncio.Task[None] | None = None

    async def add(self, items: Mapping[str, Sequence[float]]) -> None:
        """Add or replace vectors by id, durable when it returns."""
        if items:
            await asyncio.to_thread(self._rows.add, items)

    async def search(self, vector: Sequence[float], *, limit: int = 10) -> tuple[VectorHit, ...]:
        """Return the nearest ids, nearest first.

        Args:
            vector: Shape (dim,), unit length.
            limit: At most so many.
        """
        hits = await asyncio.to_thread(
            self._search, np.asarray(vector, dtype=np.float32), max(1, limit)
        )
        self._fill_in_background()
        return hits

    async def compare(self, vector: Sequence[float], ids: Sequence[str]) -> Mapping[str, float]:
        """Return the similarity of those of these ids that have a vector.

        Args:
            vector: Shape (dim,), unit length.
            ids: Any ids.
        """
        found = await asyncio.to_thread(self._rows.numbers, ids)
        wanted = np.asarray(vector, dtype=np.float32)
        return {i: float(numbers @ wanted) for i, numbers in found.items()}

    async def ids(self) -> tuple[str, ...]:
        """Return all ids that have a vector."""
        return await asyncio.to_thread(self._rows.ids)

    async def missing(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Return those ids that have no vector."""
        known = set(await self.ids())
        return tuple(i for i in ids if i not in known)

    async def erase(self, ids: Sequence[str]) -> None:
        """Forget vectors; nothing of them stays on disk, nor in any index from its next search on."""
        if ids:
            await asyncio.to_thread(self._rows.erase, ids)
            await asyncio.to_thread(self._catch_up)

    async def index(self) -> int:
        """Return how many vectors the index holds, after everything was put into it."""
        await self._fill()
        return len(self._indexed)

    async def close(self) -> None:
        """Stop filling and close the file."""
        if self._filling is not None:
            self._filling.cancel()
            await asyncio.gather(self._filling, return_exceptions=True)
        await asyncio.to_thread(self._rows.close)

    def _catch_up(self) -> None:
        """Take in what any process has written since the last look."""
        with self._state:
            tail = self._rows.since(self._seq)
            self._seq = tail.seq
            for i in tail.erased:
                self._tail.pop(i, None)
            stale = [i for i in (*tail.erased, *tail.ids) if i in self._indexed]
            if stale and self._collection is not None:
                self._collection.delete(ids=stale)
                self._indexed.difference_update(stale)
            self._tail.update(zip(tail.ids, tail.matrix, strict=True))

    def _search(self, vector: Floats, limit: int) -> tuple[VectorHit, ...]:
        """Return the best of index and tail."""
        with self._state:
            self._catch_up()
            hits = [*self._search_index(vector, limit), *self._search_tail(vector, limit)]
        return tuple(sorted(hits, key=lambda h: (-h.similarity, h.id))[:limit])

    def _search_tail(self, vector: Floats, limit: int) -> list[VectorHit]:
        """Return the best of what the index does not hold, by exact search."""
        if not self._tail:
            return []
        ids = list(self._tail)
        scores = np.stack(list(self._tail.values())) @ vector
        best = np.argsort(-scores, kind="stable")[:limit]
        return [VectorHit(id=ids[int(n)], similarity=float(scores[n])) for n in best]

    def _search_index(self, vector: Floats, limit: int) -> list[VectorHit]:
        """Return what Chroma finds."""
        if self._collection is None or not self._indexed:
            return []
        found = self._collection.query(
            query_embeddings=vector.reshape(1, -1),
            n_results=min(limit, len(self._indexed)),
            include=["distances"],
        )
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return [VectorHit(id=str(i), similarity=1.0 - float(str(d))) for i, d in pairs]

    def _fill_in_background(self) -> None:
        """Go on moving the tail into the index, beside the searches."""
        busy = self._filling is not None and not self._filling.done()
        if not busy and len(self._tail) + len(self._indexed) >= self._index_from and self._tail:
            self._filling = asyncio.create_task(self._fill())

    async def _fill(self) -> None:
        """Move the tail into the index, slice by slice."""
        while await asyncio.to_thread(self._fill_slice):
            continue

    def _fill_slice(self) -> bool:
        """Return whether there was a slice to move into the index; it is moved."""
        with self._state:
            self._catch_up()
            ids = list(self._tail)[:_SLICE]
            if not ids:
                return False
            if self._collection is None:
                self._collection = _new_collection()
            vectors = np.stack([self._tail[i] for i in ids])
            self._collection.upsert(ids=ids, embeddings=vectors)
            self._indexed.update(ids)
            for i in ids:
                del self._tail[i]
            return True


def _new_collection() -> _Collection:
    """Return an empty collection in memory: no default embedder (it would fetch a model), no telemetry."""
    import chromadb  # noqa: PLC0415 -- 0.8 s: only when there is enough to index
    from chromadb.config import Settings  # noqa: PLC0415 -- the same

    client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
    collection = client.create_collection(
        f"passages-{secrets.token_hex(8)}",  # clients of one process share what is in memory
        embedding_function=None,
        configuration={"hnsw": {"space": "cosine"}},
    )
    return cast("_Collection", collection)  # its own types are wider than the part used here
