"""The model's contract: what a turn gives a model and what it may answer.

The agent graph knows only `ChatPort`. The offline model satisfies it itself; hosted.py adapts any
`BaseChatModel` to it; `ScriptedModel` (testing.py) plays a script.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from tools.context import RunContext
from tools.outcomes import Option, ToolResult
from tools.spec import ToolSpec

if TYPE_CHECKING:
    from knowledge_graph.language.compiler import Language


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A tool by name and its arguments: sentences, not structures."""

    name: str
    args: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class PendingQuestion:
    """One question back, which ends a turn; the next message may answer it."""

    text: str
    options: tuple[Option, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    """All calls of that turn, in order; the question belongs to `calls[asked]`. Nothing of them was written."""
    asked: int = 0
    slot: str = ""
    """The argument of `calls[asked]` that the answer fills; empty: the answer is a new message."""
    code: str = "clarify"
    about: tuple[str, ...] = ()
    """The words in question; without a slot they are looked for in the person's sentence, and an option's
    reply replaces just these (answering.py)."""
    user_text: str = ""
    """What the answer completes; empty from a model: what the person said."""


@dataclass(frozen=True, kw_only=True)
class HistoryLine:
    """One earlier line of the conversation."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, kw_only=True)
class CallResult:
    """A call of this turn and what came of it (a rejected call is a `ToolRetry`)."""

    call: ToolCall
    result: ToolResult


@dataclass(frozen=True, kw_only=True)
class ModelStep:
    """Everything a model may know for its next step."""

    run_context: RunContext
    """Focus (`run_context.focus`), language of the turn, actor and clock are in it."""
    tools: tuple[ToolSpec, ...]
    """The toolset of the actor's role."""
    language: Language
    """The business language over the current vocabulary of the workspace."""
    user_text: str
    history: tuple[HistoryLine, ...] = ()
    """The last lines before this message, oldest first (at most 8)."""
    pending_question: PendingQuestion | None = None
    """Set if the last turn asked and this message was not simply one of its options."""
    last_calls: tuple[ToolCall, ...] = ()
    """The calls of the turn before, for corrections: "no, last month"."""
    tool_results: tuple[CallResult, ...] = ()
    """Of this turn so far, in order. Empty on the first step."""


@dataclass(frozen=True, kw_only=True)
class ModelRefusal:
    """Declined: out of scope or not allowed; nothing was done."""

    reason: str
    """For the user, in the user's language."""
    id: str
    """A stable code: "out_of_scope", "not_allowed"."""


@dataclass(frozen=True, kw_only=True)
class ModelReply:
    """Exactly one of: tool calls, a final text, a question, a refusal.

    A question beside calls is asked when the calls find nothing.
    """

    calls: tuple[ToolCall, ...] = ()
    text: str = ""
    question: PendingQuestion | None = None
    refusal: ModelRefusal | None = None
    goes_on: bool = False
    """The calls are a look: the model takes another step with what they found."""
    corrects: bool = False
    """The calls are what the person meant instead of the last proposal, which falls away."""
    cites: tuple[str, ...] = ()
    """Evidence ids that `text` rests on (hosted models)."""
    prompt_digest: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)
    """For the decision log: "confidence", "classifier", … without personal data."""


class ChatPort(Protocol):
    """A model that takes the next step of a turn."""

    @property
    def name(self) -> str:
        """Names the model in the decision log, version included."""
        ...

    @property
    def hosted(self) -> bool:
        """True: arguments are checked against the conversation, and the model may phrase the answer.

        False: arguments are grounded by construction and replies are composed from the tools' texts.
        """
        ...

    async def next_step(self, step: ModelStep) -> ModelReply:
        """Return what to do next.

        Raises:
            ModelUnavailableError: It does not answer within its limits.
        """
        ...
