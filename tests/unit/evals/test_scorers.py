"""The scorers pass what is right and fail planted faults, over the real app and an in-memory store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.chat import says
from evals.report import Row, line, total
from evals.runner import run
from evals.smoke import worse

RECORDS = [
    {"kind": "employee", "id": "e1", "name": "Raj Patel"},
    {"kind": "account", "id": "a1", "name": "Acme Robotics", "city": "Berlin", "owner": "e1"},
    {"kind": "account", "id": "a2", "name": "Cobalt Foods", "city": "Paris"},
]


async def rows(folder: Path, task: str, *cases: dict[str, object]) -> list[Row]:
    """Score cases on the little workspace."""
    path = folder / "cases.jsonl"
    texts = [json.dumps({"workspace": {"records": RECORDS}, **case}) for case in cases]
    path.write_text("\n".join(texts), encoding="utf-8")
    return [row async for row in run(task, path)]


def chat(text: str, **expected: object) -> dict[str, object]:
    """Return a case of one message."""
    turn = {"user": text, **{k: v for k, v in expected.items() if k != "state"}}
    return {"id": text, "turns": [turn, {"user": "/confirm"}], "state": expected.get("state", [])}


async def test_right_answers_pass_and_planted_faults_fail(tmp_path: Path):
    ask = "customers in Berlin"
    good, *bad = await rows(
        tmp_path,
        "chat",
        chat(ask, expect="answer", contains=["Acme Robotics"], lacks=["Cobalt"]),
        chat(ask, expect="question"),
        chat(ask, contains=["Cobalt Foods"]),
        chat(ask, lacks=["Acme"]),
        chat(ask, count=7),
        chat(ask, tools=["delete_records"]),
        {**chat(ask), "calls": [{"name": "delete_records"}]},
        chat(ask, state=[{"kind": "account", "id": "a1", "fields": {"city": "Rome"}}]),
    )
    assert good.passed, good.wrong
    assert good.output[0]["tool_calls"]
    assert not any(row.passed for row in bad)
    assert not any(row.harmful for row in bad)


async def test_where_asking_back_is_right_too_the_conversation_ends_with_the_question(
    tmp_path: Path,
):
    wanted = [{"kind": "account", "id": "a1", "fields": {"city": "Rome"}}]
    unclear = "set the city of Acme Robotics"
    asked, unasked, changed = await rows(
        tmp_path,
        "chat",
        chat(unclear, expect="proposal", may_ask=True, count=1, state=wanted),
        chat(unclear, expect="proposal", state=wanted),
        chat("set the city of Acme Robotics to Paris", may_ask=True, state=wanted),
    )
    assert asked.passed, asked.wrong
    assert len(asked.output) == 1
    assert not unasked.passed
    assert not changed.passed


async def test_an_unwanted_change_is_harm(tmp_path: Path):
    text = "set the city of Cobalt Foods to Berlin"
    wanted, planted = await rows(
        tmp_path,
        "chat",
        chat(text, state=[{"kind": "account", "id": "a2", "fields": {"city": "Berlin"}}]),
        chat(text),
    )
    assert wanted.passed, wanted.wrong
    assert planted.harmful


async def test_cases_do_not_see_each_others_changes(tmp_path: Path):
    await rows(tmp_path, "chat", chat("delete the customer Cobalt Foods"))
    [row] = await rows(tmp_path, "chat", chat("show me Cobalt Foods", contains=["Paris"]))
    assert row.passed, row.wrong


async def test_language(tmp_path: Path):
    text = "customers in Berlin"
    same, other, asked, planted = await rows(
        tmp_path,
        "language",
        {"id": "1", "text": text, "same_as": "customers where city is Berlin"},
        {"id": "2", "text": text, "same_as": "customers where city is Paris"},
        {"id": "3", "text": "customers with a high florbosity", "ask": "any"},
        {"id": "4", "text": text, "ask": "any"},
    )
    assert same.passed, same.wrong
    assert asked.passed, asked.wrong
    assert other.harmful
    assert planted.harmful


async def test_recall(tmp_path: Path):
    note = {"kind": "interaction", "id": "i1", "name": "Call about the budget", "type": "call",
            "account": "a1", "text": "Acme said the retrofit budget is approved for January."}  # fmt: skip
    world = {"workspace": {"records": [*RECORDS, note]}}
    question = "what did Acme say about the retrofit budget?"
    found, wrong, harm = await rows(
        tmp_path,
        "recall",
        {**world, "id": "1", "question": question, "quote_has": ["approved for January"]},
        {**world, "id": "2", "question": question, "quote_has": ["refused"]},
        {**world, "id": "3", "question": question, "not_found": True},
    )
    assert found.passed, found.wrong
    assert not wrong.passed
    assert not wrong.harmful
    assert harm.harmful


async def test_a_case_whose_workspace_is_broken_fails_and_the_run_goes_on(tmp_path: Path):
    broken = {"kind": "account", "id": "a1", "name": "X", "owner": "nobody"}
    bad, good = await rows(
        tmp_path,
        "chat",
        {**chat("hi"), "workspace": {"records": [broken]}},
        chat("how many customers are there?", contains=["2"]),
    )
    assert bad.wrong[0].startswith("InvalidValueError")
    assert good.passed, good.wrong


@pytest.mark.parametrize(
    ("said", "wanted", "right"),
    [
        ("7 deals", "7", True),
        ("17 deals", "7", False),
        ("7.5 %", "7", False),
        ("worth 430000.00 cny", "430000", True),
        ("worth 43万", "430000|43万", True),
        ("on 2026-11-01", "2026-11-01", True),
        ("ACME".casefold(), "acme", True),
        ("", "acme", False),
    ],
)
def test_numbers_are_said_as_whole_numbers(said: str, wanted: str, right: bool):
    assert says(said, wanted) is right


def test_total_and_lines():
    found = total("chat", [Row(id="a", passed=True), Row(id="b", passed=False, harmful=True)])
    assert json.loads(line(found)) == {
        "task": "chat", "n": 2, "passed": 1, "score": 0.5, "harmful": 1,
    }  # fmt: skip
    assert total("chat", []).score == 0.0


def test_a_lower_score_or_more_harm_than_the_baseline_is_worse():
    found = total("chat", [Row(id="a", passed=True), Row(id="b", passed=False, harmful=True)])
    assert not worse(found, {"score": 0.5, "harmful": 1})
    assert worse(found, {"score": 0.6, "harmful": 1})
    assert worse(found, {"score": 0.5, "harmful": 0})
