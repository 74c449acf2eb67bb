"""One attempt to read one sentence: the lattice, the vocabulary and the questions noted on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from knowledge_graph.expression.nodes import Between, Condition
from knowledge_graph.language.lexer import Lattice
from knowledge_graph.language.meanings import (
    EntityMeaning,
    FieldMeaning,
    FoundMeaning,
    QuoteMeaning,
    ValueMeaning,
    WordMeaning,
)
from knowledge_graph.language.recognisers.found import DateFound, FoundValue, WindowFound
from knowledge_graph.language.results import Ask, LanguageContext
from knowledge_graph.language.vocabulary import FieldInfo, Vocabulary


def _start_of(value: FoundValue) -> str:
    """Return the first day of a period or a day, "" where it has none."""
    if isinstance(value, DateFound):
        return value.iso[:10]
    window = value.window if isinstance(value, WindowFound) else None
    if not isinstance(window, Between):
        return ""
    return window.start or window.end or ""


_PHRASE = 80
"""Characters that the modifiers before a noun may take."""
Piece = tuple[Condition, int]
"""A condition and the offset behind its words."""


@dataclass(frozen=True, slots=True)
class Note:
    """A question that came up while reading, and how far the reading had got."""

    at: int
    ask: Ask


@dataclass(slots=True)
class Reading:
    """What the matchers share. Mutable: notes and the memory of one sentence."""

    lattice: Lattice
    vocabulary: Vocabulary
    context: LanguageContext
    notes: list[Note] = field(default_factory=list)
    memo: dict[tuple[str, int, int], list[Piece]] = field(default_factory=dict)
    doubtful: dict[int, tuple[str, tuple[FoundValue, ...]]] = field(default_factory=dict)
    """Findings with several readings that a matcher would have taken, by offset."""
    budget: int = 3000
    """Steps of the searches that may branch; spoken sentences take under a hundred."""
    depth: int = 0
    nouns: list[tuple[int, str]] | None = None

    @property
    def lang(self) -> str:
        """The language of the sentence."""
        return self.lattice.lang

    def spend(self) -> bool:
        """Take one step of the sentence's budget; False when it is used up, so that no text takes long."""
        self.budget -= 1
        return self.budget > 0

    def note(self, at: int, ask: Ask) -> None:
        """Keep a question for the case that no reading of the sentence goes through."""
        self.notes.append(Note(at, ask))

    def words(self, i: int, *roles: str) -> Iterator[int]:
        """Yield the ends of the function words with one of the roles that begin at i, longest first."""
        for lexeme in self.lattice.at(i):
            for meaning in lexeme.meanings:
                if isinstance(meaning, WordMeaning) and meaning.role in roles:
                    yield lexeme.end
                    break

    def word(self, i: int, *roles: str) -> int | None:
        """Return the end of the longest function word with one of the roles, None if there is none."""
        return next(self.words(i, *roles), None)

    def has_word(self, *roles: str) -> bool:
        """Return whether the sentence has a function word with one of the roles anywhere."""
        return any(self.word(at, *roles) is not None for at in self.lattice.edges)

    def maybe(self, i: int, *roles: str) -> int:
        """Return the end of an optional function word."""
        end = self.word(i, *roles)
        return i if end is None else end

    def some(self, i: int, *roles: str) -> Iterator[int]:
        """Yield the ends after an optional function word: with it, then without."""
        yield from self.words(i, *roles)
        yield i

    def operators(self, i: int) -> Iterator[tuple[str, int]]:
        """Yield the comparators that begin at i."""
        for lexeme in self.lattice.at(i):
            for meaning in lexeme.meanings:
                if isinstance(meaning, WordMeaning) and meaning.role == "cmp":
                    yield meaning.op, lexeme.end

    def found(self, i: int, *, past: bool = False) -> Iterator[tuple[FoundValue, int]]:
        """Yield the recognisers' findings that begin at i and that have one reading.

        Args:
            i: The offset.
            past: What is dated lies behind, so that of two Octobers only the last can be meant.
        """
        for lexeme in self.lattice.at(i):
            for meaning in lexeme.meanings:
                if not isinstance(meaning, FoundMeaning):
                    continue
                readings = (meaning.value, *meaning.others)
                behind = [v for v in readings if self._is_behind(v)] if past else []
                if meaning.others and not behind:
                    self.doubtful[lexeme.start] = (lexeme.text, readings)
                else:
                    yield (
                        max(behind, key=_start_of) if meaning.others else meaning.value,
                        lexeme.end,
                    )

    def _is_behind(self, value: FoundValue) -> bool:
        today = self.context.now.astimezone(ZoneInfo(self.context.timezone)).date().isoformat()
        return "" < _start_of(value) <= today

    def doubts(self, i: int) -> Iterator[tuple[tuple[FoundValue, ...], int]]:
        """Yield the recognisers' findings that begin at i and that have several readings: all of them."""
        for lexeme in self.lattice.at(i):
            for meaning in lexeme.meanings:
                if isinstance(meaning, FoundMeaning) and meaning.others:
                    yield (meaning.value, *meaning.others), lexeme.end

    def entities(self, i: int) -> Iterator[tuple[str, int]]:
        """Yield the nouns for kinds of records that begin at i."""
        for lexeme in self.lattice.at(i):
            for meaning in lexeme.meanings:
                if isinstance(meaning, EntityMeaning):
                    yield self.vocabulary.kept(meaning.entity, lexeme.text), lexeme.end

    def nouns_from(self, i: int) -> frozenset[str]:
        """Return the entities that are named at i or within a phrase's length behind it."""
        if self.nouns is None:
            self.nouns = [
                (at, self.vocabulary.kept(meaning.entity, lexeme.text))
                for at, lexemes in self.lattice.edges.items()
                for lexeme in lexemes
                for meaning in lexeme.meanings
                if isinstance(meaning, EntityMeaning)
            ]
        return frozenset(entity for at, entity in self.nouns if i <= at < i + _PHRASE)

    def named_fields(self, i: int, *, verb: bool = False) -> Iterator[tuple[FieldInfo, int]]:
        """Yield the fields whose name (or verb) begins at i, of all entities."""
        for lexeme in self.lattice.at(i):
            for meaning in lexeme.meanings:
                if isinstance(meaning, FieldMeaning) and meaning.verb is verb:
                    info = self.vocabulary.field_of(meaning.field)
                    if info is not None:
                        yield info, lexeme.end

    def values(self, i: int) -> Iterator[tuple[FieldInfo, tuple[str, ...], int]]:
        """Yield the enumerated values that begin at i: field, stored forms, end."""
        for lexeme in self.lattice.at(i):
            for meaning in lexeme.meanings:
                if isinstance(meaning, ValueMeaning):
                    info = self.vocabulary.field_of(meaning.field)
                    if info is not None:
                        yield info, meaning.values, lexeme.end

    def quoted(self, i: int) -> tuple[str, int] | None:
        """Return the literal text that begins at i, None if there is none."""
        for lexeme in self.lattice.at(i):
            for meaning in lexeme.meanings:
                if isinstance(meaning, QuoteMeaning):
                    return meaning.text, lexeme.end
        return None

    def leads_to(self, entity: str, target: str) -> bool:
        """Whether a record of one entity points to one of another, or is one."""
        return entity == target or target in self.vocabulary.paths.get(entity, ())

    def has_kind(self, entity: str) -> bool:
        """Whether records of the entity are kept here (others are known to rules only)."""
        term = self.vocabulary.dictionary.entities.get(entity)
        return term is not None and not term.rules_only
