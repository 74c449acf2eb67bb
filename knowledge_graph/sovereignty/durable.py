"""One SQLite file of keys, a ledger or a journal: what is committed is durable, what is deleted overwritten."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from knowledge_graph.errors import StoreUnavailableError

BUSY_SECONDS = 10.0
Values = Sequence[str | bytes | int]


class DurableFile:
    """A connection that several threads share; other processes may have the file open too.

    Args:
        path: The file; it is made when it is missing.
        tables: Statements that may run again.
        name: What errors call it, for example "the ledger".

    Raises:
        StoreUnavailableError: It cannot be opened.
    """

    def __init__(self, path: Path, tables: Sequence[str], *, name: str) -> None:
        self._name = name
        self.lock = threading.RLock()
        """Held while a thread needs several statements to see the same state of this object."""
        try:
            self._db = sqlite3.connect(
                path, check_same_thread=False, isolation_level=None, timeout=BUSY_SECONDS
            )
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
                self._db.execute(f"PRAGMA {pragma}")
            for table in tables:
                self._db.execute(table)
        except sqlite3.Error as error:
            raise StoreUnavailableError(f"{name} cannot be opened: {error}") from error

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self._db.close()

    def rows(self, statement: str, values: Values = ()) -> list[tuple]:  # type: ignore[type-arg] # columns have the types of their table
        """Return all rows of a query.

        Raises:
            StoreUnavailableError: The file cannot be read.
        """
        with self.lock:
            try:
                return self._db.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise StoreUnavailableError(f"{self._name} cannot be read: {error}") from error

    def one(self, statement: str, values: Values = ()) -> object:
        """Return the first column of the first row, or None."""
        with self.lock:
            found = self.rows(statement, values)
        return found[0][0] if found else None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let all queries within see one state of the file, whatever other processes write."""
        with self.lock:
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.execute("COMMIT")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction: all of it, durable, or nothing.

        Raises:
            StoreUnavailableError: The file cannot be written.
        """
        with self.lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise StoreUnavailableError(
                    f"{self._name} cannot be written; nothing was changed: {error}"
                ) from error
            except BaseException:
                self._roll_back()
                raise

    def scrub(self) -> None:
        """Take what was deleted out of the write-ahead log, too."""
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
