"""What a tool call can come to, by type and never by a text that starts with "Error".

ToolOk             done; `text` is for the user, in the user's language
ToolQuestion       the user has to choose or add something; nothing was done
ToolRetry          the model's arguments do not fit; the model may correct itself
ToolFailed         final; the user is told what did and did not change
ApprovalRequired   changes are drafted, nothing is written; it becomes an interrupt of the agent graph
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from knowledge_graph.expression.nodes import Query
from knowledge_graph.ontology.change import RecordChange
from knowledge_graph.ontology.evidence import Evidence
from knowledge_graph.ontology.record import RecordRef


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows to show: a header and cells, already in the user's language."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    refs: tuple[RecordRef, ...] = ()
    """The record behind each row."""


@dataclass(frozen=True, kw_only=True)
class Focus:
    """What the conversation is about after this call, for "those", "them", "他们", "and in Berlin?"."""

    query: Query | None = None
    """The last selection, if it was one."""
    refs: tuple[RecordRef, ...] = ()
    """The records themselves (at most 50), most salient first."""


@dataclass(frozen=True, kw_only=True)
class ToolOk:
    """The call was done."""

    text: str
    evidence: tuple[Evidence, ...] = ()
    table: Table | None = None
    focus: Focus | None = None
    data: Mapping[str, object] | None = None
    """Machine-readable result: {"count": 3, "sum": 120000.0, "currency": "CNY"}."""
    change_id: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Option:
    """One answer to a question: what the button says and what is sent when it is pressed."""

    label: str
    reply: str


@dataclass(frozen=True, kw_only=True)
class ToolQuestion:
    """One question back, with options where there are any."""

    text: str
    options: tuple[Option, ...] = ()
    code: str = "clarify"
    """ambiguous_scope, vague_term, unknown_term, missing_unit, contradiction, ambiguous_name,
    leftover, missing_argument."""
    slot: str = ""
    """The tool argument that the answer fills, if it is one."""
    about: tuple[str, ...] = ()
    """The words in question: an option's reply replaces just these in the argument. Empty: those that `text`
    quotes, or the whole argument when it is empty."""


@dataclass(frozen=True, kw_only=True)
class ToolRetry:
    """The arguments do not fit; the message tells the model what would."""

    message: str


@dataclass(frozen=True, kw_only=True)
class ToolFailed:
    """Final; `text` says what failed, what did and did not change and what to do now."""

    text: str
    code: str


@dataclass(frozen=True, kw_only=True)
class ApprovalRequired:
    """These changes wait for a person's yes; the agent graph joins those of one turn to one proposal."""

    summary: str
    """In the user's language, with object and count: "reassign 3 leads to Raj Patel"."""
    changes: tuple[RecordChange, ...]
    warnings: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    focus: Focus | None = None
    undoes: str = ""
    """The change set that these changes take back, if they are an undo."""


ToolResult = ToolOk | ToolQuestion | ToolRetry | ToolFailed | ApprovalRequired
