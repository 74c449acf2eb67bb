"""Puts passages into vector memory: those that are missing in, those that are no more out."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ports import Clock, Embedder, VectorMemory
from tools.recall.lexicon import every_passage, service_access
from tools.recall.passages import Passage, passages_of, source_of

_BATCH = 4
"""Passages that are embedded in one go: the engine is free for a question after about 60 ms."""
_REST = 0.25
"""Pause after each batch, in times of what the batch took: a question asked meanwhile gets its turn."""
_NICE = 15
"""How much the thread gives way to others, on the scale of nice(2), where a system can do it for one thread."""
ProgressSink = Callable[[int, int], Awaitable[None]]
"""Told how many passages are done and how many there are to do."""


@dataclass(frozen=True, kw_only=True)
class IndexReport:
    """What an indexing run did."""

    passages: int
    """Passages that there are."""
    added: int
    erased: int


@dataclass(frozen=True, kw_only=True)
class PassageIndex:
    """Keeps vector memory in step with the graph's long texts."""

    graph: KnowledgeGraph
    embedder: Embedder
    vectors: VectorMemory
    clock: Clock

    async def index_missing(self, progress: ProgressSink | None = None) -> IndexReport:
        """Embed all passages that have no vector, and forget vectors whose passage is no more.

        Args:
            progress: Told after each batch.

        Returns:
            What was done. It may be stopped at any time; the next run goes on.
        """
        known = set(await self.vectors.ids())
        standing: set[str] = set()
        missing: list[Passage] = []
        async for passage in every_passage(self.graph, self.clock.now()):
            standing.add(passage.id)
            if passage.id not in known:
                missing.append(passage)
        gone = sorted(known - standing)
        if gone:
            await self.vectors.erase(gone)
        await self._embed(missing, progress)
        return IndexReport(passages=len(standing), added=len(missing), erased=len(gone))

    async def index_records(self, refs: Sequence[RecordRef]) -> IndexReport:
        """Bring the vectors of a few records up to date, e.g. after a change.

        Args:
            refs: Records that were written; deleted ones lose their vectors.

        Returns:
            What was done.
        """
        schema = await self.graph.schema()
        seen = await self.graph.get(refs, service_access(self.clock.now()))
        now = {p.id: p for s in seen for p in passages_of(s.record, schema)}
        mine = set(refs)
        known = {i for i in await self.vectors.ids() if source_of(i) in mine}
        gone = sorted(known - now.keys())
        if gone:
            await self.vectors.erase(gone)
        missing = [p for i, p in now.items() if i not in known]
        await self._embed(missing, None)
        return IndexReport(passages=len(now), added=len(missing), erased=len(gone))

    async def _embed(self, missing: Sequence[Passage], progress: ProgressSink | None) -> None:
        """Embed passages batch by batch, in a worker thread."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(max_workers=1, initializer=_give_way) as worker:
            for start in range(0, len(missing), _BATCH):
                batch, began = missing[start : start + _BATCH], loop.time()
                texts = [p.searched for p in batch]
                found = await loop.run_in_executor(worker, self.embedder.passages, texts)
                await self.vectors.add({p.id: v for p, v in zip(batch, found, strict=True)})
                if progress is not None:
                    await progress(start + len(batch), len(missing))
                if start + _BATCH < len(missing):
                    await asyncio.sleep(_REST * (loop.time() - began))


def _give_way() -> None:
    """Lower the priority of this thread; where threads have none of their own, nothing is changed."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
