"""What an expression means on one workspace: fields found, times resolved, only stored values left.

`resolve.py` makes a plan from an expression; `python.py` and `cypher.py` render it. A plan knows no clock and
no derived field any more, so both renderings stay small and alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from knowledge_graph.expression.nodes import Agg
from knowledge_graph.ontology.fields import FieldSpec, FieldType

CheckOp = Literal[
    "eq", "ne", "gt", "ge", "lt", "le", "in", "has", "contains", "starts", "ends", "known"
]
Operand = str | int | float | bool | tuple[str, ...] | None

ID_FIELD = "id"


@dataclass(frozen=True, kw_only=True)
class Read:
    """A stored value of the subject, or of the record at the end of a chain of references."""

    hops: tuple[FieldSpec, ...] = ()
    spec: FieldSpec
    base: FieldSpec | None = None
    """For a derived field: the date it is computed from. No plan keeps such a read, only its date."""


@dataclass(frozen=True, kw_only=True)
class Fold:
    """A number over the records of `kind` whose reference `via` points to the subject."""

    agg: Agg
    kind: str
    via: FieldSpec
    field: Read | None = None
    where: Plan | None = None
    previous: Plan | None = None
    """With it: the change of `where`'s records against these, as a ratio."""


Source = Read | Fold


@dataclass(frozen=True, kw_only=True)
class Check:
    """One comparison of a source with a value; false when the source is unknown."""

    op: CheckOp
    source: Source
    value: Operand = None


@dataclass(frozen=True, kw_only=True)
class Every:
    """All hold; without arguments: always."""

    args: tuple[Plan, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Some:
    """One or more hold; without arguments: never."""

    args: tuple[Plan, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Negated:
    """The argument does not hold."""

    arg: Plan


@dataclass(frozen=True, kw_only=True)
class Quorum:
    """At least n hold."""

    n: int
    args: tuple[Plan, ...]


Plan = Check | Every | Some | Negated | Quorum


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order by a source; unknown comes last; `ranks`: by the order of a closed enumeration."""

    source: Source
    descending: bool = False
    ranks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class QueryPlan:
    """Which records: of one kind, under a plan, in an order, at most so many; ties by id."""

    kind: str
    where: Plan
    sort: tuple[Order, ...] = ()
    limit: int | None = None


SYSTEM_FIELDS = {
    ID_FIELD: FieldType.TEXT,
    "created_at": FieldType.DATETIME,
    "updated_at": FieldType.DATETIME,
    "version": FieldType.INTEGER,
}
"""What every record has beside the fields of its kind; a field of the kind with that name goes first."""

TEXTUAL = frozenset({
    FieldType.TEXT,
    FieldType.LONG_TEXT,
    FieldType.ENUM,
    FieldType.SET,
    FieldType.EMAIL,
    FieldType.PHONE,
    FieldType.URL,
    FieldType.REFERENCE,
})
TEMPORAL = frozenset({FieldType.DATE, FieldType.DATETIME})
