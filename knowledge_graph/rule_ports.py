"""Ports of running rules: the journal (events, firings, effects, claims, messages) and outside data sources.

The journal is what makes effects happen exactly once: one call of `record` keeps what came in, what rules
made of it and what has to be done, or nothing; every effect has a key, and a key is taken once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from knowledge_graph.ontology.record import RecordRef, Value

EffectState = Literal["waiting", "done", "held", "failed"]
"""held: it needs a person (a budget is spent, consent is missing, an approval is open)."""


@dataclass(frozen=True, kw_only=True)
class RuleEvent:
    """Something that happened outside: an order paid, an alarm raised."""

    id: str
    """Given by the sender; the same id is the same event, however often it is sent."""
    kind: str
    """An event of the business dictionary, e.g. "order.paid"."""
    subject: RecordRef
    """Whom it is about, usually the account."""
    at: str
    """When it happened, UTC, "YYYY-MM-DDTHH:MM:SSZ"."""
    values: Mapping[str, Value]
    """Its fields by dictionary id: {"order.amount": 1200}."""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How one customer stands with one contract: inside while its condition holds."""

    contract: str
    """`RULE@VERSION`."""
    subject: RecordRef
    inside: bool
    entries: int
    """How often it came in; part of the key of what is done about it."""
    since: str
    """Of the last change of `inside`, UTC."""
    fired_at: str = ""
    """Of the last firing, UTC; a cooldown counts from here."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One thing to be done for one customer because of one cause."""

    key: str
    """`RULE@VERSION|action|subject|cause`: taken once."""
    contract: str
    firing: str
    action: str
    """An action of the dictionary, or `undo.ACTION` when the condition no longer holds."""
    args: Mapping[str, str | int | float]
    subject: RecordRef
    due_at: str
    state: EffectState = "waiting"
    note: str = ""
    """What came of it, for people."""
    change_id: str = ""
    """The change set in the change log, if it changed records."""
    attempts: int = 0


@dataclass(frozen=True, kw_only=True)
class FiringEntry:
    """One time that a rule acted on one customer."""

    id: str
    contract: str
    subject: RecordRef
    at: str
    received_at: str
    """When the cause was received; `at` - this is the latency."""
    cause: str
    proof: str
    """JSON: facts, their origins, the value of each clause."""


@dataclass(frozen=True, kw_only=True)
class RuleMessage:
    """Something told to a person or a role by a rule; the in-app inbox."""

    key: str
    at: str
    to: str
    """`person:EMPLOYEE` or `role:ROLE`."""
    title: str
    text: str
    subject: RecordRef
    contract: str
    kind: Literal["notice", "briefing", "approval", "draft"] = "notice"


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What is kept together or not at all."""

    events: tuple[RuleEvent, ...] = ()
    standings: tuple[Standing, ...] = ()
    firings: tuple[FiringEntry, ...] = ()
    effects: tuple[Effect, ...] = ()
    messages: tuple[RuleMessage, ...] = ()
    """Told to people once for each key; one that was told already is passed over."""
    claims: tuple[tuple[str, str], ...] = ()
    """(schedule, due time): `RULE@VERSION#ACTION` and UTC; each is taken once, by one worker."""


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What came of one attempt at an effect; kept together with the messages it sends."""

    key: str
    state: EffectState
    note: str = ""
    change_id: str = ""
    messages: tuple[RuleMessage, ...] = ()
    due_at: str = ""
    """When to try again, if it is still waiting."""


