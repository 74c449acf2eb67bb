"""What people add when they make a record: "from Zenith, e-mail a@b.c, worth 50k, due next Friday".

Each piece is one attribute: an assignment of the business language, or one of the wordings below, turned into
one. A piece that is neither is a miss: nothing is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

import yaml

from agents.offline.clauses import joined
from agents.offline.slots import SlotMiss, Slots
from knowledge_graph.language.recognisers import recognise
from knowledge_graph.language.results import Lang

Wordings = tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]


@lru_cache(maxsize=2)
def wordings(lang: Lang) -> Wordings:
    """Return the attribute wordings of a language, from frames/attributes.yaml."""
    source = resources.files("agents.offline.frames").joinpath("attributes.yaml")
    rows = yaml.safe_load(source.read_text(encoding="utf-8"))[lang]
    return tuple((re.compile(row["shape"], re.IGNORECASE), tuple(row["says"])) for row in rows)


_KEYWORDS = re.compile(
    r"\s+(?=(?:worth|closing|closes|due|with|email|phone|assigned to|owned by|interested in|in|from|at)\b)",
    re.I,
)
_AROUND = re.compile(r"^(?:之前|以前|前|内|之内)|(?:之前|以前|前)$")


def attributes(text: str, entity: str, slots: Slots) -> str:
    """Return the assignments that a stretch of text adds to a new record, in controlled words.

    Args:
        text: The stretch, e.g. "from Zenith Energy, email a@b.example, and assign her to Raj".
        entity: What is made.
        slots: The slot reader of the turn.

    Raises:
        SlotMiss: A piece of it is no attribute.
    """
    try:
        return slots.assignments(text, entity)
    except SlotMiss as miss:
        pieces = joined(text, slots.lang)
        if len(pieces) < 2 and slots.lang == "en":
            pieces = tuple(part for part in _KEYWORDS.split(text) if part.strip())
        if len(pieces) < 2:
            return _attribute(text, entity, slots, miss)
        return "; ".join(_piece(piece, entity, slots) for piece in pieces)


def _piece(piece: str, entity: str, slots: Slots) -> str:
    try:
        return slots.assignments(piece, entity)
    except SlotMiss as miss:
        return _attribute(piece, entity, slots, miss)


def _attribute(piece: str, entity: str, slots: Slots, miss: SlotMiss) -> str:
    for sentence in (*_sentences(piece, slots), *_named_fields(piece, entity, slots)):
        try:
            return slots.assignments(sentence, entity)
        except SlotMiss:
            continue
    raise miss


def _sentences(piece: str, slots: Slots) -> Iterator[str]:
    """Yield what a piece may mean, as assignment sentences."""
    for shape, templates in wordings(slots.lang):
        found = shape.fullmatch(piece.strip())
        if not found:
            continue
        groups = found.groupdict()
        try:
            person = slots.assignee(groups["a"]) if groups.get("a") else ""
        except SlotMiss:
            continue
        value = (groups.get("v") or "").strip()
        for template in templates:
            yield template.format(v=value, q=f'"{value}"', a=person)


def _named_fields(piece: str, entity: str, slots: Slots) -> Iterator[str]:
    """Yield "FIELD VALUE" as an assignment of the literal value: "title Head of Procurement", 城市合肥."""
    bare = re.sub(r"^(?:with|whose|and|the|an?|her|his|their)\s+", "", piece.strip(), flags=re.I)
    ends = [m.end() for m in re.finditer(r"\S+\s+" if slots.lang == "en" else r".", bare)]
    for end in reversed(ends[:8]):
        name, value = bare[:end].strip(" :：=是为"), bare[end:].strip(" :：=是为")
        if name and value and slots.names_field(name, entity):
            yield f'{name} = "{value}"'


def split_due(title: str, slots: Slots) -> tuple[str, str]:
    """Return the title of a task without the date at its end, and the date's words.

    >>> # "send the quote due next Friday" -> ("send the quote", "next Friday")
    """
    text = title.strip().rstrip(".。!！")
    for found in recognise(text, slots.context):
        if found.kind in {"date", "window"} and found.end == len(text) and found.start > 0:
            head = re.sub(
                r"[\s,，]*(?:due|by|on|before|until|at)?\s*$", "", text[: found.start], flags=re.I
            )
            if head:
                return head, _AROUND.sub("", text[found.start :])
        if found.kind in {"date", "window"} and found.start == 0 and found.end < len(text):
            return _AROUND.sub("", text[found.end :]).strip(" ,，"), _AROUND.sub(
                "", text[: found.end]
            )
    return text, ""
