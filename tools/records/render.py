"""Lists of records as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from knowledge_graph.graph import Seen
from knowledge_graph.ontology.fields import FieldSpec
from tools.outcomes import Table
from tools.writing import Writer

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "account": ("name", "industry", "region", "city", "lifecycle", "owner", "last_contact_date"),
    "contact": ("name", "account", "title", "email", "phone", "status", "owner"),
    "lead": ("name", "company", "status", "interest", "owner", "follow_up_by"),
    "opportunity": ("name", "account", "stage", "amount", "close_date", "owner"),
    "product": ("name", "code", "product_line", "price", "available"),
    "order": ("name", "account", "amount", "status", "ordered_on"),
    "contract": ("name", "account", "value", "starts_on", "ends_on", "status"),
    "interaction": ("name", "type", "account", "contact", "happened_at", "owner"),
    "ticket": ("name", "account", "priority", "status", "opened_at", "owner"),
    "task": ("name", "account", "status", "due_on", "owner"),
    "employee": ("name", "title", "team", "email"),
    "usage_event": ("name", "account", "type", "module", "happened_at"),
    "document": ("name", "type", "product", "published_on"),
    "passage": ("name", "document", "position"),
}
"""The columns of a list, unless the question looks at others."""

_CELL_CHARS = 80


def table_of(records: Sequence[Seen], columns: Sequence[FieldSpec], write: Writer) -> Table:
    """Return records as rows.

    Args:
        records: The records, as the actor may see them.
        columns: The fields to show.
        write: Writes the cells.
    """
    return Table(
        columns=tuple(_heading(write.label(spec)) for spec in columns),
        rows=tuple(tuple(_cell(seen, spec, write) for spec in columns) for seen in records),
        refs=tuple(seen.record.ref for seen in records),
    )


def _heading(label: str) -> str:
    """Return a label as the head of a column."""
    return label[:1].upper() + label[1:]


def _cell(seen: Seen, spec: FieldSpec, write: Writer) -> str:
    """Return one cell: short, on one line, masked when it is withheld."""
    if spec.name in seen.withheld:
        return "•••"
    text = write.value(seen.record.get(spec.name), spec, seen.record.get("currency"))
    flat = " ".join(text.split())
    return flat if len(flat) <= _CELL_CHARS else flat[: _CELL_CHARS - 1] + "…"
