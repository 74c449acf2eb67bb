"""One commit as one transaction: everything that a change set writes, in the order it is written.

The first statement counts the workspace's sequence up. That lock (Neo4j) or version conflict and retry
(ArcadeDB) puts all commits in a row, so what a commit has read still holds when it writes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from neo4j import AsyncManagedTransaction

from knowledge_graph.errors import ConflictError, InvalidValueError
from knowledge_graph.expression.cypher import edge_type
from knowledge_graph.ontology.change import ChangeSet
from knowledge_graph.ontology.record import Record, RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema
from knowledge_graph.stores import mapping
from knowledge_graph.stores.changelog import PART_SIZE, head_of, parts_of
from knowledge_graph.stores.commit import (
    Applied,
    apply,
    enumerated,
    key_owners,
    named_refs,
    references,
)
from knowledge_graph.stores.queries import statement

BATCH = 2_000
"""Rows in one statement: fewer round trips, bounded memory (notes of the measurement: ADR 0002)."""

Row = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class CommitTransaction:
    """Writes one change set within one transaction of the driver."""

    tx: AsyncManagedTransaction

    async def run(self, change_set: ChangeSet) -> None:
        """Write the change set, unless an earlier attempt has done so.

        Args:
            change_set: What to change.

        Raises:
            ConflictError: A record is not as a change says, or a deleted one is still pointed to.
            InvalidValueError: A reference points to no record.
        """
        begun = await self._rows("begin_commit", {})
        if await self._rows("committed", {"id": change_set.id}):
            return  # the acknowledgement of an earlier attempt was lost
        schema = mapping.schema_from(str(begun[0]["custom"]))
        standing = await self._standing(named_refs(change_set), schema)
        applied = apply(change_set, standing, schema)
        await self._check_targets(applied, schema)
        await self._write_records(applied, schema)
        await self._write_edges(applied, schema)
        await self._write_sources(applied, schema)
        await self._delete(applied, schema)
        await self._write_keys(applied, schema)
        await self._write_values(applied, schema)
        await self._log(applied, schema, begun[0]["seq"])

    async def _rows(
        self, name: str, parameters: Mapping[str, object], **names: str
    ) -> list[dict[str, object]]:
        result = await self.tx.run(statement(name, **names), dict(parameters))
        return [dict(row) async for row in result]

    async def _each(
        self, name: str, rows: Sequence[object], key: str = "rows", **names: str
    ) -> None:
        for start in range(0, len(rows), BATCH):
            result = await self.tx.run(
                statement(name, **names), {key: list(rows[start : start + BATCH])}
            )
            await result.consume()

    async def _standing(
        self, refs: Sequence[RecordRef], schema: WorkspaceSchema
    ) -> dict[RecordRef, Record]:
        found: dict[RecordRef, Record] = {}
        for kind, ids in by_kind(refs).items():
            label = schema.kind(kind).label
            for start in range(0, len(ids), BATCH):
                for row in await self._rows(
                    "get_records", {"ids": ids[start : start + BATCH]}, label=label
                ):
                    record = mapping.record_of(kind, properties(row))
                    found[record.ref] = record
        return found

    async def _check_targets(self, applied: Applied, schema: WorkspaceSchema) -> None:
        wanted: dict[RecordRef, tuple[RecordRef, str]] = {}
        for record in applied.after.values():
            for field, target in references(record, schema):
                if target not in applied.after:
                    wanted.setdefault(target, (record.ref, field))
        for kind, ids in by_kind(wanted).items():
            label = schema.kind(kind).label
            rows = await self._rows("existing_ids", {"ids": ids}, label=label)
            there = {RecordRef(kind=kind, id=str(row["id"])) for row in rows}
            for target in (RecordRef(kind=kind, id=i) for i in ids):
                if target not in there or target in applied.before:
                    ref, field = wanted[target]
                    raise InvalidValueError(
                        f"{ref}: {field!r} points to {target}, which does not exist; "
                        "nothing was changed"
                    )

    async def _write_records(self, applied: Applied, schema: WorkspaceSchema) -> None:
        for name, records in (
            ("create_records", applied.created),
            ("update_records", applied.updated),
        ):
            for kind, group in grouped(records).items():
                rows = [mapping.properties_of(r) for r in group]
                await self._each(name, rows, label=schema.kind(kind).label)

    async def _write_edges(self, applied: Applied, schema: WorkspaceSchema) -> None:
        gone: dict[tuple[str, str], list[Row]] = defaultdict(list)
        new: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        for record in applied.after.values():
            before = applied.before.get(record.ref)
            old = dict(references(before, schema)) if before else {}
            now = dict(references(record, schema))
            for field in old.keys() - {f for f in now if now[f] == old.get(f)}:
                gone[record.kind, field].append({"id": record.id})
            for field, target in now.items():
                if old.get(field) != target:
                    row = {"id": record.id, "target": target.id}
                    new[record.kind, field, target.kind].append(row)
        for (kind, field), rows in gone.items():
            label = schema.kind(kind).label
            await self._each("delete_edges", rows, label=label, type=edge_type(field))
        for (kind, field, target_kind), rows in new.items():
            label, to = schema.kind(kind).label, schema.kind(target_kind).label
            await self._each("create_edges", rows, label=label, target=to, type=edge_type(field))

    async def _write_sources(self, applied: Applied, schema: WorkspaceSchema) -> None:
        sources: dict[str, Row] = {}
        gone: dict[str, list[Row]] = defaultdict(list)
        new: dict[str, list[Row]] = defaultdict(list)
        for record in applied.after.values():
            before = applied.before.get(record.ref)
            old, now = (mapping.cited(before) if before else frozenset()), mapping.cited(record)
            for origin in record.origins.values():
                found = mapping.origin_fields(origin)
                sources[mapping.source_id(origin)] = {**found, "id": mapping.source_id(origin)}
            if old - now:
                gone[record.kind].append({"id": record.id})
                old = frozenset()
            new[record.kind] += [{"id": record.id, "target": s} for s in sorted(now - old)]
        await self._each("save_sources", list(sources.values()))
        edge = mapping.OBSERVED_IN
        for kind, rows in gone.items():
            await self._each("delete_edges", rows, label=schema.kind(kind).label, type=edge)
        for kind, rows in new.items():
            label = schema.kind(kind).label
            await self._each("create_edges", rows, label=label, target="Source", type=edge)

    async def _delete(self, applied: Applied, schema: WorkspaceSchema) -> None:
        # In the order given: the undo of an import takes the newest first, which the database finds at once
        # in the long list of edges to one source; oldest first, each search passes all the others.
        gone = dict.fromkeys(r.ref for r in applied.deleted)
        kinds = mapping.kinds_by_label(schema)
        for kind, ids in by_kind(gone).items():
            label = schema.kind(kind).label
            for row in await self._rows(
                "inbound_edges", {"ids": ids, "others": INTERNAL}, label=label
            ):
                holder = kinds[str(row["label"])].name
                if RecordRef(kind=holder, id=str(row["id"])) not in gone:
                    raise ConflictError(
                        f"{kind}:{row['target']} cannot be deleted: {str(row['type']).lower()!r} "
                        f"of {holder}:{row['id']} points to it; nothing was changed"
                    )
        for kind, ids in by_kind(gone).items():
            label = schema.kind(kind).label
            for start in range(0, len(ids), BATCH):
                batch = {"ids": ids[start : start + BATCH], "kind": kind}
                await self._rows("bury_records", batch, label=label)
            await self._each("delete_records", ids, "ids", label=label)

    async def _write_keys(self, applied: Applied, schema: WorkspaceSchema) -> None:
        before = key_owners(applied.before.values())
        after = key_owners(applied.after.values())
        new = {key: ref for key, ref in after.items() if before.get(key) != ref}
        lost: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for row in await self._rows("holders_of_keys", {"keys": list(new)}):
            holder = RecordRef(kind=str(row["kind"]), id=str(row["id"]))
            if holder not in applied.before:
                lost[holder.kind][holder.id].append(str(row["key"]))
        for kind, holders in lost.items():
            rows = [{"id": i, "keys": keys} for i, keys in holders.items()]
            await self._each("lose_keys", rows, label=schema.kind(kind).label)
        await self._each("delete_keys", sorted(before.keys() - after.keys()), "keys")
        rows = [{"key": key, "kind": ref.kind, "id": ref.id} for key, ref in new.items()]
        await self._each("save_keys", rows)

    async def _write_values(self, applied: Applied, schema: WorkspaceSchema) -> None:
        found = enumerated(tuple(applied.after.values()), schema)
        rows = await self._rows("some_field_values", {"fields": list(found)})
        held = {str(row["field"]): set(texts(row["values"])) for row in rows}
        new = [
            {"field": field, "values": sorted(values | held.get(field, set()))}
            for field, values in found.items()
            if not values <= held.get(field, set())
        ]
        await self._each("save_field_values", new)

    async def _log(self, applied: Applied, schema: WorkspaceSchema, seq: object) -> None:
        logged = applied.logged
        await self._rows("log_change_set", {"head": {**head_of(logged), "seq": seq}})
        for part, changes in enumerate(parts_of(logged)):
            await self._rows("log_part", {"set": logged.id, "part": part, "changes": changes})
        rows: dict[str, dict[tuple[str, int], Row]] = defaultdict(dict)
        for at, change in enumerate(logged.changes):
            part = at // PART_SIZE
            if change.ref in applied.after:
                rows[schema.kind(change.ref.kind).label][change.ref.id, part] = {
                    "id": change.ref.id, "part": part
                }  # fmt: skip
            else:
                rows["Deleted"][str(change.ref), part] = {"id": str(change.ref), "part": part}
        for label, found in rows.items():
            for batch in batches(list(found.values())):
                name = "log_deleted" if label == "Deleted" else "log_changed"
                names = {} if label == "Deleted" else {"label": label}
                await self._rows(name, {"set": logged.id, "rows": batch}, **names)


INTERNAL = [mapping.OBSERVED_IN, mapping.CHANGED, "HAS_PART"]
"""Relationship types that are no reference of a record."""


def batches(rows: list[Row]) -> Iterator[list[Row]]:
    """Yield rows in batches of `BATCH`."""
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def by_kind(refs: Iterable[RecordRef]) -> dict[str, list[str]]:
    """Return ids by kind, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for ref in refs:
        found[ref.kind].append(ref.id)
    return found


def grouped(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Return records by kind, in order."""
    found: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        found[record.kind].append(record)
    return found


def properties(row: Mapping[str, object]) -> Mapping[str, object]:
    """Return the properties in a row of a result."""
    found = row["properties"]
    return found if isinstance(found, dict) else {}


def texts(value: object) -> tuple[str, ...]:
    """Return a list of a result as texts."""
    return tuple(map(str, value)) if isinstance(value, list) else ()
