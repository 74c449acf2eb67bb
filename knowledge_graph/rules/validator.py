"""What is wrong with a new rule, alone and beside those deployed; a concrete customer for each finding.

In this order: red lines and purposes, unreachable, contradictory effects on one target, redundant, overlapping
pools (measured on the workspace's own data), chains and loops. That two rules may fire for one customer is no
finding: most pairs can.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from knowledge_graph.expression.boxes import Domains
from knowledge_graph.expression.nodes import Condition
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.rules.domains import domains_of
from knowledge_graph.rules import governance
from knowledge_graph.rules.chains import chains_from
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.deciding import Possible, Prepared, alone, implies, point, together
from knowledge_graph.rules.facts import Facts
from knowledge_graph.rules.findings import Finding, Witness
from knowledge_graph.rules.overlaps import overlaps_of
from knowledge_graph.rules.population import Population
from knowledge_graph.rules.ruleset import PreparedAct, PreparedRule, RuleSet


@dataclass(frozen=True, kw_only=True)
class CheckSettings:
    """What the validator takes for worth telling."""

    jaccard: float = 0.3
    """Overlap of two pools from which it is told; about one alert for two rules on random rules."""
    contained: float = 0.8
    """The share of a pool within another from which it is told."""


def check(
    new: RuleContract,
    deployed: RuleSet | Sequence[RuleContract],
    *,
    dictionary: Dictionary,
    population: Population | Mapping[str, Facts] | None = None,
    settings: CheckSettings = CheckSettings(),
) -> tuple[Finding, ...]:
    """Return what is to be known before a rule is deployed.

    Args:
        new: The rule; an older version of it among `deployed` is not looked at.
        deployed: The rules in force. A `RuleSet` is prepared once and kept; a sequence is prepared here.
        dictionary: Actions, fields, red lines.
        population: The facts of the workspace's records: witnesses are taken from it and overlaps measured on
            it. Without it there are no overlaps and all witnesses are made up.
        settings: From when on an overlap is told.

    Returns:
        The findings, the weightiest first.
    """
    domains = domains_of(dictionary)
    rules = deployed if isinstance(deployed, RuleSet) else RuleSet.build(deployed, dictionary)
    people = population if isinstance(population, Population) else None
    if people is None and population is not None:
        people = Population(population)  # type: ignore[arg-type]  # not a Population, so a mapping
    checked = _Check(
        new=PreparedRule.of(new, dictionary, domains),
        rules=rules,
        dictionary=dictionary,
        domains=domains,
        people=people,
    )
    found = [*checked.alone(), *checked.beside()]
    if people is not None:
        found += overlaps_of(
            checked.new, checked.rules, people, settings.jaccard, settings.contained
        )
    return (*found, *chains_from(checked.new, checked.rules))


@dataclass(frozen=True, kw_only=True)
class _Check:
    new: PreparedRule
    rules: RuleSet
    dictionary: Dictionary
    domains: Domains
    people: Population | None
    examples: dict[int, Facts] = field(default_factory=dict)
    """By box: a point in it, drawn once."""

    def alone(self) -> Iterator[Finding]:
        """Yield what is wrong with the rule by itself."""
        rule = self.new.rule
        line = governance.red_line_of(rule, self.dictionary)
        if line is not None:
            yield Finding(kind="red_line", rules=(rule.ref,), about=(line,))
        fields = governance.without_purpose(rule, self.dictionary)
        if fields:
            yield Finding(kind="missing_purpose", rules=(rule.ref,), about=fields)
        for act in self.new.acts:
            possible = alone(act.prepared, self.domains)
            if possible.answer is False:
                yield Finding(kind="unreachable", rules=(rule.ref,), about=(act.said,))
            elif possible.answer is None:
                yield Finding(kind="not_decided", rules=(rule.ref,), about=(act.said,))
        for n, act in enumerate(self.new.acts):
            for other in self.new.acts[n + 1 :]:
                yield from self._contradiction(act, other, rule.ref)

    def beside(self) -> Iterator[Finding]:
        """Yield what is wrong with the rule beside others."""
        redundant: list[Finding] = []
        mine = self.new.rule
        for act in self.new.acts:
            for other, their in self.rules.contradicting(act):
                if other.rule.id != mine.id and _may_meet(mine, other.rule):
                    yield from self._contradiction(act, their, other.rule.ref)
            for other, their in self.rules.alike(act):
                same = other.rule.contract.trigger == mine.contract.trigger
                if other.rule.id != mine.id and same:
                    redundant += self._redundancy(act, their, other)
        yield from redundant

    def _contradiction(self, act: PreparedAct, other: PreparedAct, ref: str) -> Iterator[Finding]:
        one, two = act.effect, other.effect
        if one is None or two is None or not one.contradicts(two):
            return
        possible = together(act.prepared, other.prepared, self.domains)
        if possible.answer is False:
            return
        refs = (self.new.rule.ref,) if ref == self.new.rule.ref else (self.new.rule.ref, ref)
        about = (one.target, f"{one.mode} {one.value}", f"{two.mode} {two.value}")
        if possible.answer is None:
            yield Finding(kind="not_decided", rules=refs, about=about)
        else:
            conditions = (act.prepared.condition, other.prepared.condition)
            witness = self._witness(conditions, possible)
            yield Finding(kind="contradiction", rules=refs, about=about, witness=witness)

    def _redundancy(
        self, act: PreparedAct, other: PreparedAct, rule: PreparedRule
    ) -> Iterator[Finding]:
        mine, theirs = act.prepared, other.prepared
        possible = alone(mine, self.domains)
        if possible.answer is False or self._are_told_apart(mine, theirs):
            return
        if implies(mine, theirs, self.domains) is True:
            yield Finding(
                kind="redundant",
                rules=(self.new.rule.ref, rule.rule.ref),
                about=(act.said,),
                witness=self._witness((mine.condition,), possible),
            )

    def _are_told_apart(self, narrow: Prepared, wide: Prepared) -> bool:
        """Whether an example of one condition shows that the other does not follow; quick, not complete."""
        for box in narrow.boxes or ():
            facts = self.examples.setdefault(id(box), point(box, self.domains))
            if narrow.test(facts) and wide.test(facts) is False:
                return True
        return False

    def _witness(
        self, conditions: Sequence[Condition | None], possible: Possible
    ) -> Witness | None:
        if self.people is not None:
            mask = self.people.hits(conditions[0])
            for condition in conditions[1:]:
                mask &= self.people.hits(condition)
            ids = self.people.ids_of(mask, limit=1)
            if ids:
                return Witness(record=ids[0], facts=self.people.facts[ids[0]])
        facts = possible.example(self.domains)
        return None if facts is None else Witness(facts=facts)


def _may_meet(one: RuleContract, other: RuleContract) -> bool:
    """Whether both may act on one record at once: rules of two different events happen apart."""
    first, second = one.contract.trigger, other.contract.trigger
    if "event" not in {first.kind, second.kind} or first.kind != second.kind:
        return True
    return first.event == second.event
