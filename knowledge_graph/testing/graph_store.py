"""The contract of `GraphStore`: subclass it in a test module and give a fixture `graph_store`.

The fixture is a migrated, empty store. The suite needs pytest with asyncio in auto mode.
"""

from __future__ import annotations

import asyncio

from knowledge_graph.errors import (
    ConflictError,
    CrmError,
    InvalidValueError,
    NotFoundError,
    UnknownFieldError,
)
from knowledge_graph.ontology.record import Value
from knowledge_graph.ports import Edge, GraphStore
from knowledge_graph.testing import sample
from knowledge_graph.testing.graph_store_reads import GraphStoreReads, fails
from knowledge_graph.testing.sample import changes_of, create, delete, ref, update


class GraphStoreWrites:
    """Commits: all or nothing, against what stands."""

    async def test_migrates_twice(self, graph_store: GraphStore) -> None:
        """Migrating again changes nothing."""
        assert await graph_store.migrate() == await graph_store.migrate()

    async def test_creates_and_reads_back(self, graph_store: GraphStore) -> None:
        """What was written is read, with origin, keys and version, in the order asked for."""
        await graph_store.commit(sample.workspace())
        refs = [ref("account:a2"), ref("account:none"), ref("account:a1")]
        second, first = await graph_store.get(refs)
        assert (second.id, first.id) == ("a2", "a1")
        assert first.values["services"] == ("remote_diagnosis", "training")
        assert first.values["health_score"] == 59.5
        assert first.origin_of("name") == sample.ORIGIN
        assert first.source_keys == ("salesforce|account|001",)
        assert (first.version, first.created_at) == (1, sample.AT)

    async def test_updates_and_clears(self, graph_store: GraphStore) -> None:
        """New values get their origin, others keep theirs; None clears."""
        await graph_store.commit(sample.workspace())
        change = update(
            "account:a1",
            {"industry": "energy", "owner": "e1", "employee_count": 300},
            {"industry": "machinery", "owner": None, "employee_count": 301},
            origin=sample.CHAT,
        )
        await graph_store.commit(changes_of("c1", change))
        (record,) = await graph_store.get([ref("account:a1")])
        assert record.get("industry") == "machinery"
        assert "owner" not in record.values
        assert record.version == 2
        assert record.origin_of("industry") == sample.CHAT
        assert record.origin_of("name") == sample.ORIGIN

    async def test_refuses_what_has_changed(self, graph_store: GraphStore) -> None:
        """One stale change, and nothing of the set is written."""
        await graph_store.commit(sample.workspace())
        await fails(
            ConflictError,
            graph_store.commit(
                changes_of(
                    "c1",
                    create("account:new", {"name": "New"}),
                    update("account:a1", {"industry": "stale"}, {"industry": "x"}),
                )
            ),
        )
        assert await graph_store.get([ref("account:new")]) == ()
        await fails(NotFoundError, graph_store.change_set("c1"))
        assert "x" not in (await graph_store.enumerated_values())["account.industry"]

    async def test_refuses_missing_and_existing(self, graph_store: GraphStore) -> None:
        """No update of nothing, no second creation."""
        await graph_store.commit(sample.workspace())
        gone = update("account:zz", {"name": None}, {"name": "x"})
        await fails(ConflictError, graph_store.commit(changes_of("c1", gone)))
        again = create("account:a1", {"name": "x"})
        await fails(ConflictError, graph_store.commit(changes_of("c2", again)))

    async def test_refuses_bad_values(self, graph_store: GraphStore) -> None:
        """Unknown fields, wrong types, computed fields and dangling references."""
        await graph_store.commit(sample.workspace())
        cases: tuple[tuple[dict[str, Value], type[CrmError]], ...] = (
            ({"name": "x", "nonsense": "y"}, UnknownFieldError),
            ({"name": "x", "employee_count": "many"}, InvalidValueError),
            ({"name": "x", "employee_count": 2**70}, InvalidValueError),
            ({"name": "x", "health_score": float("nan")}, InvalidValueError),
            ({"name": "x", "created_on": "2026-02-30"}, InvalidValueError),
            ({"name": "x", "days_since_contact": 3}, InvalidValueError),
            ({"name": "\ud800"}, InvalidValueError),
            ({"name": "x", "owner": "nobody"}, InvalidValueError),
        )
        for number, (values, error) in enumerate(cases):
            bad = changes_of(f"bad{number}", create("account:b", values))
            await fails(error, graph_store.commit(bad))
        assert await graph_store.get([ref("account:b")]) == ()

    async def test_commits_once(self, graph_store: GraphStore) -> None:
        """A commit whose acknowledgement was lost may come again."""
        await graph_store.commit(sample.workspace())
        await graph_store.commit(sample.workspace())
        (record,) = await graph_store.get([ref("account:a1")])
        assert record.version == 1

    async def test_one_of_many_wins(self, graph_store: GraphStore) -> None:
        """Of concurrent commits on the same state exactly one is written."""
        await graph_store.commit(sample.workspace())
        attempts = [
            graph_store.commit(
                changes_of(
                    f"race{i}", update("account:a1", {"industry": "energy"}, {"industry": f"v{i}"})
                )
            )
            for i in range(8)
        ]
        results = await asyncio.gather(*attempts, return_exceptions=True)
        assert [r for r in results if r is None] == [None]
        assert all(isinstance(r, ConflictError) for r in results if r is not None)
        (record,) = await graph_store.get([ref("account:a1")])
        assert record.version == 2

    async def test_deletion_needs_cleared_references(self, graph_store: GraphStore) -> None:
        """A record that others point to stays until they let go, in the same set or before."""
        await graph_store.commit(sample.workspace())
        (contact,) = await graph_store.get([ref("contact:c1")])
        await fails(ConflictError, graph_store.commit(changes_of("d1", delete(contact))))
        edges = await graph_store.references_to([contact.ref])
        assert edges == (Edge(source=ref("interaction:i1"), field="contact", target=contact.ref),)
        letting_go = update("interaction:i1", {"contact": "c1"}, {"contact": None})
        await graph_store.commit(changes_of("d2", letting_go, delete(contact)))
        assert await graph_store.get([contact.ref]) == ()
        back = create("interaction:i9", {"contact": "c1"})
        await fails(InvalidValueError, graph_store.commit(changes_of("d3", back)))

    async def test_one_set_may_build_up(self, graph_store: GraphStore) -> None:
        """Later changes of a set see earlier ones; new records may point to each other."""
        await graph_store.commit(
            changes_of(
                "c1",
                create("lead:l1", {"name": "X", "owner": "e9"}),
                create("employee:e9", {"name": "New"}),
                update("lead:l1", {"name": "X"}, {"name": "Y"}),
            )
        )
        (record,) = await graph_store.get([ref("lead:l1")])
        assert (record.get("name"), record.get("owner")) == ("Y", "e9")


