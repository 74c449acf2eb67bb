"""When a hosted model loses its turn: what it did is set aside and the offline model takes over, said so."""

from __future__ import annotations

from typing import Literal

from agents.replies import say
from agents.state import TurnContext, Work

Reason = Literal["ungrounded", "unreadable", "unreliable"]
_WORDS: dict[Reason, tuple[str, str]] = {
    "ungrounded": ("参数没有依据", "arguments without a ground"),
    "unreadable": ("工具读不懂它的请求", "the tools could not read its requests"),
    "unreliable": ("它的回答没有依据", "its answer rests on nothing"),
}


def handed_over(work: Work, context: TurnContext, reason: Reason) -> Work:
    """Return the work for the offline model, with the notice for the person.

    Args:
        work: What the hosted model came to; nothing of it was written.
        context: The run facts.
        reason: Why it lost the turn.
    """
    words = _WORDS[reason][context.run.lang == "en"]
    return work.restarted(say("fallback", context.run.lang, reason=words))
