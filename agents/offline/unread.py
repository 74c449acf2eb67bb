"""A clause that no frame consumes, and the question that comes nearest to what it meant."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge_graph.language.results import Ask

_UNDERSTOOD = frozenset({
    "ambiguous_term",
    "ambiguous_name",
    "missing_unit",
    "vague_term",
    "contradiction",
})


@dataclass(frozen=True, kw_only=True)
class Unread:
    """No frame consumes the clause; `ask` is the question of the nearest one."""

    clause: str
    ask: Ask | None
    act: str
    """The act of the nearest frame, "" if none is near."""
    literal: int = 0
    """Characters that the nearest frame consumed by its own words."""


def is_clearer(ask: Ask, literal: int, nearest: Unread) -> bool:
    """Say whether a question is nearer to what was meant than the one found so far.

    Args:
        ask: The question.
        literal: Characters that its frame consumed by its own words.
        nearest: What was found so far.

    Returns:
        True if more of the clause was understood, or a longer name is asked about.
    """
    before = nearest.ask is not None and nearest.ask.code in _UNDERSTOOD
    now = (literal, ask.code in _UNDERSTOOD, _named_in(ask))
    return now > (nearest.literal, before, _named_in(nearest.ask))


def _named_in(ask: Ask | None) -> int:
    """Return how many characters of a name are asked about: which “Ann O'Neil” is nearer than which “Ann”."""
    if ask is None or ask.code != "ambiguous_name":
        return 0
    return sum(map(len, ask.about))
