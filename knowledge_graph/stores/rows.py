"""Records as the Python rendering of expressions reads them."""

from __future__ import annotations

from knowledge_graph.expression import plan as p
from knowledge_graph.expression.python import Row
from knowledge_graph.ontology.record import Record


def row_of(record: Record) -> Row:
    """Return a record as a row: its values, its identity and what every record has."""
    return {
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "version": record.version,
        **record.values,
        p.ID_FIELD: record.id,
    }
