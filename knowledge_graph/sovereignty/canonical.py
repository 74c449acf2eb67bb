"""Canonical JSON (RFC 8785) of our value types: one value, one text, so that digests and signatures agree.

Floating-point numbers are refused: nothing that is signed here needs one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring

from knowledge_graph.errors import InvalidValueError

TYPES = "canonical JSON holds texts, whole numbers, booleans, null, lists and objects"

Value = Mapping[str, "Value"] | Sequence["Value"] | str | int | bool | None

EXACT_INTEGER = 2**53 - 1
"""Source: RFC 8785 section 3.2.2.3: larger numbers are not exact everywhere."""
MAX_DEPTH = 32


def canonical(value: Value) -> bytes:
    """Return the canonical UTF-8 bytes of a value.

    Args:
        value: Texts, whole numbers within 2**53, booleans, null, lists and objects with text keys.

    Returns:
        UTF-8 without byte order mark.

    Raises:
        InvalidValueError: Something else is in it, it is nested too deep, or a text is no Unicode.

    >>> canonical({"b": 1, "a": ["关系", None]}).decode()
    '{"a":["关系",null],"b":1}'
    """
    try:
        return _render(value, 0).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidValueError("a text holds half of a surrogate pair") from error


def parse_canonical(data: bytes) -> Value:
    """Return the value of canonical bytes; any other spelling of the same value is refused.

    Args:
        data: What `canonical` returned, perhaps elsewhere.

    Returns:
        Objects as dict, lists as list.

    Raises:
        InvalidValueError: No JSON, or not canonical: spaces, order, doubled keys, other escapes.
    """
    try:
        value: Value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InvalidValueError("this is no JSON text in UTF-8") from error
    if canonical(value) != data:
        raise InvalidValueError("this JSON is not in its canonical form (RFC 8785)")
    return value


def _render(value: Value, depth: int) -> str:
    if depth > MAX_DEPTH:
        raise InvalidValueError(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int):
        if abs(value) > EXACT_INTEGER:
            raise InvalidValueError(f"{value} is too large to be exact everywhere")
        return str(int(value))
    if isinstance(value, Mapping):
        return _object(value, depth)
    if isinstance(value, list | tuple):
        return "[" + ",".join(_render(item, depth + 1) for item in value) + "]"
    raise InvalidValueError(f"{TYPES}, not {type(value).__name__}")


def _object(value: Mapping[str, Value], depth: int) -> str:
    if not all(isinstance(key, str) for key in value):
        raise InvalidValueError(TYPES)
    # RFC 8785 sorts keys by UTF-16 code units, which is not the order of code points.
    keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
    pairs = (f"{encode_basestring(k)}:{_render(value[k], depth + 1)}" for k in keys)
    return "{" + ",".join(pairs) + "}"
