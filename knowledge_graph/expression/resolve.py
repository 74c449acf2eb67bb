"""From an expression to a plan: where each term is read, and what each time means now.

A term is read from the subject kind's point of view: its own field; the field of a record that it points to,
over one reference or over two, when there is exactly one such way; or a number over the records that point
to it. Two ways are an error, never a guess. `entity.id` reads a record's identity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from knowledge_graph.errors import AmbiguousFieldError, InvalidValueError, UnknownFieldError
from knowledge_graph.expression import comparison
from knowledge_graph.expression import nodes as e
from knowledge_graph.expression import plan as p
from knowledge_graph.expression.periods import TimeFrame
from knowledge_graph.ontology.fields import NUMERIC, FieldSpec, FieldType
from knowledge_graph.ontology.schema import ENTITY_KINDS, TIME_FIELDS, KindSpec, WorkspaceSchema

ALWAYS = p.Every()


@dataclass(frozen=True, kw_only=True)
class Resolver:
    """Resolves expressions about records of one kind."""

    schema: WorkspaceSchema
    kind: str
    frame: TimeFrame

    @property
    def _kind(self) -> KindSpec:
        return self.schema.kind(self.kind)

    def field(self, term_id: str) -> p.Read:
        """Return how a field is read from the subject.

        Args:
            term_id: `entity.name`.

        Returns:
            The references to follow and the field at their end; it may be a derived one.

        Raises:
            AmbiguousFieldError: There are two ways.
            UnknownFieldError: There is none.
        """
        entity, _, name = term_id.partition(".")
        target = self.schema.kind(entity)
        if target.name == self._kind.name:
            return _read((), target, name)
        hops = self._way(target.name)
        if name == p.ID_FIELD:
            return p.Read(hops=hops[:-1], spec=hops[-1])
        return _read(hops, target, name)

    def _way(self, target: str) -> tuple[FieldSpec, ...]:
        for ways in (self._one_hop(target), self._two_hops(target)):
            if len(ways) == 1:
                return ways[0]
            if ways:
                names = ", ".join(".".join(h.name for h in way) for way in ways)
                raise AmbiguousFieldError(
                    f"{self._kind.name!r} leads to {target!r} in several ways ({names}); say which"
                )
        raise UnknownFieldError(
            f"no reference leads from {self._kind.name!r} to {target!r}; "
            "a number over its records (how many, the sum) may be meant"
        )

    def _one_hop(self, target: str) -> list[tuple[FieldSpec, ...]]:
        return [(ref,) for ref in self._kind.references if ref.target == target]

    def _two_hops(self, target: str) -> list[tuple[FieldSpec, ...]]:
        return [
            (first, second)
            for first in self._kind.references
            if first.target and first.target != self._kind.name
            for second in self.schema.kind(first.target).references
            if second.target == target
        ]

    def source(self, term: e.Term) -> p.Source:
        """Return what a field or an aggregate reads."""
        return self.field(term.id) if isinstance(term, e.Field) else self._fold(term)

    def _fold(self, term: e.Aggregate) -> p.Fold:
        over = self.schema.kind(term.over)
        ways = [ref for ref in over.references if ref.target == self._kind.name]
        if not ways:
            raise UnknownFieldError(f"{over.name!r} has no reference to {self._kind.name!r}")
        if len(ways) > 1:
            names = ", ".join(w.name for w in ways)
            raise AmbiguousFieldError(f"{over.name!r} refers to {self._kind.name!r} by {names}")
        inner = replace(self, kind=over.name)
        read = _counted(inner, term)
        where = ALWAYS if term.where is None else inner.condition(term.where)
        now, before = inner._windowed(term)
        previous = None
        if term.change is not None:
            if before is None:
                raise InvalidValueError("a change needs a window to compare with the one before")
            previous = p.Every(args=(where, before))
        if now is not None:
            where = p.Every(args=(where, now))
        return p.Fold(
            agg=term.agg, kind=over.name, via=ways[0], field=read, where=where, previous=previous
        )

    def _windowed(self, term: e.Aggregate) -> tuple[p.Plan | None, p.Plan | None]:
        if term.window is None:
            return None, None
        name = TIME_FIELDS.get(self.kind)
        if name is None:
            raise InvalidValueError(f"{self.kind!r} has no date that a window could look at")
        read = p.Read(spec=self._kind.fields[name])
        now = comparison.during(read, term.window, self.frame)
        if term.change is None:
            return now, None
        return now, comparison.during(read, term.window, self.frame, previous=True)

    def condition(self, node: e.Condition) -> p.Plan:
        """Return the plan of a condition.

        Args:
            node: Any condition but one with `HeldFor`.

        Returns:
            A plan of stored values only.

        Raises:
            InvalidValueError: A value does not fit its term, or the condition needs a rule's memory.
        """
        match node:
            case e.And():
                return p.Every(args=tuple(self.condition(a) for a in node.args))
            case e.Or():
                return p.Some(args=tuple(self.condition(a) for a in node.args))
            case e.Not():
                return p.Negated(arg=self.condition(node.arg))
            case e.AtLeast():
                return p.Quorum(n=node.n, args=tuple(self.condition(a) for a in node.args))
            case e.HeldFor():
                raise InvalidValueError("only a rule can say how long something has held")
            case _:
                return self._leaf(node)

    def _leaf(self, node: e.Compare | e.In | e.Has | e.Text | e.During | e.Known) -> p.Plan:
        source = self.source(node.term)
        match node:
            case e.Compare():
                return comparison.compare(node.op, source, node.value, self.frame)
            case e.In():
                return comparison.among(source, node.values, self.frame)
            case e.Has():
                return comparison.has(source, node.value, self.frame)
            case e.Text():
                return comparison.text(node.mode, self._readable(source), node.value)
            case e.During():
                return comparison.during(source, node.window, self.frame)
            case e.Known():
                return p.Check(op="known", source=comparison.stored(source))

    def _readable(self, source: p.Source) -> p.Source:
        # the text of a reference is the name of the record it points to
        if not isinstance(source, p.Read) or source.spec.type is not FieldType.REFERENCE:
            return source
        target = self.schema.kind(str(source.spec.target))
        return p.Read(hops=(*source.hops, source.spec), spec=_spec(target, "name"))

    def sort(self, sort: e.Sort) -> p.Order:
        """Return the order by a term; references by the name of their record."""
        source = self._readable(self.source(sort.term))
        if not isinstance(source, p.Read):
            return p.Order(source=source, descending=sort.descending)
        flipped = comparison.counts_back(source.spec) and sort.descending is False
        backwards = sort.descending and not comparison.counts_back(source.spec)
        ranks = source.spec.values if source.spec.type is FieldType.ENUM else ()
        return p.Order(
            source=comparison.stored(source), descending=flipped or backwards, ranks=ranks
        )


def _read(hops: tuple[FieldSpec, ...], kind: KindSpec, name: str) -> p.Read:
    spec = _spec(kind, name)
    base = None if spec.derived_from is None else kind.fields[spec.derived_from]
    return p.Read(hops=hops, spec=spec, base=base)


def _spec(kind: KindSpec, name: str) -> FieldSpec:
    if name in kind.fields:
        return kind.fields[name]
    if name in p.SYSTEM_FIELDS:
        return FieldSpec(kind=kind.name, name=name, type=p.SYSTEM_FIELDS[name], writable=False)
    raise UnknownFieldError(f"{kind.name!r} has no field {name!r}; it has {', '.join(kind.fields)}")


def _counted(inner: Resolver, term: e.Aggregate) -> p.Read | None:
    if term.field is None:
        if term.agg != "count":
            raise InvalidValueError(f"{term.agg} over {term.over!r} needs a field")
        return None
    read = inner.field(term.field)
    if term.agg != "count" and read.spec.type not in NUMERIC:
        raise InvalidValueError(f"{read.spec.id!r} holds no numbers; {term.agg} needs some")
    if read.spec.derivation is not None:
        raise InvalidValueError(f"{read.spec.id!r} is counted from today; it cannot be aggregated")
    return read


def resolve_query(query: e.Query, schema: WorkspaceSchema, frame: TimeFrame) -> p.QueryPlan:
    """Return the plan of a query.

    Args:
        query: Which records.
        schema: The workspace's kinds and fields.
        frame: What now and here are.

    Returns:
        A plan of stored values only.

    Raises:
        AmbiguousFieldError: A field can be reached in two ways.
        InvalidValueError: A value does not fit its term.
        UnknownFieldError: A field cannot be reached.
        UnknownKindError: There is no such kind.
    """
    kind = schema.kind(query.entity).name
    resolver = Resolver(schema=schema, kind=kind, frame=frame)
    return p.QueryPlan(
        kind=kind,
        where=ALWAYS if query.condition is None else resolver.condition(query.condition),
        sort=tuple(resolver.sort(s) for s in query.sort),
        limit=query.limit,
    )


def fields_of(node: e.Condition | e.Query | None) -> Iterator[str]:
    """Yield the ids of all fields that a condition or a query reads, aggregates included.

    Args:
        node: A condition, a query or nothing.

    Yields:
        Field ids as they stand in the expression; a count of records without a field yields `entity.id`.
    """
    match node:
        case None:
            return
        case e.Query():
            yield from fields_of(node.condition)
            for sort in node.sort:
                yield from _term_fields(sort.term)
        case e.And() | e.Or() | e.AtLeast():
            for arg in node.args:
                yield from fields_of(arg)
        case e.Not() | e.HeldFor():
            yield from fields_of(node.arg)
        case _:
            yield from _term_fields(node.term)


def _term_fields(term: e.Term) -> Iterator[str]:
    if isinstance(term, e.Field):
        yield term.id
        return
    yield term.field or f"{term.over}.{p.ID_FIELD}"
    if term.window is not None and (
        name := TIME_FIELDS.get(ENTITY_KINDS.get(term.over, term.over))
    ):
        yield f"{term.over}.{name}"
    yield from fields_of(term.where)
