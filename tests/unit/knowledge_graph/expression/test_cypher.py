from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from knowledge_graph.expression import nodes as e
from knowledge_graph.expression.cypher import CypherWriter
from knowledge_graph.expression.periods import TimeFrame
from knowledge_graph.expression.resolve import resolve_query
from knowledge_graph.ontology.schema import WorkspaceSchema
from tests.contract.expressions import WORDS, queries

FRAME = TimeFrame(now=datetime(2026, 11, 23, 9, tzinfo=UTC))


def written(query: e.Query) -> tuple[str, dict[str, object]]:
    schema = WorkspaceSchema()
    plan = resolve_query(query, schema, FRAME)
    writer = CypherWriter(schema=schema)
    return f"{writer.matching(plan)} {writer.ordering(plan.sort)}", writer.parameters


def test_values_are_parameters() -> None:
    evil = "x' OR 1=1 //`"
    node = e.Compare(op="eq", term=e.Field(id="account.name"), value=evil)
    text, parameters = written(e.Query(entity="account", condition=node))
    assert text == "MATCH (n:`Account`) WHERE n.`name` = $p0 WITH n ORDER BY n.`id`"
    assert parameters == {"p0": evil}


@settings(max_examples=40, deadline=None)
@given(queries())
def test_statements_hold_no_text_of_the_user(query: e.Query) -> None:
    text, parameters = written(query)
    assert not [word for word in WORDS if word and word in text and not word.isascii()]
    assert "'" not in text.replace("joined = ''", "").replace("+ ','", "")
    assert set(re.findall(r"\$(\w+)", text)) == set(parameters)


def test_a_sharp_test_on_the_other_side_leads() -> None:
    node = e.Compare(op="eq", term=e.Field(id="account.industry"), value="x")
    text, _ = written(e.Query(entity="contact", condition=node))
    assert text.startswith("MATCH (v1:`Account`)<-[:`ACCOUNT`]-(n:`Contact`) WHERE")
    both = e.And(args=(node, e.Compare(op="eq", term=e.Field(id="contact.name"), value="e1")))
    text, _ = written(e.Query(entity="contact", condition=both))
    assert text.startswith("MATCH (n:`Contact`), (n)-[:`ACCOUNT`]->(v1:`Account`) WHERE")


@pytest.mark.parametrize(
    "node",
    [
        e.Compare(op="eq", term=e.Field(id="contact.account"), value="a1"),
        e.In(term=e.Field(id="contact.account"), values=("a1", "a2")),
    ],
)
def test_a_reference_is_followed_from_the_record_it_points_to(node: e.Condition) -> None:
    text, _ = written(e.Query(entity="contact", condition=node))
    assert text.startswith("MATCH (v1:`Account`)<-[:`ACCOUNT`]-(n:`Contact`) WHERE v1.`id`")
