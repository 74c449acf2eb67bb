"""The live vocabulary: what was written is known at the next turn, and nothing is read when nothing changed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from knowledge_graph.ontology.change import Action, RecordChange
from knowledge_graph.ontology.record import NameEntry, RecordRef
from tests.unit.tools.workspace import NOW, Workspace, build_workspace
from tools.vocabulary import LiveVocabulary


class Counting:
    """A graph that counts how often names are read."""

    def __init__(self, ws: Workspace) -> None:
        self._graph = ws.graph
        self.reads: list[str] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._graph, name)

    async def names(self, since: str = "") -> AsyncIterator[NameEntry]:
        self.reads.append(since)
        async for entry in self._graph.names(since):
            yield entry


@pytest.fixture
async def ws() -> Workspace:
    return await build_workspace()


async def test_nothing_is_read_when_nothing_changed(ws: Workspace) -> None:
    graph = Counting(ws)
    live = LiveVocabulary(graph)  # type: ignore[arg-type]  # the gate, counted
    first = await live.current()
    assert await live.current() is first
    assert graph.reads == [""]


async def test_only_new_names_are_read_after_a_creation(ws: Workspace) -> None:
    graph = Counting(ws)
    live = LiveVocabulary(graph)  # type: ignore[arg-type]
    await live.current()
    await ws.confirm(await ws.call("create_record", kind="lead", values='name = "Zora Quist"'))
    language = await live.current()
    assert len(graph.reads) == 2
    assert graph.reads[1] == NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert language.vocabulary.names.lookup("Zora Quist")


async def test_a_deleted_name_is_forgotten(ws: Workspace) -> None:
    await ws.language.current()
    await ws.confirm(await ws.call("delete_records", where="@lead:l2"))
    language = await ws.language.current()
    assert not any(
        m.entry.ref == RecordRef(kind="lead", id="l2")
        for m in language.vocabulary.names.lookup("Quinn Brown")
    )


async def test_drafted_names_are_known_for_this_turn_only(ws: Workspace) -> None:
    draft = RecordChange(
        action=Action.CREATE,
        ref=RecordRef(kind="lead", id="new1"),
        title="Zora Quist",
        before={},
        after={"name": "Zora Quist"},
    )
    language = await ws.language.current((draft,))
    assert language.vocabulary.names.lookup("Zora Quist")
    assert not (await ws.language.current()).vocabulary.names.lookup("Zora Quist")
