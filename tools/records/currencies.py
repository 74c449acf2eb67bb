"""Amounts of different currencies are never compared as bare numbers."""

from __future__ import annotations

from dataclasses import replace

from knowledge_graph.expression.nodes import (
    And,
    AtLeast,
    Compare,
    Condition,
    Field,
    HeldFor,
    Not,
    Or,
    Query,
)
from knowledge_graph.language.vocabulary import kind_of
from knowledge_graph.ontology.fields import FieldType
from knowledge_graph.ontology.schema import WorkspaceSchema
from tools.asking import Session


async def one_currency(query: Query, session: Session) -> Query:
    """Return the query with each comparison of an amount bound to the currency it is meant in.

    Only where the kind's records are in several currencies; the read-back then names the currency. Records in
    others satisfy no such comparison, however large their number is.

    Args:
        query: As it was compiled; amounts are in the workspace's currency.
        session: The session of the call.
    """
    kind = kind_of(query.entity)
    used = (await session.graph.enumerated_values()).get(f"{kind}.currency", ())
    if query.condition is None or len(set(used)) < 2:
        return query
    if f"{query.entity}.currency" in _read(query.condition):
        return query
    bound = _bound(query.condition, query.entity, session.schema, session.meaning.currency)
    return replace(query, condition=bound)


def _bound(condition: Condition, entity: str, schema: WorkspaceSchema, currency: str) -> Condition:
    match condition:
        case And(args=args):
            return And(args=_flat(_bound(arg, entity, schema, currency) for arg in args))
        case Or(args=args):
            return Or(args=tuple(_bound(arg, entity, schema, currency) for arg in args))
        case AtLeast(n=n, args=args):
            return AtLeast(n=n, args=tuple(_bound(a, entity, schema, currency) for a in args))
        case Compare(term=Field() as term) if _is_money(term, entity, schema):
            same = Compare(op="eq", term=Field(id=f"{entity}.currency"), value=currency)
            return And(args=(condition, same))
        case _:
            return condition


def _flat(parts: object) -> tuple[Condition, ...]:
    found: list[Condition] = []
    for part in parts:  # type: ignore[attr-defined]  # a generator of conditions
        found += part.args if isinstance(part, And) else [part]
    return tuple(dict.fromkeys(found))


def _is_money(term: Field, entity: str, schema: WorkspaceSchema) -> bool:
    spec = schema.kind(entity).fields.get(term.name) if term.entity == entity else None
    return spec is not None and spec.type is FieldType.MONEY


def _read(condition: Condition) -> frozenset[str]:
    """Return the fields that a condition names."""
    match condition:
        case And(args=args) | Or(args=args) | AtLeast(args=args):
            return frozenset().union(*(_read(arg) for arg in args))
        case Not(arg=arg) | HeldFor(arg=arg):
            return _read(arg)
        case _:
            term = getattr(condition, "term", None)
            return frozenset({term.id}) if isinstance(term, Field) else frozenset()
