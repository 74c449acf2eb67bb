"""The journal of running rules: what came in and what is to be done about it, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Table, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import IntegrityError

from knowledge_graph.errors import ConflictError
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.rule_ports import (
    Batch,
    Effect,
    FiringEntry,
    RuleEvent,
    RuleMessage,
    Settlement,
    Standing,
    Tally,
    Vote,
)
from knowledge_graph.stores.sqlite import rule_rows as rows
from knowledge_graph.stores.sqlite.file import SqliteFile
from knowledge_graph.stores.sqlite.rule_tables import (
    CLAIMS,
    EFFECTS,
    EVENTS,
    FIRINGS,
    MESSAGES,
    STANDINGS,
    VOTES,
)

_CHUNK = 500
"""Ids in one query: SQLite takes 999 parameters everywhere."""
_FOREVER = "9999"
"""Later than every instant of four-digit years."""
_LATENCIES = 200


class SqliteRuleJournal:
    """See `RuleJournal`.

    Args:
        file: The state file.
    """

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def unseen(self, ids: Sequence[str]) -> frozenset[str]:
        """Return those ids whose events are not yet kept."""

        def work(connection: Connection) -> frozenset[str]:
            known: set[str] = set()
            for part in _chunks(ids):
                query = select(EVENTS.c.id).where(EVENTS.c.id.in_(part))
                known.update(connection.scalars(query))
            return frozenset(ids) - known

        return await self._file.read(work)

    async def record(self, batch: Batch) -> None:
        """Keep all of it or nothing.

        Raises:
            ConflictError: Something of it is kept already; nothing was changed.
        """

        def work(connection: Connection) -> None:
            _insert(connection, EVENTS, [rows.event_cells(e) for e in batch.events])
            _insert(connection, CLAIMS, [{"schedule": s, "due_at": at} for s, at in batch.claims])
            _insert(connection, FIRINGS, [rows.firing_cells(f) for f in batch.firings])
            _insert(connection, EFFECTS, [rows.effect_cells(e) for e in batch.effects])
            _tell(connection, batch.messages)
            standings = [rows.standing_cells(s) for s in batch.standings]
            if standings:
                change = insert(STANDINGS)
                change = change.on_conflict_do_update(
                    index_elements=["contract", "subject"],
                    set_={
                        name: change.excluded[name]
                        for name in ("inside", "entries", "since", "fired_at")
                    },
                )
                connection.execute(change, standings)

        try:
            await self._file.write(work)
        except IntegrityError as error:
            raise ConflictError("this has been recorded already; nothing was changed") from error

    async def standings(self, contracts: Sequence[str]) -> tuple[Standing, ...]:
        """Return how all customers stand with these contracts."""

        def work(connection: Connection) -> tuple[Standing, ...]:
            found: list[Standing] = []
            for part in _chunks(contracts):
                query = select(STANDINGS).where(STANDINGS.c.contract.in_(part))
                found.extend(rows.standing_of(row) for row in connection.execute(query))
            return tuple(found)

        return await self._file.read(work)

    async def due(self, at: str, *, limit: int = 100) -> tuple[Effect, ...]:
        """Return effects that wait and are due, oldest first."""
        query = (
            select(EFFECTS)
            .where(EFFECTS.c.state == "waiting", EFFECTS.c.due_at <= at)
            .order_by(EFFECTS.c.due_at, EFFECTS.c.order)
            .limit(limit)
        )
        found = await self._file.read(lambda connection: connection.execute(query).all())
        return tuple(rows.effect_of(row) for row in found)

    async def settle(self, settlement: Settlement) -> bool:
        """Note what came of an effect and send its messages; False when it no longer waits."""
        values = {
            "state": settlement.state,
            "note": settlement.note,
            "change_id": settlement.change_id,
            "attempts": EFFECTS.c.attempts + 1,
        }
        if settlement.due_at:
            values["due_at"] = settlement.due_at

        def work(connection: Connection) -> bool:
            change = update(EFFECTS).where(
                EFFECTS.c.key == settlement.key, EFFECTS.c.state.in_(("waiting", "held"))
            )
            if connection.execute(change.values(**values)).rowcount != 1:
                return False
            _tell(connection, settlement.messages)
            return True

        return await self._file.write(work)

    async def release(self, contract: str, *, note: str) -> int:
        """Drop what a contract still waits to do and return how many."""
        change = (
            update(EFFECTS)
            .where(EFFECTS.c.contract == contract, EFFECTS.c.state.in_(("waiting", "held")))
            .values(state="failed", note=note)
        )
        return await self._file.write(lambda connection: connection.execute(change).rowcount)

    async def last_claim(self, schedule: str) -> str:
        """Return the latest due time claimed of a schedule, "" when there is none."""
        query = select(func.max(CLAIMS.c.due_at)).where(CLAIMS.c.schedule == schedule)
        return await self._file.read(lambda connection: connection.scalar(query)) or ""

    async def spent(self, contract: str, day: str) -> int:
        """Return how many effects of a contract became due on a UTC day."""
        query = select(func.count()).where(
            EFFECTS.c.contract == contract,
            EFFECTS.c.due_at >= f"{day}T00:00:00Z",
            EFFECTS.c.due_at <= f"{day}T23:59:59Z",
            EFFECTS.c.state != "held",
        )
        return await self._file.read(lambda connection: connection.scalar(query) or 0)

    async def firings(
        self, *, contract: str = "", subject: RecordRef | None = None, limit: int = 20
    ) -> tuple[FiringEntry, ...]:
        """Return firings, newest first; `contract` may be a rule without version."""
        query = select(FIRINGS).order_by(FIRINGS.c.order.desc()).limit(limit)
        if "@" in contract:
            query = query.where(FIRINGS.c.contract == contract)
        elif contract:
            query = query.where(FIRINGS.c.contract.startswith(f"{contract}@", autoescape=True))
        if subject is not None:
            query = query.where(FIRINGS.c.subject == str(subject))
        found = await self._file.read(lambda connection: connection.execute(query).all())
        return tuple(rows.firing_of(row) for row in found)

    async def firing(self, firing_id: str) -> FiringEntry | None:
        """Return a firing, None when there is none."""
        query = select(FIRINGS).where(FIRINGS.c.id == firing_id)
        row = await self._file.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else rows.firing_of(row)

    async def unnoted(self, *, limit: int = 100) -> tuple[FiringEntry, ...]:
        """Return firings that are not yet nodes of the graph, oldest first."""
        query = select(FIRINGS).where(FIRINGS.c.noted == 0).order_by(FIRINGS.c.order).limit(limit)
        found = await self._file.read(lambda connection: connection.execute(query).all())
        return tuple(rows.firing_of(row) for row in found)

    async def noted(self, firings: Sequence[str]) -> None:
        """Remember that firings are nodes of the graph now."""

        def work(connection: Connection) -> None:
            for part in _chunks(firings):
                connection.execute(update(FIRINGS).where(FIRINGS.c.id.in_(part)).values(noted=1))

        await self._file.write(work)

    async def effects(self, firings: Sequence[str]) -> tuple[Effect, ...]:
        """Return the effects of firings, in order."""

        def work(connection: Connection) -> tuple[Effect, ...]:
            found: list[Effect] = []
            for part in _chunks(firings):
                query = select(EFFECTS).where(EFFECTS.c.firing.in_(part)).order_by(EFFECTS.c.order)
                found.extend(rows.effect_of(row) for row in connection.execute(query))
            return tuple(found)

        return await self._file.read(work)

    async def events(self, *, since: str, limit: int = 100_000) -> tuple[RuleEvent, ...]:
        """Return events that happened at or after an instant, oldest first."""
        query = select(EVENTS).where(EVENTS.c.at >= since).order_by(EVENTS.c.at, EVENTS.c.order)
        found = await self._file.read(
            lambda connection: connection.execute(query.limit(limit)).all()
        )
        return tuple(rows.event_of(row) for row in found)

    async def messages(self, to: Sequence[str], *, limit: int = 20) -> tuple[RuleMessage, ...]:
        """Return what was told to these addressees, newest first; none given: to anybody."""
        query = select(MESSAGES).order_by(MESSAGES.c.order.desc()).limit(limit)
        if to:
            query = query.where(MESSAGES.c.to.in_(to))
        found = await self._file.read(lambda connection: connection.execute(query).all())
        return tuple(rows.message_of(row) for row in found)

    async def vote(self, vote: Vote) -> None:
        """Keep a vote; a second one of the same voter replaces the first."""

        def work(connection: Connection) -> None:
            connection.execute(
                delete(VOTES).where(VOTES.c.contract == vote.contract, VOTES.c.voter == vote.voter)
            )
            connection.execute(
                VOTES.insert().values(
                    contract=vote.contract,
                    voter=vote.voter,
                    approves=int(vote.approves),
                    reason=vote.reason,
                    at=vote.at,
                )
            )

        await self._file.write(work)

    async def votes(self, contract: str) -> tuple[Vote, ...]:
        """Return the votes on a contract, oldest first."""
        query = select(VOTES).where(VOTES.c.contract == contract).order_by(VOTES.c.at)
        found = await self._file.read(lambda connection: connection.execute(query).all())
        return tuple(
            Vote(
                contract=row.contract,
                voter=row.voter,
                approves=bool(row.approves),
                reason=row.reason,
                at=row.at,
            )
            for row in found
        )

    async def tallies(self, *, since: str = "", until: str = "") -> tuple[Tally, ...]:
        """Return how each contract has been doing, from one UTC instant to another, which is left out."""
        last = until or _FOREVER

        def work(connection: Connection) -> tuple[Tally, ...]:
            found = _firing_tallies(connection, since, last)
            clash = or_(EFFECTS.c.note.startswith("writer:"), EFFECTS.c.note == "loop")
            query = (
                select(EFFECTS.c.contract, EFFECTS.c.state, func.count(), func.sum(clash))
                .where(EFFECTS.c.due_at >= since, EFFECTS.c.due_at < last)
                .group_by(EFFECTS.c.contract, EFFECTS.c.state)
            )
            for contract, state, number, clashes in connection.execute(query):
                held = found.get(contract, Tally(contract=contract))
                conflicts = held.conflicts + (clashes if state == "held" else 0)
                found[contract] = replace(held, conflicts=conflicts, **{state: number})
            return tuple(found[c] for c in sorted(found))

        return await self._file.read(work)


def _firing_tallies(connection: Connection, since: str, until: str) -> dict[str, Tally]:
    query = (
        select(
            FIRINGS.c.contract,
            func.count(),
            func.count(func.distinct(FIRINGS.c.subject)),
            func.max(FIRINGS.c.at),
        )
        .where(FIRINGS.c.at >= since, FIRINGS.c.at < until)
        .group_by(FIRINGS.c.contract)
    )
    found = {}
    for contract, number, customers, last in connection.execute(query):
        newest = (
            select(FIRINGS.c.at, FIRINGS.c.received_at)
            .where(FIRINGS.c.contract == contract)
            .order_by(FIRINGS.c.order.desc())
            .limit(_LATENCIES)
        )
        seconds = tuple(_seconds(r.received_at, r.at) for r in connection.execute(newest))
        found[contract] = Tally(
            contract=contract,
            firings=number,
            customers=customers,
            last_at=last,
            latency_s=seconds,
        )
    return found


def _seconds(start: str, end: str) -> float:
    """Return the seconds between two ISO instants.

    >>> _seconds("2026-11-23T09:00:00.250Z", "2026-11-23T09:00:01Z")
    0.75
    """
    first, last = (datetime.fromisoformat(text) for text in (start, end))
    return max(0.0, (last - first).total_seconds())


def _tell(connection: Connection, messages: Sequence[RuleMessage]) -> None:
    """Keep messages; one whose key was told already is passed over."""
    if messages:
        cells = [rows.message_cells(m) for m in messages]
        connection.execute(insert(MESSAGES).on_conflict_do_nothing(), cells)


def _insert(connection: Connection, table: Table, cells: Sequence[rows.Cells]) -> None:
    if cells:
        connection.execute(table.insert(), list(cells))


def _chunks(items: Sequence[str]) -> Iterable[Sequence[str]]:
    for at in range(0, len(items), _CHUNK):
        yield items[at : at + _CHUNK]
