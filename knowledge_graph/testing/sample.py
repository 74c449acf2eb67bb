"""A small workspace for contract suites: records and change sets, half of them Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import Origin, Record, RecordRef, Value

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AT = "2026-11-23T09:00:00Z"
ORIGIN = Origin(system="file", place="crm.csv", row=1, observed_at="2026-11-20T08:00:00Z")
CHAT = Origin(system="chat", place="console", observed_at=AT)


def ref(name: str) -> RecordRef:
    """Return the reference that `kind:id` names."""
    kind, _, record_id = name.partition(":")
    return RecordRef(kind=kind, id=record_id)


def create(
    name: str, values: Mapping[str, Value], keys: Sequence[str] = (), origin: Origin | None = None
) -> RecordChange:
    """Return a creation.

    Args:
        name: `kind:id`.
        values: The fields.
        keys: Source keys.
        origin: Where the values came from.

    Returns:
        The change.
    """
    return RecordChange(
        action=Action.CREATE,
        ref=ref(name),
        title=str(values.get("name", name)),
        before={},
        after=values,
        source_keys=tuple(keys),
        origin=origin,
    )


def update(
    name: str,
    before: Mapping[str, Value],
    after: Mapping[str, Value],
    keys: Sequence[str] = (),
    origin: Origin | None = None,
) -> RecordChange:
    """Return an update.

    Args:
        name: `kind:id`.
        before: Fields as they should be.
        after: Fields as they are to be.
        keys: Source keys.
        origin: Where the new values came from.

    Returns:
        The change.
    """
    return RecordChange(
        action=Action.UPDATE,
        ref=ref(name),
        title=name,
        before=before,
        after=after,
        source_keys=tuple(keys),
        origin=origin,
    )


def delete(record: Record) -> RecordChange:
    """Return a deletion of a record as it was read."""
    return RecordChange(
        action=Action.DELETE, ref=record.ref, title=record.title, before=record.values, after={}
    )


def undo(change_set: ChangeSet, change_id: str) -> ChangeSet:
    """Return what takes a logged change set back: its changes reversed, in reverse order."""
    turned = {
        Action.CREATE: Action.DELETE,
        Action.UPDATE: Action.UPDATE,
        Action.DELETE: Action.CREATE,
    }
    changes = tuple(
        RecordChange(
            action=turned[c.action],
            ref=c.ref,
            title=c.title,
            before=c.after,
            after=c.before,
            source_keys=c.replaced_source_keys,
            origin=c.replaced_origins.get("*"),
            origins={f: o for f, o in c.replaced_origins.items() if f != "*"},
        )
        for c in reversed(change_set.changes)
    )
    return changes_of(change_id, *changes, undoes=change_set.id)


def changes_of(
    change_id: str, *changes: RecordChange, undoes: str = "", actor: str = "sales:lena@example.com"
) -> ChangeSet:
    """Return a change set.

    Args:
        change_id: Its id.
        changes: What it changes.
        undoes: The change set that it takes back.
        actor: Who changes.

    Returns:
        The change set, at `AT`, from a file.
    """
    return ChangeSet(
        id=change_id,
        at=AT,
        actor=actor,
        reason=f"reason of {change_id}",
        changes=changes,
        origin=ORIGIN,
        undoes=undoes,
    )


def workspace() -> ChangeSet:
    """Return the creation of the sample: three accounts, people, opportunities, orders, an interaction."""
    return changes_of(
        "sample",
        *_employees(),
        *_accounts(),
        *_contacts(),
        *_opportunities(),
        *_orders(),
        *_interactions(),
    )


def _employees() -> tuple[RecordChange, ...]:
    """Return our people."""
    return (
        create("employee:e1", {"name": "Raj Patel", "email": "raj@example.com"}),
        create("employee:e2", {"name": "李薇", "email": "li.wei@example.com"}),
    )


def _accounts() -> tuple[RecordChange, ...]:
    """Return three accounts: one full, one Chinese, one nearly empty with a parent."""
    return (
        create(
            "account:a1",
            {
                "name": "Siemens AG",
                "aliases": ("西门子",),
                "industry": "energy",
                "services": ("remote_diagnosis", "training"),
                "employee_count": 300,
                "health_score": 59.5,
                "last_contact_date": "2026-10-01",
                "owner": "e1",
                "created_on": "2025-01-10",
            },
            keys=["salesforce|account|001"],
        ),
        create(
            "account:a2",
            {
                "name": "隆基绿能",
                "industry": "光伏制造",
                "services": ("spare_parts",),
                "employee_count": 60000,
                "last_contact_date": "2026-11-20",
                "owner": "e2",
                "created_on": "2026-02-01",
            },
        ),
        create("account:a3", {"name": "Quiet GmbH", "parent": "a1"}),
    )


def _contacts() -> tuple[RecordChange, ...]:
    """Return a contact at each of the first two accounts."""
    return (
        create(
            "contact:c1", {"name": "Anna Bauer", "account": "a1", "email": "anna@siemens.example"}
        ),
        create("contact:c2", {"name": "王芳", "account": "a2", "consent_marketing": True}),
    )


def _opportunities() -> tuple[RecordChange, ...]:
    """Return an open and a won opportunity."""
    return (
        create(
            "opportunity:o1",
            {
                "name": "OEE",
                "account": "a1",
                "stage": "negotiation",
                "amount": 500000,
                "close_date": "2026-12-01",
                "owner": "e1",
            },
        ),
        create(
            "opportunity:o2",
            {"name": "储能", "account": "a2", "stage": "won", "amount": 1.5, "owner": "e1"},
        ),
    )


def _orders() -> tuple[RecordChange, ...]:
    """Return two orders of the first account, one of the second."""
    return (
        create("order:r1", {"account": "a1", "amount": 100, "ordered_on": "2026-11-01"}),
        create("order:r2", {"account": "a1", "amount": 250.5, "ordered_on": "2026-05-01"}),
        create("order:r3", {"account": "a2", "amount": 1000, "ordered_on": "2026-11-22"}),
    )


def _interactions() -> tuple[RecordChange, ...]:
    """Return a call late in the evening (UTC)."""
    return (
        create(
            "interaction:i1",
            {
                "account": "a1",
                "contact": "c1",
                "type": "call",
                "happened_at": "2026-11-22T23:30:00Z",
            },
        ),
    )
