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
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from knowledge_graph.errors import StoreUnavailableError
from knowledge_graph.sovereignty.crypto.digests import (
    KEY_BYTES,
    DigestAlgorithm,
    digest,
    expand_sm3,
)
from knowledge_graph.sovereignty.crypto.envelope import Place, SealKey, seal, unseal
from knowledge_graph.sovereignty.errors import ErasedError, KeyVaultError, SealError
from knowledge_graph.sovereignty.keys.roots import DestroyReceipt, RootKeys

BUSY_SECONDS = 10
_TABLES = (
    "CREATE TABLE IF NOT EXISTS vault_epoch (one INTEGER PRIMARY KEY CHECK (one = 1),"
    " epoch INTEGER NOT NULL, wrapped BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS vault_subjects (subject TEXT PRIMARY KEY, key_id TEXT NOT NULL,"
    " wrapped BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS vault_pending (subject TEXT PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS vault_erased (mark BLOB PRIMARY KEY) WITHOUT ROWID",
)


class KeyUse(StrEnum):
    """What a key derived from a subject's key is for; the uses share nothing."""

    FIELD = "field"
    BLOB = "blob"
    VECTOR = "vector"
    CHECKPOINT = "checkpoint"
    ANALYTICS = "analytics"
    INDEX = "index"
    OPENING = "opening"


class SubjectKey:
    """The key of one subject; only keys derived from it are used.

    Args:
        id: Public, random.
        secret: 16 bytes.
    """

    def __init__(self, id: str, secret: bytes) -> None:
        self.id = id
        self._secret = secret
        self._derived: dict[KeyUse, SealKey] = {}

    def __repr__(self) -> str:
        return f"SubjectKey(id={self.id!r})"

    def key(self, use: KeyUse) -> SealKey:
        """Return the key for one use."""
        found = self._derived.get(use)
        if found is None:
            secret = expand_sm3(self._secret, f"guanxi/{use}/1")
            found = self._derived[use] = SealKey(id=f"{self.id}/{use}", secret=secret)
        return found

    def check_value(self) -> str:
        """Return 8 bytes that tell this key from others and nothing else; for the erasure report."""
        return expand_sm3(self._secret, "guanxi/key-check/1", length=8).hex()


@dataclass(frozen=True, kw_only=True)
class KeyErasure:
    """What an erasure did to the keys."""

    subjects: tuple[str, ...]
    """Handles whose keys are gone; a handle that had no key is not among them."""
    epoch: int
    """The epoch that lives now."""
    survivors: int
    destroyed: tuple[DestroyReceipt, ...]


class KeyVault:
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
            subject: A random handle made elsewhere; by default a new one.

        Returns:
            The handle.

        Raises:
            ErasedError: The handle is of somebody who was erased.
            KeyVaultError: The handle has a key already.
        """
        handle = subject or secrets.token_hex(16)
        key_id, secret = secrets.token_hex(8), secrets.token_bytes(KEY_BYTES)
        with self._writing():
            if self._one("SELECT 1 FROM vault_erased WHERE mark = ?", _mark(handle)) is not None:
                raise ErasedError("this subject was erased; no key was made")
            epoch, key = self._epoch()
            wrapped = seal(key, secret, self._place(handle, key_id, epoch))
            try:
                self._db.execute(
                    "INSERT INTO vault_subjects (subject, key_id, wrapped) VALUES (?, ?, ?)",
                    (handle, key_id, wrapped),
                )
            except sqlite3.IntegrityError:
                raise KeyVaultError("this subject has a key already; none was made") from None
        return handle

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
        with self._lock:
            epoch, key = self._epoch()
            row = self._db.execute(
                "SELECT key_id, vault_subjects.wrapped, epoch FROM vault_subjects, vault_epoch"
                " WHERE subject = ? AND subject NOT IN (SELECT subject FROM vault_pending)",
                (subject,),
            ).fetchone()
        if row is None:
            raise ErasedError("there is no key for this subject")
        if row[2] != epoch:  # another worker has rotated between the two queries
            return self.subject_key(subject)
        try:
            secret = unseal(key, row[1], self._place(subject, row[0], epoch))
        except SealError:
            raise KeyVaultError("a subject's key does not open under the live epoch") from None
        return SubjectKey(row[0], secret)

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
