"""The journal of erasures, beside the keys: what was asked for, how far it got, what a restore has to repeat.

It names records by their random ids. The words by which texts speak of the person stand in it sealed, until
the same erasure destroys their key.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from knowledge_graph.errors import NotFoundError
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.sovereignty.durable import DurableFile

_TABLES = (
    "CREATE TABLE IF NOT EXISTS erasures (id TEXT PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL,"
    " refs TEXT NOT NULL, words TEXT NOT NULL, step TEXT NOT NULL, wiped TEXT NOT NULL,"
    " report TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS holds (ref TEXT PRIMARY KEY, ground TEXT NOT NULL, until TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS buried (token TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, sealed TEXT NOT NULL)",
)


class Step(StrEnum):
    """How far an erasure got; each is durable before the next begins."""

    REQUESTED = "requested"
    WIPED = "wiped"
    DESTROYED = "destroyed"
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """One erasure."""

    id: str
    at: str
    actor: str
    refs: tuple[RecordRef, ...]
    words: str
    """Sealed; empty once they are destroyed."""
    step: Step
    wiped: str = "[]"
    """JSON: what was done in each place."""
    report: str = ""
    """JSON, signed; empty until it is done."""


@dataclass(frozen=True, kw_only=True)
class Hold:
    """A record that a law forbids to erase, for now."""

    ref: RecordRef
    ground: str
    until: str
    """The first day on which it may be erased, YYYY-MM-DD."""


class ErasureJournal:
    """One SQLite file; safe to use from several threads and processes.

    Args:
        path: Beside the keys: it is not part of a backup, and a restore reads it.
    """

    def __init__(self, path: Path) -> None:
        self._db = DurableFile(path, _TABLES, name="the erasure journal")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def begin(self, erasure: Erasure) -> None:
        """Keep a new erasure."""
        with self._db.writing() as db:
            db.execute(
                "INSERT INTO erasures VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    erasure.id,
                    erasure.at,
                    erasure.actor,
                    json.dumps([str(r) for r in erasure.refs]),
                    erasure.words,
                    erasure.step.value,
                    erasure.wiped,
                    erasure.report,
                ),
            )

    def move(self, erasure: Erasure, tokens: Sequence[str] = ()) -> None:
        """Keep how far an erasure has got, and the blind tokens by which the person would come back."""
        with self._db.writing() as db:
            db.execute(
                "UPDATE erasures SET words = ?, step = ?, wiped = ?, report = ? WHERE id = ?",
                (erasure.words, erasure.step.value, erasure.wiped, erasure.report, erasure.id),
            )
            db.executemany("INSERT OR IGNORE INTO buried VALUES (?)", [(t,) for t in tokens])
        if not erasure.words:
            self._db.scrub()

    def get(self, erasure_id: str) -> Erasure:
        """Return an erasure.

        Raises:
            NotFoundError: There is none.
        """
        found = self._erasures("WHERE id = ?", erasure_id)
        if not found:
            raise NotFoundError(f"there is no erasure {erasure_id!r}")
        return found[0]

    def all(self) -> tuple[Erasure, ...]:
        """Return all erasures, oldest first."""
        return self._erasures("ORDER BY rowid")

    def unfinished(self) -> tuple[Erasure, ...]:
        """Return the erasures that have to be gone on with, oldest first."""
        return self._erasures("WHERE step <> ? ORDER BY rowid", Step.DONE)

    def buried(self, tokens: Sequence[str]) -> frozenset[str]:
        """Return those blind tokens that are of somebody who was erased."""
        statement = "SELECT 1 FROM buried WHERE token = ?"
        return frozenset(t for t in tokens if self._db.rows(statement, (t,)))

    def hold(self, hold: Hold) -> None:
        """Forbid to erase a record."""
        with self._db.writing() as db:
            row = (str(hold.ref), hold.ground, hold.until)
            db.execute("INSERT OR REPLACE INTO holds VALUES (?, ?, ?)", row)

    def release(self, ref: RecordRef) -> None:
        """Allow to erase a record again."""
        with self._db.writing() as db:
            db.execute("DELETE FROM holds WHERE ref = ?", (str(ref),))

    def holds(self, today: str) -> tuple[Hold, ...]:
        """Return the holds that are in force on a day, YYYY-MM-DD."""
        rows = self._db.rows("SELECT ref, ground, until FROM holds WHERE until > ?", (today,))
        return tuple(Hold(ref=_ref(r[0]), ground=r[1], until=r[2]) for r in rows)

    def secret(self, name: str) -> str:
        """Return a sealed secret of the erasures, empty when there is none."""
        rows = self._db.rows("SELECT sealed FROM secrets WHERE name = ?", (name,))
        return rows[0][0] if rows else ""

    def keep_secret(self, name: str, sealed: str) -> str:
        """Keep a sealed secret unless there is one, and return the one that is kept."""
        with self._db.writing() as db:
            db.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, sealed))
        return self.secret(name)

    def _erasures(self, rest: str, *values: str) -> tuple[Erasure, ...]:
        rows = self._db.rows(
            f"SELECT id, at, actor, refs, words, step, wiped, report FROM erasures {rest}",  # noqa: S608 - a constant of this module
            values,
        )
        return tuple(
            Erasure(
                id=row[0],
                at=row[1],
                actor=row[2],
                refs=tuple(_ref(r) for r in json.loads(row[3])),
                words=row[4],
                step=Step(row[5]),
                wiped=row[6],
                report=row[7],
            )
            for row in rows
        )


def _ref(name: str) -> RecordRef:
    kind, _, record_id = name.partition(":")
    return RecordRef(kind=kind, id=record_id)
