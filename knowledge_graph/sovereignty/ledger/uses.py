"""Writes every use of personal data into the ledger before the data is shown."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from knowledge_graph.consent import DataUse
from knowledge_graph.consent_ports import ConsentStore, GrantUse, Ledger, LedgerEvent
from knowledge_graph.errors import WithheldError
from knowledge_graph.ontology.access import Access
from knowledge_graph.ontology.record import RecordRef, new_id
from knowledge_graph.sovereignty.grants.book import ConsentBook, LiveGrants
from knowledge_graph.sovereignty.grants.purposes import PURPOSES

_REMEMBERED = 50_000
"""Uses of recent turns that are not written down twice."""
_Key = tuple[str, RecordRef, str, str, str]


class LedgerUses:
    """See `UseLog`.

    Args:
        ledger: Where entries go.
        store: Counts the uses of grants that allow only some.
        book: Knows the grants.
    """

    def __init__(self, ledger: Ledger, store: ConsentStore, book: ConsentBook) -> None:
        self._ledger = ledger
        self._store = store
        self._book = book
        self._written: OrderedDict[_Key, None] = OrderedDict()

    async def record(self, uses: Sequence[DataUse], access: Access) -> None:
        """Keep uses; returned means durable. What was kept for the same turn already is not kept twice.

        Raises:
            WithheldError: A grant's last use was taken by another turn meanwhile.
        """
        turn = access.turn or new_id()
        fresh: dict[_Key, DataUse] = {}
        for use in uses:
            for name in use.fields:
                key = (turn, use.person, use.tier.value, use.basis, name)
                if key not in self._written:
                    fresh.setdefault(key, use)
        if not fresh:
            return
        await self._spend({use.basis for use in fresh.values()}, turn, access)
        await self._ledger.append(_events(fresh, access))
        for key in fresh:
            self._written[key] = None
        while len(self._written) > _REMEMBERED:
            self._written.popitem(last=False)

    async def _spend(self, bases: set[str], turn: str, access: Access) -> None:
        """Note this turn as a use of its grants.

        Raises:
            WithheldError: There is none left.
        """
        grants = sorted(b.removeprefix("grant:") for b in bases if b.startswith("grant:"))
        if not grants:
            return
        live = (await self._book.current()).grants
        for grant_id in grants:
            opened = live.find(grant_id) if isinstance(live, LiveGrants) else None
            most = opened.grant.max_uses if opened is not None else None
            use = GrantUse(grant=grant_id, turn=turn, thread=access.thread, at=access.at)
            if not await self._store.spend(use, most=most):
                raise WithheldError(
                    "a grant has no use left; nothing was shown", reason="uses_spent"
                )


def _events(fresh: dict[_Key, DataUse], access: Access) -> list[LedgerEvent]:
    """Return one event for each person, tier and ground."""
    fields: dict[tuple[RecordRef, str, str], list[str]] = {}
    for (_, person, tier, basis, name), _use in fresh.items():
        fields.setdefault((person, tier, basis), []).append(name)
    return [
        LedgerEvent(
            type="use.answered",
            at=access.at,
            actor=str(access.actor),
            person=person,
            facts={
                "purpose": access.purpose,
                "purpose_iri": PURPOSES.get(access.purpose, ""),
                "tier": tier,
                "basis": basis,
                "fields": tuple(sorted(names)),
                "channel": access.channel,
                "turn": access.turn,
            },
            grant=basis.removeprefix("grant:") if basis.startswith("grant:") else "",
        )
        for (person, tier, basis), names in fields.items()
    ]
