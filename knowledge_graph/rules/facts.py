"""Facts of one record, as rules read them: by the key of a term, in base units.

A key that is missing, or whose value is None, has no value: it satisfies no comparison, and the negation of
every one. `WITHHELD` is a value that may not be seen: nothing that depends on it is decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from fractions import Fraction
from typing import Final, Literal

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.expression.boxes import streak_key, term_key
from knowledge_graph.expression.json_parts import Json, JsonObject, as_text
from knowledge_graph.expression.nodes import (
    And,
    AtLeast,
    Condition,
    HeldFor,
    Not,
    Or,
    Term,
)
from knowledge_graph.language.rules.results import RuleIntent
from knowledge_graph.language.rules.terms import conditions_of, leaves_in

__all__ = ["streak_key"]


class Withheld(Enum):
    """A fact that the reader may not see."""

    WITHHELD = "withheld"


WITHHELD: Final = Withheld.WITHHELD
FactValue = str | bool | int | float | tuple[str, ...] | Literal[Withheld.WITHHELD] | None
"""A set is a tuple of texts; dates and instants are ISO texts; money, ratios, days, hours are numbers."""
Facts = Mapping[str, FactValue]
"""By `fact_key`, and by `streak_key` for how long a condition has held."""


def fact_key(term: Term) -> str:
    """Return the key of a term in facts: a field's id, an aggregate's canonical JSON.

    >>> from knowledge_graph.expression.nodes import Aggregate, Field
    >>> fact_key(Field(id="customer.nps")), fact_key(Aggregate(agg="count", over="order"))
    ('customer.nps', '{"agg": "count", "over": "order"}')
    """
    return term_key(term)


def needed_terms(contract: RuleIntent) -> tuple[Term, ...]:
    """Return the terms whose facts a contract reads, without those that only streaks are made of.

    Args:
        contract: A rule's meaning.

    Returns:
        Each term once, in the order of the contract.
    """
    found = (term for condition in conditions_of(contract) for term in _terms(condition))
    return tuple(dict.fromkeys(found))


def needed_streaks(contract: RuleIntent) -> tuple[HeldFor, ...]:
    """Return the conditions whose duration a contract reads; their terms have to be followed over time."""
    found = (node for condition in conditions_of(contract) for node in _streaks(condition))
    return tuple(dict.fromkeys(found))


def streak_terms(node: HeldFor) -> tuple[Term, ...]:
    """Return the terms that a streak is made of."""
    return tuple(dict.fromkeys(leaf.term for leaf in leaves_in(node.arg)))


def _terms(node: Condition) -> Iterator[Term]:
    match node:
        case And() | Or() | AtLeast():
            for arg in node.args:
                yield from _terms(arg)
        case Not():
            yield from _terms(node.arg)
        case HeldFor():
            return
        case _:
            yield node.term


def _streaks(node: Condition) -> Iterator[HeldFor]:
    match node:
        case And() | Or() | AtLeast():
            for arg in node.args:
                yield from _streaks(arg)
        case Not():
            yield from _streaks(node.arg)
        case HeldFor():
            yield node
        case _:
            return


def fact_value(value: Json) -> FactValue:
    """Return the fact that JSON stands for: a list is a set, "1/3" a number.

    Raises:
        InvalidValueError: An object, or a list of anything but texts.
    """
    if isinstance(value, Mapping):
        raise InvalidValueError(f"{value!r} is no fact")
    if isinstance(value, str):
        return float(Fraction(value)) if _is_fraction(value) else value
    if value is None or isinstance(value, bool | int | float):
        return value
    return tuple(as_text(item) for item in value)


def _is_fraction(text: str) -> bool:
    above, slash, below = text.partition("/")
    return bool(slash) and above.lstrip("-").isdecimal() and below.isdecimal() and int(below) > 0


def fact_json(facts: Facts) -> JsonObject:
    """Return facts as JSON; withheld ones are left out."""
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in facts.items()
        if not isinstance(value, Withheld)
    }
