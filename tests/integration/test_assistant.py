"""A whole turn over the real tools, the real language, SQLite stores and a graph in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agents.assistant import Assistant, AssistantPorts
from agents.checkpoints import RunCheckpoints, open_checkpoints
from agents.graph import GraphPorts
from agents.model import ModelReply, ToolCall
from agents.testing import ScriptedModel, SteppingClock
from agents.turn import TurnReply, TurnRequest
from knowledge_graph.errors import StoreUnavailableError
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.ontology.change import ChangeSet
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.policy import RolePolicy
from knowledge_graph.stores.sqlite.conversations import SqliteConversations
from knowledge_graph.stores.sqlite.decisions import SqliteDecisions
from knowledge_graph.stores.sqlite.file import SqliteFile
from knowledge_graph.stores.sqlite.proposals import SqliteProposals
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from knowledge_graph.testing.sample import changes_of, create
from tools.context import RunContext
from tools.records.tool import build_record_tools
from tools.records.writing import ChangeWriter
from tools.vocabulary import LiveVocabulary

LENA = Actor(role=Role.SALES, id="lena@example.com")
LEAD = RecordRef(kind="lead", id="l1")


def seeded() -> ChangeSet:
    return changes_of(
        "seed",
        create("employee:e1", {"name": "Raj Patel", "email": "raj@example.com"}),
        create("employee:e2", {"name": "Lena Novak", "email": "lena@example.com"}),
        create("lead:l1", {"name": "Morgan Wilson", "owner": "e1"}),
        create("lead:l2", {"name": "王小明", "owner": "e1"}),
        create("lead:l3", {"name": "Ann Lee", "owner": "e2"}),
    )


@dataclass
class LosingWriter:
    """Loses the answer of the database after it has written."""

    inner: ChangeWriter
    lose: bool = False

    async def write(self, change_set: ChangeSet, context: RunContext) -> None:
        await self.inner.write(change_set, context)
        if self.lose:
            raise StoreUnavailableError("the connection was lost")

    async def is_written(self, change_id: str, context: RunContext) -> bool:
        return await self.inner.is_written(change_id, context)


class Workspace:
    """A workspace whose process can end: the graph and the file stay."""

    def __init__(self, folder: Path, store: InMemoryGraphStore) -> None:
        self.folder, self.store = folder, store
        self.graph = KnowledgeGraph(store, RolePolicy())
        self.clock = SteppingClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
        self.script: list[Any] = [ModelReply(text="hello")]
        self.writer = LosingWriter(ChangeWriter(self.graph))
        self.file: SqliteFile | None = None
        self.checkpoints: RunCheckpoints | None = None
        self.assistant: Assistant | None = None

    async def start(self) -> None:
        path = self.folder / "guanxi.db"
        self.file = SqliteFile(path)
        await self.file.open()
        self.checkpoints = await open_checkpoints(path)
        language = LiveVocabulary(self.graph)
        decisions = SqliteDecisions(self.file)
        model = ScriptedModel(self.script)
        ports = AssistantPorts(
            graph=GraphPorts(
                model=model,
                offline=model,
                proposals=SqliteProposals(self.file),
                writer=self.writer,
                checkpoints=self.checkpoints,
            ),
            tools=build_record_tools(graph=self.graph, language=language, decisions=decisions),
            language=language,
            conversations=SqliteConversations(self.file),
            decisions=decisions,
            clock=self.clock,
        )
        self.assistant = Assistant(ports)

    async def stop(self) -> None:
        if self.checkpoints is not None and self.file is not None:
            await self.checkpoints.close()
            await self.file.close()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def plan(self, *calls: tuple[str, dict[str, object]]) -> None:
        self.script[:] = [
            ModelReply(calls=tuple(ToolCall(name=name, args=args) for name, args in calls))
        ]
        await self.restart()

    async def say(self, text: str, actor: Actor = LENA) -> TurnReply:
        assert self.assistant is not None
        self.clock.at += timedelta(seconds=1)
        request = TurnRequest(text=text, thread="console", actor=actor, channel="console")
        return await self.assistant.turn(request)

    async def owner(self, ref: RecordRef = LEAD) -> object:
        access = Access(actor=LENA, at="2026-11-23T09:00:00Z")
        (seen,) = await self.graph.get([ref], access)
        return seen.record.get("owner")


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    store = InMemoryGraphStore()
    await store.migrate()
    await store.commit(seeded())
    workspace = Workspace(tmp_path, store)
    await workspace.start()
    yield workspace
    await workspace.stop()


TAKE_OVER = (
    "update_records",
    {"kind": "lead", "where": "@lead:l1", "changes": "owner = Lena Novak"},
)


async def test_find_answers_with_evidence(workspace: Workspace) -> None:
    await workspace.plan(("find_records", {"kind": "lead", "where": "owner is Raj Patel"}))
    reply = await workspace.say("raj's leads")
    assert "Morgan Wilson" in reply.reply or reply.table is not None
    assert {"lead:l1", "lead:l2"} <= {str(e.ref) for e in reply.evidence}


async def test_a_confirmed_change_survives_restarts_and_is_undone(workspace: Workspace) -> None:
    await workspace.plan(TAKE_OVER)
    reply = await workspace.say("give morgan wilson to lena")
    assert reply.proposal is not None, reply.reply
    assert await workspace.owner() == "e1"
    await workspace.restart()
    done = await workspace.say("/confirm")
    assert done.change_id, done.reply
    assert await workspace.owner() == "e2"
    await workspace.restart()
    assert (await workspace.say(f"/confirm {reply.proposal.id}")).change_id is None
    back = await workspace.say("/undo")
    assert back.change_id, back.reply
    assert await workspace.owner() == "e1"
    why = await workspace.say("/why")
    assert back.decision_id in why.reply


async def test_a_lost_answer_never_writes_twice(workspace: Workspace) -> None:
    await workspace.plan(TAKE_OVER)
    reply = await workspace.say("give morgan wilson to lena")
    assert reply.proposal is not None
    workspace.writer.lose = True
    doubt = await workspace.say("/confirm")
    assert doubt.change_id is None
    workspace.writer.lose = False
    await workspace.restart()
    done = await workspace.say(f"/confirm {reply.proposal.id}")
    assert done.change_id == reply.proposal.change_set.id
    access = Access(actor=LENA, at="2026-11-23T09:00:00Z")
    history = await workspace.graph.history(access, ref=LEAD)
    assert [c.id for c in history].count(done.change_id) == 1


async def test_a_change_in_between_is_a_conflict(workspace: Workspace) -> None:
    await workspace.plan(TAKE_OVER)
    older = await workspace.say("give morgan wilson to lena")
    first = await workspace.say("give morgan wilson to lena")
    assert first.proposal is not None
    assert older.proposal is not None
    assert (await workspace.say(f"/confirm {first.proposal.id}")).change_id
    late = await workspace.say(f"/confirm {older.proposal.id}")
    assert late.change_id is None
    assert "othing was changed" in late.reply


async def test_focus_survives_a_restart(workspace: Workspace) -> None:
    await workspace.plan(("find_records", {"kind": "lead", "where": "owner is Raj Patel"}))
    await workspace.say("raj's leads")
    seen: list[Any] = []

    def look(step: Any) -> ModelReply:
        seen.append(step)
        return ModelReply(text="ok")

    workspace.script[:] = [look]
    await workspace.restart()
    await workspace.say("and those in Berlin?")
    (step,) = seen
    assert step.run_context.focus.query is not None
    assert step.last_calls[0].name == "find_records"
    assert step.run_context.me == "e2"
