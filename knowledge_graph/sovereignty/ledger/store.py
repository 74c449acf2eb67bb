"""The ledger in one SQLite file: appended in groups, one `fsync` a group, proofs from stored nodes.

Only complete nodes of the tree are stored and none is ever changed. SQLite lets one writer in at a time, and
every append starts from the size that stands in the file, so that a second process cannot fork the tree.
"""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from knowledge_graph.errors import InvalidValueError, NotFoundError
from knowledge_graph.sovereignty.crypto.digests import DigestAlgorithm
from knowledge_graph.sovereignty.durable import DurableFile
from knowledge_graph.sovereignty.errors import LedgerError
from knowledge_graph.sovereignty.ledger.anchor import AnchorReceipt
from knowledge_graph.sovereignty.ledger.entry import Counted, Draft, Entry
from knowledge_graph.sovereignty.ledger.notes import (
    Checkpoint,
    NoteSigner,
    parse_checkpoint,
    sign_note,
)
from knowledge_graph.sovereignty.ledger.tree import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    peaks,
    root,
)

_TABLES = (
    "CREATE TABLE IF NOT EXISTS ledger_entries (seq INTEGER PRIMARY KEY, leaf BLOB NOT NULL,"
    " subject TEXT NOT NULL, sealed BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS ledger_subjects ON ledger_entries (subject) WHERE subject <> ''",
    "CREATE TABLE IF NOT EXISTS ledger_nodes (level INTEGER NOT NULL, place INTEGER NOT NULL,"
    " hash BLOB NOT NULL, PRIMARY KEY (level, place)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS ledger_checkpoints (size INTEGER PRIMARY KEY, note TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS ledger_receipts (size INTEGER NOT NULL, kind TEXT NOT NULL,"
    " digest TEXT NOT NULL, proof TEXT NOT NULL, PRIMARY KEY (size, kind))",
    "CREATE TABLE IF NOT EXISTS ledger_counts (subject TEXT PRIMARY KEY, n INTEGER NOT NULL)"
    " WITHOUT ROWID",
    "CREATE TRIGGER IF NOT EXISTS ledger_no_change BEFORE UPDATE OF seq, leaf ON ledger_entries"
    " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    "CREATE TRIGGER IF NOT EXISTS ledger_no_delete BEFORE DELETE ON ledger_entries"
    " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
)


