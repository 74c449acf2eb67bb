"""Decision tables as JDM (JSON Decision Model, GoRules ZEN), and the tables of anybody's graphs as conditions.

Source: the decision graphs of github.com/gorules/zen (MIT).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.expression import nodes as e
from knowledge_graph.expression.json_parts import (
    Json,
    JsonObject,
    as_list,
    as_object,
    as_text,
    part,
)
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.exchange.cells import clauses_of
from knowledge_graph.rules.exchange.lossless import NotLossless
from knowledge_graph.rules.exchange.tables import Row, Table, rules_of, table_of

_TYPE = "application/vnd.gorules.decision"


def to_jdm(rules: Sequence[RuleContract], name: str = "rules") -> str | NotLossless:
    """Return rules as a graph of one decision table with the hit policy collect.

    Args:
        rules: The contracts.
        name: The name of the table.

    Returns:
        JDM as JSON text, or why it would lose something.
    """
    try:
        table = table_of(rules, "zen")
    except InvalidValueError as error:
        return NotLossless(reason=str(error))
    ids = {column: f"i{n}" for n, column in enumerate(table.columns)}
    content: JsonObject = {
        "hitPolicy": "collect",
        "inputs": [{"id": i, "name": column, "field": i} for column, i in ids.items()],
        "outputs": [{"id": "o0", "name": "contract", "field": "contract"}],
        "rules": [
            {
                "_id": f"r{n}",
                "_description": row.rule,
                **{i: row.cells.get(column, "") for column, i in ids.items()},
                "o0": _quoted(row.rest),
            }
            for n, row in enumerate(table.rows)
        ],
    }
    graph: JsonObject = {
        "contentType": _TYPE,
        "nodes": [
            {"id": "input", "type": "inputNode", "name": "facts", "position": {"x": 0, "y": 0}},
            {
                "id": "table",
                "type": "decisionTableNode",
                "name": name,
                "position": {"x": 200, "y": 0},
                "content": content,
            },
            {"id": "output", "type": "outputNode", "name": "rules", "position": {"x": 400, "y": 0}},
        ],
        "edges": [
            {"id": "e1", "sourceId": "input", "targetId": "table", "type": "edge"},
            {"id": "e2", "sourceId": "table", "targetId": "output", "type": "edge"},
        ],
    }
    return json.dumps(graph, ensure_ascii=False, indent=1)


def _quoted(text: str) -> str:
    """Return JSON as a literal of ZEN, whose texts have no escapes of their own."""
    return "'" + text.replace("'", "\\u0027") + "'"


def from_jdm(text: str) -> tuple[RuleContract, ...] | NotLossless:
    """Return the rules of a graph that `to_jdm` wrote.

    Args:
        text: JDM as JSON text.

    Returns:
        The contracts, or why it is not read.
    """
    try:
        tables = list(_tables(as_object(json.loads(text))))
        if len(tables) != 1:
            return NotLossless(reason="there is not exactly one decision table")
        content = tables[0][1]
        columns = {
            as_text(part(i, "id")): as_text(part(i, "name")) for i in _objects(content, "inputs")
        }
        rows = tuple(_read(row, columns) for row in _objects(content, "rules"))
        return rules_of(Table(columns=tuple(columns.values()), rows=rows), "zen", "jdm")
    except (json.JSONDecodeError, RecursionError, InvalidValueError) as error:
        return NotLossless(reason=str(error))


def _read(row: JsonObject, columns: dict[str, str]) -> Row:
    cells = {c: text for i, c in columns.items() if (text := as_text(row.get(i, ""))).strip()}
    rest = as_text(part(row, "o0"))[1:-1]
    return Row(rule=as_text(part(row, "_description")), cells=cells, rest=rest)


def _tables(graph: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    for node in _objects(graph, "nodes"):
        if node.get("type") == "decisionTableNode":
            yield as_text(node.get("name", "")), as_object(part(node, "content"))


def _objects(found: JsonObject, name: str) -> list[JsonObject]:
    return [as_object(item) for item in as_list(found.get(name, []))]


# -- the tables of other people's graphs


@dataclass(frozen=True, kw_only=True)
class ForeignRow:
    """A row of a table that somebody else wrote."""

    condition: e.Condition | None
    """None: it always matches."""
    outputs: tuple[str, ...]
    """Its output cells as they stand."""


@dataclass(frozen=True, kw_only=True)
class ForeignTable:
    """A table that somebody else wrote, as far as it is read."""

    name: str
    hit_policy: str
    rows: tuple[ForeignRow | NotLossless, ...]
    """In order; a row with a cell that is not read is told as that."""


def foreign_tables(graph: Json) -> tuple[ForeignTable, ...]:
    """Return the decision tables of a JDM graph, for the analysis of their rows.

    Args:
        graph: The graph as JSON.

    Returns:
        The tables; a term is named after the column's own field.

    Raises:
        InvalidValueError: It is no graph.
    """
    return tuple(_foreign(name, content) for name, content in _tables(as_object(graph)))


def _foreign(name: str, content: JsonObject) -> ForeignTable:
    inputs = _objects(content, "inputs")
    outputs = [as_text(part(o, "id")) for o in _objects(content, "outputs")]
    return ForeignTable(
        name=name,
        hit_policy=as_text(content.get("hitPolicy", "first")),
        rows=tuple(_foreign_row(row, inputs, outputs) for row in _objects(content, "rules")),
    )


def _foreign_row(
    row: JsonObject, inputs: Sequence[JsonObject], outputs: Sequence[str]
) -> ForeignRow | NotLossless:
    clauses: list[e.Condition] = []
    try:
        for column in inputs:
            cell = as_text(row.get(as_text(part(column, "id")), ""))
            field = column.get("field")
            if cell.strip() and not field:
                return NotLossless(reason=f"the cell {cell!r} is a free expression")
            clauses += clauses_of(cell, e.Field(id=f"input.{field}"), "zen")
    except InvalidValueError as error:
        return NotLossless(reason=str(error))
    condition = e.And(args=tuple(clauses)) if clauses else None
    return ForeignRow(condition=condition, outputs=tuple(str(row.get(o, "")) for o in outputs))
