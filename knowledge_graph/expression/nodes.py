"""The typed expression that filters, rules and analytics questions share.

    Condition = And | Or | Not | AtLeast | HeldFor | Compare | In | Has | Text | Known
    Term      = Field | Aggregate

Values are in base units (amounts in the term's currency, ratios 0..1, days, hours); dates are ISO strings or
`Moment`s, which are resolved against the clock when the expression runs, never when it is parsed.
`to_json`/`from_json` in codec.py give the published form (docs/expression.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

Unit = Literal["minute", "hour", "day", "week", "month", "quarter", "year"]
Op = Literal["eq", "ne", "gt", "ge", "lt", "le"]
Agg = Literal["count", "sum", "avg", "max", "min"]


@dataclass(frozen=True, kw_only=True)
class Rolling:
    """The last (n > 0) or the next (n < 0) n units up to now, e.g. 近3个月."""

    n: int
    unit: Unit


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """A calendar period: offset 0 is the current one, -1 the one before."""

    unit: Unit
    offset: int = 0


@dataclass(frozen=True, kw_only=True)
class Between:
    """An explicit period, both ends included, ISO dates; an open end is None."""

    start: str | None
    end: str | None


Window = Rolling | Calendar | Between


@dataclass(frozen=True, kw_only=True)
class Moment:
    """An instant relative to now: now shifted by n units (n < 0: ago), or the edge of a calendar period."""

    n: int = 0
    unit: Unit = "day"
    edge: Literal["none", "start", "end"] = "none"
    """start/end: of the calendar period `unit` with offset n."""


Scalar = str | int | float | bool | Fraction | Moment


@dataclass(frozen=True, kw_only=True)
class Field:
    """A dictionary field: `entity.name`."""

    id: str

    @property
    def entity(self) -> str:
        """The entity the field belongs to."""
        return self.id.partition(".")[0]

    @property
    def name(self) -> str:
        """The field's own name."""
        return self.id.partition(".")[2]


@dataclass(frozen=True, kw_only=True)
class Aggregate:
    """A number over related records, e.g. the sum of order amounts in the last 3 months."""

    agg: Agg
    over: str
    field: str | None = None
    window: Window | None = None
    where: Condition | None = None
    change: Literal["pct_prev"] | None = None
    """pct_prev: this window against the one before it, as a ratio."""


Term = Field | Aggregate


@dataclass(frozen=True, kw_only=True)
class Compare:
    """A term against a value. An unknown term value satisfies no comparison (`ne` included)."""

    op: Op
    term: Term
    value: Scalar
    span: tuple[int, int] | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class In:
    """A single-valued term is one of the values (sorted, no duplicates)."""

    term: Term
    values: tuple[str, ...]
    span: tuple[int, int] | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Has:
    """A set contains the value."""

    term: Term
    value: str
    span: tuple[int, int] | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text contains, starts or ends with words; compared without case."""

    mode: Literal["contains", "starts", "ends"]
    term: Term
    value: str
    span: tuple[int, int] | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class During:
    """A date or instant lies within a window."""

    term: Term
    window: Window
    span: tuple[int, int] | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Known:
    """A term has a value at all."""

    term: Term
    span: tuple[int, int] | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class And:
    """All hold."""

    args: tuple[Condition, ...]


@dataclass(frozen=True, kw_only=True)
class Or:
    """One or more hold."""

    args: tuple[Condition, ...]


@dataclass(frozen=True, kw_only=True)
class Not:
    """The argument does not hold (unknown counts as not holding)."""

    arg: Condition


@dataclass(frozen=True, kw_only=True)
class AtLeast:
    """At least n of the arguments hold."""

    n: int
    args: tuple[Condition, ...]


@dataclass(frozen=True, kw_only=True)
class HeldFor:
    """The argument has held without a break for n units; only rules can say it (it needs state)."""

    arg: Condition
    n: int
    unit: Unit


Condition = And | Or | Not | AtLeast | HeldFor | Compare | In | Has | Text | During | Known


@dataclass(frozen=True, kw_only=True)
class Sort:
    """An order of records; unknown values come last."""

    term: Term
    descending: bool = False


@dataclass(frozen=True, kw_only=True)
class Query:
    """Which records: of one entity, under a condition, in an order, at most so many."""

    entity: str
    condition: Condition | None = None
    sort: tuple[Sort, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A number over the records of a query: how many, or the sum, mean, least, most of a field."""

    agg: Agg
    field: str | None = None


@dataclass(frozen=True, kw_only=True)
class Span:
    """A length of time by which a date is moved; negative: to an earlier one."""

    n: int
    unit: Unit


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """What is to be written into one field of each record that a sentence is about."""

    field: str
    """Dictionary field id, `entity.name`."""
    mode: Literal["set", "clear", "add", "remove", "append", "increase", "scale", "shift"] = "set"
    """add/remove: a member of a set; append: a line to a long text; increase: by an amount; scale: times;
    shift: a date by a `Span` from the one that each record has."""
    value: str | int | float | bool | tuple[str, ...] | Moment | Span | None = None
