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
        text, reply = await self._file.texts.seal(
            entry.thread, "transcript", (entry.text, entry.reply)
        )
        new = TRANSCRIPTS.insert().values(
            thread=entry.thread, user_id=entry.user_id, at=entry.at, text=text, reply=reply
        )

        def work(connection: Connection) -> None:
            connection.execute(new)

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
        titles = [(await self._file.texts.open(r.thread, "transcript", [r.text]))[0] for r in rows]
        return tuple(
            ThreadSummary(
                thread=r.thread, title=(title or "")[:TITLE_CHARS], last_at=r.at, turns=r.turns
            )
            for r, title in zip(rows, titles, strict=True)
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
        texts = await self._file.texts.open(
            thread, "transcript", [text for r in rows for text in (r.text, r.reply)]
        )
        pairs = zip(rows, texts[::2], texts[1::2], strict=True)
        found = [
            TranscriptEntry(thread=r.thread, user_id=r.user_id, at=r.at, text=text, reply=reply)
            for r, text, reply in pairs
            if text is not None and reply is not None
        ]
        return tuple(reversed(found))

    async def forget(self, thread: str, user_id: str) -> int:
        """Return how many exchanges were erased with a conversation; nothing of them stays in the file."""
        gone = delete(TRANSCRIPTS).where(
            TRANSCRIPTS.c.thread == thread, TRANSCRIPTS.c.user_id == user_id
        )
        count = await self._file.write(lambda connection: connection.execute(gone).rowcount)
        await self._file.scrub()
        return count
