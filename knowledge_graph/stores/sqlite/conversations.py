"""What conversations remember: a small state and a bounded transcript for each thread."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, cast

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from knowledge_graph.ports import Conversation, Message
from knowledge_graph.stores.sqlite.file import SqliteFile
from knowledge_graph.stores.sqlite.tables import CONVERSATIONS, MESSAGES

LOADED = 16
KEPT = 200
CHANGES = 20


class SqliteConversations:
    """See `ConversationStore`.

    Args:
        file: The state file.
    """

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def load(self, thread: str) -> Conversation:
        """Return what the thread remembers; an unknown thread is an empty conversation."""
        found = await self._file.read(lambda connection: _load(connection, thread))
        opened = self._file.texts.open
        focus, question = await opened(thread, "conversation", (found.focus, found.question))
        texts = await opened(thread, "message", [m.text for m in found.messages])
        pairs = zip(found.messages, texts, strict=True)
        return replace(
            found,
            focus=focus or "",
            question=question or "",
            messages=tuple(replace(m, text=text) for m, text in pairs if text is not None),
        )

    async def append(self, conversation: Conversation, messages: Sequence[Message]) -> None:
        """Keep the conversation as it is now and add lines to its transcript, in one transaction."""
        thread, seal = conversation.thread, self._file.texts.seal
        both = (conversation.focus, conversation.question)
        focus, question = await seal(thread, "conversation", both)
        kept = messages[-KEPT:]
        texts = await seal(thread, "message", [m.text for m in kept])
        state = replace(conversation, focus=focus, question=question)
        lines = [replace(m, text=text) for m, text in zip(kept, texts, strict=True)]
        await self._file.write(lambda connection: _append(connection, state, lines))

    async def forget(self, thread: str) -> None:
        """Erase the thread: state and transcript; nothing of them stays in the file."""

        def work(connection: Connection) -> None:
            connection.execute(delete(CONVERSATIONS).where(CONVERSATIONS.c.thread == thread))
            connection.execute(delete(MESSAGES).where(MESSAGES.c.thread == thread))

        await self._file.write(work)
        await self._file.scrub()


def _load(connection: Connection, thread: str) -> Conversation:
    state = connection.execute(
        select(CONVERSATIONS).where(CONVERSATIONS.c.thread == thread)
    ).one_or_none()
    if state is None:
        return Conversation(thread=thread)
    lines = connection.execute(
        select(MESSAGES)
        .where(MESSAGES.c.thread == thread)
        .order_by(MESSAGES.c.order.desc())
        .limit(LOADED)
    ).all()
    return Conversation(
        thread=thread,
        turns=state.turns,
        lang=cast('Literal["zh", "en", ""]', state.lang),
        focus=state.focus,
        question=state.question,
        changes=tuple(json.loads(state.changes)),
        messages=tuple(Message(role=m.role, text=m.text, at=m.at) for m in reversed(lines)),
    )


def _append(
    connection: Connection, conversation: Conversation, messages: Sequence[Message]
) -> None:
    state = {
        "turns": conversation.turns,
        "lang": conversation.lang,
        "focus": conversation.focus,
        "question": conversation.question,
        "changes": json.dumps(conversation.changes[-CHANGES:]),
    }
    connection.execute(
        insert(CONVERSATIONS)
        .values(thread=conversation.thread, **state)
        .on_conflict_do_update(index_elements=["thread"], set_=state)
    )
    lines = [
        {"thread": conversation.thread, "role": m.role, "text": m.text, "at": m.at}
        for m in messages
    ]
    if lines:
        connection.execute(MESSAGES.insert(), lines)
    oldest = connection.scalar(
        select(MESSAGES.c.order)
        .where(MESSAGES.c.thread == conversation.thread)
        .order_by(MESSAGES.c.order.desc())
        .offset(KEPT - 1)
        .limit(1)
    )
    if oldest is not None:
        connection.execute(
            delete(MESSAGES).where(
                MESSAGES.c.thread == conversation.thread, MESSAGES.c.order < oldest
            )
        )
