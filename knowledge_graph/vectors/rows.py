"""The vectors on disk: one SQLite file of ids and numbers, from which every process builds its own index.

Each write takes the next sequence number, so a reader that knows the last number it has seen learns what was
added and what was erased since, by whatever process. `secure_delete` and a rollback journal (no write-ahead
log) mean that erased numbers are overwritten in the file and stay in no other.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge_graph.errors import StoreUnavailableError
from knowledge_graph.keeping import RowSeal

Floats = npt.NDArray[np.float32]
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS vector"
    " (id TEXT PRIMARY KEY, seq INTEGER NOT NULL, version TEXT NOT NULL, numbers BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS vector_seq ON vector (seq)",
    "CREATE TABLE IF NOT EXISTS erased (id TEXT PRIMARY KEY, seq INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS mark (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL)",
    "INSERT OR IGNORE INTO mark VALUES (1, 0)",
)


@dataclass(frozen=True, kw_only=True)
class Tail:
    """What was written since a sequence number."""

    seq: int
    """The number up to which this is complete."""
    ids: tuple[str, ...]
    matrix: Floats
    """Shape (len(ids), dim)."""
    erased: tuple[str, ...]


class VectorRows:
    """Synchronous and thread-safe; the async adapter calls it in worker threads.

    Args:
        path: The file; it is made when it is missing.
        version: Of the embedder; rows of another version are dropped, because they are not comparable.
        dim: The length of a vector.
        seal: Seals the numbers; rows from before there was one count as of another version.
    """

    def __init__(self, path: Path, *, version: str, dim: int, seal: RowSeal | None = None) -> None:
        self._version = version = version if seal is None else f"{version} sealed"
        self._dim = dim
        self._seal = seal
        self._turn = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(
                path, timeout=10.0, check_same_thread=False, isolation_level=None
            )
            self._db.execute("PRAGMA journal_mode = DELETE")
            self._db.execute("PRAGMA secure_delete = ON")
        except (OSError, sqlite3.Error) as error:
            raise StoreUnavailableError(f"cannot open the vector file: {error}") from error
        with self._write() as db:
            for statement in _SCHEMA:
                db.execute(statement)
            db.execute("DELETE FROM vector WHERE version <> ?", (version,))

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._db.close()

    def add(self, items: Mapping[str, Sequence[float]]) -> None:
        """Add or replace vectors, each of shape (dim,), durable when it returns."""
        blobs = {i: np.asarray(v, dtype="<f4").tobytes() for i, v in items.items()}
        blobs = blobs if self._seal is None else self._seal.seal(blobs)
        with self._write() as db:
            seq = self._next(db)
            db.executemany(
                "INSERT OR REPLACE INTO vector VALUES (?, ?, ?, ?)",
                [(i, seq, self._version, blob) for i, blob in blobs.items()],
            )
            db.executemany("DELETE FROM erased WHERE id = ?", [(i,) for i in blobs])

    def erase(self, ids: Sequence[str]) -> None:
        """Overwrite vectors; their ids stay as a note for other processes until none can need it."""
        with self._write() as db:
            seq = self._next(db)
            db.executemany("DELETE FROM vector WHERE id = ?", [(i,) for i in ids])
            db.executemany("INSERT OR REPLACE INTO erased VALUES (?, ?)", [(i, seq) for i in ids])

    def ids(self) -> tuple[str, ...]:
        """Return all ids."""
        with self._read() as db:
            return tuple(row[0] for row in db.execute("SELECT id FROM vector ORDER BY id"))

    def numbers(self, ids: Sequence[str]) -> Mapping[str, Floats]:
        """Return the vectors of these ids, each of shape (dim,); unknown ids are left out."""
        found: dict[str, bytes] = {}
        with self._read() as db:
            for i in dict.fromkeys(ids):
                row = db.execute("SELECT numbers FROM vector WHERE id = ?", (i,)).fetchone()
                if row is not None:
                    found[i] = row[0]
        opened = self._opened(found)
        return {i: np.frombuffer(n, dtype="<f4").astype(np.float32) for i, n in opened.items()}

    def _opened(self, blobs: Mapping[str, bytes]) -> Mapping[str, bytes]:
        return blobs if self._seal is None else self._seal.open(blobs)

    def since(self, seq: int) -> Tail:
        """Return what was written after a sequence number; 0 returns everything."""
        with self._read() as db:
            db.execute("BEGIN")
            try:
                last = int(db.execute("SELECT seq FROM mark").fetchone()[0])
                if last == seq:
                    rows, gone = [], []
                else:
                    rows = db.execute(
                        "SELECT id, numbers FROM vector WHERE seq > ? AND version = ?",
                        (seq, self._version),
                    ).fetchall()
                    gone = db.execute("SELECT id FROM erased WHERE seq > ?", (seq,)).fetchall()
            finally:
                db.execute("COMMIT")
        opened = self._opened(dict(rows))
        numbers = np.frombuffer(b"".join(opened.values()), dtype="<f4")
        return Tail(
            seq=last,
            ids=tuple(opened),
            matrix=numbers.reshape(len(opened), self._dim).astype(np.float32),
            erased=tuple(row[0] for row in gone),
        )

    @staticmethod
    def _next(db: sqlite3.Connection) -> int:
        """Return the next sequence number, taken."""
        db.execute("UPDATE mark SET seq = seq + 1")
        return int(db.execute("SELECT seq FROM mark").fetchone()[0])

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        """Give the connection to one thread at a time.

        Raises:
            StoreUnavailableError: The file cannot be read.
        """
        with self._turn:
            try:
                yield self._db
            except sqlite3.Error as error:
                raise StoreUnavailableError(f"cannot read the vector file: {error}") from error

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction: all of it or nothing.

        Raises:
            StoreUnavailableError: The file cannot be written; nothing was changed.
        """
        with self._turn:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                except BaseException:
                    self._db.execute("ROLLBACK")
                    raise
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                raise StoreUnavailableError(
                    f"cannot write the vector file, nothing was changed: {error}"
                ) from error
