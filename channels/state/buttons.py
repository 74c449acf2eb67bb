"""Buttons that were sent, in SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from channels.ports import Button
from knowledge_graph.stores.sqlite.file import SqliteFile
from knowledge_graph.stores.sqlite.tables import BUTTONS, PRESSED


class SqliteButtons:
    """See `Buttons`.

    Args:
        file: The state file.
    """

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def keep(self, buttons: Sequence[Button]) -> None:
        """Keep new buttons, durably, before the message that shows them is sent."""
        seal = self._file.texts.seal
        rows = []
        for button in buttons:
            text, label = await seal(button.thread, "button", (button.text, button.label))
            rows.append({**asdict(button), "text": text, "label": label})

        def work(connection: Connection) -> None:
            if rows:
                connection.execute(insert(BUTTONS).prefix_with("OR REPLACE"), rows)

        await self._file.write(work)

    async def get(self, button_id: str) -> Button | None:
        """Return a button, None when unknown."""
        query = select(BUTTONS).where(BUTTONS.c.id == button_id)
        row = await self._file.read(lambda connection: connection.execute(query).one_or_none())
        if row is None:
            return None
        text, label = await self._file.texts.open(row.thread, "button", (row.text, row.label))
        if text is None:
            return None
        return Button(**{**row._asdict(), "text": text, "label": label or ""})

    async def close(self, group: str) -> bool:
        """Return True to the one caller that closes an open group, False to all later ones."""
        known = select(BUTTONS.c.id).where(BUTTONS.c.group == group).limit(1)
        press = insert(PRESSED).values(group=group).on_conflict_do_nothing()

        def work(connection: Connection) -> bool:
            if connection.execute(known).one_or_none() is None:
                return False
            return connection.execute(press).rowcount == 1

        return await self._file.write(work)
