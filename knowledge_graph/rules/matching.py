"""Whether the value of a term is one that a clause wants; the value is known and may be seen."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction

from knowledge_graph.expression.nodes import Compare, During, Has, In, Known, Moment, Scalar, Text
from knowledge_graph.expression.periods import TimeFrame, date_bounds, instant_bounds, moment_wall
from knowledge_graph.rules.facts import FactValue

Held = bool | None
"""None: it cannot be told."""
Leaf = Compare | In | Has | Text | During | Known
Match = Callable[[FactValue], Held]
_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
    "eq": operator.eq, "ne": operator.ne,
}  # fmt: skip


def needs_order(node: Compare) -> bool:
    """Return whether a comparison is about the order of texts and dates, or about a date at all."""
    if isinstance(node.value, Moment):
        return True
    if not isinstance(node.value, str):
        return False
    return node.op not in {"eq", "ne"} or node.value[:4].isdecimal()


def at_least(n: int) -> Match:
    """Return whether a streak is long enough."""
    return lambda value: isinstance(value, int | float) and value >= n


def match_of(node: Leaf, frame: TimeFrame | None) -> Match:
    """Return a test of the values of a leaf's term.

    Args:
        node: A leaf.
        frame: What now and here are; without it, nothing about dates against the clock can be told.
    """
    match node:
        case Compare():
            return _compared(node.op, node.value, frame)
        case In():
            allowed = frozenset(node.values)
            return lambda value: value in allowed
        case Has():
            member = node.value
            return lambda value: isinstance(value, tuple) and member in value
        case Known():
            return lambda value: True
        case Text():
            return _text(node.mode, node.value.lower())
        case During():
            return _during(node, frame)


def _compared(op: str, wanted: Scalar, frame: TimeFrame | None) -> Match:
    order = _ORDERS[op]
    if isinstance(wanted, Moment):
        return _moment(order, wanted, frame)
    if isinstance(wanted, Fraction):
        wanted = float(wanted)
    if isinstance(wanted, bool):
        return lambda value: (isinstance(value, bool) and value is wanted) is (op == "eq")
    if isinstance(wanted, str):
        return _dated(order, wanted, frame)
    number = wanted

    def test(value: FactValue) -> Held:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return op == "ne"
        return order(value, number)

    return test


def _dated(order: Callable[..., bool], wanted: str, frame: TimeFrame | None) -> Match:
    """Texts are compared as they are; an instant with a date by its local day."""

    def test(value: FactValue) -> Held:
        if not isinstance(value, str):
            return order is operator.ne
        if "T" in value and len(wanted) == len("2026-03-01") and wanted[4:5] == "-":
            value = frame.wall(value).date().isoformat() if frame else value[: len(wanted)]
        return bool(order(value, wanted))

    return test


def _moment(order: Callable[..., bool], moment: Moment, frame: TimeFrame | None) -> Match:
    if frame is None:
        return lambda value: None
    wall = moment_wall(moment, frame)
    day, instant = wall.date().isoformat(), frame.instant(wall)
    return lambda value: (
        isinstance(value, str) and bool(order(value, instant if "T" in value else day))
    )


def _during(node: During, frame: TimeFrame | None) -> Match:
    if frame is None:
        return lambda value: None
    days, instants = date_bounds(node.window, frame), instant_bounds(node.window, frame)

    def test(value: FactValue) -> Held:
        if not isinstance(value, str):
            return False
        bounds = instants if "T" in value else days
        after = bounds.start is None or bounds.start <= value
        return after and (bounds.end is None or value < bounds.end)

    return test


_PARTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": operator.contains,
    "starts": str.startswith,
    "ends": str.endswith,
}


def _text(mode: str, words: str) -> Match:
    part = _PARTS[mode]

    def test(value: FactValue) -> Held:
        if isinstance(value, tuple):
            return any(part(member.lower(), words) for member in value)
        return isinstance(value, str) and part(value.lower(), words)

    return test
