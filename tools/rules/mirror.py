"""The facts of all customers in memory, kept up to date record by record.

Rules are asked about on every event and in every preview, so nothing may be scanned then. The mirror reads the
kinds that rules need once, through the gate, with the access of a service that acts for the rules; what may
not be read becomes a withheld fact, which never makes a rule fire.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from heapq import heappop, heappush

from knowledge_graph.expression.nodes import Query, Term
from knowledge_graph.expression.periods import TimeFrame, parse_instant
from knowledge_graph.expression.python import Row
from knowledge_graph.graph import KnowledgeGraph, Seen
from knowledge_graph.language.vocabulary import entity_of
from knowledge_graph.ontology.access import Access
from knowledge_graph.ontology.record import Origin, RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema
from knowledge_graph.rules.facts import Facts, FactValue, fact_key
from tools.rules.readers import (
    WITHHELD_FIELDS,
    FieldReader,
    FoldReader,
    Reader,
    kinds_read,
    reader_of,
)

_PAGE = 20_000


@dataclass
class Mirror:
    """Rows and readers of one kind of subject; see the module.

    Args:
        kind: The kind that rules are about, e.g. "account".
        schema: The workspace's kinds and fields.
    """

    kind: str
    schema: WorkspaceSchema
    version: int = 0
    """Grows with every change of a row: what was computed from an older one is stale."""
    _rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    _inbound: dict[tuple[str, str], dict[str, dict[str, Row]]] = field(default_factory=dict)
    _origins: dict[RecordRef, Mapping[str, Origin]] = field(default_factory=dict)
    _readers: dict[str, Reader | None] = field(default_factory=dict)
    _terms: dict[str, Term] = field(default_factory=dict)
    _facts: dict[str, dict[str, FactValue]] = field(default_factory=dict)
    _day: date | None = None
    _ends: list[tuple[str, RecordRef]] = field(default_factory=list)
    """When the grants run out by which something was seen, as a heap."""

    # -- what it holds

    @property
    def subjects(self) -> Mapping[str, Row]:
        """The rows of all subjects by id."""
        return self._rows.get(self.kind, {})

    def row(self, ref: RecordRef) -> Row | None:
        """Return the row of any record it holds."""
        return self._rows.get(ref.kind, {}).get(ref.id)

    def origin(self, ref: RecordRef, name: str) -> Origin | None:
        """Return where a value of a record came from."""
        origins = self._origins.get(ref, {})
        return origins.get(name) or origins.get("*")

    def record(self, kind: str, record_id: str) -> Row | None:
        """Return a row, for the readers."""
        return self._rows.get(kind, {}).get(record_id)

    def related(self, kind: str, reference: str, record_id: str) -> Iterable[Row]:
        """Return the rows whose reference points to a record, for the readers."""
        table = self._inbound.get((kind, reference))
        if table is None:
            table = self._inbound[kind, reference] = {}
            for row in self._rows.get(kind, {}).values():
                target = row.get(reference)
                if isinstance(target, str):
                    table.setdefault(target, {})[str(row["id"])] = row
        return table.get(record_id, {}).values()

    def title(self, subject: str) -> str:
        """Return what people call a subject."""
        return str(self.subjects.get(subject, {}).get("name") or subject)

    # -- filling it

    async def load(
        self,
        terms: Iterable[Term],
        graph: KnowledgeGraph,
        access: Access,
        frame: TimeFrame,
    ) -> None:
        """Read what new terms need, and what was not read yet.

        Args:
            terms: The terms of rules.
            graph: The gate to the graph.
            access: For whom and for what purpose.
            frame: What now and here are.
        """
        wanted = {fact_key(t): t for t in terms if fact_key(t) not in self._readers}
        kinds = {self.kind}
        for term in wanted.values():
            kinds |= kinds_read(term, self.kind, self.schema, frame)
        for kind in sorted(kinds - self._rows.keys()):
            await self._read_kind(kind, graph, access, frame)
        for key, term in wanted.items():
            self._add_reader(key, term, frame)

    async def _read_kind(
        self, kind: str, graph: KnowledgeGraph, access: Access, frame: TimeFrame
    ) -> None:
        rows: dict[str, Row] = {}
        offset = 0
        while True:
            page = await graph.find(
                Query(entity=entity_of(kind)), access, now=frame.now, offset=offset, limit=_PAGE
            )
            for seen in page.records:
                rows[seen.record.id] = row_of(seen)
                self._noted(seen)
            offset += len(page.records)
            if not page.records or offset >= page.total:
                break
        self._rows[kind] = rows

    def _add_reader(self, key: str, term: Term, frame: TimeFrame) -> None:
        reader = reader_of(term, self.kind, self.schema, self, frame)
        self._readers[key], self._terms[key] = reader, term
        if isinstance(reader, FoldReader):
            for row in self._rows.get(reader.kind, {}).values():
                reader.put(row)
        self._facts.clear()
        self.version += 1

    def put(self, seen: Seen) -> frozenset[str]:
        """Take a record as it is now; return the subjects whose facts may have changed."""
        self._noted(seen)
        return self.put_row(seen.record.kind, row_of(seen))

    def put_row(self, kind: str, row: Row) -> frozenset[str]:
        """Take a row as it is now; return the subjects whose facts may have changed."""
        if kind not in self._rows:
            return frozenset()
        key = str(row["id"])
        old = self._rows[kind].get(key)
        if old == row:
            return frozenset()
        touched = None if kind in self._hopped() else self._touched(kind, old, row)
        self._rows[kind][key] = row
        self._relink(kind, old, row)
        return self._changed(touched)

    def _noted(self, seen: Seen) -> None:
        """Remember where a record's values came from, and until when they may be seen."""
        self._origins[seen.record.ref] = seen.record.origins
        ends = [g.until for g in seen.grounds.values() if g.until and g.basis.startswith("grant:")]
        if ends:
            heappush(self._ends, (min(ends), seen.record.ref))

    def personal(self) -> tuple[RecordRef, ...]:
        """Return the records it holds that may be about people."""
        kinds = [kind for kind in self._rows if self.schema.kind(kind).tiers]
        return tuple(RecordRef(kind=kind, id=i) for kind in kinds for i in self._rows[kind])

    def lapsed(self, now: datetime) -> tuple[RecordRef, ...]:
        """Return the records by whose grants something was seen that may not be seen any more."""
        found = []
        while self._ends and parse_instant(self._ends[0][0]) <= now:
            found.append(heappop(self._ends)[1])
        return tuple(found)

    def drop(self, ref: RecordRef) -> frozenset[str]:
        """Forget a record; return the subjects whose facts may have changed."""
        old = self._rows.get(ref.kind, {}).pop(ref.id, None)
        if old is None:
            return frozenset()
        self._origins.pop(ref, None)
        touched = None if ref.kind in self._hopped() else self._touched(ref.kind, old)
        self._relink(ref.kind, old, None)
        return self._changed(touched)

    def _changed(self, touched: frozenset[str] | None) -> frozenset[str]:
        self.version += 1
        if touched is None:
            self._facts.clear()
            return frozenset(self.subjects)
        for subject in touched:
            self._facts.pop(subject, None)
        return touched

    def _hopped(self) -> frozenset[str]:
        """Return the kinds whose records are read through a reference: a change there may touch anybody."""
        found = (r.hops for r in self._readers.values() if isinstance(r, FieldReader | FoldReader))
        return frozenset().union(*found)

    def _touched(self, kind: str, *rows: Row | None) -> frozenset[str]:
        """Return the subjects that rows say something about."""
        known = [row for row in rows if row is not None]
        found = {str(row["id"]) for row in known} if kind == self.kind else set()
        for reader in self._readers.values():
            if isinstance(reader, FoldReader) and reader.kind == kind:
                found |= {t for row in known if isinstance(t := row.get(reader.via), str)}
        return frozenset(found)

    def _relink(self, kind: str, old: Row | None, row: Row | None) -> None:
        for reader in self._readers.values():
            if isinstance(reader, FoldReader) and reader.kind == kind:
                if old is not None and (row is None or old.get(reader.via) != row.get(reader.via)):
                    reader.drop(old)
                if row is not None:
                    reader.put(row)
        for (of, reference), table in self._inbound.items():
            if of == kind:
                _link(table, reference, old, add=False)
                _link(table, reference, row, add=True)

    # -- facts

    def knows(self, term: Term) -> bool:
        """Return whether this workspace keeps what a loaded term is read from."""
        return self._readers.get(fact_key(term)) is not None

    def facts(self, subject: str, frame: TimeFrame) -> dict[str, FactValue]:
        """Return all facts of a subject; the mapping is its own until the next change.

        Args:
            subject: Its id.
            frame: What now and here are.
        """
        if self._day != frame.today:
            self._facts.clear()
            self._day = frame.today
        row = self.subjects.get(subject)
        if row is None:
            return {}
        held = self._facts.get(subject)
        if held is None:
            held = {k: r.read(row, frame) for k, r in self._readers.items() if r is not None}
            self._facts[subject] = held
            return held
        for key, reader in self._moving():
            held[key] = reader.read(row, frame)
        return held

    def _moving(self) -> Iterator[tuple[str, Reader]]:
        return ((k, r) for k, r in self._readers.items() if r is not None and r.moves)

    def lazy(self, frame: TimeFrame) -> Mapping[str, Facts]:
        """Return every subject's facts, each read when it is asked for."""
        readers = {k: r for k, r in self._readers.items() if r is not None}
        return {subject: _Lazy(row, readers, frame) for subject, row in self.subjects.items()}


