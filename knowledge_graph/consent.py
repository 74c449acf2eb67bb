"""On which ground personal data is used: legal bases, grants, restrictions, for one person and one tier.

Without a ground there is no value. Pure: the answers depend on what is recorded and on the request alone.
Grants with their signatures live in knowledge_graph/sovereignty; here they are behind `Grants`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Protocol

from knowledge_graph.ontology.access import Access, Role
from knowledge_graph.ontology.fields import Tier
from knowledge_graph.ontology.record import RecordRef

SMALLEST_GROUP = 5
"""Numbers over fewer people than this say too much of each of them."""


class Ground(StrEnum):
    """Legal grounds other than consent, which is a grant. Source: GDPR article 6(1)(b) to (f)."""

    CONTRACT = "contract"
    LEGAL_DUTY = "legal_duty"
    VITAL_INTEREST = "vital_interest"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTEREST = "legitimate_interest"


SERVICE_PURPOSES = frozenset({
    "service", "account-management", "customer-care", "quote", "quote-generation", "order", "claims", "payment",
})  # fmt: skip
"""Purposes of daily work with customers; advertising, profiling and credit checks are not among them."""
SUBJECT_PURPOSES = frozenset({"rights", "legal"})
"""What serves the person's own rights, or a legal duty, needs no other ground, but somebody who may say so."""
_GUARDIANS = frozenset({Role.STEWARD, Role.OWNER})


def serves_person(access: Access) -> bool:
    """Return whether a request serves a person's own rights, or a legal duty: it needs no other ground.

    >>> from knowledge_graph.ontology.access import parse_actor
    >>> serves_person(Access(actor=parse_actor("sales:lena"), purpose="rights", at="2026-11-23T09:00:00Z"))
    False
    """
    return access.purpose in SUBJECT_PURPOSES and access.actor.role in _GUARDIANS


@dataclass(frozen=True, kw_only=True)
class LegalBasis:
    """One recorded ground."""

    id: str
    tier: Tier
    ground: Ground
    why: str
    """The ground in words, for the board and the customer."""
    recorded_at: str
    recorded_by: str
    review_on: str
    """When it has to be looked at again, "YYYY-MM-DD"; after that day it holds on, and is shown as due."""
    purposes: frozenset[str] = SERVICE_PURPOSES
    person: RecordRef | None = None
    """None: everybody."""
    only_business: bool = False
    """Holds only for records behind which a company stands."""
    assumed: bool = False
    """Nobody has chosen it: it is the default, and said to be."""

    def holds(self, access: Access, *, business: bool) -> bool:
        """Return whether it covers a request."""
        return access.purpose in self.purposes and (business or not self.only_business)


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """Whether a tier of a person's data may be used, on what, or why not."""

    allowed: bool
    reason: str = ""
    """A stable code when it may not: see `Withheld`."""
    basis: str = ""
    """`grant:ID` or `basis:ID`."""
    until: str = ""
    """UTC instant or day on which this ground ends; empty: none."""


NO_GRANT = Ruling(allowed=False, reason="no_grant")


class Grants(Protocol):
    """The grants that are known, as of one instant."""

    def rule(self, person: RecordRef, tier: Tier, access: Access) -> Ruling | None:
        """Return what a person's grants say; None when there is none for this tier."""
        ...

    def persons(self, tier: Tier, access: Access) -> frozenset[RecordRef]:
        """Return the people whose grants allow this request now."""
        ...


class NoGrants:
    """Nobody has granted anything."""

    def rule(self, person: RecordRef, tier: Tier, access: Access) -> Ruling | None:
        """Return None."""
        return None

    def persons(self, tier: Tier, access: Access) -> frozenset[RecordRef]:
        """Return nobody."""
        return frozenset()


