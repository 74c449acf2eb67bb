"""A record as the stores keep it: values by field name, and where each value came from."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_bytes
from types import MappingProxyType
from typing import NewType

RecordId = NewType("RecordId", str)
Value = str | int | float | bool | tuple[str, ...] | None
"""Stored forms by type: see `FieldType`. Dates are ISO strings, so that every engine orders them alike."""


@dataclass(frozen=True, kw_only=True, order=True)
class RecordRef:
    """Names one record."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a value came from and when it was observed."""

    system: str
    """The system of origin: "salesforce", "file", "chat", "web", …"""
    place: str
    """Where that system keeps it, for people: a file name, a channel, a database in a city."""
    row: int | None = None
    """1-based row of data in the file, header not counted."""
    observed_at: str
    """UTC, "YYYY-MM-DDTHH:MM:SSZ"."""
    source_id: str = ""
    """Id of the Source node in the graph (one a file import, one a conversation)."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record of one kind."""

    kind: str
    id: str
    values: Mapping[str, Value]
    origins: Mapping[str, Origin] = field(default_factory=lambda: MappingProxyType({}))
    """By field name; "*" holds for all fields not named."""
    source_keys: tuple[str, ...] = ()
    """`system|kind|id-there` for each outside record that this one stands for."""
    version: int = 1
    created_at: str = ""
    updated_at: str = ""

    @property
    def ref(self) -> RecordRef:
        """The reference that names this record."""
        return RecordRef(kind=self.kind, id=self.id)

    @property
    def title(self) -> str:
        """What people call this record."""
        return str(self.values.get("name") or self.id)

    def get(self, name: str) -> Value:
        """Return the value of a field, None when it is not known."""
        return self.values.get(name)

    def origin_of(self, name: str) -> Origin | None:
        """Return where the value of a field came from."""
        return self.origins.get(name) or self.origins.get("*")


@dataclass(frozen=True, kw_only=True)
class NameEntry:
    """A name that people may type, and the record it stands for."""

    name: str
    ref: RecordRef
    field: str
    """The field it was read from: name, short_name, aliases, email."""
    hint: str = ""
    """What tells it from a namesake: a city, a team, or the company as `@account:id`; no personal data."""


def new_id() -> str:
    """Return an id for a record, change or proposal made here: 12 characters of lower base32, 60 random bits.

    >>> len(new_id())
    12
    """
    return b32encode(token_bytes(8)).decode("ascii").lower()[:12]
