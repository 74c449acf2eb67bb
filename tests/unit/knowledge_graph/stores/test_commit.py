from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_graph.errors import ConflictError, InvalidValueError
from knowledge_graph.ontology.fields import FieldSpec, FieldType
from knowledge_graph.ontology.record import Record, RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema
from knowledge_graph.stores import changelog, mapping
from knowledge_graph.stores.commit import apply
from knowledge_graph.stores.values import stored_value
from knowledge_graph.testing import sample

SCHEMA = WorkspaceSchema()


def standing() -> dict[RecordRef, Record]:
    return dict(apply(sample.workspace(), {}, SCHEMA).after)


def test_update_makes_a_new_version() -> None:
    before = standing()
    change = sample.update(
        "account:a1", {"industry": "energy"}, {"industry": "x"}, origin=sample.CHAT
    )
    applied = apply(sample.changes_of("c", change), before, SCHEMA)
    record = applied.after[change.ref]
    assert (record.version, record.get("industry")) == (2, "x")
    assert applied.logged.changes[0].replaced_origins == {"industry": sample.ORIGIN}
    assert before[change.ref].version == 1


def test_unknown_before_means_empty() -> None:
    change = sample.update("account:a3", {"industry": None, "tags": ()}, {"industry": "x"})
    assert apply(sample.changes_of("c", change), standing(), SCHEMA).updated
    stale = sample.update("account:a3", {"industry": "was"}, {"industry": "x"})
    with pytest.raises(ConflictError, match="nothing was changed"):
        apply(sample.changes_of("c", stale), standing(), SCHEMA)


def test_deletion_is_logged_whole() -> None:
    change = sample.update("account:a1", {}, {})
    part = sample.delete(standing()[change.ref])
    applied = apply(sample.changes_of("c", part), standing(), SCHEMA)
    (logged,) = applied.logged.changes
    assert logged.before["name"] == "Siemens AG"
    assert logged.replaced_source_keys == ("salesforce|account|001",)
    assert [r.id for r in applied.deleted] == ["a1"]


def test_undo_of_undo() -> None:
    first = apply(
        sample.changes_of("c", sample.update("account:a1", {"city": None}, {"city": "x"})),
        standing(),
        SCHEMA,
    )
    back = apply(sample.undo(first.logged, "u"), {**standing(), **first.after}, SCHEMA)
    again = apply(sample.undo(back.logged, "r"), {**standing(), **back.after}, SCHEMA)
    ref = sample.ref("account:a1")
    assert "city" not in back.after[ref].values
    assert again.after[ref].values == first.after[ref].values


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (FieldType.TEXT, 3),
        (FieldType.NUMBER, True),
        (FieldType.MONEY, float("inf")),
        (FieldType.INTEGER, 2**63),
        (FieldType.BOOLEAN, 1),
        (FieldType.DATE, "2026-2-3"),
        (FieldType.DATE, "2026-02-30"),
        (FieldType.DATETIME, "2026-02-03T10:00:00+08:00"),
        (FieldType.SET, "a"),
        (FieldType.ENUM, "\udcff"),
    ],
)
def test_values_that_no_field_holds(type_: FieldType, value: str) -> None:
    with pytest.raises(InvalidValueError):
        stored_value(FieldSpec(kind="account", name="f", type=type_), value)


def test_sets_have_one_form() -> None:
    spec = FieldSpec(kind="account", name="f", type=FieldType.SET)
    assert stored_value(spec, ("b", "a", "b", "")) == ("a", "b")
    assert stored_value(spec, ("",)) is None


def test_change_log_survives_json() -> None:
    before = standing()
    changes = (
        sample.update(
            "account:a1", {"industry": "energy"}, {"industry": None, "tags": ("中", "b")}
        ),
        sample.create("lead:l", {"name": "'\"\n"}, keys=["k|l|1"], origin=sample.CHAT),
        sample.delete(before[sample.ref("order:r1")]),
    )
    logged = apply(sample.changes_of("c", *changes, undoes="x"), before, SCHEMA).logged
    read = [c for part in changelog.parts_of(logged) for c in changelog.changes_from(part)]
    assert changelog.change_set_from(changelog.head_of(logged), tuple(read)) == logged


@given(
    st.dictionaries(
        st.sampled_from(("name", "city", "*")), st.sampled_from((sample.CHAT, sample.ORIGIN))
    )
)
def test_records_survive_nodes(origins: dict[str, object]) -> None:
    record = Record(
        kind="account",
        id="a",
        values={"name": "x", "tags": ("a",), "employee_count": 3, "health_score": 0.5},
        origins=origins,  # type: ignore[arg-type]  # a strategy's type is wider
        source_keys=("s|a|1",),
        version=7,
        created_at=sample.AT,
        updated_at=sample.AT,
    )
    assert mapping.record_of("account", mapping.properties_of(record)) == record


def test_custom_fields_survive_json() -> None:
    spec = FieldSpec(
        kind="account",
        name="楼层",
        type=FieldType.ENUM,
        values=("1",),
        label="楼层!",
        writable=False,
    )
    schema = WorkspaceSchema().with_fields([spec])
    assert mapping.schema_from(mapping.schema_text(schema)) == schema


@pytest.mark.parametrize("name", ["id", "meta_version", "source_keys", "a b", "1st", "x`y", ""])
def test_names_that_no_field_can_have(name: str) -> None:
    with pytest.raises(InvalidValueError):
        mapping.schema_text(
            WorkspaceSchema((FieldSpec(kind="account", name=name, type=FieldType.TEXT),))
        )
