"""Conditions from fields and values, by the type of the field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from knowledge_graph.expression.nodes import (
    And,
    Compare,
    Condition,
    Field,
    Has,
    In,
    Not,
    Or,
    Scalar,
    Term,
)
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.language.vocabulary import FieldInfo

Joint = Literal["and", "or"]


def equals(
    term: Term, info: FieldInfo, groups: Iterable[tuple[Scalar, ...]], joint: Joint
) -> Condition:
    """Return the condition that a field holds the values said.

    Between values of a single-valued field "and" means one of; for a set it means all of.

    Args:
        term: What is tested.
        info: Its field.
        groups: For each word said, the stored values that it stands for.
        joint: The connective between the words.
    """
    found = tuple(groups)
    if info.type == "set":
        parts = tuple(
            simplified(Or(args=tuple(Has(term=term, value=str(v)) for v in group)))
            for group in found
        )
        return simplified(Or(args=parts) if joint == "or" else And(args=parts))
    return among(term, [value for group in found for value in group])


def among(term: Term, values: Iterable[Scalar]) -> Condition:
    """Return the condition that a single-valued term is one of the values."""
    unique = list(dict.fromkeys(values))
    if len(unique) == 1:
        return Compare(op="eq", term=term, value=unique[0])
    if all(isinstance(value, str) for value in unique):
        return In(term=term, values=tuple(sorted(str(value) for value in unique)))
    return simplified(Or(args=tuple(Compare(op="eq", term=term, value=v) for v in unique)))


def negated(condition: Condition) -> Condition:
    """Return the negation, simplified."""
    return simplified(Not(arg=condition))


def field_term(info: FieldInfo) -> Field:
    """Return the term of a field."""
    return Field(id=info.id)