class SqliteLedger:
    """Append entries and prove them; safe to use from several threads.

    Args:
        path: The file; it may hold other tables.
        origin: Names this ledger on its checkpoints; its last part is the hash, `/sm3` or `/sha256`.
    """

    def __init__(self, path: Path, *, origin: str) -> None:
        self.origin = origin
        self.algorithm: DigestAlgorithm = Checkpoint(
            origin=origin, size=0, root=bytes(32)
        ).algorithm
        self._size = 0
        self._peaks: dict[int, bytes] = {}
        self._db = DurableFile(path, _TABLES, name="the ledger")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self._stored_size()

    def append(self, drafts: Sequence[Draft]) -> tuple[int, ...]:
        """Append entries in this order, in one transaction; returned means durable.

        Args:
            drafts: Any number.

        Returns:
            Their places.

        Raises:
            LedgerError: The stored tree is not as this ledger left it; nothing was appended.
        """
        if not drafts:
            return ()
        with self._db.lock:
            with self._db.writing() as db:
                grown = self._append(db, drafts)
            return self._settled(grown, len(drafts))

    def append_counted(self, entries: Sequence[Counted]) -> tuple[int, ...]:
        """Append entries whose records carry the number of the subject's entries, in one transaction.

        Args:
            entries: Any number, in this order.

        Returns:
            Their places.
        """
        if not entries:
            return ()
        with self._db.lock:
            with self._db.writing() as db:
                held = self._counts({e.subject for e in entries})
                drafts = []
                for entry in entries:
                    held[entry.subject] += 1
                    drafts.append(entry.draft(held[entry.subject]))
                db.executemany(
                    "INSERT INTO ledger_counts (subject, n) VALUES (?, ?)"
                    " ON CONFLICT (subject) DO UPDATE SET n = excluded.n",
                    list(held.items()),
                )
                grown = self._append(db, drafts)
            return self._settled(grown, len(drafts))

    def _settled(self, grown: tuple[dict[int, bytes], int], n: int) -> tuple[int, ...]:
        """Take over what was committed, and return the places of the last `n` entries."""
        self._peaks, self._size = grown
        return tuple(range(self._size - n, self._size))

    def _counts(self, subjects: set[str]) -> dict[str, int]:
        """Return how many entries each subject has."""
        found = dict.fromkeys(subjects, 0)
        for subject in subjects:
            n = self._db.one("SELECT n FROM ledger_counts WHERE subject = ?", (subject,))
            found[subject] = n if isinstance(n, int) else 0
        return found

    def _append(
        self, db: sqlite3.Connection, drafts: Sequence[Draft]
    ) -> tuple[dict[int, bytes], int]:
        """Append within the open transaction; return the peaks and the size that a commit makes true."""
        start = self._stored_size()
        if start != self._size:
            self._load_peaks(start)
        grown = dict(self._peaks)
        leaves = [draft.leaf(start + n) for n, draft in enumerate(drafts)]
        nodes = list(_grow(self.algorithm, grown, start, leaves))
        db.executemany(
            "INSERT INTO ledger_entries (seq, leaf, subject, sealed) VALUES (?, ?, ?, ?)",
            [(start + n, leaves[n], draft.subject, draft.sealed) for n, draft in enumerate(drafts)],
        )
        db.executemany("INSERT INTO ledger_nodes (level, place, hash) VALUES (?, ?, ?)", nodes)
        return grown, start + len(drafts)

    def entry(self, seq: int) -> Entry:
        """Return an entry.

        Raises:
            NotFoundError: There is none at this place.
        """
        found = self._entries("seq = ?", (seq,))
        if not found:
            raise NotFoundError(f"the ledger has no entry {seq}")
        return found[0]

    def entries_of(self, subject: str) -> tuple[Entry, ...]:
        """Return the entries of a subject's handle, oldest first; none after an erasure."""
        return self._entries("subject = ? AND subject <> ''", (subject,))

    def forget(self, subject: str) -> int:
        """Drop handle and sealed record beside a subject's entries; the leaves stay.

        Args:
            subject: The handle.

        Returns:
            How many entries were blinded.
        """
        with self._db.writing() as db:
            done = db.execute(
                "UPDATE ledger_entries SET subject = '', sealed = x'' WHERE subject = ?"
                " AND subject <> ''",
                (subject,),
            )
            db.execute("DELETE FROM ledger_counts WHERE subject = ?", (subject,))
        self._db.scrub()
        return done.rowcount

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the tree of the first `size` entries, by default of all."""
        with self._db.lock:
            return root(self.algorithm, self._checked(size), self._node)

    def inclusion(self, seq: int, size: int | None = None) -> tuple[bytes, ...]:
        """Return the proof that an entry is in the tree of the first `size` entries."""
        with self._db.lock:
            return inclusion_proof(self.algorithm, seq, self._checked(size), self._node)

    def consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """Return the proof that the tree of `new` entries begins with the one of `old`."""
        with self._db.lock:
            return consistency_proof(self.algorithm, old, self._checked(new), self._node)

    def checkpoint(self, signers: Sequence[NoteSigner]) -> str:
        """Sign the ledger as it is and keep the note; an unchanged ledger gives the last note again.

        Args:
            signers: The ledger's keys.

        Returns:
            A signed note over what is already durable.

        Raises:
            LedgerError: The ledger does not continue its last checkpoint.
        """
        with self._db.lock:
            last = self.last_checkpoint()
            size = self._stored_size()
            if last is not None:
                self.check(parse_checkpoint(last.rpartition("\n\n")[0] + "\n"))
                if parse_checkpoint(last.rpartition("\n\n")[0] + "\n").size == size:
                    return last
            state = Checkpoint(origin=self.origin, size=size, root=self.root(size))
            note = sign_note(state.text(), signers)
            with self._db.writing() as db:
                db.execute(
                    "INSERT INTO ledger_checkpoints (size, note) VALUES (?, ?)", (size, note)
                )
            return note

    def last_checkpoint(self) -> str | None:
        """Return the last signed note, if there is one."""
        note = self._db.one("SELECT note FROM ledger_checkpoints ORDER BY size DESC LIMIT 1")
        return note if isinstance(note, str) else None

    def receipts(self, note: str) -> tuple[AnchorReceipt, ...]:
        """Return what anchors gave for a checkpoint."""
        size = parse_checkpoint(note.rpartition("\n\n")[0] + "\n").size
        rows = self._db.rows(
            "SELECT kind, digest, proof FROM ledger_receipts WHERE size = ? ORDER BY kind", (size,)
        )
        return tuple(AnchorReceipt(kind=k, digest=d, proof=p) for k, d, p in rows)

    def keep_receipts(self, note: str, receipts: Sequence[AnchorReceipt]) -> None:
        """Keep what anchors gave for a checkpoint; the first receipt of a kind stays."""
        size = parse_checkpoint(note.rpartition("\n\n")[0] + "\n").size
        with self._db.writing() as db:
            db.executemany(
                "INSERT OR IGNORE INTO ledger_receipts (size, kind, digest, proof)"
                " VALUES (?, ?, ?, ?)",
                [(size, r.kind, r.digest, r.proof) for r in receipts],
            )

    def check(self, published: Checkpoint) -> None:
        """Compare with a checkpoint that was kept outside: an anchor, a customer, a witness.

        Args:
            published: Its signatures have been verified.

        Raises:
            LedgerError: The ledger is another one, was cut back or was rewritten.
        """
        if published.origin != self.origin:
            raise LedgerError(f"this checkpoint is of {published.origin!r}, not of {self.origin!r}")
        if published.size > self.size:
            raise LedgerError(
                f"the ledger has {self.size} entries, {published.size} were published: it is older"
            )
        if not hmac.compare_digest(self.root(published.size), published.root):
            raise LedgerError("the ledger is not the one that was published: it was rewritten")

    def audit(self) -> int:
        """Hash every entry anew and compare with the stored tree.

        Returns:
            How many entries were checked.

        Raises:
            LedgerError: An entry, a node or a place is not as it was appended.
        """
        grown: dict[int, bytes] = {}
        with self._db.lock:
            size = self._stored_size()
            rows = self._db.rows("SELECT seq, leaf FROM ledger_entries ORDER BY seq")
            if [row[0] for row in rows] != list(range(size)):
                raise LedgerError("entries of the ledger are missing")
            for level, place, expected in _grow(self.algorithm, grown, 0, [r[1] for r in rows]):
                if self._node(level, place) != expected:
                    raise LedgerError(f"node {place} of level {level} is not what its entries give")
        return size

    def _stored_size(self) -> int:
        last = self._db.one("SELECT max(seq) FROM ledger_entries")
        return last + 1 if isinstance(last, int) else 0

    def _checked(self, size: int | None) -> int:
        stored = self._stored_size()
        if size is None:
            return stored
        if not 0 <= size <= stored:
            raise InvalidValueError(f"the ledger has {stored} entries, not {size}")
        return size

    def _node(self, level: int, place: int) -> bytes:
        found = self._db.one(
            "SELECT hash FROM ledger_nodes WHERE level = ? AND place = ?", (level, place)
        )
        if not isinstance(found, bytes):
            raise LedgerError(f"node {place} of level {level} is missing")
        return found

    def _load_peaks(self, size: int) -> None:
        self._peaks = {level: self._node(level, place) for level, place in peaks(size)}
        self._size = size

    def _entries(self, condition: str, values: tuple[int | str, ...]) -> tuple[Entry, ...]:
        columns = "seq, leaf, subject, sealed"
        rows = self._db.rows(
            f"SELECT {columns} FROM ledger_entries WHERE {condition} ORDER BY seq",  # noqa: S608 - both are constants of this module
            values,
        )
        return tuple(
            Entry(seq=row[0], leaf=bytes(row[1]), subject=row[2], sealed=bytes(row[3]))
            for row in rows
        )


def _grow(
    algorithm: DigestAlgorithm, peak: dict[int, bytes], start: int, leaves: Sequence[bytes]
) -> Iterator[tuple[int, int, bytes]]:
    """Yield the complete nodes that new leaves make, and move the peaks on."""
    for place, leaf in enumerate(leaves, start):
        level, at, current = 0, place, leaf_hash(algorithm, leaf)
        yield level, at, current
        while at & 1:
            current = node_hash(algorithm, peak.pop(level), current)
            level, at = level + 1, at >> 1
            yield level, at, current
        peak[level] = current
