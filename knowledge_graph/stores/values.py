"""Which values a field can hold as they are stored: the last check before a write."""

from __future__ import annotations

import math
import re

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.expression.comparison import GREATEST
from knowledge_graph.expression.periods import parse_date, parse_instant
from knowledge_graph.ontology.fields import NUMERIC, FieldSpec, FieldType
from knowledge_graph.ontology.record import Value

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


def stored_value(spec: FieldSpec, value: Value) -> Value:
    """Return a value in its one stored form; None for an empty one.

    Args:
        spec: The field.
        value: A value in the form of the field's type.

    Returns:
        The value; sets sorted and without duplicates.

    Raises:
        InvalidValueError: The field cannot hold it.
    """
    if value is None or value in {"", ()}:
        return None
    if spec.derivation is not None:
        raise InvalidValueError(f"{spec.id!r} is computed when read; set {spec.derived_from!r}")
    if spec.type is FieldType.SET:
        return _set(spec, value)
    if not _fits(spec.type, value):
        raise InvalidValueError(f"{spec.id!r} holds {spec.type}; {value!r} does not fit")
    if isinstance(value, str):
        _check_text(spec, value)
    return value


def _set(spec: FieldSpec, value: Value) -> Value:
    if not isinstance(value, tuple) or not all(isinstance(m, str) for m in value):
        raise InvalidValueError(f"{spec.id!r} holds a set of texts; {value!r} does not fit")
    for member in value:
        _check_text(spec, member)
    return tuple(sorted({member for member in value if member})) or None


def _fits(type_: FieldType, value: Value) -> bool:
    if type_ is FieldType.BOOLEAN:
        return isinstance(value, bool)
    if type_ in NUMERIC:
        return _is_number(value)
    if not isinstance(value, str):
        return False
    if type_ is FieldType.DATE:
        return _DATE.fullmatch(value) is not None and bool(parse_date(value))
    if type_ is FieldType.DATETIME:
        return _INSTANT.fullmatch(value) is not None and bool(parse_instant(value))
    return True


def _is_number(value: Value) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) <= GREATEST


def _check_text(spec: FieldSpec, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidValueError(f"{spec.id!r}: {value!r} is no valid Unicode text") from None
