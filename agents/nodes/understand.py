"""understand: one step of the model."""

from __future__ import annotations

from dataclasses import dataclass, replace

from langgraph.runtime import Runtime

from agents.model import ChatPort, ModelReply
from agents.nodes.handover import handed_over
from agents.phrasing import is_faithful
from agents.replies import say
from agents.routing import work_of
from agents.state import AgentState, TurnContext, Work
from knowledge_graph.errors import ModelUnavailableError
from tools.outcomes import ToolRetry


@dataclass(frozen=True, kw_only=True)
class Understand:
    """Asks the model for the next step; when it does not answer, the offline model takes over."""

    model: ChatPort
    offline: ChatPort

    async def __call__(self, state: AgentState, runtime: Runtime[TurnContext]) -> AgentState:
        """Return the model's step; its calls go to the guard.

        Raises:
            ModelUnavailableError: Not even the offline model answers.
        """
        work, fallback = work_of(state), state.get("fallback", False)
        model = self.offline if fallback else self.model
        try:
            reply = await model.next_step(runtime.context.step(work.results))
        except ModelUnavailableError as error:
            if fallback or model is self.offline:
                raise
            notice = say("fallback", runtime.context.run.lang, reason=str(error))
            work, fallback, model = work.restarted(notice), True, self.offline
            reply = await model.next_step(runtime.context.step(work.results))
        if model.hosted and _rests_on_nothing(reply, work, runtime.context):
            work, fallback = handed_over(work, runtime.context, "unreliable"), True
            model = self.offline
            reply = await model.next_step(runtime.context.step(work.results))
        return {
            "rounds": state.get("rounds", 0) + 1,
            "fallback": fallback,
            "work": _taken(work, reply, model.name),
        }


def _rests_on_nothing(reply: ModelReply, work: Work, context: TurnContext) -> bool:
    """Return whether a hosted model talks of records or numbers without having asked a tool."""
    if reply.calls or reply.question is not None or reply.refusal is not None:
        return False
    asked = [r for r in work.results if not isinstance(r.result, ToolRetry)]
    return not asked and not is_faithful(reply, (), context)


def _taken(work: Work, reply: ModelReply, name: str) -> Work:
    return replace(
        work,
        reply=reply,
        calls=reply.calls,
        models=(*work.models, name),
        prompt_digest=reply.prompt_digest or work.prompt_digest,
    )
