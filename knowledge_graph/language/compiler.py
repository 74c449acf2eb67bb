"""The business language: a sentence in, a typed expression or one question out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from knowledge_graph.expression.nodes import Assignment, Between, Condition, Query
from knowledge_graph.language import coverage
from knowledge_graph.language.lexer import LONGEST, language_of, lex, unquoted
from knowledge_graph.language.parser import offers, questions
from knowledge_graph.language.parser.asking import Wanted
from knowledge_graph.language.parser.changes import Changes
from knowledge_graph.language.parser.people import named_records
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.parser.requests import (
    Request,
    entities_named,
    entities_of_fields,
    entities_of_names,
    kinds_joined,
    read_request,
)
from knowledge_graph.language.readback import read_back
from knowledge_graph.language.readback.values import window
from knowledge_graph.language.recognisers.found import DateFound, FoundValue, WindowFound
from knowledge_graph.language.recognisers.impossible import impossible_days
from knowledge_graph.language.results import Ask, Choice, Compiled, Lang, LanguageContext
from knowledge_graph.language.vocabulary import Vocabulary, entity_of
from knowledge_graph.ontology.record import RecordRef

T = TypeVar("T")
_MOST_PIECES = 400


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which records a question is about, and what it wants of them."""

    query: Query
    wanted: Wanted


