"""Checks the words of a hosted model before anybody reads them: evidence or silence."""

from __future__ import annotations

from collections.abc import Sequence

from agents.grounding import fold_words, grounds_of, numbers_in, said_in
from agents.model import CallResult, ModelReply
from agents.replies import merged_evidence
from agents.state import TurnContext


def is_faithful(reply: ModelReply, results: Sequence[CallResult], context: TurnContext) -> bool:
    """Return whether a model's final text says only what the tools returned.

    Its numbers must be in the results (or, without results, in the person's words), its citations must be
    evidence ids of this turn, and it names no record that no tool or person has named; without results it
    names no record at all.

    Args:
        reply: The model's final text with what it cites.
        results: What the tools of this turn returned.
        context: The run facts.
    """
    grounds = grounds_of(context, results)
    source = (
        fold_words(" ".join(text for item in results for text in said_in(item)))
        if results
        else fold_words(context.run.user_text)
    )
    if not numbers_in(reply.text) <= numbers_in(f"{source} {context.run.user_text}"):
        return False
    if not set(reply.cites) <= {e.id for e in merged_evidence(results)}:
        return False
    names = context.names_in(reply.text)
    return all(name in grounds.said for name in names) if results else not names
