"""Values of a field, one or a list of them, with the connective between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from knowledge_graph.expression.nodes import Scalar
from knowledge_graph.language.meanings import EntityMeaning, FieldMeaning, FoundMeaning
from knowledge_graph.language.parser import questions
from knowledge_graph.language.parser.build import Joint
from knowledge_graph.language.parser.people import references
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.spelling import folded
from knowledge_graph.language.vocabulary import FieldInfo

WRITTEN = frozenset({"text", "long_text", "email", "phone", "url"})
"""Types whose values are written as literal text."""
_NO_TEXT = (EntityMeaning, FieldMeaning, FoundMeaning)
_BOUNDS = ("comma", "end", "and", "or", "close", "unless", "sort")


@dataclass(frozen=True, slots=True)
class Values:
    """The values said: for each word the stored values that it stands for."""

    groups: tuple[tuple[Scalar, ...], ...]
    joint: Joint
    end: int


def value_lists(r: Reading, info: FieldInfo, i: int) -> Iterator[Values]:
    """Yield lists of values of the field at i, the longest first."""
    for group, end in values(r, info, i):
        yield from _continued(r, info, Values((group,), "or", end), 0)


def _continued(r: Reading, info: FieldInfo, so_far: Values, size: int) -> Iterator[Values]:
    if size < 40 and r.spend():
        for joint, start in dict.fromkeys(_separators(r, so_far.end)):
            if info.type == "set" and len(so_far.groups) > 1 and joint not in {None, so_far.joint}:
                continue  # of a set, "A and B or C" has two readings
            if info.type in WRITTEN and r.quoted(start) is None:
                continue  # unquoted words after "and" are a clause of their own
            for group, end in values(r, info, start):
                longer = Values((*so_far.groups, group), joint or so_far.joint, end)
                yield from _continued(r, info, longer, size + 1)
    yield so_far


def _separators(r: Reading, i: int) -> Iterator[tuple[Joint | None, int]]:
    for comma in r.some(i, "comma"):
        for role in ("or", "and"):
            for end in r.words(comma, role):
                yield "or" if role == "or" else "and", r.maybe(end, "prep", "be")
                yield "or" if role == "or" else "and", end
        if comma != i:
            yield None, comma


def values(r: Reading, info: FieldInfo, i: int) -> Iterator[tuple[tuple[Scalar, ...], int]]:
    """Yield the single values of the field at i, with the stored values that the words stand for."""
    if info.type == "reference":
        for ref, end in references(r, frozenset({info.target or ""}), i):
            yield (ref.id,), end
    elif info.type in {"enum", "set", "boolean"}:
        yield from _enumerated(r, info, i)
    elif info.type in WRITTEN:
        yield from _written(r, i)


def _enumerated(r: Reading, info: FieldInfo, i: int) -> Iterator[tuple[tuple[Scalar, ...], int]]:
    for found, stored, end in r.values(i):
        if found.id == info.id:
            yield _typed(info, stored), end
    literal = r.quoted(i)
    if literal is not None:
        words, end = literal
        yield from ((value, end) for value in _quoted(r, info, words, i))


def _quoted(r: Reading, info: FieldInfo, words: str, at: int) -> Iterator[tuple[Scalar, ...]]:
    linked = r.vocabulary.values.get(info.id, {})
    stored = linked.get(folded(words), ())
    if words in {value for group in linked.values() for value in group}:
        yield _typed(info, (words,))  # quotes: exactly this spelling
    elif stored:
        yield _typed(info, stored)
    elif not info.closed and info.type != "boolean":
        yield (words,)
    else:
        valid = (value for group in linked.values() for value in group)
        r.note(at, questions.unknown_value(r, info, words, valid))


def _typed(info: FieldInfo, stored: tuple[str, ...]) -> tuple[Scalar, ...]:
    if info.type == "boolean":
        return tuple(value == "true" for value in stored)
    return stored


def _written(r: Reading, i: int) -> Iterator[tuple[tuple[Scalar, ...], int]]:
    literal = r.quoted(i)
    if literal is not None:
        yield (literal[0],), literal[1]
        return
    for lexeme in r.lattice.at(i):
        if not lexeme.roles() and not any(isinstance(m, _NO_TEXT) for m in lexeme.meanings):
            yield (lexeme.text,), lexeme.end


def free_text(r: Reading, i: int) -> Iterator[tuple[str, int]]:
    """Yield literal text at i: quoted, or the words up to the next connective, longest first."""
    literal = r.quoted(i)
    if literal is not None:
        yield literal
        return
    start = r.lattice.skip(i)
    ends = list(_word_ends(r, start))
    for end in reversed(ends[:12]):
        yield r.lattice.text[start:end].strip(), end


def _word_ends(r: Reading, start: int) -> Iterator[int]:
    text, at = r.lattice.text, start
    while at < r.lattice.end and r.word(at, *_BOUNDS) is None:
        end = _word_end(text, at)
        if r.lang == "zh" and r.word(at, "poss") is not None and at > start:
            return
        yield end
        at = r.lattice.skip(end)


def _word_end(text: str, at: int) -> int:
    if not text[at].isascii():
        return at + 1
    while (
        at < len(text) and text[at].isascii() and not text[at].isspace() and text[at] not in ",;()"
    ):
        at += 1
    return max(at, 1)


_ENDS = frozenset(",;，；\n")


def written_until(r: Reading, i: int) -> Iterator[tuple[str, int]]:
    """Yield literal text at i: quoted, or up to the next comma, semicolon, "and" or the end, shortest first."""
    literal = r.quoted(i)
    if literal is not None:
        yield literal
        return
    text, start = r.lattice.text, r.lattice.skip(i)
    for at in range(start + 1, len(text) + 1):
        ends = at == len(text) or text[at] in _ENDS or r.word(at, "and") is not None
        if ends and text[start:at].strip(" .。"):
            yield text[start:at].strip(" .。"), at
