"""Stores that can forget a person by themselves, as a place of copies: grants, the ledger's openings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from knowledge_graph.erasure.person import Person
from knowledge_graph.erasure.places import Wiped
from knowledge_graph.ontology.record import RecordRef


class Forgets(Protocol):
    """A store with a way to forget one person; doing it again finds nothing."""

    async def forget(self, person: RecordRef) -> int:
        """Return how many entries were forgotten."""
        ...


@dataclass(frozen=True, kw_only=True)
class ForgettingPlace:
    """See `Place`.

    Args:
        name: What the report calls it.
        stores: Asked one after the other.
    """

    name: str
    stores: Sequence[Forgets]

    async def wipe(self, person: Person) -> Wiped:
        """Let every store forget the person."""
        found = [await store.forget(ref) for store in self.stores for ref in person.refs]
        return Wiped(place=self.name, found=sum(found), deleted=sum(found))

    async def probe(self, person: Person) -> int:
        """Return how many entries were still found, and forgotten now."""
        return sum([await store.forget(ref) for store in self.stores for ref in person.refs])
