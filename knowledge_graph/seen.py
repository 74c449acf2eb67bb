"""What the gate answers with: records as one actor may see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from knowledge_graph.gate import Seen
from knowledge_graph.ontology.record import Record, RecordRef
from knowledge_graph.ports import Edge

Lens = Callable[[Record], Seen | None]
"""Shows a record as one actor may see it; None: nothing of it."""


@dataclass(frozen=True, kw_only=True)
class SeenPage:
    """Some records of a query as the actor may see them, and how many there are in all."""

    records: tuple[Seen, ...]
    total: int


@dataclass(frozen=True, kw_only=True)
class SeenNeighbourhood:
    """A record and what is around it, as the actor may see them."""

    centre: Seen
    records: tuple[Seen, ...]
    edges: tuple[Edge, ...]


def connected(centre: RecordRef, edges: Iterable[Edge]) -> frozenset[RecordRef]:
    """Return what is reached from a record along edges that the actor may see."""
    by_node: dict[RecordRef, list[RecordRef]] = {}
    for edge in edges:
        by_node.setdefault(edge.source, []).append(edge.target)
        by_node.setdefault(edge.target, []).append(edge.source)
    reached, todo = {centre}, [centre]
    while todo:
        for ref in by_node.get(todo.pop(), ()):
            if ref not in reached:
                reached.add(ref)
                todo.append(ref)
    return frozenset(reached)
