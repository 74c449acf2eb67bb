"""Expressions as JSON: the published form, stable for files, logs and digests.

condition  {"op": "and" | "or" | "not" | "at_least" | "held_for", "args": […], "n"?, "unit"?}
{"op": "eq" | "ne" | "gt" | "ge" | "lt" | "le" | "has", "term": …, "value": …}
{"op": "in", "term": …, "values": […]}
{"op": "contains" | "starts" | "ends", "term": …, "value": …}
{"op": "during", "term": …, "window": …} · {"op": "known", "term": …}
term       "entity.field" or {"agg", "over", "field"?, "window"?, "where"?, "change"?}
window     {"kind": "rolling", "n", "unit"} · {"kind": "calendar", "unit", "offset"}
{"kind": "between", "start", "end"}
value      a text, number or boolean; a fraction as "1/3"; {"moment": {"n", "unit", "edge"?}};
{"text": …} for a text that would else read as a fraction
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeVar, get_args

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.expression import nodes as e
from knowledge_graph.expression.json_parts import (
    Json,
    JsonObject,
    as_list,
    as_object,
    as_text,
    as_whole,
    canonical,
    one_of,
    part,
)

__all__ = ["Json", "JsonObject", "canonical"]

T = TypeVar("T")

_FRACTION = re.compile(r"-?[0-9]+/0*[1-9][0-9]*")
_COMPARE = frozenset(get_args(e.Op))
_UNITS = frozenset(get_args(e.Unit))
_AGGS = frozenset(get_args(e.Agg))
_TEXT_MODES = frozenset({"contains", "starts", "ends"})


# -- to JSON


def to_json(node: e.Condition) -> JsonObject:
    """Return a condition in the published form.

    Args:
        node: Any condition; spans are left out.

    Returns:
        A JSON object.
    """
    match node:
        case e.And() | e.Or():
            op = "and" if isinstance(node, e.And) else "or"
            return {"op": op, "args": [to_json(a) for a in node.args]}
        case e.Not():
            return {"op": "not", "args": [to_json(node.arg)]}
        case e.AtLeast():
            return {"op": "at_least", "n": node.n, "args": [to_json(a) for a in node.args]}
        case e.HeldFor():
            return {"op": "held_for", "n": node.n, "unit": node.unit, "args": [to_json(node.arg)]}
        case _:
            return _leaf_json(node)


def _leaf_json(node: e.Compare | e.In | e.Has | e.Text | e.During | e.Known) -> JsonObject:
    term = term_to_json(node.term)
    match node:
        case e.Compare():
            return {"op": node.op, "term": term, "value": _scalar_json(node.value)}
        case e.In():
            return {"op": "in", "term": term, "values": list(node.values)}
        case e.Has():
            return {"op": "has", "term": term, "value": node.value}
        case e.Text():
            return {"op": node.mode, "term": term, "value": node.value}
        case e.During():
            return {"op": "during", "term": term, "window": window_to_json(node.window)}
        case e.Known():
            return {"op": "known", "term": term}


def term_to_json(term: e.Term) -> Json:
    """Return a term in the published form; facts of rules are keyed by its canonical text."""
    if isinstance(term, e.Field):
        return term.id
    found: JsonObject = {"agg": term.agg, "over": term.over}
    if term.field is not None:
        found["field"] = term.field
    if term.window is not None:
        found["window"] = window_to_json(term.window)
    if term.where is not None:
        found["where"] = to_json(term.where)
    if term.change is not None:
        found["change"] = term.change
    return found


def window_to_json(window: e.Window) -> JsonObject:
    """Return a window in the published form."""
    match window:
        case e.Rolling():
            return {"kind": "rolling", "n": window.n, "unit": window.unit}
        case e.Calendar():
            return {"kind": "calendar", "unit": window.unit, "offset": window.offset}
        case e.Between():
            return {"kind": "between", "start": window.start, "end": window.end}


def _scalar_json(value: e.Scalar) -> Json:
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, str) and _FRACTION.fullmatch(value):
        return {"text": value}
    if isinstance(value, e.Moment):
        found: JsonObject = {"n": value.n, "unit": value.unit}
        if value.edge != "none":
            found["edge"] = value.edge
        return {"moment": found}
    return value


def query_to_json(query: e.Query) -> JsonObject:
    """Return a query in the published form."""
    found: JsonObject = {"entity": query.entity}
    if query.condition is not None:
        found["condition"] = to_json(query.condition)
    if query.sort:
        found["sort"] = [
            {"term": term_to_json(s.term), "descending": s.descending} for s in query.sort
        ]
    if query.limit is not None:
        found["limit"] = query.limit
    return found


# -- from JSON


def from_json(value: Json) -> e.Condition:
    """Return the condition that JSON in the published form stands for.

    Args:
        value: A JSON object.

    Returns:
        The condition; values of `in` sorted and without duplicates.

    Raises:
        InvalidValueError: It is not in the published form.
    """
    found = as_object(value)
    op = found.get("op")
    if op in _GROUPS:
        return _GROUPS[str(op)](found)
    if op in _LEAVES or op in _COMPARE or op in _TEXT_MODES:
        return _leaf(str(op), found)
    raise InvalidValueError(f"no condition {op!r}")


def _leaf(op: str, found: JsonObject) -> e.Condition:
    term = term_from_json(part(found, "term"))
    if op == "in":
        values = tuple(sorted({as_text(v) for v in as_list(part(found, "values"))}))
        return e.In(term=term, values=values)
    if op == "known":
        return e.Known(term=term)
    if op == "during":
        return e.During(term=term, window=window_from_json(part(found, "window")))
    value = part(found, "value")
    if op == "has":
        return e.Has(term=term, value=as_text(value))
    if op in _TEXT_MODES:
        return e.Text(mode=op, term=term, value=as_text(value))  # type: ignore[arg-type]  # just checked
    return e.Compare(op=op, term=term, value=_scalar(value))  # type: ignore[arg-type]  # checked by the caller


def term_from_json(value: Json) -> e.Term:
    """Return the term that JSON in the published form stands for.

    Raises:
        InvalidValueError: It is not in the published form.
    """
    if isinstance(value, str):
        return e.Field(id=value)
    found = as_object(value)
    where, window, change = found.get("where"), found.get("window"), found.get("change")
    if change not in {None, "pct_prev"}:
        raise InvalidValueError(f"no change {change!r}")
    return e.Aggregate(
        agg=one_of(part(found, "agg"), _AGGS),  # type: ignore[arg-type]  # just checked
        over=as_text(part(found, "over")),
        field=None if found.get("field") is None else as_text(found["field"]),
        window=None if window is None else window_from_json(window),
        where=None if where is None else from_json(where),
        change="pct_prev" if change else None,
    )


def window_from_json(value: Json) -> e.Window:
    """Return the window that JSON in the published form stands for.

    Raises:
        InvalidValueError: It is not in the published form.
    """
    found = as_object(value)
    kind = found.get("kind")
    if kind == "rolling":
        return e.Rolling(n=as_whole(part(found, "n")), unit=_unit(found))
    if kind == "calendar":
        return e.Calendar(unit=_unit(found), offset=as_whole(found.get("offset", 0)))
    if kind == "between":
        start, end = found.get("start"), found.get("end")
        return e.Between(
            start=None if start is None else as_text(start),
            end=None if end is None else as_text(end),
        )
    raise InvalidValueError(f"no window {kind!r}")


def query_from_json(value: Json) -> e.Query:
    """Return the query that JSON in the published form stands for.

    Raises:
        InvalidValueError: It is not in the published form.
    """
    found = as_object(value)
    condition, limit = found.get("condition"), found.get("limit")
    return e.Query(
        entity=as_text(part(found, "entity")),
        condition=None if condition is None else from_json(condition),
        sort=tuple(_sort(s) for s in as_list(found.get("sort", []))),
        limit=None if limit is None else as_whole(limit),
    )


def _sort(value: Json) -> e.Sort:
    found = as_object(value)
    return e.Sort(
        term=term_from_json(part(found, "term")), descending=bool(found.get("descending", False))
    )


def _scalar(value: Json) -> e.Scalar:
    if isinstance(value, str) and _FRACTION.fullmatch(value):
        return Fraction(value)
    if isinstance(value, str | int | float):
        return value
    found = as_object(value)
    if "text" in found:
        return as_text(found["text"])
    moment = as_object(part(found, "moment"))
    edge = moment.get("edge", "none")
    return e.Moment(
        n=as_whole(moment.get("n", 0)),
        unit=_unit(moment),
        edge=one_of(edge, frozenset({"none", "start", "end"})),  # type: ignore[arg-type]  # just checked
    )


def _args(found: JsonObject) -> tuple[e.Condition, ...]:
    return tuple(from_json(a) for a in as_list(part(found, "args")))


def _only(found: JsonObject) -> e.Condition:
    args = _args(found)
    if len(args) != 1:
        raise InvalidValueError(f"{found.get('op')!r} takes one argument, not {len(args)}")
    return args[0]


_GROUPS: Mapping[str, Callable[[JsonObject], e.Condition]] = {
    "and": lambda found: e.And(args=_args(found)),
    "or": lambda found: e.Or(args=_args(found)),
    "not": lambda found: e.Not(arg=_only(found)),
    "at_least": lambda found: e.AtLeast(n=as_whole(part(found, "n")), args=_args(found)),
    "held_for": lambda found: e.HeldFor(
        arg=_only(found), n=as_whole(part(found, "n")), unit=_unit(found)
    ),
}
_LEAVES = frozenset({"in", "has", "during", "known"})


def _unit(found: JsonObject) -> e.Unit:
    return one_of(part(found, "unit"), _UNITS)  # type: ignore[return-value]  # just checked
