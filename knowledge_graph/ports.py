"""Ports: what the core needs from the outside. Adapters live in stores/, vectors/ and sovereignty/.

All I/O ports are async; `Clock` and `Embedder` are not I/O. Every port has a contract suite in testing.py
that each adapter passes. Errors are those of `knowledge_graph.errors`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from knowledge_graph.expression.nodes import Measure, Query
from knowledge_graph.ontology.access import Actor
from knowledge_graph.ontology.change import ChangeSet, Proposal, ProposalStatus
from knowledge_graph.ontology.record import NameEntry, Record, RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """Return the current instant, UTC, timezone-aware."""
        ...


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some records of a query, and how many there are in all."""

    records: tuple[Record, ...]
    total: int


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A directed edge of the graph, as stored."""

    source: RecordRef
    field: str
    target: RecordRef


@dataclass(frozen=True, kw_only=True)
class Neighbourhood:
    """A record, the records around it, and the edges between them."""

    centre: Record
    records: tuple[Record, ...]
    edges: tuple[Edge, ...]


@runtime_checkable
class GraphStore(Protocol):
    """The system of record. It knows nothing of actors: only `KnowledgeGraph` (graph.py), the gate, uses it."""

    async def migrate(self) -> int:
        """Bring the database to the newest schema version and return it.

        Raises:
            StoreUnavailableError: The database does not answer.
        """
        ...

    async def schema(self) -> WorkspaceSchema:
        """Return the workspace's schema, custom fields included."""
        ...

    async def save_schema(self, schema: WorkspaceSchema) -> None:
        """Replace the workspace's custom fields."""
        ...

    async def get(self, refs: Sequence[RecordRef]) -> tuple[Record, ...]:
        """Return the records that exist, in the order asked for."""
        ...

    async def find(self, query: Query, *, now: datetime, offset: int = 0, limit: int = 50) -> Page:
        """Return records that satisfy a query; `now` resolves its windows and moments."""
        ...

    async def measure(
        self, query: Query, measures: Sequence[Measure], *, now: datetime
    ) -> Mapping[Measure, float | None]:
        """Return numbers over the records of a query (its sort matters only with its limit)."""
        ...

    async def by_source_key(self, keys: Sequence[str]) -> Mapping[str, RecordRef]:
        """Return the records that stand for these outside records."""
        ...

    async def neighbourhood(
        self, ref: RecordRef, *, hops: int = 1, limit: int = 200
    ) -> Neighbourhood:
        """Return what is connected with a record, nearest and newest first.

        Raises:
            NotFoundError: There is no such record.
        """
        ...

    async def references_to(self, refs: Sequence[RecordRef]) -> tuple[Edge, ...]:
        """Return the edges of other records that point to these: a deletion has to clear them."""
        ...

    def names(self, since: str = "") -> AsyncIterator[NameEntry]:
        """Yield the names of all records changed at or after `since` (UTC), for the linker's index."""
        ...

    def scan(self, kind: str, since: str = "") -> AsyncIterator[Record]:
        """Yield all records of a kind changed at or after `since` (UTC), in no order."""
        ...

    async def values_in_use(
        self, kind: str, field: str, *, limit: int = 500
    ) -> tuple[tuple[str, int], ...]:
        """Return the distinct values of a field with their counts, most frequent first."""
        ...

    async def enumerated_values(self) -> Mapping[str, tuple[str, ...]]:
        """Return, by field id (`kind.field`), all values that enumerations and sets hold or have held.

        Kept up to date by `commit`, so that it costs one short query however large the workspace is.
        """
        ...

    async def counts(self) -> Mapping[str, int]:
        """Return how many records there are of each kind that has any; quick however large it is."""
        ...

    async def change_mark(self) -> str:
        """Return a text that differs after every commit and every saved schema, by whatever process.

        One short query: it is asked once a turn to learn whether anything has changed.
        """
        ...

    async def commit(self, change_set: ChangeSet) -> None:
        """Write all changes and the entry in the change log, or nothing; acknowledged means durable.

        Raises:
            ConflictError: A record is not as `before` says, or a deleted one is still pointed to.
            InvalidValueError: A value does not fit its field, or a reference points to no record.
            UnknownFieldError: A kind has no such field. Nothing was written in any of these cases.
        """
        ...

    async def change_set(self, change_id: str) -> ChangeSet:
        """Return a committed change set.

        Raises:
            NotFoundError: There is none.
        """
        ...

    async def history(
        self, *, ref: RecordRef | None = None, actor: str | None = None, limit: int = 20
    ) -> tuple[ChangeSet, ...]:
        """Return committed change sets, newest first (with at most 50 changes each)."""
        ...

    def reasons(self) -> AsyncIterator[tuple[str, str]]:
        """Yield id and reason of all change sets, in no order; one query however many there are."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


class Embedder(Protocol):
    """Turns texts into vectors of shape (dim,), unit length."""

    @property
    def dim(self) -> int:
        """The length of a vector."""
        ...

    @property
    def version(self) -> str:
        """Names model and centring; vectors of another version are not comparable."""
        ...

    def queries(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Embed questions."""
        ...

    def passages(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Embed texts to be found."""
        ...


@dataclass(frozen=True, kw_only=True)
class VectorHit:
    """A passage near a question."""

    id: str
    similarity: float


class VectorMemory(Protocol):
    """Similarity over opaque ids: no text, no names. An erasable cache, rebuilt from the graph."""

    async def add(self, items: Mapping[str, Sequence[float]]) -> None:
        """Add or replace vectors by id."""
        ...

    async def search(self, vector: Sequence[float], *, limit: int = 10) -> tuple[VectorHit, ...]:
        """Return the nearest ids, nearest first."""
        ...

    async def compare(self, vector: Sequence[float], ids: Sequence[str]) -> Mapping[str, float]:
        """Return the similarity of those of these ids that have a vector."""
        ...

    async def ids(self) -> tuple[str, ...]:
        """Return all ids that have a vector."""
        ...

    async def missing(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Return those ids that have no vector."""
        ...

    async def erase(self, ids: Sequence[str]) -> None:
        """Forget vectors; nothing of them stays on disk."""
        ...


class ProposalStore(Protocol):
    """Proposals outlive the process that made them."""

    async def save(self, proposal: Proposal) -> None:
        """Keep a new proposal."""
        ...

    async def get(self, proposal_id: str) -> Proposal:
        """Return a proposal.

        Raises:
            NotFoundError: There is none.
        """
        ...

    async def pending(self, thread: str) -> tuple[Proposal, ...]:
        """Return the thread's pending proposals, newest first."""
        ...

    async def move(self, proposal_id: str, *, expect: ProposalStatus, to: ProposalStatus) -> bool:
        """Compare and set the status; False when somebody else was first."""
        ...

    async def forget(self, proposal_ids: Sequence[str]) -> None:
        """Erase proposals; nothing of them stays on disk."""
        ...


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One entry of the decision log: what was decided, by what, on which facts."""

    id: str
    at: str
    thread: str
    actor: str
    input_digest: str
    model: str
    prompt_digest: str
    tools: tuple[Mapping[str, object], ...]
    """name, args, outcome of each tool call."""
    facts: tuple[Mapping[str, object], ...]
    """id, origin, observed_at of each fact read."""
    outcome: str
    """answered, proposed, executed, cancelled, asked, refused, failed."""
    change_ids: tuple[str, ...] = ()


class DecisionLog(Protocol):
    """Append-only."""

    async def append(self, decision: Decision) -> None:
        """Keep a decision."""
        ...

    async def get(self, decision_id: str) -> Decision:
        """Return a decision.

        Raises:
            NotFoundError: There is none.
        """
        ...

    async def latest(self, thread: str) -> Decision | None:
        """Return the thread's last decision."""
        ...


@dataclass(frozen=True, kw_only=True)
class Message:
    """One line of a conversation, as it was said."""

    role: Literal["user", "assistant"]
    text: str
    at: str
    """UTC, "YYYY-MM-DDTHH:MM:SSZ"."""


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """What a thread remembers between turns: small and bounded, whatever its length."""

    thread: str
    """A pseudonym: one person in one thread of one channel."""
    turns: int = 0
    lang: Literal["zh", "en", ""] = ""
    focus: str = ""
    """JSON: the last selection in the expression's published form, and the records themselves."""
    question: str = ""
    """JSON: the question that waits for an answer, with the call it belongs to; empty if none."""
    changes: tuple[str, ...] = ()
    """Ids of the latest change sets committed in this thread, newest last (at most 20)."""
    messages: tuple[Message, ...] = ()
    """The newest lines, oldest first (at most 16)."""


class ConversationStore(Protocol):
    """The memory of conversations. It outlives the process and is bounded for each thread."""

    async def load(self, thread: str) -> Conversation:
        """Return what the thread remembers; an unknown thread is an empty conversation."""
        ...

    async def append(self, conversation: Conversation, messages: Sequence[Message]) -> None:
        """Keep the conversation as it is now and add these lines to its transcript, in one transaction.

        `conversation.messages` is ignored; the store keeps the newest 200 lines of each thread.
        """
        ...

    async def forget(self, thread: str) -> None:
        """Erase the thread: state and transcript."""
        ...


class RuleOwners(Protocol):
    """Tells as whom a rule acts."""

    async def find(self, author: str) -> Actor | None:
        """Return the author of a rule with the role of today; None when he is gone or disabled.

        Args:
            author: `ROLE:ID`, as it was when the rule was confirmed.
        """
        ...
