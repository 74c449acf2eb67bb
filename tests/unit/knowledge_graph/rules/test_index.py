"""The index finds what a loop over all rules finds."""

from dataclasses import replace
from random import Random

import pytest

from knowledge_graph.expression.nodes import Compare, Field, HeldFor, Text
from knowledge_graph.ontology.intent_contract import Action, Branch, IntentContract, Trigger
from knowledge_graph.rules.contract import RuleContract, Scope
from knowledge_graph.rules.evaluation import decided, holds
from knowledge_graph.rules.facts import needed_streaks
from knowledge_graph.rules.index import RuleIndex, fires_when
from knowledge_graph.testing.random_rules import RandomRules

NPS = Field(id="customer.nps")
LOW = Compare(op="lt", term=NPS, value=0)
NOTIFY = Action(action="notify", args={"role": "csm"})


def rule(rule_id: str, condition, *, event=None, **parts) -> RuleContract:
    trigger = Trigger(kind="event", event=event) if event else Trigger()
    scope = parts.pop("scope", Scope())
    contract = IntentContract(trigger=trigger, condition=condition, actions=(NOTIFY,), **parts)
    return RuleContract(id=rule_id, contract=contract, scope=scope)


def in_a_loop(rules, facts) -> set[str]:
    return {r.id for r in rules if holds(fires_when(r), facts)}


@pytest.mark.parametrize("seed", range(2))
def test_finds_what_a_loop_finds(seed: int) -> None:
    draw = RandomRules(Random(seed))
    rules = draw.rules(200)
    index = RuleIndex.build(rules)
    for _ in range(60):
        facts = draw.facts(gaps=0.05)
        assert set(index.matches(facts)) == in_a_loop(rules, facts)


@pytest.mark.parametrize("seed", range(3))
def test_finds_what_a_loop_finds_in_wild_conditions(seed: int) -> None:
    draw = RandomRules(Random(seed))
    rules = [rule(f"w{n}", draw.wild()) for n in range(100)]
    streaks = tuple(node for r in rules for node in needed_streaks(r.contract))
    index = RuleIndex.build(rules)
    for _ in range(40):
        facts = draw.facts(gaps=0.15, streaks=streaks)
        assert set(index.matches(facts)) == in_a_loop(rules, facts)


def test_values_that_no_rule_names_are_no_surprise() -> None:
    draw = RandomRules(Random(9))
    rules = [rule(f"w{n}", draw.wild()) for n in range(100)]
    index = RuleIndex.build(rules)
    odd = {
        str: ("Z", "", None),
        int: (1e300, -1e300, 0, None),
        float: (0.5, None),
        tuple: ((), ("z",)),
    }
    for _ in range(80):
        facts = {key: draw.random.choice(odd[type(v)]) for key, v in draw.facts().items()}
        assert set(index.matches(facts)) == in_a_loop(rules, facts)


def test_rule_can_be_added_replaced_and_taken_out() -> None:
    draw = RandomRules(Random(5))
    rules = draw.rules(80)
    index = RuleIndex.build(rules[:40])
    for one in rules[40:]:
        index = index.with_rule(one)
    changed = replace(rules[3], contract=replace(rules[3].contract, condition=LOW))
    index = index.with_rule(changed).without("r7").without("r50").without("nobody")
    left = [changed if r.id == "r3" else r for r in rules if r.id not in {"r7", "r50"}]
    assert len(index) == len(left)
    assert index.aside == 40
    for found in (index, index.compacted()):
        for _ in range(50):
            facts = draw.facts()
            assert set(found.matches(facts)) == in_a_loop(left, facts)
    assert index.compacted().aside == 0


def test_event_calls_for_its_own_rules_only() -> None:
    index = RuleIndex.build([rule("a", LOW), rule("b", LOW, event="order.created")])
    facts = {"customer.nps": -1}
    assert index.matches(facts) == ("a",)
    assert index.matches(facts, event="order.created") == ("b",)
    assert index.matches(facts, event="order.paid") == ()


def test_rule_with_an_else_is_called_for_where_that_acts() -> None:
    tag = Action(action="tag.add", args={"tag": "x"})
    high = Compare(op="gt", term=NPS, value=50)
    east = Compare(op="eq", term=Field(id="customer.region"), value="east")
    branch = rule("a", LOW, otherwise=(Branch(when=high, actions=(tag,)),))
    plain = rule("b", LOW, otherwise=(tag,), scope=Scope(filter=east))
    index = RuleIndex.build([branch, plain])
    assert index.matches({"customer.nps": 60}) == ("a",)
    assert index.matches({"customer.nps": 10, "customer.region": "east"}) == ("b",)
    assert decided(plain, {"customer.nps": 10, "customer.region": "east"}).actions == (tag,)
    assert decided(plain, {"customer.nps": 10}).actions == ()
    assert decided(branch, {"customer.nps": 60}).branch == 1
    assert decided(branch, {"customer.nps": 10}).branch is None


def test_texts_are_tested_on_the_candidates() -> None:
    name = Text(mode="contains", term=Field(id="customer.name"), value="solar")
    index = RuleIndex.build([rule("a", name), rule("b", HeldFor(arg=LOW, n=3, unit="day"))])
    assert index.matches({"customer.name": "Solar One"}) == ("a",)
    assert index.matches({"customer.name": "One"}) == ()
