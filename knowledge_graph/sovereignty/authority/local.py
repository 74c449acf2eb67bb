"""An authority in this process, for tests and demonstrations: another folder and key, but no other process."""

from __future__ import annotations

import asyncio

from knowledge_graph.consent_ports import Asked, ConsentRequest, KeptGrant
from knowledge_graph.ontology.fields import Tier
from knowledge_graph.sovereignty.authority.desk import AuthorityDesk


class LocalAuthority:
    """See `ConsentAuthority`.

    Args:
        desk: The authority's desk.
    """

    def __init__(self, desk: AuthorityDesk) -> None:
        self._desk = desk

    async def ask(self, request: ConsentRequest, *, recipient: str, notice: str) -> Asked:
        """Have a person asked."""
        return await asyncio.to_thread(self._desk.ask, request, recipient=recipient, notice=notice)

    async def confirm(self, request_id: str, code: str, tiers: frozenset[Tier]) -> KeptGrant:
        """Return the grant that the person gives with a code."""
        return await asyncio.to_thread(self._desk.confirm, request_id, code, tiers)

    async def withdraw(self, grant_id: str) -> str:
        """Withdraw a grant; return from when on."""
        return await asyncio.to_thread(self._desk.withdraw, grant_id)
