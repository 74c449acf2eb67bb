"""All rules in force as one immutable value: a change makes another one, so that no match is ever disturbed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from knowledge_graph.expression.nodes import Compare, During, HeldFor, Moment, Term
from knowledge_graph.expression.periods import TimeFrame
from knowledge_graph.language.rules.terms import conditions_of, leaves_in
from knowledge_graph.ontology.intent_contract import Schedule
from knowledge_graph.ontology.schema import ENTITY_KINDS
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.evaluation import Decided, decided
from knowledge_graph.rules.facts import Facts, needed_streaks, needed_terms, streak_terms
from knowledge_graph.rules.index import RuleIndex

_COMPACT_AT = 200
"""Rules beside the index that are tested one by one, before it is built anew."""


@dataclass(frozen=True, kw_only=True)
class RulesInForce:
    """The rules in force and their index. Rules whose clauses look at the clock stand aside."""

    rules: Mapping[str, RuleContract]
    """By rule id: one version each."""
    index: RuleIndex

    @classmethod
    def build(cls, contracts: Iterable[RuleContract]) -> RulesInForce:
        """Index the rules in force."""
        rules = {c.id: c for c in contracts}
        plain = [c for c in rules.values() if not _clocked(c)]
        return cls(rules=rules, index=RuleIndex.build(plain))

    def with_rule(self, rule: RuleContract) -> RulesInForce:
        """Return the rules with one added or replaced."""
        rules = {**self.rules, rule.id: rule}
        index = self.index.without(rule.id)
        if not _clocked(rule):
            index = index.with_rule(rule)
        if index.aside > _COMPACT_AT:
            index = index.compacted()
        return RulesInForce(rules=rules, index=index)

    def without(self, rule_id: str) -> RulesInForce:
        """Return the rules without one."""
        rules = {k: v for k, v in self.rules.items() if k != rule_id}
        return RulesInForce(rules=rules, index=self.index.without(rule_id))

    def moved(self, contracts: Mapping[str, RuleContract]) -> RulesInForce:
        """Return the index of other rules, made from this one where little has changed.

        Args:
            contracts: The rules to be in force, by rule id.
        """
        gone = self.rules.keys() - contracts.keys()
        fresh = [c for i, c in contracts.items() if self.rules.get(i) is not c]
        if len(gone) + len(fresh) > _COMPACT_AT:
            return RulesInForce.build(contracts.values())
        rules = self
        for rule_id in gone:
            rules = rules.without(rule_id)
        for contract in fresh:
            rules = rules.with_rule(contract)
        return rules

    @cached_property
    def clocked(self) -> tuple[RuleContract, ...]:
        """The rules with clauses on dates relative to now."""
        return tuple(c for c in self.rules.values() if _clocked(c))

    @cached_property
    def scheduled(self) -> tuple[RuleContract, ...]:
        """The rules that begin at set times, whatever happens."""
        return tuple(c for c in self.rules.values() if c.contract.trigger.kind == "schedule")

    def kinds(self) -> frozenset[str]:
        """Return the kinds of record that the rules are about."""
        return frozenset(subject_kind(c) for c in self.rules.values())

    def terms(self, kind: str) -> tuple[Term, ...]:
        """Return the terms that the rules about a kind read."""
        found = (t for c in self.rules.values() if subject_kind(c) == kind for t in terms_of(c))
        return tuple(dict.fromkeys(found))

    @cached_property
    def streaks(self) -> tuple[HeldFor, ...]:
        """The conditions whose duration some rule reads."""
        found = (node for c in self.rules.values() for node in needed_streaks(c.contract))
        return tuple(dict.fromkeys(found))

    def called(
        self, facts: Facts, frame: TimeFrame, kind: str, event: str | None = None
    ) -> Iterator[tuple[RuleContract, Decided]]:
        """Yield the rules that do something on these facts, with what they do.

        Args:
            facts: The facts of one record.
            frame: What now and here are.
            kind: The kind of the record.
            event: The event that happened; None: a fact changed.

        Yields:
            The contract and its decision; only such as are valid today.
        """
        found = [self.rules[i] for i in self.index.matches(facts, event)]
        for rule in self.clocked:
            trigger = rule.contract.trigger
            if trigger.kind != "schedule" and trigger.event == event:
                found.append(rule)
        for rule in found:
            if subject_kind(rule) != kind or not rule.validity.holds_on(frame.today):
                continue
            what = decided(rule, facts, frame)
            if what.branch is not None:
                yield rule, what


def terms_of(rule: RuleContract) -> tuple[Term, ...]:
    """Return every term that a contract reads, those of streaks included."""
    streaks = (t for node in needed_streaks(rule.contract) for t in streak_terms(node))
    own = needed_terms(rule.contract)
    scope = () if rule.scope.filter is None else tuple(x.term for x in leaves_in(rule.scope.filter))
    return tuple(dict.fromkeys((*own, *scope, *streaks)))


def subject_kind(rule: RuleContract) -> str:
    """Return the kind of record that a rule acts on.

    A rule that waits for an event acts on the customer that the event is about.
    """
    entity = rule.scope.entity
    return ENTITY_KINDS.get(entity, entity)


def action_schedules(rule: RuleContract) -> Iterator[tuple[int, Schedule]]:
    """Yield the actions that are done at set times, by their place, for all who are inside."""
    for n, action in enumerate(rule.contract.actions):
        if action.schedule is not None:
            yield n, action.schedule


def _clocked(rule: RuleContract) -> bool:
    nodes = list(conditions_of(rule.contract))
    if rule.scope.filter is not None:
        nodes.append(rule.scope.filter)
    return any(
        isinstance(leaf, During) or (isinstance(leaf, Compare) and isinstance(leaf.value, Moment))
        for node in nodes
        for leaf in leaves_in(node)
    )
