"""Shared fixtures: a clean environment, a home folder, a fixed clock, and both databases.

`graph_address` runs a test on ArcadeDB and on real Neo4j. One server of each lives as long as the test session;
a test that writes asks for `clean_graph` as well (or calls `clear_graph`), which empties the database first.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.clock import FixedClock
from knowledge_graph.stores.local import BoltAddress, start_or_join
from tests.neo4j.harness import Neo4jAbsentError, running

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ENGINES = ("arcadedb", "neo4j")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of this machine reaches a test."""
    for name in list(os.environ):  # noqa: TID251 - the fixture that keeps the environment out
        if name.startswith(("GUANXI_", "LANGCHAIN_", "LANGSMITH_")) or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def clock() -> FixedClock:
    """Monday 2026-11-23 09:00 UTC; `clock.advance(...)` moves it."""
    return FixedClock(NOW)


@pytest.fixture(scope="session")
async def arcadedb_address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BoltAddress]:
    """The embedded database of this test session."""
    server = await start_or_join(tmp_path_factory.mktemp("arcadedb"))
    yield server.address
    await server.close()


@pytest.fixture(scope="session")
def neo4j_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoltAddress]:
    """The real Neo4j of this test session; skips with the reason where it cannot be had."""
    try:
        with running(tmp_path_factory.mktemp("neo4j")) as address:
            yield address
    except Neo4jAbsentError as error:
        if _REQUIRE_NEO4J:
            pytest.fail(f"GUANXI_REQUIRE_NEO4J=1, but {error}")
        pytest.skip(str(error))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip slow tests, visibly, unless they are asked for."""
    if not _SLOW:
        skipped = pytest.mark.skip(reason="slow: runs with GUANXI_SLOW=1")
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(skipped)


_SLOW = os.environ.get("GUANXI_SLOW") == "1"  # noqa: TID251 - read before it is cleaned away
_REQUIRE_NEO4J = os.environ.get("GUANXI_REQUIRE_NEO4J") == "1"  # noqa: TID251 - read before it is cleaned away


@pytest.fixture(
    params=[
        pytest.param(engine, marks=[pytest.mark.neo4j] if engine == "neo4j" else [])
        for engine in ENGINES
    ],
    scope="session",
)
def graph_address(request: pytest.FixtureRequest) -> BoltAddress:
    """A running database: the test runs once on each engine."""
    address = request.getfixturevalue(f"{request.param}_address")
    assert isinstance(address, BoltAddress)
    return address


@pytest.fixture
async def clean_graph(graph_address: BoltAddress) -> BoltAddress:
    """An empty database: all nodes and edges are gone, constraints and indexes stay."""
    await clear_graph(graph_address)
    return graph_address


async def clear_graph(address: BoltAddress) -> None:
    """Delete all nodes and edges of a database."""
    from neo4j import AsyncGraphDatabase

    async with (
        AsyncGraphDatabase.driver(address.uri, auth=address.auth) as driver,
        driver.session(database=address.database) as session,
    ):
        result = await session.run("MATCH (n) DETACH DELETE n")
        await result.consume()
