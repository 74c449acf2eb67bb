"""A graph store that keeps personal values sealed in the store below it, whichever that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from knowledge_graph.errors import ConflictError, UnsealedError
from knowledge_graph.expression.nodes import Measure, Query
from knowledge_graph.expression.periods import TimeFrame
from knowledge_graph.expression.plan import QueryPlan
from knowledge_graph.expression.python import Row, select
from knowledge_graph.expression.resolve import Resolver, resolve_query
from knowledge_graph.keeping import KeyVault, Tombstones
from knowledge_graph.ontology.change import Action, ChangeSet
from knowledge_graph.ontology.fields import FieldType
from knowledge_graph.ontology.record import NameEntry, Record, RecordRef
from knowledge_graph.ontology.schema import SUBJECT_KINDS, WorkspaceSchema
from knowledge_graph.ports import Edge, GraphStore, Neighbourhood, Page
from knowledge_graph.sealing.changes import ChangeSealer
from knowledge_graph.sealing.layout import above, below, sealed_kinds
from knowledge_graph.sealing.log import opened_log, opened_reasons, with_sealed_reason
from knowledge_graph.sealing.mirror import Mirror, is_sealed, kinds_of, of_source, touched
from knowledge_graph.sealing.opening import key_tokens, opened_records
from knowledge_graph.stores.measuring import measure_rows, measured
from knowledge_graph.stores.names import name_fields, names_of

BATCH = 2_000
"""Reasons that are opened at once."""
_ATTEMPTS = 8
"""How often a commit is tried while others write other fields of the same people."""


class SealedGraphStore:
    """See `GraphStore`. What it cannot ask below it answers from unsealed records in memory.

    Args:
        store: The store below.
        vault: Seals and opens.
        timezone: The workspace's time zone, as the store below has it.
        tombstones: Remembers who was erased; None: nobody was.
    """

    def __init__(
        self,
        store: GraphStore,
        vault: KeyVault,
        *,
        timezone: tzinfo = UTC,
        tombstones: Tombstones | None = None,
    ) -> None:
        self._tombstones = tombstones
        self.below = store
        """The store that keeps ciphertext: for erasures and backups only."""
        self._store = store
        self._vault = vault
        self._zone = timezone
        self._mirror = Mirror(store, vault)
        self._schemas: tuple[WorkspaceSchema, WorkspaceSchema] | None = None
        self._words: tuple[str, Mapping[str, tuple[str, ...]]] = ("", {})
        """The values of enumerations, and the change mark at which they were collected."""

    def forget(self) -> None:
        """Drop what is unsealed in memory: after an erasure."""
        self._mirror.forget()
        self._words = ("", {})

    async def migrate(self) -> int:
        """Bring the store below to its newest version, with the properties of the sealing.

        Returns:
            The version.

        Raises:
            UnsealedError: People stand in it in the clear; nothing was changed.
        """
        version = await self._store.migrate()
        schema = await self._store.schema()
        if schema == above(schema) and SUBJECT_KINDS & (await self._store.counts()).keys():
            raise UnsealedError(
                "this workspace was made before personal values were sealed: its people stand in the clear. "
                "Stop everything that uses it and run: guanxi privacy seal. Nothing was started."
            )
        wanted = below(above(schema))
        if set(wanted.custom) != set(schema.custom):
            await self._store.save_schema(wanted)
        return version

    async def schema(self) -> WorkspaceSchema:
        """Return the workspace's schema, custom fields included."""
        stored = await self._store.schema()
        if self._schemas is None or self._schemas[0] != stored:
            self._schemas = (stored, above(stored))
        return self._schemas[1]

    async def save_schema(self, schema: WorkspaceSchema) -> None:
        """Replace the workspace's custom fields."""
        await self._store.save_schema(below(schema))

    async def get(self, refs: Sequence[RecordRef]) -> tuple[Record, ...]:
        """Return the records that exist, in the order asked for."""
        return await opened_records(self._vault, await self._store.get(refs))

    async def find(self, query: Query, *, now: datetime, offset: int = 0, limit: int = 50) -> Page:
        """Return records that satisfy a query."""
        schema = await self.schema()
        plan = resolve_query(query, schema, self._frame(now))
        if not is_sealed(touched(plan), sealed_kinds(schema)):
            page = await self._store.find(query, now=now, offset=offset, limit=limit)
            return replace(page, records=await opened_records(self._vault, page.records))
        rows = await self._selected(plan, schema)
        refs = [RecordRef(kind=plan.kind, id=str(r["id"])) for r in rows[offset : offset + limit]]
        return Page(records=tuple(map(self._mirror.get, refs)), total=len(rows))

    async def _selected(self, plan: QueryPlan, schema: WorkspaceSchema) -> list[Row]:
        await self._mirror.ready(kinds_of(touched(plan), schema))
        return select(plan, self._mirror.rows(plan.kind), self._mirror)

    async def measure(
        self, query: Query, measures: Sequence[Measure], *, now: datetime
    ) -> Mapping[Measure, float | None]:
        """Return numbers over the records of a query."""
        schema, frame = await self.schema(), self._frame(now)
        plan = resolve_query(query, schema, frame)
        resolver = Resolver(schema=schema, kind=plan.kind, frame=frame)
        reads = [read for m in measures if (read := measured(m, resolver)) is not None]
        fields = [*touched(plan), *(f for read in reads for f in of_source(read))]
        if not is_sealed(fields, sealed_kinds(schema)):
            return await self._store.measure(query, measures, now=now)
        await self._mirror.ready(kinds_of(fields, schema))
        rows = select(plan, self._mirror.rows(plan.kind), self._mirror)
        return {m: measure_rows(m, rows, resolver, self._mirror) for m in measures}

    async def by_source_key(self, keys: Sequence[str]) -> Mapping[str, RecordRef]:
        """Return the records that stand for these outside records."""
        tokens = await key_tokens(self._vault, keys)
        held = await self._store.by_source_key([*keys, *tokens.values()])
        found = {key: held.get(key) or held.get(tokens[key]) for key in keys}
        return {key: ref for key, ref in found.items() if ref is not None}

    async def neighbourhood(
        self, ref: RecordRef, *, hops: int = 1, limit: int = 200
    ) -> Neighbourhood:
        """Return what is connected with a record, nearest and newest first."""
        around = await self._store.neighbourhood(ref, hops=hops, limit=limit)
        centre, *records = await opened_records(self._vault, (around.centre, *around.records))
        return replace(around, centre=centre, records=tuple(records))

    async def references_to(self, refs: Sequence[RecordRef]) -> tuple[Edge, ...]:
        """Return the edges of other records that point to these."""
        return await self._store.references_to(refs)

    async def names(self, since: str = "") -> AsyncIterator[NameEntry]:
        """Yield the names of all records changed at or after `since` (UTC)."""
        schema = await self.schema()
        sealed = [k for k, fields in sealed_kinds(schema).items() if "name" in fields]
        kinds = [k for k in sealed if name_fields(schema, k)]
        async for entry in self._store.names(since):
            if entry.ref.kind not in kinds:
                yield entry
        await self._mirror.ready(kinds)
        for kind in kinds:
            fields = name_fields(schema, kind)
            for record in tuple(self._mirror.records(kind)):
                if record.updated_at >= since:
                    for entry in names_of(record, fields):
                        yield entry

    async def scan(self, kind: str, since: str = "") -> AsyncIterator[Record]:
        """Yield all records of a kind changed at or after `since` (UTC), in no order."""
        async for record in self._store.scan(kind, since):
            for opened in await opened_records(self._vault, (record,)):
                yield opened

    async def values_in_use(
        self, kind: str, field: str, *, limit: int = 500
    ) -> tuple[tuple[str, int], ...]:
        """Return the distinct values of a field with their counts, most frequent first."""
        schema = await self.schema()
        spec = schema.field(kind, field)
        if not is_sealed([(spec.kind, spec.name)], sealed_kinds(schema)):
            return await self._store.values_in_use(kind, field, limit=limit)
        await self._mirror.ready([spec.kind])
        counts: Counter[str] = Counter()
        for record in self._mirror.records(spec.kind):
            value = record.get(field)
            if value is not None:
                counts.update(value if isinstance(value, tuple) else [str(value)])
        return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit])

    async def enumerated_values(self) -> Mapping[str, tuple[str, ...]]:
        """Return by field id the values that enumerations and sets hold."""
        mark = await self._store.change_mark()
        if mark != self._words[0]:
            self._words = (mark, await self._collected())
        return self._words[1]

    async def _collected(self) -> Mapping[str, tuple[str, ...]]:
        schema = await self.schema()
        found = {f: set(v) for f, v in (await self._store.enumerated_values()).items()}
        words = {
            spec.id: spec
            for kind, fields in sealed_kinds(schema).items()
            for spec in schema.kind(kind).fields.values()
            if spec.name in fields and spec.type in {FieldType.ENUM, FieldType.SET}
        }
        await self._mirror.ready({spec.kind for spec in words.values()})
        for spec in words.values():
            values = found.setdefault(spec.id, set())
            for record in self._mirror.records(spec.kind):
                value = record.values.get(spec.name)
                if isinstance(value, tuple):
                    values.update(value)
                elif isinstance(value, str):
                    values.add(value)
        return {field: tuple(sorted(values)) for field, values in found.items() if values}

    async def counts(self) -> Mapping[str, int]:
        """Return how many records there are of each kind that has any."""
        return await self._store.counts()

    async def change_mark(self) -> str:
        """Return a text that differs after every commit and every saved schema."""
        return await self._store.change_mark()

    async def commit(self, change_set: ChangeSet) -> None:
        """Write all changes and the entry in the change log, or nothing.

        Raises:
            ConflictError: A record is not as `before` says, or a deleted one is still pointed to.
            ErasedError: A change would write about somebody who was erased.
            InvalidValueError: A value does not fit its field, or a reference points to no record.
            UnknownFieldError: A kind has no such field. Nothing was written in any of these cases.
        """
        schema = await self.schema()
        refs = {c.ref for c in change_set.changes if c.action is not Action.CREATE}
        for attempt in range(_ATTEMPTS):
            standing = await self._store.get(sorted(refs)) if refs else ()
            sealed = await self._sealer(schema, standing).sealed(change_set)
            try:
                return await self._store.commit(await with_sealed_reason(self._vault, sealed))
            except ConflictError:
                # somebody may have written another field of the same person in between
                if attempt == _ATTEMPTS - 1 or standing == await self._store.get(sorted(refs)):
                    raise
        return None

    def _sealer(self, schema: WorkspaceSchema, standing: Sequence[Record]) -> ChangeSealer:
        return ChangeSealer(self._vault, schema, standing, self._tombstones)

    async def change_set(self, change_id: str) -> ChangeSet:
        """Return a committed change set."""
        (entry,) = await opened_log(self._vault, [await self._store.change_set(change_id)])
        return entry

    async def history(
        self, *, ref: RecordRef | None = None, actor: str | None = None, limit: int = 20
    ) -> tuple[ChangeSet, ...]:
        """Return committed change sets, newest first (with at most 50 changes each)."""
        found = await self._store.history(ref=ref, actor=actor, limit=limit)
        return await opened_log(self._vault, found)

    async def reasons(self) -> AsyncIterator[tuple[str, str]]:
        """Yield id and reason of all change sets; one that was erased is empty."""
        found = [entry async for entry in self._store.reasons()]
        for start in range(0, len(found), BATCH):
            batch = found[start : start + BATCH]
            for (change_id, _), reason in zip(
                batch, await opened_reasons(self._vault, batch), strict=True
            ):
                yield change_id, reason

    async def close(self) -> None:
        """Release connections and what is unsealed."""
        self.forget()
        await self._store.close()

    def _frame(self, now: datetime) -> TimeFrame:
        return TimeFrame(now=now, zone=self._zone)
