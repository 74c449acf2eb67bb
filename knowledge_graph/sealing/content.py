"""What is sealed of one record, as bytes and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from knowledge_graph.ontology.record import Origin, Record, Value
from knowledge_graph.sealing.layout import KEY_TOKEN, PREFIX
from knowledge_graph.stores.mapping import origin_fields, origin_from

WHOLE = "*"
"""The origin of all personal fields that are not named."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """The personal part of a record."""

    values: Mapping[str, Value]
    origins: Mapping[str, Origin]
    """By field; "*" holds for personal fields not named."""
    keys: Mapping[str, str]
    """The record's source keys by blind token."""
    named: tuple[str, ...] = ()
    """The sealed fields that the change named which wrote this: the log shows these."""

    def origin_of(self, name: str) -> Origin | None:
        """Return where the value of a field came from."""
        return self.origins.get(name) or self.origins.get(WHOLE)


def content_bytes(content: Content) -> bytes:
    """Return a content as it is sealed."""
    distinct = list(dict.fromkeys(content.origins.values()))
    found = {
        "v": dict(content.values),
        "o": [origin_fields(o) for o in distinct],
        "f": {name: distinct.index(o) for name, o in content.origins.items()},
        "k": dict(content.keys),
        "n": list(content.named),
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def content_from(data: bytes) -> Content:
    """Return the content of sealed bytes."""
    found = json.loads(data)
    distinct = [origin_from(o) for o in found["o"]]
    return Content(
        values={
            name: tuple(value) if isinstance(value, list) else value
            for name, value in found["v"].items()
        },
        origins={name: distinct[at] for name, at in found["f"].items()},
        keys=found["k"],
        named=tuple(found["n"]),
    )


EMPTY = Content(
    values=MappingProxyType({}), origins=MappingProxyType({}), keys=MappingProxyType({})
)


def opened(record: Record, content: Content | None) -> Record:
    """Return a record as the workspace sees it.

    Args:
        record: As the store below keeps it.
        content: Its personal part; None when it has none, or the people it is about were erased.

    Returns:
        The record with its personal values, origins and source keys.
    """
    values = {n: v for n, v in record.values.items() if not n.startswith(PREFIX)}
    origins = {n: o for n, o in record.origins.items() if not n.startswith(PREFIX)}
    if content is not None:
        values |= content.values
        origins |= _own_origins(content, origins.get(WHOLE))
    keys = clear_keys(record.source_keys, content)
    return replace(record, values=values, origins=origins, source_keys=keys)


def _own_origins(content: Content, whole: Origin | None) -> dict[str, Origin]:
    found = {name: content.origin_of(name) for name in content.values}
    return {name: o for name, o in found.items() if o is not None and o != whole}


def clear_keys(keys: Iterable[str], content: Content | None) -> tuple[str, ...]:
    """Return source keys as the outside knows them; tokens that cannot be resolved are left out."""
    known = EMPTY.keys if content is None else content.keys
    named = (known.get(key, "") if key.startswith(KEY_TOKEN) else key for key in keys)
    return tuple(key for key in named if key)
