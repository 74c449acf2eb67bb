"""Whom each personal field is about."""

from knowledge_graph.ontology.fields import FieldSpec, FieldType, Tier
from knowledge_graph.ontology.record import Record, RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema
from knowledge_graph.ontology.subject import subjects_of, tier_of

ANNA = RecordRef(kind="contact", id="c1")
BO = RecordRef(kind="lead", id="l1")


def about(kind, record_id, **values):
    return subjects_of(Record(kind=kind, id=record_id, values=values), WorkspaceSchema())


def test_a_persons_own_record_is_about_that_person():
    found = about("contact", "c1", name="Anna", notes="tired")
    assert {found["name"], found["email"], found["notes"]} == {(ANNA,)}
    assert "owner" not in found  # who of ours looks after her is our own affair


def test_a_record_that_points_to_two_people_names_both():
    assert about("interaction", "i1", contact="c1", lead="l1", text="…")["text"] == (ANNA, BO)


def test_a_record_that_points_to_nobody_is_about_no_person():
    assert about("interaction", "i1", account="a1", text="…") == {}
    assert about("account", "a1", name="Siemens") == {}
    assert about("employee", "e1", name="Raj") == {}


def test_the_link_from_an_order_to_its_buyer_is_personal_and_the_amount_is_not():
    assert dict(about("order", "o1", contact="c1", amount=5)) == {"contact": (ANNA,)}


def test_columns_that_the_workspace_added_to_people_are_personal():
    def custom(kind, type_, tier=None):
        return FieldSpec(kind=kind, name="x", type=type_, custom=True, tier=tier)

    assert tier_of(custom("lead", FieldType.TEXT)) is Tier.IDENTITY
    assert tier_of(custom("contact", FieldType.MONEY)) is Tier.TRANSACTION
    assert tier_of(custom("contact", FieldType.LONG_TEXT)) is Tier.TRANSACTION
    assert tier_of(custom("contact", FieldType.TEXT, Tier.SENTIMENT)) is Tier.SENTIMENT
    assert tier_of(custom("order", FieldType.MONEY)) is None
