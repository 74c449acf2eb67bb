"""Passages: quotable parts of long texts, cut at headings, list items and ends of sentences.

An id holds no words. A passage knows its context (title › heading) and is
searched and shown with it; the innermost heading is quoted before the text, as the source has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from knowledge_graph.ontology.fields import FieldType
from knowledge_graph.ontology.record import Record, RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema

MAX_CHARS = 500
_PROSE_CHARS = 300
"""Sentences of one section are put together up to here: what fits one quote."""
_ITEM_CHARS = 160
"""List items and table rows are put together up to here: each says something of its own."""
_END = re.compile(r"(?<=[。！？!?；;])\s*|(?<=\.)\s+(?=[\"'“(]?[A-Z0-9\u3400-\u9fff])|\n+")
_ID = re.compile(r"(?P<kind>[a-z_]+):(?P<id>.+)#(?P<field>[^#]+)\.(?P<n>\d+)~[0-9a-f]{12}")
_HEADING = re.compile(r"\s{0,3}(?P<level>#{1,6})\s+(?P<text>.+?)\s*#*\s*")
_ITEM = re.compile(r"\s*(?:[-*+•·]|\d{1,2}[.)、]|[（(]\d{1,2}[)）])\s+(?P<text>\S.*)")
_ROW = re.compile(r"\s*\|(?P<cells>.+)\|\s*")
_RULE = re.compile(r"[\s|:\-]+")
_NO_TEXTS = frozenset({"passage", "usage_event"})
_SAME_START = 12


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A part of a field of a record."""

    ref: RecordRef
    field: str
    position: int
    text: str
    context: str = ""
    """Where it stands: title › heading; empty when the text says it itself."""

    heading: str = ""
    """The innermost heading it stands under: the source's own words too."""

    @property
    def id(self) -> str:
        """Names the passage and its wording: an edited text has other ids."""
        digest = blake2b(f"{self.context}\0{self.text}".encode(), digest_size=6).hexdigest()
        return f"{self.ref}#{self.field}.{self.position}~{digest}"

    @property
    def searched(self) -> str:
        """The text with its context: what is embedded and compared with questions."""
        return f"{self.context}: {self.text}" if self.context else self.text


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a text and the headings it stands under, outermost first."""

    text: str
    headings: tuple[str, ...] = ()


def source_of(passage_id: str) -> RecordRef | None:
    """Return the record that a passage is part of, None for no id of ours.

    >>> str(source_of("document:d1#text.0~0123456789ab"))
    'document:d1'
    """
    match = _ID.fullmatch(passage_id)
    return RecordRef(kind=match["kind"], id=match["id"]) if match else None


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text, each with its own end.

    >>> sentences("It is new. Version 2.5 costs more! 质保五年。可以延长。")
    ('It is new.', 'Version 2.5 costs more!', '质保五年。', '可以延长。')
    """
    return tuple(part.strip() for part in _END.split(text) if part and part.strip())


def split(text: str, max_chars: int = MAX_CHARS) -> tuple[str, ...]:
    """Return a text as parts of whole sentences; a sentence that is too long is cut at blanks or anywhere.

    Args:
        text: Any text.
        max_chars: No part is longer.

    >>> split("One. Two. Three.", max_chars=10)
    ('One. Two.', 'Three.')
    """
    pieces = [piece for sentence in sentences(text) for piece in _pieces(sentence, MAX_CHARS)]
    return _packed(pieces, max_chars)


def parts_of(text: str) -> tuple[Part, ...]:
    r"""Return a text cut at its headings, list items, table rows and ends of sentences.

    >>> text = "# Pump\n## Power\nLasts 4 h.\n## Data\n| Item | Value |\n|--|--|\n| Mass | 2 kg |"
    >>> for part in parts_of(text):
    ...     print(" › ".join(part.headings), "=", part.text)
    Pump › Power = Lasts 4 h.
    Pump › Data › Item | Value = Mass | 2 kg
    """
    found: list[Part] = []
    for headings, units, limit in _sections(text):
        found += [Part(text=part, headings=headings) for part in _packed(units, limit)]
    return tuple(found)


