"""Plans as Cypher: patterns, conditions and orders, with every value as a parameter.

Labels, relationship types and property names come from the workspace's schema and are quoted; nothing that a
user typed becomes part of a statement. Each source is one expression (pattern comprehensions for references
and aggregates), so that it can stand in any condition; the dialect is what Neo4j 5 and ArcadeDB share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from knowledge_graph.expression import plan as p
from knowledge_graph.ontology.fields import FieldSpec, FieldType
from knowledge_graph.ontology.schema import WorkspaceSchema

SUBJECT = "n"
"""The variable of the record that a query is about."""

SYSTEM_PROPERTIES: Mapping[str, str] = MappingProxyType({
    "created_at": "meta_created_at",
    "updated_at": "meta_updated_at",
    "version": "meta_version",
})
_SIGNS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_EXACT = frozenset({"eq", "in"})
_PARTS = {"contains": "CONTAINS", "starts": "STARTS WITH", "ends": "ENDS WITH"}


def quote(name: str) -> str:
    """Return a name of the schema as it may stand in a statement.

    >>> quote("a`b")
    '`a``b`'
    """
    return "`" + name.replace("`", "``") + "`"


def edge_type(reference: str) -> str:
    """Return the relationship type of a reference field: `owner` is `OWNER`."""
    return reference.upper()


def property_of(spec: FieldSpec) -> str:
    """Return the property that holds a field."""
    own = spec.writable or spec.name not in p.SYSTEM_FIELDS
    return spec.name if own else SYSTEM_PROPERTIES.get(spec.name, spec.name)


@dataclass(kw_only=True)
class CypherWriter:
    """Writes expressions and collects their parameters; one for each statement."""

    schema: WorkspaceSchema
    parameters: dict[str, object] = field(default_factory=dict)
    _names: int = 0

    def bind(self, value: p.Operand) -> str:
        """Return the name of a new parameter that holds a value."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = list(value) if isinstance(value, tuple) else value
        return f"${name}"

    def label(self, kind: str) -> str:
        """Return the quoted label of a kind."""
        return quote(self.schema.kind(kind).label)

    def _fresh(self) -> str:
        self._names += 1
        return f"v{self._names}"

    def matching(self, plan: p.QueryPlan) -> str:
        """Return `MATCH … WHERE …` for the records of a query, bound to `SUBJECT`.

        Conditions on referenced records become patterns, so that an index on their side can lead; so does the
        question which records point to a given one, for the reference itself has no index.

        Args:
            plan: A resolved query; its order and limit are not written.

        Returns:
            A clause that yields every record once.
        """
        subject = f"({SUBJECT}:{self.label(plan.kind)})"
        paths: dict[tuple[FieldSpec, ...], str] = {}
        patterns: list[str] = []
        conditions: list[str] = []
        parts = tuple(_conjuncts(plan.where))
        for part in parts:
            hops, name = _followed(part)
            if isinstance(part, p.Check) and hops:
                if hops not in paths:
                    # the first pattern leads: from the other side, unless the subject has a sharper test
                    leads = not patterns and not any(map(_is_sharp, parts))
                    pattern, paths[hops] = self._chain(subject, hops, leads=leads)
                    patterns.append(pattern)
                conditions.append(self._compare(part, f"{paths[hops]}.{quote(name)}"))
            else:
                conditions.append(self.condition(part, SUBJECT))
        if not patterns or any(map(_is_sharp, parts)):
            patterns.insert(0, subject)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"MATCH {', '.join(patterns)}{where}"

    def _chain(self, subject: str, hops: tuple[FieldSpec, ...], *, leads: bool) -> tuple[str, str]:
        if not leads:
            return self._path(SUBJECT, hops)
        pattern, name = subject, SUBJECT
        for hop in hops:
            name = self._fresh()
            target = f"({name}:{self.label(str(hop.target))})"
            pattern = f"{target}<-[:{quote(edge_type(hop.name))}]-{pattern}"
        return pattern, name

    def _path(self, start: str, hops: tuple[FieldSpec, ...]) -> tuple[str, str]:
        pattern, name = f"({start})", start
        for hop in hops:
            name = self._fresh()
            target = self.label(str(hop.target))
            pattern += f"-[:{quote(edge_type(hop.name))}]->({name}:{target})"
        return pattern, name

    def condition(self, plan: p.Plan, subject: str, *, strict: bool = False) -> str:
        """Return a boolean expression.

        Args:
            plan: A resolved condition.
            subject: The variable of the record it is about.
            strict: Write false rather than null for what is unknown; needed under a negation.

        Returns:
            The expression, in brackets where it needs them.
        """
        match plan:
            case p.Check():
                text = self._compare(plan, self.source(plan.source, subject))
                return f"coalesce({text}, false)" if strict and plan.op != "known" else text
            case p.Every():
                return self._joined(plan.args, " AND ", "true", subject, strict=strict)
            case p.Some():
                return self._joined(plan.args, " OR ", "false", subject, strict=strict)
            case p.Negated():
                return f"NOT ({self.condition(plan.arg, subject, strict=True)})"
            case p.Quorum():
                cases = (
                    f"CASE WHEN {self.condition(a, subject)} THEN 1 ELSE 0 END" for a in plan.args
                )
                return f"({' + '.join(['0', *cases])} >= {self.bind(plan.n)})"

    def _joined(
        self, args: tuple[p.Plan, ...], word: str, empty: str, subject: str, *, strict: bool
    ) -> str:
        parts = [self.condition(a, subject, strict=strict) for a in args]
        return f"({word.join(parts)})" if parts else empty

    def _compare(self, test: p.Check, value: str) -> str:
        if test.op == "known":
            return f"{value} IS NOT NULL"
        operand = self.bind(test.value)
        if test.op == "in":
            return f"{value} IN {operand}"
        if test.op == "has":
            return f"{operand} IN {value}"
        if test.op in _SIGNS:
            return f"{value} {_SIGNS[test.op]} {operand}"
        word = _PARTS[test.op]
        if isinstance(test.source, p.Read) and test.source.spec.type is FieldType.SET:
            # an empty list, not null: ArcadeDB drops the row of a null list even under a negation
            members = f"coalesce({value}, [])"
            return f"any(member IN {members} WHERE toLower(member) {word} {operand})"
        return f"toLower({value}) {word} {operand}"

    def source(self, source: p.Source, subject: str) -> str:
        """Return an expression for a source; null when it is unknown."""
        if isinstance(source, p.Fold):
            return self._fold(source, subject)
        name = quote(property_of(source.spec))
        if not source.hops:
            return f"{subject}.{name}"
        pattern, end = self._path(subject, source.hops)
        return f"head([{pattern} | {end}.{name}])"

    def _fold(self, fold: p.Fold, subject: str) -> str:
        now = self._number(fold, fold.where, subject)
        if fold.previous is None:
            return now
        before = self._number(fold, fold.previous, subject)
        return (
            f"(CASE WHEN coalesce({before}, 0) = 0 THEN null "
            f"ELSE toFloat({now} - {before}) / abs({before}) END)"
        )

    def _number(self, fold: p.Fold, where: p.Plan | None, subject: str) -> str:
        row = self._fresh()
        via = quote(edge_type(fold.via.name))
        pattern = f"({subject})<-[:{via}]-({row}:{self.label(fold.kind)})"
        value = "1" if fold.field is None else self.source(fold.field, row)
        tests = [] if fold.field is None else [f"{value} IS NOT NULL"]
        if where is not None and where != p.Every():
            tests.append(self.condition(where, row))
        guard = f" WHERE {' AND '.join(tests)}" if tests else ""
        values = f"[{pattern}{guard} | {value}]"
        return self._reduced(fold.agg, values)

    def _reduced(self, agg: str, values: str) -> str:
        total, item = self._fresh(), self._fresh()
        if agg == "count":
            return f"size({values})"
        if agg in {"max", "min"}:
            sign = ">" if agg == "max" else "<"
            best = (
                f"CASE WHEN {total} IS NULL OR {item} {sign} {total} THEN {item} ELSE {total} END"
            )
            return f"reduce({total} = null, {item} IN {values} | {best})"
        added = f"reduce({total} = 0, {item} IN {values} | {total} + {item})"
        if agg == "sum":
            return added
        return (
            f"(CASE WHEN size({values}) = 0 THEN null ELSE toFloat({added}) / size({values}) END)"
        )

    def ordering(self, orders: tuple[p.Order, ...]) -> str:
        """Return `WITH n, … ORDER BY …`: unknown values last, ties by id."""
        columns, keys = [SUBJECT], []
        for order in orders:
            for text in self._keys(order):
                column = f"s{len(columns)}"
                columns.append(f"{text} AS {column}")
                down = " DESC" if order.descending else ""
                keys += [f"{column} IS NULL", f"{column}{down}"]
        keys.append(f"{SUBJECT}.{quote(p.ID_FIELD)}")
        return f"WITH {', '.join(columns)} ORDER BY {', '.join(keys)}"

    def _keys(self, order: p.Order) -> Iterator[str]:
        text = self.source(order.source, SUBJECT)
        type_ = order.source.spec.type if isinstance(order.source, p.Read) else None
        if order.ranks:
            whens = " ".join(
                f"WHEN {text} = {self.bind(v)} THEN {i}" for i, v in enumerate(order.ranks)
            )
            yield f"CASE WHEN {text} IS NULL THEN null {whens} ELSE {len(order.ranks)} END"
        if type_ is FieldType.SET:
            yield f"toLower(reduce(joined = '', member IN {text} | joined + member + ','))"
        else:
            yield f"toLower({text})" if type_ in p.TEXTUAL else text


def _followed(plan: p.Plan) -> tuple[tuple[FieldSpec, ...], str]:
    """Return the references that a condition follows, and the property it then compares.

    That a reference is a given record, compares the id at its end.
    """
    if not isinstance(plan, p.Check) or not isinstance(plan.source, p.Read):
        return (), ""
    spec, hops = plan.source.spec, plan.source.hops
    if spec.type is FieldType.REFERENCE and plan.op in _EXACT:
        return (*hops, spec), p.ID_FIELD
    return hops, property_of(spec)


def _is_sharp(plan: p.Plan) -> bool:
    # an equality on the subject itself narrows more than one on what it points to
    return isinstance(plan, p.Check) and not _followed(plan)[0] and plan.op in _EXACT


def _conjuncts(plan: p.Plan) -> Iterator[p.Plan]:
    if isinstance(plan, p.Every):
        for arg in plan.args:
            yield from _conjuncts(arg)
    else:
        yield plan
