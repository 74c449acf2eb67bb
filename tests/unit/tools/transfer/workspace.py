"""A workspace in memory for the tests of import and export."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.access import Access, parse_actor
from knowledge_graph.ontology.record import Record, RecordRef
from knowledge_graph.policy import RolePolicy
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from tools.transfer.reporting import ImportReport
from tools.transfer.service import Transfer

ACCESS = Access(actor=parse_actor("owner:local"), at="2026-11-20T08:00:00Z")


class StillClock:
    """Stands still at the sample's day."""

    def now(self) -> datetime:
        return datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@dataclass
class Workspace:
    store: InMemoryGraphStore
    graph: KnowledgeGraph
    transfer: Transfer
    folder: Path

    @classmethod
    def empty(cls, folder: Path) -> Workspace:
        store = InMemoryGraphStore()
        graph = KnowledgeGraph(store, RolePolicy())
        return cls(store, graph, Transfer(graph, StillClock(), folder / "reports"), folder)

    def file(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.write_bytes(text.encode(encoding))
        return path

    async def load(self, *files: Path) -> ImportReport:
        return await self.transfer.apply(await self.transfer.propose(files, ACCESS), ACCESS)

    async def all(self) -> dict[RecordRef, Record]:
        schema = await self.graph.schema()
        found = {}
        for kind in schema.kinds:
            page = await self.graph.find(
                _every(kind),
                replace(ACCESS, purpose="legal"),  # what was written, also of private people
                now=StillClock().now(),
                limit=100_000,
            )
            found |= {seen.record.ref: seen.record for seen in page.records}
        return found


def _every(kind: str):
    from knowledge_graph.expression.nodes import Query

    return Query(entity="customer" if kind == "account" else kind)
