"""The task `recall`: a question must be answered by a quote that says it, or by "not found"."""

from __future__ import annotations

from agents.turn import TurnRequest
from evals.cases import RecallCase
from evals.report import Row
from evals.worlds import Worlds
from knowledge_graph.ontology.access import parse_actor

QUOTES = 3
"""Only the first quotes count: nobody reads more."""


async def score_recall(case: RecallCase, worlds: Worlds) -> Row:
    """Ask a case's question and score the quotes.

    Args:
        case: The question.
        worlds: Where workspaces come from.

    Returns:
        The row to print; quotes for a question that has no answer are harmful.
    """
    async with worlds.open(case.workspace, case.now, indexed=True) as world:
        reply = await world.app.assistant.turn(
            TurnRequest(
                text=case.question,
                thread=f"eval-{case.id}",
                actor=parse_actor("owner:owner"),
                channel="eval",
            )
        )
    quotes = [evidence.quote for evidence in reply.evidence][:QUOTES]
    holds = any(all(w.casefold() in q.casefold() for w in case.quote_has) for q in quotes)
    right = not quotes if case.not_found else bool(quotes) and holds
    return Row(
        id=case.id,
        passed=right,
        harmful=case.not_found and bool(quotes),
        wrong=() if right else (f"quotes {quotes}",),
        output=({"reply": reply.reply, "quotes": quotes},),
        ms=reply.ms,
    )
