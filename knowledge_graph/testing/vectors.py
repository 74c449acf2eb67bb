"""The contract suite of `VectorMemory`: every adapter passes it.

A test module subclasses `VectorMemoryContract` and gives a fixture `memory` that returns an empty one for
vectors of shape (4,), and `reopened`, a function that opens the same memory a second time, as another process
would.
"""

from __future__ import annotations

from collections.abc import Callable

from knowledge_graph.ports import VectorMemory

EAST = (1.0, 0.0, 0.0, 0.0)
NORTH = (0.0, 1.0, 0.0, 0.0)
NORTH_EAST = (0.8, 0.6, 0.0, 0.0)


class VectorMemoryContract:
    """What every vector memory keeps."""

    async def test_search_returns_nearest_first_with_cosine(self, memory: VectorMemory) -> None:
        """The similarity is the cosine."""
        await memory.add({"e": EAST, "n": NORTH})
        hits = await memory.search(NORTH_EAST)
        assert [h.id for h in hits] == ["e", "n"]
        assert abs(hits[0].similarity - 0.8) < 1e-3
        assert abs(hits[1].similarity - 0.6) < 1e-3

    async def test_search_returns_at_most_limit(self, memory: VectorMemory) -> None:
        """The limit holds."""
        await memory.add({"e": EAST, "n": NORTH})
        assert len(await memory.search(EAST, limit=1)) == 1

    async def test_empty_memory_finds_nothing(self, memory: VectorMemory) -> None:
        """An empty memory is no error."""
        assert await memory.search(EAST) == ()
        assert await memory.ids() == ()

    async def test_add_replaces_by_id(self, memory: VectorMemory) -> None:
        """A second vector of an id takes the place of the first."""
        await memory.add({"x": EAST})
        await memory.search(EAST)
        await memory.add({"x": NORTH})
        hits = await memory.search(NORTH)
        assert [h.id for h in hits] == ["x"]
        assert abs(hits[0].similarity - 1.0) < 1e-3

    async def test_missing_tells_what_has_no_vector(self, memory: VectorMemory) -> None:
        """In the order asked for."""
        await memory.add({"e": EAST})
        assert await memory.missing(["n", "e", "a"]) == ("n", "a")
        assert await memory.ids() == ("e",)

    async def test_compare_gives_the_cosine_of_known_ids(self, memory: VectorMemory) -> None:
        """Unknown ids are left out."""
        await memory.add({"e": EAST, "n": NORTH})
        found = await memory.compare(NORTH_EAST, ["n", "unknown"])
        assert found.keys() == {"n"}
        assert abs(found["n"] - 0.6) < 1e-3

    async def test_erased_is_found_no_more(self, memory: VectorMemory) -> None:
        """Not even when it was in an index; it may be added again."""
        await memory.add({"e": EAST, "n": NORTH})
        await memory.search(EAST)
        await memory.erase(["e", "unknown"])
        assert [h.id for h in await memory.search(EAST)] == ["n"]
        await memory.add({"e": EAST})
        assert [h.id for h in await memory.search(EAST, limit=1)] == ["e"]

    async def test_two_openings_see_each_other_at_once(
        self, memory: VectorMemory, reopened: Callable[[], VectorMemory]
    ) -> None:
        """No search is stale, whichever process wrote last."""
        other = reopened()
        await memory.add({"e": EAST})
        assert [h.id for h in await other.search(EAST)] == ["e"]
        await other.add({"n": NORTH})
        assert [h.id for h in await memory.search(NORTH, limit=1)] == ["n"]
        await other.erase(["e"])
        assert [h.id for h in await memory.search(EAST)] == ["n"]
