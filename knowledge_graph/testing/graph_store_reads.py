"""The reading half of the contract of `GraphStore` (graph_store.py joins both halves)."""

from __future__ import annotations

from collections.abc import Coroutine

from knowledge_graph.errors import (
    BadInputError,
    CrmError,
    NotFoundError,
    UnknownFieldError,
)
from knowledge_graph.expression import nodes as e
from knowledge_graph.ontology.fields import FieldSpec, FieldType
from knowledge_graph.ontology.schema import WorkspaceSchema
from knowledge_graph.ports import Edge, GraphStore
from knowledge_graph.testing import sample
from knowledge_graph.testing.sample import changes_of, create, ref, update


async def fails(with_: type[CrmError], work: Coroutine[object, object, object]) -> CrmError:
    """Return the error that a call raises; anything else fails the test."""
    try:
        await work
    except with_ as error:
        return error
    raise AssertionError(f"{with_.__name__} was expected")


async def found(store: GraphStore, entity: str, condition: e.Condition | None = None) -> list[str]:
    """Return the ids of the records that satisfy a condition."""
    page = await store.find(e.Query(entity=entity, condition=condition), now=sample.NOW)
    assert page.total == len(page.records)
    return [r.id for r in page.records]


def field(name: str) -> e.Field:
    """Return a field term."""
    return e.Field(id=name)


