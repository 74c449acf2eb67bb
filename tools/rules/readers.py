"""One term of a rule as something that can be read off the records of one customer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from knowledge_graph.errors import CrmError
from knowledge_graph.expression import plan as p
from knowledge_graph.expression.nodes import Aggregate, During, Field, Moment, Term, Window
from knowledge_graph.expression.periods import Bounds, TimeFrame, date_bounds, instant_bounds
from knowledge_graph.expression.python import Facts as Records
from knowledge_graph.expression.python import Predicate, Row, getter, predicate
from knowledge_graph.expression.resolve import Resolver
from knowledge_graph.language.rules.terms import leaves_in
from knowledge_graph.ontology.fields import FieldSpec, FieldType
from knowledge_graph.ontology.schema import TIME_FIELDS, WorkspaceSchema
from knowledge_graph.rules.facts import WITHHELD, FactValue
from knowledge_graph.stores.measuring import derived_number
from tools.rules.windows import Series

WITHHELD_FIELDS = "_withheld"
"""Key of a row: the fields that the rule's actor may not see; absent when there are none."""


@dataclass(frozen=True)
class FieldReader:
    """A field of the customer, or of a record that it points to; days and hours are counted from the clock."""

    get: Callable[[Row], object]
    spec: FieldSpec
    derived: FieldSpec | None
    hops: frozenset[str]
    """The kinds that the way to it leads over."""
    moves: bool

    def read(self, row: Row, frame: TimeFrame) -> FactValue:
        """Return the fact of a row."""
        withheld = row.get(WITHHELD_FIELDS)
        if not self.hops and isinstance(withheld, tuple) and self.spec.name in withheld:
            return WITHHELD
        value = self.get(row)
        if self.derived is not None:
            return derived_number(self.derived, value, frame)  # type: ignore[arg-type]  # a date or nothing
        return value  # type: ignore[return-value]  # stored values are facts


@dataclass
class FoldReader:
    """A number over records that point to the customer, kept as running sums."""

    term: Aggregate
    kind: str
    via: str
    where: Predicate
    value: Callable[[Row], object] | None
    stamp: str | None
    hops: frozenset[str]
    instants: bool
    """The records carry instants: the window moves with the clock, not only at midnight."""
    series: dict[str, Series] = field(default_factory=dict)
    withheld: dict[str, set[str]] = field(default_factory=dict)
    """By customer, the records of which something may not be seen."""
    _bounds: tuple[TimeFrame, Bounds, Bounds] | None = None
    """Of the frame that was asked for last: it is the same one for all customers of a look."""

    @property
    def moves(self) -> bool:
        """Whether its value changes within a day."""
        return self.instants and self.term.window is not None

    def put(self, row: Row) -> None:
        """Take a record into account."""
        target, record_id = row.get(self.via), str(row[p.ID_FIELD])
        if not isinstance(target, str):
            return
        if row.get(WITHHELD_FIELDS):
            self.withheld.setdefault(target, set()).add(record_id)
        else:
            self._seen(target, record_id)
        stamp = row.get(self.stamp) if self.stamp else ""
        held = self.series.get(target)
        if not isinstance(stamp, str) or not self.where(row):
            if held is not None:
                held.drop(record_id)
            return
        if held is None:
            held = self.series[target] = Series()
        number = None if self.value is None else self.value(row)
        held.put(record_id, stamp, number if isinstance(number, int | float) else None)

    def drop(self, row: Row) -> None:
        """Forget a record."""
        target, record_id = str(row.get(self.via)), str(row[p.ID_FIELD])
        self._seen(target, record_id)
        held = self.series.get(target)
        if held is not None:
            held.drop(record_id)

    def _seen(self, target: str, record_id: str) -> None:
        """Note that nothing of a record is withheld any more."""
        hidden = self.withheld.get(target)
        if hidden is not None:
            hidden.discard(record_id)
            if not hidden:
                del self.withheld[target]

    def read(self, row: Row, frame: TimeFrame) -> FactValue:
        """Return the number for a customer's row."""
        subject = str(row[p.ID_FIELD])
        if subject in self.withheld:
            return WITHHELD
        held = self.series.get(subject)
        if held is None:
            held = _NOTHING
        now, before = self._windows(frame)
        counted = self.value is None
        if self.term.change is not None:
            return held.changed(self.term.agg, now, before, counted=counted)
        return held.number(self.term.agg, now, counted=counted)

    def _windows(self, frame: TimeFrame) -> tuple[Bounds, Bounds]:
        if self._bounds is None or self._bounds[0] is not frame:
            now = self._window(self.term.window, frame)
            before = _OPEN
            if self.term.change is not None and self.term.window is not None:
                before = self._window(self.term.window, frame, previous=True)
            self._bounds = (frame, now, before)
        return self._bounds[1], self._bounds[2]

    def _window(self, window: Window | None, frame: TimeFrame, *, previous: bool = False) -> Bounds:
        if window is None:
            return _OPEN
        bounds = instant_bounds if self.instants else date_bounds
        return bounds(window, frame, previous=previous)


