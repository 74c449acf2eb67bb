"""A whole assistant over fakes: scripted model, scripted tools, stores in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from agents.assistant import Assistant, AssistantPorts
from agents.checkpoints import RunCheckpoints, open_checkpoints
from agents.graph import GraphPorts
from agents.model import ChatPort, ModelReply, ToolCall
from agents.testing import (
    InMemoryConversations,
    InMemoryDecisions,
    InMemoryProposals,
    RecordingWriter,
    ScriptedModel,
    SteppingClock,
)
from agents.turn import TurnReply, TurnRequest
from knowledge_graph.consent_ports import GrantedWords
from knowledge_graph.language.compiler import Language
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.names import NameIndex
from knowledge_graph.language.vocabulary import Vocabulary
from knowledge_graph.ontology.access import Actor, Role
from knowledge_graph.ontology.change import Action, RecordChange
from knowledge_graph.ontology.evidence import Evidence
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema
from tools.context import RunContext
from tools.outcomes import (
    ApprovalRequired,
    Focus,
    Option,
    ToolFailed,
    ToolOk,
    ToolQuestion,
    ToolResult,
    ToolRetry,
)
from tools.spec import ToolArgs, ToolSpec

LENA = Actor(role=Role.SALES, id="lena@example.com")
STAFF = frozenset({Role.SALES, Role.MANAGER, Role.STEWARD, Role.OWNER})


class WhereArgs(ToolArgs):
    where: str
    limit: int | None = None
    sort: str = ""


class ChangeArgs(ToolArgs):
    where: str
    changes: str


class OneArgs(ToolArgs):
    change: str = ""
    decision: str = ""


@dataclass
class FakeTools:
    """Tools whose results a test sets; each records the contexts it ran in."""

    results: dict[str, Callable[[Any, RunContext], ToolResult]] = field(default_factory=dict)
    ran: list[tuple[str, dict[str, Any], RunContext]] = field(default_factory=list)

    def specs(self) -> tuple[ToolSpec, ...]:
        return (
            self._spec("find_records", WhereArgs, "read", STAFF),
            self._spec("update_records", ChangeArgs, "write", STAFF - {Role.MANAGER}),
            self._spec("undo_change", OneArgs, "write", STAFF),
            self._spec("explain_decision", OneArgs, "read", STAFF),
        )

    def _spec(
        self, name: str, args: type[ToolArgs], effect: Any, roles: frozenset[Role]
    ) -> ToolSpec:
        async def run(given: ToolArgs, context: RunContext) -> ToolResult:
            self.ran.append((name, given.model_dump(exclude_unset=True), context))
            return self.results[name](given, context)

        return ToolSpec(name=name, description=name, args=args, effect=effect, roles=roles, run=run)


def evidence(kind: str, rid: str) -> Evidence:
    return Evidence(
        id=f"{kind}:{rid}",
        source=rid.title(),
        origin="crm · leads.csv · row 1",
        observed_at="2026-01-01T00:00:00Z",
        quote=rid,
        ref=RecordRef(kind=kind, id=rid),
    )


def found(text: str = "3 leads", rid: str = "l1") -> Callable[[Any, RunContext], ToolResult]:
    ref = RecordRef(kind="lead", id=rid)
    return lambda args, context: ToolOk(
        text=text, evidence=(evidence("lead", rid),), focus=Focus(refs=(ref,)), data={"count": 3}
    )


def change(rid: str = "l1", before: str = "Raj", after: str = "Lena") -> RecordChange:
    return RecordChange(
        action=Action.UPDATE,
        ref=RecordRef(kind="lead", id=rid),
        title=rid,
        before={"owner": before},
        after={"owner": after},
    )


def drafts(*changes: RecordChange, summary: str = "reassign 1 lead") -> Any:
    return lambda args, context: ApprovalRequired(summary=summary, changes=changes or (change(),))


def asks(text: str = "Which “Raj” do you mean?", slot: str = "where") -> Any:
    options = (
        Option(label="Raj Patel", reply="@employee:e1"),
        Option(label="Raj Wu", reply="@employee:e2"),
    )
    return lambda args, context: (
        ToolOk(text=f"for {args.where}")
        if args.where.startswith("@")
        else ToolQuestion(text=text, options=options, slot=slot)
    )


def fails(text: str = "No. Nothing was changed.", code: str = "E-X") -> Any:
    return lambda args, context: ToolFailed(text=text, code=code)


def retries(message: str = "no such field") -> Any:
    return lambda args, context: ToolRetry(message=message)


def calls(*pairs: tuple[str, dict[str, object]]) -> ModelReply:
    return ModelReply(calls=tuple(ToolCall(name=n, args=a) for n, a in pairs))


FIND = calls(("find_records", {"where": "raj"}))
UPDATE = calls(("update_records", {"where": "raj", "changes": "owner = Lena"}))


@cache
def _empty_language() -> Language:
    return Language(
        Vocabulary.build(Dictionary.load(), WorkspaceSchema(), {}, NameIndex(()), counts={})
    )


class _NoLanguage:
    async def current(self, *, actor: Any = None, access: Any = None) -> Language:
        return _empty_language()


class _NoWords:
    def __init__(self, language: Any) -> None: ...

    def knows(self, word: str) -> bool:
        return word in {"owner", "status", "amount", "leads"}

    def names_in(self, text: str) -> tuple[str, ...]:
        return ("acme",) if "Acme" in text else ()


@dataclass
class Rig:
    """The assistant and all its parts."""

    path: Path
    checkpoints: RunCheckpoints
    tools: FakeTools = field(default_factory=FakeTools)
    conversations: InMemoryConversations = field(default_factory=InMemoryConversations)
    proposals: InMemoryProposals = field(default_factory=InMemoryProposals)
    decisions: InMemoryDecisions = field(default_factory=InMemoryDecisions)
    writer: RecordingWriter = field(default_factory=RecordingWriter)
    clock: SteppingClock = field(
        default_factory=lambda: SteppingClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    )
    model: ChatPort = field(default_factory=lambda: ScriptedModel([ModelReply(text="hello")]))
    offline: ChatPort | None = None
    granted: GrantedWords | None = None
    assistant: Assistant | None = None

    def script(
        self, *lines: Any, hosted: bool = False, offline: ChatPort | None = None
    ) -> ScriptedModel:
        model = ScriptedModel(lines, hosted=hosted)
        self.use(model, offline)
        return model

    def use(self, model: ChatPort, offline: ChatPort | None = None) -> None:
        self.model, self.offline = model, offline
        self.assistant = None

    def built(self) -> Assistant:
        if self.assistant is None:
            graph = GraphPorts(
                model=self.model,
                offline=self.offline or self.model,
                proposals=self.proposals,
                writer=self.writer,
                checkpoints=self.checkpoints,
            )
            self.assistant = Assistant(
                AssistantPorts(
                    graph=graph,
                    tools=self.tools.specs(),
                    language=_NoLanguage(),
                    conversations=self.conversations,
                    decisions=self.decisions,
                    clock=self.clock,
                    words=_NoWords,
                    granted=self.granted,
                )
            )
        return self.assistant

    async def say(self, text: str, actor: Actor = LENA, thread: str = "console") -> TurnReply:
        request = TurnRequest(text=text, thread=thread, actor=actor, channel="console")
        return await self.built().turn(request)

    async def restart(self) -> None:
        """End the process as far as the assistant can tell: only files and stores stay."""
        await self.checkpoints.close()
        self.checkpoints = await open_checkpoints(self.path)
        self.assistant = None


@asynccontextmanager
async def open_rig(folder: Path) -> AsyncIterator[Rig]:
    """Give an assistant with its checkpoint file in a folder."""
    path = folder / "checkpoints.db"
    rig = Rig(path=path, checkpoints=await open_checkpoints(path))
    try:
        yield rig
    finally:
        await rig.checkpoints.close()
