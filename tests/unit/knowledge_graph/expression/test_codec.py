from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.expression import codec
from knowledge_graph.expression import nodes as e
from tests.contract.expressions import TERMS, conditions, queries

any_condition = st.sampled_from(sorted(TERMS)).flatmap(conditions)


@settings(max_examples=40, deadline=None)
@given(any_condition)
def test_condition_survives_json(condition: e.Condition) -> None:
    text = codec.canonical(codec.to_json(condition))
    assert codec.from_json(json.loads(text)) == condition


@settings(max_examples=40, deadline=None)
@given(queries())
def test_query_survives_json(query: e.Query) -> None:
    assert codec.query_from_json(json.loads(codec.canonical(codec.query_to_json(query)))) == query


@given(
    st.text()
    | st.integers()
    | st.fractions()
    | st.booleans()
    | st.from_regex(r"-?\d+/\d+", fullmatch=True)
)
def test_values_keep_their_type(value: e.Scalar) -> None:
    node = e.Compare(op="eq", term=e.Field(id="account.name"), value=value)
    back = codec.from_json(json.loads(codec.canonical(codec.to_json(node))))
    assert isinstance(back, e.Compare)
    assert (type(back.value), back.value) == (type(value), value)


def test_published_form() -> None:
    total = e.Aggregate(
        agg="sum", over="order", field="order.amount", window=e.Rolling(n=3, unit="month")
    )
    node = e.HeldFor(n=7, unit="day", arg=e.Compare(op="gt", term=total, value=Fraction(1, 3)))
    assert codec.to_json(node) == {
        "op": "held_for",
        "n": 7,
        "unit": "day",
        "args": [
            {
                "op": "gt",
                "term": {
                    "agg": "sum",
                    "over": "order",
                    "field": "order.amount",
                    "window": {"kind": "rolling", "n": 3, "unit": "month"},
                },
                "value": "1/3",
            }
        ],
    }
    assert codec.from_json(codec.to_json(node)) == node


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        "and",
        {},
        {"op": "drop"},
        {"op": "not", "args": []},
        {"op": "and"},
        {"op": "and", "args": "x"},
        {"op": "eq", "term": "a.b"},
        {"op": "eq", "term": 3, "value": 1},
        {"op": "eq", "term": "a.b", "value": {"moment": {"unit": "eon"}}},
        {"op": "eq", "term": "a.b", "value": None},
        {"op": "at_least", "n": "2", "args": []},
        {"op": "during", "term": "a.b", "window": {"kind": "lunar"}},
        {"op": "gt", "term": {"agg": "median", "over": "order"}, "value": 1},
        {"op": "gt", "term": {"agg": "sum", "over": "order", "change": "diff"}, "value": 1},
    ],
)
def test_refuses_what_is_no_expression(bad: codec.Json) -> None:
    with pytest.raises(InvalidValueError):
        codec.from_json(bad)
