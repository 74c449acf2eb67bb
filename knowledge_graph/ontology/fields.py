"""What a field is: its type, unit, tier and the record it may point to.

The built-in kinds are dataclasses (party.py, deal.py, interaction.py, document.py); a field of theirs is
declared with `field_of`, and `schema.py` reads the declarations. One source per fact: names and synonyms for
people stand in the business dictionary (knowledge_graph/language), not here.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FieldType(StrEnum):
    """The closed set of value types; each has one stored form (see `Value` in record.py)."""

    TEXT = "text"  # str
    LONG_TEXT = "long_text"  # str, may be long: notes, bodies
    NUMBER = "number"  # int | float
    INTEGER = "integer"  # int
    MONEY = "money"  # int | float, in the currency of the record's `currency` field
    RATIO = "ratio"  # float, 0.8 is 80 %
    BOOLEAN = "boolean"  # bool
    DATE = "date"  # str "YYYY-MM-DD"
    DATETIME = "datetime"  # str "YYYY-MM-DDTHH:MM:SSZ", UTC
    ENUM = "enum"  # str, one of the values in use
    SET = "set"  # tuple[str, ...], sorted, no duplicates
    REFERENCE = "reference"  # str, the id of a record of kind `target`
    EMAIL = "email"  # str, lower case
    PHONE = "phone"  # str
    URL = "url"  # str
    DAYS = "days"  # number of days, derived or stored
    HOURS = "hours"  # number of hours, derived or stored


NUMERIC = frozenset({
    FieldType.NUMBER,
    FieldType.INTEGER,
    FieldType.MONEY,
    FieldType.RATIO,
    FieldType.DAYS,
    FieldType.HOURS,
})
"""The types that can be added up and compared by size."""


class Tier(StrEnum):
    """Which part of a person's data a field belongs to; tiers are not ordered, none implies another."""

    IDENTITY = "identity"
    """Who a person is, how to reach them, and where they stand in our own work."""
    TRANSACTION = "transaction"
    """What a person did with us: orders, tickets, use of a product, what was said and noted, and when."""
    SENTIMENT = "sentiment"
    """What a person feels or how he behaves, measured: mood, satisfaction, how often he opens our mail."""


class Derivation(StrEnum):
    """How a derived number follows from a date or an instant and the clock."""

    DAYS_SINCE = "days_since"
    DAYS_UNTIL = "days_until"
    HOURS_SINCE = "hours_since"
    DAY_NUMBER = "day_number"  # days since, the first day counted as 1


@dataclass(frozen=True, kw_only=True)
class FieldSpec:
    """One field of one kind."""

    kind: str
    name: str
    type: FieldType
    tier: Tier | None = None
    """None: describes no person (a company-level fact)."""
    target: str | None = None
    """For references: the kind pointed to."""
    values: tuple[str, ...] = ()
    """For closed enumerations: the canonical values in order (the order of stages is meaningful)."""
    bounds: tuple[float, float] | None = None
    """For numbers: the least and the greatest that there can be, both included."""
    required: bool = False
    writable: bool = True
    derivation: Derivation | None = None
    """Computed when read from the date field `derived_from`, never stored."""
    derived_from: str | None = None
    custom: bool = False
    """Added by this workspace, usually from an imported column."""
    label: str | None = None
    """For custom fields: the column header as the user wrote it."""

    @property
    def id(self) -> str:
        """The term of the business language that names this field: `kind.name`."""
        return f"{self.kind}.{self.name}"


_KEY = "guanxi"


def field_of(  # noqa: PLR0913 -- a declaration: each argument is one column of the schema
    type_: FieldType,
    *,
    tier: Tier | None = None,
    target: str | None = None,
    values: tuple[str, ...] = (),
    bounds: tuple[float, float] | None = None,
    required: bool = False,
    writable: bool = True,
    derivation: Derivation | None = None,
    derived_from: str | None = None,
) -> Any:
    """Declare a dataclass field of an ontology kind.

    Args:
        type_: The value type.
        tier: The tier of personal data, None for company-level facts.
        target: The kind that a reference points to.
        values: Canonical values of a closed enumeration.
        bounds: The least and the greatest number that there can be.
        required: A record without it is refused.
        writable: Users and tools may set it.
        derivation: How it is computed when read; None: it is stored.
        derived_from: The date field it is computed from.

    Returns:
        A dataclass field; `required` ones have no default.
    """
    meta = {
        "type": type_,
        "tier": tier,
        "target": target,
        "values": values,
        "bounds": bounds,
        "required": required,
        "writable": writable,
        "derivation": derivation,
        "derived_from": derived_from,
    }
    if required:
        return dataclasses.field(metadata={_KEY: meta})
    default: object = () if type_ is FieldType.SET else None
    return dataclasses.field(default=default, metadata={_KEY: meta})


def specs_of(kind: str, cls: type) -> tuple[FieldSpec, ...]:
    """Return the field specifications that a kind's dataclass declares, in order."""
    return tuple(
        FieldSpec(kind=kind, name=f.name, **f.metadata[_KEY])
        for f in dataclasses.fields(cls)
        if _KEY in f.metadata
    )
