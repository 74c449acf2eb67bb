"""The comparison of end states finds what is missing and every change that nobody asked for."""

from __future__ import annotations

import pytest

from evals.cases import ExpectedRecord
from evals.state import Snapshot, compare
from knowledge_graph.ontology.record import Record, RecordRef, Value


def world(**records: dict[str, Value]) -> Snapshot:
    """Return a snapshot; `lead_1={...}` is the record lead:1."""
    found = {}
    for name, values in records.items():
        kind, _, record_id = name.partition("_")
        found[RecordRef(kind=kind, id=record_id)] = Record(kind=kind, id=record_id, values=values)
    return found


BEFORE = world(
    employee_e1={"name": "Raj Patel", "email": "raj@a.example"},
    lead_1={"name": "Jo", "status": "new", "tags": ("a", "b")},
    lead_2={"name": "Mo", "status": "new"},
)


def after(**changed: dict[str, Value] | None) -> Snapshot:
    """Return the start with some records replaced, added or (None) taken away."""
    values = {f"{ref.kind}_{ref.id}": dict(r.values) for ref, r in BEFORE.items()}
    for name, new in changed.items():
        if new is None:
            del values[name]
        else:
            values[name] = {**values.get(name, {}), **new}
    return world(**values)


def test_the_expected_change_and_nothing_else_is_right():
    wanted = [ExpectedRecord(kind="lead", id="1", fields={"status": "won"})]
    assert compare(BEFORE, after(lead_1={"status": "won"}), wanted, nothing_else=True).right


def test_a_change_that_did_not_happen_is_missing():
    wanted = [ExpectedRecord(kind="lead", id="1", fields={"status": "won"})]
    verdict = compare(BEFORE, BEFORE, wanted, nothing_else=True)
    assert verdict.missing
    assert not verdict.unexpected


@pytest.mark.parametrize(
    "planted",
    [
        {"lead_2": {"status": "won"}},
        {"lead_1": {"status": "won", "name": "Joe"}},
        {"lead_3": {"name": "New"}},
        {"lead_2": None},
        {"lead_1": None},
    ],
    ids=["other record", "other field", "created", "deleted", "the expected one deleted"],
)
def test_every_planted_change_beside_the_expected_one_is_found(
    planted: dict[str, dict[str, Value] | None],
):
    wanted = [ExpectedRecord(kind="lead", id="1", fields={"status": "won"})]
    end = after(**{"lead_1": {"status": "won"}, **planted})
    assert compare(BEFORE, end, wanted, nothing_else=True).unexpected
    assert not compare(BEFORE, end, wanted, nothing_else=False).unexpected


def test_a_field_that_may_change_is_no_harm():
    wanted = [ExpectedRecord(kind="lead", id="1", fields={"status": "won"}, may=("stage_since",))]
    end = after(lead_1={"status": "won", "stage_since": "2026-11-20"})
    assert compare(BEFORE, end, wanted, nothing_else=True).right


def test_what_was_there_before_does_not_count_as_created():
    wanted = [ExpectedRecord(kind="lead", match={"name": "Jo"}, created=True)]
    assert compare(BEFORE, BEFORE, wanted, nothing_else=True).missing
    assert compare(BEFORE, after(lead_x={"name": "Jo"}), wanted, nothing_else=True).right


def test_a_created_record_is_found_by_its_values():
    wanted = [ExpectedRecord(kind="lead", match={"name": "New"}, fields={"owner": "raj patel"})]
    assert compare(
        BEFORE, after(lead_x={"name": "New", "owner": "e1"}), wanted, nothing_else=True
    ).right


def test_two_expected_creations_need_two_records():
    wanted = [ExpectedRecord(kind="lead", match={"name": "New"})] * 2
    assert not compare(BEFORE, after(lead_x={"name": "New"}), wanted, nothing_else=True).right


@pytest.mark.parametrize("owner", ["e1", "Raj Patel", "RAJ@a.example"])
def test_a_reference_may_be_given_as_id_name_or_mail(owner: str):
    wanted = [ExpectedRecord(kind="lead", id="1", fields={"owner": owner})]
    assert compare(BEFORE, after(lead_1={"owner": "e1"}), wanted, nothing_else=True).right


def test_sets_compare_without_order_and_blank_is_blank():
    wanted = [ExpectedRecord(kind="lead", id="1", fields={"tags": ["b", "a"], "notes": None})]
    assert compare(BEFORE, after(lead_1={"notes": ""}), wanted, nothing_else=True).right


def test_deletions():
    wanted = [ExpectedRecord(kind="lead", id="1", deleted=True)]
    assert compare(BEFORE, after(lead_1=None), wanted, nothing_else=True).right
    assert compare(BEFORE, BEFORE, wanted, nothing_else=True).missing
    absent = [ExpectedRecord(kind="lead", id="9", deleted=True)]
    assert compare(BEFORE, BEFORE, absent, nothing_else=True).missing
