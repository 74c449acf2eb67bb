"""JSON read strictly: every part is checked, and what does not fit is named."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from knowledge_graph.errors import InvalidValueError

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]
"""A JSON value."""

JsonObject = dict[str, Json]


def canonical(value: Json) -> str:
    """Return JSON text with sorted keys: equal expressions have equal texts.

    >>> canonical({"b": 1, "a": "中"})
    '{"a": "中", "b": 1}'
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def as_object(value: Json) -> JsonObject:
    """Return a JSON object as a new dict.

    Raises:
        InvalidValueError: It is none.
    """
    if not isinstance(value, Mapping):
        raise InvalidValueError(f"an object was expected, not {value!r}")
    return dict(value)


def as_list(value: Json) -> Sequence[Json]:
    """Return a JSON list.

    Raises:
        InvalidValueError: It is none.
    """
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise InvalidValueError(f"a list was expected, not {value!r}")
    return value


def part(found: JsonObject, name: str) -> Json:
    """Return a member of an object.

    Raises:
        InvalidValueError: It is missing.
    """
    if name not in found:
        raise InvalidValueError(f"{name!r} is missing in {found!r}")
    return found[name]


def as_text(value: Json) -> str:
    """Return a JSON text.

    Raises:
        InvalidValueError: It is none.
    """
    if not isinstance(value, str):
        raise InvalidValueError(f"a text was expected, not {value!r}")
    return value


def as_whole(value: Json) -> int:
    """Return a whole number.

    Raises:
        InvalidValueError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidValueError(f"a whole number was expected, not {value!r}")
    return value


def one_of(value: Json, allowed: frozenset[str]) -> str:
    """Return one of the allowed texts.

    Raises:
        InvalidValueError: It is none of them.
    """
    if value not in allowed:
        raise InvalidValueError(f"{value!r} is none of {', '.join(sorted(allowed))}")
    return str(value)
