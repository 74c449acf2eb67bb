"""Reads within one transaction of the driver."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from neo4j import AsyncManagedTransaction

from knowledge_graph.errors import NotFoundError
from knowledge_graph.expression import plan as p
from knowledge_graph.expression.comparison import stored
from knowledge_graph.expression.cypher import SUBJECT, CypherWriter
from knowledge_graph.expression.nodes import Measure, Query
from knowledge_graph.expression.periods import TimeFrame
from knowledge_graph.expression.resolve import Resolver, resolve_query
from knowledge_graph.ontology.change import ChangeSet
from knowledge_graph.ontology.fields import FieldType
from knowledge_graph.ontology.record import Record, RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema
from knowledge_graph.ports import Edge, Neighbourhood, Page
from knowledge_graph.stores import mapping
from knowledge_graph.stores.changelog import change_set_from, changes_from
from knowledge_graph.stores.commit import only, references
from knowledge_graph.stores.measuring import derived_number, measured, weighted
from knowledge_graph.stores.queries import statement
from knowledge_graph.stores.ranking import newest_first
from knowledge_graph.stores.transaction import BATCH, INTERNAL, by_kind, properties, texts

PROBE = 1_000
"""Matches up to which a query needs no second scan for its total."""

_MOST_NEIGHBOURS = 2_000
"""Of one hop: the latest changed ones of a hub, so that its cost stays bounded."""

ResultRow = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Reads records, numbers and the change log."""

    tx: AsyncManagedTransaction

    async def _run(self, text: str, parameters: Mapping[str, object]) -> list[ResultRow]:
        result = await self.tx.run(text, dict(parameters))
        return [dict(row) async for row in result]

    async def _named(
        self, name: str, parameters: Mapping[str, object], **names: str
    ) -> list[ResultRow]:
        return await self._run(statement(name, **names), parameters)

    async def schema(self) -> WorkspaceSchema:
        """Return the workspace's schema; a database without a workspace has no custom fields."""
        rows = await self._named("workspace", {})
        return mapping.schema_from(str(rows[0]["custom"] or "[]") if rows else "[]")

    async def change_mark(self) -> str:
        """Return a text that differs after every commit and every saved schema."""
        rows = await self._named("change_mark", {})
        if not rows:
            return ""
        custom = blake2b(str(rows[0]["custom"] or "").encode(), digest_size=8).hexdigest()
        return f"{rows[0]['seq']}.{custom}"

    async def counts(self) -> Mapping[str, int]:
        """Return how many records there are of each kind that has any."""
        schema = await self.schema()
        found = {}
        for kind in schema.kinds.values():
            rows = await self._named("count_records", {}, label=kind.label)
            found[kind.name] = int(str(rows[0]["n"])) if rows else 0
        return {name: n for name, n in found.items() if n}

    async def get(self, refs: Sequence[RecordRef]) -> tuple[Record, ...]:
        """Return the records that exist, in the order asked for."""
        schema, found = WorkspaceSchema(), {}
        for kind, ids in by_kind(refs).items():
            label = schema.kind(kind).label
            for start in range(0, len(ids), BATCH):
                batch = {"ids": ids[start : start + BATCH]}
                for row in await self._named("get_records", batch, label=label):
                    record = mapping.record_of(kind, properties(row))
                    found[record.ref] = record
        return tuple(found[ref] for ref in refs if ref in found)

    async def find(self, query: Query, frame: TimeFrame, offset: int, limit: int) -> Page:
        """Return one page of a query's records and how many there are.

        One scan decides most queries: it stops at `PROBE` records, and only a query with more is counted.

        Args:
            query: Which records.
            frame: What now and here are.
            offset: How many records to pass over.
            limit: How many to return at most.

        Returns:
            The page; without an order and with at most `PROBE` records by id, else in the database's order.
        """
        schema = await self.schema()
        plan = resolve_query(query, schema, frame)
        ordered = bool(plan.sort) or plan.limit is not None
        most = max(PROBE, offset + limit) + 1 if ordered else PROBE + 1
        if plan.limit is not None:
            most = min(most, plan.limit)
        ids = await self._ids(plan, schema, 0, most)
        total, complete = len(ids), len(ids) < most or most == plan.limit
        if not complete:
            total = await self._count(plan, schema)
        if plan.limit is not None:
            total = min(total, plan.limit)
        wanted = max(0, min(limit, total - offset))
        if complete or ordered:
            ids = (ids if ordered else sorted(ids))[offset : offset + wanted]
        else:
            ids = await self._ids(plan, schema, offset, wanted) if wanted else []
        refs = [RecordRef(kind=plan.kind, id=i) for i in ids]
        return Page(records=await self.get(refs), total=total)

    async def _ids(
        self, plan: p.QueryPlan, schema: WorkspaceSchema, skip: int, most: int
    ) -> list[str]:
        writer = CypherWriter(schema=schema)
        ordered = plan.sort or plan.limit is not None
        order = writer.ordering(plan.sort) if ordered else f"WITH {SUBJECT}"
        text = f"{writer.matching(plan)} {order} SKIP $skip LIMIT $most"
        text += f" RETURN collect({SUBJECT}.id) AS ids"
        rows = await self._run(text, {**writer.parameters, "skip": skip, "most": most})
        return list(texts(rows[0]["ids"]))

    async def _count(self, plan: p.QueryPlan, schema: WorkspaceSchema) -> int:
        writer = CypherWriter(schema=schema)
        text = f"{writer.matching(plan)} RETURN count({SUBJECT}) AS total"
        rows = await self._run(text, writer.parameters)
        return int(str(rows[0]["total"]))

    async def measure(
        self, query: Query, measures: Sequence[Measure], frame: TimeFrame
    ) -> dict[Measure, float | None]:
        """Return numbers over a query's records."""
        schema = await self.schema()
        plan = resolve_query(query, schema, frame)
        resolver = Resolver(schema=schema, kind=plan.kind, frame=frame)
        return {m: await self._measure(plan, m, resolver) for m in measures}

    async def _measure(
        self, plan: p.QueryPlan, measure: Measure, resolver: Resolver
    ) -> float | None:
        read = measured(measure, resolver)
        writer = CypherWriter(schema=resolver.schema)
        text = writer.matching(plan)
        if plan.limit is not None:
            text += f" {writer.ordering(plan.sort)} LIMIT {writer.bind(plan.limit)}"
        if read is None:
            rows = await self._run(f"{text} RETURN count({SUBJECT}) AS value", writer.parameters)
            return _number(rows[0]["value"])
        value = writer.source(stored(read), SUBJECT)
        if read.spec.derivation is None:
            text += f" WITH {value} AS value RETURN {measure.agg}(value) AS value"
            rows = await self._run(text, writer.parameters)
            return _number(rows[0]["value"])
        text += f" WITH {value} AS value WHERE value IS NOT NULL RETURN value, count(*) AS times"
        rows = await self._run(text, writer.parameters)
        numbers: Counter[int | float | None] = Counter()
        for row in rows:
            number = derived_number(read.spec, str(row["value"]), resolver.frame)
            numbers[number] += int(str(row["times"]))
        return weighted(measure.agg, numbers)

    async def by_source_key(self, keys: Sequence[str]) -> dict[str, RecordRef]:
        """Return the records that stand for these outside records."""
        found: dict[str, RecordRef] = {}
        for start in range(0, len(keys), BATCH):
            batch = {"keys": list(keys[start : start + BATCH])}
            for row in await self._named("holders_of_keys", batch):
                ref = RecordRef(kind=str(row["kind"]), id=str(row["id"]))
                found[str(row["key"])] = ref
        return found

    async def neighbourhood(self, ref: RecordRef, hops: int, limit: int) -> Neighbourhood:
        """Return the records around a record, nearest and newest first."""
        schema = await self.schema()
        centre = await self.get([ref])
        if not centre:
            raise NotFoundError(f"there is no record {ref}")
        found: dict[RecordRef, Record] = {ref: centre[0]}
        rim: tuple[RecordRef, ...] = (ref,)
        for _ in range(hops):
            near = await self._around(rim, schema)
            ranked = newest_first([r for key, r in near.items() if key not in found])
            rim = tuple(r.ref for r in ranked[: limit + 1 - len(found)])
            found |= {key: near[key] for key in rim}
            if len(found) > limit:
                break
        kept = [e for e in _among(found, schema) if e.target in found]
        return Neighbourhood(
            centre=centre[0],
            records=tuple(found.values())[1:],
            edges=tuple(sorted(kept, key=lambda e: (e.source, e.field))),
        )

    async def _around(
        self, rim: Sequence[RecordRef], schema: WorkspaceSchema
    ) -> dict[RecordRef, Record]:
        kinds, found = mapping.kinds_by_label(schema), {}
        for kind, ids in by_kind(rim).items():
            label = schema.kind(kind).label
            parameters = {"ids": ids, "others": INTERNAL, "most": _MOST_NEIGHBOURS}
            for row in await self._named("neighbours", parameters, label=label):
                there = kinds[str(row["label"])]
                record = mapping.record_of(there.name, properties(row))
                found[record.ref] = record
        return found

    async def references_to(self, refs: Sequence[RecordRef]) -> tuple[Edge, ...]:
        """Return the edges of other records that point to these."""
        schema = await self.schema()
        kinds, found, wanted = mapping.kinds_by_label(schema), set(), set(refs)
        for kind, ids in by_kind(refs).items():
            label = schema.kind(kind).label
            parameters = {"ids": ids, "others": INTERNAL}
            for row in await self._named("inbound_edges", parameters, label=label):
                holder = kinds[str(row["label"])]
                source = RecordRef(kind=holder.name, id=str(row["id"]))
                target = RecordRef(kind=kind, id=str(row["target"]))
                field = mapping.field_of_type(holder, str(row["type"]))
                if source not in wanted:
                    found.add(Edge(source=source, field=field, target=target))
        return tuple(sorted(found, key=lambda e: (e.target, e.source, e.field)))

    async def values_in_use(self, kind: str, field: str, limit: int) -> tuple[tuple[str, int], ...]:
        """Return the distinct values of a field with their counts."""
        schema = await self.schema()
        spec = schema.field(kind, field)
        name = "members_in_use" if spec.type is FieldType.SET else "values_in_use"
        label = schema.kind(kind).label
        rows = await self._named(name, {"limit": limit}, label=label, field=spec.name)
        return tuple((str(row["value"]), int(str(row["times"]))) for row in rows)

    async def enumerated_values(self) -> dict[str, tuple[str, ...]]:
        """Return by field id all values that enumerations and sets hold or have held."""
        rows = await self._named("field_values", {})
        return {str(row["field"]): texts(row["values"]) for row in rows}

    async def change_set(self, change_id: str) -> ChangeSet | None:
        """Return a change set, whole."""
        rows = await self._named("change_set", {"id": change_id})
        return await self._whole(rows[0], ()) if rows else None

    async def _whole(self, row: ResultRow, parts: Sequence[int]) -> ChangeSet:
        head = row["head"] if isinstance(row["head"], dict) else {}
        parameters = {"id": head["id"], "parts": list(parts)}
        found = await self._named("change_parts", parameters)
        changes = [change for part in found for change in changes_from(str(part["changes"]))]
        return change_set_from(head, tuple(changes))

    async def history(
        self, ref: RecordRef | None, actor: str | None, limit: int
    ) -> list[ChangeSet]:
        """Return change sets, newest first; those about a record hold only its changes."""
        if ref is not None:
            return await self._history_of(ref, actor, limit)
        name = "history" if actor is None else "history_of_actor"
        rows = await self._named(name, {"actor": actor, "limit": limit})
        return [await self._whole(row, (0,)) for row in rows]

    async def _history_of(self, ref: RecordRef, actor: str | None, limit: int) -> list[ChangeSet]:
        label = WorkspaceSchema().kind(ref.kind).label
        rows = await self._named("history_of_record", {"id": ref.id}, label=label)
        rows += await self._named("history_of_record", {"id": str(ref)}, label="Deleted")
        rows = [row for row in rows if actor in {None, _head(row)["actor"]}]
        rows.sort(key=lambda row: -int(str(_head(row)["seq"])))
        found = []
        for row in rows[:limit]:
            numbers = row["parts"] if isinstance(row["parts"], list) else []
            entry = await self._whole(row, numbers)
            found.append(only(entry, ref))
        return found


def _among(found: Mapping[RecordRef, Record], schema: WorkspaceSchema) -> set[Edge]:
    return {
        Edge(source=ref, field=field, target=target)
        for ref, record in found.items()
        for field, target in references(record, schema)
    }


def _head(row: ResultRow) -> ResultRow:
    head = row["head"]
    return head if isinstance(head, dict) else {}


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) else None
