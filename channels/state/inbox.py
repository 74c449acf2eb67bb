"""Messages from outside, kept before they are acknowledged, in SQLite."""

from __future__ import annotations

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert

from channels.ports import InboxRow
from knowledge_graph.stores.sqlite.file import SqliteFile
from knowledge_graph.stores.sqlite.tables import INBOX


class SqliteInbox:
    """See `Inbox`.

    Args:
        file: The state file.
    """

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def receive(self, row: InboxRow) -> bool:
        """Return True when the message is kept, durably; False when (channel, key) was received before."""
        (body,) = await self._file.texts.seal(f"inbox:{row.channel}", "inbox", [row.body])
        new = (
            insert(INBOX)
            .values(
                channel=row.channel,
                key=row.key,
                body=body,
                received_at=row.received_at,
                attempts=row.attempts,
                state="waiting",
            )
            .on_conflict_do_nothing(index_elements=["channel", "key"])
        )
        return await self._file.write(lambda connection: connection.execute(new).rowcount == 1)

    async def begin(self, channel: str, key: str) -> int:
        """Return how many starts of work there have been, the one counted now included."""
        change = (
            update(INBOX)
            .where(INBOX.c.channel == channel, INBOX.c.key == key)
            .values(attempts=INBOX.c.attempts + 1)
            .returning(INBOX.c.attempts)
        )
        return await self._file.write(lambda connection: connection.execute(change).scalar_one())

    async def finish(self, channel: str, key: str, *, failed: bool = False) -> None:
        """Work is over: the body is forgotten, the key stays, so that a repeat is still known."""
        change = (
            update(INBOX)
            .where(INBOX.c.channel == channel, INBOX.c.key == key)
            .values(body="", state="failed" if failed else "done")
        )

        def work(connection: Connection) -> None:
            connection.execute(change)

        await self._file.write(work)

    async def waiting(self, channel: str, *, limit: int = 1000) -> tuple[InboxRow, ...]:
        """Return what is not finished, oldest first."""
        query = (
            select(INBOX)
            .where(INBOX.c.channel == channel, INBOX.c.state == "waiting")
            .order_by(INBOX.c.order)
            .limit(limit)
        )
        rows = await self._file.read(lambda connection: connection.execute(query).all())
        bodies = await self._file.texts.open(f"inbox:{channel}", "inbox", [r.body for r in rows])
        return tuple(
            InboxRow(
                channel=r.channel,
                key=r.key,
                body=body or "",
                received_at=r.received_at,
                attempts=r.attempts,
            )
            for r, body in zip(rows, bodies, strict=True)
        )
