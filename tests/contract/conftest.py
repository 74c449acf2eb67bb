"""The graph stores that the contract suites run on: in memory, ArcadeDB, real Neo4j."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from knowledge_graph.ports import GraphStore
from knowledge_graph.sealing.graph_store import SealedGraphStore
from knowledge_graph.stores.local import BoltAddress
from knowledge_graph.stores.neo4j import Neo4jGraphStore
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from knowledge_graph.testing.vault import InMemoryKeyVault
from tests.conftest import clear_graph

STORES = ("memory", "arcadedb", "neo4j")


def bolt_store(address: BoltAddress) -> Neo4jGraphStore:
    return Neo4jGraphStore(address.uri, address.auth, address.database)


@pytest.fixture(
    params=[pytest.param(s, marks=[pytest.mark.neo4j] if s == "neo4j" else []) for s in STORES],
    scope="session",
)
def store_address(request: pytest.FixtureRequest) -> BoltAddress | None:
    """The database behind the store under test; None for the one in memory."""
    if request.param == "memory":
        return None
    address = request.getfixturevalue(f"{request.param}_address")
    assert isinstance(address, BoltAddress)
    return address


@pytest.fixture
async def plain_store(store_address: BoltAddress | None) -> AsyncIterator[GraphStore]:
    """A migrated, empty store as the database has it."""
    if store_address is None:
        yield InMemoryGraphStore()
        return
    await clear_graph(store_address)
    store = bolt_store(store_address)
    await store.migrate()
    yield store
    await store.close()


@pytest.fixture(params=["plain", "sealed"])
async def graph_store(request: pytest.FixtureRequest, plain_store: GraphStore) -> GraphStore:
    """A migrated, empty store: bare, and with personal values sealed."""
    if request.param == "plain":
        return plain_store
    store = SealedGraphStore(plain_store, InMemoryKeyVault())
    await store.migrate()
    return store
