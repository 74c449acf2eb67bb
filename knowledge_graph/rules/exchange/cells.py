"""The cells of decision tables: a test of one term, as FEEL (DMN) and ZEN (JDM) write it.

Both write `> 5`, `[1..5)`, `"a", "b"` (any of) and leave a cell empty where anything will do. They differ in
how a member of a set is looked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Literal

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.expression import nodes as e
from knowledge_graph.rules.matching import needs_order

Dialect = Literal["feel", "zen"]
_SIGNS: dict[e.Op, str] = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_OPS: dict[str, e.Op] = {">": "gt", ">=": "ge", "<": "lt", "<=": "le"}
_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_COMPARE = re.compile(rf"(>=|<=|>|<)\s*({_NUMBER})")
_RANGE = re.compile(rf"([\[(\]])\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*([\])\[])")
_TEXT = r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'"
_PLAIN = re.compile(rf"(?:(?:==|=)\s*)?({_TEXT}|true|false|{_NUMBER})")
_HAS = {
    "feel": re.compile(rf"list contains\(\s*\?\s*,\s*({_TEXT})\s*\)"),
    "zen": re.compile(rf"({_TEXT})\s+in\s+\$"),
}
_KNOWN = {"feel": "not(null)", "zen": "$ != null"}
_EMPTY = frozenset({"", "-"})


# -- writing


def cell_of(clauses: Sequence[e.Condition], dialect: Dialect) -> str:
    """Return the cell for the clauses of one term, which all hold.

    Args:
        clauses: Leaves on one term.
        dialect: How to write it.

    Returns:
        The text of the cell.

    Raises:
        InvalidValueError: A cell cannot say it.
    """
    if len(clauses) == 1:
        return _single(clauses[0], dialect)
    ordered = [c for c in clauses if isinstance(c, e.Compare) and c.op in _SIGNS]
    lows = [c for c in ordered if c.op in {"gt", "ge"}]
    highs = [c for c in ordered if c.op in {"lt", "le"}]
    if len(clauses) != 2 or len(lows) != 1 or len(highs) != 1:
        raise InvalidValueError("a cell has room for one test, or for a low and a high end")
    low, high = lows[0], highs[0]
    left, right = "[" if low.op == "ge" else "(", "]" if high.op == "le" else ")"
    return f"{left}{_number(low.value)}..{_number(high.value)}{right}"


def _single(clause: e.Condition, dialect: Dialect) -> str:
    match clause:
        case e.Compare() if needs_order(clause):
            raise InvalidValueError("dates are compared with a clock, which a table does not have")
        case e.Compare() if clause.op == "eq":
            return _value(clause.value)
        case e.Compare() if clause.op in _SIGNS:
            return f"{_SIGNS[clause.op]} {_number(clause.value)}"
        case e.In():
            return ", ".join(_value(value) for value in clause.values)
        case e.Has():
            text = _value(clause.value)
            return f"list contains(?, {text})" if dialect == "feel" else f"{text} in $"
        case e.Known():
            return _KNOWN[dialect]
        case _:
            raise InvalidValueError(f"a cell cannot say {type(clause).__name__!r}")


def _value(value: e.Scalar) -> str:
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        if text != f'"{value}"':
            raise InvalidValueError(f"{value!r} has characters that not every table can quote")
        return text
    return _number(value)


def _number(value: e.Scalar) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidValueError(f"{value!r} is no number that a cell can hold exactly")
    return repr(value)


# -- reading


def clauses_of(cell: str, term: e.Term, dialect: Dialect) -> tuple[e.Condition, ...]:
    """Return the clauses that a cell says of its term; none: anything will do.

    Args:
        cell: The text of a cell.
        term: What its column is about.
        dialect: How it is written.

    Returns:
        The clauses, which all hold.

    Raises:
        InvalidValueError: The cell says what we cannot, or calls a function.
    """
    text = cell.strip()
    if text in _EMPTY:
        return ()
    if text == _KNOWN[dialect]:
        return (e.Known(term=term),)
    if text.startswith("[") and text.endswith("]") and _RANGE.fullmatch(text) is None:
        text = text[1:-1]  # a list of values
    parts = [_test(part, term, dialect) for part in _split(text)]
    if len(parts) == 1:
        return parts[0]
    values = [_only_value(part) for part in parts]
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) == len(parts):
        return (e.In(term=term, values=tuple(sorted(set(texts)))),)
    return (e.Or(args=tuple(part[0] if len(part) == 1 else e.And(args=part) for part in parts)),)


def _split(text: str) -> list[str]:
    """Return the alternatives of a cell: what commas and "or" outside quotes and ranges part."""
    found = re.findall(rf"(?:{_TEXT}|[\[(][^\[\]()]*[\])]|(?!\s+or\s+)[^,\"'\[(])+", text)
    return [part.strip() for part in found if part.strip() not in {"", "or"}]


def _test(text: str, term: e.Term, dialect: Dialect) -> tuple[e.Condition, ...]:
    text = re.sub(r"^or\s+", "", text.strip())
    if (found := _HAS[dialect].fullmatch(text)) is not None:
        return (e.Has(term=term, value=str(_literal(found.group(1)))),)
    if (found := _RANGE.fullmatch(text)) is not None:
        left, low, high, right = found.groups()
        return (
            e.Compare(op="ge" if left == "[" else "gt", term=term, value=_plain(low)),
            e.Compare(op="le" if right == "]" else "lt", term=term, value=_plain(high)),
        )
    pieces = [_compare(piece, term) for piece in re.split(r"\s+and\s+", text)]
    return tuple(pieces)


def _compare(text: str, term: e.Term) -> e.Condition:
    if (found := _COMPARE.fullmatch(text)) is not None:
        return e.Compare(op=_OPS[found.group(1)], term=term, value=_plain(found.group(2)))
    if (found := _PLAIN.fullmatch(text)) is not None:
        return e.Compare(op="eq", term=term, value=_literal(found.group(1)))
    raise InvalidValueError(f"the cell {text!r} is not read")


def _only_value(part: tuple[e.Condition, ...]) -> e.Scalar | None:
    only = part[0] if len(part) == 1 else None
    return only.value if isinstance(only, e.Compare) and only.op == "eq" else None


def _literal(text: str) -> str | bool | int | float:
    if text in {"true", "false"}:
        return text == "true"
    if text[0] in "\"'":
        inner = text[1:-1]
        return inner.replace(f"\\{text[0]}", text[0]) if text[0] == "'" else str(json.loads(text))
    return _plain(text)


def _plain(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number
