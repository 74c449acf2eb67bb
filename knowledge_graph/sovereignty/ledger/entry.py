"""What stands in the ledger: commitments, never data.

Without its opening an entry tells nothing about a person.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.sovereignty.canonical import Value, canonical
from knowledge_graph.sovereignty.crypto.digests import DIGEST_BYTES, hmac_sm3, hmac_sm3_is

OPENING_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """A record, hidden: the value goes into the ledger, the opening to the customer."""

    value: bytes
    opening: bytes

    def __repr__(self) -> str:
        return f"Commitment(value={self.value.hex()!r})"


def commit_to(record: Value) -> Commitment:
    """Commit to a record with a new random opening.

    Args:
        record: Who used what for which purpose; anything that canonical JSON holds.

    Returns:
        HMAC-SM3 of the record under the opening, and the opening.

    >>> opens(commit_to({"use": "quote"}), {"use": "marketing"})
    False
    """
    opening = secrets.token_bytes(OPENING_BYTES)
    return Commitment(value=hmac_sm3(opening, canonical(record)), opening=opening)


def opens(commitment: Commitment, record: Value) -> bool:
    """Say whether a commitment is one to this record."""
    whole = len(commitment.value) == DIGEST_BYTES and len(commitment.opening) == OPENING_BYTES
    return whole and hmac_sm3_is(commitment.opening, canonical(record), commitment.value)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An entry that waits for its place in the ledger."""

    type: str
    """What happened: "grant.issued", "use.answered", "use.refused", "grant.withdrawn", "erasure.requested"."""
    at: str
    """UTC, "YYYY-MM-DDTHH:MM:SSZ"."""
    actor: str
    """Thumbprint of the actor's key or a pseudonym; no name."""
    commitment: bytes
    subject: str = ""
    """The subject's random handle; kept beside the entry for finding, not in the leaf."""
    grant: str = ""
    epoch: int = 0
    """The epoch of the key store."""
    sealed: bytes = b""
    """Record and opening, sealed under the subject's key; beside the entry, dropped on erasure."""

    def __post_init__(self) -> None:
        # Checked here and not when appending, so that one bad draft cannot fail the group it is in.
        if len(self.commitment) != DIGEST_BYTES:
            raise InvalidValueError(f"a commitment has {DIGEST_BYTES} bytes")
        self.leaf(0)

    def leaf(self, seq: int) -> bytes:
        """Return the bytes that the tree covers: canonical JSON.

        Args:
            seq: The place in the ledger, from 0.
        """
        return canonical({
            "actor": self.actor,
            "commitment": self.commitment.hex(),
            "epoch": self.epoch,
            "grant": self.grant,
            "seq": seq,
            "time": self.at,
            "type": self.type,
            "v": 1,
        })


@dataclass(frozen=True, kw_only=True)
class Counted:
    """An entry whose record gets the number of the subject's entries when it gets its place."""

    type: str
    at: str
    actor: str
    subject: str
    record: Mapping[str, Value]
    """Without "n"."""
    opening: bytes
    sealed: bytes
    grant: str = ""

    def draft(self, n: int) -> Draft:
        """Return the entry as the subject's nth."""
        record = {**self.record, "n": n}
        return Draft(
            type=self.type,
            at=self.at,
            actor=self.actor,
            commitment=hmac_sm3(self.opening, canonical(record)),
            subject=self.subject,
            grant=self.grant,
            sealed=self.sealed,
        )


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry of the ledger as stored."""

    seq: int
    leaf: bytes
    subject: str
    sealed: bytes