class GraphStoreReads:
    """Queries, numbers, names, values, neighbourhoods."""

    async def test_comparisons(self, graph_store: GraphStore) -> None:
        """Every operator; unknown satisfies none."""
        await graph_store.commit(sample.workspace())
        count, industry = field("customer.employee_count"), field("account.industry")
        for condition, ids in (
            (None, ["a1", "a2", "a3"]),
            (e.Compare(op="eq", term=industry, value="光伏制造"), ["a2"]),
            (e.Compare(op="ne", term=industry, value="光伏制造"), ["a1"]),
            (e.Not(arg=e.Compare(op="eq", term=industry, value="光伏制造")), ["a1", "a3"]),
            (e.Compare(op="gt", term=count, value=300), ["a2"]),
            (e.Compare(op="ge", term=count, value=300), ["a1", "a2"]),
            (e.Compare(op="lt", term=count, value=300.5), ["a1"]),
            (e.Compare(op="le", term=count, value=299), []),
            (e.In(term=industry, values=("energy", "x")), ["a1"]),
            (e.Has(term=field("account.services"), value="training"), ["a1"]),
            (e.Text(mode="contains", term=field("account.name"), value="绿"), ["a2"]),
            (e.Text(mode="starts", term=field("account.name"), value="SIE"), ["a1"]),
            (e.Text(mode="ends", term=field("account.name"), value="gmbh"), ["a3"]),
            (e.Text(mode="contains", term=field("account.aliases"), value="门"), ["a1"]),
            (e.Known(term=industry), ["a1", "a2"]),
            (e.Compare(op="eq", term=field("account.id"), value="a2"), ["a2"]),
            (e.AtLeast(n=1, args=(e.Known(term=count), e.Known(term=industry))), ["a1", "a2"]),
            (e.Or(args=()), []),
            (e.And(args=()), ["a1", "a2", "a3"]),
        ):
            assert await found(graph_store, "customer", condition) == ids, condition

    async def test_times(self, graph_store: GraphStore) -> None:
        """Dates, instants, windows and derived days."""
        await graph_store.commit(sample.workspace())
        contact, silent = field("account.last_contact_date"), field("account.days_since_contact")
        week = e.Rolling(n=7, unit="day")
        assert await found(graph_store, "account", e.During(term=contact, window=week)) == ["a2"]
        for op, days, ids in (
            ("gt", 52, ["a1"]),
            ("ge", 53, ["a1"]),
            ("gt", 53, []),
            ("le", 3, ["a2"]),
        ):
            condition = e.Compare(op=op, term=silent, value=days)  # type: ignore[arg-type]  # from the table above
            assert await found(graph_store, "account", condition) == ids
        happened = field("interaction.happened_at")
        yesterday = e.Moment(n=-1, unit="day")
        condition = e.Compare(op="eq", term=happened, value=yesterday)
        assert await found(graph_store, "interaction", condition) == ["i1"]
        soon = e.Compare(
            op="le", term=field("opportunity.close_date"), value=e.Moment(n=2, unit="week")
        )
        assert await found(graph_store, "opportunity", soon) == ["o1"]

    async def test_references(self, graph_store: GraphStore) -> None:
        """Fields of records that are pointed to, over one reference and two."""
        await graph_store.commit(sample.workspace())
        name = e.Compare(op="eq", term=field("employee.name"), value="Raj Patel")
        assert await found(graph_store, "opportunity", name) == ["o1", "o2"]
        owner = e.Compare(op="eq", term=field("account.owner"), value="e2")
        assert await found(graph_store, "contact", owner) == ["c2"]
        both = e.And(args=(
            e.Compare(op="eq", term=field("account.industry"), value="energy"),
            e.Not(arg=e.Compare(op="eq", term=field("account.name"), value="x")),
        ))  # fmt: skip
        assert await found(graph_store, "order", both) == ["r1", "r2"]
        stage = e.Compare(op="lt", term=field("opportunity.stage"), value="won")
        assert await found(graph_store, "opportunity", stage) == ["o1"]
        text = e.Text(mode="contains", term=field("contact.account"), value="siemens")
        assert await found(graph_store, "contact", text) == ["c1"]
        await fails(
            UnknownFieldError,
            graph_store.find(e.Query(entity="account", condition=e.Known(term=field("order.amount"))),
                             now=sample.NOW),
        )  # fmt: skip

    async def test_aggregates(self, graph_store: GraphStore) -> None:
        """Numbers over the records that point to the subject."""
        await graph_store.commit(sample.workspace())
        recent = e.Rolling(n=3, unit="month")
        spent = e.Aggregate(agg="sum", over="order", field="order.amount", window=recent)
        every = e.Aggregate(agg="count", over="order")
        most = e.Aggregate(agg="max", over="order", field="order.amount")
        mean = e.Aggregate(agg="avg", over="order", field="order.amount")
        for condition, ids in (
            (e.Compare(op="ge", term=spent, value=100), ["a1", "a2"]),
            (e.Compare(op="gt", term=spent, value=100), ["a2"]),
            (e.Compare(op="eq", term=spent, value=0), ["a3"]),
            (e.Compare(op="eq", term=every, value=0), ["a3"]),
            (e.Compare(op="ge", term=every, value=2), ["a1"]),
            (e.Compare(op="lt", term=most, value=1000), ["a1"]),
            (e.Compare(op="gt", term=mean, value=175), ["a1", "a2"]),
            (e.Known(term=mean), ["a1", "a2"]),
        ):
            assert await found(graph_store, "account", condition) == ids, condition

    async def test_order_and_pages(self, graph_store: GraphStore) -> None:
        """Unknown values last in both directions, ties by id; limits and pages agree."""
        await graph_store.commit(sample.workspace())

        async def ids(name: str, *, down: bool) -> list[str]:
            query = e.Query(entity="account", sort=(e.Sort(term=field(name), descending=down),))
            page = await graph_store.find(query, now=sample.NOW)
            return [r.id for r in page.records]

        assert await ids("account.employee_count", down=False) == ["a1", "a2", "a3"]
        assert await ids("account.employee_count", down=True) == ["a2", "a1", "a3"]
        assert await ids("account.days_since_contact", down=True) == ["a1", "a2", "a3"]
        assert await ids("account.owner", down=False) == ["a1", "a2", "a3"]
        page = await graph_store.find(e.Query(entity="account"), now=sample.NOW, offset=1, limit=1)
        assert ([r.id for r in page.records], page.total) == (["a2"], 3)
        page = await graph_store.find(e.Query(entity="account", limit=2), now=sample.NOW, offset=1)
        assert ([r.id for r in page.records], page.total) == (["a2"], 2)

    async def test_measures(self, graph_store: GraphStore) -> None:
        """Numbers over the records of a query."""
        await graph_store.commit(sample.workspace())
        count = e.Measure(agg="count")
        total = e.Measure(agg="sum", field="opportunity.amount")
        best = e.Measure(agg="max", field="opportunity.amount")
        everything = e.Query(entity="opportunity")
        result = await graph_store.measure(everything, [count, total, best], now=sample.NOW)
        assert result == {count: 2, total: 500001.5, best: 500000}
        nothing = e.Query(entity="opportunity", condition=e.Or(args=()))
        result = await graph_store.measure(nothing, [count, total, best], now=sample.NOW)
        assert result == {count: 0, total: 0, best: None}
        silent = e.Measure(agg="avg", field="account.days_since_contact")
        result = await graph_store.measure(e.Query(entity="account"), [silent], now=sample.NOW)
        assert result == {silent: 28.0}
        top = e.Query(
            entity="opportunity", limit=1, sort=(e.Sort(term=field("opportunity.amount")),)
        )
        assert await graph_store.measure(top, [total], now=sample.NOW) == {total: 1.5}

    async def test_names_and_values(self, graph_store: GraphStore) -> None:
        """Names for the linker, values for the vocabulary."""
        await graph_store.commit(sample.workspace())
        names = {(n.name, str(n.ref), n.field) async for n in graph_store.names()}
        assert ("西门子", "account:a1", "aliases") in names
        assert ("raj@example.com", "employee:e1", "email") in names
        assert {ref async for ref in graph_store.names("2026-11-24T00:00:00Z")} == set()
        assert await graph_store.values_in_use("account", "industry") == (
            ("energy", 1),
            ("光伏制造", 1),
        )
        services = await graph_store.values_in_use("account", "services")
        assert services == (("remote_diagnosis", 1), ("spare_parts", 1), ("training", 1))
        held = await graph_store.enumerated_values()
        assert held["opportunity.stage"] == ("negotiation", "won")
        assert held["account.services"] == ("remote_diagnosis", "spare_parts", "training")

    async def test_neighbourhood(self, graph_store: GraphStore) -> None:
        """What is connected, nearest first, with the edges between."""
        await graph_store.commit(sample.workspace())
        near = await graph_store.neighbourhood(ref("contact:c1"))
        assert {str(r.ref) for r in near.records} == {"account:a1", "interaction:i1"}
        assert (
            Edge(source=ref("interaction:i1"), field="account", target=ref("account:a1"))
            in near.edges
        )
        wide = await graph_store.neighbourhood(ref("contact:c1"), hops=2)
        assert {"order:r1", "employee:e1", "account:a3"} <= {str(r.ref) for r in wide.records}
        few = await graph_store.neighbourhood(ref("contact:c1"), hops=2, limit=3)
        assert len(few.records) == 3
        await fails(NotFoundError, graph_store.neighbourhood(ref("contact:none")))

    async def test_edges_follow_references(self, graph_store: GraphStore) -> None:
        """A changed reference leads to the new record and not to the old one."""
        await graph_store.commit(sample.workspace())
        moved = update("contact:c1", {"account": "a1"}, {"account": "a2"})
        await graph_store.commit(changes_of("c1", moved))
        near = await graph_store.neighbourhood(ref("contact:c1"))
        assert {str(r.ref) for r in near.records} == {"account:a2", "interaction:i1"}
        industry = e.Compare(op="eq", term=field("account.industry"), value="energy")
        assert await found(graph_store, "contact", industry) == []

    async def test_custom_fields(self, graph_store: GraphStore) -> None:
        """A workspace's own fields, with names in any script, are stored and asked about."""
        specs = [
            FieldSpec(kind="account", name="楼层", type=FieldType.INTEGER, label="楼层 (F)"),
            FieldSpec(kind="account", name="version", type=FieldType.ENUM, values=("v1", "v2")),
            FieldSpec(kind="account", name="partner", type=FieldType.REFERENCE, target="lead"),
        ]
        await graph_store.save_schema(WorkspaceSchema().with_fields(specs))
        schema = await graph_store.schema()
        assert schema.field("account", "楼层").label == "楼层 (F)"
        assert schema.field("account", "version").custom
        await graph_store.commit(
            changes_of(
                "c1",
                create("lead:l1", {"name": "L"}),
                create("account:a1", {"name": "A", "楼层": 3, "version": "v2", "partner": "l1"}),
            )
        )
        floor = e.Compare(op="ge", term=field("account.楼层"), value=3)
        assert await found(graph_store, "account", floor) == ["a1"]
        own = e.Compare(op="eq", term=field("account.version"), value="v2")
        assert await found(graph_store, "account", own) == ["a1"]
        lead = e.Compare(op="eq", term=field("lead.name"), value="L")
        assert await found(graph_store, "account", lead) == ["a1"]
        bad = FieldSpec(kind="account", name="id", type=FieldType.TEXT)
        await fails(BadInputError, graph_store.save_schema(WorkspaceSchema((bad,))))

    async def test_text_is_data(self, graph_store: GraphStore) -> None:
        """Nothing that a user types becomes part of a statement."""
        await graph_store.commit(sample.workspace())
        for evil in ("') DETACH DELETE n //", "` OR 1=1", "$p0", "\\", '"', "{}", "<label>", "\n;"):
            await graph_store.commit(
                changes_of(f"e{evil}", create(f"product:{evil}", {"name": evil, "category": evil}))
            )
            same = e.Compare(op="eq", term=field("product.name"), value=evil)
            assert await found(graph_store, "product", same) == [evil]
            part = e.Text(mode="contains", term=field("product.name"), value=evil)
            assert evil in await found(graph_store, "product", part)
            await graph_store.history(ref=ref(f"product:{evil}"))
        assert len(await found(graph_store, "account")) == 3
