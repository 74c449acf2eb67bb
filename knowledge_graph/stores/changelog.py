"""Change sets as JSON, in parts small enough for one node each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import Origin, RecordRef, Value
from knowledge_graph.stores.mapping import origin_fields, origin_from

PART_SIZE = 250
"""Changes in one part: some 100 KB of JSON."""


def parts_of(change_set: ChangeSet) -> Iterator[str]:
    """Yield the changes as JSON texts of at most `PART_SIZE` changes."""
    for start in range(0, len(change_set.changes), PART_SIZE):
        part = change_set.changes[start : start + PART_SIZE]
        yield json.dumps([_fields(c) for c in part], ensure_ascii=False, separators=(",", ":"))


def changes_from(text: str) -> tuple[RecordChange, ...]:
    """Return the changes of one part."""
    return tuple(_change(fields) for fields in json.loads(text))


def head_of(change_set: ChangeSet) -> dict[str, object]:
    """Return everything but the changes, as properties of the ChangeSet node."""
    return {
        "id": change_set.id,
        "at": change_set.at,
        "actor": change_set.actor,
        "reason": change_set.reason,
        "origin": json.dumps(origin_fields(change_set.origin), ensure_ascii=False),
        "decision_id": change_set.decision_id,
        "undoes": change_set.undoes,
        "count": len(change_set.changes),
    }


def change_set_from(head: Mapping[str, object], changes: tuple[RecordChange, ...]) -> ChangeSet:
    """Return a change set from its node's properties and its changes."""
    return ChangeSet(
        id=str(head["id"]),
        at=str(head["at"]),
        actor=str(head["actor"]),
        reason=str(head["reason"]),
        changes=changes,
        origin=origin_from(json.loads(str(head["origin"]))),
        decision_id=str(head.get("decision_id") or ""),
        undoes=str(head.get("undoes") or ""),
    )


def _fields(change: RecordChange) -> dict[str, object]:
    found: dict[str, object] = {
        "action": change.action.value,
        "kind": change.ref.kind,
        "id": change.ref.id,
        "title": change.title,
        "before": dict(change.before),
        "after": dict(change.after),
        "keys": list(change.source_keys),
        "origin": None if change.origin is None else origin_fields(change.origin),
        "origins": _origins(change.origins),
        "replaced_origins": _origins(change.replaced_origins),
        "replaced_keys": list(change.replaced_source_keys),
    }
    return {name: value for name, value in found.items() if value}


def _origins(origins: Mapping[str, Origin]) -> dict[str, object]:
    return {name: origin_fields(origin) for name, origin in origins.items()}


def _change(fields: Mapping[str, object]) -> RecordChange:
    origin = _map(fields, "origin")
    return RecordChange(
        action=Action(str(fields["action"])),
        ref=RecordRef(kind=str(fields["kind"]), id=str(fields["id"])),
        title=str(fields.get("title", "")),
        before=_values(fields, "before"),
        after=_values(fields, "after"),
        source_keys=_keys(fields, "keys"),
        origin=origin_from(origin) if origin else None,
        origins=_origins_from(fields, "origins"),
        replaced_origins=_origins_from(fields, "replaced_origins"),
        replaced_source_keys=_keys(fields, "replaced_keys"),
    )


def _map(fields: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = fields.get(name)
    return found if isinstance(found, dict) else {}


def _keys(fields: Mapping[str, object], name: str) -> tuple[str, ...]:
    found = fields.get(name)
    return tuple(map(str, found)) if isinstance(found, list) else ()


def _values(fields: Mapping[str, object], name: str) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key, value in _map(fields, name).items():
        if isinstance(value, list):
            found[key] = tuple(map(str, value))
        else:
            found[key] = value if isinstance(value, str | int | float | bool) else None
    return found


def _origins_from(fields: Mapping[str, object], name: str) -> dict[str, Origin]:
    return {
        key: origin_from(value)
        for key, value in _map(fields, name).items()
        if isinstance(value, dict)
    }
