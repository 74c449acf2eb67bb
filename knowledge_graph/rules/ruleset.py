"""The rules in force, taken apart once so that a new one is compared with a thousand in milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from knowledge_graph.expression.boxes import Domains
from knowledge_graph.expression.json_parts import canonical
from knowledge_graph.expression.nodes import And, AtLeast, Condition, Field, HeldFor, Not, Or
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.rules.codec import action_json
from knowledge_graph.language.rules.domains import domains_of
from knowledge_graph.language.rules.results import RuleAction
from knowledge_graph.language.rules.terms import Leaf
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.deciding import Prepared
from knowledge_graph.rules.effects import Effect, acts_of, reads_of


@dataclass(frozen=True, kw_only=True)
class PreparedAct:
    """One action of a rule, with the boxes of where it is taken."""

    action: RuleAction
    effect: Effect | None
    prepared: Prepared
    likeness: str
    """Equal for actions that do the same at the same time."""

    @property
    def said(self) -> str:
        """The action and its arguments, e.g. "pool.add nurture"."""
        return " ".join([self.action.action, *(str(v) for v in self.action.args.values())])


@dataclass(frozen=True, kw_only=True)
class PreparedRule:
    """A rule with its actions taken apart."""

    rule: RuleContract
    acts: tuple[PreparedAct, ...]

    @cached_property
    def looks(self) -> Mapping[str, tuple[tuple[Leaf, bool], ...]]:
        """By field: the clauses on it, each with whether it is meant to hold."""
        found: dict[str, dict[tuple[Leaf, bool], None]] = {}
        for condition in dict.fromkeys(act.prepared.condition for act in self.acts):
            for leaf, positive in _signed(condition, positive=True):
                if isinstance(leaf.term, Field):
                    found.setdefault(leaf.term.id, {})[leaf, positive] = None
        return {field: tuple(leaves) for field, leaves in found.items()}

    @classmethod
    def of(cls, rule: RuleContract, dictionary: Dictionary, domains: Domains) -> PreparedRule:
        """Take a rule apart.

        Args:
            rule: Any contract.
            dictionary: What its actions change.
            domains: What terms can be.

        Returns:
            The rule and its actions.
        """
        prepared: dict[int, Prepared] = {}
        acts = []
        for act in acts_of(rule, dictionary):
            key = hash(act.condition)
            if key not in prepared:
                prepared[key] = Prepared.of(act.condition, domains)
            likeness = {k: v for k, v in action_json(act.action).items() if k != "if"}
            acts.append(
                PreparedAct(
                    action=act.action,
                    effect=act.effect,
                    prepared=prepared[key],
                    likeness=canonical(likeness),
                )
            )
        return cls(rule=rule, acts=tuple(acts))


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """Rules by id; immutable, a change gives a new one."""

    rules: Mapping[str, PreparedRule]
    dictionary: Dictionary

    @classmethod
    def build(cls, contracts: Iterable[RuleContract], dictionary: Dictionary) -> RuleSet:
        """Take rules apart.

        Args:
            contracts: One contract an id.
            dictionary: What their actions change, and the domains of the fields.

        Returns:
            The set.
        """
        domains = domains_of(dictionary)
        found = {rule.id: PreparedRule.of(rule, dictionary, domains) for rule in contracts}
        return cls(rules=found, dictionary=dictionary)

    def with_rule(self, rule: RuleContract) -> RuleSet:
        """Return a set with a rule added or replaced."""
        one = PreparedRule.of(rule, self.dictionary, domains_of(self.dictionary))
        return RuleSet(rules={**self.rules, rule.id: one}, dictionary=self.dictionary)

    def without(self, rule_id: str) -> RuleSet:
        """Return a set without a rule."""
        if rule_id not in self.rules:
            return self
        left = {key: rule for key, rule in self.rules.items() if key != rule_id}
        return RuleSet(rules=left, dictionary=self.dictionary)

    def contradicting(self, act: PreparedAct) -> Iterator[tuple[PreparedRule, PreparedAct]]:
        """Yield the actions that change what an action changes, to something else."""
        effect = act.effect
        for rule, other in self._by_target.get(effect.target, ()) if effect is not None else ():
            if effect is not None and other.effect is not None and effect.contradicts(other.effect):
                yield rule, other

    def alike(self, act: PreparedAct) -> tuple[tuple[PreparedRule, PreparedAct], ...]:
        """Return the actions that do the same at the same time."""
        return tuple(self._by_likeness.get(act.likeness, ()))

    def readers(self, target: str) -> tuple[PreparedRule, ...]:
        """Return the rules that look at a field."""
        return tuple(self._by_field.get(target, ()))

    @cached_property
    def _by_target(self) -> Mapping[str, list[tuple[PreparedRule, PreparedAct]]]:
        found: dict[str, list[tuple[PreparedRule, PreparedAct]]] = {}
        for rule in self.rules.values():
            for act in rule.acts:
                if act.effect is not None:
                    found.setdefault(act.effect.target, []).append((rule, act))
        return found

    @cached_property
    def _by_likeness(self) -> Mapping[str, list[tuple[PreparedRule, PreparedAct]]]:
        found: dict[str, list[tuple[PreparedRule, PreparedAct]]] = {}
        for rule in self.rules.values():
            for act in rule.acts:
                found.setdefault(act.likeness, []).append((rule, act))
        return found

    @cached_property
    def _by_field(self) -> Mapping[str, list[PreparedRule]]:
        found: dict[str, list[PreparedRule]] = {}
        for rule in self.rules.values():
            for name in reads_of(rule.rule):
                found.setdefault(name, []).append(rule)
        return found


def _signed(node: Condition | None, *, positive: bool) -> Iterator[tuple[Leaf, bool]]:
    match node:
        case None:
            return
        case And() | Or() | AtLeast():
            for arg in node.args:
                yield from _signed(arg, positive=positive)
        case Not():
            yield from _signed(node.arg, positive=not positive)
        case HeldFor():
            yield from _signed(node.arg, positive=positive)
        case _:
            yield node, positive
