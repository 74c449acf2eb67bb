"""The gate: the only way from a use case to the graph store.

`KnowledgeGraph` asks an `AccessPolicy` about every record and every field before a value leaves the data
layer. Tools, agents and channels get a `KnowledgeGraph`, never a `GraphStore` (tests/architecture checks it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from knowledge_graph.expression.nodes import Condition
from knowledge_graph.ontology.access import Access, Withheld
from knowledge_graph.ontology.change import ChangeSet
from knowledge_graph.ontology.fields import FieldSpec
from knowledge_graph.ontology.record import Record


class AccessPolicy(Protocol):
    """Decides who may see and change what; pure and quick, called for every field."""

    def may_read(self, access: Access, record: Record, spec: FieldSpec) -> Withheld | None:
        """Return None when the field may be read, else why not."""
        ...

    def restriction(self, access: Access, kind: str) -> Condition | None:
        """Return the condition that all records of a kind must meet for this actor.

        Raises:
            NotAllowedError: The actor may not read this kind at all.
        """
        ...

    def may_write(self, access: Access, change_set: ChangeSet) -> None:
        """Return when the changes are allowed.

        Raises:
            NotAllowedError: They are not; nothing is changed.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A record as the actor may see it: withheld fields are absent from its values."""

    record: Record
    withheld: Mapping[str, Withheld]
