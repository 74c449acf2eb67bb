"""The gate: what each role sees, and that nobody learns by filtering what he may not read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from knowledge_graph.errors import NotAllowedError, NotFoundError
from knowledge_graph.expression.nodes import Aggregate, Compare, Field, Measure, Query, Sort, Text
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import Origin, RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema
from knowledge_graph.policy import RolePolicy
from knowledge_graph.testing.memory_store import InMemoryGraphStore

NOW = datetime(2026, 3, 10, tzinfo=UTC)
RECORDS = {
    "account:a1": {"name": "Acme"},
    "contact:c1": {
        "name": "Ana",
        "email": "ana@acme.example",
        "account": "a1",
        "notes": "difficult",
    },
    "contact:c2": {"name": "Bo", "email": "bo@other.example", "notes": "secret"},
    "product:p1": {"name": "SG110", "price": 3000},
    "document:d1": {"name": "Warranty", "text": "Five years.", "audience": "public"},
    "document:d2": {
        "name": "Acme offer",
        "text": "Eight percent off.",
        "account": "a1",
        "audience": "public",
    },
    "document:d3": {"name": "Discounts", "text": "At most 18 %.", "audience": "internal"},
    "document:d4": {"name": "Minutes", "text": "Of the board."},
    "opportunity:o1": {"name": "Roof", "account": "a1", "amount": 10},
}
ANA = Access(actor=Actor(role=Role.CUSTOMER, id="Ana@Acme.example"), at="2026-03-10T00:00:00Z")
SALES = Access(actor=Actor(role=Role.SALES, id="lena@x"), at="2026-03-10T00:00:00Z")
MANAGER = Access(actor=Actor(role=Role.MANAGER, id="max@x"), at="2026-03-10T00:00:00Z")
STEWARD = Access(actor=Actor(role=Role.STEWARD, id="sam@x"), at="2026-03-10T00:00:00Z")


def ref(text: str) -> RecordRef:
    kind, _, record_id = text.partition(":")
    return RecordRef(kind=kind, id=record_id)


def change_set(name: str, undoes: str = "") -> ChangeSet:
    change = RecordChange(
        action=Action.UPDATE,
        ref=ref("contact:c1"),
        title="Ana",
        before={"notes": "difficult"},
        after={"notes": "nice"},
    )
    origin = Origin(system="chat", place="console", observed_at="2026-03-10T00:00:00Z")
    return ChangeSet(
        id=name,
        at="2026-03-10T00:00:00Z",
        actor="x",
        reason="",
        changes=(change,),
        origin=origin,
        undoes=undoes,
    )


@pytest.fixture
async def graph() -> KnowledgeGraph:
    store = InMemoryGraphStore()
    changes = tuple(
        RecordChange(
            action=Action.CREATE, ref=ref(key), title=str(values["name"]), before={}, after=values
        )
        for key, values in RECORDS.items()
    )
    origin = Origin(system="file", place="a.csv", observed_at="2026-03-01T00:00:00Z")
    await store.commit(
        ChangeSet(
            id="i1",
            at="2026-03-01T00:00:00Z",
            actor="o",
            reason="",
            changes=changes,
            origin=origin,
        )
    )
    return KnowledgeGraph(store, RolePolicy())


async def test_staff_see_every_field_for_which_there_is_a_ground(graph: KnowledgeGraph) -> None:
    for access in (SALES, MANAGER, STEWARD):
        seen = await graph.get([ref(key) for key in RECORDS], access)
        assert len(seen) == len(RECORDS)
        held = {str(s.record.ref): {n: w.reason for n, w in s.withheld.items()} for s in seen}
        assert held.pop("contact:c1") == {"email_open_rate": "no_grant"}
        # Behind the second contact stands no company: what he did is his own affair.
        assert held.pop("contact:c2") == {"email_open_rate": "no_grant", "notes": "no_grant"}
        assert not any(held.values())


async def test_customer_sees_himself_the_catalogue_and_public_documents(
    graph: KnowledgeGraph,
) -> None:
    seen = await graph.get([ref(key) for key in RECORDS], ANA)
    assert [str(s.record.ref) for s in seen] == ["contact:c1", "product:p1", "document:d1"]


async def test_withheld_fields_are_absent_and_listed(graph: KnowledgeGraph) -> None:
    (seen,) = await graph.get([ref("contact:c1")], ANA)
    assert "notes" not in seen.record.values
    assert seen.withheld["notes"].reason == "role"
    assert seen.record.values["email"] == "ana@acme.example"
    assert seen.record.source_keys == ()


async def test_customer_finds_and_counts_only_himself(graph: KnowledgeGraph) -> None:
    page = await graph.find(Query(entity="contact"), ANA, now=NOW)
    assert [s.record.id for s in page.records] == ["c1"]
    assert page.total == 1
    count = Measure(agg="count")
    found = await graph.measure(Query(entity="contact"), [count], ANA, now=NOW)
    assert found[count] == 1


@pytest.mark.parametrize("entity", ["opportunity", "customer", "employee", "interaction"])
async def test_customer_may_not_ask_about_other_kinds(graph: KnowledgeGraph, entity: str) -> None:
    with pytest.raises(NotAllowedError):
        await graph.find(Query(entity=entity), ANA, now=NOW)


@pytest.mark.parametrize(
    "condition",
    [
        Text(mode="contains", term=Field(id="contact.notes"), value="d"),
        Text(mode="contains", term=Field(id="contact.account"), value="Ac"),
        Compare(op="eq", term=Field(id="customer.name"), value="Acme"),
        Compare(op="gt", term=Aggregate(agg="count", over="interaction"), value=0),
    ],
)
async def test_no_field_is_learnt_by_filtering(graph: KnowledgeGraph, condition: object) -> None:
    with pytest.raises(NotAllowedError):
        await graph.find(Query(entity="contact", condition=condition), ANA, now=NOW)  # type: ignore[arg-type]


async def test_no_field_is_learnt_by_sorting_or_summing(graph: KnowledgeGraph) -> None:
    query = Query(entity="contact", sort=(Sort(term=Field(id="contact.email_open_rate")),))
    with pytest.raises(NotAllowedError):
        await graph.find(query, ANA, now=NOW)
    with pytest.raises(NotAllowedError):
        await graph.measure(
            Query(entity="contact"), [Measure(agg="avg", field="email_open_rate")], ANA, now=NOW
        )


async def test_values_of_all_records_are_for_staff(graph: KnowledgeGraph) -> None:
    with pytest.raises(NotAllowedError):
        await graph.values_in_use("contact", "email", ANA)
    assert await graph.values_in_use("contact", "email", SALES)


async def test_neighbourhood_shows_only_what_may_be_seen(graph: KnowledgeGraph) -> None:
    around = await graph.neighbourhood(ref("contact:c1"), ANA)
    assert around.records == ()
    assert around.edges == ()
    with pytest.raises(NotFoundError):
        await graph.neighbourhood(ref("account:a1"), ANA)
    staff = await graph.neighbourhood(ref("account:a1"), SALES)
    assert {s.record.id for s in staff.records} == {"c1", "d2", "o1"}


async def test_history_shows_no_values_of_others(graph: KnowledgeGraph) -> None:
    (seen,) = await graph.history(ANA)
    assert {str(c.ref) for c in seen.changes} == {"contact:c1", "product:p1", "document:d1"}
    assert not any("notes" in c.after for c in seen.changes)


async def test_who_may_write(graph: KnowledgeGraph) -> None:
    for access in (ANA, MANAGER, STEWARD):
        with pytest.raises(NotAllowedError):
            await graph.commit(change_set("w1"), access)
    await graph.commit(change_set("w2"), SALES)
    with pytest.raises(NotAllowedError):
        await graph.save_schema(WorkspaceSchema(), MANAGER)


async def test_the_store_is_out_of_reach(graph: KnowledgeGraph) -> None:
    assert not any(
        "store" in name for name in dir(graph) if not name.startswith("_KnowledgeGraph__")
    )


async def test_an_import_compares_with_what_it_may_not_show(graph: KnowledgeGraph) -> None:
    (bo,) = await graph.compared([ref("contact:c2")], SALES)
    assert bo.record.values["notes"] == "secret"
    assert "notes" in bo.withheld
    assert {s.record.id async for s in graph.compared_all("contact", SALES)} == {"c1", "c2"}
    for access in (ANA, MANAGER, STEWARD):
        with pytest.raises(NotAllowedError):
            await graph.compared([ref("contact:c2")], access)
