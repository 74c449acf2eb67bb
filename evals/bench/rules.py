"""Rules: one event against many, a new rule against a thousand; beside a naive loop and zen-engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from time import perf_counter, thread_time

import zen

from evals.bench.measuring import Measured, percentile
from knowledge_graph.expression import nodes as e
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.evaluation import compiled
from knowledge_graph.rules.facts import Facts, fact_key
from knowledge_graph.rules.index import RuleIndex
from knowledge_graph.rules.population import Population
from knowledge_graph.rules.ruleset import RuleSet
from knowledge_graph.rules.validator import check
from knowledge_graph.testing.random_rules import TERMS, RandomRules

EVENTS, RECORDS, NEW = 1000, 20_000, 60
Match = Callable[[Facts], object]
Many = Sequence[Facts]


async def rules() -> list[Measured]:
    """Measure matching and checking over random rules of one seed."""
    draw = RandomRules(Random(7))
    deployed = draw.rules(10_000)
    events = [draw.facts() for _ in range(EVENTS)]
    found = []
    for n in (1000, 10_000):
        found += _matching(deployed[:n], events)
    return [*found, *_checking(draw, deployed[:1000])]


def _matching(rules_: list[RuleContract], events: Many) -> list[Measured]:
    n = len(rules_)
    start = perf_counter()
    index = RuleIndex.build(rules_)
    built = (perf_counter() - start) * 1000
    tests = {rule.id: compiled(rule.condition) for rule in rules_}
    zen_all = zen.compile_expression(
        _zen_list([rule.condition for rule in rules_ if rule.condition])
    )

    def loop(facts: Facts) -> list[str]:
        return [rule_id for rule_id, test in tests.items() if test(facts)]

    few = events[: EVENTS if n == 1000 else 100]
    named = [{_SHORT[k]: v for k, v in facts.items()} for facts in few]
    mine = _over(index.matches, events)
    others = {
        "naive loop": _over(loop, few).wall,
        "zen-engine, one list expression": _over(
            lambda facts: zen_all.evaluate(dict(facts)), named
        ).wall,
    }
    for facts, there in zip(few[:50], named, strict=False):
        hits = set(index.matches(facts))
        assert hits == set(loop(facts))
        assert hits == {rules_[i].id for i, held in enumerate(zen_all.evaluate(there)) if held}
    at = percentile(mine.wall, 0.5)
    bars = (0.1, 1.0) if n == 1000 else (1.0, None)
    late = {"p99": mine.wall, "p99 of CPU time": mine.cpu}
    rows = [
        Measured(name=f"one event, {n:,} rules: index p50", value=at, unit="ms", bar=bars[0]),
        *(
            Measured(
                name=f"one event, {n:,} rules: index {name}",
                value=percentile(values, 0.99),
                unit="ms",
                bar=bars[1],
            )
            for name, values in late.items()
        ),
        Measured(name=f"index of {n:,} rules built", value=built, unit="ms"),
    ]
    for name, values in others.items():
        there_p50 = percentile(values, 0.5)
        note = f"the index takes 1/{there_p50 / at:.0f} of it; same hits on 50 events"
        rows.append(
            Measured(
                name=f"one event, {n:,} rules: {name} p50", value=there_p50, unit="ms", note=note
            )
        )
    return rows


@dataclass(frozen=True)
class _Taken:
    """Milliseconds for each call: on the clock, and of this thread's CPU time."""

    wall: list[float]
    cpu: list[float]


def _times(calls: Sequence[Callable[[], object]]) -> _Taken:
    wall, cpu = [], []
    for call in calls:
        start, spent = perf_counter(), thread_time()
        call()
        wall.append((perf_counter() - start) * 1000)
        cpu.append((thread_time() - spent) * 1000)
    return _Taken(wall, cpu)


def _over(match: Match, events: Many) -> _Taken:
    for facts in events[:20]:
        match(facts)
    return _times([lambda f=facts: match(f) for facts in events])  # type: ignore[misc] # a default binds the loop variable


def _checking(draw: RandomRules, rules_: list[RuleContract]) -> list[Measured]:
    dictionary = Dictionary.load()
    start = perf_counter()
    kept = RuleSet.build(rules_, dictionary)
    prepared = (perf_counter() - start) * 1000
    people = Population({f"c{i}": draw.facts() for i in range(RECORDS)})
    start = perf_counter()
    for rule in rules_:
        people.hits(rule.condition)
    warmed = (perf_counter() - start) * 1000
    new = [draw.rule(100_000 + number) for number in range(NEW)]
    rows = []
    for name, population in (("made-up witnesses", None), ("real witnesses, overlaps", people)):
        findings: list[int] = []

        def checked(rule: RuleContract, population: Population | None = population) -> None:
            findings.append(len(check(rule, kept, dictionary=dictionary, population=population)))  # noqa: B023 -- used at once

        taken = _times([lambda r=rule: checked(r) for rule in new])  # type: ignore[misc] # a default binds the loop variable
        note = f"{sum(findings) / NEW:.0f} findings a rule"
        for when, values in (
            ("p50", taken.wall),
            ("p95", taken.wall),
            ("p95 of CPU time", taken.cpu),
        ):
            rows.append(
                Measured(
                    name=f"one new rule, 1,000 deployed: {name} {when}",
                    value=percentile(values, 0.5 if when == "p50" else 0.95),
                    unit="ms",
                    bar=50,
                    note=note if population is None else f"{note}; {RECORDS:,} records",
                )
            )
    return [
        *rows,
        Measured(name="1,000 rules prepared for checks", value=prepared, unit="ms"),
        Measured(name=f"hits of 1,000 rules on {RECORDS:,} records", value=warmed, unit="ms"),
    ]


# -- the same conditions for zen-engine


def _zen_list(conditions: list[e.Condition]) -> str:
    return f"[{', '.join(_zen(condition) for condition in conditions)}]"


_ZEN_OPS = {"eq": "==", "ne": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_SHORT = {fact_key(term): f"f{i}" for i, term in enumerate(TERMS)}


def _zen(node: e.Condition) -> str:
    match node:
        case e.And() | e.Or():
            joint = " and " if isinstance(node, e.And) else " or "
            return f"({joint.join(_zen(arg) for arg in node.args)})"
        case e.Not():
            return f"not {_zen(node.arg)}"
        case e.Compare():
            return f"({_SHORT[fact_key(node.term)]} {_ZEN_OPS[node.op]} {json.dumps(node.value)})"
        case e.In():
            return f"({_SHORT[fact_key(node.term)]} in {json.dumps(node.values)})"
        case e.Has():
            return f"contains({_SHORT[fact_key(node.term)]}, {json.dumps(node.value)})"
        case _:
            raise ValueError(f"random rules have no {node!r}")
