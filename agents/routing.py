"""Where the agent graph goes next: pure functions of the state, tested by table."""

from __future__ import annotations

from typing import Literal

from agents.drafts import drafted_by
from agents.model import CallResult
from agents.state import MAX_RETRIES, MAX_ROUNDS, AgentState, Work
from tools.outcomes import ToolFailed, ToolOk, ToolQuestion, ToolRetry


def work_of(state: AgentState) -> Work:
    """Return the working memory; a resumed run begins with an empty one."""
    return state.get("work") or Work()


def last_result(state: AgentState) -> CallResult | None:
    """Return the newest result of this run."""
    results = work_of(state).results
    return results[-1] if results else None


def route_start(state: AgentState) -> Literal["understand", "guard", "execute"]:
    """Return the start: a decided proposal, calls that are already known, or the model."""
    if state.get("proposal_id"):
        return "execute"
    return "guard" if work_of(state).calls else "understand"


def route_reply(state: AgentState) -> Literal["guard", "answer"]:
    """Return the way of a reply: calls are checked before they run, all else is an answer."""
    return "guard" if work_of(state).calls else "answer"


def may_retry(state: AgentState) -> bool:
    """Return whether the model may correct itself once more."""
    return state.get("retries", 0) <= MAX_RETRIES and state.get("rounds", 0) < MAX_ROUNDS


def route_guard(state: AgentState) -> Literal["act", "understand", "answer"]:
    """Return the way after the guard: what did not pass goes back to the model."""
    if work_of(state).calls:
        return "act"
    return "understand" if may_retry(state) else "answer"


def route_act(state: AgentState, *, phrases: bool) -> Literal["understand", "propose", "answer"]:
    """Return the way after the tools have run.

    Args:
        state: After `act`.
        phrases: The model goes on after reads, or puts the answer into words.
    """
    last = last_result(state)
    if last is None:  # a hosted model has just lost the turn
        return "understand" if state.get("fallback", False) else "answer"
    if isinstance(last.result, ToolQuestion | ToolFailed):
        return "answer"
    if isinstance(last.result, ToolRetry):
        return "understand" if may_retry(state) else "answer"
    if drafted_by(work_of(state).results):
        return "propose"
    reply = work_of(state).reply
    goes_on = (phrases and not state.get("fallback", False)) or (
        reply is not None and reply.goes_on
    )
    more = goes_on and state.get("rounds", 0) < MAX_ROUNDS and isinstance(last.result, ToolOk)
    return "understand" if more else "answer"
