"""What the validator finds, and with which witness."""

from dataclasses import replace
from random import Random

from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.rules.contract import Needs
from knowledge_graph.rules.evaluation import holds
from knowledge_graph.rules.findings import Finding
from knowledge_graph.rules.population import Population
from knowledge_graph.rules.ruleset import RuleSet
from knowledge_graph.rules.validator import CheckSettings, check
from knowledge_graph.testing.random_rules import RandomRules

DICTIONARY = Dictionary.load()
PEOPLE = {
    "c1": {"customer.health_score": 30, "customer.tier": "A", "customer.pools": ("churn_watch",)},
    "c2": {"customer.health_score": 55, "customer.tier": "A", "customer.pools": ()},
    "c3": {"customer.health_score": 90, "customer.tier": "B", "customer.pools": ("nurture",)},
}


def found(new, *deployed, **parts) -> dict[str, Finding]:
    return {f.kind: f for f in check(new, deployed, dictionary=DICTIONARY, **parts)}


def test_opposite_results_for_one_customer(named) -> None:
    new = named("new", "健康度低于60的客户调整为B级")
    old = named("old", "健康度低于40的客户调整为C级")
    finding = found(new, old, population=PEOPLE)["contradiction"]
    assert finding.rules == ("new@1", "old@1")
    assert finding.blocks
    assert finding.witness is not None
    assert finding.witness.record == "c1"
    assert "old@1" in finding.told("zh")
    assert "old@1" in finding.told("en")


def test_made_up_witness_is_marked(named) -> None:
    new = named("new", "健康度低于60的客户调整为B级")
    old = named("old", "健康度低于10的客户调整为C级")
    witness = found(new, old, population=PEOPLE)["contradiction"].witness
    assert witness is not None
    assert not witness.is_real
    assert holds(new.condition, witness.facts)
    assert holds(old.condition, witness.facts)


def test_apart_rules_do_not_contradict(named) -> None:
    new = named("new", "健康度低于40的客户调整为C级")
    assert "contradiction" not in found(new, named("old", "健康度高于80的客户调整为A级"))


def test_putting_in_and_taking_out(named) -> None:
    new = named("new", "健康度低于60的客户加入流失预警池")
    assert "contradiction" in found(new, named("old", "A级客户移出流失预警池"))


def test_rules_of_two_events_do_not_meet(named) -> None:
    new = named("new", "客户下单时，调整为A级")
    assert "contradiction" not in found(new, named("old", "客户付款逾期时，调整为C级"))


def test_already_done_by_another(named) -> None:
    new = named("new", "A级且健康度低于40的客户，通知客户成功经理")
    wide = named("old", "健康度低于60的客户，通知客户成功经理")
    assert found(new, wide)["redundant"].rules == ("new@1", "old@1")
    assert "redundant" not in found(wide, new)


def test_never(named) -> None:
    new = named("new", "健康度低于60的客户，通知客户成功经理")
    never = replace(
        new.contract, condition=named("x", "健康度低于40的客户，通知客户成功经理").condition
    )
    high = replace(new.condition, op="gt", value=100)
    assert "unreachable" in found(replace(new, contract=replace(never, condition=high)))


def test_overlap_of_pools_is_measured(named) -> None:
    new = named("new", "A级客户归入重点客户池")
    old = named("old", "健康度低于60的客户加入流失预警池")
    finding = found(new, old, population=PEOPLE)["overlap"]
    assert finding.overlap is not None
    assert (finding.overlap.jaccard, finding.overlap.both) == (1.0, 2)
    assert finding.about == ("churn_watch",)
    strict = CheckSettings(jaccard=1.1, contained=1.1)
    assert "overlap" not in found(new, old, population=PEOPLE, settings=strict)


def test_chain_and_loop(named) -> None:
    one = named("one", "健康度低于40的客户加入流失预警池")
    two = named("two", "在流失预警池的客户，通知客户成功经理")
    assert found(one, two)["chain"].rules == ("one@1", "two@1")
    up = named("up", "C级客户，调整为B级")
    down = named("down", "B级客户，调整为C级")
    loop = found(up, down)["loop"]
    assert loop.blocks
    assert loop.rules == ("up@1", "down@1")
    agreeing = found(
        named("a", "在流失预警池的客户归入培育池"), named("b", "在培育池的客户加入流失预警池")
    )
    assert not agreeing["loop"].blocks


def test_data_read_without_a_purpose(named) -> None:
    new = named("new", "邮件打开率低于10%的客户，通知客户成功经理")
    assert "missing_purpose" not in found(new)
    bare = replace(new, needs=Needs())
    assert found(bare)["missing_purpose"].about == ("customer.email_open_rate",)


def test_older_version_of_itself_is_no_other_rule(named) -> None:
    new = named("new", "健康度低于60的客户调整为B级")
    assert found(replace(new, version=2), named("new", "健康度低于40的客户调整为C级")) == {}


def test_contradictions_among_random_rules_are_those_of_a_loop() -> None:
    draw = RandomRules(Random(21))
    rules = draw.rules(60)
    people = Population({f"c{n}": draw.facts() for n in range(300)})
    kept = RuleSet.build(rules, DICTIONARY)
    for number in range(100, 115):
        new = draw.rule(number)
        findings = check(new, kept, dictionary=DICTIONARY, population=people)
        told = {f.rules[1] for f in findings if f.kind == "contradiction"}
        for old in rules:
            both = people.hits(new.condition) & people.hits(old.condition)
            tiers = [a.args.get("tier") for r in (new, old) for a in r.contract.actions]
            if both and None not in tiers and len(set(tiers)) == 2:
                assert old.ref in told
        for finding in findings:
            if finding.witness is not None and finding.kind == "contradiction":
                assert holds(new.condition, finding.witness.facts)