@dataclass(frozen=True, kw_only=True)
class Vote:
    """What one member of the rule committee said about a contract that needs approval."""

    contract: str
    voter: str
    approves: bool
    reason: str
    at: str


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How one contract has been doing."""

    contract: str
    firings: int = 0
    customers: int = 0
    done: int = 0
    waiting: int = 0
    held: int = 0
    failed: int = 0
    conflicts: int = 0
    """Of those held: two rules wanted one value, or rules set each other off in a circle."""
    last_at: str = ""
    latency_s: tuple[float, ...] = ()
    """Seconds from cause to record, of the newest 200 firings."""


@runtime_checkable
class RuleJournal(Protocol):
    """Keeps what rules do; acknowledged means durable."""

    async def unseen(self, ids: Sequence[str]) -> frozenset[str]:
        """Return those ids whose events are not yet kept."""
        ...

    async def record(self, batch: Batch) -> None:
        """Keep all of it or nothing.

        Raises:
            ConflictError: An event, firing, effect or claim of it is kept already; nothing was changed.
        """
        ...

    async def standings(self, contracts: Sequence[str]) -> tuple[Standing, ...]:
        """Return how all customers stand with these contracts."""
        ...

    async def due(self, at: str, *, limit: int = 100) -> tuple[Effect, ...]:
        """Return effects that wait and are due, oldest first."""
        ...

    async def settle(self, settlement: Settlement) -> bool:
        """Note what came of an effect and send its messages; False when it no longer waits."""
        ...

    async def release(self, contract: str, *, note: str) -> int:
        """Drop what a contract still waits to do and return how many; for pause and retirement."""
        ...

    async def last_claim(self, schedule: str) -> str:
        """Return the latest due time claimed of a schedule, "" when there is none."""
        ...

    async def spent(self, contract: str, day: str) -> int:
        """Return how many effects of a contract became due on a UTC day ("YYYY-MM-DD")."""
        ...

    async def firings(
        self, *, contract: str = "", subject: RecordRef | None = None, limit: int = 20
    ) -> tuple[FiringEntry, ...]:
        """Return firings, newest first; `contract` may be a rule without version."""
        ...

    async def firing(self, firing_id: str) -> FiringEntry | None:
        """Return a firing, None when there is none."""
        ...

    async def unnoted(self, *, limit: int = 100) -> tuple[FiringEntry, ...]:
        """Return firings that are not yet nodes of the graph, oldest first."""
        ...

    async def noted(self, firings: Sequence[str]) -> None:
        """Remember that firings are nodes of the graph now."""
        ...

    async def effects(self, firings: Sequence[str]) -> tuple[Effect, ...]:
        """Return the effects of firings, in order."""
        ...

    async def events(self, *, since: str, limit: int = 100_000) -> tuple[RuleEvent, ...]:
        """Return events that happened at or after an instant, oldest first."""
        ...

    async def messages(self, to: Sequence[str], *, limit: int = 20) -> tuple[RuleMessage, ...]:
        """Return what was told to these addressees, newest first; none given: to anybody."""
        ...

    async def vote(self, vote: Vote) -> None:
        """Keep a vote; a second one of the same voter replaces the first."""
        ...

    async def votes(self, contract: str) -> tuple[Vote, ...]:
        """Return the votes on a contract, oldest first."""
        ...

    async def tallies(self, *, since: str = "", until: str = "") -> tuple[Tally, ...]:
        """Return how each contract has been doing, from one UTC instant to another, which is left out."""
        ...


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a data source said."""

    values: Mapping[str, Value]
    at: str
    """When it was observed there, UTC."""
    place: str
    """Where it was read, for people; no secret in it."""
    cached: bool = False
    series: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Numbers over time, oldest first."""


@runtime_checkable
class DataSource(Protocol):
    """An outside system that rules may read, e.g. an IoT platform."""

    @property
    def id(self) -> str:
        """Its id in the business dictionary."""
        ...

    async def read(self, template: str, subject: RecordRef, *, keys: Sequence[str]) -> Reading:
        """Return what is known about a customer.

        Args:
            template: What is asked for, e.g. "oee_brief".
            subject: The customer.
            keys: Source keys by which outside systems may know the customer.

        Raises:
            UnavailableError: No answer in time, or no answer that makes sense.
        """
        ...
