"""Fakes for tests of the assistant (shipped): a model that plays a script, and stores in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from agents.model import ModelReply, ModelStep
from knowledge_graph.errors import ModelUnavailableError, NotFoundError
from knowledge_graph.ontology.change import ChangeSet, Proposal, ProposalStatus
from knowledge_graph.ports import Conversation, Decision, Message
from tools.context import RunContext

ScriptLine = ModelReply | ModelUnavailableError | Callable[[ModelStep], ModelReply]


class ScriptedModel:
    """Plays a list of replies and records what it was asked.

    Args:
        script: Replies, errors to raise, or functions of the step; the last one repeats.
        name: As it stands in the decision log.
        hosted: Whether its words are checked like a hosted model's.
    """

    def __init__(
        self, script: Iterable[ScriptLine], *, name: str = "scripted", hosted: bool = False
    ) -> None:
        self._script = deque(script)
        self._name = name
        self._hosted = hosted
        self.steps: list[ModelStep] = []

    @property
    def name(self) -> str:
        """The name given."""
        return self._name

    @property
    def hosted(self) -> bool:
        """As given."""
        return self._hosted

    async def next_step(self, step: ModelStep) -> ModelReply:
        """Return the next reply of the script.

        Raises:
            ModelUnavailableError: The script says so.
        """
        self.steps.append(step)
        line = self._script[0] if len(self._script) == 1 else self._script.popleft()
        if isinstance(line, ModelUnavailableError):
            raise line
        return line if isinstance(line, ModelReply) else line(step)


@dataclass
class SteppingClock:
    """A clock that stands until it is set."""

    at: datetime

    def now(self) -> datetime:
        """Return the instant it is set to."""
        return self.at


@dataclass
class InMemoryConversations:
    """See `ConversationStore`."""

    kept: dict[str, Conversation] = field(default_factory=dict)

    async def load(self, thread: str) -> Conversation:
        """Return what the thread remembers."""
        return self.kept.get(thread) or Conversation(thread=thread)

    async def append(self, conversation: Conversation, messages: Sequence[Message]) -> None:
        """Keep the conversation and add lines."""
        before = await self.load(conversation.thread)
        lines = (*before.messages, *messages)[-16:]
        self.kept[conversation.thread] = replace(
            conversation, messages=lines, changes=conversation.changes[-20:]
        )

    async def forget(self, thread: str) -> None:
        """Erase the thread."""
        self.kept.pop(thread, None)


@dataclass
class InMemoryProposals:
    """See `ProposalStore`."""

    kept: dict[str, Proposal] = field(default_factory=dict)

    async def save(self, proposal: Proposal) -> None:
        """Keep a new proposal."""
        self.kept[proposal.id] = proposal

    async def get(self, proposal_id: str) -> Proposal:
        """Return a proposal.

        Raises:
            NotFoundError: There is none.
        """
        if proposal_id not in self.kept:
            raise NotFoundError(f"no proposal {proposal_id!r}")
        return self.kept[proposal_id]

    async def pending(self, thread: str) -> tuple[Proposal, ...]:
        """Return pending proposals, newest first."""
        found = [
            p
            for p in self.kept.values()
            if p.thread == thread and p.status is ProposalStatus.PENDING
        ]
        return tuple(reversed(found))

    async def move(self, proposal_id: str, *, expect: ProposalStatus, to: ProposalStatus) -> bool:
        """Return whether the status was as expected and is now set."""
        proposal = await self.get(proposal_id)
        if proposal.status is not expect:
            return False
        self.kept[proposal_id] = replace(proposal, status=to)
        return True

    async def forget(self, proposal_ids: Sequence[str]) -> None:
        """Erase proposals."""
        for proposal_id in proposal_ids:
            self.kept.pop(proposal_id, None)


@dataclass
class InMemoryDecisions:
    """See `DecisionLog`."""

    kept: list[Decision] = field(default_factory=list)

    async def append(self, decision: Decision) -> None:
        """Keep a decision."""
        self.kept.append(decision)

    async def get(self, decision_id: str) -> Decision:
        """Return a decision.

        Raises:
            NotFoundError: There is none.
        """
        for decision in self.kept:
            if decision.id == decision_id:
                return decision
        raise NotFoundError(f"no decision {decision_id!r}")

    async def latest(self, thread: str) -> Decision | None:
        """Return the thread's last decision."""
        return next((d for d in reversed(self.kept) if d.thread == thread), None)


@dataclass
class RecordingWriter:
    """A `ChangeWriter` that keeps what was written; `script` raises errors first."""

    written: list[ChangeSet] = field(default_factory=list)
    script: list[Exception] = field(default_factory=list)

    async def write(self, change_set: ChangeSet, context: RunContext) -> None:
        """Keep the change set, or fail as the script says."""
        if self.script:
            raise self.script.pop(0)
        self.written.append(change_set)

    async def is_written(self, change_id: str, context: RunContext) -> bool:
        """Return whether it was written."""
        return any(c.id == change_id for c in self.written)
