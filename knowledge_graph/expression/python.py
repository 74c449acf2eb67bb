"""Plans as Python closures: filters in memory, the in-memory store, rules on events.

Nothing is evaluated from text. A closure is built once and called for every row; its meaning is that of
cypher.py, which a property test holds it to.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from knowledge_graph.expression import plan as p
from knowledge_graph.expression.nodes import Agg
from knowledge_graph.ontology.record import Value

Row = Mapping[str, Value]
"""Stored values by field name, with `id`; absent or None is unknown."""

Getter = Callable[[Row], Value]
Predicate = Callable[[Row], bool]
_ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


class Facts(Protocol):
    """What a plan may ask beside the row it is called with."""

    def record(self, kind: str, record_id: str) -> Row | None:
        """Return the row of a record, None when there is none."""
        ...

    def related(self, kind: str, reference: str, record_id: str) -> Iterable[Row]:
        """Return the rows of a kind whose reference points to a record."""
        ...


def predicate(plan: p.Plan, facts: Facts) -> Predicate:
    """Return a closure that tells whether a row satisfies a plan.

    Args:
        plan: A resolved condition.
        facts: Other records that it may read.

    Returns:
        A function of one row.
    """
    match plan:
        case p.Check():
            return _test(plan, facts)
        case p.Every():
            parts = [predicate(a, facts) for a in plan.args]
            return lambda row: all(part(row) for part in parts)
        case p.Some():
            parts = [predicate(a, facts) for a in plan.args]
            return lambda row: any(part(row) for part in parts)
        case p.Negated():
            inner = predicate(plan.arg, facts)
            return lambda row: not inner(row)
        case p.Quorum():
            parts, n = [predicate(a, facts) for a in plan.args], plan.n
            return lambda row: sum(part(row) for part in parts) >= n


def getter(source: p.Source, facts: Facts) -> Getter:
    """Return a closure that reads a source; it returns None for an unknown value."""
    if isinstance(source, p.Fold):
        return _fold(source, facts)
    name = source.spec.name
    if not source.hops:
        return lambda row: known(row.get(name))
    hops = [(h.name, str(h.target)) for h in source.hops]

    def follow(row: Row) -> Value:
        at = row
        for reference, kind in hops:
            target = at.get(reference)
            found = facts.record(kind, target) if isinstance(target, str) else None
            if found is None:
                return None
            at = found
        return known(at.get(name))

    return follow


def known(value: Value) -> Value:
    """Return a value, None for an empty one.

    >>> known("") is None, known(()) is None, known(0)
    (True, True, 0)
    """
    return None if value in {"", ()} else value


def _comparable(one: Value, other: p.Operand) -> bool:
    # Python takes True for 1; the databases do not
    if isinstance(one, bool) or isinstance(other, bool):
        return isinstance(one, bool) and isinstance(other, bool)
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return numbers or (isinstance(one, str) and isinstance(other, str))


def _test(test: p.Check, facts: Facts) -> Predicate:
    read, value = getter(test.source, facts), test.value
    if test.op == "known":
        return lambda row: read(row) is not None
    if test.op in _ORDERED:
        order = _ORDERED[test.op]
        return lambda row: _comparable(v := read(row), value) and bool(order(v, value))
    if test.op in {"eq", "ne"}:
        same = test.op == "eq"
        return lambda row: (
            (v := read(row)) is not None and ((_comparable(v, value) and v == value) is same)
        )
    return _membership(test, read)


def _membership(test: p.Check, read: Getter) -> Predicate:
    if test.op == "in":
        allowed = frozenset(test.value) if isinstance(test.value, tuple) else frozenset()
        return lambda row: (v := read(row)) is not None and v in allowed
    value = test.value
    if test.op == "has":
        return lambda row: isinstance(v := read(row), tuple) and value in v
    part, words = _PARTS[test.op], str(value)

    def holds(row: Row) -> bool:
        found = read(row)
        if isinstance(found, tuple):
            return any(part(member.lower(), words) for member in found)
        return isinstance(found, str) and part(found.lower(), words)

    return holds


_PARTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": operator.contains,
    "starts": str.startswith,
    "ends": str.endswith,
}


def _fold(fold: p.Fold, facts: Facts) -> Getter:
    wheres = [fold.where or p.Every(), *([fold.previous] if fold.previous else [])]
    tests = [predicate(where, facts) for where in wheres]
    read = getter(fold.field, facts) if fold.field else None
    kind, via, agg = fold.kind, fold.via.name, fold.agg

    def number(row: Row) -> Value:
        rows = tuple(facts.related(kind, via, str(row[p.ID_FIELD])))
        found = [aggregate(agg, [r for r in rows if test(r)], read) for test in tests]
        return found[0] if len(found) == 1 else change(found[0], found[1])

    return number


def change(now: float | None, before: float | None) -> float | None:
    """Return the change of a number as a ratio; unknown when there was nothing before.

    >>> change(80, 100)
    -0.2
    """
    return None if now is None or not before else (now - before) / abs(before)


def aggregate(agg: Agg, rows: Sequence[Row], read: Getter | None) -> int | float | None:
    """Return a number over rows; without a reader every row counts, else rows with a known value do.

    Args:
        agg: Which number.
        rows: The rows.
        read: Reads the value of a row.

    Returns:
        The number; None for the mean, least or most of nothing.
    """
    if read is None:
        return len(rows)
    values = [v for row in rows if (v := read(row)) is not None]
    if agg == "count":
        return len(values)
    numbers = [v for v in values if isinstance(v, int | float)]
    if agg == "sum":
        return sum(numbers)
    if not numbers:
        return None
    if agg == "avg":
        return sum(numbers) / len(numbers)
    return max(numbers) if agg == "max" else min(numbers)


def select(plan: p.QueryPlan, rows: Iterable[Row], facts: Facts) -> list[Row]:
    """Return the rows that a query asks for, in its order; ties and no order: by id.

    Args:
        plan: A resolved query.
        rows: All rows of its kind.
        facts: Other records that it may read.

    Returns:
        At most `plan.limit` rows.
    """
    test = predicate(plan.where, facts)
    found = sorted((row for row in rows if test(row)), key=lambda row: str(row[p.ID_FIELD]))
    for order in reversed(plan.sort):
        found = _sorted(found, order, facts)
    return found[: plan.limit]


def _sorted(rows: list[Row], order: p.Order, facts: Facts) -> list[Row]:
    read, ranks = getter(order.source, facts), {v: i for i, v in enumerate(order.ranks)}

    def key(row: Row) -> tuple[int, float, str]:
        value = read(row)
        if ranks:
            return (0, ranks.get(str(value), len(ranks)), str(value).lower())
        if isinstance(value, str | tuple):
            return (1, 0.0, value.lower() if isinstance(value, str) else _joined(value))
        return (0, value or 0, "")

    have = [row for row in rows if read(row) is not None]
    lack = [row for row in rows if read(row) is None]
    return sorted(have, key=key, reverse=order.descending) + lack


def _joined(members: tuple[str, ...]) -> str:
    return "".join(f"{member}," for member in members).lower()
