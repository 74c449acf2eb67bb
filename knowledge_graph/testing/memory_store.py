"""A graph store in memory: the Python rendering of expressions over plain dictionaries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from knowledge_graph.errors import ConflictError, InvalidValueError, NotFoundError
from knowledge_graph.expression import plan as p
from knowledge_graph.expression.nodes import Measure, Query
from knowledge_graph.expression.periods import TimeFrame
from knowledge_graph.expression.python import Row, select
from knowledge_graph.expression.resolve import Resolver, resolve_query
from knowledge_graph.ontology.change import ChangeSet
from knowledge_graph.ontology.record import NameEntry, Record, RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema
from knowledge_graph.ports import Edge, Neighbourhood, Page
from knowledge_graph.stores.commit import (
    Applied,
    apply,
    enumerated,
    key_owners,
    named_refs,
    references,
    without_keys,
)
from knowledge_graph.stores.mapping import schema_from, schema_text
from knowledge_graph.stores.measuring import measure_rows
from knowledge_graph.stores.names import name_fields, names_of
from knowledge_graph.stores.ranking import newest_first
from knowledge_graph.stores.rows import row_of

VERSION = 1


class InMemoryGraphStore:
    """Passes the same contract suite as the database adapter; nothing survives it.

    Args:
        timezone: The workspace's time zone: what "today" means.
    """

    def __init__(self, timezone: tzinfo = UTC) -> None:
        self._zone = timezone
        self._schema = WorkspaceSchema()
        self._records: dict[RecordRef, Record] = {}
        self._log: dict[str, ChangeSet] = {}
        self._values: dict[str, set[str]] = {}
        self._inbound: dict[tuple[str, str, str], list[Row]] | None = None

    def copy(self) -> InMemoryGraphStore:
        """Return an independent store of the same content."""
        other = InMemoryGraphStore(self._zone)
        other._schema = self._schema
        other._records, other._log = dict(self._records), dict(self._log)
        other._values = {field: set(values) for field, values in self._values.items()}
        return other

    def snapshot(self) -> Mapping[RecordRef, Record]:
        """Return all records as they are now."""
        return dict(self._records)

    # -- facts for the Python rendering

    def record(self, kind: str, record_id: str) -> Row | None:
        """Return the row of a record, None when there is none."""
        found = self._records.get(RecordRef(kind=kind, id=record_id))
        return None if found is None else row_of(found)

    def related(self, kind: str, reference: str, record_id: str) -> Iterable[Row]:
        """Return the rows of a kind whose reference points to a record."""
        if self._inbound is None:
            self._inbound = defaultdict(list)
            for found in self._records.values():
                for name, target in references(found, self._schema):
                    self._inbound[found.kind, name, target.id].append(row_of(found))
        return self._inbound.get((kind, reference, record_id), ())

    # -- the port

    async def migrate(self) -> int:
        """Return the one version there is."""
        return VERSION

    async def schema(self) -> WorkspaceSchema:
        """Return the workspace's schema."""
        return self._schema

    async def save_schema(self, schema: WorkspaceSchema) -> None:
        """Replace the workspace's custom fields.

        Raises:
            InvalidValueError: A name cannot be a field's.
        """
        self._schema = schema_from(schema_text(schema))
        self._inbound = None

    async def get(self, refs: Sequence[RecordRef]) -> tuple[Record, ...]:
        """Return the records that exist, in the order asked for."""
        return tuple(self._records[ref] for ref in refs if ref in self._records)

    def _frame(self, now: datetime) -> TimeFrame:
        return TimeFrame(now=now, zone=self._zone)

    def _selected(self, plan: p.QueryPlan) -> list[Row]:
        rows = (row_of(r) for r in self._records.values() if r.kind == plan.kind)
        return select(plan, rows, self)

    async def find(self, query: Query, *, now: datetime, offset: int = 0, limit: int = 50) -> Page:
        """Return records that satisfy a query."""
        plan = resolve_query(query, self._schema, self._frame(now))
        rows = self._selected(plan)
        refs = [
            RecordRef(kind=plan.kind, id=str(row[p.ID_FIELD]))
            for row in rows[offset : offset + limit]
        ]
        return Page(records=await self.get(refs), total=len(rows))

    async def measure(
        self, query: Query, measures: Sequence[Measure], *, now: datetime
    ) -> Mapping[Measure, float | None]:
        """Return numbers over the records of a query."""
        frame = self._frame(now)
        plan = resolve_query(query, self._schema, frame)
        rows = self._selected(plan)
        resolver = Resolver(schema=self._schema, kind=plan.kind, frame=frame)
        return {m: measure_rows(m, rows, resolver, self) for m in measures}

    async def by_source_key(self, keys: Sequence[str]) -> Mapping[str, RecordRef]:
        """Return the records that stand for these outside records."""
        held = {key: r.ref for r in self._records.values() for key in r.source_keys}
        return {key: held[key] for key in keys if key in held}

    def _edges(self) -> Iterable[Edge]:
        for record in self._records.values():
            for name, target in references(record, self._schema):
                yield Edge(source=record.ref, field=name, target=target)

    async def neighbourhood(
        self, ref: RecordRef, *, hops: int = 1, limit: int = 200
    ) -> Neighbourhood:
        """Return what is connected with a record, nearest and newest first.

        Raises:
            NotFoundError: There is no such record.
        """
        if ref not in self._records:
            raise NotFoundError(f"there is no record {ref}")
        edges, found, rim = tuple(self._edges()), [ref], {ref}
        for _ in range(hops):
            near = {e.target for e in edges if e.source in rim} | {
                e.source for e in edges if e.target in rim
            }
            rim = near - set(found)
            rows = newest_first([self._records[r] for r in rim])
            found += [r.ref for r in rows]
        kept = set(found[: limit + 1])
        return Neighbourhood(
            centre=self._records[ref],
            records=tuple(self._records[r] for r in found[1 : limit + 1]),
            edges=tuple(sorted(
                (e for e in edges if e.source in kept and e.target in kept),
                key=lambda e: (e.source, e.field),
            )),
        )  # fmt: skip

    async def references_to(self, refs: Sequence[RecordRef]) -> tuple[Edge, ...]:
        """Return the edges of other records that point to these."""
        wanted = set(refs)
        return tuple(e for e in self._edges() if e.target in wanted and e.source not in wanted)

    async def names(self, since: str = "") -> AsyncIterator[NameEntry]:
        """Yield the names of all records changed at or after an instant."""
        for record in tuple(self._records.values()):
            if record.updated_at >= since:
                for entry in names_of(record, name_fields(self._schema, record.kind)):
                    yield entry

    async def scan(self, kind: str, since: str = "") -> AsyncIterator[Record]:
        """Yield all records of a kind changed at or after an instant."""
        name = self._schema.kind(kind).name
        for record in tuple(self._records.values()):
            if record.kind == name and record.updated_at >= since:
                yield record

    async def values_in_use(
        self, kind: str, field: str, *, limit: int = 500
    ) -> tuple[tuple[str, int], ...]:
        """Return the distinct values of a field with their counts, most frequent first."""
        name = self._schema.kind(kind).name
        self._schema.field(name, field)
        counts: Counter[str] = Counter()
        for record in self._records.values():
            value = record.get(field) if record.kind == name else None
            if value is not None:
                counts.update(value if isinstance(value, tuple) else [str(value)])
        return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit])

    async def enumerated_values(self) -> Mapping[str, tuple[str, ...]]:
        """Return by field id all values that enumerations and sets hold or have held."""
        return {field: tuple(sorted(values)) for field, values in self._values.items()}

    async def counts(self) -> Mapping[str, int]:
        """Return how many records there are of each kind that has any."""
        return dict(Counter(ref.kind for ref in self._records))

    async def change_mark(self) -> str:
        """Return a text that differs after every commit and every saved schema."""
        return f"{len(self._log)}.{hash(self._schema.custom)}"

    async def commit(self, change_set: ChangeSet) -> None:
        """Write all changes and the entry in the change log, or nothing.

        Raises:
            ConflictError: A record is not as `before` says, or a deleted one is still pointed to.
            InvalidValueError: A value does not fit, or a reference points to no record.
        """
        if change_set.id in self._log:
            return
        standing = {r.ref: r for r in await self.get(named_refs(change_set))}
        applied = apply(change_set, standing, self._schema)
        records = {k: v for k, v in self._records.items() if k not in applied.before}
        records |= applied.after
        self._check(applied, records)
        taken = key_owners(applied.after.values())
        records = {ref: without_keys(record, taken) for ref, record in records.items()}
        self._records, self._inbound = records, None
        for field, values in enumerated(tuple(applied.after.values()), self._schema).items():
            self._values.setdefault(field, set()).update(values)
        self._log[change_set.id] = applied.logged

    def _check(self, applied: Applied, records: Mapping[RecordRef, Record]) -> None:
        for record in applied.after.values():
            for name, target in references(record, self._schema):
                if target not in records:
                    raise InvalidValueError(
                        f"{record.ref}: {name!r} points to {target}, which does not exist; "
                        "nothing was changed"
                    )
        gone = {r.ref for r in applied.deleted}
        for record in records.values() if gone else ():
            for name, target in references(record, self._schema):
                if target in gone:
                    raise ConflictError(
                        f"{target} cannot be deleted: {name!r} of {record.ref} points to it; "
                        "nothing was changed"
                    )

    async def change_set(self, change_id: str) -> ChangeSet:
        """Return a committed change set.

        Raises:
            NotFoundError: There is none.
        """
        if change_id not in self._log:
            raise NotFoundError(f"there is no change {change_id!r}")
        return self._log[change_id]

    async def history(
        self, *, ref: RecordRef | None = None, actor: str | None = None, limit: int = 20
    ) -> tuple[ChangeSet, ...]:
        """Return committed change sets, newest first (with at most 50 changes each)."""
        found = [
            entry
            for entry in reversed(self._log.values())
            if (actor is None or entry.actor == actor)
            and (ref is None or any(c.ref == ref for c in entry.changes))
        ][:limit]
        return tuple(_shortened(entry, ref) for entry in found)

    async def reasons(self) -> AsyncIterator[tuple[str, str]]:
        """Yield id and reason of all change sets."""
        for entry in tuple(self._log.values()):
            yield entry.id, entry.reason

    async def close(self) -> None:
        """Do nothing."""


def _shortened(entry: ChangeSet, ref: RecordRef | None) -> ChangeSet:
    changes = tuple(c for c in entry.changes if ref is None or c.ref == ref)
    return replace(entry, changes=changes[:50])
