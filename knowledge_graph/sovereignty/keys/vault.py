"""The key vault: one key a subject, wrapped by the epoch key, which is wrapped by its own root version.

Dropping a wrapped key is not erasing it: write-ahead logs, free pages and backups keep the bytes. So an
erasure makes a new root version and a new epoch key, rewraps the survivors in one transaction, and destroys the
old root version: every older copy of this file stops to open at once. A crash at any step is finished by the
next opening; nothing is called done before the old version is destroyed.

Epochs only grow and a number is never used twice: a root version below the live epoch is dead weight,
whoever looks, and it is always safe, and needed, to destroy it. An old copy of this file can so destroy
nothing that the live one needs.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from knowledge_graph.errors import StoreUnavailableError
from knowledge_graph.sovereignty.crypto.digests import (
    KEY_BYTES,
    DigestAlgorithm,
    digest,
)
from knowledge_graph.sovereignty.crypto.envelope import Place, SealKey, seal, unseal
from knowledge_graph.sovereignty.errors import ErasedError, KeyVaultError, SealError
from knowledge_graph.sovereignty.keys.roots import DestroyReceipt, RootKeys
from knowledge_graph.sovereignty.keys.subject_key import KeyErasure, SubjectKey

BUSY_SECONDS = 10
_BATCH = 500
"""Handles in one query."""
_TABLES = (
    "CREATE TABLE IF NOT EXISTS vault_epoch (one INTEGER PRIMARY KEY CHECK (one = 1),"
    " epoch INTEGER NOT NULL, wrapped BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS vault_subjects (subject TEXT PRIMARY KEY, key_id TEXT NOT NULL,"
    " wrapped BLOB NOT NULL)",
    "CREATE UNIQUE INDEX IF NOT EXISTS vault_key_ids ON vault_subjects (key_id)",
    "CREATE TABLE IF NOT EXISTS vault_pending (subject TEXT PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS vault_erased (mark BLOB PRIMARY KEY) WITHOUT ROWID",
)


class SqliteKeys:
    """Subjects' keys in one SQLite file; safe to use from several threads.

    Args:
        path: The key store: a file of its own.
        roots: Where root versions live.
        tenant: Bound into every wrapped key.
        fault: Called with the name of each step that is done; a test lets it fail there.
    """

    def __init__(
        self,
        path: Path,
        roots: RootKeys,
        *,
        tenant: str,
        fault: Callable[[str], None] = lambda step: None,
    ) -> None:
        self._roots = roots
        self._tenant = tenant
        self._fault = fault
        self._lock = threading.RLock()
        self._live: tuple[int, SealKey] | None = None
        try:
            self._db = sqlite3.connect(
                path, check_same_thread=False, isolation_level=None, timeout=BUSY_SECONDS
            )
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
                self._db.execute(f"PRAGMA {pragma}")
            for table in _TABLES:
                self._db.execute(table)
        except sqlite3.Error as error:
            raise StoreUnavailableError(f"the key store cannot be opened: {error}") from error
        self._begin()
        self._epoch()  # an old copy ends here, before it can do anything
        self.resume()

    def close(self) -> None:
        """Close the file and forget the epoch key."""
        with self._lock:
            self._live = None
            self._db.close()

    @property
    def epoch(self) -> int:
        """The epoch that lives now, from 1."""
        return self._epoch()[0]

    def create(self, subject: str | None = None) -> str:
        """Make the key of a new subject.

        Args:
            subject: A handle made elsewhere; by default a new random one.

        Returns:
            The handle.

        Raises:
            ErasedError: The handle is of somebody who was erased.
            KeyVaultError: The handle has a key already.
        """
        handle = subject or secrets.token_hex(16)
        if handle not in self.ensure((handle,)):
            raise KeyVaultError("this subject has a key already; none was made")
        return handle

    def ensure(self, subjects: Sequence[str]) -> frozenset[str]:
        """Make keys for those of these subjects that have none, in one transaction.

        Args:
            subjects: Handles.

        Returns:
            Those that got a key now.

        Raises:
            ErasedError: One was erased; no key was made.
        """
        with self._writing():
            if self.erased(subjects):
                raise ErasedError("this subject was erased; no key was made")
            held = {row[0] for row in self._rows("subject", subjects)}
            new = [s for s in dict.fromkeys(subjects) if s not in held]
            epoch, key = self._epoch()
            self._db.executemany(
                "INSERT INTO vault_subjects (subject, key_id, wrapped) VALUES (?, ?, ?)",
                (self._new_key(s, epoch, key) for s in new),
            )
        return frozenset(new)

    def _new_key(self, subject: str, epoch: int, key: SealKey) -> tuple[str, str, bytes]:
        key_id, secret = secrets.token_hex(8), secrets.token_bytes(KEY_BYTES)
        return subject, key_id, seal(key, secret, self._place(subject, key_id, epoch))

    def erased(self, subjects: Sequence[str]) -> tuple[str, ...]:
        """Return those of these subjects that were erased."""
        if self._one("SELECT 1 FROM vault_erased LIMIT 1") is None:
            return ()
        marks = {s: _mark(s) for s in subjects}
        statement = "SELECT 1 FROM vault_erased WHERE mark = ?"
        return tuple(s for s, mark in marks.items() if self._one(statement, mark) is not None)

    def subject_key(self, subject: str) -> SubjectKey:
        """Return the key of a subject.

        Args:
            subject: The handle.

        Returns:
            The key; hold it no longer than the request lasts.

        Raises:
            ErasedError: There is none.
            KeyVaultError: It does not open under the live epoch: the file is not of this vault.
        """
        found = self.keys("subject", (subject,))
        if not found:
            raise ErasedError("there is no key for this subject")
        return found[0][1]

    def keys(
        self, column: Literal["subject", "key_id"], values: Sequence[str]
    ) -> tuple[tuple[str, SubjectKey], ...]:
        """Return handles and keys; those that have none, or are about to be erased, are left out.

        Args:
            column: By what.
            values: Handles, or ids of keys.

        Returns:
            Pairs in no order.

        Raises:
            KeyVaultError: One does not open under the live epoch: the file is not of this vault.
        """
        with self._lock:
            self._db.execute("BEGIN")  # one snapshot: a rotation elsewhere comes before or after it
            try:
                epoch, key = self._epoch()
                rows = self._rows(column, values)
            finally:
                self._db.execute("COMMIT")
        try:
            return tuple(
                (s, SubjectKey(i, unseal(key, wrapped, self._place(s, i, epoch))))
                for s, i, wrapped in rows
            )
        except SealError:
            raise KeyVaultError("a subject's key does not open under the live epoch") from None

    def _rows(
        self, column: Literal["subject", "key_id"], values: Sequence[str]
    ) -> list[tuple[str, str, bytes]]:
        found: list[tuple[str, str, bytes]] = []
        for start in range(0, len(values), _BATCH):
            batch = values[start : start + _BATCH]
            marks = ",".join("?" * len(batch))
            found += self._db.execute(
                "SELECT subject, key_id, wrapped FROM vault_subjects"  # noqa: S608 - a fixed column and marks
                f" WHERE {column} IN ({marks})"
                " AND subject NOT IN (SELECT subject FROM vault_pending)",
                tuple(batch),
            ).fetchall()
        return found

    def subjects(self) -> tuple[str, ...]:
        """Return the handles that have a key."""
        with self._lock:
            rows = self._db.execute(
                "SELECT subject FROM vault_subjects ORDER BY subject"
            ).fetchall()
        return tuple(row[0] for row in rows)

    def erase(self, subjects: Sequence[str]) -> KeyErasure:
        """Destroy the keys of subjects, in every copy of this key store that there is.

        From the first durable step on the keys are not given out any more. After an interruption the next
        opening, or `resume`, finishes.

        Args:
            subjects: Handles; erase many at once, for every call rewraps all survivors.

        Returns:
            What was done; returned means the old root version is destroyed.
        """
        with self._lock:
            with self._writing():
                gone = tuple(s for s in dict.fromkeys(subjects) if self._has(s))
                self._db.executemany(
                    "INSERT OR IGNORE INTO vault_pending (subject) VALUES (?)", [(s,) for s in gone]
                )
                self._db.executemany(
                    "INSERT OR IGNORE INTO vault_erased (mark) VALUES (?)",
                    [(_mark(s),) for s in subjects],
                )
            self._fault("requested")
            receipts = self.resume()
            survivors = self._one("SELECT count(*) FROM vault_subjects")
            return KeyErasure(
                subjects=gone,
                epoch=self.epoch,
                survivors=survivors if isinstance(survivors, int) else 0,
                destroyed=receipts,
            )

    def resume(self) -> tuple[DestroyReceipt, ...]:
        """Finish what an interruption left undone; without one nothing happens."""
        with self._lock:
            if self._one("SELECT 1 FROM vault_pending LIMIT 1") is not None:
                self._rotate()
                self._fault("rewrapped")
            live, _ = self._epoch()
            dying = tuple(version for version in self._roots.versions() if version < live)
            receipts = tuple(self._roots.destroy(version) for version in dying)
            if dying:
                self._fault("destroyed")
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            return receipts

    def _begin(self) -> None:
        """Make the first epoch of a new vault."""
        if self._one("SELECT 1 FROM vault_epoch") is not None:
            return
        with self._writing():
            if self._one("SELECT 1 FROM vault_epoch") is None:
                self._new_epoch()

    def _rotate(self) -> None:
        """Rewrap the survivors under a new epoch, in one transaction."""
        old, old_key = self._epoch()
        with self._writing():
            if self._one("SELECT epoch FROM vault_epoch") != old:
                return  # another process has rotated; it took the same pending subjects
            self._db.execute(
                "DELETE FROM vault_subjects WHERE subject IN (SELECT subject FROM vault_pending)"
            )
            new, key = self._new_epoch()
            self._fault("root-created")
            rows = self._db.execute(
                "SELECT subject, key_id, wrapped FROM vault_subjects"
            ).fetchall()
            self._db.executemany(
                "UPDATE vault_subjects SET wrapped = ? WHERE subject = ?",
                ((self._rewrap(row, (old, old_key), (new, key)), row[0]) for row in rows),
            )
            self._db.execute("DELETE FROM vault_pending")
            self._fault("rewrapping")
        self._live = None

    def _rewrap(
        self, row: tuple[str, str, bytes], old: tuple[int, SealKey], new: tuple[int, SealKey]
    ) -> bytes:
        subject, key_id, wrapped = row
        secret = unseal(old[1], wrapped, self._place(subject, key_id, old[0]))
        return seal(new[1], secret, self._place(subject, key_id, new[0]))

    def _new_epoch(self) -> tuple[int, SealKey]:
        # A version that an interrupted rotation left is never used again: its epoch key may stand in the log.
        live = self._one("SELECT epoch FROM vault_epoch")
        before = live if isinstance(live, int) else 0
        epoch = max(before, *self._roots.versions(), 0) + 1
        secret = secrets.token_bytes(KEY_BYTES)
        self._roots.create(epoch)
        wrapped = self._roots.wrap(epoch, secret, f"{self._tenant}/epoch/{epoch}")
        self._db.execute(
            "INSERT INTO vault_epoch (one, epoch, wrapped) VALUES (1, ?, ?)"
            " ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, wrapped = excluded.wrapped",
            (epoch, wrapped),
        )
        return epoch, SealKey(id=f"epoch-{epoch}", secret=secret)

    def _epoch(self) -> tuple[int, SealKey]:
        """Return the live epoch; one short query, so that a rotation elsewhere is seen at once."""
        with self._lock:
            row = self._db.execute("SELECT epoch, wrapped FROM vault_epoch").fetchone()
            if row is None:
                raise KeyVaultError("the key store has no epoch")
            epoch = int(row[0])
            if self._live is None or self._live[0] != epoch:
                try:
                    secret = self._roots.unwrap(epoch, row[1], f"{self._tenant}/epoch/{epoch}")
                except KeyVaultError:
                    if self._one("SELECT epoch FROM vault_epoch") == epoch:
                        raise
                    return self._epoch()  # another worker has rotated since the query
                self._live = (epoch, SealKey(id=f"epoch-{epoch}", secret=secret))
            return self._live

    def _has(self, subject: str) -> bool:
        return self._one("SELECT 1 FROM vault_subjects WHERE subject = ?", subject) is not None

    def _place(self, subject: str, key_id: str, epoch: int) -> Place:
        return Place(
            tenant=self._tenant, table="keys", column=key_id, row=str(epoch), subject=subject
        )

    def _one(self, statement: str, *values: str | bytes) -> object:
        with self._lock:
            row = self._db.execute(statement, values).fetchone()
        return None if row is None else row[0]

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise StoreUnavailableError(
                    f"the key store cannot be written; nothing was changed: {error}"
                ) from error
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")


def _mark(subject: str) -> bytes:
    """Return what is kept of an erased handle: it is random, so its digest tells nothing."""
    return digest(DigestAlgorithm.SM3, b"erased\n" + subject.encode())[:16]
