"""The decision log: append-only, no method changes an entry."""

from __future__ import annotations

from sqlalchemy import Connection, Select, select

from knowledge_graph.errors import NotFoundError
from knowledge_graph.ports import Decision
from knowledge_graph.stores.sqlite.codec import decision_from_json, decision_to_json
from knowledge_graph.stores.sqlite.file import SqliteFile
from knowledge_graph.stores.sqlite.tables import DECISIONS

_COLUMNS = select(DECISIONS.c.thread, DECISIONS.c.body)


class SqliteDecisions:
    """See `DecisionLog`.

    Args:
        file: The state file.
    """

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def append(self, decision: Decision) -> None:
        """Keep a decision."""
        (body,) = await self._file.texts.seal(
            decision.thread, "decision", [decision_to_json(decision)]
        )
        entry = DECISIONS.insert().values(
            id=decision.id, thread=decision.thread, at=decision.at, body=body
        )

        def work(connection: Connection) -> None:
            connection.execute(entry)

        await self._file.write(work)

    async def get(self, decision_id: str) -> Decision:
        """Return a decision.

        Raises:
            NotFoundError: There is none.
        """
        found = await self._one(_COLUMNS.where(DECISIONS.c.id == decision_id))
        if found is None:
            raise NotFoundError(f"no decision {decision_id!r}")
        return found

    async def latest(self, thread: str) -> Decision | None:
        """Return the thread's last decision."""
        query = _COLUMNS.where(DECISIONS.c.thread == thread)
        return await self._one(query.order_by(DECISIONS.c.order.desc()).limit(1))

    async def _one(self, query: Select[str, str]) -> Decision | None:
        row = await self._file.read(lambda connection: connection.execute(query).first())
        if row is None:
            return None
        (body,) = await self._file.texts.open(row.thread, "decision", [row.body])
        return None if body is None else decision_from_json(body)
