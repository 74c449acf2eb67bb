"""The tools of records and recall over the real databases: the same drafts, writes, undo and quotes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.clock import FixedClock
from knowledge_graph.stores.local import BoltAddress
from knowledge_graph.stores.neo4j import Neo4jGraphStore
from knowledge_graph.vectors.chroma import ChromaVectorMemory
from knowledge_graph.vectors.hashing import HashingEmbedder
from tests.conftest import clear_graph
from tests.unit.tools.workspace import NOW, Workspace, build_workspace
from tools.outcomes import ApprovalRequired, ToolOk
from tools.recall.indexing import PassageIndex
from tools.recall.tool import build_recall_tools


@pytest.fixture
async def ws(graph_address: BoltAddress, tmp_path: Path) -> AsyncIterator[Workspace]:
    await clear_graph(graph_address)
    store = Neo4jGraphStore(graph_address.uri, graph_address.auth, graph_address.database)
    await store.migrate()
    found = await build_workspace(store)
    embedder = HashingEmbedder()
    vectors = ChromaVectorMemory(
        tmp_path / "vectors.db", version=embedder.version, dim=embedder.dim
    )
    (tool,) = build_recall_tools(
        graph=found.graph, language=found.language, embedder=embedder, vectors=vectors
    )
    found.tools = {**found.tools, tool.name: tool}
    found.index = PassageIndex(  # type: ignore[attr-defined]
        graph=found.graph, embedder=embedder, vectors=vectors, clock=FixedClock(NOW)
    )
    yield found
    await vectors.close()
    await store.close()


async def test_mark_and_counts_follow_every_change(ws: Workspace) -> None:
    mark = await ws.graph.change_mark()
    assert await ws.graph.change_mark() == mark
    assert (await ws.graph.counts())["lead"] == 3
    await ws.confirm(await ws.call("create_record", kind="lead", values='name = "Zora Quist"'))
    assert await ws.graph.change_mark() != mark
    assert (await ws.graph.counts())["lead"] == 4


async def test_sums_changes_and_undo(ws: Workspace) -> None:
    found = await ws.call("find_records", kind="opportunity", measure="count; sum of amount")
    assert found.data == {"count": 4, "sum": {"CNY": 400000, "EUR": 50000}}
    draft = await ws.call(
        "update_records", kind="lead", where="owner is Lena Vogel", changes="owner = Raj Patel"
    )
    assert isinstance(draft, ApprovalRequired)
    await ws.confirm(draft)
    assert (await ws.values("lead", "l1"))["owner"] == "e2"
    await ws.confirm(await ws.call("undo_change"))
    assert (await ws.values("lead", "l1"))["owner"] == "e1"


async def test_delete_merge_and_their_undo(ws: Workspace) -> None:
    for name, args in (
        ("delete_records", {"where": "@account:a2"}),
        ("merge_records", {"records": "@account:a1; @account:a2"}),
    ):
        await ws.confirm(await ws.call(name, **args))
        assert await ws.values("account", "a2") == {}
        await ws.confirm(await ws.call("undo_change"))
        assert (await ws.values("opportunity", "o3"))["account"] == "a2"


async def test_what_was_said_is_quoted(ws: Workspace) -> None:
    draft = await ws.call(
        "log_interaction",
        about="Ana Trujillo",
        type="call",
        text="They prefer delivery in October.",
    )
    await ws.confirm(draft)
    report = await ws.index.index_missing()  # type: ignore[attr-defined]
    assert report.added == 1
    found = await ws.call(
        "recall_knowledge", question="When do they prefer delivery?", about="Acme Solar"
    )
    assert isinstance(found, ToolOk)
    assert "October" in found.text
