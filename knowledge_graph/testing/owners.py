"""Owners of rules that are who they say they are, until they are told to be gone or to be somebody else."""

from __future__ import annotations

from dataclasses import dataclass, field

from knowledge_graph.ontology.access import Actor, parse_actor


@dataclass
class StatedOwners:
    """A `RuleOwners` that believes what it is told."""

    now: dict[str, Actor | None] = field(default_factory=dict)
    """By author: who it is today, if not who was stated; None: gone."""

    async def find(self, author: str) -> Actor | None:
        """Return the author as stated, or as `now` says."""
        return self.now[author] if author in self.now else parse_actor(author)
