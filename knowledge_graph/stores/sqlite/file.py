"""The SQLite file itself: connections, durability, transactions in a thread, errors by type."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry

from knowledge_graph.errors import StoreUnavailableError
from knowledge_graph.keeping import TextSeal
from knowledge_graph.stores.sqlite.migrations import migrate

T = TypeVar("T")
BUSY_SECONDS = 5.0

_REASONS = {
    sqlite3.SQLITE_BUSY: "another process holds it",
    sqlite3.SQLITE_LOCKED: "another process holds it",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk reports an error or is full",
    sqlite3.SQLITE_READONLY: "it cannot be written to",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_CORRUPT: "its content is damaged",
    sqlite3.SQLITE_NOTADB: "it is no SQLite file",
}


class ClearTexts:
    """No seal: for tests of what is kept, and for files without personal data."""

    async def seal(self, scope: str, column: str, texts: Sequence[str]) -> tuple[str, ...]:
        """Return the texts."""
        return tuple(texts)

    async def open(self, scope: str, column: str, texts: Sequence[str]) -> tuple[str | None, ...]:
        """Return the texts."""
        return tuple(texts)


class SqliteFile:
    """One SQLite file shared by all stores of operational state.

    Writes are durable when they return (WAL, synchronous FULL); deleted content is overwritten
    (secure_delete). Several processes may use the file at once.

    Args:
        path: The file; its folder exists.
        busy_s: How long a call waits for another process, in seconds.
    """

    def __init__(self, path: Path, *, busy_s: float = BUSY_SECONDS) -> None:
        self.texts: TextSeal = ClearTexts()
        """Seals the texts that the stores keep; they stand in the clear until somebody sets a seal."""
        self._path = path
        self._engine = _engine(path, busy_s)

    async def open(self) -> None:
        """Make or migrate the file.

        Raises:
            StoreUnavailableError: It cannot be used; nothing was changed.
        """
        await self.write(migrate)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Return what a function makes of a consistent snapshot; it runs in a thread.

        Raises:
            StoreUnavailableError: The file cannot be read.
        """
        return await asyncio.to_thread(self._run, work, False)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a function in one transaction, in a thread; it is durable when this returns.

        Args:
            work: Gets the connection; an exception rolls everything back and is passed on.

        Returns:
            What the function returns.

        Raises:
            StoreUnavailableError: Locked, full or damaged; nothing was changed.
        """
        return await asyncio.to_thread(self._run, work, True)

    async def scrub(self) -> None:
        """Move everything from the write-ahead log into the file, so that erased text stays in neither."""

        def checkpoint(connection: Connection) -> None:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

        await asyncio.to_thread(self._run, checkpoint, None)

    async def close(self) -> None:
        """Close all connections; the last one out folds the write-ahead log into the file."""
        await asyncio.to_thread(self._engine.dispose)

    def _run(self, work: Callable[[Connection], T], write: bool | None) -> T:
        try:
            with self._engine.connect() as connection:
                if write is None:
                    return work(connection.execution_options(isolation_level="AUTOCOMMIT"))
                with connection.execution_options(guanxi_write=write).begin():
                    return work(connection)
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise StoreUnavailableError(
                f"the state file {str(self._path)!r} cannot be used: {_reason(error)}; "
                "nothing was changed by this step."
            ) from error


def _reason(error: DBAPIError) -> str:
    code = getattr(error.orig, "sqlite_errorcode", -1)
    return _REASONS.get(int(code) & 0xFF, str(error.orig))


def _engine(path: Path, busy_s: float) -> Engine:
    engine = create_engine(f"sqlite+pysqlite:///{path}", connect_args={"timeout": busy_s})

    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself: see `begin`
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "secure_delete=ON",
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("guanxi_write") else "BEGIN")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine
