"""Proposals that outlive the process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from sqlalchemy import Connection, delete, func, select, update

from knowledge_graph.errors import NotFoundError
from knowledge_graph.ontology.change import Proposal, ProposalStatus
from knowledge_graph.stores.sqlite.codec import proposal_from_json, proposal_to_json
from knowledge_graph.stores.sqlite.file import SqliteFile
from knowledge_graph.stores.sqlite.tables import PROPOSALS

PENDING_SHOWN = 50


_COLUMNS = select(PROPOSALS.c.thread, PROPOSALS.c.body, PROPOSALS.c.status)


class _Row(Protocol):
    """The part of a result row that is used."""

    @property
    def body(self) -> str: ...

    @property
    def status(self) -> str: ...


class SqliteProposals:
    """See `ProposalStore`.

    Args:
        file: The state file.
    """

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def save(self, proposal: Proposal) -> None:
        """Keep a new proposal."""
        (body,) = await self._file.texts.seal(
            proposal.thread, "proposal", [proposal_to_json(proposal)]
        )

        def work(connection: Connection) -> None:
            newest = connection.scalar(select(func.max(PROPOSALS.c.order))) or 0
            connection.execute(
                PROPOSALS.insert().values(
                    id=proposal.id,
                    thread=proposal.thread,
                    status=proposal.status.value,
                    created_at=proposal.created_at,
                    body=body,
                    order=newest + 1,
                )
            )

        await self._file.write(work)

    async def get(self, proposal_id: str) -> Proposal:
        """Return a proposal.

        Raises:
            NotFoundError: There is none.
        """
        query = _COLUMNS.where(PROPOSALS.c.id == proposal_id)
        row = await self._file.read(lambda connection: connection.execute(query).one_or_none())
        found = () if row is None else await self._opened(row.thread, [row])
        if not found:
            raise NotFoundError(f"no proposal {proposal_id!r}; nothing was changed")
        return found[0]

    async def pending(self, thread: str) -> tuple[Proposal, ...]:
        """Return the thread's pending proposals, newest first."""
        query = (
            _COLUMNS
            .where(PROPOSALS.c.thread == thread, PROPOSALS.c.status == ProposalStatus.PENDING.value)
            .order_by(PROPOSALS.c.order.desc())
            .limit(PENDING_SHOWN)
        )
        rows = await self._file.read(lambda connection: connection.execute(query).all())
        return await self._opened(thread, rows)

    async def _opened(self, thread: str, rows: Sequence[_Row]) -> tuple[Proposal, ...]:
        """Return the proposals of a thread's rows; one about somebody who was erased is gone."""
        bodies = await self._file.texts.open(thread, "proposal", [row.body for row in rows])
        return tuple(
            replace(proposal_from_json(body), status=ProposalStatus(row.status))
            for body, row in zip(bodies, rows, strict=True)
            if body is not None
        )

    async def move(self, proposal_id: str, *, expect: ProposalStatus, to: ProposalStatus) -> bool:
        """Return whether the status was as expected and is set now; False when somebody else was first."""
        change = (
            update(PROPOSALS)
            .where(PROPOSALS.c.id == proposal_id, PROPOSALS.c.status == expect.value)
            .values(status=to.value)
        )
        return await self._file.write(lambda connection: connection.execute(change).rowcount == 1)

    async def forget(self, proposal_ids: Sequence[str]) -> None:
        """Erase proposals; nothing of them stays on disk."""
        if proposal_ids:
            gone = delete(PROPOSALS).where(PROPOSALS.c.id.in_(proposal_ids))
            await self._file.write(lambda connection: connection.execute(gone))
            await self._file.scrub()
