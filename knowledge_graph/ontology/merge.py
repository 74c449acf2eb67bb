"""Merging records that stand for the same thing: which changes make one of them out of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge_graph.ontology.change import Action, RecordChange
from knowledge_graph.ontology.fields import FieldSpec, FieldType
from knowledge_graph.ontology.record import Origin, Record, RecordRef, Value
from knowledge_graph.ontology.schema import WorkspaceSchema


@dataclass(frozen=True, kw_only=True)
class Referrer:
    """A record that points to one of those merged, by one field."""

    record: Record
    field: str


def merge_changes(
    keep: Record,
    others: Sequence[Record],
    referrers: Sequence[Referrer],
    schema: WorkspaceSchema,
) -> tuple[RecordChange, ...]:
    """Return the changes that make `keep` stand for all of them.

    What `keep` knows stays; what only the others know is taken over, with its origin; sets are joined; long
    texts are put one after the other; another name becomes an alias where the kind has aliases. What points to
    one of the others points to `keep` afterwards.

    Args:
        keep: The record that stays.
        others: The records that go, most trusted first; of the same kind.
        referrers: Everything that points to one of the others.
        schema: The workspace's fields.

    Returns:
        At most one change for each record: referrers and `keep` first, deletions last.
    """
    gone = {other.ref for other in others}
    values, origins = _joined(keep, others, schema)
    for name, value in values.items():
        spec = schema.field(keep.kind, name)
        if _points_to(spec, value, gone | {keep.ref}):
            values[name] = None
    changed = {n: v for n, v in values.items() if v != keep.get(n)}
    keys = dict.fromkeys((*keep.source_keys, *(k for o in others for k in o.source_keys)))
    winner = RecordChange(
        action=Action.UPDATE,
        ref=keep.ref,
        title=keep.title,
        before={n: keep.get(n) for n in changed},
        after=changed,
        source_keys=tuple(keys),
        origins={n: o for n, o in origins.items() if n in changed},
    )
    moved = _moved(keep, gone, referrers)
    deleted = tuple(
        RecordChange(
            action=Action.DELETE,
            ref=other.ref,
            title=other.title,
            before=dict(other.values),
            after={},
        )
        for other in others
    )
    return (*moved, winner, *deleted)


def _joined(
    keep: Record, others: Sequence[Record], schema: WorkspaceSchema
) -> tuple[dict[str, Value], Mapping[str, Origin]]:
    """Return the values of the merged record, and the origins of those taken over."""
    values: dict[str, Value] = dict(keep.values)
    origins: dict[str, Origin] = {}
    fields = schema.kind(keep.kind).fields
    for other in others:
        for name, spec in fields.items():
            theirs = other.get(name)
            if theirs in {None, "", ()} or spec.derivation is not None:
                continue
            both = _both(values.get(name), theirs, spec)
            origin = other.origin_of(name)
            if both != values.get(name) and values.get(name) in {None, "", ()} and origin:
                origins[name] = origin
            values[name] = both
        if "aliases" in fields and other.get("name") not in {None, keep.get("name")}:
            known = values.get("aliases")
            aliases = known if isinstance(known, tuple) else ()
            values["aliases"] = tuple(sorted({*aliases, str(other.get("name"))}))
    return values, origins


def _both(ours: Value, theirs: Value, spec: FieldSpec) -> Value:
    """Return what two records together know of a field."""
    if ours is None or ours in {"", ()}:
        return theirs
    if isinstance(ours, tuple) and isinstance(theirs, tuple):
        return tuple(sorted({*ours, *theirs}))
    if spec.type is FieldType.LONG_TEXT and str(theirs) not in str(ours):
        return f"{ours}\n{theirs}"
    return ours


def _points_to(spec: FieldSpec, value: Value, refs: set[RecordRef]) -> bool:
    """Return whether a value is a reference to one of these records."""
    return (
        spec.type is FieldType.REFERENCE
        and isinstance(value, str)
        and spec.target is not None
        and RecordRef(kind=spec.target, id=value) in refs
    )


def _moved(
    keep: Record, gone: set[RecordRef], referrers: Sequence[Referrer]
) -> tuple[RecordChange, ...]:
    """Return the changes of what points to the records that go."""
    fields: dict[RecordRef, tuple[Record, dict[str, Value]]] = {}
    for referrer in referrers:
        ref = referrer.record.ref
        if ref in gone or ref == keep.ref:
            continue
        fields.setdefault(ref, (referrer.record, {}))[1][referrer.field] = keep.id
    return tuple(
        RecordChange(
            action=Action.UPDATE,
            ref=ref,
            title=record.title,
            before={n: record.get(n) for n in after},
            after=after,
        )
        for ref, (record, after) in fields.items()
    )
