"""The graph store over Bolt: Neo4j 5 and the embedded ArcadeDB alike.

Only this package speaks to the driver. Reads are in reading.py, a commit in transaction.py; statements lie in
queries/ and come from the expression's Cypher rendering.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, TypeVar

from neo4j import AsyncDriver, AsyncGraphDatabase, AsyncManagedTransaction, AsyncSession
from neo4j.exceptions import ConstraintError, DriverError, Neo4jError

from knowledge_graph.errors import ConflictError, NotFoundError, StoreUnavailableError
from knowledge_graph.expression.nodes import Measure, Query
from knowledge_graph.expression.periods import TimeFrame
from knowledge_graph.ontology.change import ChangeSet
from knowledge_graph.ontology.record import NameEntry, Record, RecordRef
from knowledge_graph.ontology.schema import KindSpec, WorkspaceSchema
from knowledge_graph.ports import Edge, Neighbourhood, Page
from knowledge_graph.stores import mapping, reading
from knowledge_graph.stores.migrations import STEPS
from knowledge_graph.stores.names import name_fields, names_of
from knowledge_graph.stores.queries import statement
from knowledge_graph.stores.transaction import CommitTransaction, properties

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")

_ATTEMPTS = 8
"""How often a commit is tried when other processes make the same nodes at the same time."""

_FIRST_RETRY_SECONDS = 0.05
"""The driver's own first pause before it repeats a transaction is a whole second."""


