"""The unsealed records of some kinds, in memory: what the store below cannot filter, sort or count.

It follows the change log, whoever writes it: one short query tells whether anything has changed. Nothing of
it is ever written down; an erasure empties it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from knowledge_graph.expression import plan as p
from knowledge_graph.expression.python import Row
from knowledge_graph.keeping import KeyVault
from knowledge_graph.ontology.change import ChangeSet
from knowledge_graph.ontology.record import Record, RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema
from knowledge_graph.ports import GraphStore
from knowledge_graph.sealing.opening import opened_records
from knowledge_graph.stores.rows import row_of

LOOK_BACK = 20
"""Change sets that are followed one by one; after more than that everything is read anew."""
_SHOWN = 50
"""A change set in the log's overview shows at most so many changes."""
_BATCH = 2_000


class Mirror:
    """Holds whole kinds; every call of `ready` brings them up to date.

    Args:
        store: The store below.
        vault: Has the keys.
    """

    def __init__(self, store: GraphStore, vault: KeyVault) -> None:
        self._store = store
        self._vault = vault
        self._turn = asyncio.Lock()
        self._mark = ""
        self._last = ""
        self._kinds: dict[str, dict[str, Record]] = {}
        self._rows: dict[str, dict[str, Row]] = {}
        self._inbound: dict[tuple[str, str], dict[str, list[Row]]] = {}

    def forget(self) -> None:
        """Drop everything."""
        self._kinds, self._rows, self._inbound = {}, {}, {}
        self._mark = self._last = ""

    async def ready(self, kinds: Iterable[str]) -> None:
        """Bring these kinds into memory, as they are now."""
        async with self._turn:
            mark = await self._store.change_mark()
            if mark != self._mark:
                await self._follow()
            for kind in set(kinds) - self._kinds.keys():
                await self._load(kind)
            self._mark = mark

    async def _follow(self) -> None:
        """Take in what was written since the last look."""
        recent = await self._store.history(limit=LOOK_BACK)
        fresh = _fresh(recent, self._last)
        self._last = recent[0].id if recent else ""
        if fresh is None:
            self._kinds, self._rows, self._inbound = {}, {}, {}
            return
        refs: set[RecordRef] = set()
        for entry in fresh:
            whole = len(entry.changes) < _SHOWN
            changes = entry.changes if whole else (await self._store.change_set(entry.id)).changes
            refs |= {c.ref for c in changes}
        await self._replace(sorted(ref for ref in refs if ref.kind in self._kinds))

    async def _replace(self, refs: Sequence[RecordRef]) -> None:
        found = await opened_records(self._vault, await self._store.get(refs))
        for ref in refs:
            self._kinds[ref.kind].pop(ref.id, None)
            self._rows[ref.kind].pop(ref.id, None)
        for record in found:
            self._put(record)
        self._inbound = {}

    async def _load(self, kind: str) -> None:
        self._kinds[kind], self._rows[kind] = {}, {}
        batch: list[Record] = []
        async for record in self._store.scan(kind):
            batch.append(record)
            if len(batch) == _BATCH:
                await self._take(batch)
                batch = []
        await self._take(batch)

    async def _take(self, batch: Sequence[Record]) -> None:
        for record in await opened_records(self._vault, batch):
            self._put(record)

    def _put(self, record: Record) -> None:
        self._kinds[record.kind][record.id] = record
        self._rows[record.kind][record.id] = row_of(record)

    # -- reading: what is ready, without waiting

    def records(self, kind: str) -> Iterable[Record]:
        """Return all records of a kind."""
        return self._kinds[kind].values()

    def get(self, ref: RecordRef) -> Record:
        """Return a record that is there."""
        return self._kinds[ref.kind][ref.id]

    def rows(self, kind: str) -> Iterable[Row]:
        """Return all records of a kind as the Python rendering reads them."""
        return self._rows[kind].values()

    def record(self, kind: str, record_id: str) -> Row | None:
        """Return the row of a record, None when there is none."""
        return self._rows[kind].get(record_id)

    def related(self, kind: str, reference: str, record_id: str) -> Iterable[Row]:
        """Return the rows of a kind whose reference points to a record."""
        key = (kind, reference)
        if key not in self._inbound:
            found: dict[str, list[Row]] = defaultdict(list)
            for row in self._rows[kind].values():
                target = row.get(reference)
                if isinstance(target, str):
                    found[target].append(row)
            self._inbound[key] = found
        return self._inbound[key].get(record_id, ())


def _fresh(recent: Sequence[ChangeSet], last: str) -> Sequence[ChangeSet] | None:
    for n, entry in enumerate(recent):
        if entry.id == last:
            return recent[:n]
    return None


def touched(query: p.QueryPlan) -> Iterator[tuple[str, str]]:
    """Yield (kind, field) of everything that a query reads, the references it follows included."""
    yield (query.kind, p.ID_FIELD)
    yield from _of_plan(query.where)
    for order in query.sort:
        yield from of_source(order.source)


def _of_plan(plan: p.Plan) -> Iterator[tuple[str, str]]:
    if isinstance(plan, p.Check):
        yield from of_source(plan.source)
        return
    for arg in (plan.arg,) if isinstance(plan, p.Negated) else plan.args:
        yield from _of_plan(arg)


def of_source(source: p.Source) -> Iterator[tuple[str, str]]:
    """Yield (kind, field) of everything that is read for one value."""
    if isinstance(source, p.Read):
        yield from ((hop.kind, hop.name) for hop in source.hops)
        yield (source.spec.kind, source.spec.name)
        if source.base is not None:
            yield (source.base.kind, source.base.name)
        return
    yield (source.kind, source.via.name)
    if source.field is not None:
        yield from of_source(source.field)
    for plan in (source.where, source.previous):
        if plan is not None:
            yield from _of_plan(plan)


def kinds_of(fields: Iterable[tuple[str, str]], schema: WorkspaceSchema) -> frozenset[str]:
    """Return the kinds that are read for these fields: their own, and those that references lead to."""
    found = set()
    for kind, name in fields:
        found.add(kind)
        spec = schema.kind(kind).fields.get(name)
        if spec is not None and spec.target is not None:
            found.add(spec.target)
    return frozenset(found)


def is_sealed(fields: Iterable[tuple[str, str]], sealed: Mapping[str, frozenset[str]]) -> bool:
    """Return whether one of these fields may be sealed."""
    return any(name in sealed.get(kind, ()) for kind, name in fields)
