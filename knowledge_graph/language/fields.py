"""What the language knows of a field: its type, its names, whether it may be written."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge_graph.language.dictionary import Names
from knowledge_graph.ontology.schema import ENTITY_KINDS

QUOTES = (('"', '"'), ("“", "”"), ("「", "」"), ("‘", "’"))
"""Pairs of marks around literal text."""
_KIND_ENTITIES = {kind: entity for entity, kind in ENTITY_KINDS.items()}


def entity_of(kind: str) -> str:
    """Return the language's entity for a kind of record: `account` is `customer`."""
    return _KIND_ENTITIES.get(kind, kind)


def kind_of(entity: str) -> str:
    """Return the kind of record for an entity of the language."""
    return ENTITY_KINDS.get(entity, entity)


@dataclass(frozen=True, kw_only=True)
class FieldInfo:
    """One field as the parser and the read-back need it."""

    id: str
    type: str
    names: Names
    target: str | None = None
    """For references: the kind pointed to."""
    closed: bool = False
    """Only the values of the dictionary or the schema are valid."""
    writable: bool = True
    custom: bool = False

    @property
    def entity(self) -> str:
        """The entity the field belongs to."""
        return self.id.partition(".")[0]

    def label(self, lang: str) -> str:
        """Return the name that a read-back uses."""
        names = self.names.zh if lang == "zh" else self.names.en
        return (names or self.names.all or (self.id.partition(".")[2].replace("_", " "),))[0]
