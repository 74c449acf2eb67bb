"""Columns give the hits that a loop over the records gives."""

from random import Random

import pytest

from knowledge_graph.expression.nodes import Compare, Field, Moment, Text
from knowledge_graph.rules.evaluation import holds, near_miss
from knowledge_graph.rules.facts import needed_streaks
from knowledge_graph.rules.population import Population
from knowledge_graph.testing.random_rules import RandomRules
from tests.unit.knowledge_graph.rules.test_index import rule


@pytest.mark.parametrize("gaps", [0.0, 0.15])
def test_hits_are_those_of_a_loop(gaps: float) -> None:
    draw = RandomRules(Random(3))
    conditions = [*(draw.condition() for _ in range(40)), *(draw.wild() for _ in range(80))]
    streaks = tuple(s for c in conditions for s in needed_streaks(rule("x", c).contract))
    facts = {f"c{n}": draw.facts(gaps=gaps, streaks=streaks) for n in range(60)}
    people = Population(facts)
    for condition in conditions:
        expected = tuple(key for key, found in facts.items() if holds(condition, found))
        assert people.ids_of(people.hits(condition)) == expected
        near = {k for k, found in facts.items() if near_miss(condition, found)}
        assert set(people.near_misses(condition, limit=3)) <= near


def test_everyone_satisfies_no_condition() -> None:
    people = Population({"a": {}, "b": {"customer.nps": 1}})
    assert people.ids_of(people.hits(None)) == ("a", "b")
    assert people.ids_of(people.hits(None), limit=1) == ("a",)


def test_texts_and_dates_are_looked_at_one_by_one() -> None:
    people = Population({"a": {"customer.name": "Solar One"}, "b": {"customer.name": "Two"}})
    assert people.ids_of(
        people.hits(Text(mode="contains", term=Field(id="customer.name"), value="solar"))
    ) == ("a",)
    since = Compare(op="ge", term=Field(id="customer.created_on"), value=Moment(n=-3, unit="day"))
    assert people.hits(since) == 0
