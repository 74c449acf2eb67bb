"""The Python and the Cypher rendering of an expression mean the same, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings

from knowledge_graph.expression import nodes as e
from knowledge_graph.stores.local import BoltAddress
from knowledge_graph.stores.neo4j import Neo4jGraphStore
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from knowledge_graph.testing.sample import NOW
from tests.conftest import clear_graph
from tests.contract.expressions import queries, random_workspace

ZONE = ZoneInfo(
    "Asia/Shanghai"
)  # 17:00 local at NOW; instants of the evening before are today there


@pytest.fixture(scope="module")
async def stores(
    graph_address: BoltAddress,
) -> AsyncIterator[tuple[InMemoryGraphStore, Neo4jGraphStore]]:
    """The same random records in memory and in the database."""
    await clear_graph(graph_address)
    memory = InMemoryGraphStore(ZONE)
    store = Neo4jGraphStore(
        graph_address.uri, graph_address.auth, graph_address.database, timezone=ZONE
    )
    await store.migrate()
    await store.commit(random_workspace())
    await memory.commit(random_workspace())
    yield memory, store
    await store.close()


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(query=queries())
async def test_finds_the_same(
    stores: tuple[InMemoryGraphStore, Neo4jGraphStore], query: e.Query
) -> None:
    memory, store = stores
    expected = await memory.find(query, now=NOW, limit=100)
    page = await store.find(query, now=NOW, limit=100)
    assert [r.id for r in page.records] == [r.id for r in expected.records]
    assert page.total == expected.total
