"""A key vault in memory: real envelopes under keys that live in a dictionary."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from knowledge_graph.keeping import KeysDestroyed, Plain, Sealed, Spot
from knowledge_graph.sovereignty.crypto.blind import BlindIndex
from knowledge_graph.sovereignty.crypto.envelope import Place, SealKey, key_id_of, seal, unseal
from knowledge_graph.sovereignty.errors import ErasedError


class InMemoryKeyVault:
    """Passes the contract of the port; nothing survives it."""

    def __init__(self) -> None:
        self._keys: dict[str, SealKey] = {}
        self._gone: set[str] = set()
        self._index = secrets.token_bytes(16)
        self._epoch = 1

    async def seal(self, items: Sequence[Plain]) -> tuple[bytes, ...]:
        """Return envelopes; a holder without a key gets one.

        Raises:
            ErasedError: A holder was erased.
        """
        if any(item.holder in self._gone for item in items):
            raise ErasedError("this subject was erased; no key was made")
        for holder in {i.holder for i in items} - self._keys.keys():
            self._keys[holder] = SealKey(id=secrets.token_hex(8), secret=secrets.token_bytes(16))
        return tuple(seal(self._keys[i.holder], i.data, _place(i.spot, i.holder)) for i in items)

    async def open(self, items: Sequence[Sealed]) -> tuple[bytes | None, ...]:
        """Return the values; None where the holder was erased."""
        by_id = {key.id: (holder, key) for holder, key in self._keys.items()}
        found = [by_id.get(key_id_of(item.envelope)) for item in items]
        return tuple(
            None if held is None else unseal(held[1], i.envelope, _place(i.spot, held[0]))
            for held, i in zip(found, items, strict=True)
        )

    async def tokens(self, values: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """Return blind tokens of (field, value)."""
        return tuple(BlindIndex(self._index, field).token(value) for field, value in values)

    async def known(self, holders: Sequence[str]) -> tuple[str, ...]:
        """Return those holders that have a key."""
        return tuple(h for h in holders if h in self._keys)

    async def erased(self, holders: Sequence[str]) -> tuple[str, ...]:
        """Return those holders that were erased."""
        return tuple(h for h in holders if h in self._gone)

    async def erase(self, holders: Sequence[str]) -> KeysDestroyed:
        """Destroy keys."""
        gone = tuple(h for h in dict.fromkeys(holders) if self._keys.pop(h, None) is not None)
        self._gone |= set(holders)
        self._epoch += 1
        return KeysDestroyed(
            holders=gone, checks={}, epoch=self._epoch, survivors=len(self._keys), roots=()
        )


def _place(spot: Spot, holder: str) -> Place:
    return Place(tenant="t", table=spot.table, column=spot.column, row=spot.row, subject=holder)