@dataclass(frozen=True, slots=True, eq=False)
class _Lazy(Mapping[str, FactValue]):
    """The facts of one row, read when they are asked for."""

    row: Row
    readers: Mapping[str, Reader]
    frame: TimeFrame

    def __getitem__(self, key: str) -> FactValue:
        return self.readers[key].read(self.row, self.frame)

    def get(self, key: str, default: object = None) -> FactValue:
        """Return a fact; None when it is not known."""
        reader = self.readers.get(key)
        return None if reader is None else reader.read(self.row, self.frame)

    def __iter__(self) -> Iterator[str]:
        return iter(self.readers)

    def __len__(self) -> int:
        return len(self.readers)


def _link(table: dict[str, dict[str, Row]], reference: str, row: Row | None, *, add: bool) -> None:
    target = None if row is None else row.get(reference)
    if row is None or not isinstance(target, str):
        return
    if add:
        table.setdefault(target, {})[str(row["id"])] = row
    else:
        table.get(target, {}).pop(str(row["id"]), None)


def row_of(seen: Seen) -> Row:
    """Return the row of a record as the rules' actor sees it."""
    row = {**seen.record.values, "id": seen.record.id}
    if seen.withheld:
        row[WITHHELD_FIELDS] = tuple(sorted(seen.withheld))
    return row
