"""answer: put what came of the turn into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from langgraph.runtime import Runtime

from agents.distinct import told_apart
from agents.model import CallResult, ChatPort, ModelReply, PendingQuestion
from agents.phrasing import is_faithful
from agents.replies import compose_results, merged_evidence, question_text, say
from agents.routing import work_of
from agents.state import AgentState, Answer, TurnContext, Work
from agents.turn import Question, Refusal
from tools.outcomes import ToolOk, ToolQuestion, ToolRetry


@dataclass(frozen=True, kw_only=True)
class AnswerNode:
    """Composes the answer from the tools' texts; a hosted model's own words pass a check first."""

    model: ChatPort

    async def __call__(self, state: AgentState, runtime: Runtime[TurnContext]) -> AgentState:
        """Return the answer."""
        work, context = work_of(state), runtime.context
        hosted = self.model.hosted and not state.get("fallback", False)
        answer = compose(work, context, hosted=hosted)
        if answer.pending is not None and answer.pending.options:
            answer = _asking(answer, await told_apart(answer.pending, context))
        return {"work": replace(work, answer=answer)}


def _asking(answer: Answer, pending: PendingQuestion) -> Answer:
    if pending == answer.pending:
        return answer
    question = Question(text=pending.text, options=pending.options)
    text = question_text(pending.text, pending.options)
    return replace(answer, text=text, question=question, pending=pending)


def compose(work: Work, context: TurnContext, *, hosted: bool) -> Answer:
    """Return the answer of a turn that proposes nothing.

    Args:
        work: The model's last reply and the results.
        context: The run facts.
        hosted: The model's text has to be checked.
    """
    lang, reply = context.run.lang, work.reply or ModelReply()
    results = tuple(r for r in work.results if not isinstance(r.result, ToolRetry))
    if reply.question is not None and not _found_something(results):
        return _asked_by_model(reply, context)
    if reply.refusal is not None:
        refusal = Refusal(reason=reply.refusal.reason, id=reply.refusal.id)
        return Answer(text=refusal.reason, outcome="refused", refusal=refusal)
    given_up = bool(reply.calls or not work.reply) and bool(work.results)
    if given_up and isinstance(work.results[-1].result, ToolRetry):
        text = say("gave_up", lang)
        return Answer(text=text, outcome="refused", refusal=_unreliable(text))
    if not results:
        spoken = reply.text and (not hosted or is_faithful(reply, results, context))
        text = reply.text if spoken else say("gave_up", lang)
        refusal_ = None if spoken else _unreliable(text)
        return Answer(text=text, outcome="answered" if spoken else "refused", refusal=refusal_)
    composed = compose_results(results, lang)
    if isinstance(results[-1].result, ToolQuestion):
        return replace(composed, pending=_pending(work, results[-1].result, context))
    if reply.text and isinstance(results[-1].result, ToolOk):
        return _phrased(reply, work, composed, context, hosted=hosted)
    return composed


def _found_something(results: Sequence[CallResult]) -> bool:
    """Return whether calls have an answer: a search of the documents may end with nothing."""
    last = results[-1].result if results else None
    if not isinstance(last, ToolOk):
        return last is not None
    return last.data is None or last.data.get("found") != 0


def _unreliable(reason: str) -> Refusal:
    return Refusal(reason=reason, id="not_understood")


def _phrased(
    reply: ModelReply, work: Work, composed: Answer, context: TurnContext, *, hosted: bool
) -> Answer:
    """Return the model's words in place of the tools' texts if they say nothing else."""
    if hosted and not is_faithful(reply, work.results, context):
        return composed
    cited = tuple(e for e in merged_evidence(work.results) if e.id in set(reply.cites))
    return replace(composed, text=reply.text, evidence=cited or composed.evidence)


def _asked_by_model(reply: ModelReply, context: TurnContext) -> Answer:
    asked = reply.question
    if asked is None:  # narrowed by the caller
        return Answer(text="", outcome="asked")
    pending = replace(asked, user_text=asked.user_text or context.run.user_text)
    question = Question(text=asked.text, options=asked.options)
    text = question_text(asked.text, asked.options)
    return Answer(text=text, outcome="asked", question=question, pending=pending)


def _pending(work: Work, asked: ToolQuestion, context: TurnContext) -> PendingQuestion:
    """Return the question with all calls of the turn: on an answer they run again, nothing was written."""
    before = [
        r.call
        for r in work.results[:-1]
        if not (
            isinstance(r.result, ToolRetry) or (isinstance(r.result, ToolOk) and r.result.change_id)
        )
    ]
    return PendingQuestion(
        text=asked.text,
        options=asked.options,
        calls=(*before, work.results[-1].call, *work.rest),
        asked=len(before),
        slot=asked.slot,
        code=asked.code,
        about=asked.about,
        user_text=context.run.user_text,
    )
