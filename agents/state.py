"""What one run of the agent graph carries from node to node.

Only the small keys are checkpointed (ids, counters, literals). `Work` holds results with personal data in
them and lives in an untracked channel: it never reaches the checkpoint file, and a resumed run does not
need it, because the proposal itself is in the proposal store.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal, Protocol, TypedDict

from langgraph.channels import UntrackedValue

from agents.model import (
    CallResult,
    HistoryLine,
    ModelReply,
    ModelStep,
    PendingQuestion,
    ToolCall,
)
from agents.turn import Progress, Question, Refusal
from knowledge_graph.ontology.change import Proposal
from knowledge_graph.ontology.evidence import Evidence
from tools.context import RunContext
from tools.outcomes import Focus, Table
from tools.spec import ToolSpec

if TYPE_CHECKING:
    from knowledge_graph.language.compiler import Language

Verdict = Literal["", "confirm", "cancel"]
TurnOutcome = Literal[
    "answered", "proposed", "executed", "cancelled", "asked", "refused", "failed", "expired"
]

MAX_RETRIES = 2
"""How often a model may correct its calls in one turn."""
MAX_ROUNDS = 5
"""How many steps a model may take in one turn, corrections included."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a turn says, before it becomes a `TurnReply`."""

    text: str
    outcome: TurnOutcome
    question: Question | None = None
    refusal: Refusal | None = None
    evidence: tuple[Evidence, ...] = ()
    table: Table | None = None
    proposal: Proposal | None = None
    change_id: str | None = None
    pending: PendingQuestion | None = None
    """The question as the next turn needs it."""
    focus: Focus | None = None
    basis: str = ""
    """The decision that proposed what this turn has decided on."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """The working memory of one run; each node returns a new one."""

    reply: ModelReply | None = None
    calls: tuple[ToolCall, ...] = ()
    """Calls to run now; those already run are in `results`."""
    rest: tuple[ToolCall, ...] = ()
    """Calls that a question has held back."""
    results: tuple[CallResult, ...] = ()
    discarded: tuple[CallResult, ...] = ()
    """Results of a hosted model that has lost the turn: kept for the log only."""
    answer: Answer | None = None
    notices: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    """Names of the models that took a step."""
    prompt_digest: str = ""

    def restarted(self, notice: str) -> Work:
        """Return the work for the offline model: what the hosted one did is set aside, nothing was written."""
        return Work(
            discarded=(*self.discarded, *self.results),
            notices=(*self.notices, notice),
            models=self.models,
            prompt_digest=self.prompt_digest,
        )


class AgentState(TypedDict, total=False):
    """The state of one run. All keys but `work` are primitives and are checkpointed."""

    rounds: int
    """Steps the model has taken."""
    retries: int
    """Corrections the model was asked for."""
    fallback: bool
    """The offline model has taken over."""
    proposal_id: str
    """The proposal that waits at the interrupt, or is decided on."""
    verdict: Verdict
    """What the person decided."""
    work: Annotated[Work, UntrackedValue]


class Words(Protocol):
    """What grounding asks of the workspace's vocabulary."""

    def knows(self, word: str) -> bool:
        """Tell whether a folded word stands for an entity, a field, a value or an operator."""
        ...

    def names_in(self, text: str) -> tuple[str, ...]:
        """Return the names of records in running text, folded to lower case."""
        ...


@dataclass(frozen=True, kw_only=True)
class TurnContext:
    """Run facts for the nodes, given through the graph's runtime context; never checkpointed."""

    run: RunContext
    language: Language
    tools: tuple[ToolSpec, ...]
    """The toolset of the actor's role."""
    proposal_id: str
    """The id that a proposal of this run gets: it also names the run in the checkpoint file."""
    history: tuple[HistoryLine, ...] = ()
    pending: PendingQuestion | None = None
    last_calls: tuple[ToolCall, ...] = ()
    vocabulary: Words | None = None
    """For grounding; None: only what was said counts."""
    report: Callable[[Progress], Awaitable[None]] | None = None

    def tool(self, name: str) -> ToolSpec | None:
        """Return a tool of the role's toolset."""
        return next((spec for spec in self.tools if spec.name == name), None)

    def for_proposal(self, proposal_id: str) -> TurnContext:
        """Return the same facts for the run of another proposal."""
        return replace(self, proposal_id=proposal_id)

    def known_word(self, word: str) -> bool:
        """Return whether a folded word is a closed word of the language, so no record's name."""
        return self.vocabulary is not None and self.vocabulary.knows(word)

    def names_in(self, text: str) -> tuple[str, ...]:
        """Return the names of records that a text says, folded to lower case."""
        return () if self.vocabulary is None else self.vocabulary.names_in(text)

    def step(self, results: tuple[CallResult, ...]) -> ModelStep:
        """Return what the model is given after these results."""
        return ModelStep(
            run_context=self.run,
            tools=self.tools,
            language=self.language,
            user_text=self.run.user_text,
            history=self.history,
            pending_question=self.pending,
            last_calls=self.last_calls,
            tool_results=results,
        )
