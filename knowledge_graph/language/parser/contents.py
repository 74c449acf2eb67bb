"""What a field is to hold: one value in its stored form, for a change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz, process

from knowledge_graph.expression.nodes import Moment
from knowledge_graph.language.parser import questions
from knowledge_graph.language.parser.people import references
from knowledge_graph.language.parser.quantities import quantities
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.parser.times import FUTURE
from knowledge_graph.language.parser.values import values, written_until
from knowledge_graph.language.recognisers.found import DateFound
from knowledge_graph.language.spelling import folded
from knowledge_graph.language.vocabulary import FieldInfo
from knowledge_graph.ontology.fields import NUMERIC

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_PHONE = re.compile(r"\+?\(?\d[\d ()./-]{3,}\d")
_URL = re.compile(r"(?:https?://)?[\w-]+(?:\.[\w-]+)+(?:[/?#][^\s,，;；]*)?", re.ASCII)
_SHAPES = {"email": _EMAIL, "phone": _PHONE, "url": _URL}


@dataclass(frozen=True, slots=True)
class Content:
    """A value and the offset behind its words."""

    value: str | int | float | bool | tuple[str, ...] | Moment
    end: int
    currency: str | None = None


def contents(r: Reading, info: FieldInfo, i: int, *, explicit: bool) -> Iterator[Content]:  # noqa: C901 -- one loop per part of the phrase
    """Yield what the words at i put into the field.

    Args:
        r: The text.
        info: The field.
        i: Where the value begins.
        explicit: The field was named and an "=" or "to" stands before the value, so that an open
            enumeration may take a new value.
    """
    if info.type in NUMERIC:
        for quantity, end in quantities(r, info, i):
            yield Content(quantity.value, end, quantity.currency)
    elif info.type in {"date", "datetime"}:
        yield from _dates(r, info, i)
    elif info.type == "reference":
        for ref, end in references(r, frozenset({info.target or ""}), i):
            yield Content(ref.id, end)
    elif info.type == "set":
        for found, end in members(r, info, i):
            yield Content(tuple(sorted(set(found))), end)
    elif info.type in {"enum", "boolean"}:
        yield from _choices(r, info, i, explicit=explicit)
    else:
        yield from _texts(r, info, i)


def _dates(r: Reading, info: FieldInfo, i: int) -> Iterator[Content]:
    for at in r.some(i, "on"):
        for found, end in r.found(at):
            if isinstance(found, DateFound):
                yield Content(_as_day(r, info, found), end)
        if info.id.partition(".")[2] in FUTURE:
            yield from _ahead(r, at)


def _as_day(r: Reading, info: FieldInfo, found: DateFound) -> str | Moment:
    """Return what a field holds of a moment: one that keeps days has no time of day."""
    if info.type == "date" and found.is_instant and found.iso:
        instant = datetime.fromisoformat(found.iso.replace("Z", "+00:00"))
        return instant.astimezone(ZoneInfo(r.context.timezone)).date().isoformat()
    return found.moment or found.iso


def _ahead(r: Reading, i: int) -> Iterator[Content]:
    """Yield the one day to come that a day without a year can mean, where only that makes sense: a deadline."""
    today = r.context.now.astimezone(ZoneInfo(r.context.timezone)).date().isoformat()
    for read, end in r.doubts(i):
        days = [v.iso for v in read if isinstance(v, DateFound) and v.iso and not v.is_instant]
        coming = [day for day in days if day >= today]
        if len(days) == len(read) and len(coming) == 1:
            yield Content(coming[0], end)


def _choices(r: Reading, info: FieldInfo, i: int, *, explicit: bool) -> Iterator[Content]:
    start, known = r.lattice.skip(i), False
    for group, end in values(r, info, i):
        value = _one(group, r.lattice.text[start:end])
        if value is not None:
            known = True
            yield Content(value, r.maybe(end, "new_value"))
    if known or not explicit or r.quoted(i) is not None:
        return
    for words, end in written_until(r, i):
        if info.closed or info.type == "boolean" or _is_a_state(r, info):
            valid = (v for g in r.vocabulary.values.get(info.id, {}).values() for v in g)
            r.note(start, questions.unknown_value(r, info, words, valid))
            return
        near = _spelt_like(r, info, words)
        if near:
            r.note(start, questions.unknown_value(r, info, words, near))
            return
        yield Content(words, end)


_STATES = frozenset({"status", "stage", "lifecycle", "rating", "priority"})


def _is_a_state(r: Reading, info: FieldInfo) -> bool:
    """Return whether a field is a step of some process: another value than the known ones is likely a slip.

    A new one is still accepted between quotes.
    """
    named = info.id.partition(".")[2] in _STATES
    return info.type == "enum" and named and bool(r.vocabulary.values.get(info.id))


def _spelt_like(r: Reading, info: FieldInfo, words: str) -> tuple[str, ...]:
    """Return the values in use that an unknown one may be a slip of: such a value is asked about."""
    known = {v for group in r.vocabulary.values.get(info.id, {}).values() for v in group}
    found = process.extract(words, sorted(known), scorer=fuzz.ratio, processor=folded, limit=3)
    return tuple(value for value, score, _ in found if score >= 80)


def _one(group: tuple[object, ...], words: str) -> str | bool | None:
    """Return the one stored value that is written; several spellings in use need the exact one."""
    if len(group) == 1:
        return group[0] if isinstance(group[0], str | bool) else None
    exact = [v for v in group if isinstance(v, str) and folded(v) == folded(words)]
    return exact[0] if len(exact) == 1 else None


def members(r: Reading, info: FieldInfo, i: int) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the members of a set that are listed at i, longest list first."""
    yield from _members(r, info, i, (), 0)


