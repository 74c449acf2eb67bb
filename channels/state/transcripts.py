"""What a person sees again when a conversation is reopened, in SQLite."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select

from channels.ports import ThreadSummary, TranscriptEntry
from knowledge_graph.stores.sqlite.file import SqliteFile
from knowledge_graph.stores.sqlite.tables import TRANSCRIPTS

TITLE_CHARS = 80


class SqliteTranscripts:
    """See `Transcripts`.

    Args:
        file: The state file.
    """

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def append(self, entry: TranscriptEntry) -> None:
        """Keep an exchange."""

        def work(connection: Connection) -> None:
            connection.execute(
                TRANSCRIPTS.insert().values(
                    thread=entry.thread,
                    user_id=entry.user_id,
                    at=entry.at,
                    text=entry.text,
                    reply=entry.reply,
                )
            )

        await self._file.write(work)

    async def threads(self, user_id: str, *, limit: int = 50) -> tuple[ThreadSummary, ...]:
        """Return a person's conversations, latest first."""
        order = TRANSCRIPTS.c.order
        ends = (
            select(
                func.min(order).label("first"),
                func.max(order).label("last"),
                func.count().label("turns"),
            )
            .where(TRANSCRIPTS.c.user_id == user_id)
            .group_by(TRANSCRIPTS.c.thread)
            .order_by(func.max(order).desc())
            .limit(limit)
            .subquery()
        )
        first, last = TRANSCRIPTS.alias("a"), TRANSCRIPTS.alias("z")
        query = (
            select(first.c.thread, first.c.text, last.c.at, ends.c.turns)
            .join(ends, ends.c.first == first.c.order)
            .join(last, last.c.order == ends.c.last)
            .order_by(ends.c.last.desc())
        )
        rows = await self._file.read(lambda connection: connection.execute(query).all())
        return tuple(
            ThreadSummary(thread=r.thread, title=r.text[:TITLE_CHARS], last_at=r.at, turns=r.turns)
            for r in rows
        )

    async def entries(
        self, thread: str, user_id: str, *, limit: int = 200
    ) -> tuple[TranscriptEntry, ...]:
        """Return the last exchanges of a conversation, oldest first; nothing of another person's."""
        query = (
            select(TRANSCRIPTS)
            .where(TRANSCRIPTS.c.thread == thread, TRANSCRIPTS.c.user_id == user_id)
            .order_by(TRANSCRIPTS.c.order.desc())
            .limit(limit)
        )
        rows = await self._file.read(lambda connection: connection.execute(query).all())
        return tuple(
            TranscriptEntry(thread=r.thread, user_id=r.user_id, at=r.at, text=r.text, reply=r.reply)
            for r in reversed(rows)
        )

    async def forget(self, thread: str, user_id: str) -> int:
        """Return how many exchanges were erased with a conversation; nothing of them stays in the file."""
        gone = delete(TRANSCRIPTS).where(
            TRANSCRIPTS.c.thread == thread, TRANSCRIPTS.c.user_id == user_id
        )
        count = await self._file.write(lambda connection: connection.execute(gone).rowcount)
        await self._file.scrub()
        return count
