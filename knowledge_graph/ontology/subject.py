"""Whom a value is about: the one answer that the gate, the sealing of fields and the ledger share.

A personal field has a tier. On a contact or a lead it is about that person. On any other record (an order,
an interaction, a ticket …) it is about every contact and lead that the record points to: one field can be
about two people. With nobody pointed to it is a fact about a company. Our own people are users of the
workspace, not data subjects here; a customer who is also an employee is a subject by his contact record.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from knowledge_graph.ontology.fields import FieldSpec, FieldType, Tier
from knowledge_graph.ontology.record import Record, RecordRef, Value
from knowledge_graph.ontology.schema import SUBJECT_KINDS, WorkspaceSchema

_CUSTOM_TIERS: Mapping[FieldType, Tier] = MappingProxyType({
    FieldType.MONEY: Tier.TRANSACTION,
    FieldType.LONG_TEXT: Tier.SENTIMENT,
})
"""What a person's custom column holds when nobody has said so: money is business, free text may be opinion."""


def tier_of(spec: FieldSpec) -> Tier | None:
    """Return which part of a person's data a field holds; None for company-level facts.

    A column that the workspace added to its contacts or leads is personal even if nobody gave it a tier.

    >>> tier_of(FieldSpec(kind="contact", name="shoe_size", type=FieldType.NUMBER, custom=True))
    <Tier.IDENTITY: 'identity'>
    >>> tier_of(FieldSpec(kind="account", name="floor", type=FieldType.NUMBER, custom=True)) is None
    True
    """
    if spec.tier is not None or spec.kind not in SUBJECT_KINDS or not spec.custom:
        return spec.tier
    if spec.type is FieldType.REFERENCE:
        return None
    return _CUSTOM_TIERS.get(spec.type, Tier.IDENTITY)


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
    fields = schema.kind(record.kind).fields.values()
    return MappingProxyType({f.name: persons for f in fields if tier_of(f) is not None})
