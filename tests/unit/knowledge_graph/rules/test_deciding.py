"""Boxes and the solver give the same answers, and examples satisfy what they are examples of."""

from random import Random

import pytest

from knowledge_graph.expression.boxes import boxes
from knowledge_graph.expression.nodes import And, Compare, HeldFor, Not, Or
from knowledge_graph.language.rules.containment import is_consistent
from knowledge_graph.rules.deciding import Prepared, implies, point, possible, together
from knowledge_graph.rules.evaluation import holds
from knowledge_graph.rules.facts import fact_key
from knowledge_graph.rules.solver import solve
from knowledge_graph.testing.random_rules import COUNT_7, COUNT_30, DOMAINS, SUM_3, RandomRules


def pairs(seed: int, n: int, *, wild: bool):
    draw = RandomRules(Random(seed))
    for _ in range(n):
        yield (draw.wild(), draw.wild()) if wild else (draw.condition(), draw.condition())


@pytest.mark.parametrize("wild", [False, True])
def test_boxes_agree_with_the_solver_on_what_can_hold_together(wild: bool) -> None:
    seen = {True: 0, False: 0}
    for one, other in pairs(11, 70, wild=wild):
        both = And(args=(one, other))
        found = boxes(both, DOMAINS)
        assert found is not None
        answer = any(is_consistent(box) for box in found)
        assert solve(both, DOMAINS, limit_ms=5000).answer is answer, both
        seen[answer] += 1
    assert min(seen.values()) > 1


def test_boxes_agree_with_the_solver_on_what_covers_what() -> None:
    for one, _ in pairs(12, 30, wild=False):
        clauses = one.args  # type: ignore[union-attr]  # random conditions are conjunctions
        wide = And(args=clauses[:-1]) if len(clauses) > 2 else clauses[0]
        for narrow, other in ((one, wide), (wide, one)):
            outside = And(args=(narrow, Not(arg=other)))
            expected = solve(outside, DOMAINS, limit_ms=5000).answer
            got = implies(Prepared.of(narrow, DOMAINS), Prepared.of(other, DOMAINS), DOMAINS)
            assert got is (not expected)


@pytest.mark.parametrize("wild", [False, True])
def test_examples_satisfy_their_condition(wild: bool) -> None:
    made = 0
    for one, other in pairs(13, 80, wild=wild):
        both = And(args=(one, other))
        found = together(Prepared.of(one, DOMAINS), Prepared.of(other, DOMAINS), DOMAINS)
        if found.answer:
            made += 1
            facts = found.example(DOMAINS)
            assert facts is not None
            assert holds(both, facts), (both, found)
        for box in (boxes(one, DOMAINS) or ())[:5]:
            assert holds(one, point(box, DOMAINS)), (one, box)
    assert made > 20


def test_number_over_a_week_is_no_more_than_over_a_month() -> None:
    short = Compare(op="gt", term=COUNT_7, value=5)
    long = Compare(op="lt", term=COUNT_30, value=3)
    found = possible(And(args=(short, long)), DOMAINS)
    assert found.answer is False
    more = possible(And(args=(short, Compare(op="lt", term=COUNT_30, value=7))), DOMAINS)
    assert more.answer is True
    facts = more.example(DOMAINS)
    assert facts is not None
    assert holds(short, facts)
    assert facts[fact_key(COUNT_7)] <= facts[fact_key(COUNT_30)]


def test_counts_are_whole() -> None:
    between = And(
        args=(Compare(op="gt", term=COUNT_7, value=3), Compare(op="lt", term=COUNT_7, value=4))
    )
    assert possible(between, {}).answer is False


def test_longer_streak_is_a_shorter_one_too() -> None:
    low = Compare(op="lt", term=SUM_3, value=5)
    three, five = (HeldFor(arg=low, n=n, unit="day") for n in (3, 5))
    assert implies(Prepared.of(five, {}), Prepared.of(three, {}), {}) is True
    assert implies(Prepared.of(three, {}), Prepared.of(five, {}), {}) is False
    assert implies(Prepared.of(three, {}), Prepared.of(low, {}), {}) is True


def test_what_has_too_many_boxes_is_left_to_the_solver() -> None:
    draw = RandomRules(Random(2))
    many = And(args=tuple(Or(args=tuple(draw.leaf() for _ in range(3))) for _ in range(9)))
    found = possible(many, DOMAINS)
    assert found.by == "solver"
    facts = found.example(DOMAINS)
    assert found.answer is None or (facts is not None and holds(many, facts))