def _sections(text: str) -> Iterator[tuple[tuple[str, ...], list[str], int]]:
    """Yield runs of units of one sort (sentences, or items and rows) under the same headings."""
    headings: dict[int, str] = {}
    columns = ""
    units: list[str] = []
    limit = _PROSE_CHARS
    for line in text.splitlines():
        heading, row, item = _HEADING.fullmatch(line), _ROW.fullmatch(line), _ITEM.fullmatch(line)
        under = (*headings.values(), *([columns] if columns else []))
        wanted = _ITEM_CHARS if row or item else _PROSE_CHARS
        new_table = row is not None and not columns
        if units and (heading or new_table or (columns and not row) or wanted != limit):
            yield under, units, limit
            units = []
        limit = wanted
        if heading:
            level = len(heading["level"])
            headings = {n: t for n, t in headings.items() if n < level} | {level: heading["text"]}
        columns = "" if row is None else columns
        if new_table and row is not None:
            columns = _cells(row["cells"])[:MAX_CHARS]
        elif heading is None and not (row and _RULE.fullmatch(line)):
            units += _units(line, row, item)
    if units:
        yield (*headings.values(), *([columns] if columns else [])), units, limit


def _units(line: str, row: re.Match[str] | None, item: re.Match[str] | None) -> Iterator[str]:
    """Yield what may not be cut further: a row, a list item, or each sentence of a line of prose."""
    if row is not None or item is not None:
        whole = (
            _cells(row["cells"]) if row is not None else item["text"] if item is not None else ""
        )
        yield from _pieces(whole.strip(), MAX_CHARS)
        return
    for sentence in sentences(line):
        yield from _pieces(sentence, MAX_CHARS)


def _cells(text: str) -> str:
    """Return the cells of a table row on one line."""
    return " | ".join(cell.strip() for cell in text.split("|"))


def _packed(units: list[str], max_chars: int) -> tuple[str, ...]:
    """Return units put together as long as they fit."""
    parts: list[str] = []
    for unit in units:
        joined = _join(parts[-1], unit) if parts else ""
        if parts and len(joined) <= max_chars:
            parts[-1] = joined
        else:
            parts.append(unit)
    return tuple(parts)


def _join(first: str, second: str) -> str:
    """Return two sentences as one text; Chinese needs no blank between them."""
    blank = "" if "\u3000" <= first[-1] <= "\uffef" else " "
    return f"{first}{blank}{second}"


def _pieces(sentence: str, max_chars: int) -> Iterator[str]:
    """Yield a sentence in pieces that are not too long."""
    rest = sentence
    while len(rest) > max_chars:
        cut = rest.rfind(" ", max_chars // 2, max_chars)
        cut = cut if cut > 0 else max_chars
        yield rest[:cut].strip()
        rest = rest[cut:].strip()
    if rest:
        yield rest


def text_fields(kind: str, schema: WorkspaceSchema) -> tuple[str, ...]:
    """Return the fields of a kind that hold long texts."""
    if kind in _NO_TEXTS:
        return ()
    fields = schema.kind(kind).fields.values()
    return tuple(f.name for f in fields if f.type is FieldType.LONG_TEXT)


def passages_of(record: Record, schema: WorkspaceSchema) -> tuple[Passage, ...]:
    """Return the passages of a record as the actor may see it."""
    found: list[Passage] = []
    for field in text_fields(record.kind, schema):
        text = record.get(field)
        if not isinstance(text, str):
            continue
        for n, part in enumerate(parts_of(text)):
            context = _context(record, text, part)
            found.append(
                Passage(
                    ref=record.ref,
                    field=field,
                    position=n,
                    text=part.text,
                    context=context,
                    heading=part.headings[-1] if len(part.headings) > 1 else "",
                )
            )
    return tuple(found)


def _context(record: Record, text: str, part: Part) -> str:
    """Return title › heading without saying anything twice."""
    title = str(record.get("name") or "")
    steps = [] if not title or text.lstrip("# ").startswith(title[:_SAME_START]) else [title]
    if not part.headings and title and not steps and not part.text.startswith(title[:_SAME_START]):
        steps = [title]
    steps += [h for h in part.headings if h not in steps]
    return " › ".join(steps)
