"""Whom a value is about: the one answer that the gate, the sealing of fields and the ledger share.

A personal field has a tier. On a contact or a lead it is about that person. On any other record (an order,
an interaction, a ticket …) it is about every contact and lead that the record points to: one field can be
about two people. With nobody pointed to it is a fact about a company. Our own people are users of the
workspace, not data subjects here; a customer who is also an employee is a subject by his contact record.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from knowledge_graph.ontology.record import Record, RecordRef, Value
from knowledge_graph.ontology.schema import SUBJECT_KINDS, WorkspaceSchema, tier_of

__all__ = ["company_behind", "persons_of", "subjects_of", "tier_of"]


def persons_of(
    kind: str, record_id: str, values: Mapping[str, Value], schema: WorkspaceSchema
) -> tuple[RecordRef, ...]:
    """Return the data subjects of a record: itself, or the contacts and leads it points to.

    Args:
        kind: The record's kind.
        record_id: The record's id.
        values: Its whole values: references that are left out name nobody.
        schema: The workspace's schema.

    Returns:
        Each person once, in the order of the fields.
    """
    if kind in SUBJECT_KINDS:
        return (RecordRef(kind=kind, id=record_id),)
    found = [
        RecordRef(kind=str(spec.target), id=str(values[spec.name]))
        for spec in schema.kind(kind).references
        if spec.target in SUBJECT_KINDS and values.get(spec.name)
    ]
    return tuple(dict.fromkeys(found))


def subjects_of(record: Record, schema: WorkspaceSchema) -> Mapping[str, tuple[RecordRef, ...]]:
    """Return, for each personal field of a record, the people it is about.

    Args:
        record: A whole record as the store keeps it (a part of one may lack the reference to the person).
        schema: The workspace's schema.

    Returns:
        By field name, for every field with a tier, filled or not; empty when the record is about nobody.

    >>> order = Record(kind="order", id="o1", values={"contact": "c1", "amount": 10})
    >>> dict(subjects_of(order, WorkspaceSchema()))
    {'contact': (RecordRef(kind='contact', id='c1'),)}
    """
    persons = persons_of(record.kind, record.id, record.values, schema)
    if not persons:
        return MappingProxyType({})
    return MappingProxyType(dict.fromkeys(schema.kind(record.kind).tiers, persons))


def company_behind(kind: str, values: Mapping[str, Value]) -> bool:
    """Return whether a record is part of business with a company, and its people act for that company.

    A lead is somebody approached for business. A contact without an account is a private person, and so is
    whoever an order, a ticket or a call names without a company.

    Args:
        kind: The record's kind.
        values: Its whole values.
    """
    return kind == "lead" or bool(values.get("account")) or bool(values.get("lead"))
