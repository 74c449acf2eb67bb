"""Puts the eraser of a home together: every place that keeps copies of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from channels.state.custody import Custody
from channels.state.opening import State
from knowledge_graph.erasure.eraser import EraserPorts
from knowledge_graph.erasure.files import FilePlace
from knowledge_graph.erasure.forgetting import Forgets, ForgettingPlace
from knowledge_graph.erasure.graph import GraphPlace
from knowledge_graph.erasure.lineage import Lineage
from knowledge_graph.erasure.state import StatePlace
from knowledge_graph.erasure.vectors import VectorPlace
from knowledge_graph.ports import Clock, VectorMemory
from knowledge_graph.sealing.graph_store import SealedGraphStore
from knowledge_graph.stores.local_home import FileLock, HomeFolder


def eraser_ports(
    home: HomeFolder,
    clock: Clock,
    custody: Custody,
    state: State,
    *,
    store: SealedGraphStore,
    vectors: VectorMemory,
) -> EraserPorts:
    """Return what erases people in a home; a new place that keeps copies has to be added here.

    Args:
        home: The home folder.
        clock: Stamps.
        custody: Keys, journal, ledger.
        state: The state file.
        store: The graph.
        vectors: Vector memory.
    """
    vault, below = custody.vault, store.below
    return EraserPorts(
        vault=vault,
        journal=custody.journal,
        lineage=Lineage(below=below, sealed=store, vault=vault, clock=clock),
        caches=(
            VectorPlace(vectors=vectors, store=store),
            FilePlace(folders=(home.reports, home.logs)),
        ),
        state=StatePlace(file=state.file, vault=vault),
        graph=GraphPlace(below=below, sealed=store, vault=vault, clock=clock),
        attestation=custody.attestation,
        clock=clock,
        home=home.root,
        lock=FileLock(home.erasing_lock),
    )


def with_forgetting(ports: EraserPorts, stores: Sequence[Forgets]) -> EraserPorts:
    """Return the same with stores that can forget a person by themselves.

    Args:
        ports: What `eraser_ports` returned.
        stores: Grants and legal bases, the openings of the ledger of uses.
    """
    place = ForgettingPlace(name="grants, legal bases and openings of the ledger", stores=stores)
    return replace(ports, caches=(*ports.caches, place))
