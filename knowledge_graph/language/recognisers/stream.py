"""A sentence that is rewritten step by step: what has been read becomes one symbol.

Each step replaces the phrases that it can read by a symbol that carries their value, so the next step
sees a number, a date or a duration as one character and cannot read half of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from knowledge_graph.language.recognisers.found import Found, FoundValue

NUMBER, TIME, DAY, PERIOD, WEEKDAY, DURATION, AMOUNT, RATIO, OTHER = (
    chr(code) for code in range(0xE001, 0xE00A)
)
"""Symbols; OTHER stands for what no later step may use (ordinals, schedules, vague words)."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """What a phrase was read as; `value` None = it is a part for later steps, no finding by itself."""

    value: FoundValue | None = None
    others: tuple[FoundValue, ...] = ()
    extra: object = None
    """What later steps need to know of it."""


class Hit:
    """A match of one step, with the values of the symbols in it."""

    def __init__(self, stream: Stream, match: re.Match[str]) -> None:
        self.stream = stream
        self.match = match

    def text(self, group: str | int = 0) -> str:
        """Return the matched (folded) text of a group, "" when it took no part."""
        return str(self.match.group(group) or "")

    def node(self, group: str) -> Node | None:
        """Return the value of the symbol that a group matched."""
        at = self.match.start(group)
        return self.stream.nodes[at] if at >= 0 else None

    def source(self, group: str | int = 0) -> str:
        """Return the original words of a group."""
        first, last = self.match.span(group)
        return self.stream.source[self.stream.starts[first] : self.stream.ends[last - 1]]

    def around(self) -> tuple[str, str]:
        """Return the characters before and after the match, "" at the edges."""
        first, last = self.match.span()
        text = self.stream.text
        return (text[first - 1 : first], text[last : last + 1])


Build = Callable[[Hit], Node | None]


class Stream:
    """The sentence in its present form, and what has been found so far."""

    def __init__(self, source: str, folded: str) -> None:
        self.source = source
        self.text = folded
        self.starts = list(range(len(folded)))
        self.ends = list(range(1, len(folded) + 1))
        self.nodes: list[Node | None] = [None] * len(folded)
        self.found: list[Found] = []

    def emit(self, pattern: re.Pattern[str], build: Build) -> None:
        """Find without replacing."""
        for match in pattern.finditer(self.text):
            node = build(Hit(self, match))
            if node is not None:
                self._keep(node, match.start(), match.end())

    def reduce(
        self, pattern: re.Pattern[str], symbol: str, build: Build, *, quiet: bool = False
    ) -> None:
        """Replace each match that `build` can read by the symbol; `quiet`: it is no finding yet."""
        hits = []
        for match in pattern.finditer(self.text):
            node = build(Hit(self, match))
            if node is not None:
                hits.append((match.start(), match.end(), node))
                if not quiet:
                    self._keep(node, match.start(), match.end())
        if hits:
            self._rewrite(hits, symbol)

    def reduce_group(self, pattern: re.Pattern[str], group: str, symbol: str, build: Build) -> None:
        """Replace the part of each match from a group to its end; what stands before it stays."""
        hits = []
        for match in pattern.finditer(self.text):
            node = build(Hit(self, match))
            if node is not None:
                first = match.start(group)
                hits.append((first, match.end(), node))
                self._keep(node, first, match.end())
        if hits:
            self._rewrite(hits, symbol)

    def _keep(self, node: Node, first: int, last: int) -> None:
        if node.value is not None:
            start, end = self.starts[first], self.ends[last - 1]
            self.found.append(Found(start=start, end=end, value=node.value, others=node.others))

    def _rewrite(self, hits: list[tuple[int, int, Node]], symbol: str) -> None:
        text: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        nodes: list[Node | None] = []
        at = 0
        for first, last, node in hits:
            text += [self.text[at:first], symbol]
            starts += [*self.starts[at:first], self.starts[first]]
            ends += [*self.ends[at:first], self.ends[last - 1]]
            nodes += [*self.nodes[at:first], node]
            at = last
        self.text = "".join([*text, self.text[at:]])
        self.starts = starts + self.starts[at:]
        self.ends = ends + self.ends[at:]
        self.nodes = nodes + self.nodes[at:]
