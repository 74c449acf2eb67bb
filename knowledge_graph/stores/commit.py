"""What a change set does to the records it names: pure, the same for every store.

A store reads the records, calls `apply`, and writes what it returns in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from knowledge_graph.errors import ConflictError
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.fields import FieldType
from knowledge_graph.ontology.record import Origin, Record, RecordRef, Value
from knowledge_graph.ontology.schema import WorkspaceSchema
from knowledge_graph.stores.values import stored_value

WHOLE = "*"
"""The key of the origin that holds for all fields not named."""


@dataclass(frozen=True, kw_only=True)
class Applied:
    """The result of a change set."""

    before: Mapping[RecordRef, Record]
    """Records that stood before, of those it names."""
    after: Mapping[RecordRef, Record]
    """Records that stand after, of those it names."""
    logged: ChangeSet
    """The change set as the log keeps it: whole records for deletions, replaced origins and keys."""

    @property
    def created(self) -> tuple[Record, ...]:
        """Records that did not stand before."""
        return tuple(r for ref, r in self.after.items() if ref not in self.before)

    @property
    def updated(self) -> tuple[Record, ...]:
        """Records that stood before and still do."""
        return tuple(r for ref, r in self.after.items() if ref in self.before)

    @property
    def deleted(self) -> tuple[Record, ...]:
        """Records that do not stand any more."""
        return tuple(r for ref, r in self.before.items() if ref not in self.after)


def named_refs(change_set: ChangeSet) -> tuple[RecordRef, ...]:
    """Return the records that a change set names, each once, in order."""
    return tuple(dict.fromkeys(change.ref for change in change_set.changes))


def apply(
    change_set: ChangeSet, standing: Mapping[RecordRef, Record], schema: WorkspaceSchema
) -> Applied:
    """Return what a change set makes of the records it names.

    Args:
        change_set: Changes, in order; one record may be named more than once.
        standing: The records that stand now, of those it names.
        schema: The workspace's kinds and fields.

    Returns:
        The records before and after, and the entry for the log.

    Raises:
        ConflictError: A record is not as a change says it was.
        InvalidValueError: A value does not fit its field.
        UnknownFieldError: A kind has no such field.
    """
    named = named_refs(change_set)
    before = {ref: standing[ref] for ref in named if ref in standing}
    state = dict(before)
    logged = []
    for change in change_set.changes:
        record = state.get(change.ref)
        logged.append(_logged(change, record))
        if change.action is Action.DELETE:
            _check_before(change, record)
            del state[change.ref]
        else:
            make = _created if change.action is Action.CREATE else _updated
            state[change.ref] = make(change, record, change_set, schema)
    after = {ref: state[ref] for ref in named if ref in state}
    taken = {key: c.ref for c in change_set.changes for key in c.source_keys}
    after = {ref: without_keys(record, taken) for ref, record in after.items()}
    return Applied(before=before, after=after, logged=replace(change_set, changes=tuple(logged)))


def without_keys(record: Record, taken: Mapping[str, RecordRef]) -> Record:
    """Return a record without the source keys that others have taken.

    An outside record stands for one record of ours: the change that names it last takes it.
    """
    kept = tuple(k for k in record.source_keys if taken.get(k, record.ref) == record.ref)
    return record if kept == record.source_keys else replace(record, source_keys=kept)


def key_owners(records: Iterable[Record]) -> dict[str, RecordRef]:
    """Return by source key the record that stands for it."""
    return {key: record.ref for record in records for key in record.source_keys}


def _logged(change: RecordChange, record: Record | None) -> RecordChange:
    if record is None:
        return change
    if change.action is Action.DELETE:
        before, origins = record.values, record.origins
    else:
        found = {name: record.origin_of(name) for name in change.before}
        before, origins = change.before, {f: o for f, o in found.items() if o is not None}
    return replace(
        change, before=before, replaced_origins=origins, replaced_source_keys=record.source_keys
    )


def _stored(kind: str, values: Mapping[str, Value], schema: WorkspaceSchema) -> dict[str, Value]:
    return {name: stored_value(schema.field(kind, name), v) for name, v in values.items()}


def _known(values: Mapping[str, Value]) -> dict[str, Value]:
    return {name: v for name, v in values.items() if v is not None}


def _created(
    change: RecordChange, record: Record | None, change_set: ChangeSet, schema: WorkspaceSchema
) -> Record:
    if record is not None:
        raise ConflictError(f"{change.ref} exists already; nothing was changed")
    return Record(
        kind=schema.kind(change.ref.kind).name,
        id=change.ref.id,
        values=_known(_stored(change.ref.kind, change.after, schema)),
        origins={WHOLE: change.origin or change_set.origin, **change.origins},
        source_keys=change.source_keys,
        version=1,
        created_at=change_set.at,
        updated_at=change_set.at,
    )


def _updated(
    change: RecordChange, record: Record | None, change_set: ChangeSet, schema: WorkspaceSchema
) -> Record:
    now = _check_before(change, record)
    origin = change.origin or change_set.origin
    origins = dict(now.origins)
    for name in change.after:
        origins[name] = change.origins.get(name, origin)
    return replace(
        now,
        values=_known({**now.values, **_stored(change.ref.kind, change.after, schema)}),
        origins=_compact(origins),
        source_keys=change.source_keys or now.source_keys,
        version=now.version + 1,
        updated_at=change_set.at,
    )


def _compact(origins: Mapping[str, Origin]) -> dict[str, Origin]:
    whole = origins.get(WHOLE)
    return {f: o for f, o in origins.items() if f == WHOLE or o != whole}


def _check_before(change: RecordChange, record: Record | None) -> Record:
    if record is None:
        raise ConflictError(f"{change.ref} does not exist any more; nothing was changed")
    for name, expected in change.before.items():
        if _plain(record.get(name)) != _plain(expected):
            raise ConflictError(
                f"{change.ref} has changed since: {name!r} is {record.get(name)!r}, "
                f"not {expected!r}; nothing was changed"
            )
    return record


def _plain(value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(sorted(set(value))) or None
    return None if value == "" else value


def references(record: Record, schema: WorkspaceSchema) -> Iterator[tuple[str, RecordRef]]:
    """Yield the references of a record: field name and the record pointed to."""
    for spec in schema.kind(record.kind).references:
        target = record.get(spec.name)
        if isinstance(target, str) and spec.target is not None:
            yield spec.name, RecordRef(kind=spec.target, id=target)


def enumerated(records: tuple[Record, ...], schema: WorkspaceSchema) -> dict[str, frozenset[str]]:
    """Return by field id the values that enumerations and sets of these records hold."""
    found: dict[str, set[str]] = {}
    for record in records:
        for spec in schema.kind(record.kind).fields.values():
            value = record.get(spec.name)
            if spec.type is FieldType.ENUM and isinstance(value, str):
                found.setdefault(spec.id, set()).add(value)
            elif spec.type is FieldType.SET and isinstance(value, tuple):
                found.setdefault(spec.id, set()).update(value)
    return {field: frozenset(values) for field, values in found.items()}


def only(entry: ChangeSet, ref: RecordRef) -> ChangeSet:
    """Return a change set with the changes of one record only."""
    return replace(entry, changes=tuple(c for c in entry.changes if c.ref == ref))
