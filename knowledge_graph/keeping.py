"""The port of what is kept sealed: values under the key of the person that they are about.

Keys never leave the vault behind this port. A *holder* names a key: a person (`contact:k3m7`), a conversation
(`thread:…`), a change set (`change:…`). Erasing holders makes everything that was sealed for them unreadable in
every copy, the ones in backups included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """Where a sealed value is kept; it opens nowhere else."""

    table: str
    column: str
    row: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Plain:
    """A value that is to be sealed."""

    holder: str
    spot: Spot
    data: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealed:
    """A sealed value where it was found."""

    spot: Spot
    envelope: bytes


@dataclass(frozen=True, kw_only=True)
class KeysDestroyed:
    """What an erasure did to the keys."""

    holders: tuple[str, ...]
    """Those that had a key; it is gone."""
    checks: Mapping[str, str]
    """By holder: 8 bytes that told its key from others."""
    epoch: int
    survivors: int
    roots: tuple[str, ...]
    """For people: which root versions were destroyed, where, when it takes effect, its limits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outside:
    """A person as a file names one, before it is known who it is."""

    keys: tuple[str, ...] = ()
    """Source keys."""
    email: str = ""
    phone: str = ""


class ErasedPeople(Protocol):
    """Recognises who was erased, so that an old file does not bring anybody back."""

    async def among(self, people: Sequence[Outside]) -> frozenset[int]:
        """Return the places of those who were erased."""
        ...

    async def taken(self, holders: Sequence[str]) -> frozenset[str]:
        """Return those `kind:id` that were of somebody who was erased: nobody else gets them."""
        ...


class Tombstones(Protocol):
    """Remembers by blind tokens who was erased, so that an old file does not bring anybody back."""

    async def buried(self, tokens: Sequence[str]) -> frozenset[str]:
        """Return those tokens that are of somebody who was erased."""
        ...


class RowSeal(Protocol):
    """Seals the rows of a cache under one key of the workspace; quick, and does not wait."""

    def seal(self, rows: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return envelopes by id, each bound to its id."""
        ...

    def open(self, rows: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return the values of those envelopes that open here."""
        ...


@dataclass(frozen=True, kw_only=True)
class Attested:
    """An entry of the ledger; who has the opening can show what it commits to."""

    seq: int
    opening: str
    """Hexadecimal."""


class Attestation(Protocol):
    """The ledger as an erasure uses it."""

    async def attest(self, type: str, at: str, record: Mapping[str, str | int]) -> Attested:
        """Commit to a record; returned means durable."""
        ...

    async def forget(self, holders: Sequence[str]) -> int:
        """Drop what stands beside the entries of people who are erased; the entries stay."""
        ...

    async def checkpoint(self) -> str:
        """Return a signed checkpoint of the ledger as it is now."""
        ...

    async def check(self, note: str) -> None:
        """Return when the ledger continues a checkpoint that it signed.

        Raises:
            LedgerError: It is older, another one, or was rewritten.
        """
        ...


class TextSeal(Protocol):
    """Seals the texts of the state file; a scope is a conversation, or another thing that is erased alone."""

    async def seal(self, scope: str, column: str, texts: Sequence[str]) -> tuple[str, ...]:
        """Return texts as they are kept."""
        ...

    async def open(self, scope: str, column: str, texts: Sequence[str]) -> tuple[str | None, ...]:
        """Return texts as they were; None for what was erased."""
        ...


class KeyVault(Protocol):
    """Seals and opens in batches; a batch costs little more than its cryptography."""

    async def seal(self, items: Sequence[Plain]) -> tuple[bytes, ...]:
        """Return envelopes; a holder without a key gets one.

        Raises:
            ErasedError: A holder was erased; nothing was sealed.
            StoreUnavailableError: The key store cannot be used.
        """
        ...

    async def open(self, items: Sequence[Sealed]) -> tuple[bytes | None, ...]:
        """Return the values; None where the holder was erased.

        Raises:
            SealError: An envelope was changed or does not belong where it was found.
            StoreUnavailableError: The key store cannot be used.
        """
        ...

    async def tokens(self, values: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """Return blind tokens of (field, value): equal for equal values, telling nothing without the key."""
        ...

    async def known(self, holders: Sequence[str]) -> tuple[str, ...]:
        """Return those holders that have a key."""
        ...

    async def erased(self, holders: Sequence[str]) -> tuple[str, ...]:
        """Return those holders that were erased."""
        ...

    async def erase(self, holders: Sequence[str]) -> KeysDestroyed:
        """Destroy keys in every copy of the key store; returned means done.

        An interrupted call is finished when the vault is opened again.
        """
        ...