def default_bases(
    at: str = "1970-01-01T00:00:00Z", review_on: str = "9999-12-31"
) -> tuple[LegalBasis, ...]:
    """Return what is assumed until somebody decides: enough to work with business contacts, no more.

    Args:
        at: When it was assumed.
        review_on: When it has to be looked at again.
    """
    return (
        LegalBasis(
            id="assumed-identity", tier=Tier.IDENTITY, ground=Ground.LEGITIMATE_INTEREST,
            why="business contact data in dealings with customers", recorded_at=at, recorded_by="default",
            review_on=review_on, assumed=True,
        ),
        LegalBasis(
            id="assumed-transaction", tier=Tier.TRANSACTION, ground=Ground.CONTRACT,
            why="business with a company, contract and the steps before one", recorded_at=at,
            recorded_by="default", review_on=review_on, only_business=True, assumed=True,
        ),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Consents:
    """All grounds of a workspace as of one instant. Sentiment has no basis but a grant."""

    bases: tuple[LegalBasis, ...] = field(default_factory=default_bases)
    grants: Grants = field(default_factory=NoGrants)
    restricted: Mapping[RecordRef, str] = field(default_factory=lambda: MappingProxyType({}))
    """People whose data may not be used, with the reason: "restricted" or "objected"."""

    @cached_property
    def _general(self) -> Mapping[Tier, tuple[LegalBasis, ...]]:
        found: dict[Tier, list[LegalBasis]] = {tier: [] for tier in Tier}
        for basis in self.bases:
            if basis.person is None:
                found[basis.tier].append(basis)
        return {tier: tuple(all_) for tier, all_ in found.items()}

    @cached_property
    def _personal(self) -> Mapping[tuple[RecordRef, Tier], tuple[LegalBasis, ...]]:
        found: dict[tuple[RecordRef, Tier], tuple[LegalBasis, ...]] = {}
        for basis in self.bases:
            if basis.person is not None:
                key = (basis.person, basis.tier)
                found[key] = (*found.get(key, ()), basis)
        return found

    def rule(self, person: RecordRef, tier: Tier, access: Access, *, business: bool) -> Ruling:
        """Decide one use.

        Args:
            person: Whom the data is about.
            tier: Which part of the person's data.
            access: Who asks, for which purpose, when.
            business: A company stands behind the record.

        Returns:
            Allowed with its ground, or the reason against it.
        """
        if serves_person(access):
            return Ruling(allowed=True, basis=f"purpose:{access.purpose}")
        if person in self.restricted:
            return Ruling(allowed=False, reason=self.restricted[person])
        if tier is not Tier.SENTIMENT:
            standing = (*self._personal.get((person, tier), ()), *self._general[tier])
            for basis in standing:
                if basis.holds(access, business=business):
                    return Ruling(allowed=True, basis=f"basis:{basis.id}", until=basis.review_on)
        granted = None if access.indexing else self.grants.rule(person, tier, access)
        return granted or self._missing(tier, access)

    def _missing(self, tier: Tier, access: Access) -> Ruling:
        """Return why there is no ground at all: none, or one for another purpose."""
        known = self._general[tier]
        if known and all(access.purpose not in b.purposes for b in known):
            return Ruling(allowed=False, reason="other_purpose")
        return NO_GRANT

    def bases_of(self, tier: Tier) -> tuple[LegalBasis, ...]:
        """Return the bases recorded for everybody's data of a tier."""
        return self._general[tier]

    def general(self, tier: Tier, access: Access) -> LegalBasis | None:
        """Return the widest basis on which everybody's data of a tier may be used, None for none."""
        if tier is Tier.SENTIMENT:
            return None
        fits = [b for b in self._general[tier] if b.holds(access, business=True)]
        return min(fits, key=lambda b: b.only_business, default=None)

    def allowed_persons(self, tier: Tier, access: Access) -> frozenset[RecordRef]:
        """Return the people who have a ground of their own for this request."""
        own = {
            person
            for (person, of), bases in self._personal.items()
            if of is tier and tier is not Tier.SENTIMENT
            and any(b.holds(access, business=False) for b in bases)
        }  # fmt: skip
        granted = frozenset() if access.indexing else self.grants.persons(tier, access)
        return frozenset(own | granted) - self.restricted.keys()


@dataclass(frozen=True, kw_only=True)
class DataUse:
    """One use of one person's data, for the ledger."""

    person: RecordRef
    tier: Tier
    basis: str
    """`grant:ID` or `basis:ID`."""
    fields: tuple[str, ...]
    """Which fields, `kind.name`; no values."""


@dataclass(frozen=True, kw_only=True)
class GrantTerms:
    """What a grant says, for people."""

    id: str
    person: RecordRef
    tiers: frozenset[Tier]
    purpose: str
    until: str
    revoked_at: str
    max_uses: int | None = None
    used: int = 0
