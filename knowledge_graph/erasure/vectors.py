"""Vector memory as a place of copies: a vector tells its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge_graph.erasure.person import Person
from knowledge_graph.erasure.places import Wiped
from knowledge_graph.ports import GraphStore, VectorMemory


@dataclass(frozen=True, kw_only=True)
class VectorPlace:
    """See `Place`; wiped before the graph, while it is known what refers to the person.

    Args:
        vectors: Vector memory; its ids begin with `kind:id#`.
        store: Tells what refers to the person.
    """

    vectors: VectorMemory
    store: GraphStore
    name: str = "vectors"

    async def wipe(self, person: Person) -> Wiped:
        """Forget the vectors of the person's records and of what refers to them."""
        ids = await self._ids(person)
        await self.vectors.erase(ids)
        return Wiped(place=self.name, found=len(ids), deleted=len(ids))

    async def probe(self, person: Person) -> int:
        """Return how many vectors there still are of the person's records."""
        return len(await self._ids(person))

    async def _ids(self, person: Person) -> Sequence[str]:
        held = await self.vectors.ids()
        if not held:
            return ()
        edges = await self.store.references_to(person.refs)
        records = {str(r) for r in (*person.refs, *(e.source for e in edges))}
        return [i for i in held if i.partition("#")[0] in records]
