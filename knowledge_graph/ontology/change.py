"""Changes, proposals and undo: what is about to happen and what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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
