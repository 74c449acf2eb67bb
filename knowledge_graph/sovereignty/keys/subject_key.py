"""The key of one subject, what is derived from it, and what an erasure says of keys."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from knowledge_graph.sovereignty.crypto.digests import expand_sm3
from knowledge_graph.sovereignty.crypto.envelope import SealKey
from knowledge_graph.sovereignty.keys.roots import DestroyReceipt


class KeyUse(StrEnum):
    """What a key derived from a subject's key is for; the uses share nothing."""

    FIELD = "field"
    BLOB = "blob"
    VECTOR = "vector"
    CHECKPOINT = "checkpoint"
    ANALYTICS = "analytics"
    INDEX = "index"
    OPENING = "opening"


class SubjectKey:
    """The key of one subject; only keys derived from it are used.

    Args:
        id: Public, random.
        secret: 16 bytes.
    """

    def __init__(self, id: str, secret: bytes) -> None:
        self.id = id
        self._secret = secret
        self._derived: dict[KeyUse, SealKey] = {}

    def __repr__(self) -> str:
        return f"SubjectKey(id={self.id!r})"

    def key(self, use: KeyUse) -> SealKey:
        """Return the key for one use."""
        found = self._derived.get(use)
        if found is None:
            secret = expand_sm3(self._secret, f"guanxi/{use}/1")
            found = self._derived[use] = SealKey(id=f"{self.id}/{use}", secret=secret)
        return found

    def check_value(self) -> str:
        """Return 8 bytes that tell this key from others and nothing else; for the erasure report."""
        return expand_sm3(self._secret, "guanxi/key-check/1", length=8).hex()


@dataclass(frozen=True, kw_only=True)
class KeyErasure:
    """What an erasure did to the keys."""

    subjects: tuple[str, ...]
    """Handles whose keys are gone; a handle that had no key is not among them."""
    epoch: int
    """The epoch that lives now."""
    survivors: int
    destroyed: tuple[DestroyReceipt, ...]
