"""Which of several records comes first when nobody said."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge_graph.ontology.record import Record
from knowledge_graph.ontology.schema import TIME_FIELDS


def happened(record: Record) -> str:
    """Return when a record happened, else when it was last changed; ISO, so texts order by time."""
    return str(record.get(TIME_FIELDS.get(record.kind, "")) or record.updated_at)


def newest_first(records: Iterable[Record]) -> tuple[Record, ...]:
    """Return records by when they happened, newest first; ties by kind and id."""
    return tuple(sorted(sorted(records, key=lambda r: r.ref), key=happened, reverse=True))
