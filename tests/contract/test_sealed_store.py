"""A sealed store answers as a plain one does, and nothing personal stands in the clear below it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_graph.errors import ConflictError, CrmError
from knowledge_graph.expression import nodes as e
from knowledge_graph.ontology.change import Action, RecordChange
from knowledge_graph.ontology.fields import FieldSpec, FieldType
from knowledge_graph.ontology.record import Origin, Value
from knowledge_graph.ontology.schema import WorkspaceSchema
from knowledge_graph.sealing.graph_store import SealedGraphStore
from knowledge_graph.testing import sample
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from knowledge_graph.testing.sample import NOW, changes_of, create, delete, ref, undo, update
from knowledge_graph.testing.vault import InMemoryKeyVault
from tests.contract.expressions import queries, random_workspace

ZONE = ZoneInfo("Asia/Shanghai")
CANARY = "Kanarie-7f3"


async def sealed_store() -> tuple[SealedGraphStore, InMemoryGraphStore, InMemoryKeyVault]:
    below, vault = InMemoryGraphStore(ZONE), InMemoryKeyVault()
    store = SealedGraphStore(below, vault, timezone=ZONE)
    await store.migrate()
    return store, below, vault


@pytest.fixture(scope="module")
async def pair() -> tuple[InMemoryGraphStore, SealedGraphStore]:
    """The same random records, plain and sealed."""
    plain = InMemoryGraphStore(ZONE)
    sealed, _, _ = await sealed_store()
    await plain.commit(random_workspace())
    await sealed.commit(random_workspace())
    return plain, sealed


QUIET = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@QUIET
@given(query=queries(), offset=st.integers(0, 3))
async def test_finds_the_same(
    pair: tuple[InMemoryGraphStore, SealedGraphStore], query: e.Query, offset: int
) -> None:
    plain, sealed = pair
    expected = await plain.find(query, now=NOW, offset=offset, limit=9)
    page = await sealed.find(query, now=NOW, offset=offset, limit=9)
    assert page == expected


MEASURES = {
    "contact": ("contact.days_since_contact",),
    "ticket": ("ticket.csat", "ticket.age_hours"),
    "opportunity": ("opportunity.amount",),
    "account": ("account.employee_count",),
}


@QUIET
@given(query=queries(), agg=st.sampled_from(("count", "sum", "avg", "max", "min")))
async def test_measures_the_same(
    pair: tuple[InMemoryGraphStore, SealedGraphStore], query: e.Query, agg: e.Agg
) -> None:
    plain, sealed = pair
    measures = [e.Measure(agg="count")]
    measures += [e.Measure(agg=agg, field=f) for f in MEASURES[query.entity]]
    expected = await plain.measure(query, measures, now=NOW)
    assert await sealed.measure(query, measures, now=NOW) == expected


async def test_tells_the_same_words(pair: tuple[InMemoryGraphStore, SealedGraphStore]) -> None:
    plain, sealed = pair
    assert await sealed.enumerated_values() == await plain.enumerated_values()
    for kind, field in (("contact", "city"), ("contact", "tags"), ("ticket", "csat")):
        assert await sealed.values_in_use(kind, field) == await plain.values_in_use(kind, field)
    names = {n async for n in sealed.names()}
    assert names == {n async for n in plain.names()}


# -- random changes, undo included

REFS = ("contact:a", "contact:b", "lead:a", "interaction:a", "ticket:a", "account:a")
VALUES: dict[str, tuple[Value, ...]] = {
    "name": ("An", "Bo", None),
    "email": ("an@x.de", "bo@x.de", None),
    "phone": ("1", None),
    "title": ("CEO", None),
    "contact": ("a", "b", None),
    "text": ("hello", "bye", None),
    "tags": (("x",), ("x", "y"), None),
    "birthday": ("1990-01-01", "no date"),
    "industry": ("energy", None),
    "happened_at": ("2026-11-22T23:30:00Z", None),
    "sentiment": (0.5, -1, None),
    "nonsense": ("x",),
}
ORIGINS = (None, sample.CHAT, Origin(system="file", place="b.csv", row=7, observed_at=sample.AT))


@st.composite
def drafts(draw: st.DrawFn) -> tuple[str, str, dict[str, Value], Origin | None, tuple[str, ...]]:
    target = draw(st.sampled_from(REFS))
    known = WorkspaceSchema().kind(target.partition(":")[0]).fields
    names = [n for n in VALUES if n in known] * 5 + ["nonsense"]
    chosen = draw(st.lists(st.sampled_from(names), max_size=4, unique=True))
    values = {n: draw(st.sampled_from(VALUES[n])) for n in chosen}
    action = draw(st.sampled_from(("put", "put", "put", "drop", "undo", "stale")))
    kind = target.partition(":")[0]
    keys = draw(st.sampled_from(((), (), (f"crm|{kind}|1",), (f"crm|{kind}|2", f"x|{kind}|z"))))
    return action, target, values, draw(st.sampled_from(ORIGINS)), keys


async def _change(
    store: InMemoryGraphStore,
    draft: tuple[str, str, dict[str, Value], Origin | None, tuple[str, ...]],
) -> RecordChange | None:
    action, target, values, origin, keys = draft
    found = await store.get([ref(target)])
    if action == "drop":
        return delete(found[0]) if found else None
    if not found:
        return create(target, values, keys, origin)
    before = {n: found[0].get(n) for n in values}
    if action == "stale":
        before = dict.fromkeys(values, "stale")
    return update(target, before, values, keys, origin)


@settings(QUIET, max_examples=120)
@given(plan=st.lists(st.lists(drafts(), min_size=1, max_size=3), min_size=1, max_size=8))
async def test_changes_the_same(plan: Sequence[Sequence[object]]) -> None:
    plain = InMemoryGraphStore(ZONE)
    sealed, _, _ = await sealed_store()
    for number, group in enumerate(plan):
        made = [await _change(plain, draft) for draft in group]  # type: ignore[arg-type]
        changes = [c for c in made if c is not None]
        latest = await plain.history(limit=1)
        if any(draft[0] == "undo" for draft in group) and latest:  # type: ignore[index]
            change_set = undo(await plain.change_set(latest[0].id), f"c{number}")
        else:
            change_set = changes_of(f"c{number}", *changes)
        assert await _outcome(sealed, change_set) == await _outcome(plain, change_set)
        await _same(plain, sealed)


async def _outcome(store: object, change_set: object) -> str:
    try:
        await store.commit(change_set)  # type: ignore[attr-defined]
    except CrmError:  # which of several errors comes first may differ
        return "refused"
    return "done"


async def _same(plain: InMemoryGraphStore, sealed: SealedGraphStore) -> None:
    refs = [ref(name) for name in REFS]
    expected, found = await plain.get(refs), await sealed.get(refs)
    assert [r.ref for r in found] == [r.ref for r in expected]
    for one, other in zip(found, expected, strict=True):
        assert one.values == other.values
        assert (one.version, one.source_keys) == (other.version, other.source_keys)
        assert [one.origin_of(n) for n in one.values] == [other.origin_of(n) for n in one.values]
    logs = await plain.history(limit=99), await sealed.history(limit=99)
    for entry, other_entry in zip(*logs, strict=True):
        for change, logged in zip(entry.changes, other_entry.changes, strict=True):
            assert logged.action == change.action
            assert _known(logged.before) == _known(change.before)
            assert _known(logged.after) == _known(change.after)
            if change.action is Action.DELETE:
                assert logged.replaced_source_keys == change.replaced_source_keys


def _known(values: object) -> dict[str, Value]:
    return {n: v for n, v in dict(values).items() if v not in {None, "", ()}}  # type: ignore[call-overload]


# -- nothing in the clear


async def test_nothing_personal_below() -> None:
    store, below, vault = await sealed_store()
    spec = FieldSpec(kind="contact", name="Schuhgröße", type=FieldType.TEXT, label="x")
    await store.save_schema(WorkspaceSchema().with_fields([spec]))
    person: dict[str, Value] = {
        "name": CANARY, "aliases": (CANARY,), "email": f"{CANARY}@x.de", "phone": CANARY,
        "city": CANARY, "notes": CANARY, "title": CANARY, "Schuhgröße": CANARY, "tags": (CANARY,),
    }  # fmt: skip
    await store.commit(
        changes_of(
            "c1",
            create("contact:c1", person, [f"crm|contact|{CANARY}"]),
            create("interaction:i1", {"contact": "c1", "text": CANARY, "name": CANARY}),
            create("ticket:t1", {"contact": "c1", "name": "help", "text": CANARY}),
        )
    )
    await store.commit(
        replace(
            changes_of("c2", update("contact:c1", {"city": CANARY}, {"city": f"{CANARY}2"})),
            reason=f"move {CANARY}",
        )
    )
    letting_go = update("interaction:i1", {"contact": "c1"}, {"contact": None})
    letting_go_too = update("ticket:t1", {"contact": "c1"}, {"contact": None})
    (contact,) = await store.get([ref("contact:c1")])
    await store.commit(changes_of("c3", letting_go, letting_go_too, delete(contact)))
    kept = [below.snapshot(), await below.history(limit=9), await below.enumerated_values()]
    assert CANARY not in repr(kept)
    (interaction,) = await store.get([ref("interaction:i1")])
    assert interaction.get("text") == CANARY
    logged = await store.change_set("c2")
    assert (logged.reason, logged.changes[0].title) == (f"move {CANARY}", CANARY)
    await vault.erase(["change:c2", "contact:c1"])
    logged = await store.change_set("c2")
    assert (logged.reason, logged.changes[0].title) == ("", "c1")


async def test_a_text_about_two_people_outlives_one() -> None:
    store, _, vault = await sealed_store()
    await store.commit(
        changes_of(
            "c1",
            create("contact:c1", {"name": "A"}),
            create("lead:l1", {"name": "B"}),
            create("interaction:i1", {"contact": "c1", "lead": "l1", "text": "both"}),
        )
    )
    await vault.erase(["contact:c1"])
    store.forget()
    contact, interaction = await store.get([ref("contact:c1"), ref("interaction:i1")])
    assert dict(contact.values) == {}
    assert interaction.get("text") == "both"
    await vault.erase(["lead:l1"])
    store.forget()
    (interaction,) = await store.get([ref("interaction:i1")])
    assert "text" not in interaction.values
    with pytest.raises(CrmError):
        await store.commit(changes_of("c2", update("contact:c1", {}, {"name": "back"})))


async def test_finds_what_another_store_has_written() -> None:
    below, vault = InMemoryGraphStore(ZONE), InMemoryKeyVault()
    one, other = (SealedGraphStore(below, vault, timezone=ZONE) for _ in range(2))
    await one.migrate()
    named = e.Query(
        entity="contact", condition=e.Compare(op="eq", term=e.Field(id="contact.name"), value="A")
    )
    assert (await one.find(named, now=NOW)).total == 0
    await other.commit(changes_of("c1", create("contact:c1", {"name": "A"})))
    assert (await one.find(named, now=NOW)).total == 1
    for number in range(30):
        await other.commit(changes_of(f"n{number}", create(f"contact:n{number}", {"name": "A"})))
    assert (await one.find(named, now=NOW)).total == 31
    (contact,) = await other.get([ref("contact:c1")])
    await other.commit(changes_of("d1", delete(contact)))
    assert (await one.find(named, now=NOW)).total == 30


async def test_two_writers_of_one_person() -> None:
    store, _, _ = await sealed_store()
    await store.commit(changes_of("c1", create("contact:c1", {"name": "A", "title": "x"})))
    results = await asyncio.gather(
        store.commit(changes_of("c2", update("contact:c1", {"title": "x"}, {"title": "y"}))),
        store.commit(changes_of("c3", update("contact:c1", {"phone": None}, {"phone": "1"}))),
        store.commit(changes_of("c4", update("contact:c1", {"title": "x"}, {"title": "z"}))),
        return_exceptions=True,
    )
    assert [type(r) for r in results].count(ConflictError) == 1
    (record,) = await store.get([ref("contact:c1")])
    assert (record.get("phone"), record.version) == ("1", 3)


async def test_source_keys_are_blind() -> None:
    store, below, _ = await sealed_store()
    key = "crm|contact|anna@x.de"
    await store.commit(changes_of("c1", create("contact:c1", {"name": "A"}, [key])))
    await store.commit(changes_of("c2", create("contact:c2", {"name": "B"})))
    assert await store.by_source_key([key, "none"]) == {key: ref("contact:c1")}
    assert await below.by_source_key([key]) == {}
    await store.commit(changes_of("m1", update("contact:c2", {}, {}, keys=[key])))
    assert await store.by_source_key([key]) == {key: ref("contact:c2")}
    loser, taker = await store.get([ref("contact:c1"), ref("contact:c2")])
    assert (loser.source_keys, taker.source_keys) == ((), (key,))
