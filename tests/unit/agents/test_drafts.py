"""Drafts of one turn join to one change per record."""

from __future__ import annotations

from agents.drafts import join_changes
from knowledge_graph.ontology.change import Action, RecordChange
from knowledge_graph.ontology.record import RecordRef, Value, new_id

REF = RecordRef(kind="lead", id="l1")


def made(**values: Value) -> RecordChange:
    return RecordChange(action=Action.CREATE, ref=REF, title="Ann", before={}, after=values)


def updated(before: dict[str, Value], after: dict[str, Value]) -> RecordChange:
    return RecordChange(action=Action.UPDATE, ref=REF, title="Ann", before=before, after=after)


def deleted(**values: Value) -> RecordChange:
    return RecordChange(action=Action.DELETE, ref=REF, title="Ann", before=values, after={})


def test_a_new_record_takes_later_values() -> None:
    (joined,) = join_changes([made(name="Ann"), updated({"owner": None}, {"owner": "e1"})])
    assert joined.action is Action.CREATE
    assert (joined.before, joined.after) == ({}, {"name": "Ann", "owner": "e1"})


def test_updates_keep_the_first_before_and_the_last_after() -> None:
    (joined,) = join_changes([
        updated({"stage": "a"}, {"stage": "b"}),
        updated({"stage": "b", "owner": None}, {"stage": "c", "owner": "e1"}),
    ])
    assert joined.before == {"stage": "a", "owner": None}
    assert joined.after == {"stage": "c", "owner": "e1"}


def test_a_new_record_that_is_deleted_is_nothing() -> None:
    assert join_changes([made(name="Ann"), deleted(name="Ann")]) == ()


def test_an_update_before_a_deletion_restores_the_stored_values() -> None:
    (joined,) = join_changes([
        updated({"stage": "a"}, {"stage": "b"}),
        deleted(stage="b", name="Ann"),
    ])
    assert joined.action is Action.DELETE
    assert joined.before == {"stage": "a", "name": "Ann"}


def test_ids_differ() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000
