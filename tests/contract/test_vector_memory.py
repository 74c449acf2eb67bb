"""Chroma over the rows on disk passes the contract, indexed or not; erased numbers leave the file."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest

from knowledge_graph.ports import VectorMemory
from knowledge_graph.sovereignty.crypto.envelope import SealKey
from knowledge_graph.sovereignty.keys.sealer import WorkspaceSeal
from knowledge_graph.testing.vectors import EAST, VectorMemoryContract
from knowledge_graph.vectors.chroma import ChromaVectorMemory
from tests.unit.tools.recall.test_recall import ExactVectors


class _IndexedAtOnce(ChromaVectorMemory):
    """Fills its index before each search, so that Chroma answers every one."""

    async def search(self, vector, *, limit=10):
        await self.index()
        return await super().search(vector, limit=limit)


@pytest.fixture(params=[ChromaVectorMemory, _IndexedAtOnce], ids=["exact", "chroma"])
def kind(request: pytest.FixtureRequest) -> type[ChromaVectorMemory]:
    return request.param


@pytest.fixture
async def opened(
    kind: type[ChromaVectorMemory], tmp_path: Path
) -> AsyncIterator[Callable[[], ChromaVectorMemory]]:
    made: list[ChromaVectorMemory] = []

    def build() -> ChromaVectorMemory:
        made.append(kind(tmp_path / "vectors.db", version="test", dim=4))
        return made[-1]

    yield build
    for memory in made:
        await memory.close()


class TestChroma(VectorMemoryContract):
    @pytest.fixture
    def memory(self, opened: Callable[[], ChromaVectorMemory]) -> VectorMemory:
        return opened()

    @pytest.fixture
    def reopened(self, opened: Callable[[], ChromaVectorMemory]) -> Callable[[], VectorMemory]:
        return opened


def holding(folder: Path, needle: bytes) -> bool:
    return any(needle in p.read_bytes() for p in folder.rglob("*") if p.is_file())


async def test_erased_numbers_are_in_no_file(tmp_path: Path) -> None:
    memory = ChromaVectorMemory(tmp_path / "vectors.db", version="t", dim=4)
    canary = (0.123456789, 0.5, -0.25, 0.75)
    needle = struct.pack("<4f", *canary)
    await memory.add({"a": canary, "b": EAST})
    assert holding(tmp_path, needle)
    await memory.index()
    await memory.erase(["a"])
    await memory.close()
    assert not holding(tmp_path, needle)


def sealed(folder: Path, file: str = "vectors.db") -> ChromaVectorMemory:
    key = SealKey(id="k", secret=b"0123456789abcdef")
    seal = WorkspaceSeal(key=key, tenant="t", table="vector")
    return ChromaVectorMemory(folder / file, version="t", dim=4, seal=seal)


async def test_sealed_numbers_are_in_no_file_and_found_all_the_same(tmp_path: Path) -> None:
    canary = (0.123456789, 0.5, -0.25, 0.75)
    plain = ChromaVectorMemory(tmp_path / "vectors.db", version="t", dim=4)
    await plain.add({"old": EAST})
    await plain.close()
    memory = sealed(tmp_path)
    assert await memory.ids() == ()  # those that lie unsealed are made anew
    await memory.add({"a": canary, "b": EAST})
    assert not holding(tmp_path, struct.pack("<4f", *canary))
    await memory.close()
    again = sealed(tmp_path)
    assert [hit.id for hit in await again.search(canary, limit=1)] == ["a"]
    assert (await again.compare(canary, ["a"]))["a"] == pytest.approx(0.8902, abs=1e-3)
    await again.close()
    with sqlite3.connect(tmp_path / "vectors.db") as db:  # moved to another row it does not open
        db.execute("UPDATE vector SET id = 'x' WHERE id = 'a'")
    moved = sealed(tmp_path)
    assert [hit.id for hit in await moved.search(canary, limit=5)] == ["b"]
    await moved.close()


async def test_vectors_of_another_embedder_are_dropped(tmp_path: Path) -> None:
    memory = ChromaVectorMemory(tmp_path / "vectors.db", version="old", dim=4)
    await memory.add({"a": EAST})
    await memory.close()
    memory = ChromaVectorMemory(tmp_path / "vectors.db", version="new", dim=4)
    assert await memory.ids() == ()
    await memory.close()


async def test_index_and_exact_search_agree(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    vectors = rng.normal(size=(600, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    memory = ChromaVectorMemory(tmp_path / "v.db", version="t", dim=32)
    await memory.add({f"v{i:03}": row.tolist() for i, row in enumerate(vectors)})
    exact = await memory.search(vectors[5].tolist(), limit=5)
    assert await memory.index() == 600
    indexed = await memory.search(vectors[5].tolist(), limit=5)
    assert [h.id for h in indexed][:3] == [h.id for h in exact][:3]
    await memory.close()


class TestExactVectors(VectorMemoryContract):
    """The stand-in of the recall tests keeps the contract too."""

    @pytest.fixture
    def memory(self) -> VectorMemory:
        return ExactVectors()

    @pytest.fixture
    def reopened(self, memory: VectorMemory) -> Callable[[], VectorMemory]:
        return lambda: memory
