"""Rules in other formats: they mean the same there, and come back as they were."""

import json
from random import Random

import pytest
import zen
from cel_expr_python import cel

from knowledge_graph.expression.nodes import (
    And,
    Compare,
    During,
    Field,
    HeldFor,
    In,
    Known,
    Not,
    Or,
    Rolling,
    Text,
)
from knowledge_graph.language.rules.results import RuleCompiled
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.evaluation import holds
from knowledge_graph.rules.exchange.cel import FALSE, TRUE, cel_facts, from_cel, to_cel
from knowledge_graph.rules.exchange.cells import clauses_of
from knowledge_graph.rules.exchange.dmn import from_dmn, to_dmn
from knowledge_graph.rules.exchange.jdm import from_jdm, to_jdm
from knowledge_graph.rules.exchange.lossless import NotLossless
from knowledge_graph.rules.facts import needed_streaks
from knowledge_graph.rules.meaning import content_hash
from knowledge_graph.testing.random_rules import RandomRules
from tests.unit.knowledge_graph.rules.test_contract import SENTENCES
from tests.unit.knowledge_graph.rules.test_index import rule

NPS = Field(id="customer.nps")
LOW = Compare(op="lt", term=NPS, value=0)


def conditions(seed: int, n: int):
    draw = RandomRules(Random(seed))
    return [draw.wild() if k % 2 else draw.condition() for k in range(n)]


def test_cel_expression_gives_what_the_condition_gives() -> None:
    draw, many = RandomRules(Random(4)), conditions(4, 60)
    streaks = tuple(s for c in many for s in needed_streaks(rule("x", c).contract))
    env = cel.NewEnv(variables={"f": cel.Type.Map(cel.Type.STRING, cel.Type.DYN)})
    for condition in many:
        text = to_cel(condition)
        assert isinstance(text, str), condition
        program = env.compile(text)
        for _ in range(12):
            facts = {
                k: v
                for k, v in draw.facts(gaps=0.1, streaks=streaks).items()
                if isinstance(v, str | int | float | tuple)
            }
            got = program.eval(data={"f": cel_facts(facts)}).value()
            assert got is holds(condition, facts), (text, facts)


def test_cel_comes_back() -> None:
    for condition in conditions(5, 200):
        text = to_cel(condition)
        assert isinstance(text, str)
        assert from_cel(text) == condition


def test_every_sentence_goes_to_cel_and_back_or_says_why(rule_compiler, context) -> None:
    there = 0
    for line in SENTENCES.read_text(encoding="utf-8").splitlines():
        result = rule_compiler.compile(json.loads(line)["text"], context)
        if isinstance(result, RuleCompiled) and result.contract.condition is not None:
            text = to_cel(result.contract.condition)
            if isinstance(text, str):
                there += 1
                assert from_cel(text) == result.contract.condition
    assert there > 45


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("customer.nps < 0", LOW),
        ("0 > customer.nps", LOW),
        ("!(customer.nps < 0) && customer.tier in ['B', 'A']",
         And(args=(Not(arg=LOW), In(term=Field(id="customer.tier"), values=("A", "B"))))),
        ('"customer.nps" in f', Known(term=NPS)),
        ("1 == 1.0 || false", Or(args=(TRUE, FALSE))),
        ("'a' in ['a', 'b']", TRUE),
    ],
)  # fmt: skip
def test_cel_of_other_people_is_read(text, condition) -> None:
    assert from_cel(text) == condition


@pytest.mark.parametrize(
    "text",
    ["", "1 +", "customer.nps > customer.health", "customer.name.startsWith('a')", "[1].map(x, x)",
     "timestamp('2026-01-01') < now", "customer.nps", "nps > 5", "(" * 500 + "true", "f['x'] > null", "'\\q' == 'a'"],
)  # fmt: skip
def test_cel_that_is_no_condition_says_why(text) -> None:
    found = from_cel(text)
    assert isinstance(found, NotLossless)
    assert found.reason