class Language:
    """Compiles the sentences of one workspace. Pure: the same words give the same result.

    Args:
        vocabulary: What the workspace knows.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def query(
        self, text: str, *, entity: str | None = None, context: LanguageContext
    ) -> Compiled[Query] | Ask:
        """Compile a request for records.

        Args:
            text: A sentence, a filter or controlled words, Chinese or English or both.
            entity: The entity or kind in play, None or "" when the sentence says it.
            context: The clock, the speaker, the currency.

        Returns:
            The query with its read-back, or one question.
        """
        asked = self._ask(text, entity, context, asking=False)
        if isinstance(asked, Ask):
            return asked
        return Compiled(value=asked.value.query, readback=asked.readback, lang=asked.lang)

    def question(
        self, text: str, *, entity: str | None = None, context: LanguageContext
    ) -> Compiled[Question] | Ask:
        """Compile a question about records: which they are, how many, how much, or a field of theirs.

        Args:
            text: A question or a request, Chinese or English or both.
            entity: The entity or kind in play, None or "" when the sentence says it.
            context: The clock, the speaker, the currency.

        Returns:
            The query and what is wanted of it (the read-back is that of the query), or one question.
        """
        return self._ask(text, entity, context, asking=True)

    def has_subject(self, text: str, *, context: LanguageContext) -> bool:
        """Return whether a text says what it is about: it has a noun for records, or a name.

        Args:
            text: A sentence.
            context: The clock and the speaker.
        """
        reading = self._reading(text, context)
        if isinstance(reading, Ask):
            return False
        return bool(entities_named(reading) or entities_of_names(reading))

    def speaks_of_records(self, text: str, *, context: LanguageContext) -> bool:
        """Return whether every word of a text is known and one of them is a noun for records.

        Args:
            text: A sentence.
            context: The clock and the speaker.
        """
        reading = self._reading(text, context)
        if isinstance(reading, Ask) or coverage.unknown_words(reading.lattice):
            return False
        return any(self.vocabulary.has_records(entity) for entity in entities_named(reading))

    def _ask(
        self, text: str, entity: str | None, context: LanguageContext, *, asking: bool
    ) -> Compiled[Question] | Ask:
        reading = self._reading(text, context)
        if isinstance(reading, Ask):
            return reading
        two = kinds_joined(reading)
        if two and not entity:
            return questions.one_kind(reading, two)
        named = (entity_of(entity),) if entity else entities_named(reading)
        given = named or (_others(reading, ()) if asking else entities_of_fields(reading))
        found, furthest = self._requests(reading, given[:8], only_first=bool(named), asking=asking)
        if asking and named and not found and not entity:
            given = (*named, *_others(reading, named))
            found, furthest = self._requests(
                reading, given[:8], only_first=_ranks_people(reading), asking=True
            )
        if reading.budget <= 0:  # a search cut short proves nothing
            return _too_long(text)
        found = _nearest(found)
        if len(found) > 1:
            return self._which_kind(reading, found)
        if found:
            return self._finished(reading, found[0])
        return self._question(reading, furthest, given)

    def _requests(
        self, r: Reading, entities: tuple[str, ...], *, only_first: bool, asking: bool
    ) -> tuple[list[Request], int]:
        """Read the sentence about each entity; keep the questions of the reading that got furthest."""
        furthest, notes = 0, r.notes
        found: list[Request] = []
        for entity in entities:
            r.notes = []
            request, reached = read_request(r, entity, asking=asking)
            if request is not None:
                found.append(request)
                if only_first:
                    break
            elif reached >= furthest:
                furthest, notes = reached, r.notes
        r.notes = notes
        return found, furthest

    def assignments(
        self, text: str, *, entity: str, context: LanguageContext
    ) -> Compiled[tuple[Assignment, ...]] | Ask:
        """Compile what is to be written into records of an entity.

        Args:
            text: `stage to won`, `name = "Morgan Wilson"; owner = Raj Patel`, 状态改为流失.
            entity: The entity or kind of the records.
            context: The clock, the speaker, the currency.

        Returns:
            The assignments in the order said, or one question.
        """
        reading = self._reading(text, context)
        if isinstance(reading, Ask):
            return reading
        found = Changes(reading, entity_of(entity), set())
        made = tuple(dict.fromkeys(found.row() or ()))
        if not made:
            return self._question(reading, found.furthest, (entity_of(entity),))
        if reading.budget <= 0:
            return _too_long(text)
        twice = _set_twice(made)
        if twice is not None:
            return questions.set_twice(reading, self.vocabulary.fields[twice])
        lang = reading.lattice.lang
        return Compiled(value=made, readback=self.readback(made, lang), lang=lang)

    def resolve(
        self, text: str, *, kinds: frozenset[str] | None = None, context: LanguageContext
    ) -> Compiled[RecordRef] | Ask:
        """Find the one record that words name.

        Args:
            text: A name, `@kind:id`, "me", with or without the noun for its kind.
            kinds: Kinds that it may be of, None for all.
            context: Who speaks.

        Returns:
            The record, or the question which one is meant.
        """
        reading = self._reading(text, context)
        if isinstance(reading, Ask):
            return reading
        allowed = kinds or frozenset(self.vocabulary.schema.kinds)
        for ref in named_records(reading, allowed):
            lang = reading.lattice.lang
            label = self.vocabulary.name_of(ref.kind, ref.id) or f"@{ref}"
            return Compiled(value=ref, readback=label, lang=lang)
        if reading.notes:
            return max(reading.notes, key=lambda note: note.at).ask
        return _near(reading, text.strip(), allowed)

    def _reading(self, text: str, context: LanguageContext) -> Reading | Ask:
        if len(text) > LONGEST:
            return _too_long(text)
        lattice = lex(text, self.vocabulary, context)
        if len(lattice.edges) > _MOST_PIECES:
            return _too_long(text)
        reading = Reading(lattice=lattice, vocabulary=self.vocabulary, context=context)
        wrong = impossible_days(unquoted(text))
        return questions.no_such_day(reading, wrong) if wrong else reading

    def _finished(self, r: Reading, request: Request) -> Compiled[Question] | Ask:
        if len(request.readings) > 1:
            return self._ambiguous(r, request)
        clauses = request.contradiction
        if clauses:
            words = [self.readback(clause, r.lattice.lang) for clause in clauses]
            return questions.ask(
                r,
                "contradiction",
                zh=f"没有记录能同时满足：{'；'.join(words)}。",
                en=f"No record can satisfy all of: {'; '.join(words)}.",
                about=words,
            )
        asked = Question(query=request.query, wanted=request.wanted)
        text = self.readback(request.query, r.lattice.lang)
        return Compiled(value=asked, readback=text, lang=r.lattice.lang)

    def _which_kind(self, r: Reading, found: list[Request]) -> Ask:
        texts = [self.readback(request.query, r.lattice.lang) for request in found]
        return _which_records(r, [Choice(label=text, text=text) for text in texts])

    def _ambiguous(self, r: Reading, request: Request) -> Ask:
        queries = [replace(request.query, condition=c) for c in request.readings]
        texts = [self.readback(query, r.lattice.lang) for query in queries]
        return questions.ask(
            r,
            "ambiguous_scope",
            zh="“且”和“或”的范围不清楚，您指的是哪一种？",
            en="“and” and “or” can be read in two ways. Which one do you mean?",
            choices=[Choice(label=text, text=text) for text in texts],
        )

    def _question(self, r: Reading, furthest: int, entities: tuple[str, ...]) -> Ask:
        if r.doubtful:
            word, values = r.doubtful[min(r.doubtful)]
            return questions.several_readings(
                r, word, [spelled(v, r.lattice.lang, r.context.timezone) for v in values]
            )
        if r.notes:
            return max(r.notes, key=lambda note: note.at).ask
        words = coverage.leftover(r.lattice, furthest)
        vague = self._vague_word(r, furthest)
        if vague is not None and not coverage.unknown_words(r.lattice):
            return _vague(r, vague)
        unknown = coverage.unknown_words(r.lattice)
        if not words or (not entities and not unknown):
            return _which_records(r)
        if unknown:
            return offers.unknown(r, unknown, entities)
        return offers.misplaced(r, words, furthest, entities)

    def _vague_word(self, r: Reading, furthest: int) -> str | None:
        """Return the vague word that the reading stopped at, or one behind that means nothing else."""
        for at in sorted(at for at in r.lattice.edges if at >= furthest):
            piece = r.lattice.edges[at][0]
            if "vague" in piece.roles() and (at == furthest or len(piece.meanings) == 1):
                return piece.text
        return None

    def readback(self, node: Query | Condition | tuple[Assignment, ...], lang: Lang) -> str:
        """Return an expression in controlled words; compiling them gives the same expression."""
        return read_back(node, self.vocabulary, lang)


def _nearest(found: list[Request]) -> list[Request]:
    """Return the requests that name their records, or else read fields of their own entity alone."""
    for is_nearer in (Request.names_records, Request.reads_its_own):
        if len(found) > 1:
            found = [request for request in found if is_nearer(request)] or found
    return found


def _others(r: Reading, tried: tuple[str, ...]) -> tuple[str, ...]:
    """Return the entities of the names and fields of a question that its nouns did not lead to."""
    people = ("employee",) if _ranks_people(r) else ()
    more = dict.fromkeys((*people, *entities_of_names(r), *entities_of_fields(r)))
    return tuple(entity for entity in more if entity not in tried)


def _ranks_people(r: Reading) -> bool:
    """Whether a question asks who of our people has most or fewest of something."""
    return r.has_word("wh_who") and r.has_word("largest", "smallest")


def _set_twice(made: tuple[Assignment, ...]) -> str | None:
    """Return the field that is given two values, None when there is none."""
    seen: dict[str, Assignment] = {}
    for change in made:
        if change.mode in {"set", "clear"}:
            if change.field in seen and seen[change.field] != change:
                return change.field
            seen[change.field] = change
    return None


def _near(r: Reading, words: str, kinds: frozenset[str]) -> Ask:
    found = r.vocabulary.names.lookup(words, kinds)
    if found:
        return questions.ambiguous_name(r, words, found, sure=False)
    return questions.no_name(r, words)


def spelled(value: FoundValue, lang: Lang, timezone: str) -> str:
    """Return a reading of a date in unmistakable words, for the choices of a question."""
    if isinstance(value, DateFound) and value.is_instant:
        instant = datetime.fromisoformat(value.iso.replace("Z", "+00:00"))
        return f"{instant.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"
    if isinstance(value, DateFound):
        return value.iso
    if isinstance(value, WindowFound) and isinstance(value.window, Between):
        return f"{value.window.start or '…'} – {value.window.end or '…'}"
    if isinstance(value, WindowFound):
        return window(value.window, lang)
    return str(getattr(value, "value", getattr(value, "n", value)))


def _too_long(text: str) -> Ask:
    zh = language_of(text[:LONGEST]) == "zh"
    return Ask(
        code="leftover",
        text="这段话太长了，请用一句话说明。"
        if zh
        else "This is too long; please say it in one sentence.",
        about=(text[:40],),
    )


def _vague(r: Reading, word: str) -> Ask:
    return questions.ask(
        r,
        "vague_term",
        zh=f"“{word}”不够明确，请给出条件（例如金额、日期或等级）。",
        en=f"“{word}” is not precise; please say what it means (an amount, a date, a tier).",
        about=[word],
    )


def _which_records(r: Reading, choices: Iterable[Choice] = ()) -> Ask:
    return questions.ask(
        r,
        "missing_argument",
        zh="您要看哪一类记录（客户、联系人、商机……）？",
        en="Which records do you mean (customers, contacts, opportunities …)?",
        choices=choices,
    )
