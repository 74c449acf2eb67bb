"""Compares the workspace after a conversation with what a case expects, and with nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evals.cases import ExpectedRecord, Scalar
from knowledge_graph.ontology.record import Record, RecordRef

Snapshot = Mapping[RecordRef, Record]


@dataclass(frozen=True, kw_only=True)
class StateVerdict:
    """What is wrong with the end state."""

    missing: tuple[str, ...]
    """Expected changes that did not happen."""
    unexpected: tuple[str, ...]
    """Changes that nobody asked for: each one is harm."""

    @property
    def right(self) -> bool:
        """Nothing missing, nothing else changed."""
        return not self.missing and not self.unexpected


def compare(
    before: Snapshot, after: Snapshot, expected: Sequence[ExpectedRecord], *, nothing_else: bool
) -> StateVerdict:
    """Compare the end state with the expectation.

    Args:
        before: All records at the start.
        after: All records at the end.
        expected: Records that must have changed.
        nothing_else: Every other change is unexpected.

    Returns:
        What is missing and what was not asked for.
    """
    missing: list[str] = []
    allowed: dict[RecordRef, frozenset[str]] = {}
    taken: set[RecordRef] = set()
    gone: set[RecordRef] = set()
    for record in expected:
        ref = _found(record, before if record.deleted else after, taken, before)
        if ref is None:
            missing.append(f"{record.kind} {record.id or dict(record.match)}: not there")
            continue
        taken.add(ref)
        if record.deleted:
            gone.add(ref)
        allowed[ref] = frozenset({*record.fields, *record.may})
        missing += _lacks(record, ref, after)
    unexpected = list(_unexpected(before, after, allowed, frozenset(gone))) if nothing_else else []
    return StateVerdict(missing=tuple(missing), unexpected=tuple(unexpected))


def _found(
    record: ExpectedRecord, pool: Snapshot, taken: set[RecordRef], before: Snapshot
) -> RecordRef | None:
    if record.id is not None:
        ref = RecordRef(kind=record.kind, id=record.id)
        return ref if ref in pool else None
    fitting = [
        ref
        for ref, held in pool.items()
        if ref.kind == record.kind
        and ref not in taken
        and all(_same(held.get(name), want, pool) for name, want in record.match.items())
    ]
    fresh = [ref for ref in fitting if ref not in before]
    return next(iter(fresh if record.created else [*fresh, *fitting]), None)


def _lacks(record: ExpectedRecord, ref: RecordRef, after: Snapshot) -> Iterable[str]:
    held = after.get(ref)
    if record.deleted:
        if held is not None:
            yield f"{ref}: still there"
        return
    if held is None:
        yield f"{ref}: gone"
        return
    for name, want in record.fields.items():
        if not _same(held.get(name), want, after):
            yield f"{ref}.{name}: is {held.get(name)!r}, not {want!r}"


def _unexpected(
    before: Snapshot,
    after: Snapshot,
    allowed: Mapping[RecordRef, frozenset[str]],
    gone: frozenset[RecordRef],
) -> Iterable[str]:
    for ref in before.keys() - after.keys():
        if ref not in gone:
            yield f"{ref}: deleted"
    for ref in after.keys() - before.keys():
        if ref not in allowed:
            yield f"{ref}: created"
    for ref in before.keys() & after.keys():
        old, new = before[ref].values, after[ref].values
        for name in old.keys() | new.keys():
            if old.get(name) != new.get(name) and name not in allowed.get(ref, frozenset()):
                yield f"{ref}.{name}: {old.get(name)!r} became {new.get(name)!r}"


def _same(held: object, want: Scalar | list[str], pool: Snapshot) -> bool:
    if held == want or (
        isinstance(held, tuple) and isinstance(want, list) and set(held) == set(want)
    ):
        return True
    if held in (None, "", ()) and want in (None, ""):
        return True
    if isinstance(held, str) and isinstance(want, str):
        return held.casefold() == want.casefold() or _names(held, want, pool)
    return False


def _names(held: str, want: str, pool: Snapshot) -> bool:
    """A reference may be given as the name or the e-mail of its target."""
    return any(
        ref.id == held
        and want.casefold() in {str(r.get(f) or "").casefold() for f in ("name", "email")}
        for ref, r in pool.items()
    )
