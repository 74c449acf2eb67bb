"""The texts of the state file, sealed: one key for each conversation, so that each can be renewed alone.

An erasure gives the conversations that speak of a person a new key, writes what is left of them under it, and
destroys the old one: copies of the file made before stop to open there, and only there.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from knowledge_graph.keeping import KeyVault, Spot
from knowledge_graph.sealing.texts import Text, opened_texts, sealed_texts
from knowledge_graph.sovereignty.errors import ErasedError
from knowledge_graph.stores.sqlite.file import SqliteFile
from knowledge_graph.stores.sqlite.tables import HOLDERS


class StateSeal:
    """See `TextSeal`.

    Args:
        vault: Has the keys.
        file: The state file, which knows the holder of each scope.
    """

    def __init__(self, vault: KeyVault, file: SqliteFile) -> None:
        self._vault = vault
        self._file = file

    async def seal(self, scope: str, column: str, texts: Sequence[str]) -> tuple[str, ...]:
        """Return texts sealed for the scope as it is now."""
        try:
            return await self._sealed(scope, column, texts)
        except ErasedError:  # the scope got a new key in between
            return await self._sealed(scope, column, texts)

    async def _sealed(self, scope: str, column: str, texts: Sequence[str]) -> tuple[str, ...]:
        query = select(HOLDERS.c.holder).where(HOLDERS.c.scope == scope)
        holder = await self._file.read(lambda connection: str(connection.scalar(query) or ""))
        if not holder:
            holder = await self._file.write(lambda connection: holder_of(connection, scope))
        return await sealed_texts(self._vault, holder, _texts(scope, column, texts))

    async def open(self, scope: str, column: str, texts: Sequence[str]) -> tuple[str | None, ...]:
        """Return texts as they were; None for what was erased."""
        return await opened_texts(self._vault, _texts(scope, column, texts))


def holder_of(connection: Connection, scope: str) -> str:
    """Return the holder of a scope; a scope without one gets one."""
    query = select(HOLDERS.c.holder).where(HOLDERS.c.scope == scope)
    found = connection.scalar(query)
    if found is not None:
        return str(found)
    new = insert(HOLDERS).values(scope=scope, holder=new_holder()).on_conflict_do_nothing()
    connection.execute(new)
    return str(connection.scalar(query))


def new_holder() -> str:
    """Return a holder that no scope has had."""
    return f"state:{secrets.token_hex(8)}"


def _texts(scope: str, column: str, texts: Sequence[str]) -> list[Text]:
    spot = Spot(table="state", column=column, row=scope)
    return [Text(spot=spot, text=text) for text in texts]