class Neo4jGraphStore:
    """The system of record in a Bolt database.

    Args:
        uri: `bolt://…` or `neo4j://…`.
        auth: User and password, None where the database asks for none.
        database: The name of the database.
        timezone: The workspace's time zone: what "today" means.
    """

    def __init__(
        self,
        uri: str,
        auth: tuple[str, str] | None,
        database: str,
        *,
        timezone: tzinfo = UTC,
    ) -> None:
        self._driver: AsyncDriver = AsyncGraphDatabase.driver(
            uri,
            auth=auth,
            warn_notification_severity="OFF",
            keep_alive=True,
            initial_retry_delay=_FIRST_RETRY_SECONDS,
        )
        _quiet()
        self._database = database
        self._zone = timezone
        self._writing = asyncio.Lock()  # commits of one process queue here, not in the database

    def _session(self) -> AsyncSession:
        return self._driver.session(database=self._database)

    async def _read(self, work: Callable[[reading.Reader], Awaitable[T]]) -> T:
        async def run(tx: AsyncManagedTransaction) -> T:
            return await work(reading.Reader(tx=tx))

        with _translated():
            async with self._session() as session:
                return await session.execute_read(run)

    async def _write(self, name: str, **parameters: object) -> list[dict[str, object]]:
        async def run(tx: AsyncManagedTransaction) -> list[dict[str, object]]:
            result = await tx.run(statement(name), parameters)
            return [dict(row) async for row in result]

        with _translated():
            async with self._session() as session:
                return await session.execute_write(run)

    async def migrate(self) -> int:
        """Bring the database to the newest schema version and return it.

        Returns:
            The version.

        Raises:
            StoreUnavailableError: The database does not answer.
        """
        rows = await self._write("create_workspace")
        done = int(str(rows[0]["version"]))
        for number, step in enumerate(STEPS[done:], start=done + 1):
            with _translated():
                async with self._session() as session:
                    for text in step(WorkspaceSchema()):
                        await (await session.run(text)).consume()
            await self._write("save_version", version=number)
        return max(done, len(STEPS))

    async def schema(self) -> WorkspaceSchema:
        """Return the workspace's schema, custom fields included."""
        return await self._read(lambda reader: reader.schema())

    async def save_schema(self, schema: WorkspaceSchema) -> None:
        """Replace the workspace's custom fields.

        Raises:
            InvalidValueError: A name cannot be a field's.
        """
        await self._write("save_custom_fields", custom=mapping.schema_text(schema))

    async def get(self, refs: Sequence[RecordRef]) -> tuple[Record, ...]:
        """Return the records that exist, in the order asked for."""
        return await self._read(lambda reader: reader.get(refs))

    async def find(self, query: Query, *, now: datetime, offset: int = 0, limit: int = 50) -> Page:
        """Return records that satisfy a query; `now` resolves its windows and moments."""
        frame = TimeFrame(now=now, zone=self._zone)
        return await self._read(lambda reader: reader.find(query, frame, offset, limit))

    async def measure(
        self, query: Query, measures: Sequence[Measure], *, now: datetime
    ) -> Mapping[Measure, float | None]:
        """Return numbers over the records of a query."""
        frame = TimeFrame(now=now, zone=self._zone)
        return await self._read(lambda reader: reader.measure(query, measures, frame))

    async def by_source_key(self, keys: Sequence[str]) -> Mapping[str, RecordRef]:
        """Return the records that stand for these outside records."""
        return await self._read(lambda reader: reader.by_source_key(keys))

    async def neighbourhood(
        self, ref: RecordRef, *, hops: int = 1, limit: int = 200
    ) -> Neighbourhood:
        """Return what is connected with a record, nearest and newest first.

        Args:
            ref: The record.
            hops: How far to go.
            limit: How many records at most, the centre not counted.

        Returns:
            The record, the records around it and all edges among them.

        Raises:
            NotFoundError: There is no such record.
        """
        return await self._read(lambda reader: reader.neighbourhood(ref, hops, limit))

    async def references_to(self, refs: Sequence[RecordRef]) -> tuple[Edge, ...]:
        """Return the edges of other records that point to these."""
        return await self._read(lambda reader: reader.references_to(refs))

    async def names(self, since: str = "") -> AsyncIterator[NameEntry]:
        """Yield the names of all records changed at or after `since` (UTC)."""
        schema = await self.schema()
        for kind in schema.kinds.values():
            fields = name_fields(schema, kind.name)
            if not fields:
                continue
            async for record in self._changed(kind, since):
                for entry in names_of(record, fields):
                    yield entry

    async def scan(self, kind: str, since: str = "") -> AsyncIterator[Record]:
        """Yield all records of a kind changed at or after `since` (UTC), in no order."""
        found = (await self.schema()).kind(kind)
        async for record in self._changed(found, since):
            yield record

    async def _changed(self, kind: KindSpec, since: str) -> AsyncIterator[Record]:
        text = statement("changed_records", label=kind.label)
        with _translated():
            async with self._session() as session:
                async for row in await session.run(text, {"since": since}):
                    yield mapping.record_of(kind.name, properties(dict(row)))

    async def values_in_use(
        self, kind: str, field: str, *, limit: int = 500
    ) -> tuple[tuple[str, int], ...]:
        """Return the distinct values of a field with their counts, most frequent first."""
        return await self._read(lambda reader: reader.values_in_use(kind, field, limit))

    async def enumerated_values(self) -> Mapping[str, tuple[str, ...]]:
        """Return by field id all values that enumerations and sets hold or have held."""
        return await self._read(lambda reader: reader.enumerated_values())

    async def counts(self) -> Mapping[str, int]:
        """Return how many records there are of each kind that has any."""
        return await self._read(lambda reader: reader.counts())

    async def change_mark(self) -> str:
        """Return a text that differs after every commit and every saved schema."""
        return await self._read(lambda reader: reader.change_mark())

    async def commit(self, change_set: ChangeSet) -> None:
        """Write all changes and the entry in the change log, or nothing.

        Args:
            change_set: What to change.

        Raises:
            ConflictError: A record is not as `before` says, or a deleted one is still pointed to.
            InvalidValueError: A value does not fit its field, or a reference points to no record.
            StoreUnavailableError: The database does not answer; whether it wrote is told by the log.
        """
        async with self._writing:
            with _translated():
                for attempt in range(_ATTEMPTS):
                    if await self._try(change_set, last=attempt == _ATTEMPTS - 1):
                        return

    async def _try(self, change_set: ChangeSet, *, last: bool) -> bool:
        """Return whether the change set is written now.

        Another process may have made the same source or list of values in between. A second look either
        finds it made, or finds that the record itself is taken and says so.

        Args:
            change_set: What to change.
            last: Give up when it is not.

        Returns:
            False when another process was in the way.

        Raises:
            ConstraintError: In the last attempt.
        """
        try:
            async with self._session() as session:
                await session.execute_write(lambda tx: CommitTransaction(tx=tx).run(change_set))
        except ConstraintError:
            if last:
                raise
            return False
        return True

    async def change_set(self, change_id: str) -> ChangeSet:
        """Return a committed change set.

        Args:
            change_id: Its id.

        Returns:
            The change set, whole.

        Raises:
            NotFoundError: There is none.
        """
        found = await self._read(lambda reader: reader.change_set(change_id))
        if found is None:
            raise NotFoundError(f"there is no change {change_id!r}")
        return found

    async def history(
        self, *, ref: RecordRef | None = None, actor: str | None = None, limit: int = 20
    ) -> tuple[ChangeSet, ...]:
        """Return committed change sets, newest first (with at most 50 changes each)."""
        found = await self._read(lambda reader: reader.history(ref, actor, limit))
        return tuple(replace(entry, changes=entry.changes[:50]) for entry in found)

    async def reasons(self) -> AsyncIterator[tuple[str, str]]:
        """Yield id and reason of all change sets, in no order."""
        with _translated():
            async with self._session() as session:
                async for row in await session.run(statement("reasons")):
                    yield str(row["id"]), str(row["reason"] or "")

    async def close(self) -> None:
        """Release connections."""
        await self._driver.close()


def _quiet() -> None:
    """Keep the driver's retries off standard error where the application has set up no logging."""
    logger = logging.getLogger("neo4j")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    # Neo4j warns of every property that no record has yet: expected here, fields are often empty
    logging.getLogger("neo4j.notifications").setLevel(logging.ERROR)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the driver's errors into ours, by class and never by message."""
    try:
        yield
    except ConstraintError as error:
        raise ConflictError(
            "another change took this identity first; nothing was changed"
        ) from error
    except (DriverError, Neo4jError) as error:
        raise StoreUnavailableError(
            f"the graph database does not answer as it should ({type(error).__name__})"
        ) from error
