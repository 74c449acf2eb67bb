"""Ports of consent: where grounds are kept, who issues grants, and where every use is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from knowledge_graph.consent import Consents, DataUse, LegalBasis
from knowledge_graph.ontology.access import Access
from knowledge_graph.ontology.fields import Tier
from knowledge_graph.ontology.record import RecordRef


@dataclass(frozen=True, kw_only=True)
class KeptGrant:
    """A grant as it is kept: signed bytes that are checked whenever they are read."""

    id: str
    person: RecordRef
    body: bytes
    """The canonical form that was signed."""
    signatures: tuple[tuple[str, bytes], ...]
    """Thumbprint of the key, and signature."""
    revoked_at: str = ""
    turns: frozenset[str] = frozenset()
    """The turns in which it was used; kept only for grants with a limited number of uses."""


@dataclass(frozen=True, kw_only=True)
class ConsentRequest:
    """What somebody of ours asks a person to allow, or a person offers: a scope, not a grant."""

    id: str
    person: RecordRef
    tiers: frozenset[Tier]
    purpose: str
    hours: int
    asked_by: str
    asked_at: str
    why: str = ""
    status: str = "waiting"
    """waiting, granted, declined."""
    grant: str = ""

    def body(self, *, recipient: str, notice: str) -> dict[str, str | int | list[Tier]]:
        """Return what the consent authority is told, as JSON fields; it keeps the same.

        Args:
            recipient: Thumbprint of the asking workspace.
            notice: The text that the person is shown.
        """
        return {
            "person": str(self.person),
            "tiers": sorted(self.tiers),
            "purpose": self.purpose,
            "hours": self.hours,
            "recipient": recipient,
            "notice": notice,
        }


@dataclass(frozen=True, kw_only=True)
class GrantUse:
    """That a grant was used in a turn: what was said there goes when the grant goes."""

    grant: str
    turn: str
    thread: str
    at: str


@dataclass(frozen=True, kw_only=True)
class EndedTurns:
    """Turns whose words rest on a grant that does not hold any more, or not for this purpose."""

    turns: frozenset[str] = frozenset()
    instants: frozenset[str] = frozenset()
    """When they were, for lines that carry no id of their turn."""
    over: frozenset[str] = frozenset()
    """Those instants whose grant is over for every purpose: what was drafted then goes for good."""


class GrantedWords(Protocol):
    """Tells which words of a conversation may be shown and given to a model no more."""

    async def ended(self, thread: str, access: Access) -> EndedTurns:
        """Return the turns of a conversation that rest on a grant which has ended."""
        ...


class ConsentStore(Protocol):
    """Bases, grants, requests and restrictions; small, and read whole. All texts are ids and codes."""

    async def mark(self) -> str:
        """Return a text that differs after every change, by whatever process; one short query."""
        ...

    async def bases(self) -> tuple[LegalBasis, ...]:
        """Return the bases that have not been ended."""
        ...

    async def record_basis(self, basis: LegalBasis) -> None:
        """Keep a basis; one of the same id is replaced."""
        ...

    async def end_basis(self, basis_id: str, *, at: str) -> None:
        """End a basis; it stays on file.

        Raises:
            NotFoundError: There is none.
        """
        ...

    async def grants(self) -> tuple[KeptGrant, ...]:
        """Return all grants on file, withdrawn and expired ones too."""
        ...

    async def add_grant(self, grant: KeptGrant) -> None:
        """Keep a grant; one of the same id stays as it is."""
        ...

    async def revoke(self, grant_id: str, *, at: str) -> None:
        """Withdraw a grant from this instant on; an earlier withdrawal stands.

        Raises:
            NotFoundError: There is none.
        """
        ...

    async def spend(self, use: GrantUse, *, most: int | None) -> bool:
        """Note a use, once a turn; False when `most` other turns have used the grant."""
        ...

    async def used_in(self, thread: str) -> tuple[GrantUse, ...]:
        """Return the uses of grants in a conversation."""
        ...

    async def restrict(self, person: RecordRef, reason: str) -> None:
        """Withhold all data of a person ("restricted", "objected"), or lift it with an empty reason."""
        ...

    async def restricted(self) -> Mapping[RecordRef, str]:
        """Return the people whose data may not be used."""
        ...

    async def add_request(self, request: ConsentRequest) -> None:
        """Keep a request, or its new status."""
        ...

    async def requests(self, person: RecordRef | None = None) -> tuple[ConsentRequest, ...]:
        """Return requests, newest first."""
        ...

    async def latest_seen(self, at: str) -> str:
        """Return the highest instant that this workspace's clock has shown, `at` included."""
        ...

    async def forget(self, person: RecordRef) -> int:
        """Erase everything about a person; return how many rows."""
        ...


