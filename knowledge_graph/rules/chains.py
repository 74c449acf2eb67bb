"""Rules that look at what others change, and the loops that come of it.

A loop that undoes its own work (A sets what B changes back) never comes to rest and blocks; one whose effects
all agree ends as soon as nothing changes any more, and is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from knowledge_graph.expression.nodes import Has
from knowledge_graph.language.rules.terms import Leaf
from knowledge_graph.rules.effects import Effect
from knowledge_graph.rules.evaluation import holds
from knowledge_graph.rules.findings import Finding
from knowledge_graph.rules.ruleset import PreparedRule, RuleSet


@dataclass(frozen=True, kw_only=True)
class _Step:
    """A rule, and the effect by which the next one is led to."""

    rule: PreparedRule
    effect: Effect


def chains_from(new: PreparedRule, rules: RuleSet) -> Iterator[Finding]:
    """Yield the loops that a rule closes and the chains that it starts.

    Args:
        new: The rule.
        rules: The others; an older version of the rule among them is passed over.

    Yields:
        A loop for the shortest ways back to the rule, a chain for every rule that looks at what it changes.
    """
    for steps in _ways_back(new, rules):
        effects = [step.effect for step in steps]
        yield Finding(
            kind="loop",
            rules=tuple(step.rule.rule.ref for step in steps),
            about=tuple(f"{e.target} {e.mode} {e.value}" for e in effects),
            weight="blocks"
            if any(a.contradicts(b) for a, b in combinations(effects, 2))
            else "warns",
        )
    told: set[str] = set()
    for effect in _effects(new):
        for other in rules.readers(effect.target):
            if other.rule.id in {new.rule.id, *told}:
                continue
            if any(_looks_at(leaf, effect) for leaf, _ in other.looks.get(effect.target, ())):
                told.add(other.rule.id)
                about = f"{effect.target} {effect.mode} {effect.value}"
                yield Finding(kind="chain", rules=(new.rule.ref, other.rule.ref), about=(about,))


def _effects(rule: PreparedRule) -> tuple[Effect, ...]:
    return tuple(dict.fromkeys(act.effect for act in rule.acts if act.effect is not None))


def _ways_back(new: PreparedRule, rules: RuleSet) -> Iterator[tuple[_Step, ...]]:
    """Yield the shortest loops through the rule, at most one a rule that leads back to it."""
    seen: set[str] = {new.rule.id}
    layer: list[tuple[tuple[_Step, ...], PreparedRule]] = [((), new)]
    while layer:
        further: list[tuple[tuple[_Step, ...], PreparedRule]] = []
        for path, at in layer:
            back = next((e for e in _effects(at) if _leads_to(e, new)), None)
            if back is not None:
                yield (*path, _Step(rule=at, effect=back))
            for effect in _effects(at):
                for other in rules.readers(effect.target):
                    if other.rule.id not in seen and _leads_to(effect, other):
                        seen.add(other.rule.id)
                        further.append(((*path, _Step(rule=at, effect=effect)), other))
        layer = further


def _leads_to(effect: Effect, rule: PreparedRule) -> bool:
    """Whether an effect may make a clause of a rule true."""
    return any(
        _looks_at(leaf, effect) and _makes_true(leaf, effect, positive=positive)
        for leaf, positive in rule.looks.get(effect.target, ())
    )


def _looks_at(leaf: Leaf, effect: Effect) -> bool:
    return not isinstance(leaf, Has) or leaf.value == effect.value


def _makes_true(leaf: Leaf, effect: Effect, *, positive: bool) -> bool:
    if effect.mode == "set":
        return holds(leaf, {effect.target: effect.value}) is positive
    present = (effect.value,) if effect.mode == "add" else ()
    return holds(leaf, {effect.target: present}) is positive
