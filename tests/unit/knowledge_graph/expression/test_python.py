from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from knowledge_graph.expression import nodes as e
from knowledge_graph.expression.periods import TimeFrame
from knowledge_graph.expression.python import Row, aggregate, change, predicate
from knowledge_graph.expression.resolve import Resolver
from knowledge_graph.ontology.schema import WorkspaceSchema

FRAME = TimeFrame(now=datetime(2026, 11, 23, 9, tzinfo=UTC))


class NoFacts:
    """Facts for plans that read only the row itself."""

    def record(self, kind: str, record_id: str) -> Row | None:
        return None

    def related(self, kind: str, reference: str, record_id: str) -> Iterable[Row]:
        return ()


def holds(condition: e.Condition, row: Row) -> bool:
    resolver = Resolver(schema=WorkspaceSchema(), kind="account", frame=FRAME)
    return predicate(resolver.condition(condition), NoFacts())({"id": "a", **row})


def test_unknown_satisfies_no_comparison() -> None:
    industry = e.Field(id="account.industry")
    for row in ({}, {"industry": None}, {"industry": ""}):
        assert not holds(e.Compare(op="eq", term=industry, value="x"), row)
        assert not holds(e.Compare(op="ne", term=industry, value="x"), row)
        assert holds(e.Not(arg=e.Compare(op="ne", term=industry, value="x")), row)
        assert not holds(e.Known(term=industry), row)


def test_true_is_no_number() -> None:
    count = e.Field(id="account.employee_count")
    assert not holds(e.Compare(op="eq", term=count, value=1), {"employee_count": True})


@pytest.mark.parametrize(("n", "expected"), [(0, True), (1, True), (2, False)])
def test_at_least(n: int, expected: bool) -> None:
    args = (e.Known(term=e.Field(id="account.name")), e.Known(term=e.Field(id="account.city")))
    assert holds(e.AtLeast(n=n, args=args), {"name": "x"}) is expected


def test_numbers_over_nothing() -> None:
    assert aggregate("count", [], None) == 0
    assert aggregate("sum", [], lambda row: row["x"]) == 0
    assert aggregate("avg", [], lambda row: row["x"]) is None
    assert aggregate("max", [{"x": None}], lambda row: row["x"]) is None


def test_change_from_nothing_is_unknown() -> None:
    assert change(5, 0) is None
    assert change(None, 5) is None
    assert change(-5, -10) == 0.5