class GraphStoreLog:
    """The change log and what it allows to take back."""

    async def test_keeps_change_sets(self, graph_store: GraphStore) -> None:
        """A change set comes back whole, long ones too."""
        many = [create(f"product:p{i}", {"name": f"P{i}", "price": i}) for i in range(600)]
        await graph_store.commit(changes_of("many", *many))
        logged = await graph_store.change_set("many")
        assert len(logged.changes) == 600
        assert logged.changes[599].after == {"name": "P599", "price": 599}
        (short,) = await graph_store.history()
        assert len(short.changes) == 50

    async def test_undo_restores_all(self, graph_store: GraphStore) -> None:
        """Undoing an update and a deletion gives values, origins and source keys back."""
        await graph_store.commit(sample.workspace())
        (before,) = await graph_store.get([ref("account:a1")])
        change = update(
            "account:a1",
            {"industry": "energy", "tags": ()},
            {"industry": "x", "tags": ("t",)},
            keys=["salesforce|account|001", "file|account|7"],
            origin=sample.CHAT,
        )
        await graph_store.commit(changes_of("u1", change))
        await graph_store.commit(sample.undo(await graph_store.change_set("u1"), "u2"))
        (after,) = await graph_store.get([ref("account:a1")])
        assert after.values == before.values
        assert after.source_keys == before.source_keys
        assert after.origin_of("industry") == sample.ORIGIN
        assert await graph_store.by_source_key(["file|account|7"]) == {}

    async def test_undo_of_deletion(self, graph_store: GraphStore) -> None:
        """The log keeps a deleted record whole, whatever the change said."""
        await graph_store.commit(sample.workspace())
        (order,) = await graph_store.get([ref("order:r3")])
        gone = update("order:r3", {"amount": 1000}, {"amount": 999}, origin=sample.CHAT)
        await graph_store.commit(changes_of("u0", gone))
        (order,) = await graph_store.get([ref("order:r3")])
        await graph_store.commit(changes_of("d1", delete(order)))
        await graph_store.commit(sample.undo(await graph_store.change_set("d1"), "d2"))
        (again,) = await graph_store.get([ref("order:r3")])
        assert again.values == order.values
        assert again.origins == order.origins

    async def test_history(self, graph_store: GraphStore) -> None:
        """By record (deleted ones too), by actor, newest first."""
        await graph_store.commit(sample.workspace())
        first = update("order:r3", {"amount": 1000}, {"amount": 1})
        await graph_store.commit(changes_of("h1", first, actor="manager:m"))
        (order,) = await graph_store.get([ref("order:r3")])
        await graph_store.commit(changes_of("h2", delete(order)))
        history = await graph_store.history(ref=order.ref)
        assert [entry.id for entry in history] == ["h2", "h1", "sample"]
        assert [c.ref for c in history[2].changes] == [order.ref]
        assert [entry.id for entry in await graph_store.history(actor="manager:m")] == ["h1"]
        assert [entry.id for entry in await graph_store.history(limit=2)] == ["h2", "h1"]
        back = create("order:r3", {"amount": 5})
        await graph_store.commit(changes_of("h3", back))
        assert (await graph_store.history(ref=order.ref))[0].id == "h3"

    async def test_tells_all_reasons(self, graph_store: GraphStore) -> None:
        """Every change set once, with the words it was made with."""
        await graph_store.commit(sample.workspace())
        await graph_store.commit(changes_of("r1", create("product:p9", {"name": "P"})))
        found = {pair async for pair in graph_store.reasons()}
        assert found == {("sample", "reason of sample"), ("r1", "reason of r1")}

    async def test_source_keys_move(self, graph_store: GraphStore) -> None:
        """An outside record stands for one of ours: a merge moves it, its undo moves it back."""
        await graph_store.commit(sample.workspace())
        key = "salesforce|account|001"
        assert await graph_store.by_source_key([key, "none"]) == {key: ref("account:a1")}
        taking = update("account:a2", {}, {}, keys=[key])
        await graph_store.commit(changes_of("m1", taking))
        assert await graph_store.by_source_key([key]) == {key: ref("account:a2")}
        (loser,) = await graph_store.get([ref("account:a1")])
        assert loser.source_keys == ()


class GraphStoreContract(GraphStoreWrites, GraphStoreLog, GraphStoreReads):
    """Everything that a graph store promises."""
