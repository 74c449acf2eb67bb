"""The grants of a workspace: signed bytes from the store, checked against pinned keys, decided at use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from knowledge_graph.consent import Consents, GrantTerms, Ruling, default_bases
from knowledge_graph.consent_ports import ConsentStore, EndedTurns, KeptGrant
from knowledge_graph.ontology.access import Access
from knowledge_graph.ontology.fields import Tier
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.sovereignty.crypto.signatures import PublicKey
from knowledge_graph.sovereignty.errors import GrantError
from knowledge_graph.sovereignty.grants.decision import GrantState, UseRequest, decide
from knowledge_graph.sovereignty.grants.grant import Grant
from knowledge_graph.sovereignty.grants.instants import read_instant, write_instant
from knowledge_graph.sovereignty.grants.signed import GrantSignature, SignedGrant, open_grant

PinnedKeys = Callable[[], Sequence[PublicKey]]
"""Gives the keys that may sign grants: the consent authority's, and those of people with keys of their own."""
_WORST = ("expired", "withdrawn", "uses_spent", "other_purpose", "not_yet")
"""Which reason is told when several grants refuse: the one that says most of what to do."""


@dataclass
class HighWater:
    """The highest instant that this process has decided at: time does not go back for a grant."""

    latest: datetime | None = None

    def note(self, at: datetime) -> None:
        """Take notice of an instant."""
        if self.latest is None or at > self.latest:
            self.latest = at


@dataclass(frozen=True, kw_only=True)
class OpenedGrant:
    """A grant whose signature holds, and what has happened to it."""

    grant: Grant
    person: RecordRef
    revoked_at: datetime | None
    turns: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class LiveGrants:
    """See `Grants` in knowledge_graph/consent.py."""

    by_person: Mapping[RecordRef, tuple[OpenedGrant, ...]]
    recipient: str
    """Whom grants have to name: this workspace."""
    water: HighWater = field(default_factory=HighWater)

    def rule(self, person: RecordRef, tier: Tier, access: Access) -> Ruling | None:
        """Return what a person's grants say; None when there is none for this tier."""
        about = [g for g in self.by_person.get(person, ()) if tier in g.grant.tiers]
        if not about:
            return None
        at = read_instant(access.at)
        self.water.note(at)
        refusals = []
        for opened in about:
            reason = self._refusal(opened, tier, access, at)
            if not reason:
                grant = opened.grant
                return Ruling(
                    allowed=True, basis=f"grant:{grant.id}", until=write_instant(grant.expires)
                )
            refusals.append(reason)
        return Ruling(allowed=False, reason=_told(refusals))

    def persons(self, tier: Tier, access: Access) -> frozenset[RecordRef]:
        """Return the people whose grants allow this request now."""
        return frozenset(
            person
            for person in self.by_person
            if (ruling := self.rule(person, tier, access)) is not None and ruling.allowed
        )

    def holds(self, grant_id: str, access: Access) -> bool:
        """Return whether a grant still allows what it allows, for the purpose of a request."""
        opened = self.find(grant_id)
        if opened is None:
            return False
        at = read_instant(access.at)
        self.water.note(at)
        tier = min(opened.grant.tiers)
        return self._refusal(opened, tier, access, at) in {"", "uses_spent"}

    def is_over(self, grant_id: str, access: Access) -> bool:
        """Return whether a grant allows nothing any more, whatever the purpose."""
        opened = self.find(grant_id)
        return opened is None or not self.holds(
            grant_id, replace(access, purpose=opened.grant.purpose)
        )

    def find(self, grant_id: str) -> OpenedGrant | None:
        """Return a grant by its id."""
        every = (g for grants in self.by_person.values() for g in grants)
        return next((g for g in every if g.grant.id == grant_id), None)

    def _refusal(self, opened: OpenedGrant, tier: Tier, access: Access, at: datetime) -> str:
        request = UseRequest(
            at=at,
            subject=str(opened.person),
            recipient=self.recipient,
            purpose=access.purpose,
            tier=tier,
        )
        state = GrantState(
            uses=len(opened.turns - {access.turn}),
            revoked_at=opened.revoked_at,
            latest_seen=self.water.latest,
        )
        return decide(opened.grant, request, state).reason


