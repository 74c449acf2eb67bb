"""One table while its mapping is being worked out: headers with their meanings and profiles."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from knowledge_graph.ontology.fields import FieldSpec
from knowledge_graph.ontology.schema import WorkspaceSchema
from tools.transfer.headers import HeaderWords, Meaning, normal_header
from tools.transfer.profile import ColumnProfile
from tools.transfer.tables import Table

_SURE = frozenset({"salesforce", "xiaoshouyi"})
"""Systems of which one header of their own is enough: no person writes `BillingStreet`."""
IDENTITY = ("id", "name", "email", "code")


@dataclass(frozen=True)
class Column:
    """A column with all that is known about it."""

    position: int
    header: str
    meanings: tuple[Meaning, ...]
    profile: ColumnProfile
    outer: str
    """The kind that a dotted header is an attribute of."""


@dataclass(frozen=True)
class Sketch:
    """A table, its columns and the words to read them by."""

    table: Table
    columns: tuple[Column, ...]
    rows: int
    words: HeaderWords
    schema: WorkspaceSchema

    @classmethod
    def of(
        cls,
        table: Table,
        profiles: Sequence[ColumnProfile],
        rows: int,
        words: HeaderWords,
        schema: WorkspaceSchema,
    ) -> Sketch:
        """Read the headers of a table."""
        columns = tuple(
            Column(i, header, _likely(words.meanings(header), one), one, words.outer_kind(header))
            for i, (header, one) in enumerate(zip(table.headers, profiles, strict=True))
        )
        return cls(table, _titled(columns), rows, words, schema)

    @cached_property
    def named_kinds(self) -> tuple[str, ...]:
        """The kinds that the name of the sheet or file mentions."""
        found = self.words.kinds_in(self.table.name)
        return found or self.words.kinds_in(self.table.file.stem)

    @cached_property
    def named_whole(self) -> bool:
        """Whether the sheet or file is named by a word for a kind and nothing else."""
        names = (self.table.name, self.table.file.stem)
        return any(
            normal_header(re.sub(r"\d+", " ", name)) in self.words.kind_words
            or normal_header(name) in self.words.kind_words
            for name in names
        )

    @cached_property
    def system(self) -> str:
        """The system that wrote the file: a known product, or the file's name without dates and counters."""
        headers = {h.casefold() for h in self.table.headers} | {
            h.rpartition(".")[2].casefold() for h in self.table.headers
        }
        found = {name: len(headers & marks) for name, marks in self.words.systems.items()}
        best = max(found, key=lambda name: found[name])
        if found[best] >= (1 if best in _SURE else 2):
            return best
        words = normal_header("".join(c if not c.isdigit() else " " for c in self.table.file.stem))
        kept = [word for word in words.split() if word not in {"copy", "副本", "export", "导出"}]
        return "_".join(kept) or "file"

    def spec(self, kind: str, name: str) -> FieldSpec | None:
        """Return a field that can be written to, None when the kind has no such field."""
        spec = self.schema.kind(kind).fields.get(name)
        return spec if spec is not None and spec.derivation is None else None

    def takes(self, kind: str, meaning: Meaning) -> bool:
        """Return whether a kind has the field that a header means."""
        if meaning.kind not in {"", kind}:
            return False
        return meaning.field == "id" or self.spec(kind, meaning.field) is not None


_NAME_OF = re.compile(r"\w[ _-]name$|\w(?:名称|名字|名)$", re.IGNORECASE)
_DISTINCT = 0.8
_OF_PEOPLE = 0.7
_NUMBERS = 0.6
_REACHED = frozenset({"email", "phone", "title"})
"""Fields of people: a table without them that names clubs, farms or shops is one of organisations."""


def _likely(meanings: tuple[Meaning, ...], profile: ColumnProfile) -> tuple[Meaning, ...]:
    """Return the readings that the cells allow: "Members" over numbers is a count, not their names."""
    if not profile.filled or profile.share("integer", "number", "money", "percent") <= _NUMBERS:
        return meanings
    return tuple(m for m in meanings if m.field != "name")


def _titled(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Return the columns, with "Club name" or 医院名称 read as the name of the row's record.

    Only when no header names a field for it. The noun before it is the trade's own word for a customer,
    which no list of words can know.
    """
    if any(m.field == "name" and (not m.kind or m.qualified) for c in columns for m in c.meanings):
        return columns
    unknown = (c for c in columns if not c.outer and not c.meanings)
    able = (c for c in unknown if _NAME_OF.search(c.header.strip()) and _tells(c))
    found = next(able, None)
    if found is None:
        return columns
    reached = any(m.field in _REACHED for c in columns for m in c.meanings)
    people = reached and found.profile.people > _OF_PEOPLE
    meaning = Meaning(kind="contact" if people else "account", field="name", qualified=True)
    return tuple(replace(c, meanings=(meaning,)) if c is found else c for c in columns)


def _tells(column: Column) -> bool:
    """Return whether the cells of a column tell its rows apart."""
    filled = column.profile.filled
    distinct = len(column.profile.distinct)
    return filled > 0 and (column.profile.overflow or distinct > _DISTINCT * filled)


def link_field(schema: WorkspaceSchema, kind: str, target: str) -> str:
    """Return the field of a kind by which it points to records of another kind, empty when there is none.

    >>> link_field(WorkspaceSchema(), "contact", "account"), link_field(WorkspaceSchema(), "account", "contact")
    ('account', '')
    """
    if kind == target:
        return ""
    fields: Mapping[str, FieldSpec] = schema.kind(kind).fields
    named = fields.get(target)
    if named is not None and named.target == target:
        return target
    return next((f.name for f in fields.values() if f.target == target), "")
