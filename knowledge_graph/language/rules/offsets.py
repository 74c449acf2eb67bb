"""Where in the author's own text a clause was said, once the text has been respelt for the recognisers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import Match, SequenceMatcher

from knowledge_graph.expression.nodes import And, AtLeast, Condition, HeldFor, Not, Or

Span = tuple[int, int]


def in_the_text(node: Condition, line: str, text: str) -> Condition:
    """Return a condition whose spans count in the author's text instead of the line that was read.

    Args:
        node: A condition with spans in `line`.
        line: The text as it was read.
        text: The text as it was typed.
    """
    if line == text:
        return node
    blocks = SequenceMatcher(None, line, text, autojunk=False).get_matching_blocks()

    def place(at: int) -> int:
        return _place(blocks, at, len(text))

    def moved(inner: Condition) -> Condition:
        match inner:
            case And() | Or() | AtLeast():
                return replace(inner, args=tuple(moved(arg) for arg in inner.args))
            case Not() | HeldFor():
                return replace(inner, arg=moved(inner.arg))
            case _ if inner.span is None:
                return inner
            case _:
                return replace(inner, span=(place(inner.span[0]), place(inner.span[1])))

    return moved(node)


def _place(blocks: Sequence[Match], at: int, end: int) -> int:
    for block in blocks:
        if at <= block.a + block.size:
            return block.b + max(0, at - block.a)
    return end
