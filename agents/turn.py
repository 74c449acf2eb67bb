"""The channel-neutral turn: what comes in and what goes out, whatever the channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from knowledge_graph.ontology.access import Actor
from knowledge_graph.ontology.change import Proposal
from knowledge_graph.ontology.evidence import Evidence
from tools.context import Lang
from tools.outcomes import Option, Table

Outcome = Literal["ok", "retry", "failed", "approval"]


@dataclass(frozen=True, kw_only=True)
class TurnRequest:
    """One message of one person."""

    text: str
    """A sentence, or a command that begins with a slash: /confirm /cancel /undo /why /help."""
    thread: str
    actor: Actor
    channel: str
    buttons: bool = False
    """The channel shows confirm, cancel and undo as buttons: the reply names no commands."""
    lang: Lang | None = None
    """None: the language of the text, else of the conversation so far."""
    purpose: str = ""
    """What personal data is used for in this turn, a code of PURPOSES; empty: the workspace's own."""


@dataclass(frozen=True, kw_only=True)
class ToolCallRecord:
    """A tool call as it happened."""

    name: str
    args: Mapping[str, object]
    outcome: Outcome


@dataclass(frozen=True, kw_only=True)
class Question:
    """The one question back of a turn."""

    text: str
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why nothing was done."""

    reason: str
    id: str


@dataclass(frozen=True, kw_only=True)
class TurnReply:
    """Everything a channel may show of one turn."""

    turn: int
    reply: str
    lang: Lang
    tool_calls: tuple[ToolCallRecord, ...] = ()
    proposal: Proposal | None = None
    question: Question | None = None
    refusal: Refusal | None = None
    evidence: tuple[Evidence, ...] = ()
    table: Table | None = None
    change_id: str | None = None
    """The change set that was committed in this turn; `/undo` takes it back."""
    decision_id: str = ""
    ms: int = 0
    notices: tuple[str, ...] = ()
    """Said beside the reply: "the model did not answer; this is the offline assistant"."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A step while a turn runs, for channels that stream."""

    step: str
    """A short line in the user's language: "looking up opportunities"."""
