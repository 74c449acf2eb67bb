"""Seals a home that was made before personal values were sealed: everything is written anew.

The change log is replayed into a sealed copy on disk, the old database is removed, and a new one is made
from the copy. An interruption is finished by doing it again: a whole copy goes before what is left of the old.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from channels.state.custody import Custody
from channels.state.opening import State
from knowledge_graph.erasure.backup import MANIFEST, read_changes, read_manifest, write_backup
from knowledge_graph.erasure.state import StatePlace
from knowledge_graph.ports import Clock, GraphStore
from knowledge_graph.sealing.graph_store import SealedGraphStore
from knowledge_graph.stores.local_home import HomeFolder
from knowledge_graph.stores.mapping import schema_from
from knowledge_graph.testing.memory_store import InMemoryGraphStore

_ALL = 10_000_000
Opened = Callable[[], AbstractAsyncContextManager[GraphStore]]
"""Opens the store below, and closes the database with it."""


@dataclass(frozen=True, kw_only=True)
class Sealing:
    """What was sealed."""

    changes: int
    texts: int


@dataclass(frozen=True, kw_only=True)
class HomeSealer:
    """Seals one home; nothing else may be using it.

    Args:
        home: The home folder.
        clock: Stamps.
        custody: The keys.
        state: The state file.
        opened: Opens its database.
    """

    home: HomeFolder
    clock: Clock
    custody: Custody
    state: State
    opened: Opened

    async def run(self) -> Sealing:
        """Seal everything; returned means that nothing personal stands in the clear any more."""
        copy = self.home.root / "sealing"
        if not await asyncio.to_thread((copy / MANIFEST).exists):
            await asyncio.to_thread(shutil.rmtree, copy, ignore_errors=True)
            async with self.opened() as old:
                sealed = await self._replayed(old)
            await write_backup(
                copy,
                below=sealed.below,
                state=self.home.database,
                attestation=self.custody.attestation,
                clock=self.clock,
            )
        manifest = await asyncio.to_thread(read_manifest, copy)
        await asyncio.to_thread(shutil.rmtree, self.home.graph, ignore_errors=True)
        self.home.prepare()
        async with self.opened() as new:
            await new.save_schema(schema_from(manifest.schema))
            for change_set in read_changes(copy):
                await new.commit(change_set)
        texts = await StatePlace(file=self.state.file, vault=self.custody.vault).reseal()
        await asyncio.to_thread(shutil.rmtree, copy)
        return Sealing(changes=manifest.count, texts=texts)

    async def _replayed(self, old: GraphStore) -> SealedGraphStore:
        """Return a sealed store in memory with the whole change log of the old one."""
        sealed = SealedGraphStore(InMemoryGraphStore(), self.custody.vault)
        await sealed.migrate()
        await sealed.save_schema(await old.schema())
        for entry in reversed(await old.history(limit=_ALL)):
            await sealed.commit(await old.change_set(entry.id))
        return sealed
