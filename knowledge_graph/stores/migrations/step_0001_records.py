"""Version 1: one label a kind, identity by `id`, indexes for what is filtered often."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge_graph.ontology.schema import WorkspaceSchema
from knowledge_graph.stores.indexes import schema_statements


def statements(schema: WorkspaceSchema) -> Iterable[str]:
    """Return the constraints and indexes of all kinds."""
    return schema_statements(schema)
