"""References: names, @kind:id and "me" in a place where a record of some kind is expected."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge_graph.language.meanings import NameMeaning, QuoteMeaning, RefMeaning
from knowledge_graph.language.names import NameMatch
from knowledge_graph.language.parser import questions
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.vocabulary import kind_of
from knowledge_graph.ontology.record import RecordRef

_SURE = ({"exact"}, {"alias", "short", "email"}, {"first_name", "last_name"})
"""Ways of naming a record, best first; of the first way that fits anything, exactly one record must fit."""

_PEOPLE = frozenset({"employee", "contact", "lead"})


def references(r: Reading, kinds: frozenset[str], i: int) -> Iterator[tuple[RecordRef, int]]:  # noqa: C901 -- one loop per part of the phrase
    """Yield the one record of the kinds that the words at i name; notes a question for several or near ones."""
    for lexeme in r.lattice.at(i):
        for meaning in lexeme.meanings:
            if isinstance(meaning, RefMeaning):
                if meaning.ref.kind in kinds:
                    yield meaning.ref, lexeme.end
            elif isinstance(meaning, NameMeaning):
                ref = chosen(r, kinds, lexeme.text, meaning.matches, lexeme.start)
                if ref is not None:
                    yield ref, lexeme.end
            elif isinstance(meaning, QuoteMeaning) and meaning.text:
                words = meaning.text.strip()
                found = r.vocabulary.named(words) or r.vocabulary.names.lookup(words, kinds)
                ref = chosen(r, kinds, meaning.text, found, lexeme.start)
                if ref is not None:
                    yield ref, lexeme.end
    if kinds & _PEOPLE:
        for end in r.words(i, "title"):
            yield from references(r, kinds & _PEOPLE, end)
    if "employee" in kinds:
        yield from _me(r, i)
        for end in r.words(i, "theirs"):
            r.note(i, questions.who(r, r.lattice.text[r.lattice.skip(i) : end]))


def chosen(
    r: Reading, kinds: frozenset[str], words: str, matches: tuple[NameMatch, ...], at: int
) -> RecordRef | None:
    """Return the one record that is surely named; several or only near ones become a question."""
    fitting = [m for m in matches if m.entry.ref.kind in kinds]
    for ways in _SURE:
        refs = dict.fromkeys(m.entry.ref for m in fitting if m.how in ways)
        if len(refs) == 1:
            return next(iter(refs))
        if refs:
            sure = [m for m in fitting if m.how in ways]
            r.note(at, questions.ambiguous_name(r, words, sure, sure=True))
            return None
    if fitting:
        r.note(at, questions.ambiguous_name(r, words, fitting, sure=False))
    return None


def _me(r: Reading, i: int) -> Iterator[tuple[RecordRef, int]]:
    for end in r.words(i, "me"):
        if r.context.me is None:
            r.note(i, questions.whose(r))
        else:
            yield RecordRef(kind="employee", id=r.context.me), end


def named_records(r: Reading, kinds: frozenset[str]) -> Iterator[RecordRef]:
    """Yield the record that the whole sentence names, with or without the noun for its kind."""
    starts = [(0, kinds)]
    lead = r.maybe(0, "filler")
    for at in dict.fromkeys((0, lead)):
        starts.append((at, kinds))
        for entity, end in r.entities(at):
            if kind_of(entity) in kinds:
                starts.append((end, frozenset({kind_of(entity)})))
    for start, allowed in starts:
        for ref, end in references(r, allowed, start):
            if all(r.lattice.skip(e) >= r.lattice.end for e in [r.maybe(end, "end")]):
                yield ref
