"""Contracts as JSON, their hash and their life."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.expression.json_parts import canonical
from knowledge_graph.expression.nodes import And, Compare, Field, Or
from knowledge_graph.language.rules.results import RuleCompiled
from knowledge_graph.ontology.intent_contract import Delay, IntentContract, Trigger
from knowledge_graph.rules.codec import from_json, to_json
from knowledge_graph.rules.contract import (
    Example,
    Lineage,
    Needs,
    RuleContract,
    Scope,
    Source,
    Validity,
    in_force,
)
from knowledge_graph.rules.meaning import content_hash

SENTENCES = Path(__file__).parents[1] / "language" / "rules" / "sentences.jsonl"
NPS = Field(id="customer.nps")
LOW = Compare(op="lt", term=NPS, value=0, span=(0, 6))
EAST = Compare(op="eq", term=Field(id="customer.region"), value="east", span=(7, 9))


def rule(condition, **parts) -> RuleContract:
    contract = IntentContract(trigger=Trigger(), condition=condition, actions=())
    return RuleContract(**{"id": "bic_1", "contract": contract, **parts})


def test_every_sentence_comes_back_from_json(rule_compiler, context) -> None:
    seen = 0
    for line in SENTENCES.read_text(encoding="utf-8").splitlines():
        result = rule_compiler.compile(json.loads(line)["text"], context)
        if isinstance(result, RuleCompiled):
            seen += 1
            whole = RuleContract(id="bic_1", contract=result.contract)
            again = from_json(json.loads(json.dumps(to_json(whole))))
            assert again.contract == whole.contract
            assert canonical(to_json(again)) == canonical(to_json(whole))
    assert seen > 50


def whole_life() -> RuleContract:
    return rule(
        And(args=(LOW, EAST)),
        version=3,
        supersedes=2,
        status="active",
        source=Source(text="NPS低于0且华东…", lang="zh", readback="…"),
        author="u_17",
        owner_role="sales_director",
        confirmed_by="u_3",
        confirmed_at="2026-03-01T02:00:00Z",
        scope=Scope(filter=EAST, org="east"),
        needs=Needs(purposes=("service",), permissions=("notify",), approvers=("finance",)),
        governance="gated",
        dictionary_version=4,
        lineage=Lineage(parent="bic_0@1", imported="dmn"),
        examples=(Example(facts={"customer.nps": -1, "customer.pools": ("a",)}, fires=True),),
        validity=Validity(start=date(2026, 3, 1)),
        budget=200,
        cooldown=Delay(n=7, unit="day"),
        on_exit="undo",
    )


def test_all_of_its_life_comes_back() -> None:
    whole = whole_life()
    again = from_json(json.loads(json.dumps(to_json(whole))))
    assert again == whole
    assert again.contract.condition.args[0].span == (0, 6)  # type: ignore[union-attr]


def test_hash_is_of_the_meaning_alone() -> None:
    one = content_hash(rule(And(args=(LOW, EAST)), author="a"))
    assert one == content_hash(rule(And(args=(EAST, LOW)), author="b", version=2, status="active"))
    assert one == content_hash(rule(And(args=(EAST, replace(LOW, value=0.0, span=None)))))
    assert one != content_hash(rule(Or(args=(LOW, EAST))))
    assert one != content_hash(
        rule(And(args=(LOW, EAST)), validity=Validity(start=date(2026, 3, 1)))
    )


@pytest.mark.parametrize(
    "damage",
    [{"bic": "2.0"}, {"status": "on"}, {"version": "1"}, {"content_hash": "0"}, {"spans": [[1, 2]] * 3},
     {"validity": {"from": "soon"}}, {"trigger": {"kind": "event"}}, {"condition": {"op": "xor"}}],
)  # fmt: skip
def test_what_is_no_contract_is_refused(damage) -> None:
    good = to_json(rule(LOW))
    with pytest.raises(InvalidValueError):
        from_json({**good, **damage})


def test_scope_is_part_of_the_condition() -> None:
    assert rule(LOW, scope=Scope(filter=EAST)).condition == And(args=(EAST, LOW))
    assert rule(None).condition is None


def test_policy_takes_effect_on_its_day() -> None:
    old = rule(LOW, status="active")
    new = rule(
        EAST,
        version=2,
        status="active",
        validity=Validity(start=date(2026, 3, 1), end=date(2026, 3, 31)),
    )
    draft = rule(EAST, version=3)
    days = {
        date(2026, 2, 28): old,
        date(2026, 3, 1): new,
        date(2026, 3, 31): new,
        date(2026, 4, 1): old,
    }
    for day, expected in days.items():
        assert in_force([draft, new, old], day) == (expected,)
    assert in_force([draft], date(2026, 3, 1)) == ()
    assert in_force([old.with_status("paused")], date(2026, 3, 1)) == ()
