"""Vector memory of a test, without a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from knowledge_graph.ports import VectorHit


class ExactVectors:
    """Vector memory in a dictionary."""

    def __init__(self) -> None:
        self.items: dict[str, Sequence[float]] = {}

    async def add(self, items: Mapping[str, Sequence[float]]) -> None:
        self.items.update(items)

    async def search(self, vector: Sequence[float], *, limit: int = 10) -> tuple[VectorHit, ...]:
        hits = [
            VectorHit(id=i, similarity=sum(a * b for a, b in zip(vector, v, strict=True)))
            for i, v in self.items.items()
        ]
        return tuple(sorted(hits, key=lambda h: -h.similarity)[:limit])

    async def compare(self, vector: Sequence[float], ids: Sequence[str]) -> Mapping[str, float]:
        hits = await self.search(vector, limit=len(self.items) + 1)
        return {h.id: h.similarity for h in hits if h.id in ids}

    async def ids(self) -> tuple[str, ...]:
        return tuple(self.items)

    async def missing(self, ids: Sequence[str]) -> tuple[str, ...]:
        return tuple(i for i in ids if i not in self.items)

    async def erase(self, ids: Sequence[str]) -> None:
        for i in ids:
            self.items.pop(i, None)
