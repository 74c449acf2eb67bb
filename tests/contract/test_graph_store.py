"""Every graph store keeps the contract of the port."""

from __future__ import annotations

from knowledge_graph.testing.graph_store import GraphStoreContract


class TestGraphStore(GraphStoreContract):
    """Runs in memory, on ArcadeDB and on Neo4j."""
