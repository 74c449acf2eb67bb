"""The vault as the stores use it: batches sealed and opened in a thread, keys held in memory within a bound."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from knowledge_graph.keeping import KeysDestroyed, Plain, Sealed, Spot
from knowledge_graph.sovereignty.crypto.blind import BlindIndex
from knowledge_graph.sovereignty.crypto.digests import hmac_sm3
from knowledge_graph.sovereignty.crypto.envelope import Place, SealKey, key_id_of, seal, unseal
from knowledge_graph.sovereignty.errors import SealError
from knowledge_graph.sovereignty.keys.subject_key import KeyUse, SubjectKey
from knowledge_graph.sovereignty.keys.vault import SqliteKeys

MOST_KEYS = 200_000
"""Keys held in memory, some 0.5 KB each; beyond it the cache starts anew."""
WORKSPACE = "workspace"
"""The holder of what is about nobody in particular, and of the key of the blind indexes."""


@dataclass(frozen=True, kw_only=True)
class WorkspaceSeal:
    """See `RowSeal`."""

    key: SealKey
    tenant: str
    table: str

    def seal(self, rows: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return envelopes by id."""
        return {row: seal(self.key, data, self._place(row)) for row, data in rows.items()}

    def open(self, rows: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return the values of those envelopes that open here."""
        found = {}
        for row, envelope in rows.items():
            with suppress(SealError):  # of another workspace, or damaged: a cache is made anew
                found[row] = unseal(self.key, envelope, self._place(row))
        return found

    def _place(self, row: str) -> Place:
        return Place(tenant=self.tenant, table=self.table, column="row", row=row, subject=WORKSPACE)


class VaultSealer:
    """See `KeyVault`.

    Args:
        keys: The key store.
        tenant: Bound into every envelope.
    """

    def __init__(self, keys: SqliteKeys, *, tenant: str) -> None:
        self._keys = keys
        self._tenant = tenant
        self._turn = threading.RLock()
        self._epoch = 0
        self._by_holder: dict[str, SealKey] = {}
        self._by_id: dict[str, tuple[str, SealKey]] = {}
        self._indexes: dict[str, BlindIndex] = {}

    async def seal(self, items: Sequence[Plain]) -> tuple[bytes, ...]:
        """Return envelopes; a holder without a key gets one."""
        return await asyncio.to_thread(self._seal, items)

    async def open(self, items: Sequence[Sealed]) -> tuple[bytes | None, ...]:
        """Return the values; None where the holder was erased."""
        return await asyncio.to_thread(self._open, items)

    async def tokens(self, values: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """Return blind tokens of (field, value)."""
        return await asyncio.to_thread(self._tokens, values)

    async def known(self, holders: Sequence[str]) -> tuple[str, ...]:
        """Return those holders that have a key."""
        found = await asyncio.to_thread(self._keys.keys, "subject", holders)
        held = {holder for holder, _ in found}
        return tuple(h for h in holders if h in held)

    async def erased(self, holders: Sequence[str]) -> tuple[str, ...]:
        """Return those holders that were erased."""
        return await asyncio.to_thread(self._keys.erased, holders)

    async def erase(self, holders: Sequence[str]) -> KeysDestroyed:
        """Destroy keys in every copy of the key store."""
        return await asyncio.to_thread(self._erase, holders)

    def rows(self, use: KeyUse) -> WorkspaceSeal:
        """Return what seals the rows of a cache under the workspace's key for one use."""
        self._keys.ensure((WORKSPACE,))
        key = self._keys.subject_key(WORKSPACE).key(use)
        return WorkspaceSeal(key=key, tenant=self._tenant, table=use.value)

    def _seal(self, items: Sequence[Plain]) -> tuple[bytes, ...]:
        with self._turn:
            self._look()
            missing = [i.holder for i in items if i.holder not in self._by_holder]
            if missing:
                wanted = tuple(dict.fromkeys(missing))
                self._keys.ensure(wanted)
                self._take(self._keys.keys("subject", wanted))
            keys = [self._by_holder[i.holder] for i in items]
        return tuple(
            seal(key, item.data, self._place(item.spot, item.holder))
            for key, item in zip(keys, items, strict=True)
        )

    def _open(self, items: Sequence[Sealed]) -> tuple[bytes | None, ...]:
        ids = [key_id_of(item.envelope) for item in items]
        with self._turn:
            self._look()
            missing = tuple(dict.fromkeys(i for i in ids if i not in self._by_id))
            if missing:
                bare = [i.partition("/")[0] for i in missing]
                self._take(self._keys.keys("key_id", bare))
            found = [self._by_id.get(i) for i in ids]
        return tuple(
            None
            if held is None
            else unseal(held[1], item.envelope, self._place(item.spot, held[0]))
            for held, item in zip(found, items, strict=True)
        )

    def _tokens(self, values: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        with self._turn:
            self._look()
            for field in {field for field, _ in values} - self._indexes.keys():
                self._indexes[field] = BlindIndex(self._index_key(), field)
            return tuple(self._indexes[field].token(value) for field, value in values)

    def _index_key(self) -> bytes:
        self._keys.ensure((WORKSPACE,))
        return hmac_sm3(self._keys.subject_key(WORKSPACE).key(KeyUse.INDEX).secret, b"tokens")

    def _erase(self, holders: Sequence[str]) -> KeysDestroyed:
        checks = {h: k.check_value() for h, k in self._keys.keys("subject", holders)}
        done = self._keys.erase(holders)
        self._forget()
        return KeysDestroyed(
            holders=done.subjects,
            checks=checks,
            epoch=done.epoch,
            survivors=done.survivors,
            roots=tuple(
                f"root version {r.version} ({r.kind}), {r.effective}; {r.limits}"
                for r in done.destroyed
            ),
        )

    def _look(self) -> None:
        """Forget all keys when another process has erased somebody, or there are too many."""
        epoch = self._keys.epoch
        if epoch != self._epoch or len(self._by_id) > MOST_KEYS:
            self._forget()
            self._epoch = epoch

    def _forget(self) -> None:
        with self._turn:
            self._by_holder.clear()
            self._by_id.clear()

    def _take(self, found: Iterable[tuple[str, SubjectKey]]) -> None:
        for holder, subject_key in found:
            key = subject_key.key(KeyUse.FIELD)
            self._by_holder[holder] = key
            self._by_id[key.id] = (holder, key)

    def _place(self, spot: Spot, holder: str) -> Place:
        return Place(
            tenant=self._tenant,
            table=spot.table,
            column=spot.column,
            row=spot.row,
            subject=holder,
        )
