"""Import, undo and export on the real databases, and what is left when one of them dies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import get_args

import pytest

from channels.clock import FixedClock
from knowledge_graph.errors import StoreUnavailableError
from knowledge_graph.expression.nodes import Query
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.access import Access, parse_actor
from knowledge_graph.ontology.change import ChangeSet, series_of
from knowledge_graph.ontology.record import Record, RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema
from knowledge_graph.policy import RolePolicy
from knowledge_graph.stores.local import BoltAddress
from knowledge_graph.stores.neo4j import Neo4jGraphStore
from tests.conftest import NOW, clear_graph
from tools.transfer.exporting import Format
from tools.transfer.reporting import ImportStoppedError
from tools.transfer.service import Transfer

ACCESS = Access(actor=parse_actor("owner:local"), at="2026-11-23T09:00:00Z")
HEAD = "Customer ID,Customer Name,Industry,Contact Name,Email,Owner,Quirk,Since\n"


def rows(count: int) -> str:
    cells = (
        f"K{i},Company {i},solar,Ann {i},ann{i}@x{i}.org,Raj Patel,=q{i % 3},2026-01-{i % 28 + 1:02}\n"
        for i in range(count)
    )
    return HEAD + "".join(cells)


class Space:
    """A workspace on a real database."""

    def __init__(self, store: Neo4jGraphStore, folder: Path) -> None:
        self.store = store
        self.graph = KnowledgeGraph(store, RolePolicy())
        self.transfer = Transfer(self.graph, FixedClock(NOW), folder / "reports", timezone="UTC")

    async def records(self) -> Mapping[RecordRef, Record]:
        found = {}
        for kind in (await self.graph.schema()).kinds:
            entity = "customer" if kind == "account" else kind
            page = await self.graph.find(Query(entity=entity), ACCESS, now=NOW, limit=100_000)
            found |= {seen.record.ref: seen.record for seen in page.records}
        return found


@pytest.fixture
async def space(clean_graph: BoltAddress, tmp_path: Path) -> AsyncIterator[Space]:
    store = Neo4jGraphStore(clean_graph.uri, clean_graph.auth, clean_graph.database)
    await store.migrate()
    await store.save_schema(WorkspaceSchema())
    yield Space(store, tmp_path)
    await store.close()


def facts(records: Mapping[RecordRef, Record]) -> Mapping[RecordRef, object]:
    return {
        ref: (dict(r.values), r.source_keys, {n: r.origin_of(n) for n in r.values})
        for ref, r in records.items()
    }


@pytest.mark.parametrize("format_", get_args(Format))
async def test_import_of_an_export_is_the_same_workspace(
    space: Space, clean_graph: BoltAddress, tmp_path: Path, format_: Format
) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(rows(40), encoding="utf-8")
    await space.transfer.apply(await space.transfer.propose([path], ACCESS), ACCESS)
    before = facts(await space.records())
    report = await space.transfer.export(None, format_, tmp_path / "out", ACCESS)
    assert sum(report.counts.values()) == len(before)
    await clear_graph(clean_graph)
    await space.store.migrate()
    await space.store.save_schema(WorkspaceSchema())
    plan = await space.transfer.propose(report.files, ACCESS)
    again = await space.transfer.apply(plan, ACCESS)
    assert (sum(again.created.values()), again.findings) == (len(before), ())
    assert facts(await space.records()) == before


class StoppingStore(Neo4jGraphStore):
    """A database that does not answer any more after some commits."""

    commits = 2

    async def commit(self, change_set: ChangeSet) -> None:
        if self.commits == 0:
            await self.close()
            raise StoreUnavailableError("the database does not answer")
        self.commits -= 1
        await super().commit(change_set)


async def test_a_database_that_dies_keeps_whole_pieces_and_the_next_import_goes_on(
    space: Space, clean_graph: BoltAddress, tmp_path: Path
) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(rows(2_500), encoding="utf-8")
    dying = Space(StoppingStore(clean_graph.uri, clean_graph.auth, clean_graph.database), tmp_path)
    with pytest.raises(ImportStoppedError, match=r"2,000 of 2,500 rows") as stopped:
        await dying.transfer.apply(await dying.transfer.propose([path], ACCESS), ACCESS)
    report = stopped.value.report
    assert (report.created["account"], len(report.change_ids)) == (2_000, 2)
    assert len({series_of(change) for change in report.change_ids}) == 1
    kept = await space.records()
    assert sum(ref.kind == "contact" for ref in kept) == 2_000
    rest = await space.transfer.apply(await space.transfer.propose([path], ACCESS), ACCESS)
    assert (rest.created, rest.updated, rest.unchanged) == (
        {"account": 500, "contact": 500},
        {},
        2_000,
    )
    assert len(await space.records()) == 5_001
