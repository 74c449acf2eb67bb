"""Conditions as CEL expressions (Common Expression Language), and back.

The facts are one map, `f`, by fact key; a fact that is unknown is not in it. Every test asks first whether its
fact is there, so that an expression means the same as the condition: unknown satisfies no comparison.

Source: the CEL language definition, github.com/google/cel-spec.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.expression import nodes as e
from knowledge_graph.expression.boxes import streak_key, term_key
from knowledge_graph.expression.codec import from_json, term_from_json
from knowledge_graph.rules.exchange.cel_syntax import (
    Call,
    CelSyntaxError,
    Index,
    ListOf,
    Literal,
    Name,
    Node,
    parse,
)
from knowledge_graph.rules.exchange.lossless import NotLossless
from knowledge_graph.rules.facts import Facts, Withheld
from knowledge_graph.rules.matching import needs_order

_OPS = {"eq": "==", "ne": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_BACK: dict[str, e.Op] = {"==": "eq", "!=": "ne", ">": "gt", ">=": "ge", "<": "lt", "<=": "le"}
_TURNED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge", "eq": "eq", "ne": "ne"}
TRUE, FALSE = e.And(args=()), e.Or(args=())
"""Conditions that always and never hold: what a literal comes to."""


def to_cel(condition: e.Condition) -> str | NotLossless:
    """Return a condition as a CEL expression over the map `f`.

    Args:
        condition: Any condition.

    Returns:
        The expression, or why there is none: CEL has no clock of ours and no way to ignore case.

    >>> to_cel(e.Compare(op="gt", term=e.Field(id="customer.nps"), value=5))
    '("customer.nps" in f && f["customer.nps"] > 5.0)'
    """
    try:
        return _cel(condition)
    except InvalidValueError as error:
        return NotLossless(reason=str(error))


def cel_facts(facts: Facts) -> dict[str, str | bool | float | list[str]]:
    """Return facts as the map that an expression reads: numbers are doubles, unknown facts are left out."""
    found: dict[str, str | bool | float | list[str]] = {}
    for key, value in facts.items():
        if value is None or isinstance(value, Withheld) or value == ():
            continue
        if isinstance(value, tuple):
            found[key] = list(value)
        else:
            found[key] = value if isinstance(value, str | bool) else float(value)
    return found


def _cel(node: e.Condition) -> str:
    match node:
        case e.And() | e.Or():
            joint, empty = (" && ", "true") if isinstance(node, e.And) else (" || ", "false")
            return f"({joint.join(_cel(arg) for arg in node.args)})" if node.args else empty
        case e.Not():
            return f"!{_cel(node.arg)}"
        case e.AtLeast():
            counted = " + ".join(f"({_cel(arg)} ? 1 : 0)" for arg in node.args)
            return f"({counted} >= {node.n})"
        case e.HeldFor():
            return _tested(streak_key(node), f">= {float(node.n)!r}")
        case _:
            return _leaf(node)


def _leaf(node: e.Compare | e.In | e.Has | e.Text | e.During | e.Known) -> str:
    key = term_key(node.term)
    match node:
        case e.Compare() if not needs_order(node):
            return _tested(key, f"{_OPS[node.op]} {_literal(node.value)}")
        case e.In():
            return _tested(key, f"in {json.dumps(node.values, ensure_ascii=False)}")
        case e.Has():
            at = json.dumps(key, ensure_ascii=False)
            return f"({at} in f && {_literal(node.value)} in f[{at}])"
        case e.Known():
            return f"({json.dumps(key, ensure_ascii=False)} in f)"
        case e.Text():
            raise InvalidValueError("texts are compared without case, which CEL cannot say")
        case _:
            raise InvalidValueError("dates are compared with our clock, which CEL does not have")


def _tested(key: str, test: str) -> str:
    at = json.dumps(key, ensure_ascii=False)
    return f"({at} in f && f[{at}] {test})"


def _literal(value: e.Scalar) -> str:
    if isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    return repr(float(value)) if not isinstance(value, e.Moment) else ""


# -- back


def from_cel(text: str) -> e.Condition | NotLossless:
    """Return the condition that a CEL expression says.

    Both forms of a fact are read, `f["customer.nps"]` and `customer.nps`; an expression of literals alone comes
    to `TRUE` or `FALSE`.

    Args:
        text: A CEL expression.

    Returns:
        The condition, or why there is none.
    """
    try:
        return _condition(parse(text))
    except (CelSyntaxError, InvalidValueError) as error:
        return NotLossless(reason=str(error))


def _condition(node: Node) -> e.Condition:
    if isinstance(node, Literal) and isinstance(node.value, bool):
        return TRUE if node.value else FALSE
    if not isinstance(node, Call):
        raise InvalidValueError(f"{node!r} is no test")
    match node.op:
        case "&&":
            return _guarded(*node.args) or e.And(args=_flat(node, "&&"))
        case "||":
            return e.Or(args=_flat(node, "||"))
        case "!":
            return e.Not(arg=_condition(node.args[0]))
        case "in":
            return _member(*node.args)
        case op if op in _BACK:
            return _quorum(node) or _compared(_BACK[op], *node.args)
        case _:
            raise InvalidValueError(f"the function {node.op!r} has no condition of ours")


def _flat(node: Call, op: str) -> tuple[e.Condition, ...]:
    found: list[e.Condition] = []
    left: Node = node
    while isinstance(left, Call) and left.op == op and not (left.bracketed and found):
        found.append(_condition(left.args[1]))
        left = left.args[0]
    return (_condition(left), *reversed(found))


def _guarded(one: Node, other: Node) -> e.Condition | None:
    """Return the test behind "the fact is there, and …"."""
    if not isinstance(one, Call) or one.op != "in" or one.args[1] != Name("f"):
        return None
    key = one.args[0]
    if not isinstance(key, Literal) or not isinstance(other, Call) or len(other.args) != 2:
        return None
    index = Index(Name("f"), key)
    if other.op == "in" and other.args[1] == index:
        return _condition(other)
    return _condition(other) if other.args[0] == index else None


def _member(one: Node, other: Node) -> e.Condition:
    if isinstance(other, ListOf):
        values = [item.value for item in other.items if isinstance(item, Literal)]
        if isinstance(one, Literal) and len(values) == len(other.items):
            return TRUE if any(_same(one.value, value) for value in values) else FALSE
        texts = tuple(sorted({value for value in values if isinstance(value, str)}))
        if not texts or len(values) != len(other.items) or len(texts) != len(set(map(str, values))):
            raise InvalidValueError("only lists of texts are searched")
        return e.In(term=_term(one), values=texts)
    if not isinstance(one, Literal) or not isinstance(one.value, str):
        raise InvalidValueError("only texts are looked for in sets")
    if other == Name("f"):
        return e.Known(term=_keyed(one.value))
    return e.Has(term=_term(other), value=one.value)


def _quorum(node: Call) -> e.Condition | None:
    """Return "at least n of" from a sum of (… ? 1 : 0)."""
    counted, n = node.args
    if node.op != ">=" or not isinstance(n, Literal) or not isinstance(n.value, int):
        return None
    parts: list[Node] = []
    while isinstance(counted, Call) and counted.op == "+":
        parts.insert(0, counted.args[1])
        counted = counted.args[0]
    parts.insert(0, counted)
    one, none = Literal(1), Literal(0)
    if not all(isinstance(p, Call) and p.op == "?:" and p.args[1:] == (one, none) for p in parts):
        return None
    args = tuple(_condition(p.args[0]) for p in parts if isinstance(p, Call))
    return e.AtLeast(n=n.value, args=args)


def _compared(op: e.Op, one: Node, other: Node) -> e.Condition:
    if isinstance(one, Literal) and isinstance(other, Literal):
        return _constant(op, one.value, other.value)
    if isinstance(one, Literal):
        return _compared(_TURNED[op], other, one)  # type: ignore[arg-type]  # an operator, turned round
    if not isinstance(other, Literal) or other.value is None:
        raise InvalidValueError("a fact is compared with a literal, not with another term")
    key = one.key.value if isinstance(one, Index) and isinstance(one.key, Literal) else None
    if isinstance(key, str) and key.startswith("held_for:"):
        return _streak(key, op, other.value)
    value = other.value
    number = isinstance(value, float) and value.is_integer()
    return e.Compare(op=op, term=_term(one), value=int(value) if number else value)


def _streak(key: str, op: e.Op, n: object) -> e.HeldFor:
    arg, _, unit = key.removeprefix("held_for:").rpartition(":")
    if op != "ge" or not isinstance(n, int | float):
        raise InvalidValueError("a streak is only said to last at least so long")
    return e.HeldFor(arg=from_json(json.loads(arg)), n=int(n), unit=unit)  # type: ignore[arg-type]


def _term(node: Node) -> e.Term:
    key = node.key if isinstance(node, Index) and node.of == Name("f") else None
    if isinstance(key, Literal) and isinstance(key.value, str):
        return _keyed(key.value)
    if isinstance(node, Name) and re.fullmatch(r"\w+(\.\w+)+", node.name):
        return e.Field(id=node.name)
    raise InvalidValueError(f"{node!r} is no fact of ours")


def _keyed(key: str) -> e.Term:
    return term_from_json(json.loads(key)) if key.startswith("{") else e.Field(id=key)


_Plain = str | bool | int | float | None


def _same(one: _Plain, other: _Plain) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one == other


def _constant(op: e.Op, one: _Plain, other: _Plain) -> e.Condition:
    if op in {"eq", "ne"}:
        return TRUE if _same(one, other) is (op == "eq") else FALSE
    numbers = [_exact(value) for value in (one, other)]
    if isinstance(one, str) and isinstance(other, str):
        below, above = one < other, one > other
    elif numbers[0] is not None and numbers[1] is not None:
        below, above = numbers[0] < numbers[1], numbers[0] > numbers[1]
    else:
        raise InvalidValueError(f"{one!r} and {other!r} have no order of ours")
    held = {"lt": below, "le": not above, "gt": above, "ge": not below}[op]
    return TRUE if held else FALSE


def _exact(value: _Plain) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Fraction(value)
