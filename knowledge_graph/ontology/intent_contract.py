"""The intent contract: what a business rule says, once a sentence has become one.

The condition's type is left open (`C`): the ontology stands below the expression, whose nodes fill it in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, Literal, TypeVar

C = TypeVar("C")
TriggerKind = Literal["state", "event", "schedule"]
ArgValue = str | int | float
_NONE: Mapping[str, ArgValue] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A recurrence in one time zone; an empty part is not restricted."""

    freq: str
    interval: int = 1
    byday: tuple[str, ...] = ()
    bymonthday: tuple[int, ...] = ()
    bymonth: tuple[int, ...] = ()
    time: str | None = None
    """Local "HH:MM"."""
    tz: str = "Asia/Shanghai"


@dataclass(frozen=True, kw_only=True)
class Delay:
    """How long after the rule fired an action is due."""

    n: int
    unit: str


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """When the condition is looked at: on a changed fact, on an event, or at set times."""

    kind: TriggerKind = "state"
    event: str | None = None
    schedule: Schedule | None = None


@dataclass(frozen=True, kw_only=True)
class Action(Generic[C]):
    """One thing that the rule does."""

    action: str
    args: Mapping[str, ArgValue] = field(default_factory=lambda: _NONE)
    schedule: Schedule | None = None
    """Kept for each member, run at those times."""
    delay: Delay | None = None
    when: C | None = None
    """A further condition on this action alone."""
    note: str | None = None
    """What the person told is asked to do, in the author's own words."""


@dataclass(frozen=True, kw_only=True)
class Branch(Generic[C]):
    """What is done where the conditions before did not hold and this one does."""

    when: C
    actions: tuple[Action[C], ...]


@dataclass(frozen=True, kw_only=True)
class IntentContract(Generic[C]):
    """A rule's meaning: no author, version or state, so equal meanings are equal."""

    trigger: Trigger
    condition: C | None
    """None: always."""
    actions: tuple[Action[C], ...]
    otherwise: tuple[Action[C] | Branch[C], ...] = ()
    data_sources: tuple[str, ...] = ()
