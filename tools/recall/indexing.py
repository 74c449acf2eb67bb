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
from tools.recall.lexicon import PUBLIC_KINDS, every_passage, service_access
from tools.recall.passages import Passage, passages_of, source_of

_BATCH = 4
"""Texts that are embedded in one go: the engine is free for a question after about 60 ms."""
_HURRIED = 16
"""Texts in one go where nobody waits for an answer meanwhile."""
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

    async def index_missing(
        self, progress: ProgressSink | None = None, *, hurry: bool = False
    ) -> IndexReport:
        """Embed all passages that have no vector, and forget vectors whose passage is no more.

        Args:
            progress: Told after each batch.
            hurry: Nobody asks anything meanwhile, so that no time is left to others.

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
        await self._embed(missing, progress, hurry=hurry)
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

    async def _embed(
        self, missing: Sequence[Passage], progress: ProgressSink | None, *, hurry: bool = False
    ) -> None:
        """Embed passages batch by batch, in a worker thread: equal texts once, alike lengths together."""
        loop = asyncio.get_running_loop()
        same: dict[str, list[Passage]] = {}
        for passage in missing:
            same.setdefault(passage.searched, []).append(passage)
        texts = sorted(
            same, key=lambda text: (same[text][0].ref.kind not in PUBLIC_KINDS, len(text))
        )
        size, done = _HURRIED if hurry else _BATCH, 0
        with ThreadPoolExecutor(max_workers=1, initializer=None if hurry else _give_way) as worker:
            for start in range(0, len(texts), size):
                batch, began = texts[start : start + size], loop.time()
                made = await loop.run_in_executor(worker, self.embedder.passages, batch)
                found = dict(zip(batch, made, strict=True))
                await self.vectors.add({p.id: v for text, v in found.items() for p in same[text]})
                done += sum(len(same[text]) for text in batch)
                if progress is not None:
                    await progress(done, len(missing))
                if not hurry and start + size < len(texts):
                    await asyncio.sleep(_REST * (loop.time() - began))


def _give_way() -> None:
    """Lower the priority of this thread; where threads have none of their own, nothing is changed."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
