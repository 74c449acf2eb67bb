"""The pieces that a rule's sentence is read as."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from knowledge_graph.expression.nodes import Condition
from knowledge_graph.language.meanings import WordMeaning
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.ontology.intent_contract import Delay, Schedule

Kind = Literal[
    "cond", "event", "verb", "arg", "schedule", "delay", "mark", "noun", "object", "skip", "source"
]
MarkName = Literal[
    "and", "or", "comma", "unless", "break", "if", "then", "also", "stop", "otherwise", "else_if", "nothing",
    "when_tail",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One piece of the sentence."""

    start: int
    end: int
    kind: Kind
    condition: Condition | None = None
    where: tuple[Condition, ...] = ()
    """Of an event: what was said of the thing that it happened to."""
    event: str = ""
    actions: tuple[str, ...] = ()
    """The actions that a verb may mean."""
    slot: str = ""
    values: tuple[str | int | float, ...] = ()
    """Of an argument: several mean the action once for each."""
    schedule: Schedule | None = None
    delay: Delay | None = None
    mark: MarkName | None = None


def tagged(r: Reading, i: int, role: str) -> Iterator[tuple[str, int]]:
    """Yield what the words with a role at i stand for, longest first."""
    for lexeme in r.lattice.at(i):
        for meaning in lexeme.meanings:
            if isinstance(meaning, WordMeaning) and meaning.role == role:
                yield meaning.op, lexeme.end


def nouns(r: Reading, i: int, entity: str) -> Iterator[int]:
    """Yield the ends of the nouns for an entity that begin at i."""
    yield from (end for named, end in (*r.entities(i), *tagged(r, i, "r_noun")) if named == entity)


def after(r: Reading, i: int, *roles: str) -> int:
    """Return the place behind an optional function word with one of the roles."""
    return r.maybe(i, *roles)
