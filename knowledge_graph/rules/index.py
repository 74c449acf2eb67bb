"""Which of many rules one record's facts call for, without looking at each rule.

Every condition is a union of boxes; every box has a number. The boxes that facts lie in are the AND of one mask
a key (columns.py). What is no box (texts, dates) is tested on the candidates alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from knowledge_graph.expression.boxes import Box, boxes
from knowledge_graph.expression.nodes import (
    And,
    AtLeast,
    Compare,
    Condition,
    During,
    Field,
    HeldFor,
    Not,
    Or,
    Text,
)
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.ontology.intent_contract import Branch
from knowledge_graph.rules.columns import Column, columns
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.evaluation import Test, compiled
from knowledge_graph.rules.facts import Facts, streak_key
from knowledge_graph.rules.matching import needs_order

_MOST_BOXES = 64
"""A rule with more is tested as it stands."""


def fires_when(rule: RuleContract) -> Condition | None:
    """Return where a rule does something: its condition, or that of an else-branch; None: always."""
    own, scope = rule.condition, rule.scope.filter
    others = rule.contract.otherwise
    if own is None or any(not isinstance(item, Branch) for item in others):
        return scope if others else own
    found = [own, *(item.when for item in others if isinstance(item, Branch))]
    if len(found) == 1:
        return own
    either = Or(args=tuple(found))
    return either if scope is None else And(args=(scope, either))


@dataclass(frozen=True, kw_only=True)
class RuleIndex:
    """An immutable index; a change gives a new one, so that a running match is never disturbed."""

    parts: Mapping[str | None, _Part]
    """By event; None: rules that watch facts."""

    @classmethod
    def build(cls, contracts: Iterable[RuleContract]) -> RuleIndex:
        """Index contracts; those that only run on a schedule are left out.

        Args:
            contracts: One contract an id; state and validity are not looked at.

        Returns:
            The index.
        """
        grouped: dict[str | None, dict[str, Condition | None]] = {}
        for rule in contracts:
            if rule.contract.trigger.kind != "schedule":
                grouped.setdefault(rule.contract.trigger.event, {})[rule.id] = fires_when(rule)
        return cls(parts={event: _Part.build(found) for event, found in grouped.items()})

    def matches(self, facts: Facts, event: str | None = None) -> tuple[str, ...]:
        """Return the ids of the rules for which `fires_when` holds; `decided` tells what they do.

        Args:
            facts: The facts of one record.
            event: The event that happened; None: a fact changed.
        """
        part = self.parts.get(event)
        return () if part is None else part.matches(facts)

    def with_rule(self, rule: RuleContract) -> RuleIndex:
        """Return an index with a rule added or replaced; it is tested one by one until `compacted`."""
        rest = self.without(rule.id)
        if rule.contract.trigger.kind == "schedule":
            return rest
        event = rule.contract.trigger.event
        part = rest.parts.get(event, _EMPTY)
        return RuleIndex(parts={**rest.parts, event: part.with_rule(rule.id, fires_when(rule))})

    def without(self, rule_id: str) -> RuleIndex:
        """Return an index without a rule; one that is not there changes nothing."""
        return RuleIndex(parts={e: part.without(rule_id) for e, part in self.parts.items()})

    def compacted(self) -> RuleIndex:
        """Return an index in which no rule is tested one by one that need not be."""
        return RuleIndex(parts={e: _Part.build(p.conditions) for e, p in self.parts.items()})

    @property
    def aside(self) -> int:
        """How many rules were added since the index was built; a few hundred are no matter."""
        return sum(len(part.side) for part in self.parts.values())

    def __len__(self) -> int:
        return sum(len(part.conditions) for part in self.parts.values())


@dataclass(frozen=True, kw_only=True)
class _Part:
    """The rules of one trigger."""

    conditions: Mapping[str, Condition | None]
    owners: tuple[str, ...] = ()
    """By box number: the rule."""
    columns: tuple[Column, ...] = ()
    alive: int = 0
    """The boxes of rules that have not been taken out."""
    residual: Mapping[str, Test] = field(default_factory=dict)
    """By rule: its whole condition, where the boxes do not say all of it."""
    side: Mapping[str, Test] = field(default_factory=dict)

    @classmethod
    def build(cls, conditions: Mapping[str, Condition | None]) -> _Part:
        owners: list[str] = []
        found: list[Box] = []
        residual: dict[str, Test] = {}
        for rule_id, condition in conditions.items():
            own, exact = _boxes(condition)
            owners += [rule_id] * len(own)
            found += own
            if not exact:
                residual[rule_id] = compiled(condition)
        return cls(
            conditions=dict(conditions),
            owners=tuple(owners),
            columns=columns(found),
            alive=(1 << len(found)) - 1,
            residual=residual,
        )

    def matches(self, facts: Facts) -> tuple[str, ...]:
        mask = self.alive
        for column in self.columns:
            mask &= column.mask(facts.get(column.key))
            if not mask:
                break
        found = dict.fromkeys(self.owners[n] for n in _bits(mask)) if mask else {}
        if self.residual and found:
            tests = self.residual
            found = {i: None for i in found if i not in tests or tests[i](facts)}
        for rule_id, test in self.side.items():
            if test(facts):
                found[rule_id] = None
        return tuple(found)

    def with_rule(self, rule_id: str, condition: Condition | None) -> _Part:
        conditions = {**self.conditions, rule_id: condition}
        return replace(
            self, conditions=conditions, side={**self.side, rule_id: compiled(condition)}
        )

    def without(self, rule_id: str) -> _Part:
        if rule_id not in self.conditions:
            return self
        dead = sum(1 << n for n, owner in enumerate(self.owners) if owner == rule_id)
        return replace(
            self,
            conditions={k: v for k, v in self.conditions.items() if k != rule_id},
            alive=self.alive & ~dead,
            side={k: v for k, v in self.side.items() if k != rule_id},
        )


_EMPTY = _Part(conditions={})


def _bits(mask: int) -> Iterator[int]:
    digits = f"{mask:b}"[::-1]  # searched in C, where shifting would copy the mask for every bit
    at = digits.find("1")
    while at >= 0:
        yield at
        at = digits.find("1", at + 1)


# -- from conditions to boxes


def _boxes(condition: Condition | None) -> tuple[tuple[Box, ...], bool]:
    """Return boxes in which every record lies that satisfies a condition, and whether no other does."""
    if condition is None:
        return ({},), True
    whole = simplified(condition)
    clauses = whole.args if isinstance(whole, And) else (whole,)
    kept = [_plain(clause) for clause in clauses if _is_plain(clause)]
    exact = len(kept) == len(clauses)
    found = boxes(And(args=tuple(kept))) if kept else ({},)
    if found is None or len(found) > _MOST_BOXES:
        return ({},), False
    return found, exact


def _is_plain(node: Condition) -> bool:
    match node:
        case And() | Or() | AtLeast():
            return all(_is_plain(arg) for arg in node.args)
        case Not():
            return _is_plain(node.arg)
        case Text() | During():
            return False
        case Compare():
            return not needs_order(node)
        case _:
            return True


def _plain(node: Condition) -> Condition:
    """Return a condition in which streaks are numbers like others."""
    match node:
        case And() | Or() | AtLeast():
            return replace(node, args=tuple(_plain(arg) for arg in node.args))
        case Not():
            return Not(arg=_plain(node.arg))
        case HeldFor():
            return Compare(op="ge", term=Field(id=streak_key(node)), value=node.n)
        case _:
            return node
