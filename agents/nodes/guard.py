"""guard: no call runs that is not in the role's toolset, well-formed and grounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from langgraph.runtime import Runtime
from pydantic import ValidationError

from agents.grounding import Grounds, grounds_of
from agents.model import CallResult, ChatPort, ToolCall
from agents.nodes.handover import handed_over
from agents.routing import may_retry, work_of
from agents.state import AgentState, TurnContext, Work
from tools.outcomes import ToolRetry
from tools.spec import ToolSpec

MAX_CALLS = 12
"""Calls of one step; more is a runaway model."""
MAX_CHARS = 20_000
"""Characters of one argument; no tool takes more, and checking more holds up all other turns."""


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Checks every call before any runs; one bad call holds back the whole step."""

    model: ChatPort

    async def __call__(self, state: AgentState, runtime: Runtime[TurnContext]) -> AgentState:
        """Return the calls as they may run, or the reasons for the model."""
        work, context = work_of(state), runtime.context
        hosted = self.model.hosted and not state.get("fallback", False)
        results = work.results if hosted and work.reply else None
        checked = [_check(call, context, results) for call in work.calls[:MAX_CALLS]]
        rejected = tuple(c for c in checked if isinstance(c, CallResult))
        if not rejected and len(work.calls) <= MAX_CALLS:
            passed = tuple(c for c in checked if isinstance(c, ToolCall))
            return {"work": replace(work, calls=passed)}
        failed = rejected or (_reject(work.calls[-1], f"at most {MAX_CALLS} calls in one step"),)
        return _hand_back(
            state, replace(work, calls=(), results=(*work.results, *failed)), context, hosted
        )


def _hand_back(state: AgentState, work: Work, context: TurnContext, hosted: bool) -> AgentState:
    """Return the state for another try; after the last one the offline model takes the turn."""
    tried: AgentState = {**state, "retries": state.get("retries", 0) + 1, "work": work}
    if may_retry(tried) or not hosted:
        return {"retries": tried["retries"], "work": work}
    work = handed_over(work, context, "ungrounded")
    return {"retries": 0, "rounds": 0, "fallback": True, "work": work}


def _check(
    call: ToolCall, context: TurnContext, results: Sequence[CallResult] | None
) -> ToolCall | CallResult:
    """Return the call as it may run, or why it may not; without results nothing has to be grounded."""
    spec = context.tool(call.name)
    if spec is None:
        names = ", ".join(t.name for t in context.tools)
        return _reject(call, f"no tool {call.name!r}; there are {names}")
    args = dict(call.args)
    long = [name for name, value in args.items() if len(str(value)) > MAX_CHARS]
    if long:
        return _reject(call, f"argument {long[0]!r} is longer than {MAX_CHARS} characters")
    if results is not None:
        grounds = grounds_of(context, results, writes=spec.effect != "read")
        args, missing = _grounded(args, spec, grounds)
        if missing:
            return _reject(call, missing)
    try:
        spec.args.model_validate(args)
    except ValidationError as error:
        return _reject(call, _complaint(error))
    return ToolCall(name=call.name, args=args)


def _grounded(
    args: Mapping[str, object], spec: ToolSpec, grounds: Grounds
) -> tuple[dict[str, object], str]:
    """Return the arguments without optional ones that nobody said, or what is wrong with the others."""
    kept: dict[str, object] = {}
    for name, value in args.items():
        invented = grounds.invented(value)
        field = spec.args.model_fields.get(name)
        narrows = name in {"where", "changes", "values", "record", "records"}
        if not invented:
            kept[name] = value
        elif field is None or field.is_required() or narrows:
            words = ", ".join(repr(w) for w in invented)
            return {}, f"argument {name!r} says {words}, which nobody said and no tool returned"
    return kept, ""


def _complaint(error: ValidationError) -> str:
    parts = [f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors()]
    return "arguments do not fit: " + "; ".join(parts)


def _reject(call: ToolCall, message: str) -> CallResult:
    return CallResult(call=call, result=ToolRetry(message=message))
