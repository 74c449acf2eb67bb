"""One form for conditions that mean the same, and the contradictions among clauses on one term."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from knowledge_graph.expression.nodes import (
    Aggregate,
    And,
    AtLeast,
    Compare,
    Condition,
    Has,
    HeldFor,
    In,
    Known,
    Not,
    Or,
    Term,
)


def simplified(node: Condition) -> Condition:
    """Return the condition in its one form.

    Nested and/or are flattened and doubles dropped; equalities of one term joined by "or" become `In`;
    a double negation goes; "neither A nor B" of one term is the negation of `In`.

    >>> from knowledge_graph.expression.nodes import Field
    >>> a, b = (Compare(op="eq", term=Field(id="customer.tier"), value=v) for v in "BA")
    >>> simplified(Or(args=(a, b)))
    In(term=Field(id='customer.tier'), values=('A', 'B'), span=None)
    """
    match node:
        case And() | Or():
            return _joined(node)
        case Not():
            inner = simplified(node.arg)
            return inner.arg if isinstance(inner, Not) else Not(arg=inner)
        case AtLeast():
            return replace(node, args=tuple(simplified(a) for a in node.args))
        case HeldFor():
            return replace(node, arg=simplified(node.arg))
        case In():
            values = tuple(sorted(set(node.values)))
            if len(values) == 1:
                return Compare(op="eq", term=_term(node.term), value=values[0], span=node.span)
            return In(term=_term(node.term), values=values, span=node.span)
        case Compare() | Has() | Known():
            return replace(node, term=_term(node.term))
        case _:
            return replace(node, term=_term(node.term))


def _term(term: Term) -> Term:
    if isinstance(term, Aggregate) and term.where is not None:
        return replace(term, where=simplified(term.where))
    return term


def _joined(node: And | Or) -> Condition:
    kind = type(node)
    flat: list[Condition] = []
    for arg in node.args:
        inner = simplified(arg)
        flat.extend(inner.args if isinstance(inner, kind) else (inner,))
    flat = _one_of(flat) if kind is Or else _none_of(flat)
    unique = tuple(dict.fromkeys(flat))
    return unique[0] if len(unique) == 1 else kind(args=unique)


def _one_of(args: list[Condition]) -> list[Condition]:
    merged: dict[Term, list[str]] = {}
    rest: list[Condition | Term] = []
    for arg in args:
        values = _equal_to(arg)
        if values is None:
            rest.append(arg)
            continue
        term = arg.term  # type: ignore[union-attr]  # only Compare and In have values
        if term not in merged:
            rest.append(term)
        merged.setdefault(term, []).extend(values)
    return [
        simplified(In(term=item, values=tuple(merged[item]))) if item in merged else item  # type: ignore[misc]  # narrowed by the checks above
        for item in rest
    ]


def _none_of(args: list[Condition]) -> list[Condition]:
    negative = [a.arg for a in args if isinstance(a, Not) and _equal_to(a.arg) is not None]
    if len(negative) < 2:
        return args
    merged = iter(_one_of(negative))
    kept: list[Condition] = []
    seen: set[Term] = set()
    for arg in args:
        if not (isinstance(arg, Not) and arg.arg in negative):
            kept.append(arg)
        elif (term := arg.arg.term) not in seen:  # type: ignore[union-attr]
            seen.add(term)
            kept.append(Not(arg=next(merged)))
    return kept


def _equal_to(node: Condition) -> tuple[str, ...] | None:
    if isinstance(node, In):
        return node.values
    if isinstance(node, Compare) and node.op == "eq" and isinstance(node.value, str):
        return (node.value,)
    return None


def contradiction(node: Condition | None) -> tuple[Condition, ...]:
    """Return clauses of one conjunction that no record can satisfy together; empty: none was found.

    Only clauses on the same term are compared, so nothing is called a contradiction that is none.
    """
    if node is None:
        return ()
    for conjunction in _conjunctions(simplified(node)):
        groups: dict[Term, list[Condition]] = {}
        for arg in conjunction:
            if isinstance(arg, Compare | In):
                groups.setdefault(arg.term, []).append(arg)
        for clauses in groups.values():
            if len(clauses) > 1 and _empty(clauses):
                return tuple(clauses)
    return ()


def _conjunctions(node: Condition) -> Iterator[tuple[Condition, ...]]:
    if isinstance(node, And):
        yield node.args
        for arg in node.args:
            if isinstance(arg, Or):
                yield from (found for a in arg.args for found in _conjunctions(a))
    elif isinstance(node, Or):
        for arg in node.args:
            yield from _conjunctions(arg)


def _empty(clauses: list[Condition]) -> bool:  # noqa: C901 -- one branch per operator
    allowed: set[object] | None = None
    low: tuple[Fraction, bool] | None = None
    high: tuple[Fraction, bool] | None = None
    for clause in clauses:
        if isinstance(clause, In):
            allowed = _narrowed(allowed, set(clause.values))
        elif isinstance(clause, Compare) and clause.op == "eq":
            allowed = _narrowed(allowed, {clause.value})
        elif isinstance(clause, Compare) and _is_number(clause.value):
            value = Fraction(clause.value)  # type: ignore[arg-type]
            strict = clause.op in {"gt", "lt"}
            if clause.op in {"gt", "ge"}:
                low = max(low or (value, strict), (value, strict))
            elif clause.op in {"lt", "le"}:
                high = min(high or (value, not strict), (value, not strict))
    if allowed is not None:
        return not any(_within(v, low, high) for v in allowed)
    if low is None or high is None:
        return False
    return low[0] > high[0] or (low[0] == high[0] and (low[1] or not high[1]))


def _narrowed(before: set[object] | None, now: set[object]) -> set[object]:
    return now if before is None else before & now


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Fraction) and not isinstance(value, bool)


def _within(
    value: object, low: tuple[Fraction, bool] | None, high: tuple[Fraction, bool] | None
) -> bool:
    if not isinstance(value, int | float | Fraction):
        return True
    number = Fraction(value)
    if low is not None and (number < low[0] or (number == low[0] and low[1])):
        return False
    return high is None or number < high[0] or (number == high[0] and high[1])