def _members(
    r: Reading, info: FieldInfo, i: int, so_far: tuple[str, ...], size: int
) -> Iterator[tuple[tuple[str, ...], int]]:
    for value, end in _member(r, info, i, alone=not so_far):
        listed = (*so_far, value)
        if size < 20 and r.spend():
            for comma in r.some(end, "comma") if r.word(end, "stop") is None else ():
                for at in r.some(comma, "and"):
                    if at != end:
                        yield from _members(r, info, at, listed, size + 1)
        yield listed, end


def _member(r: Reading, info: FieldInfo, i: int, *, alone: bool) -> Iterator[tuple[str, int]]:
    """Yield one member; a new one that stands in a list is quoted, so that it is no clause of its own."""
    known = False
    start = r.lattice.skip(i)
    for group, end in values(r, info, i):
        value = _one(group, r.lattice.text[start:end])
        if isinstance(value, str):
            known = True
            yield value, end
    if alone and not known and not info.closed and r.quoted(i) is None:
        yield from written_until(r, i)


def _texts(r: Reading, info: FieldInfo, i: int) -> Iterator[Content]:
    literal = r.quoted(i)
    if literal is not None:
        yield Content(literal[0], literal[1])
        return
    shape = _SHAPES.get(info.type)
    if shape is not None:
        match = shape.match(r.lattice.text, r.lattice.skip(i))
        if match is not None:
            text = match[0].strip()
            yield Content(text.lower() if info.type == "email" else text, match.end())
        return
    start = r.lattice.skip(i)
    for words, end in written_until(r, i):
        if _names_field(r, info, start, end):
            return  # "title is CTO, department Finance": two changes, not one long title
        yield Content(words, end)


def _names_field(r: Reading, info: FieldInfo, start: int, end: int) -> bool:
    """Whether a field of the same records is named right behind a comma within the words."""
    text = r.lattice.text
    return any(
        found.entity == info.entity
        for at in range(start, end)
        if text[at] in ",;，；"
        for found, _ in r.named_fields(at + 1)
    )
