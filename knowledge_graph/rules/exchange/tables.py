"""Rules as rows of a decision table, and rows as rules. The two file formats are in dmn.py and jdm.py."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.expression import nodes as e
from knowledge_graph.expression.boxes import term_key
from knowledge_graph.expression.codec import term_from_json
from knowledge_graph.expression.json_parts import Json, JsonObject, as_object, canonical
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.rules.codec import from_json, to_json
from knowledge_graph.rules.contract import Lineage, RuleContract
from knowledge_graph.rules.exchange.cells import Dialect, cell_of, clauses_of
from knowledge_graph.rules.meaning import content_hash


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row: a cell for each column that it looks at, and the rule that it belongs to."""

    rule: str
    cells: Mapping[str, str]
    """By fact key."""
    rest: str
    """Everything of the contract but its condition, as JSON."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A decision table of which every matching row counts (collect)."""

    columns: tuple[str, ...]
    """Fact keys."""
    rows: tuple[Row, ...]


def table_of(rules: Sequence[RuleContract], dialect: Dialect) -> Table:
    """Return rules as a table; one rule may take several rows, any of which makes it hold.

    Args:
        rules: The contracts.
        dialect: How cells are written.

    Returns:
        The table.

    Raises:
        InvalidValueError: A rule says what rows cannot, or would not come back the same.
    """
    rows = [row for rule in rules for row in _rows(rule, dialect)]
    columns = tuple(dict.fromkeys(key for row in rows for key in row.cells))
    table = Table(columns=columns, rows=tuple(rows))
    for rule, again in zip(rules, rules_of(table, dialect, "table"), strict=True):
        if content_hash(rule) != content_hash(again):
            raise InvalidValueError(
                f"{rule.ref!r} would not come back as it is: its clauses are nested"
            )
    return table


def _rows(rule: RuleContract, dialect: Dialect) -> Iterable[Row]:
    rest = rest_of(rule)
    condition = rule.contract.condition
    whole = None if condition is None else simplified(condition)
    for option in whole.args if isinstance(whole, e.Or) else (whole,):
        found: dict[str, list[e.Condition]] = {}
        for clause in option.args if isinstance(option, e.And) else (option,):
            if clause is not None:
                found.setdefault(_key(clause), []).append(clause)
        cells = {key: cell_of(clauses, dialect) for key, clauses in found.items()}
        yield Row(rule=rule.id, cells=cells, rest=rest)


def _key(clause: e.Condition) -> str:
    match clause:
        case e.And() | e.Or() | e.Not() | e.AtLeast() | e.HeldFor():
            raise InvalidValueError(f"a row cannot say {type(clause).__name__!r}")
        case _:
            return term_key(clause.term)


def rest_of(rule: RuleContract) -> str:
    """Return everything of a contract but its condition, as JSON."""
    bare = replace(rule, contract=replace(rule.contract, condition=None), examples=())
    found = to_json(bare)
    for name in ("content_hash", "spans", "condition"):
        found.pop(name, None)
    return canonical(found)


def rules_of(table: Table, dialect: Dialect, imported: str) -> tuple[RuleContract, ...]:
    """Return the rules of a table that `table_of` wrote.

    Args:
        table: The table.
        dialect: How its cells are written.
        imported: The format that it came in.

    Returns:
        The contracts, in the order of their first rows.

    Raises:
        InvalidValueError: A cell or the rest of a contract is not read.
    """
    options: dict[str, list[e.Condition | None]] = {}
    rest: dict[str, str] = {}
    for row in table.rows:
        clauses = [
            clause
            for key, cell in row.cells.items()
            for clause in clauses_of(cell, _term(key), dialect)
        ]
        options.setdefault(row.rule, []).append(_joined(clauses))
        rest[row.rule] = row.rest
    return tuple(_rule(found, rest[rule_id], imported) for rule_id, found in options.items())


def _joined(clauses: Sequence[e.Condition]) -> e.Condition | None:
    if len(clauses) < 2:
        return clauses[0] if clauses else None
    return e.And(args=tuple(clauses))


def _rule(options: Sequence[e.Condition | None], rest: str, imported: str) -> RuleContract:
    rule = contract_from(rest, imported)
    known = [option for option in options if option is not None]
    condition = None if len(known) < len(options) else _either(known)
    return replace(rule, contract=replace(rule.contract, condition=condition))


def contract_from(rest: str, imported: str) -> RuleContract:
    """Return the contract of which `rest_of` is given, without a condition.

    Args:
        rest: As JSON.
        imported: The format that it came in.

    Raises:
        InvalidValueError: It is no such thing.
    """
    try:
        found: JsonObject = as_object(_loaded(rest))
    except (json.JSONDecodeError, RecursionError) as error:
        raise InvalidValueError(f"the rest of a contract is not read: {rest[:60]!r}") from error
    rule = from_json({**found, "condition": None})
    return replace(rule, lineage=Lineage(parent=rule.lineage.parent, imported=imported))


def _loaded(text: str) -> Json:
    value: Json = json.loads(text)
    return value


def _either(options: Sequence[e.Condition]) -> e.Condition:
    return options[0] if len(options) == 1 else e.Or(args=tuple(options))


def _term(key: str) -> e.Term:
    return term_from_json(json.loads(key)) if key.startswith("{") else e.Field(id=key)
