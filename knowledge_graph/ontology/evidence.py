"""Evidence: the facts behind a statement, each with its place of origin."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge_graph.ontology.record import Record, RecordRef


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One fact that a reply may cite."""

    id: str
    """Stable within a turn: `kind:id#field`, `kind:id` or `passage:id`."""
    source: str
    """The record or document, as people call it."""
    origin: str
    """System, place, row: "salesforce · Account.csv · row 17"."""
    observed_at: str
    quote: str
    ref: RecordRef | None = None


def evidence_of(record: Record, field: str | None = None, quote: str | None = None) -> Evidence:
    """Return the evidence that a record, or one field of it, gives.

    Args:
        record: The record read.
        field: The field read; None cites the record as a whole.
        quote: The words to show; default is the field's value or the record's title.
    """
    origin = record.origin_of(field or "*")
    place = (
        ""
        if origin is None
        else " · ".join([
            origin.system,
            origin.place,
            *([f"row {origin.row}"] if origin.row else []),
        ])
    )
    value = record.title if field is None else f"{field} = {record.get(field)}"
    return Evidence(
        id=f"{record.ref}#{field}" if field else str(record.ref),
        source=record.title,
        origin=place,
        observed_at=record.updated_at if origin is None else origin.observed_at,
        quote=quote or value,
        ref=record.ref,
    )
