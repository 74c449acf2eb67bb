"""Routing by table."""

from __future__ import annotations

from typing import Any

import pytest

from agents import routing
from agents.model import CallResult, ToolCall
from agents.state import AgentState, Work
from tests.unit.agents.rig import change
from tools.outcomes import ApprovalRequired, ToolFailed, ToolOk, ToolQuestion, ToolRetry

CALL = ToolCall(name="find_records", args={})
OK = ToolOk(text="x")
RETRY = ToolRetry(message="x")
FAILED = ToolFailed(text="x", code="E")
QUESTION = ToolQuestion(text="x")
DRAFT = ApprovalRequired(summary="x", changes=(change(),))
EMPTY = ApprovalRequired(summary="x", changes=())


def state(*results: Any, calls: tuple[ToolCall, ...] = (), **keys: Any) -> AgentState:
    work = Work(calls=calls, results=tuple(CallResult(call=CALL, result=r) for r in results))
    return {"work": work, **keys}  # type: ignore[typeddict-item]  # by table


@pytest.mark.parametrize(
    ("given", "goes"),
    [
        (state(), "understand"),
        (state(calls=(CALL,)), "guard"),
        (state(calls=(CALL,), verdict="confirm"), "guard"),
        (state(proposal_id="p", verdict="confirm"), "execute"),
        ({}, "understand"),
    ],
)
def test_start(given: AgentState, goes: str) -> None:
    assert routing.route_start(given) == goes


@pytest.mark.parametrize(("given", "goes"), [(state(calls=(CALL,)), "guard"), (state(), "answer")])
def test_reply(given: AgentState, goes: str) -> None:
    assert routing.route_reply(given) == goes


@pytest.mark.parametrize(
    ("given", "goes"),
    [
        (state(calls=(CALL,)), "act"),
        (state(RETRY, retries=1), "understand"),
        (state(RETRY, retries=2), "understand"),
        (state(RETRY, retries=3), "answer"),
        (state(RETRY, retries=1, rounds=5), "answer"),
        (state(fallback=True, retries=0, rounds=0), "understand"),
    ],
)
def test_guard(given: AgentState, goes: str) -> None:
    assert routing.route_guard(given) == goes


@pytest.mark.parametrize(
    ("given", "plain", "phrasing"),
    [
        (state(OK), "answer", "understand"),
        (state(OK, rounds=5), "answer", "answer"),
        (state(OK, fallback=True), "answer", "answer"),
        (state(DRAFT), "propose", "propose"),
        (state(EMPTY), "answer", "answer"),
        (state(OK, DRAFT), "propose", "propose"),
        (state(DRAFT, OK), "propose", "propose"),
        (state(DRAFT, QUESTION), "answer", "answer"),
        (state(DRAFT, FAILED), "answer", "answer"),
        (state(RETRY, retries=1), "understand", "understand"),
        (state(DRAFT, RETRY, retries=3), "answer", "answer"),
        (state(), "answer", "answer"),
    ],
)
def test_act(given: AgentState, plain: str, phrasing: str) -> None:
    assert routing.route_act(given, phrases=False) == plain
    assert routing.route_act(given, phrases=True) == phrasing
