"""Numbers over withheld values: no way of asking tells of fewer than five people."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from knowledge_graph.aggregates import GroupsInMemory
from knowledge_graph.errors import WithheldError
from knowledge_graph.expression.nodes import Compare, Field, Measure, Query, Sort
from knowledge_graph.graph import Grounds, KnowledgeGraph
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.ontology.record import Value
from knowledge_graph.policy import RolePolicy
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from knowledge_graph.testing.sample import changes_of, create

NOW = datetime(2026, 3, 10, tzinfo=UTC)
MAX = Access(actor=Actor(role=Role.MANAGER, id="max@x"), at="2026-03-10T00:00:00Z")
PEOPLE = 20
SILENT = range(1, 9)
"""Contacts of whom no rate is known."""


def records() -> Mapping[str, dict[str, Value]]:
    found: dict[str, dict[str, Value]] = {"account:a": {"name": "Acme"}}
    for i in range(PEOPLE):
        rate: Value = None if i in SILENT else i / 100
        found[f"contact:c{i:02}"] = {"name": f"P{i:02}", "account": "a", "email_open_rate": rate}
    for i in range(12):
        found[f"ticket:t{i:02}"] = {
            "name": f"T{i:02}",
            "contact": f"c{i % 6:02}",
            "csat": 1 + i % 5,
        }
    return found


class SlowGroups(GroupsInMemory):
    """Lets others go first between reading and keeping, as a file does."""

    async def earlier(self, actor: str, field: str) -> Sequence[frozenset[str]]:
        found = await super().earlier(actor, field)
        await asyncio.sleep(0)
        return found


@pytest.fixture
async def graph() -> KnowledgeGraph:
    store = InMemoryGraphStore()
    known = {
        k: {n: v for n, v in values.items() if v is not None} for k, values in records().items()
    }
    await store.commit(changes_of("start", *(create(k, values) for k, values in known.items())))
    return KnowledgeGraph(store, RolePolicy(), Grounds(groups=SlowGroups()))


async def number(
    graph: KnowledgeGraph, query: Query, field: str = "email_open_rate", access: Access = MAX
) -> float | None:
    measure = Measure(agg="sum", field=field)
    return (await graph.measure(query, (measure,), access, now=NOW))[measure]


def after(entity: str, name: str) -> Query:
    return Query(
        entity=entity, condition=Compare(op="ne", term=Field(id=f"{entity}.name"), value=name)
    )


async def test_a_number_over_enough_people_is_told(graph: KnowledgeGraph) -> None:
    assert await number(graph, Query(entity="contact")) == pytest.approx(1.54)
    assert await number(graph, Query(entity="contact")) == pytest.approx(1.54)


async def test_a_group_without_one_of_them_is_refused(graph: KnowledgeGraph) -> None:
    await number(graph, Query(entity="contact"))
    with pytest.raises(WithheldError):
        await number(graph, after("contact", "P12"))


async def test_only_those_within_the_limit_count(graph: KnowledgeGraph) -> None:
    # of the first nine, one has a rate: the sum would be that one's own
    with pytest.raises(WithheldError):
        await number(graph, Query(entity="contact", limit=9))


async def test_the_order_decides_who_is_within_the_limit(graph: KnowledgeGraph) -> None:
    last = (Sort(term=Field(id="contact.name"), descending=True),)
    await number(graph, Query(entity="contact", sort=last, limit=7))
    with pytest.raises(WithheldError):
        await number(graph, Query(entity="contact", sort=last, limit=6))
    await number(graph, Query(entity="contact", limit=PEOPLE))  # five more than the last seven


async def test_the_same_people_by_other_records_are_another_group(graph: KnowledgeGraph) -> None:
    assert await number(graph, Query(entity="ticket"), "csat") == 33
    with pytest.raises(WithheldError):  # the difference would be what one person said of T07
        await number(graph, after("ticket", "T07"), "csat")
    assert await number(graph, Query(entity="ticket"), "csat") == 33


async def test_of_two_asked_at_once_one_is_refused(graph: KnowledgeGraph) -> None:
    asked = (number(graph, Query(entity="contact")), number(graph, after("contact", "P12")))
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(answer, WithheldError) for answer in told) == 1


async def test_groups_of_another_person_are_his_own(graph: KnowledgeGraph) -> None:
    await number(graph, Query(entity="contact"))
    other = replace(MAX, actor=Actor(role=Role.MANAGER, id="mia@x"))
    assert await number(graph, after("contact", "P12"), access=other) == pytest.approx(1.42)
