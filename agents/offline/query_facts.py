"""What a compiled query says outright: the one record that it names, the values that its noun fixes."""

from __future__ import annotations

from knowledge_graph.expression.nodes import And, Compare, Condition, Field, Has, Query


def one_named(query: Query) -> str | None:
    """Return the id of the one record that a query names and asks nothing more of, None for any other query."""
    match query.condition:
        case Compare(op="eq", term=Field(name="id"), value=str() as key):
            return key
    return None


def implied(condition: Condition | None) -> dict[str, str] | None:
    """Return the values that a noun fixes ("trial customers"), or None if it says anything else."""
    parts = (
        condition.args if isinstance(condition, And) else () if condition is None else (condition,)
    )
    values: dict[str, str] = {}
    for part in parts:
        match part:
            case Compare(op="eq", term=Field() as term, value=str() as value):
                values[term.id] = value
            case Has(term=Field() as term, value=value):
                values[term.id] = value
            case _:
                return None
    return values
