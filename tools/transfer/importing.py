"""One import while it runs: pieces of rows to change sets, counts, the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path

from knowledge_graph.errors import CrmError, NotAllowedError
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.keeping import ErasedPeople, Outside
from knowledge_graph.ontology.access import Access
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange, part_id
from knowledge_graph.ontology.record import Origin, Record, RecordRef, new_id
from knowledge_graph.ontology.schema import SUBJECT_KINDS, WorkspaceSchema
from knowledge_graph.ports import Clock
from tools.transfer.applying import MASK, Piece
from tools.transfer.directory import INDEXED, Directory
from tools.transfer.drafting import Drafter, Finding, RecordDraft, pieces
from tools.transfer.duplicates import Duplicate, find_duplicates
from tools.transfer.mapping import ImportPlan, TableMapping
from tools.transfer.ownfiles import OWN_SYSTEM, OwnDrafter
from tools.transfer.reporting import REJECTING, FindingLog, ImportReport, ImportStoppedError
from tools.transfer.running import KIND_ORDER, Deferred, Run, keys_of, refs_of
from tools.transfer.tables import Table

Progress = Callable[[int, int], Awaitable[None]]
"""Called with rows done and rows in all."""

PIECE = 1_000
"""Rows that are committed at once."""
_UNCHANGED = " Nothing was changed."


@dataclass(kw_only=True)
class _Tally:
    """Counts while an import runs."""

    total: int
    rows: int = 0
    created: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    unchanged: int = 0
    rejected: int = 0
    change_ids: list[str] = field(default_factory=list)

    def count(self, changes: Iterable[RecordChange]) -> None:
        """Count committed changes."""
        for change in changes:
            (self.created if change.action is Action.CREATE else self.updated)[change.ref.kind] += 1


@dataclass(frozen=True, kw_only=True)
class Around:
    """What an import needs beside the records."""

    reports: Path
    """The folder for the report."""
    timezone: str
    """Holds for instants that name no zone."""
    erased: ErasedPeople | None = None
    """Recognises who was erased and must not come back; None: nobody was."""


class Importing:
    """One import of a plan.

    Args:
        graph: The gate to the records.
        clock: The observed-at of every value.
        plan: As agreed.
        access: Who imports.
        around: Where the report goes, and whom it must not bring back.
    """

    def __init__(
        self,
        graph: KnowledgeGraph,
        clock: Clock,
        plan: ImportPlan,
        access: Access,
        *,
        around: Around,
    ) -> None:
        self._graph, self._clock, self._erased = graph, clock, around.erased
        self._plan, self._access = plan, access
        self._timezone = around.timezone
        self._series = new_id()
        self._tally = _Tally(total=plan.rows)
        self._nameless: set[RecordRef] = set()
        self._stamp = clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        name = f"import-{self._stamp.replace(':', '')}-{self._series[:4]}.csv"
        self._log = FindingLog(around.reports / name)

    async def run(self, progress: Progress | None) -> ImportReport:
        """Write the plan, see `Transfer.apply`."""
        schema = (await self._graph.schema()).with_fields(self._plan.custom_fields)
        if self._plan.custom_fields:
            await self._graph.save_schema(schema, self._access)
        run = await self._run(schema)
        plan = self._plan
        ready = [(m, t) for m, t in zip(plan.mappings, plan.tables, strict=True) if not m.blocked]
        try:
            for mapping, table in sorted(ready, key=lambda mt: KIND_ORDER.index(mt[0].kind)):
                await self._table(mapping, table, run, progress)
            await self._late_references(run)
        except CrmError as error:
            self._log.close()
            if isinstance(error, NotAllowedError) and not self._tally.change_ids:
                raise
            cause = str(error).removesuffix(_UNCHANGED).rstrip(".")
            raise ImportStoppedError(cause, self._report(())) from error
        found = find_duplicates(run.directory.cards.values(), frozenset(run.touched))
        duplicates = tuple(map(self._told, found))
        self._log.close(duplicates)
        return self._report(duplicates)

    def _told(self, found: Duplicate) -> Duplicate:
        """Return a pair without the names that its reader may not be told."""
        first, second = (ref in self._nameless for ref in (found.first, found.second))
        return replace(
            found,
            first_name=MASK if first else found.first_name,
            second_name=MASK if second else found.second_name,
        )

    async def _run(self, schema: WorkspaceSchema) -> Run:
        directory = Directory()
        for kind in INDEXED:
            async for seen in self._graph.compared_all(kind, self._access):
                directory.add_record(seen.record)
                if "name" in seen.withheld:
                    self._nameless.add(seen.record.ref)
        systems: dict[str, tuple[str, ...]] = {}
        for mapping in self._plan.mappings:
            for kind in mapping.kinds:
                systems[kind] = tuple(dict.fromkeys((*systems.get(kind, ()), mapping.system)))
        return Run(schema=schema, systems=systems, directory=directory)

    async def _table(
        self, mapping: TableMapping, table: Table, run: Run, progress: Progress | None
    ) -> None:
        drafter = self._drafter(mapping, table, run)
        for rows in pieces(table.rows(), PIECE):
            made = [drafter.drafts(row) for row in rows]
            for _, found in made:
                self._log.add(found)
                self._tally.rejected += any(f.reason in REJECTING for f in found)
            await self._piece([d for d, _ in made if d], mapping, run)
            self._tally.rows += len(rows)
            if progress is not None:
                await progress(self._tally.rows, self._tally.total)

    def _drafter(self, mapping: TableMapping, table: Table, run: Run) -> Drafter | OwnDrafter:
        if mapping.system == OWN_SYSTEM:
            escaped = not table.file.suffix.lower().startswith((".json", ".ndjson"))
            return OwnDrafter(mapping=mapping, headers=table.headers, escaped=escaped)
        return Drafter(
            mapping=mapping, schema=run.schema, headers=table.headers, timezone=self._timezone
        )

    async def _piece(
        self, rows: Sequence[tuple[RecordDraft, ...]], mapping: TableMapping, run: Run
    ) -> None:
        rows = await self._without_erased(rows, mapping.file)
        drafts = [draft for row in rows for draft in row]
        keys = await self._graph.by_source_key(
            tuple(keys_of(drafts, mapping.system, run.systems)), self._access
        )
        named = {card for draft in drafts for card in _named(draft, run)}
        wanted = refs_of(drafts) | set(keys.values()) | named
        seen = await self._graph.compared(tuple(wanted), self._access)
        origin = Origin(
            system=mapping.system, place=mapping.file, observed_at=self._stamp, source_id=""
        )
        records = {s.record.ref: s.record for s in seen}
        hidden = {s.record.ref: frozenset(s.withheld) for s in seen if s.withheld}
        piece = Piece(run=run, origin=origin, keys=keys, records=records, hidden=hidden)
        for row in rows:
            piece.take(row)
        await self._commit(piece.changes(), origin)
        self._log.add(piece.findings)
        self._tally.rejected += piece.rejected
        self._tally.unchanged += piece.unchanged

    async def _without_erased(
        self, rows: Sequence[tuple[RecordDraft, ...]], file: str
    ) -> Sequence[tuple[RecordDraft, ...]]:
        """Return the rows without people who were erased; the report names the row, not the person."""
        people = [d for row in rows for d in row if d.kind in SUBJECT_KINDS]
        if self._erased is None or not people:
            return rows
        taken = await self._erased.taken([f"{d.kind}:{d.outside_id}" for d in people])
        for d in people:
            if f"{d.kind}:{d.outside_id}" in taken:
                d.outside_id = ""  # it gets an id of its own, should it be somebody else
        places = await self._erased.among([_outside(d) for d in people])
        gone = {id(d) for n, d in enumerate(people) if n in places}
        for d in people:
            if id(d) in gone:
                self._log.add([Finding(file=file, row=d.row, column="", value="", reason="erased")])
        self._tally.rejected += sum(id(d) in gone and d.main for d in people)
        kept = (
            () if id(row[0]) in gone else tuple(d for d in row if id(d) not in gone) for row in rows
        )
        return [row for row in kept if row]

    async def _commit(self, changes: tuple[RecordChange, ...], origin: Origin) -> None:
        if not changes:
            return
        change_set = ChangeSet(
            id=part_id(self._series, len(self._tally.change_ids) + 1),
            at=self._stamp,
            actor=str(self._access.actor),
            reason=f"import {', '.join(path.name for path in self._plan.files)}",
            changes=changes,
            origin=origin,
        )
        await self._graph.commit(change_set, self._access)
        self._tally.change_ids.append(change_set.id)
        self._tally.count(changes)

    async def _late_references(self, run: Run) -> None:
        """Set the references to records that came later in the files than those that point to them."""
        for start in range(0, len(run.deferred), PIECE):
            part = run.deferred[start : start + PIECE]
            wanted = {d.ref for d in part} | {
                RecordRef(kind=d.pointer.target, id=d.pointer.text) for d in part
            }
            seen = await self._graph.compared(tuple(wanted), self._access)
            records = {s.record.ref: s.record for s in seen}
            hidden = {s.record.ref: frozenset(s.withheld) for s in seen if s.withheld}
            piece = Piece(run=run, origin=part[0].origin, keys={}, records=records, hidden=hidden)
            changes: dict[RecordRef, RecordChange] = {}
            for late in part:
                finding = _point(late, piece, records, changes)
                self._log.add((finding,) if finding else ())
            await self._commit(tuple(changes.values()), part[0].origin)

    def _report(self, duplicates: tuple[Duplicate, ...]) -> ImportReport:
        tally, log = self._tally, self._log
        return ImportReport(
            rows=tally.rows,
            total=tally.total,
            created=dict(tally.created),
            updated=dict(tally.updated),
            unchanged=tally.unchanged,
            rejected=tally.rejected,
            conflicts=log.reasons["conflict"],
            findings=tuple(log.first),
            findings_total=log.total,
            duplicates=duplicates,
            change_ids=tuple(tally.change_ids),
            skipped=tuple(f"{m.file} · {m.table}" for m in self._plan.mappings if m.blocked),
            path=log.path,
            assumptions=self._plan.assumptions,
            report_error=log.error,
        )


def _outside(draft: RecordDraft) -> Outside:
    own_keys = () if draft.own is None else draft.own.source_keys
    return Outside(
        keys=(draft.key, *own_keys),
        email=str(draft.values.get("email") or ""),
        phone=str(draft.values.get("phone") or ""),
    )


def _named(draft: RecordDraft, run: Run) -> tuple[RecordRef, ...]:
    """Return the records that a draft may be by name or address."""
    mail, name = str(draft.values.get("email") or ""), str(draft.values.get("name") or "")
    directory = run.directory
    return (*directory.by_email(draft.kind, mail), *directory.by_name(draft.kind, name))


def _point(
    late: Deferred,
    piece: Piece,
    records: Mapping[RecordRef, Record],
    changes: dict[RecordRef, RecordChange],
) -> Finding | None:
    """Note the change that sets one late reference; return what is in its way."""
    found = piece.find(late.pointer)
    record = records.get(late.ref)
    if len(found) != 1 or record is None:
        reason = "ambiguous_reference" if found else "unknown_reference"
        return Finding(
            file=late.origin.place,
            row=late.origin.row or 0,
            column=late.pointer.header,
            value=late.pointer.text,
            reason=reason,
            detail=f"{late.ref} {late.pointer.target}",
        )
    name, now = late.pointer.field, record.get(late.pointer.field)
    if now == found[0].id:
        return None
    held = changes.get(late.ref)
    before = {**(held.before if held else {}), name: now}
    after = {**(held.after if held else {}), name: found[0].id}
    base = held or RecordChange(
        action=Action.UPDATE,
        ref=late.ref,
        title=record.title,
        before={},
        after={},
        origin=late.origin,
    )
    origins = {**base.origins, name: late.origin}
    changes[late.ref] = replace(base, before=before, after=after, origins=origins)
    return None