_OPEN = Bounds(start=None, end=None)
_NOTHING = Series()


@dataclass(frozen=True)
class ScanReader:
    """A number whose filter looks at the clock: counted anew each time it is read."""

    term: Aggregate
    schema: WorkspaceSchema
    kind: str
    records: Records
    moves: bool = True

    def read(self, row: Row, frame: TimeFrame) -> FactValue:
        """Return the number for a customer's row."""
        resolver = Resolver(schema=self.schema, kind=self.kind, frame=frame)
        return getter(resolver.source(self.term), self.records)(row)


Reader = FieldReader | FoldReader | ScanReader
"""Reads one term; `moves` tells that its value changes with the clock alone, within a day."""


def reader_of(
    term: Term, kind: str, schema: WorkspaceSchema, records: Records, frame: TimeFrame
) -> Reader | None:
    """Return the reader of a term; None when this workspace keeps nothing to read it from.

    Args:
        term: A field or an aggregate.
        kind: The kind of the customer's record.
        schema: The workspace's kinds and fields.
        records: Other records.
        frame: What now and here are.
    """
    resolver = Resolver(schema=schema, kind=kind, frame=frame)
    try:
        source = resolver.source(term)
    except CrmError:
        return None
    if isinstance(term, Field) and isinstance(source, p.Read):
        base = source.base
        stored = p.Read(hops=source.hops, spec=base) if base is not None else source
        return FieldReader(
            get=getter(stored, records),
            spec=stored.spec,
            derived=source.spec if base is not None else None,
            hops=frozenset(str(hop.target) for hop in source.hops),
            moves=source.spec.type is FieldType.HOURS,
        )
    if not isinstance(term, Aggregate) or not isinstance(source, p.Fold):
        return None
    if _looks_at_clock(term):
        return ScanReader(term=term, schema=schema, kind=kind, records=records)
    return _fold_reader(term, source, resolver, records)


def _fold_reader(
    term: Aggregate, source: p.Fold, resolver: Resolver, records: Records
) -> FoldReader:
    inner = Resolver(schema=resolver.schema, kind=source.kind, frame=resolver.frame)
    where = p.Every() if term.where is None else inner.condition(term.where)
    stamp = TIME_FIELDS.get(source.kind) if term.window is not None else None
    spec = resolver.schema.kind(source.kind).fields[stamp] if stamp else None
    return FoldReader(
        term=term,
        kind=source.kind,
        via=source.via.name,
        where=predicate(where, records),
        value=None if source.field is None else getter(source.field, records),
        stamp=stamp,
        hops=kinds_read(term, resolver.kind, resolver.schema, resolver.frame) - {source.kind},
        instants=spec is not None and spec.type is FieldType.DATETIME,
    )


def _looks_at_clock(term: Aggregate) -> bool:
    """Return whether the filter of an aggregate has a time in it that moves."""
    return term.where is not None and any(
        isinstance(leaf, During) or isinstance(getattr(leaf, "value", None), Moment)
        for leaf in leaves_in(term.where)
    )


def kinds_read(term: Term, kind: str, schema: WorkspaceSchema, frame: TimeFrame) -> frozenset[str]:
    """Return the kinds of record that a term is read from, beside the customer's own."""
    try:
        source = Resolver(schema=schema, kind=kind, frame=frame).source(term)
    except CrmError:
        return frozenset()
    if isinstance(source, p.Read):
        return frozenset(str(hop.target) for hop in source.hops)
    found = {source.kind}
    if term_where := getattr(term, "where", None):
        inner = Resolver(schema=schema, kind=source.kind, frame=frame)
        for leaf in leaves_in(term_where):
            read = inner.source(leaf.term)
            if isinstance(read, p.Read):
                found.update(str(hop.target) for hop in read.hops)
    return frozenset(found)
