"""act: run the calls that passed the guard, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from langgraph.runtime import Runtime

from agents.drafts import drafted_by
from agents.model import CallResult, ChatPort, ToolCall
from agents.nodes.handover import handed_over
from agents.replies import error_text, last_focus, say
from agents.routing import may_retry, work_of
from agents.state import AgentState, TurnContext
from agents.turn import Progress
from knowledge_graph.errors import CrmError
from tools.context import RunContext
from tools.outcomes import ToolFailed, ToolQuestion, ToolResult, ToolRetry

_STEPS = {
    "find_records": ("正在查找记录", "looking up records"),
    "show_record": ("正在打开记录", "opening the record"),
    "recall_knowledge": ("正在查找往来与资料", "looking through interactions and documents"),
    "undo_change": ("正在核对更改", "checking the change"),
}


@dataclass(frozen=True, kw_only=True)
class Act:
    """Runs calls one after the other; each sees what the ones before it have drafted."""

    model: ChatPort

    async def __call__(self, state: AgentState, runtime: Runtime[TurnContext]) -> AgentState:
        """Return the results, up to a question, a failure or a correction."""
        work, context = work_of(state), runtime.context
        results: list[CallResult] = list(work.results)
        done = 0
        for done, call in enumerate(work.calls, 1):  # noqa: B007  # read after the loop
            await _announce(call, context)
            result = await _run(call, context, results)
            results.append(CallResult(call=call, result=result))
            if isinstance(result, ToolQuestion | ToolFailed | ToolRetry):
                break
        retried = bool(results) and isinstance(results[-1].result, ToolRetry)
        retries = state.get("retries", 0) + int(retried)
        after = replace(work, calls=(), rest=work.calls[done:], results=tuple(results))
        hosted = self.model.hosted and not state.get("fallback", False)
        if retried and hosted and not may_retry({**state, "retries": retries}):
            after = handed_over(after, context, "unreadable")
            return {"retries": 0, "rounds": 0, "fallback": True, "work": after}
        return {"retries": retries, "work": after}


async def _run(call: ToolCall, context: TurnContext, before: Sequence[CallResult]) -> ToolResult:
    spec = context.tool(call.name)
    if spec is None:  # the guard has checked it; a missing tool here is a wiring error
        return ToolRetry(message=f"no tool {call.name!r}")
    run = _run_context(context.run, before)
    try:
        return await spec.run(spec.args.model_validate(dict(call.args)), run)
    except CrmError as error:
        return ToolFailed(
            text=say("failed", run.lang, error=error_text(error, run.lang)), code=error.code
        )


def _run_context(run: RunContext, before: Sequence[CallResult]) -> RunContext:
    """Return the run facts with what this turn has drafted and looked at so far."""
    return replace(run, drafted=drafted_by(before), focus=last_focus(before) or run.focus)


async def _announce(call: ToolCall, context: TurnContext) -> None:
    if context.report is None:
        return
    zh, en = _STEPS.get(call.name, ("正在处理", "working on it"))
    await context.report(Progress(step=zh if context.run.lang == "zh" else en))