@pytest.mark.parametrize(
    "condition",
    [During(term=NPS, window=Rolling(n=3, unit="day")), Text(mode="contains", term=NPS, value="a")],
)
def test_what_cel_cannot_say_is_told(condition) -> None:
    assert isinstance(to_cel(condition), NotLossless)


@pytest.mark.parametrize(("there", "back"), [(to_dmn, from_dmn), (to_jdm, from_jdm)])
def test_tables_come_back(there, back) -> None:
    made = 0
    for n, condition in enumerate(conditions(6, 150)):
        one = rule(f"r{n}", condition)
        text = there([one])
        if isinstance(text, NotLossless):
            continue
        made += 1
        (again,) = back(text)
        assert content_hash(again) == content_hash(one)
        assert again.lineage.imported in {"dmn", "jdm"}
    assert made > 50


@pytest.mark.parametrize(("there", "back"), [(to_dmn, from_dmn), (to_jdm, from_jdm)])
def test_many_rules_are_one_table(there, back, named) -> None:
    rules = [
        named(
            "a", "健康度低于60的A级或B级客户归入流失预警池，并每周五10点向客户成功经理推送OEE简报"
        ),
        named("b", "近3个月采购额超过500万的客户调整为A级"),
        named("c", "NPS低于0或健康度低于40的客户，通知客户成功经理"),
    ]
    again = back(there(rules))
    assert [content_hash(r) for r in again] == [content_hash(r) for r in rules]
    assert [r.contract.actions for r in again] == [r.contract.actions for r in rules]
    assert [r.needs for r in again] == [r.needs for r in rules]


@pytest.mark.parametrize("condition", [Not(arg=LOW), HeldFor(arg=LOW, n=3, unit="day")])
def test_what_a_table_cannot_say_is_told(condition) -> None:
    for there in (to_dmn, to_jdm):
        assert isinstance(there([rule("r", condition)]), NotLossless)


def test_zen_engine_runs_an_exported_table() -> None:
    east = Compare(op="eq", term=Field(id="customer.region"), value="east")
    rules = [rule("low", And(args=(LOW, east))), rule("all", None)]
    graph = to_jdm(rules)
    assert isinstance(graph, str)
    columns = json.loads(graph)["nodes"][1]["content"]["inputs"]
    short = {column["name"]: column["id"] for column in columns}
    decision = zen.ZenEngine().create_decision(graph)
    for facts in (
        {"customer.nps": -1, "customer.region": "east"},
        {"customer.nps": 5, "customer.region": "east"},
    ):
        hits = decision.evaluate({short[k]: v for k, v in facts.items()})["result"]
        assert len(hits) == sum(bool(holds(r.condition, facts)) for r in rules)


@pytest.mark.parametrize(
    "text", ["<", "<a/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "{}", '{"nodes": 1}', "[]"]
)
def test_broken_files_are_no_surprise(text) -> None:
    for back in (from_dmn, from_jdm):
        assert isinstance(back(text), NotLossless)


@pytest.mark.parametrize(
    ("cell", "holding", "failing"),
    [
        ("> 5", (6,), (5, "a")),
        ("[1..5)", (1, 4.9), (5, 0.9)),
        ("(0.5..0.8]", (0.8,), (0.5,)),
        (">= 4 and < 6", (4, 5.9), (6, 3)),
        ("'high','medium'", ("high", "medium"), ("low",)),
        ("3, 4, 5", (3, 5), (6,)),
        ("['platinum']", ("platinum",), ("gold",)),
        ("> 10 or < 2", (11, 1), (5,)),
        ("true", (True,), (False, 1)),
        ("'diabetes' in $", (("diabetes",),), (("flu",), "diabetes")),
    ],
)
def test_cells_are_read(cell, holding, failing) -> None:
    term = Field(id="input.x")
    condition = And(args=clauses_of(cell, term, "zen"))
    assert all(holds(condition, {"input.x": value}) for value in holding)
    assert not any(holds(condition, {"input.x": value}) for value in failing)


def test_contract_without_condition_comes_back() -> None:
    always = rule("r", None)
    assert isinstance(always, RuleContract)
    assert from_dmn(to_dmn([always]))[0].contract == always.contract
