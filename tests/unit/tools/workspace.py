"""A small workspace in memory, and the tools over it, for the tests of the tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from itertools import count

from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.ontology.access import Actor, Role
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import Origin, RecordRef, Value
from knowledge_graph.policy import RolePolicy
from knowledge_graph.ports import Decision, GraphStore
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from tools.context import RunContext
from tools.outcomes import ApprovalRequired, ToolResult
from tools.records.tool import build_record_tools
from tools.records.writing import ChangeWriter
from tools.spec import ToolSpec
from tools.vocabulary import LiveVocabulary

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
LENA = Actor(role=Role.SALES, id="lena@example.com")
FILE = Origin(system="file", place="people.csv", row=7, observed_at="2026-03-01T00:00:00Z")
RECORDS: tuple[tuple[str, str, Mapping[str, Value]], ...] = (
    ("employee", "e1", {"name": "Lena Vogel", "email": "lena@example.com"}),
    ("employee", "e2", {"name": "Raj Patel", "email": "raj@example.com"}),
    ("account", "a1", {"name": "Acme Solar", "industry": "pv_manufacturing", "owner": "e1"}),
    ("account", "a2", {"name": "苏州仁济医院", "industry": "medical_device", "owner": "e2"}),
    (
        "contact",
        "c1",
        {"name": "Ana Trujillo", "email": "ana@acme.example", "account": "a1", "owner": "e1"},
    ),
    ("contact", "c2", {"name": "王建国", "email": "wang@renji.example", "account": "a2"}),
    ("lead", "l1", {"name": "Morgan Wilson", "status": "new", "owner": "e1", "company": "Initech"}),
    ("lead", "l2", {"name": "Quinn Brown", "status": "new", "owner": "e1"}),
    ("lead", "l3", {"name": "Ida Berg", "status": "qualified", "owner": "e2"}),
    (
        "opportunity",
        "o1",
        {
            "name": "Acme roof",
            "account": "a1",
            "owner": "e1",
            "stage": "proposal",
            "amount": 100000,
            "currency": "CNY",
        },
    ),
    (
        "opportunity",
        "o2",
        {
            "name": "Acme storage",
            "account": "a1",
            "owner": "e1",
            "stage": "negotiation",
            "amount": 50000,
            "currency": "EUR",
        },
    ),
    (
        "opportunity",
        "o3",
        {"name": "仁济二期", "account": "a2", "owner": "e2", "stage": "won", "amount": 300000},
    ),
    (
        "opportunity",
        "o4",
        {"name": "Acme spare", "account": "a1", "owner": "e1", "stage": "proposal"},
    ),
    ("product", "p1", {"name": "SG110 inverter", "price": 3000, "currency": "EUR"}),
)


class DecisionsInMemory:
    """A decision log in a dictionary."""

    def __init__(self) -> None:
        self.found: dict[str, Decision] = {}

    async def append(self, decision: Decision) -> None:
        self.found[decision.id] = decision

    async def get(self, decision_id: str) -> Decision:
        return self.found[decision_id]

    async def latest(self, thread: str) -> Decision | None:
        return next((d for d in reversed(self.found.values()) if d.thread == thread), None)


@dataclass
class Workspace:
    """The graph, its tools, and a turn of Lena's."""

    store: GraphStore
    graph: KnowledgeGraph
    language: LiveVocabulary
    decisions: DecisionsInMemory
    tools: Mapping[str, ToolSpec]
    context: RunContext
    ids: count[int] = field(default_factory=lambda: count(1))

    async def call(
        self, name: str, context: RunContext | None = None, **args: object
    ) -> ToolResult:
        spec = self.tools[name]
        return await spec.run(spec.args.model_validate(args), context or self.context)

    async def confirm(self, result: ToolResult, context: RunContext | None = None) -> str:
        """Write what a tool has drafted, as the agent graph does after a yes."""
        assert isinstance(result, ApprovalRequired), result
        run = context or self.context
        change_set = ChangeSet(
            id=f"change{next(self.ids)}",
            at=run.access.at,
            actor=str(run.actor),
            reason=run.user_text,
            changes=result.changes,
            origin=Origin(system="chat", place="console", observed_at=run.access.at),
            undoes=result.undoes,
        )
        await ChangeWriter(self.graph).write(change_set, run)
        return change_set.id

    async def values(self, kind: str, record_id: str) -> Mapping[str, Value]:
        found = await self.store.get([RecordRef(kind=kind, id=record_id)])
        return found[0].values if found else {}

    def as_actor(self, role: Role, name: str) -> RunContext:
        return replace(self.context, actor=Actor(role=role, id=name))

    def in_chinese(self) -> RunContext:
        return replace(self.context, lang="zh")


@cache
def dictionary() -> Dictionary:
    """The shipped dictionary, read once for all tests."""
    return Dictionary.load()


async def build_workspace(given: GraphStore | None = None) -> Workspace:
    store = given or InMemoryGraphStore()
    changes = tuple(
        RecordChange(
            action=Action.CREATE,
            ref=RecordRef(kind=kind, id=record_id),
            title=str(values["name"]),
            before={},
            after=values,
        )
        for kind, record_id, values in RECORDS
    )
    await store.commit(
        ChangeSet(
            id="import1",
            at="2026-03-01T00:00:00Z",
            actor="owner:me",
            reason="people.csv",
            changes=changes,
            origin=FILE,
        )
    )
    graph = KnowledgeGraph(store, RolePolicy())
    language = LiveVocabulary(graph, dictionary())
    decisions = DecisionsInMemory()
    tools = build_record_tools(graph=graph, language=language, decisions=decisions)
    context = RunContext(
        actor=LENA, thread="t1", lang="en", now=NOW, user_text="please", timezone="UTC"
    )
    return Workspace(
        store=store,
        graph=graph,
        language=language,
        decisions=decisions,
        tools={t.name: t for t in tools},
        context=context,
    )
