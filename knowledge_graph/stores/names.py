"""Which fields name a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from knowledge_graph.ontology.record import NameEntry, Record
from knowledge_graph.ontology.schema import WorkspaceSchema

NAME_FIELDS = ("name", "short_name", "aliases", "email", "code")
UNNAMED_KINDS = frozenset({"interaction", "usage_event", "passage", "rule", "firing"})
"""Their `name` is a subject line or first words: nobody calls a record by it."""

HINTS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "account": ("city", "country", "industry"),
    "contact": ("account",),
    "lead": ("company", "city"),
    "opportunity": ("account",),
    "order": ("account",),
    "contract": ("account",),
    "ticket": ("account",),
    "task": ("account",),
    "employee": ("team", "region"),
    "product": ("code",),
})
"""By kind: the fields, best first, that tell records of one name apart without personal data."""


def name_fields(schema: WorkspaceSchema, kind: str) -> tuple[str, ...]:
    """Return the fields of a kind that hold names of its records."""
    if kind in UNNAMED_KINDS:
        return ()
    return tuple(name for name in NAME_FIELDS if name in schema.kind(kind).fields)


def names_of(record: Record, fields: tuple[str, ...]) -> Iterator[NameEntry]:
    """Yield the names of a record."""
    hint = _hint(record)
    for field in fields:
        value = record.get(field)
        for name in value if isinstance(value, tuple) else (value,):
            if isinstance(name, str) and name:
                yield NameEntry(name=name, ref=record.ref, field=field, hint=hint)


def _hint(record: Record) -> str:
    for field in HINTS.get(record.kind, ()):
        value = record.get(field)
        if isinstance(value, str) and value:
            return f"@account:{value}" if field == "account" else value
    return ""
