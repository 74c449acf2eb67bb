"""The mapping of files to records: a frozen proposal that can be shown, edited, saved and used again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from knowledge_graph.ontology.fields import FieldSpec, FieldType
from tools.transfer.dates import DateOrder
from tools.transfer.tables import Table

Lookup = Literal["", "id", "email", "name"]
ProblemCode = Literal[
    "unknown_kind",
    "missing_required",
    "contradiction",
    "ambiguous_dates",
    "unknown_target",
    "no_records",
    "nested_records",
]

IGNORE = ""
"""As kind of a column: it is left out, and the report says so."""


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """Where one column goes."""

    header: str
    kind: str
    """Kind of record; `IGNORE` leaves the column out."""
    field: str
    """Field name; `id` is the id that the record has outside."""
    type: FieldType = FieldType.TEXT
    part: str = ""
    """For fields made of several columns: first, middle, last; street, …, postal."""
    custom: bool = False
    """The field is the workspace's own; it is added to the schema when the mapping is used."""
    label: str = ""
    lookup: Lookup = ""
    """For references: what the cells hold of the record that they point to."""
    target: str = ""
    """For references: the kind pointed to."""
    order: DateOrder = ""
    percent: bool = False
    scale: float = 1.0
    values: Mapping[str, str] = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    """Cell, without case, to stored value; other cells are kept as written."""
    confidence: float = 1.0
    samples: tuple[str, ...] = ()
    note: str = ""

    @property
    def spec(self) -> FieldSpec:
        """The specification of a custom field."""
        return FieldSpec(
            kind=self.kind,
            name=self.field,
            type=self.type,
            target=self.target or None,
            custom=True,
            label=self.label or self.header,
        )


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why a table cannot be imported as proposed, or what somebody should look at."""

    code: ProblemCode
    headers: tuple[str, ...]
    blocking: bool
    """The table is not imported until the mapping is changed."""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TableMapping:
    """How the rows of one table become records: of its main kind, and of the kinds in the same row."""

    file: str
    """The name of the file, without folders."""
    table: str
    kind: str
    """Main kind; empty when none fits."""
    system: str
    """The system of origin in source keys."""
    columns: tuple[ColumnMapping, ...]
    constants: Mapping[str, str] = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    """Values that all records of the main kind get, e.g. type = email for a file of e-mails."""
    rows: int = 0
    problems: tuple[Problem, ...] = ()
    confidence: float = 1.0

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that a row holds, main kind first."""
        found = dict.fromkeys((self.kind, *(c.kind for c in self.columns)))
        return tuple(kind for kind in found if kind)

    @property
    def blocked(self) -> bool:
        """Whether it cannot be imported as it is."""
        return any(problem.blocking for problem in self.problems)

    def of(self, kind: str) -> tuple[ColumnMapping, ...]:
        """Return the columns of one kind."""
        return tuple(column for column in self.columns if column.kind == kind)


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """An order of day and month that nobody has confirmed; the report names it."""

    file: str
    table: str
    header: str
    order: DateOrder
    reason: str
    """table, files or region: what spoke for it."""


@dataclass(frozen=True, kw_only=True)
class ImportPlan:
    """A proposal for a set of files; nothing is written before it is applied."""

    files: tuple[Path, ...]
    mappings: tuple[TableMapping, ...]
    tables: tuple[Table, ...]
    """The table of each mapping, in the same order."""
    warnings: tuple[str, ...] = ()
    assumptions: tuple[Assumption, ...] = ()

    @property
    def custom_fields(self) -> tuple[FieldSpec, ...]:
        """The fields that the workspace gets."""
        found = {
            column.spec.id: column.spec
            for mapping in self.mappings
            if not mapping.blocked
            for column in mapping.columns
            if column.custom and column.kind
        }
        return tuple(found.values())

    @property
    def rows(self) -> int:
        """How many rows will be read."""
        return sum(mapping.rows for mapping in self.mappings if not mapping.blocked)

    @property
    def problems(self) -> tuple[tuple[TableMapping, Problem], ...]:
        """All problems with their tables."""
        return tuple(
            (mapping, problem) for mapping in self.mappings for problem in mapping.problems
        )

    def with_mapping(self, changed: TableMapping) -> ImportPlan:
        """Return the plan with one table's mapping replaced."""
        same = (changed.file, changed.table)
        mappings = tuple(changed if (m.file, m.table) == same else m for m in self.mappings)
        return replace(self, mappings=mappings)
