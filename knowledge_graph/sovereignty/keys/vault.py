"""The key vault: one key a subject, wrapped by its group's key, that by the epoch key, that by a root version.

Dropping a wrapped key is not erasing it: write-ahead logs, free pages and backups keep the bytes. So an
erasure makes a new root version, a new epoch key and new keys for the groups of the erased, rewraps the other
groups' keys and the survivors of those groups in one transaction, and destroys the old root version: every
older copy of this file stops to open at once. Groups are there for speed alone: erasing one of 100,000 wraps
some hundred keys anew and not all. A crash at any step is finished by the next opening; nothing is called done
before the old version is destroyed.

Epochs only grow and a number is never used twice: a root version below the live epoch is dead weight,
whoever looks, and it is always safe, and needed, to destroy it. An old copy of this file can so destroy
nothing that the live one needs.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal

from knowledge_graph.sovereignty.crypto.digests import (
    KEY_BYTES,
    DigestAlgorithm,
    digest,
)
from knowledge_graph.sovereignty.crypto.envelope import Place, SealKey, seal, unseal
from knowledge_graph.sovereignty.durable import DurableFile
from knowledge_graph.sovereignty.errors import ErasedError, KeyVaultError, SealError
from knowledge_graph.sovereignty.keys.roots import DestroyReceipt, RootKeys
from knowledge_graph.sovereignty.keys.subject_key import KeyErasure, SubjectKey

GROUPS = 1_024
"""Never change it: the group of a key follows from it."""
_BATCH = 500
"""Handles in one query."""
_TABLES = (
    "CREATE TABLE IF NOT EXISTS vault_epoch (one INTEGER PRIMARY KEY CHECK (one = 1),"
    " epoch INTEGER NOT NULL, wrapped BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS vault_groups (place INTEGER PRIMARY KEY, key_id TEXT NOT NULL,"
    " wrapped BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS vault_keys (subject TEXT PRIMARY KEY, key_id TEXT NOT NULL,"
    " place INTEGER NOT NULL, wrapped BLOB NOT NULL)",
    "CREATE UNIQUE INDEX IF NOT EXISTS vault_key_names ON vault_keys (key_id)",
    "CREATE INDEX IF NOT EXISTS vault_members ON vault_keys (place)",
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
        self._live: tuple[int, SealKey] | None = None
        self._db = DurableFile(path, _TABLES, name="the key store")
        self._begin()
        self._adopt()
        self._epoch()  # an old copy ends here, before it can do anything
        self.resume()

    def close(self) -> None:
        """Close the file and forget the epoch key."""
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
        with self._db.writing() as db:
            if self.erased(subjects):
                raise ErasedError("this subject was erased; no key was made")
            held = {row[0] for row in self._rows("subject", subjects)}
            new = [s for s in dict.fromkeys(subjects) if s not in held]
            groups = self._groups({_group(s) for s in new})
            db.executemany(
                "INSERT INTO vault_keys (subject, key_id, place, wrapped) VALUES (?, ?, ?, ?)",
                (self._new_key(s, groups[_group(s)]) for s in new),
            )
        return frozenset(new)

    def _new_key(self, subject: str, group: SealKey) -> tuple[str, str, int, bytes]:
        key_id, secret = secrets.token_hex(8), secrets.token_bytes(KEY_BYTES)
        return subject, key_id, _group(subject), self._wrap(group, secret, key_id, subject)

    def _groups(self, wanted: Iterable[int]) -> dict[int, SealKey]:
        """Return the keys of groups; one that there is not yet is made, in the open transaction."""
        epoch, key = self._epoch()
        found = {}
        for place in wanted:
            rows = self._db.rows(
                "SELECT key_id, wrapped FROM vault_groups WHERE place = ?", (place,)
            )
            if rows:
                key_id, wrapped = rows[0]
                secret = self._unwrap(key, wrapped, self._place(key_id, str(epoch), ""))
                found[place] = SealKey(id=key_id, secret=secret)
            else:
                found[place] = self._new_group(place, epoch, key)
        return found

    @staticmethod
    def _unwrap(key: SealKey, wrapped: bytes, place: Place) -> bytes:
        try:
            return unseal(key, wrapped, place)
        except SealError:
            raise KeyVaultError("a key does not open under the live epoch") from None

    def _new_group(self, place: int, epoch: int, key: SealKey) -> SealKey:
        group = SealKey(id=secrets.token_hex(8), secret=secrets.token_bytes(KEY_BYTES))
        self._keep_group(place, group, epoch, key)
        return group

    def _keep_group(self, place: int, group: SealKey, epoch: int, key: SealKey) -> None:
        wrapped = seal(key, group.secret, self._place(group.id, str(epoch), ""))
        self._db.rows(
            "INSERT OR REPLACE INTO vault_groups (place, key_id, wrapped) VALUES (?, ?, ?)",
            (place, group.id, wrapped),
        )

    def _wrap(self, group: SealKey, secret: bytes, key_id: str, subject: str) -> bytes:
        return seal(group, secret, self._place(key_id, group.id, subject))

    def erased(self, subjects: Sequence[str]) -> tuple[str, ...]:
        """Return those of these subjects that were erased."""
        if self._db.one("SELECT 1 FROM vault_erased LIMIT 1") is None:
            return ()
        marks = {s: _mark(s) for s in subjects}
        statement = "SELECT 1 FROM vault_erased WHERE mark = ?"
        return tuple(s for s, mark in marks.items() if self._db.one(statement, (mark,)) is not None)

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
        with self._db.reading():  # a rotation elsewhere comes before or after it
            rows = self._rows(column, values)
            groups = self._groups({row[2] for row in rows})
        return tuple(
            (s, SubjectKey(i, self._unwrap(groups[at], w, self._place(i, groups[at].id, s))))
            for s, i, at, w in rows
        )

    def _rows(
        self, column: Literal["subject", "key_id"], values: Sequence[str]
    ) -> list[tuple[str, str, int, bytes]]:
        found: list[tuple[str, str, int, bytes]] = []
        for start in range(0, len(values), _BATCH):
            batch = values[start : start + _BATCH]
            marks = ",".join("?" * len(batch))
            found += self._db.rows(
                "SELECT subject, key_id, place, wrapped FROM vault_keys"  # noqa: S608 - a fixed column and marks
                f" WHERE {column} IN ({marks})"
                " AND subject NOT IN (SELECT subject FROM vault_pending)",
                tuple(batch),
            )
        return found

    def subjects(self) -> tuple[str, ...]:
        """Return the handles that have a key."""
        return tuple(
            row[0] for row in self._db.rows("SELECT subject FROM vault_keys ORDER BY subject")
        )

    def erase(self, subjects: Sequence[str]) -> KeyErasure:
        """Destroy the keys of subjects, in every copy of this key store that there is.

        From the first durable step on the keys are not given out any more. After an interruption the next
        opening, or `resume`, finishes.

        Args:
            subjects: Handles; erase many at once, for every call makes a new epoch.

        Returns:
            What was done; returned means the old root version is destroyed.
        """
        with self._db.lock:
            with self._db.writing() as db:
                gone = tuple(s for s in dict.fromkeys(subjects) if self._has(s))
                db.executemany(
                    "INSERT OR IGNORE INTO vault_pending (subject) VALUES (?)", [(s,) for s in gone]
                )
                db.executemany(
                    "INSERT OR IGNORE INTO vault_erased (mark) VALUES (?)",
                    [(_mark(s),) for s in subjects],
                )
            self._fault("requested")
            receipts = self.resume()
            survivors = self._db.one("SELECT count(*) FROM vault_keys")
            return KeyErasure(
                subjects=gone,
                epoch=self.epoch,
                survivors=survivors if isinstance(survivors, int) else 0,
                destroyed=receipts,
            )

    def resume(self) -> tuple[DestroyReceipt, ...]:
        """Finish what an interruption left undone; without one nothing happens."""
        with self._db.lock:
            if self._db.one("SELECT 1 FROM vault_pending LIMIT 1") is not None:
                self._rotate()
                self._fault("rewrapped")
            live, _ = self._epoch()
            dying = tuple(version for version in self._roots.versions() if version < live)
            receipts = tuple(self._roots.destroy(version) for version in dying)
            if dying:
                self._fault("destroyed")
                self._db.scrub()
            return receipts

    def _begin(self) -> None:
        """Make the first epoch of a new vault."""
        if self._db.one("SELECT 1 FROM vault_epoch") is not None:
            return
        with self._db.writing():
            if self._db.one("SELECT 1 FROM vault_epoch") is None:
                self._new_epoch()

    def _adopt(self) -> None:
        """Take over the keys of a file from before there were groups."""
        with self._db.writing() as db:
            if self._db.one("SELECT 1 FROM sqlite_master WHERE name = 'vault_subjects'") is None:
                return
            epoch, key = self._epoch()
            rows = self._db.rows("SELECT subject, key_id, wrapped FROM vault_subjects")
            groups = self._groups({_group(row[0]) for row in rows})
            for subject, key_id, wrapped in rows:
                secret = self._unwrap(key, wrapped, self._place(key_id, str(epoch), subject))
                group = groups[_group(subject)]
                db.execute(
                    "INSERT INTO vault_keys (subject, key_id, place, wrapped) VALUES (?, ?, ?, ?)",
                    (subject, key_id, _group(subject), self._wrap(group, secret, key_id, subject)),
                )
            db.execute("DROP TABLE vault_subjects")

    def _rotate(self) -> None:
        """Rewrap the survivors under a new epoch, in one transaction."""
        old, _ = self._epoch()
        with self._db.writing() as db:
            if self._db.one("SELECT epoch FROM vault_epoch") != old:
                return  # another process has rotated; it took the same pending subjects
            gone = [row[0] for row in db.execute("SELECT subject FROM vault_pending")]
            db.executemany("DELETE FROM vault_keys WHERE subject = ?", [(s,) for s in gone])
            places = [row[0] for row in db.execute("SELECT place FROM vault_groups")]
            groups = self._groups(places)
            epoch, key = self._new_epoch()
            self._fault("root-created")
            touched = {_group(subject) for subject in gone}
            for place, group in groups.items():
                if place in touched:
                    self._renew_group(place, group, epoch, key)
                else:
                    self._keep_group(place, group, epoch, key)
            db.execute("DELETE FROM vault_pending")
            self._fault("rewrapping")
        self._live = None

    def _renew_group(self, place: int, old: SealKey, epoch: int, key: SealKey) -> None:
        """Give a group a new key, and wrap its members by that."""
        new = self._new_group(place, epoch, key)
        members = self._db.rows(
            "SELECT subject, key_id, wrapped FROM vault_keys WHERE place = ?", (place,)
        )
        for subject, key_id, wrapped in members:
            secret = self._unwrap(old, wrapped, self._place(key_id, old.id, subject))
            self._db.rows(
                "UPDATE vault_keys SET wrapped = ? WHERE subject = ?",
                (self._wrap(new, secret, key_id, subject), subject),
            )

    def _new_epoch(self) -> tuple[int, SealKey]:
        # A version that an interrupted rotation left is never used again: its epoch key may stand in the log.
        live = self._db.one("SELECT epoch FROM vault_epoch")
        before = live if isinstance(live, int) else 0
        epoch = max(before, *self._roots.versions(), 0) + 1
        secret = secrets.token_bytes(KEY_BYTES)
        self._roots.create(epoch)
        wrapped = self._roots.wrap(epoch, secret, f"{self._tenant}/epoch/{epoch}")
        self._db.rows(
            "INSERT INTO vault_epoch (one, epoch, wrapped) VALUES (1, ?, ?)"
            " ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, wrapped = excluded.wrapped",
            (epoch, wrapped),
        )
        return epoch, SealKey(id=f"epoch-{epoch}", secret=secret)

    def _epoch(self) -> tuple[int, SealKey]:
        """Return the live epoch; one short query, so that a rotation elsewhere is seen at once."""
        with self._db.lock:
            rows = self._db.rows("SELECT epoch, wrapped FROM vault_epoch")
            if not rows:
                raise KeyVaultError("the key store has no epoch")
            epoch = int(rows[0][0])
            if self._live is None or self._live[0] != epoch:
                try:
                    secret = self._roots.unwrap(epoch, rows[0][1], f"{self._tenant}/epoch/{epoch}")
                except KeyVaultError:
                    if self._db.one("SELECT epoch FROM vault_epoch") == epoch:
                        raise
                    return self._epoch()  # another worker has rotated since the query
                self._live = (epoch, SealKey(id=f"epoch-{epoch}", secret=secret))
            return self._live

    def _has(self, subject: str) -> bool:
        return self._db.one("SELECT 1 FROM vault_keys WHERE subject = ?", (subject,)) is not None

    def _place(self, key_id: str, under: str, subject: str) -> Place:
        """Return what a wrapped key is bound to: itself, what wraps it, whose it is (a group: nobody's)."""
        return Place(tenant=self._tenant, table="keys", column=key_id, row=under, subject=subject)


def _group(subject: str) -> int:
    """Return the group of a subject: the same for ever, so it must not depend on anything else."""
    return int.from_bytes(digest(DigestAlgorithm.SM3, b"group\n" + subject.encode())[:4]) % GROUPS


def _mark(subject: str) -> bytes:
    """Return what is kept of an erased handle: it is random, so its digest tells nothing."""
    return digest(DigestAlgorithm.SM3, b"erased\n" + subject.encode())[:16]
