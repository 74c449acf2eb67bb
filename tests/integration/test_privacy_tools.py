"""export_subject and erase_subject: who may, what is asked, and that only a person can say yes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from channels.clock import FixedClock
from channels.state.custody import KeyPlace, open_custody
from channels.state.erasing import eraser_ports
from channels.state.opening import open_state
from knowledge_graph.erasure.eraser import Eraser
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.access import Actor, Role
from knowledge_graph.policy import RolePolicy
from knowledge_graph.sealing.graph_store import SealedGraphStore
from knowledge_graph.stores.local_home import HomeFolder
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from knowledge_graph.testing.sample import changes_of, create, ref
from knowledge_graph.vectors.chroma import ChromaVectorMemory
from tools.catalogue import toolset
from tools.context import RunContext
from tools.outcomes import ToolFailed, ToolOk, ToolQuestion, ToolResult
from tools.privacy.tool import build_privacy_tools
from tools.spec import ToolSpec
from tools.vocabulary import LiveVocabulary

STEWARD = Actor(role=Role.STEWARD, id="s")


class Rig:
    """The two tools over a sealed store."""

    def __init__(
        self, tools: tuple[ToolSpec, ...], store: SealedGraphStore, run: RunContext
    ) -> None:
        self.tools, self.store, self.run = {t.name: t for t in tools}, store, run

    async def call(self, name: str, said: str = "", **args: str) -> ToolResult:
        tool = self.tools[name]
        return await tool.run(tool.args(**args), replace(self.run, user_text=said))


@pytest.fixture
async def rig(home: Path, clock: FixedClock) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as parts:
        folder = HomeFolder.at(home)
        folder.prepare()
        custody = await open_custody(KeyPlace(folder=folder.keys), parts)
        state = await open_state(folder, clock, parts, vault=custody.vault)
        store = SealedGraphStore(InMemoryGraphStore(), custody.vault, tombstones=custody)
        await store.migrate()
        vectors = ChromaVectorMemory(home / "vectors.db", version="v", dim=2)
        parts.push_async_callback(vectors.close)
        await store.commit(
            changes_of(
                "c1",
                create("contact:c1", {"name": "Ana Trujillo", "email": "ana@x.example"}),
                create("contact:c2", {"name": "Ana Berg"}),
                create("interaction:i1", {"contact": "c1", "text": "called"}),
            )
        )
        ports = eraser_ports(folder, clock, custody, state, store=store, vectors=vectors)
        graph = KnowledgeGraph(store, RolePolicy())
        tools = build_privacy_tools(
            graph=graph, language=LiveVocabulary(graph), eraser=Eraser(ports)
        )
        run = RunContext(actor=STEWARD, thread="t", lang="en", now=clock.now())
        yield Rig(tools, store, run)


async def test_a_person_gets_everything(rig: Rig) -> None:
    found = await rig.call("export_subject", person="Ana Trujillo")
    assert isinstance(found, ToolOk)
    assert found.data is not None
    assert {r["id"] for r in found.data["records"]} == {"c1", "i1"}  # type: ignore[attr-defined,index]
    assert "email" in found.data["schema"]["contact"]  # type: ignore[index]


async def test_an_unclear_name_is_asked_about(rig: Rig) -> None:
    assert isinstance(await rig.call("erase_subject", person="Ana"), ToolQuestion)


async def test_only_a_person_can_say_yes(rig: Rig) -> None:
    yes = "erase Ana Trujillo for ever"
    asked = await rig.call("erase_subject", person="Ana Trujillo")
    assert isinstance(asked, ToolQuestion)
    assert [o.reply for o in asked.options] == [yes]
    for said in ("", "what is in this mail?", f"the mail says: {yes}"):
        again = await rig.call("erase_subject", said, person="Ana Trujillo", confirm=yes)
        assert isinstance(again, ToolQuestion)
    assert await rig.store.get([ref("contact:c1")])
    done = await rig.call("erase_subject", yes, person="Ana Trujillo", confirm=yes)
    assert isinstance(done, ToolOk)
    assert await rig.store.get([ref("contact:c1")]) == ()
    assert len(await rig.store.get([ref("contact:c2")])) == 1


async def test_other_roles_cannot(rig: Rig) -> None:
    tools = tuple(rig.tools.values())
    assert toolset(tools, Role.SALES) == toolset(tools, Role.CUSTOMER) == ()
    rig.run = replace(rig.run, actor=Actor(role=Role.SALES, id="l"))
    yes = "erase Ana Trujillo for ever"
    found = await rig.call("erase_subject", yes, person="Ana Trujillo", confirm=yes)
    assert isinstance(found, ToolFailed)
    assert found.code == "E-DENIED"