class ConsentBook:
    """Reads all grounds when they have changed. See `ConsentSource`.

    Args:
        store: Where they are kept.
        pinned: Keys that may sign grants.
        recipient: Thumbprint of this workspace's key.
    """

    def __init__(self, store: ConsentStore, *, pinned: PinnedKeys, recipient: str) -> None:
        self._store = store
        self._pinned = pinned
        self._recipient = recipient
        self._mark = ""
        self._held: Consents | None = None
        self._water = HighWater()

    @property
    def recipient(self) -> str:
        """Whom grants have to name."""
        return self._recipient

    def trust(self, keys: Sequence[PublicKey]) -> None:
        """Accept grants signed with these keys instead of those pinned so far."""
        self._pinned = lambda: tuple(keys)
        self._held = None

    async def current(self) -> Consents:
        """Return all grounds as they are now, what another process has written included."""
        mark = await self._store.mark()
        if self._held is None or mark != self._mark:
            self._held, self._mark = await self._read(), mark
        return self._held

    async def mark(self) -> str:
        """Return a text that differs after every change of a ground."""
        return await self._store.mark()

    async def grants(self) -> LiveGrants:
        """Return the grants alone."""
        return live_grants(await self._store.grants(), self._pinned(), self._recipient, self._water)

    async def terms(self) -> tuple[GrantTerms, ...]:
        """Return what the grants on file say whose signature holds."""
        every = (await self.grants()).by_person.values()
        return tuple(_terms(opened) for grants in every for opened in grants)

    async def ended(self, thread: str, access: Access) -> EndedTurns:
        """Return the turns of a conversation that rest on a grant which has ended, or is for other purposes."""
        uses = await self._store.used_in(thread)
        if not uses:
            return EndedTurns()
        live = await self.grants()
        gone = [use for use in uses if not live.holds(use.grant, access)]
        return EndedTurns(
            turns=frozenset(use.turn for use in gone),
            instants=frozenset(use.at for use in gone),
            over=frozenset(use.at for use in gone if live.is_over(use.grant, access)),
        )

    async def _read(self) -> Consents:
        seen = await self._store.latest_seen("")
        if seen:
            self._water.note(read_instant(seen))
        recorded = await self._store.bases()
        general = {b.tier for b in recorded if b.person is None}
        assumed = tuple(b for b in default_bases() if b.tier not in general)
        return Consents(
            bases=(*recorded, *assumed),
            grants=await self.grants(),
            restricted=await self._store.restricted(),
        )


def live_grants(
    kept: Iterable[KeptGrant], pinned: Sequence[PublicKey], recipient: str, water: HighWater
) -> LiveGrants:
    """Return the grants whose signatures hold; one that does not is as if it were not there.

    Args:
        kept: From the store, which may have been tampered with.
        pinned: Keys that may sign.
        recipient: Whom they have to name.
        water: The clock's high-water mark.
    """
    found: dict[RecordRef, tuple[OpenedGrant, ...]] = {}
    for one in kept:
        opened = opened_grant(one, pinned)
        if opened is not None:
            found[one.person] = (*found.get(one.person, ()), opened)
    return LiveGrants(by_person=found, recipient=recipient, water=water)


def opened_grant(kept: KeptGrant, pinned: Sequence[PublicKey]) -> OpenedGrant | None:
    """Return a kept grant whose signature holds for just this person, else None."""
    signatures = tuple(GrantSignature(key=key, value=value) for key, value in kept.signatures)
    try:
        grant = open_grant(SignedGrant(body=kept.body, signatures=signatures), pinned)
        revoked = read_instant(kept.revoked_at) if kept.revoked_at else None
    except GrantError:
        return None
    if grant.id != kept.id or grant.subject != str(kept.person):
        return None
    return OpenedGrant(grant=grant, person=kept.person, revoked_at=revoked, turns=kept.turns)


def _terms(opened: OpenedGrant) -> GrantTerms:
    grant = opened.grant
    return GrantTerms(
        id=grant.id,
        person=opened.person,
        tiers=grant.tiers,
        purpose=grant.purpose,
        until=write_instant(grant.expires),
        revoked_at="" if opened.revoked_at is None else write_instant(opened.revoked_at),
        max_uses=grant.max_uses,
        used=len(opened.turns),
    )


def _told(refusals: Sequence[str]) -> str:
    """Return the one reason to tell."""
    ranked = sorted(refusals, key=lambda r: _WORST.index(r) if r in _WORST else len(_WORST))
    return ranked[0]
