"""Records as nodes: which property, label and relationship type keeps what.

A node has one label (its kind), its fields as properties under their own names, `source_keys`, and what the
store adds under `meta_…`. A field that is not known has no property.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.expression.cypher import edge_type
from knowledge_graph.ontology.fields import Derivation, FieldSpec, FieldType, Tier
from knowledge_graph.ontology.record import Origin, Record, Value
from knowledge_graph.ontology.schema import KindSpec, WorkspaceSchema

ORIGINS = "meta_origins"
SOURCE_KEYS = "source_keys"
TOUCHED = "meta_touched"
"""When a record was changed last, with its id behind: found by its beginning, and no two are the same."""
OBSERVED_IN = "OBSERVED_IN"
CHANGED = "CHANGED"
_RESERVED = frozenset({"id", SOURCE_KEYS})
_FIELD_NAME = re.compile(r"[^\W\d]\w*")


def properties_of(record: Record) -> dict[str, object]:
    """Return all properties of a record's node."""
    found: dict[str, object] = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in record.values.items()
    }
    return found | {
        "id": record.id,
        SOURCE_KEYS: list(record.source_keys),
        ORIGINS: origins_text(record.origins),
        "meta_version": record.version,
        "meta_created_at": record.created_at,
        "meta_updated_at": record.updated_at,
        TOUCHED: f"{record.updated_at} {record.id}",
    }


def record_of(kind: str, properties: Mapping[str, object]) -> Record:
    """Return the record that a node keeps."""
    keys = properties.get(SOURCE_KEYS)
    return Record(
        kind=kind,
        id=str(properties["id"]),
        values={
            name: _value(value)
            for name, value in properties.items()
            if name not in _RESERVED and not name.startswith("meta_")
        },
        origins=origins_from(str(properties.get(ORIGINS, "{}"))),
        source_keys=tuple(map(str, keys)) if isinstance(keys, list) else (),
        version=int(str(properties.get("meta_version", 1))),
        created_at=str(properties.get("meta_created_at", "")),
        updated_at=str(properties.get("meta_updated_at", "")),
    )


def _value(value: object) -> Value:
    if isinstance(value, list | tuple):
        return tuple(map(str, value))
    return value if isinstance(value, str | int | float | bool) else None


def origin_fields(origin: Origin) -> dict[str, object]:
    """Return an origin as JSON fields; empty ones are left out."""
    found = {
        "system": origin.system,
        "place": origin.place,
        "row": origin.row,
        "observed_at": origin.observed_at,
        "source_id": origin.source_id or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def origin_from(fields: Mapping[str, object]) -> Origin:
    """Return an origin from its JSON fields."""
    row = fields.get("row")
    return Origin(
        system=str(fields["system"]),
        place=str(fields["place"]),
        row=row if isinstance(row, int) else None,
        observed_at=str(fields["observed_at"]),
        source_id=str(fields.get("source_id", "")),
    )


def origins_text(origins: Mapping[str, Origin]) -> str:
    """Return the origins of a record's fields as JSON; each origin stands in it once."""
    distinct = list(dict.fromkeys(origins.values()))
    fields = {name: distinct.index(origin) for name, origin in origins.items()}
    found = {"from": [origin_fields(o) for o in distinct], "fields": fields}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def origins_from(text: str) -> dict[str, Origin]:
    """Return the origins of a record's fields from JSON."""
    found = json.loads(text)
    distinct = [origin_from(fields) for fields in found.get("from", [])]
    return {name: distinct[at] for name, at in found.get("fields", {}).items()}


def source_id(origin: Origin) -> str:
    """Return the id of the Source node that an origin belongs to."""
    if origin.source_id:
        return origin.source_id
    return sha256(f"{origin.system}\n{origin.place}".encode()).hexdigest()[:16]


def cited(record: Record) -> frozenset[str]:
    """Return the ids of the sources that a record's values cite."""
    return frozenset(source_id(origin) for origin in record.origins.values())


def kinds_by_label(schema: WorkspaceSchema) -> dict[str, KindSpec]:
    """Return every kind by the label of its nodes."""
    return {kind.label: kind for kind in schema.kinds.values()}


def schema_text(schema: WorkspaceSchema) -> str:
    """Return the workspace's own fields as JSON.

    Raises:
        InvalidValueError: A name cannot be a field's: not a word, or taken by the store.
    """
    for spec in schema.custom:
        taken = spec.name in _RESERVED or spec.name.startswith("meta_")
        if taken or not _FIELD_NAME.fullmatch(spec.name):
            raise InvalidValueError(f"{spec.name!r} cannot name a field; give another word")
        schema.kind(spec.kind)
    return json.dumps([_spec_fields(s) for s in schema.custom], ensure_ascii=False)


def _spec_fields(spec: FieldSpec) -> dict[str, object]:
    found = {
        "kind": spec.kind,
        "name": spec.name,
        "type": spec.type.value,
        "tier": spec.tier.value if spec.tier else None,
        "target": spec.target,
        "values": list(spec.values) or None,
        "required": spec.required or None,
        "writable": None if spec.writable else False,
        "derivation": spec.derivation.value if spec.derivation else None,
        "derived_from": spec.derived_from,
        "label": spec.label,
    }
    return {name: value for name, value in found.items() if value is not None}


def schema_from(text: str) -> WorkspaceSchema:
    """Return the schema with the workspace's own fields from JSON."""
    return WorkspaceSchema(tuple(_spec_from(fields) for fields in json.loads(text or "[]")))


def _spec_from(fields: Mapping[str, object]) -> FieldSpec:
    values = fields.get("values")
    return FieldSpec(
        kind=str(fields["kind"]),
        name=str(fields["name"]),
        type=FieldType(str(fields["type"])),
        tier=Tier(str(fields["tier"])) if "tier" in fields else None,
        target=_text(fields, "target"),
        values=tuple(map(str, values)) if isinstance(values, list) else (),
        required=bool(fields.get("required", False)),
        writable=bool(fields.get("writable", True)),
        derivation=Derivation(str(fields["derivation"])) if "derivation" in fields else None,
        derived_from=_text(fields, "derived_from"),
        custom=True,
        label=_text(fields, "label"),
    )


def _text(fields: Mapping[str, object], name: str) -> str | None:
    return str(fields[name]) if name in fields else None


def field_of_type(kind: KindSpec, type_: str) -> str:
    """Return the reference field whose edges have this type."""
    names = [spec.name for spec in kind.references if edge_type(spec.name) == type_]
    return names[0] if names else type_.lower()
