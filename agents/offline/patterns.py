"""Clause patterns: literal words and slots, and all the ways in which one can match a text.

Syntax of a pattern (frames/*.yaml):

    {slot}  {slot:type}     a span of at least one character, given to the slot's type; where two
                            slots meet, the first ends at a space (in Chinese anywhere)
    (a|b c|d)               one of these wordings
    [a|b]  [to {who}]       may be absent
    <class>                 all wordings of a class of `words:`, for use between ( ) or [ ]
    anything else           itself

A text matches when it is consumed whole; nothing between literals and slots is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count, islice
from typing import Literal

from knowledge_graph.errors import BadInputError

MAX_MATCHES = 48
"""Ways to split one text that are looked at; more would be an attack, not a sentence."""
MAX_TRIES = 20_000
"""Spans of a text that are offered to the slots of a pattern; there are as many as the square of its length."""

_TOKEN = re.compile(r"\{(\w+)(?::(\w+))?\}|\(([^()]*)\)|\[|\]|[^\[\](){}]+")


@dataclass(frozen=True, kw_only=True)
class Word:
    """A literal part: one of some wordings."""

    regex: re.Pattern[str]


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A part that the sentence fills."""

    name: str
    type: str


Element = Word | Slot
Accepts = Callable[[str, str], bool]
"""A slot's type and a text → whether the text may fill it."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """One way in which a pattern consumes a text."""

    slots: Mapping[str, str]
    literal: int
    """Characters consumed by literal words: more of them, more specific."""


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """One pattern, without its optional parts (each combination is a pattern of its own)."""

    source: str
    elements: tuple[Element, ...]

    def matches(self, text: str, accepts: Accepts = lambda _type, _text: True) -> Iterator[Match]:
        """Yield the ways to match the whole text, shortest first slots first.

        Args:
            text: The clause.
            accepts: Tells early, and cheaply, what cannot fill a slot of a type.
        """
        tries = count()

        def bounded(type_: str, value: str) -> bool:
            return next(tries) < MAX_TRIES and accepts(type_, value)

        for slots, literal in islice(_walk(self.elements, text, 0, bounded), MAX_MATCHES):
            yield Match(slots=slots, literal=literal)


def compile_pattern(source: str, lang: Literal["zh", "en"]) -> tuple[Pattern, ...]:
    """Return the patterns that a source stands for, the fullest first.

    Args:
        source: The pattern in the syntax above.
        lang: In Chinese no white space is needed between words, in English words end at word boundaries.

    Returns:
        One pattern for each combination of its optional parts.

    Raises:
        BadInputError: The pattern is not well formed.
    """
    tokens = [m.group(0) for m in _TOKEN.finditer(source)]
    if "".join(tokens) != source or source.count("[") != source.count("]"):
        raise BadInputError(f"pattern {source!r} is not well formed")
    variants = _expand(tokens)
    return tuple(Pattern(source=source, elements=_elements(variant, lang)) for variant in variants)


def _expand(tokens: list[str]) -> list[list[str]]:
    if "[" not in tokens:
        return [tokens]
    start = tokens.index("[")
    depth, end = 0, start
    for end in range(start, len(tokens)):
        depth += {"[": 1, "]": -1}.get(tokens[end], 0)
        if depth == 0:
            break
    before, inner, after = tokens[:start], tokens[start + 1 : end], tokens[end + 1 :]
    if len(inner) == 1 and "|" in inner[0] and "{" not in inner[0]:
        inner = [f"({inner[0]})"]
    return [
        [*before, *chosen, *rest] for rest in _expand(after) for chosen in [*_expand(inner), []]
    ]


def _elements(tokens: list[str], lang: str) -> tuple[Element, ...]:
    elements: list[Element] = []
    for token in tokens:
        slot = re.fullmatch(r"\{(\w+)(?::(\w+))?\}", token)
        if slot:
            elements.append(Slot(name=slot[1], type=slot[2] or slot[1]))
        elif token.strip():
            elements.append(Word(regex=_word_regex(token.strip(), lang)))
    return tuple(elements)


@lru_cache(maxsize=4096)
def _word_regex(token: str, lang: str) -> re.Pattern[str]:
    wordings = token[1:-1].split("|") if token.startswith("(") else [token]
    gap = r"\s*" if lang == "zh" else r"\s+"
    options = "|".join(
        _edged(gap.join(_either_width(part) for part in wording.split()), wording, lang)
        for wording in sorted(wordings, key=len, reverse=True)
    )
    return re.compile(f"(?:{options})", re.IGNORECASE)


_WIDE = {":": "[:：]", ",": "[,，]"}


def _either_width(part: str) -> str:
    """Return a wording as a regular expression; its marks stand for the full-width ones too."""
    return "".join(_WIDE.get(char) or re.escape(char) for char in part)


def _edged(regex: str, wording: str, lang: str) -> str:
    """In English a word begins and ends at word boundaries; marks such as ":" and "'s" need none."""
    if lang != "en":
        return regex
    left = r"(?<![A-Za-z0-9])" if wording.strip()[:1].isalnum() else ""
    right = r"(?![A-Za-z0-9])" if wording.strip()[-1:].isalnum() else ""
    return f"{left}{regex}{right}"


_SPACE = re.compile(r"\s+|(?<=\w)(?=[「『“\"])")
_HANZI = re.compile(r"[\u4e00-\u9fff]")
_ANYWHERE = re.compile(r"(?<=.)(?=.)", re.DOTALL)
"""Chinese has no spaces: two slots that meet may part anywhere."""
_TRIM = " \t\n,，、:：;；.。!！?？"
_BLANK = re.compile(r"\s*")
_GAP = re.compile(r"[\s,，、:：;；.。!！?？]*")


def _walk(
    elements: tuple[Element, ...], text: str, at: int, accepts: Accepts
) -> Iterator[tuple[dict[str, str], int]]:
    if not elements:
        if _GAP.fullmatch(text, at):
            yield {}, 0
        return
    first, rest = elements[0], elements[1:]
    if isinstance(first, Word):
        found = _next_word(first, text, at)
        if found:
            for slots, literal in _walk(rest, text, found.end(), accepts):
                yield slots, literal + found.end() - found.start()
        return
    yield from _fill(first, rest, text, at, accepts)


def _next_word(word: Word, text: str, at: int) -> re.Match[str] | None:
    """Return the wording that comes next: behind marks that say nothing, or a mark itself (":")."""
    for gap in (_GAP, _BLANK):
        skipped = gap.match(text, at)
        found = word.regex.match(text, skipped.end() if skipped else at)
        if found:
            return found
    return None


def _fill(
    slot: Slot, rest: tuple[Element, ...], text: str, at: int, accepts: Accepts
) -> Iterator[tuple[dict[str, str], int]]:
    if not rest:
        value = text[at:].strip(_TRIM)
        if value and accepts(slot.type, value):
            yield {slot.name: value}, 0
        return
    anchor = rest[0]
    used = 0 if isinstance(anchor, Slot) else 1
    gap = (
        (_ANYWHERE if _HANZI.search(text) else _SPACE) if isinstance(anchor, Slot) else anchor.regex
    )
    for found in gap.finditer(text, at):
        value = text[at : found.start()].strip(_TRIM)
        literal = (found.end() - found.start()) * used
        if value and accepts(slot.type, value):
            for slots, more in _walk(rest[used:], text, found.end(), accepts):
                yield {slot.name: value, **slots}, literal + more
