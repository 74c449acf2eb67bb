"""What an erasure needs of each place that keeps copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from knowledge_graph.erasure.person import Person


@dataclass(frozen=True, kw_only=True)
class Wiped:
    """What was done in one place."""

    place: str
    found: int
    """Copies that there were: records, texts, vectors, files."""
    deleted: int = 0
    rewritten: int = 0
    """Kept without what tells who it is."""
    holders: tuple[str, ...] = ()
    """Holders whose keys have to go with the person's."""
    spoken: tuple[str, ...] = ()
    """`kind:id#field` of texts of others that spoke of the person: a restore takes them out."""
    kept: tuple[str, ...] = ()
    """What could not be done, or is kept on a ground, in words for the report."""


class Place(Protocol):
    """A place that keeps copies. Wiping may be interrupted and done again."""

    @property
    def name(self) -> str:
        """What the report calls it."""
        ...

    async def wipe(self, person: Person) -> Wiped:
        """Delete or rewrite all copies; returned means durable."""
        ...

    async def probe(self, person: Person) -> int:
        """Return how many copies can still be found."""
        ...