class ConsentSource(Protocol):
    """Where the grounds of a workspace come from."""

    async def current(self) -> Consents:
        """Return them as they are now, what another process has written included."""
        ...

    async def mark(self) -> str:
        """Return a text that differs after every change of a ground; one short query."""
        ...


class AssumedConsents:
    """A source that knows the defaults only: no grants, no ground of anybody's own."""

    async def current(self) -> Consents:
        """Return the defaults."""
        return Consents()

    async def mark(self) -> str:
        """Return the same text for ever."""
        return ""


class UseLog(Protocol):
    """Writes down every use before the value leaves the data layer."""

    async def record(self, uses: Sequence[DataUse], access: Access) -> None:
        """Keep uses; returned means durable. What was kept for the same turn already is not kept twice.

        Raises:
            StoreUnavailableError: It could not be written down, so the data may not be used.
        """
        ...


class NoUseLog:
    """Keeps nothing: for workspaces in memory."""

    async def record(self, uses: Sequence[DataUse], access: Access) -> None:
        """Do nothing."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an authority answers to a request: it will ask the person itself."""

    id: str
    where: str
    """Where the person answers: the address of the authority's page, without the code."""


class ConsentAuthority(Protocol):
    """Issues grants in its own process, with a key that the CRM does not hold.

    It asks the person by a way of its own: a code that the CRM does not see until the person gives it away.
    """

    async def ask(self, request: ConsentRequest, *, recipient: str, notice: str) -> Asked:
        """Have a person asked.

        Args:
            request: Whom, for what.
            recipient: Thumbprint of the asking workspace.
            notice: The text that the person is shown.

        Raises:
            UnavailableError: The authority does not answer; nobody was asked.
        """
        ...

    async def confirm(self, request_id: str, code: str, tiers: frozenset[Tier]) -> KeptGrant:
        """Return the grant that the person gives with a code.

        Raises:
            NotAllowedError: A wrong or spent code, or a tier that was not asked for. No grant was made.
            UnavailableError: The authority does not answer.
        """
        ...

    async def withdraw(self, grant_id: str) -> str:
        """Withdraw a grant at the authority; return from when on.

        Raises:
            UnavailableError: The authority does not answer; the workspace withdraws for itself.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class LedgerEvent:
    """One thing that happened with a person's data, before it has its place in the ledger."""

    type: str
    """use.answered, grant.issued, grant.withdrawn, consent.requested, basis.recorded, restricted, …"""
    at: str
    actor: str
    person: RecordRef
    facts: Mapping[str, str | tuple[str, ...]]
    """What the person may read of it: purpose, tier, fields, basis …; no values of the data itself."""
    grant: str = ""


@dataclass(frozen=True, kw_only=True)
class BoardEntry:
    """One entry of a person's, opened."""

    seq: int
    n: int
    """Counts the person's entries from 1."""
    type: str
    at: str
    facts: Mapping[str, str | tuple[str, ...]]


class Ledger(Protocol):
    """The append-only book of what was done with people's data, with proofs that need no trust in us."""

    async def append(self, events: Sequence[LedgerEvent]) -> tuple[int, ...]:
        """Keep events in this order; returned means durable.

        Raises:
            StoreUnavailableError: Nothing was kept.
        """
        ...

    async def entries(self, person: RecordRef) -> tuple[BoardEntry, ...]:
        """Return a person's entries, oldest first; none after an erasure."""
        ...

    async def bundle(self, person: RecordRef, *, previous: str = "") -> str:
        """Return a person's entries with all it takes to verify them without us, as JSON.

        Args:
            person: Whose.
            previous: The person's last checkpoint; the bundle then proves that the ledger continues it.

        Raises:
            CrmError: The checkpoint is of another ledger, or was cut off.
        """
        ...

    async def checkpoint(self, *, at: str) -> str:
        """Sign the ledger as it is, publish it at the anchors, and return the note."""
        ...

    async def forget(self, person: RecordRef) -> int:
        """Drop what opens a person's entries; the leaves stay. Return how many were blinded."""
        ...
