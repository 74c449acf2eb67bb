"""Changes, proposals and undo: what is about to happen and what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from knowledge_graph.ontology.record import Origin, RecordRef, Value


class Action(StrEnum):
    """What a change does to one record."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, kw_only=True)
class RecordChange:
    """The change of one record.

    `before` and `after` hold the same field names for an update; a creation has no `before`, a deletion no
    `after` (its `before` is the whole record, so that it can be undone).
    """

    action: Action
    ref: RecordRef
    title: str
    before: Mapping[str, Value]
    after: Mapping[str, Value]
    source_keys: tuple[str, ...] = ()
    """Outside records that the record stands for after this change (creation, merge)."""
    origin: Origin | None = None
    """Where the new values came from; None: the change set's own origin."""
    origins: Mapping[str, Origin] = field(default_factory=lambda: MappingProxyType({}))
    """By field, for new values that did not come from `origin` (undo, merge)."""
    replaced_origins: Mapping[str, Origin] = field(default_factory=lambda: MappingProxyType({}))
    """In the change log: where the values of `before` had come from; an undo passes them as `origins`."""
    replaced_source_keys: tuple[str, ...] = ()
    """In the change log: the source keys before this change; an undo passes them as `source_keys`."""


@dataclass(frozen=True, kw_only=True)
class ChangeSet:
    """Changes that happen together or not at all."""

    id: str
    at: str
    actor: str
    reason: str
    """The user's own words or the name of the import."""
    changes: tuple[RecordChange, ...]
    origin: Origin
    """For new values whose change names no origin of its own."""
    decision_id: str = ""
    undoes: str = ""
    """The change set that this one takes back."""


class ProposalStatus(StrEnum):
    """A proposal moves once from pending to executing and from there to done or failed."""

    PENDING = "pending"
    EXECUTING = "executing"
    DONE = "done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Changes that wait for a person's yes."""

    id: str
    thread: str
    actor: str
    created_at: str
    summary: str
    """In the author's language, with object and amount."""
    lang: str
    change_set: ChangeSet
    status: ProposalStatus = ProposalStatus.PENDING
    warnings: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many records it touches."""
        return len(self.change_set.changes)


def part_id(series: str, number: int) -> str:
    """Return the id of one of several change sets that belong together.

    Args:
        series: An id that they share.
        number: 1 for the first.

    >>> part_id("k3m7", 2), series_of("k3m7.2"), series_of("k3m7")
    ('k3m7.2', 'k3m7', 'k3m7')
    """
    return f"{series}.{number}"


def series_of(change_id: str) -> str:
    """Return what the ids of change sets that belong together have in common; else the id itself."""
    head, dot, number = change_id.rpartition(".")
    return head if dot and number.isdigit() else change_id


def joined(parts: Sequence[ChangeSet]) -> ChangeSet:
    """Return several change sets as the one that has the same effect, so that they are undone together.

    Args:
        parts: At least one, oldest first; none of them deletes.

    Returns:
        A change set with the last one's id and time, with one change for each record.
    """
    changes: dict[RecordRef, RecordChange] = {}
    for part in parts:
        for change in part.changes:
            held = changes.get(change.ref)
            changes[change.ref] = change if held is None else _later(held, change)
    return replace(parts[-1], reason=parts[0].reason, changes=tuple(changes.values()))


def _later(first: RecordChange, then: RecordChange) -> RecordChange:
    """Return two changes of one record as one."""
    created = first.action is Action.CREATE
    return replace(
        first,
        before={} if created else {**then.before, **first.before},
        after={**first.after, **then.after},
        source_keys=then.source_keys or first.source_keys,
        origins={**first.origins, **then.origins},
        replaced_origins={**then.replaced_origins, **first.replaced_origins},
    )
