"""Which constraints and indexes a workspace needs: derived from the schema, alike on both databases."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge_graph.expression.cypher import quote
from knowledge_graph.ontology.schema import TIME_FIELDS, KindSpec, WorkspaceSchema
from knowledge_graph.stores.mapping import TOUCHED

_FILTERED = frozenset({
    "name",
    "email",
    "status",
    "stage",
    "industry",
    "interest",
    "last_contact_date",
})
"""Fields of the built-in kinds that questions filter by most, beside dates."""

INTERNAL_LABELS = (
    "Source", "ChangeSet", "ChangePart", "Deleted", "SourceKey", "FieldValues", "Workspace"
)  # fmt: skip


def schema_statements(schema: WorkspaceSchema) -> Iterator[str]:
    """Yield the statements that make all constraints and indexes; each may run again."""
    for label in INTERNAL_LABELS:
        yield _unique(label)
    yield _index("ChangeSet", "seq")
    yield _index("ChangeSet", "actor")
    for kind in schema.kinds.values():
        yield _unique(kind.label)
        for name in indexed_fields(kind):
            yield _index(kind.label, name)


def indexed_fields(kind: KindSpec) -> tuple[str, ...]:
    """Return the properties of a kind that have an index.

    No reference has one, and no bare time of change: ArcadeDB walks all entries of a value to take one of them
    out, so that letting go of a record that 10,000 others point to took 100 million steps. A question by
    reference starts at the record that is pointed to, by its id, and follows the edges.
    """
    dates = (TIME_FIELDS.get(kind.name), "close_date", "ends_on")
    found = [
        spec.name for spec in kind.fields.values() if spec.name in _FILTERED or spec.name in dates
    ]
    return (*found, TOUCHED)


def _unique(label: str) -> str:
    return (
        f"CREATE CONSTRAINT {quote(f'{label.lower()}_id')} IF NOT EXISTS "
        f"FOR (n:{quote(label)}) REQUIRE n.id IS UNIQUE"
    )


def replaced_indexes(schema: WorkspaceSchema) -> Iterator[str]:
    """Yield the statements that drop the indexes of version 1 that have been replaced; each may run again."""
    for kind in schema.kinds.values():
        for name in (*(spec.name for spec in kind.references), "meta_updated_at"):
            yield f"DROP INDEX {quote(f'{kind.label.lower()}_{name}')} IF EXISTS"


def _index(label: str, name: str) -> str:
    return (
        f"CREATE INDEX {quote(f'{label.lower()}_{name}')} IF NOT EXISTS "
        f"FOR (n:{quote(label)}) ON (n.{quote(name)})"
    )
