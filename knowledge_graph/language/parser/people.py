"""References: names, @kind:id and "me" in a place where a record of some kind is expected."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge_graph.expression.nodes import Compare, Field
from knowledge_graph.language.meanings import NameMeaning, QuoteMeaning, RefMeaning
from knowledge_graph.language.names import NameMatch
from knowledge_graph.language.parser import questions
from knowledge_graph.language.parser.reading import Piece, Reading
from knowledge_graph.language.vocabulary import kind_of
from knowledge_graph.ontology.record import RecordRef

_SURE = ({"exact"}, {"alias", "short", "email"}, {"first_name", "last_name"})
"""Ways of naming a record, best first; of the first way that fits anything, exactly one record must fit."""

_PEOPLE = frozenset({"employee", "contact", "lead"})
_OWNERS = frozenset({"employee", "account"})
"""Kinds whose records have others in hand: 晶澜手上的订单 are not the speaker's."""


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


def is_listener(r: Reading, i: int) -> bool:
    """Whether the words at i are "me" as the one who is told, as in "list them for me": no owner."""
    start = r.lattice.skip(i)
    return any(r.lattice.text[start:end].lower() in {"me", "myself"} for end in r.words(i, "me"))


def in_hand(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield 手上 of a sentence that names nobody: what the speaker has in hand."""
    owner = r.vocabulary.field_of(f"{entity}.owner")
    if owner is None or r.context.me is None or _names_somebody(r):
        return
    for end in r.words(i, "in_hand"):
        yield Compare(op="eq", term=Field(id=owner.id), value=r.context.me), end


def _names_somebody(r: Reading) -> bool:
    for lexemes in r.lattice.edges.values():
        for lexeme in lexemes:
            if lexeme.roles() & {"me", "us", "wh_who", "theirs"}:
                return True
            for meaning in lexeme.meanings:
                if isinstance(meaning, RefMeaning) and meaning.ref.kind in _OWNERS:
                    return True
                named = meaning.matches if isinstance(meaning, NameMeaning) else ()
                if any(match.entry.ref.kind in _OWNERS for match in named):
                    return True
    return False


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
