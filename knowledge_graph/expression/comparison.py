"""Comparisons by the type of what is compared: dates, instants, derived numbers, numbers, texts, sets.

A field that is derived from a date (days since, days until) is compared by its date, so that an index on the
date serves it: 30 days since or more is a date 30 days ago or earlier.
"""

from __future__ import annotations

import math
from datetime import datetime, time, timedelta
from fractions import Fraction
from typing import Literal

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.expression.nodes import Moment, Op, Scalar, Window
from knowledge_graph.expression.periods import (
    Bounds,
    TimeFrame,
    date_bounds,
    day_after,
    instant_bounds,
    iso_instant,
    moment_wall,
    parse_date,
)
from knowledge_graph.expression.plan import (
    TEMPORAL,
    TEXTUAL,
    Check,
    Every,
    Fold,
    Negated,
    Plan,
    Read,
    Some,
    Source,
)
from knowledge_graph.ontology.fields import NUMERIC, Derivation, FieldSpec, FieldType

_ORDERED = frozenset({"gt", "ge", "lt", "le"})
GREATEST = 2**63 - 1
"""The greatest whole number of both databases; a greater one is compared as a float."""


def number(value: Scalar) -> int | float | None:
    """Return a scalar as a finite number that the databases can hold, None when it is none; texts count."""
    if isinstance(value, bool | Moment):
        return None
    try:
        if isinstance(value, str):
            value = Fraction(value.strip()) if "/" in value else float(value)
        if isinstance(value, Fraction) and value.denominator == 1:
            value = value.numerator
        if isinstance(value, Fraction) or abs(value) > GREATEST:
            value = float(value)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def stored(source: Source) -> Source:
    """Return what is stored behind a source: a derived field's date, else the source itself."""
    return source if isinstance(source, Fold) or source.base is None else _base(source)


def _base(source: Read) -> Read:
    return Read(hops=source.hops, spec=source.base or source.spec)


def counts_back(spec: FieldSpec) -> bool:
    """Return whether a derived number grows as its date lies further back."""
    return spec.derivation is not None and spec.derivation is not Derivation.DAYS_UNTIL


def _type_of(source: Source) -> FieldType:
    return source.spec.type if isinstance(source, Read) else FieldType.NUMBER


def compare(op: Op, source: Source, value: Scalar, frame: TimeFrame) -> Plan:
    """Return the plan of one comparison.

    Args:
        op: The operator.
        source: What is compared.
        value: With what.
        frame: What now and here are.

    Returns:
        The plan; false for an unknown source.

    Raises:
        InvalidValueError: The value does not fit the source.
    """
    type_ = _type_of(source)
    if isinstance(source, Read) and source.spec.derivation is not None:
        return _derived(op, source, _needed(source, value), frame)
    if type_ in TEMPORAL and isinstance(source, Read):
        return _temporal(op, source, value, frame)
    if type_ in NUMERIC:
        return Check(op=op, source=source, value=_needed(source, value))
    if type_ is FieldType.BOOLEAN:
        return _boolean(op, source, value)
    if op in _ORDERED:
        return _ranked(op, source, value)
    if type_ is FieldType.SET:
        member = Check(op="has", source=source, value=_text(source, value))
        return member if op == "eq" else _known_and_not(source, member)
    return Check(op=op, source=source, value=_text(source, value))


def _known_and_not(source: Source, plan: Plan) -> Plan:
    return Every(args=(Check(op="known", source=source), Negated(arg=plan)))


def _name(source: Source) -> str:
    return source.spec.id if isinstance(source, Read) else f"{source.agg} of {source.kind}"


def _needed(source: Source, value: Scalar) -> int | float:
    found = number(value)
    if found is None:
        raise InvalidValueError(f"{_name(source)!r} is a number; {value!r} is none")
    return found


def _text(source: Source, value: Scalar) -> str:
    if isinstance(value, Moment | bool):
        raise InvalidValueError(f"{_name(source)!r} is a text; {value!r} is none")
    return value if isinstance(value, str) else str(number(value))


def _boolean(op: Op, source: Source, value: Scalar) -> Plan:
    words = {"true": True, "false": False}
    found = words.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(found, bool) or op in _ORDERED:
        raise InvalidValueError(f"{_name(source)!r} is true or false; {op} {value!r} does not fit")
    return Check(op=op, source=source, value=found)


def _ranked(op: Op, source: Source, value: Scalar) -> Plan:
    # an order among texts exists only where the schema gives one, as for stages
    order = source.spec.values if isinstance(source, Read) else ()
    if value not in order:
        raise InvalidValueError(f"{_name(source)!r} has no order that {value!r} stands in")
    at = order.index(str(value))
    span = {"gt": order[at + 1 :], "ge": order[at:], "lt": order[:at], "le": order[: at + 1]}[op]
    return Check(op="in", source=source, value=tuple(sorted(span)))


def within(source: Source, bounds: Bounds) -> Plan:
    """Return the plan of a half-open period."""
    args = [Check(op="known", source=source)] if bounds == Bounds(start=None, end=None) else []
    if bounds.start is not None:
        args.append(Check(op="ge", source=source, value=bounds.start))
    if bounds.end is not None:
        args.append(Check(op="lt", source=source, value=bounds.end))
    return args[0] if len(args) == 1 else Every(args=tuple(args))


