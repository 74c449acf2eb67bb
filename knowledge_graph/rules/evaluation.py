"""Whether a rule holds on the facts of one record, and clause by clause why or why not.

True: it holds. False: it does not. None: it depends on a fact that is withheld, or on the clock and none was
given. Only True ever fires.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from knowledge_graph.expression.nodes import (
    And,
    AtLeast,
    Compare,
    Condition,
    HeldFor,
    Moment,
    Not,
    Or,
)
from knowledge_graph.expression.periods import (
    TimeFrame,
)
from knowledge_graph.language.rules.results import RuleAction
from knowledge_graph.ontology.intent_contract import Branch
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.facts import WITHHELD, Facts, FactValue, fact_key, streak_key
from knowledge_graph.rules.matching import Held, Match, at_least, match_of

Test = Callable[[Facts], Held]


@dataclass(frozen=True, kw_only=True)
class ClauseResult:
    """One clause of a condition on one record's facts."""

    clause: Condition
    """The leaf as it was said, without a negation around it; or a whole group (any of, at least n of)."""
    negated: bool = False
    """The clause is meant not to hold."""
    held: Held
    """Whether the clause did its part, its negation taken into account."""
    key: str | None = None
    """The key of the fact that it reads; None for a group."""
    value: FactValue = None
    """The fact as it was found; None: there is none."""
    gap: float | None = None
    """How far a number is from where it would hold, in its base unit; None: it holds or is no number."""
    span: tuple[int, int] | None = None
    """Where in the sentence it was said."""
    parts: tuple[ClauseResult, ...] = ()
    """The members of a group."""


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What a rule comes to on one record."""

    held: Held
    """Whether its own condition holds."""
    branch: int | None
    """0: its own actions; n: the n-th item of `otherwise`, counted from 1; None: nothing is done."""
    actions: tuple[RuleAction, ...]
    """What is to be done; the condition of each action has been looked at."""


def holds(condition: Condition | None, facts: Facts, frame: TimeFrame | None = None) -> Held:
    """Return whether a condition holds on facts, see the module.

    Args:
        condition: Any condition; None always holds.
        facts: The facts of one record.
        frame: What now and here are; only clauses on dates need it.

    >>> from knowledge_graph.expression.nodes import Field
    >>> low = Compare(op="lt", term=Field(id="customer.nps"), value=0)
    >>> holds(low, {"customer.nps": -1}), holds(Not(arg=low), {}), holds(low, {"customer.nps": WITHHELD})
    (True, True, None)
    """
    return compiled(condition, frame)(facts)


def compiled(condition: Condition | None, frame: TimeFrame | None = None) -> Test:
    """Return `holds` for one condition as a closure, to be called on many records' facts."""
    match condition:
        case None:
            return lambda facts: True
        case And():
            return _all([compiled(arg, frame) for arg in condition.args])
        case Or():
            return _any([compiled(arg, frame) for arg in condition.args])
        case Not():
            inner = compiled(condition.arg, frame)
            return lambda facts: None if (held := inner(facts)) is None else not held
        case AtLeast():
            return _quorum(condition.n, [compiled(arg, frame) for arg in condition.args])
        case HeldFor():
            return _reader(streak_key(condition), at_least(condition.n))
        case _:
            return _reader(fact_key(condition.term), match_of(condition, frame))


def _reader(key: str, match: Match) -> Test:
    def test(facts: Facts) -> Held:
        value = facts.get(key)
        if value is None or value == ():
            return False
        return None if value is WITHHELD else match(value)

    return test


def _all(tests: Sequence[Test]) -> Test:
    def test(facts: Facts) -> Held:
        found: Held = True
        for one in tests:
            held = one(facts)
            if held is False:
                return False
            if held is None:
                found = None
        return found

    return test


def _any(tests: Sequence[Test]) -> Test:
    def test(facts: Facts) -> Held:
        found: Held = False
        for one in tests:
            held = one(facts)
            if held:
                return True
            if held is None:
                found = None
        return found

    return test


def _quorum(n: int, tests: Sequence[Test]) -> Test:
    def test(facts: Facts) -> Held:
        found = [one(facts) for one in tests]
        sure = sum(held is True for held in found)
        if sure >= n:
            return True
        return None if sure + sum(held is None for held in found) >= n else False

    return test


# -- clause by clause


