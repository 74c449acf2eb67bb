"""What all rule tools, commands and routes share: the rules, their runtime and the words for both."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from knowledge_graph.errors import CrmError
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.ports import Clock, RuleOwners
from knowledge_graph.rule_ports import DataSource, RuleJournal
from knowledge_graph.rules.governance import CommitteePolicy
from tools.rules.book import RuleBook
from tools.rules.dispatch import Dispatcher
from tools.rules.drafting import Drafter
from tools.rules.owners import Owners
from tools.rules.performing import Performer, PerformerParts
from tools.rules.previewing import Previewer
from tools.rules.runtime import RuleRuntime, RuntimeParts
from tools.rules.warden import Warden, WardenParts
from tools.vocabulary import LiveVocabulary

TICK_S = 2.0
"""Seconds between two looks at the clock and the graph."""


@dataclass(frozen=True, kw_only=True)
class RuleServiceParts:
    """What rules need from outside."""

    graph: KnowledgeGraph
    journal: RuleJournal
    owners: RuleOwners
    """As whom rules act."""
    language: LiveVocabulary
    dictionary: Dictionary
    clock: Clock
    sources: Mapping[str, DataSource] = field(default_factory=dict)
    committee: CommitteePolicy = field(default_factory=CommitteePolicy)
    timezone: str = "Asia/Shanghai"


class RuleService:
    """Everything about rules of one workspace.

    Args:
        parts: What it needs.
    """

    def __init__(self, parts: RuleServiceParts) -> None:
        self.parts = parts
        self.book = RuleBook(parts.graph)
        self.owners = Owners(parts.owners)
        self.drafter = Drafter()
        self.runtime = RuleRuntime(
            RuntimeParts(
                graph=parts.graph,
                journal=parts.journal,
                book=self.book,
                owners=self.owners,
                dictionary=parts.dictionary,
                clock=parts.clock,
                timezone=parts.timezone,
            )
        )
        self.previewer = Previewer(runtime=self.runtime, dictionary=parts.dictionary)
        self.dispatcher = Dispatcher(
            journal=parts.journal,
            book=self.book,
            graph=parts.graph,
            owners=self.owners,
            performer=Performer(
                PerformerParts(
                    graph=parts.graph,
                    owners=self.owners,
                    dictionary=parts.dictionary,
                    sources=parts.sources,
                    clock=parts.clock,
                    timezone=parts.timezone,
                )
            ),
            clock=parts.clock,
            turn=asyncio.Lock(),
        )
        self.warden = Warden(
            WardenParts(
                graph=parts.graph,
                journal=parts.journal,
                book=self.book,
                owners=self.owners,
                clock=parts.clock,
                committee=parts.committee,
                timezone=parts.timezone,
            )
        )
        self._stopping = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    async def step(self) -> int:
        """Return how many effects were settled after a look at everything.

        What rules do may call other rules: it goes on until nothing more comes of it, a few rounds at most.
        """
        settled = 0
        for _ in range(5):
            await self.warden.round()
            await self.runtime.tick()
            done = await self.dispatcher.run()
            settled += done
            if not done:
                break
        return settled

    def start(self) -> None:
        """Run rules in the background until `stop`."""
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End the background work after the step in hand."""
        self._stopping.set()
        if self._loop is not None:
            await self._loop

    async def _run(self) -> None:
        while not self._stopping.is_set():
            with suppress(CrmError):  # the next step tries again; doctor and health show what waits
                await self.step()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), TICK_S)
