"""What of a record is sealed, and where the sealed form stands in the store below.

A record that is about a person keeps its personal values in one property, sealed once for each person, beside
the list of these people and blind tokens of what identifies them. In the clear stay the links between records
(random ids) and when something happened, so that the graph, its windows and its order work below.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.ontology.fields import FieldSpec, FieldType
from knowledge_graph.ontology.schema import SUBJECT_KINDS, TIME_FIELDS, KindSpec, WorkspaceSchema
from knowledge_graph.ontology.subject import tier_of

PREFIX = "sealed_"
VALUES = "sealed_values"
"""Envelopes in base64, one for each person, separated by dots."""
HOLDERS = "sealed_for"
"""`kind:id` of each person, separated by spaces."""
TOKENS: Mapping[str, str] = MappingProxyType({
    "name": "sealed_name",
    "email": "sealed_email",
    "phone": "sealed_phone",
})
"""By field of a person: the property with its blind token."""
KEY_TOKEN = "sealed|"  # noqa: S105 - a prefix, no secret
"""How the blind token of a source key begins."""


_PHONE_DIGITS = 9


def index_value(field: str, value: str) -> str:
    """Return the form of a value that its blind token is made of: phone numbers by their last digits.

    The same number is written with and without a country code; 9 digits are as good as unique.

    >>> index_value("phone", "+49 30 5559871") == index_value("phone", "030/555 98 71")
    True
    """
    if field != "phone":
        return value
    return "".join(ch for ch in value if ch.isdecimal())[-_PHONE_DIGITS:]


def sealed_fields(kind: KindSpec) -> frozenset[str]:
    """Return the fields of a kind that are sealed when the record is about a person.

    >>> kind = WorkspaceSchema().kind("interaction")
    >>> sorted(sealed_fields(kind))
    ['name', 'sentiment', 'text']
    """
    found = [spec.name for spec in kind.fields.values() if _is_sealed(spec)]
    return frozenset(found)


def _is_sealed(spec: FieldSpec) -> bool:
    if tier_of(spec) is None or spec.type is FieldType.REFERENCE or spec.derivation is not None:
        return False
    return spec.kind in SUBJECT_KINDS or spec.name != TIME_FIELDS.get(spec.kind)


def sealed_kinds(schema: WorkspaceSchema) -> Mapping[str, frozenset[str]]:
    """Return the sealed fields of every kind that has some."""
    found = {kind.name: sealed_fields(kind) for kind in schema.kinds.values()}
    return {name: fields for name, fields in found.items() if fields}


def below(schema: WorkspaceSchema) -> WorkspaceSchema:
    """Return the schema of the store below: the workspace's own, with the properties that are added.

    Args:
        schema: The workspace's schema.

    Returns:
        A schema for the store below.

    Raises:
        InvalidValueError: A field of the workspace takes one of the reserved names.
    """
    for spec in schema.custom:
        if spec.name.startswith(PREFIX):
            raise InvalidValueError(f"{spec.name!r} cannot name a field; give another word")
    added = [
        FieldSpec(kind=kind, name=name, type=FieldType.TEXT)
        for kind, fields in sealed_kinds(schema).items()
        for name in (VALUES, HOLDERS, *(TOKENS[f] for f in TOKENS if f in fields))
    ]
    return schema.with_fields(added)


def above(schema: WorkspaceSchema) -> WorkspaceSchema:
    """Return the workspace's schema from the one of the store below."""
    return WorkspaceSchema(tuple(s for s in schema.custom if not s.name.startswith(PREFIX)))
