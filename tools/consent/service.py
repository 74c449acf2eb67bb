"""What the consent tools, the web API and the command line do: check, ask, confirm, withdraw."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from knowledge_graph.consent import Consents, GrantTerms
from knowledge_graph.consent_ports import (
    ConsentAuthority,
    ConsentRequest,
    ConsentStore,
    KeptGrant,
    Ledger,
    LedgerEvent,
)
from knowledge_graph.errors import NotFoundError, UnavailableError
from knowledge_graph.ontology.access import Access
from knowledge_graph.ontology.fields import Tier
from knowledge_graph.ontology.record import RecordRef, new_id


class Book(Protocol):
    """Reads the grounds of a workspace."""

    @property
    def recipient(self) -> str:
        """Whom grants have to name: this workspace."""
        ...

    async def current(self) -> Consents:
        """Return all grounds as they are now."""
        ...

    async def terms(self) -> Sequence[GrantTerms]:
        """Return the grants on file whose signature holds."""
        ...


@dataclass(frozen=True, kw_only=True)
class ConsentDesk:
    """The use cases of consent; each leaves an entry in the ledger."""

    store: ConsentStore
    book: Book
    ledger: Ledger
    authority: ConsentAuthority | None = None

    async def ask(self, request: ConsentRequest, notice: str, access: Access) -> ConsentRequest:
        """Have the authority ask a person.

        Args:
            request: Whom, for what; without an id.
            notice: The text that the person is shown.
            access: Who asks.

        Returns:
            The request as it is kept; nothing is allowed by it.

        Raises:
            UnavailableError: No authority is set up, or it does not answer.
        """
        if self.authority is None:
            raise UnavailableError(
                "no consent authority is set up: start one with `guanxi consent-authority`."
                " Nobody was asked."
            )
        asked = await self.authority.ask(request, recipient=self.book.recipient, notice=notice)
        kept = replace(request, id=asked.id)
        await self.store.add_request(kept)
        facts: dict[str, str | tuple[str, ...]] = {
            "purpose": request.purpose,
            "tiers": tuple(sorted(request.tiers)),
            "hours": str(request.hours),
            "notice": hashlib.sha256(notice.encode()).hexdigest(),
        }
        await self.ledger.append([_event("consent.requested", request.person, access, facts)])
        return kept

    async def confirm(
        self, request_id: str, code: str, tiers: frozenset[Tier], access: Access
    ) -> GrantTerms:
        """Take the grant that a person gives with a code.

        Args:
            request_id: From `ask`.
            code: From the authority's letter.
            tiers: Those the person chose.
            access: Who passes the code on.

        Returns:
            What the grant says.

        Raises:
            UnavailableError: The authority does not answer, or signed with a key that is not trusted.
            NotAllowedError: The code is wrong.
        """
        if self.authority is None:
            raise UnavailableError("no consent authority is set up; nothing was granted")
        grant = await self.authority.confirm(request_id, code, tiers)
        return await self.take(grant, access, request_id=request_id)

    async def take(self, grant: KeptGrant, access: Access, *, request_id: str = "") -> GrantTerms:
        """Keep a signed grant from anywhere; it counts only if its signature holds.

        Args:
            grant: The signed grant.
            access: Who brings it.
            request_id: The request that it answers.

        Returns:
            What it says.

        Raises:
            UnavailableError: Nobody whom this workspace trusts has signed it.
        """
        await self.store.add_grant(grant)
        terms = next((t for t in await self.book.terms() if t.id == grant.id), None)
        if terms is None:
            raise UnavailableError(
                "this grant is not signed by an authority that this workspace trusts; it allows nothing"
            )
        for request in await self.store.requests(grant.person):
            if request.id == request_id:
                await self.store.add_request(replace(request, status="granted", grant=grant.id))
        facts: dict[str, str | tuple[str, ...]] = {
            "purpose": terms.purpose,
            "tiers": tuple(sorted(terms.tiers)),
            "until": terms.until,
            "receipt": hashlib.sha256(grant.body).hexdigest(),
        }
        event = _event("grant.issued", grant.person, access, facts)
        await self.ledger.append([replace(event, grant=grant.id)])
        return terms

    async def withdraw(
        self, person: RecordRef, access: Access, *, grant_id: str = ""
    ) -> tuple[GrantTerms, ...]:
        """Withdraw a person's grants, from this instant on.

        Args:
            person: Whose.
            access: Who says so.
            grant_id: One grant; empty: all that still run.

        Returns:
            What was withdrawn.

        Raises:
            NotFoundError: The person has no such grant.
        """
        every = [t for t in await self.book.terms() if t.person == person]
        running = [
            t for t in every if not t.revoked_at and t.until > access.at and grant_id in {"", t.id}
        ]
        if grant_id and not any(t.id == grant_id for t in every):
            raise NotFoundError(f"no grant {grant_id!r} of this person; nothing was changed")
        for terms in running:
            await self.store.revoke(terms.id, at=access.at)  # here first: it holds at once
            facts: dict[str, str | tuple[str, ...]] = {
                "purpose": terms.purpose,
                "tiers": tuple(sorted(terms.tiers)),
            }
            event = _event("grant.withdrawn", person, access, facts)
            await self.ledger.append([replace(event, grant=terms.id)])
            await self._tell(terms.id)
        await self.store.latest_seen(access.at)
        return tuple(running)

    async def terms_of(self, person: RecordRef) -> tuple[GrantTerms, ...]:
        """Return a person's grants, newest end first."""
        found = [t for t in await self.book.terms() if t.person == person]
        return tuple(sorted(found, key=lambda t: t.until, reverse=True))

    async def _tell(self, grant_id: str) -> None:
        """Tell the authority; when it does not answer, the withdrawal holds here all the same."""
        if self.authority is None:
            return
        try:
            await self.authority.withdraw(grant_id)
        except UnavailableError:
            return


def new_request(
    person: RecordRef, tiers: frozenset[Tier], purpose: str, hours: int, access: Access
) -> ConsentRequest:
    """Return a request that nobody has been asked yet."""
    return ConsentRequest(
        id=new_id(),
        person=person,
        tiers=tiers,
        purpose=purpose,
        hours=hours,
        asked_by=str(access.actor),
        asked_at=access.at,
    )


def _event(
    type_: str, person: RecordRef, access: Access, facts: Mapping[str, str | tuple[str, ...]]
) -> LedgerEvent:
    return LedgerEvent(
        type=type_,
        at=access.at,
        actor=str(access.actor),
        person=person,
        facts={**facts, "channel": access.channel},
    )
