"""Work that a long-lived process does beside its turns, so that no turn has to wait for it.

At the start, and whenever something was written (by this process or another one on its database), the names,
the words of long texts and their vectors are brought up to date. Once an hour the ledger is signed and
published.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from knowledge_graph.consent_ports import Ledger
from knowledge_graph.errors import CrmError
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ports import Clock
from knowledge_graph.stores.local_home import FileLock
from tools.recall.indexing import PassageIndex
from tools.recall.lexicon import WordIndex, service_access
from tools.vocabulary import LiveVocabulary

POLL_S = 2.0
"""How often the change mark is looked at: one small query."""
CHECKPOINT_EVERY = timedelta(hours=1)
_LOOK_BACK = 20
_SHOWN = 50
"""A change set in the log shows at most so many changes: one with as many may have more."""
_LOG = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Upkeep:
    """Keeps what answers are made from in step with the graph."""

    graph: KnowledgeGraph
    language: LiveVocabulary
    words: WordIndex
    index: PassageIndex
    clock: Clock
    lock: FileLock
    """Held by the one process of a home that makes vectors and publishes the ledger."""
    ledger: Ledger
    _mark: str | None = field(default=None, init=False)
    _published: datetime | None = field(default=None, init=False)
    _indexed: str = field(default="", init=False)
    """The newest change whose texts have vectors; empty: not known."""

    async def step(self) -> bool:
        """Bring everything up to date once.

        Returns:
            Whether there was anything to do.
        """
        mark = await self.graph.change_mark()
        if mark == self._mark:
            return False
        await self.language.current()
        await self.words.current(self.clock.now())
        if self.lock.acquire():
            await self._embed()
            self._mark = mark
        return True

    async def _embed(self) -> None:
        """Make the vectors that are missing: of what has changed since the last time, or of everything."""
        access = service_access(self.clock.now())
        recent = await self.graph.history(access, limit=_LOOK_BACK)
        at = next((n for n, c in enumerate(recent) if c.id == self._indexed), None)
        fresh = recent[: at or 0]
        if at is None or any(len(c.changes) >= _SHOWN for c in fresh):
            await self.index.index_missing()
        elif fresh:
            refs: tuple[RecordRef, ...] = tuple(
                dict.fromkeys(change.ref for c in fresh for change in c.changes)
            )
            await self.index.index_records(refs)
        self._indexed = recent[0].id if recent else ""

    async def publish(self) -> str:
        """Sign the ledger and publish it at its anchors, if that was not done within the hour.

        An anchor so learns how much was written in an hour, not when a person's data was used.

        Returns:
            The checkpoint; empty when it was not time, or another process does it.
        """
        now = self.clock.now()
        if self._published is not None and now - self._published < CHECKPOINT_EVERY:
            return ""
        if not self.lock.acquire():
            return ""
        self._published = now
        return await self.ledger.checkpoint(at=now.strftime("%Y-%m-%dT%H:%M:%SZ"))

    async def run(self) -> None:
        """Go on until cancelled; what fails is tried again."""
        while True:
            try:
                await self.step()
                await self.publish()
            except CrmError as error:
                _LOG.warning("upkeep is put off: %s", error)
            await asyncio.sleep(POLL_S)


@asynccontextmanager
async def kept_up(upkeep: Upkeep) -> AsyncIterator[None]:
    """Keep things up to date in the background of a block."""
    task = asyncio.create_task(upkeep.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        upkeep.lock.release()