def clauses(
    condition: Condition | None, facts: Facts, frame: TimeFrame | None = None
) -> tuple[ClauseResult, ...]:
    """Return every clause of a condition on facts; nothing is short-circuited.

    The condition holds where all of them hold. "Neither A nor B" gives two clauses.

    Args:
        condition: Any condition; None has no clauses.
        facts: The facts of one record.
        frame: What now and here are.

    Returns:
        The clauses in the order of the sentence.
    """
    return tuple(
        _clause(node, facts, frame, negated=negated) for node, negated in clauses_in(condition)
    )


def clauses_in(
    node: Condition | None, *, negated: bool = False
) -> Iterator[tuple[Condition, bool]]:
    """Yield the clauses of a condition, each with whether it is meant not to hold.

    >>> from knowledge_graph.expression.nodes import Field
    >>> low = Compare(op="lt", term=Field(id="customer.nps"), value=0)
    >>> [negated for _, negated in clauses_in(Not(arg=Or(args=(low, Not(arg=low)))))]
    [True, False]
    """
    if isinstance(node, Not):
        yield from clauses_in(node.arg, negated=not negated)
    elif isinstance(node, And if not negated else Or):
        for arg in node.args:
            yield from clauses_in(arg, negated=negated)
    elif node is not None:
        yield node, negated


def _clause(
    node: Condition, facts: Facts, frame: TimeFrame | None, *, negated: bool
) -> ClauseResult:
    held = holds(node, facts, frame)
    if negated and held is not None:
        held = not held
    match node:
        case And() | Or() | AtLeast():
            parts = tuple(
                _clause(inner, facts, frame, negated=turned)
                for arg in node.args
                for inner, turned in clauses_in(arg, negated=negated)
            )
            return ClauseResult(clause=node, negated=negated, held=held, parts=parts)
        case HeldFor():
            key, span = streak_key(node), None
        case Not():  # pragma: no cover -- clauses_in has taken it off
            raise AssertionError
        case _:
            key, span = fact_key(node.term), node.span
    value = facts.get(key)
    return ClauseResult(
        clause=node,
        negated=negated,
        held=held,
        key=key,
        value=value,
        gap=None if held else _gap(node, value),
        span=span,
    )


def _gap(node: Condition, value: FactValue) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(node, HeldFor):
        return abs(node.n - value)
    if not isinstance(node, Compare) or isinstance(node.value, bool | str | Moment):
        return None
    return abs(float(node.value) - value)


def failed(results: Sequence[ClauseResult]) -> tuple[ClauseResult, ...]:
    """Return the clauses that did not hold for sure."""
    return tuple(result for result in results if result.held is not True)


def near_miss(
    condition: Condition | None, facts: Facts, frame: TimeFrame | None = None
) -> ClauseResult | None:
    """Return the one clause that keeps a condition from holding; None: it holds, or more than one does."""
    found = failed(clauses(condition, facts, frame))
    return found[0] if len(found) == 1 and found[0].held is False else None


# -- what is to be done


def decided(rule: RuleContract, facts: Facts, frame: TimeFrame | None = None) -> Decided:
    """Return what a rule comes to on one record: its actions, those of an else-branch, or none.

    Where the condition cannot be told (None) nothing is done, the else-branch neither.

    Args:
        rule: The contract; its trigger, validity and state are not looked at.
        facts: The facts of one record.
        frame: What now and here are.
    """
    held = holds(rule.condition, facts, frame)
    if held:
        return Decided(held=held, branch=0, actions=_due(rule.contract.actions, facts, frame))
    if held is None or holds(rule.scope.filter, facts, frame) is not True:
        return Decided(held=held, branch=None, actions=())
    plain: list[RuleAction] = []
    for n, item in enumerate(rule.contract.otherwise, 1):
        if not isinstance(item, Branch):
            plain.append(item)
            continue
        taken = holds(item.when, facts, frame)
        if taken is not False:
            actions = _due(item.actions, facts, frame) if taken else ()
            return Decided(held=held, branch=n if taken else None, actions=actions)
    branch = len(rule.contract.otherwise) if plain else None
    return Decided(held=held, branch=branch, actions=_due(plain, facts, frame))


def _due(
    actions: Sequence[RuleAction], facts: Facts, frame: TimeFrame | None
) -> tuple[RuleAction, ...]:
    return tuple(a for a in actions if holds(a.when, facts, frame) is True)
