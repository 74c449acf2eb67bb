"""The fixtures themselves: both engines answer, and clearing empties them."""

from __future__ import annotations

from neo4j import AsyncGraphDatabase

from knowledge_graph.stores.local import BoltAddress, answers


async def test_engine_answers_and_is_empty_after_clearing(clean_graph: BoltAddress) -> None:
    assert await answers(clean_graph)
    async with AsyncGraphDatabase.driver(clean_graph.uri, auth=clean_graph.auth) as driver:
        records, _, _ = await driver.execute_query(
            "MATCH (n) RETURN count(n) AS n", database_=clean_graph.database
        )
    assert records[0]["n"] == 0