def during(source: Source, window: Window, frame: TimeFrame, *, previous: bool = False) -> Plan:
    """Return the plan of a date or instant within a window, or within the window before it.

    Args:
        source: A date or an instant.
        window: The window.
        frame: What now and here are.
        previous: Take the window before.

    Returns:
        The plan; false for an unknown source.

    Raises:
        InvalidValueError: The source is no date.
    """
    source = stored(source)
    if _type_of(source) is FieldType.DATE:
        return within(source, date_bounds(window, frame, previous=previous))
    if _type_of(source) is FieldType.DATETIME:
        return within(source, instant_bounds(window, frame, previous=previous))
    raise InvalidValueError(f"{_name(source)!r} is no date; a period does not fit")


def _temporal(op: Op, source: Read, value: Scalar, frame: TimeFrame) -> Plan:
    if source.spec.type is FieldType.DATE:
        return Check(op=op, source=source, value=_date_of(source, value, frame))
    if isinstance(value, Moment) and (op in _ORDERED or value.unit in {"minute", "hour"}):
        return Check(op=op, source=source, value=frame.instant(moment_wall(value, frame)))
    if isinstance(value, str) and "T" in value:
        return Check(op=op, source=source, value=frame.instant(frame.wall(value)))
    day = datetime.combine(parse_date(_date_of(source, value, frame)), time())
    return _on_day(op, source, frame.instant(day), frame.instant(day_after(day)))


def _on_day(op: Op, source: Source, start: str, end: str) -> Plan:
    # a day against an instant: after it is from its end on, on it is within
    if op in _ORDERED:
        side: dict[str, tuple[Literal["ge", "lt"], str]] = {
            "gt": ("ge", end), "ge": ("ge", start), "lt": ("lt", start), "le": ("lt", end)
        }  # fmt: skip
        return Check(op=side[op][0], source=source, value=side[op][1])
    inside = within(source, Bounds(start=start, end=end))
    return inside if op == "eq" else _known_and_not(source, inside)


def _date_of(source: Read, value: Scalar, frame: TimeFrame) -> str:
    if isinstance(value, Moment):
        return moment_wall(value, frame).date().isoformat()
    if not isinstance(value, str):
        raise InvalidValueError(f"{source.spec.id!r} is a date; {value!r} is none")
    if "T" in value:
        return frame.wall(value).date().isoformat()
    return parse_date(value).isoformat()


def _derived(op: Op, source: Read, value: int | float, frame: TimeFrame) -> Plan:
    try:
        if source.spec.derivation is Derivation.HOURS_SINCE:
            return _hours_since(op, source, value, frame)
        return _days_from(op, source, value, frame)
    except OverflowError:
        raise InvalidValueError(f"{value!r} days or hours lie outside the calendar") from None


def _hours_since(op: Op, source: Read, value: int | float, frame: TimeFrame) -> Plan:
    # instants have whole seconds: a bound between two seconds rounds to the right side
    base = _base(source)
    exact = Fraction(value) * 3600
    whole = exact.denominator == 1
    if not whole and op in {"eq", "ne"}:
        return Check(op="known", source=base) if op == "ne" else Some()
    seconds = math.floor(exact) if op in {"gt", "le"} else math.ceil(exact)
    now = frame.now.replace(microsecond=0)
    at = iso_instant(now - timedelta(seconds=seconds))
    flipped: dict[Op, Op] = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
    return Check(op=flipped.get(op, op), source=base, value=at)


def _days_from(op: Op, source: Read, value: int | float, frame: TimeFrame) -> Plan:
    # whole days: over 30.5 days is 31 days or more
    base = _base(source)
    if value != int(value) and op in {"eq", "ne"}:
        return Check(op="known", source=base) if op == "ne" else Some()
    days = math.floor(value) if op in {"gt", "le"} else math.ceil(value)
    if source.spec.derivation is Derivation.DAY_NUMBER:
        days -= 1
    if source.spec.derivation is Derivation.DAYS_UNTIL:
        day = (frame.today + timedelta(days=days)).isoformat()
        return _temporal(op, base, day, frame)
    day = (frame.today - timedelta(days=days)).isoformat()
    flipped: dict[Op, Op] = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
    return _temporal(flipped.get(op, op), base, day, frame)


def among(source: Source, values: tuple[str, ...], frame: TimeFrame) -> Plan:
    """Return the plan of "one of these values"; for a set: contains one of them."""
    type_ = _type_of(source)
    if type_ in TEXTUAL and type_ is not FieldType.SET:
        return Check(op="in", source=source, value=tuple(sorted(set(values))))
    return Some(args=tuple(compare("eq", source, v, frame) for v in values))


def has(source: Source, value: str, frame: TimeFrame) -> Plan:
    """Return the plan of "contains this member"; for a single value: is this value."""
    return compare("eq", source, value, frame)


def text(mode: Literal["contains", "starts", "ends"], source: Source, value: str) -> Plan:
    """Return the plan of a text test, without case; for a set: some member passes it.

    Args:
        mode: Which part of the text.
        source: A text.
        value: The words.

    Returns:
        The plan; false for an unknown source.

    Raises:
        InvalidValueError: The source is no text.
    """
    if _type_of(source) not in TEXTUAL:
        raise InvalidValueError(f"{_name(source)!r} is no text; {mode} {value!r} does not fit")
    return Check(op=mode, source=source, value=value.lower())
