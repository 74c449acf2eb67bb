from __future__ import annotations

import re
from importlib.resources import files

import pytest

from knowledge_graph.ontology.schema import WorkspaceSchema
from knowledge_graph.stores.indexes import indexed_fields, schema_statements
from knowledge_graph.stores.queries import statement

NAMES = sorted(
    f.name.removesuffix(".cypher")
    for f in files("knowledge_graph.stores.queries").iterdir()
    if f.name.endswith(".cypher")
)


@pytest.mark.parametrize("name", NAMES)
def test_statements_take_values_as_parameters(name: str) -> None:
    slots = {"label": "L`x", "type": "T", "target": "L", "field": "f"}
    text = statement(name, **slots)
    assert not re.search(r"<[a-z]+>", text)
    assert set(re.findall(r"'([^']*)'", text)) <= {"workspace", "/", ":", "[]"}
    if "<label>" in files("knowledge_graph.stores.queries").joinpath(f"{name}.cypher").read_text():
        assert "`L``x`" in text


def test_schema_statements_are_named_and_repeatable() -> None:
    statements = list(schema_statements(WorkspaceSchema()))
    assert all(re.match(r"CREATE (CONSTRAINT|INDEX) `\w+` IF NOT EXISTS", s) for s in statements)
    assert len(set(statements)) == len(statements)
    assert (
        "CREATE CONSTRAINT `usageevent_id` IF NOT EXISTS FOR (n:`UsageEvent`) REQUIRE n.id IS UNIQUE"
        in statements
    )


def test_no_reference_and_no_time_that_many_share_is_indexed() -> None:
    schema = WorkspaceSchema()
    for kind in schema.kinds.values():
        names = set(indexed_fields(kind))
        assert names.isdisjoint(spec.name for spec in kind.references), kind.name
        assert "meta_updated_at" not in names
