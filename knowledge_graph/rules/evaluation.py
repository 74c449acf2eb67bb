"""Whether a rule holds on the facts of one record, and clause by clause why or why not.

True: it holds. False: it does not. None: it depends on a fact that is withheld, or on the clock and none was
given. Only True ever fires.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from knowledge_graph.expression.nodes import (
    And,
    AtLeast,
    Compare,
    Condition,
    During,
    Has,
    HeldFor,
    In,
    Known,
    Moment,
    Not,
    Or,
    Scalar,
    Text,
)
from knowledge_graph.expression.periods import (
    TimeFrame,
    date_bounds,
    instant_bounds,
    moment_wall,
)
from knowledge_graph.language.rules.results import RuleAction
from knowledge_graph.ontology.intent_contract import Branch
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.facts import WITHHELD, Facts, FactValue, fact_key, streak_key

Held = bool | None
Test = Callable[[Facts], Held]
Leaf = Compare | In | Has | Text | During | Known
_Match = Callable[[FactValue], Held]
_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
    "eq": operator.eq, "ne": operator.ne,
}  # fmt: skip


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
            return _reader(streak_key(condition), _streak(condition.n))
        case _:
            return _reader(fact_key(condition.term), _leaf(condition, frame))


def _reader(key: str, match: _Match) -> Test:
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


# -- leaves; the value is known and may be seen


def _streak(n: int) -> _Match:
    return lambda value: isinstance(value, int | float) and value >= n


def _leaf(node: Leaf, frame: TimeFrame | None) -> _Match:
    match node:
        case Compare():
            return _compared(node.op, node.value, frame)
        case In():
            allowed = frozenset(node.values)
            return lambda value: value in allowed
        case Has():
            member = node.value
            return lambda value: isinstance(value, tuple) and member in value
        case Known():
            return lambda value: True
        case Text():
            return _text(node.mode, node.value.lower())
        case During():
            return _during(node, frame)


def _compared(op: str, wanted: Scalar, frame: TimeFrame | None) -> _Match:
    order = _ORDERS[op]
    if isinstance(wanted, Moment):
        return _moment(order, wanted, frame)
    if isinstance(wanted, Fraction):
        wanted = float(wanted)
    if isinstance(wanted, bool):
        return lambda value: (isinstance(value, bool) and value is wanted) is (op == "eq")
    if isinstance(wanted, str):
        return _dated(order, wanted, frame)
    number = wanted

    def test(value: FactValue) -> Held:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return op == "ne"
        return order(value, number)

    return test


def _dated(order: Callable[..., bool], wanted: str, frame: TimeFrame | None) -> _Match:
    """Texts are compared as they are; an instant with a date by its local day."""

    def test(value: FactValue) -> Held:
        if not isinstance(value, str):
            return order is operator.ne
        if "T" in value and len(wanted) == len("2026-03-01") and wanted[4:5] == "-":
            value = frame.wall(value).date().isoformat() if frame else value[: len(wanted)]
        return bool(order(value, wanted))

    return test


def _moment(order: Callable[..., bool], moment: Moment, frame: TimeFrame | None) -> _Match:
    if frame is None:
        return lambda value: None
    wall = moment_wall(moment, frame)
    day, instant = wall.date().isoformat(), frame.instant(wall)
    return lambda value: (
        isinstance(value, str) and bool(order(value, instant if "T" in value else day))
    )


def _during(node: During, frame: TimeFrame | None) -> _Match:
    if frame is None:
        return lambda value: None
    days, instants = date_bounds(node.window, frame), instant_bounds(node.window, frame)

    def test(value: FactValue) -> Held:
        if not isinstance(value, str):
            return False
        bounds = instants if "T" in value else days
        after = bounds.start is None or bounds.start <= value
        return after and (bounds.end is None or value < bounds.end)

    return test


_PARTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": operator.contains,
    "starts": str.startswith,
    "ends": str.endswith,
}


def _text(mode: str, words: str) -> _Match:
    part = _PARTS[mode]

    def test(value: FactValue) -> Held:
        if isinstance(value, tuple):
            return any(part(member.lower(), words) for member in value)
        return isinstance(value, str) and part(value.lower(), words)

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
    if condition is None:
        return ()
    return tuple(_clauses(condition, facts, frame, negated=False))


def _clauses(
    node: Condition, facts: Facts, frame: TimeFrame | None, *, negated: bool
) -> Iterator[ClauseResult]:
    if isinstance(node, Not):
        yield from _clauses(node.arg, facts, frame, negated=not negated)
    elif isinstance(node, And if not negated else Or):
        for arg in node.args:
            yield from _clauses(arg, facts, frame, negated=negated)
    else:
        yield _clause(node, facts, frame, negated=negated)


def _clause(
    node: Condition, facts: Facts, frame: TimeFrame | None, *, negated: bool
) -> ClauseResult:
    held = holds(node, facts, frame)
    if negated and held is not None:
        held = not held
    match node:
        case And() | Or() | AtLeast():
            parts = tuple(
                part for arg in node.args for part in _clauses(arg, facts, frame, negated=negated)
            )
            return ClauseResult(clause=node, negated=negated, held=held, parts=parts)
        case HeldFor():
            key, span = streak_key(node), None
        case Not():  # pragma: no cover -- _clauses has taken it off
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
