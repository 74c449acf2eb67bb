"""Which terms a condition reads, and which dictionary terms a sentence names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from knowledge_graph.expression.nodes import (
    Aggregate,
    And,
    AtLeast,
    Compare,
    Condition,
    During,
    Has,
    HeldFor,
    In,
    Known,
    Not,
    Or,
    Text,
)
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.rules.results import RuleIntent
from knowledge_graph.language.rules.tokens import tagged
from knowledge_graph.ontology.intent_contract import Branch

Leaf = Compare | In | Has | Text | During | Known


def leaves_in(node: Condition) -> Iterator[Leaf]:
    """Yield every leaf of a condition, those within the filters of aggregates included."""
    match node:
        case And() | Or() | AtLeast():
            for arg in node.args:
                yield from leaves_in(arg)
        case Not() | HeldFor():
            yield from leaves_in(node.arg)
        case _:
            yield node
            if isinstance(node.term, Aggregate) and node.term.where is not None:
                yield from leaves_in(node.term.where)


def spanned(node: Condition, span: tuple[int, int]) -> Condition:
    """Return a condition whose leaves tell where in the sentence they were said."""
    match node:
        case And() | Or() | AtLeast():
            return replace(node, args=tuple(spanned(arg, span) for arg in node.args))
        case Not() | HeldFor():
            return replace(node, arg=spanned(node.arg, span))
        case _:
            return node if node.span is not None else replace(node, span=span)


def conditions_of(contract: RuleIntent) -> Iterator[Condition]:
    """Yield every condition of a contract: its own, those of its actions and of its other branches."""
    found = [contract.condition, *(action.when for action in contract.actions)]
    for item in contract.otherwise:
        found.append(item.when)
        if isinstance(item, Branch):
            found += [action.when for action in item.actions]
    yield from (condition for condition in found if condition is not None)


def terms_of(r: Reading, *roles: str) -> tuple[str, ...]:
    """Return the dictionary terms with one of the roles that a sentence names anywhere."""
    found = [
        op for at in sorted(r.lattice.edges) for role in roles for op, _ in tagged(r, at, role)
    ]
    return tuple(dict.fromkeys(found))
