"""Changes by somebody who cannot see all of a record: what he may not see is completed behind the gate.

A deletion takes the whole record with it, an undo brings the whole record back, whoever asks for it. A hidden
value cannot be overwritten unseen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge_graph.errors import NotFoundError, WithheldError
from knowledge_graph.gate import Gate
from knowledge_graph.ontology.access import Withheld
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import Record, RecordRef
from knowledge_graph.ports import GraphStore
from knowledge_graph.scopes import is_imported

_NO_VALUES = (None, "", ())


async def completed(change_set: ChangeSet, gate: Gate, store: GraphStore) -> ChangeSet:
    """Return a change set with what its author could not see and what has to go with it.

    Args:
        change_set: As the actor drafted it.
        gate: What the actor may see.
        store: What is there.

    Returns:
        The change set that has the meant effect.

    Raises:
        WithheldError: It would overwrite a value that the actor cannot see.
    """
    touched = [c for c in change_set.changes if c.action is not Action.CREATE]
    if not touched and not change_set.undoes:
        return change_set
    standing = {r.ref: r for r in await store.get([c.ref for c in touched])}
    earlier = await _undone(change_set.undoes, store) if change_set.undoes else {}
    # An import writes what its file says, whatever stands there; its author has the values in the file.
    free = is_imported(change_set)
    blind = _Blind(gate=gate, standing=standing, earlier=earlier, overwrites=free)
    changes = tuple(blind.whole(change) for change in change_set.changes)
    cleared = await _cleared(changes, gate, store)
    return replace(change_set, changes=(*cleared, *changes))


@dataclass(frozen=True, kw_only=True)
class _Blind:
    """Completes the changes of one set."""

    gate: Gate
    standing: Mapping[RecordRef, Record]
    earlier: Mapping[RecordRef, Sequence[RecordChange]]
    overwrites: bool = False
    """Values that the author cannot see may be replaced."""

    def whole(self, change: RecordChange) -> RecordChange:
        """Return one change as it is meant."""
        undone = self.earlier.get(change.ref)
        if undone:
            change = self._undo(change, undone)
        record = self.standing.get(change.ref)
        if record is None:
            return change
        hidden = self._hidden(record)
        if change.action is Action.DELETE:
            lost = {n: v for n, v in record.values.items() if n in hidden}
            return replace(change, before={**change.before, **lost})
        if not undone and not self.overwrites:
            self._check(change, record, hidden)
        known = {n: record.get(n) for n in change.before if n in hidden}
        return replace(change, before={**change.before, **known}) if known else change

    def _hidden(self, record: Record) -> Mapping[str, Withheld]:
        seen = self.gate.see(record)
        if (
            seen is None
        ):  # the role sees nothing of it: whether it may write is the policy's question
            return {}
        return {n: w for n, w in seen.withheld.items() if w.reason != "role"}

    def _check(self, change: RecordChange, record: Record, hidden: Mapping[str, Withheld]) -> None:
        """Return when no hidden value is overwritten.

        Raises:
            WithheldError: One is.
        """
        for name in change.after:
            if name in hidden and record.get(name) not in _NO_VALUES:
                raise WithheldError(
                    f"{name!r} holds a value that is withheld ({hidden[name].reason}) and cannot be"
                    " overwritten unseen; nothing was changed",
                    field=f"{record.kind}.{name}",
                    reason=hidden[name].reason,
                )

    def _undo(self, change: RecordChange, undone: Sequence[RecordChange]) -> RecordChange:
        """Return an undo with the fields that its author did not see in the change log."""
        before, after = dict(change.before), dict(change.after)
        first, last = undone[0], undone[-1]
        record = self.standing.get(change.ref)
        if change.action is not Action.DELETE:
            for name, value in first.before.items():
                after.setdefault(name, value)
        if change.action is Action.UPDATE and record is not None:
            for name in last.after:
                before.setdefault(name, record.get(name))
                after.setdefault(name, None)
        return replace(
            change,
            before=before,
            after=after,
            source_keys=change.source_keys or first.replaced_source_keys,
            origins={**first.replaced_origins, **change.origins},
        )


async def _undone(change_id: str, store: GraphStore) -> Mapping[RecordRef, Sequence[RecordChange]]:
    """Return the changes that an undo takes back, by record; a change that was written in parts has none."""
    try:
        found = await store.change_set(change_id)
    except NotFoundError:
        return {}
    by_ref: dict[RecordRef, list[RecordChange]] = {}
    for change in found.changes:
        by_ref.setdefault(change.ref, []).append(change)
    return by_ref


async def _cleared(
    changes: Sequence[RecordChange], gate: Gate, store: GraphStore
) -> tuple[RecordChange, ...]:
    """Return the changes that clear hidden references to what is deleted."""
    gone = [c.ref for c in changes if c.action is Action.DELETE]
    if not gone:
        return ()
    kinds = {ref.kind for ref in gone}
    if not any(
        f.target in kinds and f.name in k.tiers
        for k in gate.schema.kinds.values()
        for f in k.references
    ):
        return ()
    covered = {(c.ref, n) for c in changes for n in c.after} | {
        (c.ref, n) for c in changes if c.action is Action.DELETE for n in c.before
    }
    edges = [e for e in await store.references_to(gone) if (e.source, e.field) not in covered]
    if not edges:
        return ()
    records = {r.ref: r for r in await store.get(tuple(dict.fromkeys(e.source for e in edges)))}
    found: dict[RecordRef, dict[str, str]] = {}
    for edge in edges:
        record = records.get(edge.source)
        seen = gate.see(record) if record is not None else None
        if seen is not None and edge.field in seen.withheld:
            found.setdefault(edge.source, {})[edge.field] = edge.target.id
    return tuple(
        RecordChange(
            action=Action.UPDATE, ref=ref, title=ref.id, before=dict(fields), after=dict.fromkeys(fields)
        )
        for ref, fields in found.items()
    )  # fmt: skip
