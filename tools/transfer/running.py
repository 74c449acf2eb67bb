"""What an import knows while it runs: growing changes, records already placed, references still open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from knowledge_graph.ontology.change import Action, RecordChange
from knowledge_graph.ontology.record import Origin, RecordRef, Value
from knowledge_graph.ontology.schema import WorkspaceSchema
from tools.transfer.directory import Directory
from tools.transfer.drafting import Pointer, RecordDraft, normal_name

KIND_ORDER = (
    "employee", "product", "account", "contact", "lead", "opportunity", "contract", "order", "ticket", "task",
    "interaction", "usage_event", "document", "passage",
)  # fmt: skip
"""Records are written in this order, so that references point to what exists."""


@dataclass(kw_only=True, slots=True)
class Working:
    """A change of one record that still grows while the rows of a piece are read."""

    ref: RecordRef
    create: bool
    before: dict[str, Value]
    after: dict[str, Value]
    origin: Origin
    origins: dict[str, Origin]
    keys: tuple[str, ...]
    title: str

    def change(self) -> RecordChange:
        """Return the finished change."""
        return RecordChange(
            action=Action.CREATE if self.create else Action.UPDATE,
            ref=self.ref,
            title=self.title,
            before=self.before,
            after=self.after,
            source_keys=self.keys,
            origin=self.origin,
            origins=self.origins,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Deferred:
    """A reference to a record that may come later in the files."""

    ref: RecordRef
    pointer: Pointer
    origin: Origin


@dataclass(kw_only=True)
class Run:
    """What one import knows while it runs."""

    schema: WorkspaceSchema
    systems: Mapping[str, tuple[str, ...]]
    """By kind: the systems whose tables hold it."""
    directory: Directory
    placed: dict[str, RecordRef] = field(default_factory=dict)
    """Source key to record, for all records that this import has seen."""
    mains: set[str] = field(default_factory=set)
    used: set[RecordRef] = field(default_factory=set)
    deferred: list[Deferred] = field(default_factory=list)
    touched: set[RecordRef] = field(default_factory=set)
    """Records that this import has created."""


def natural(pointer: Pointer) -> str:
    """Return what stands in the source key of a record known only by what others call it."""
    return pointer.text.lower() if "@" in pointer.text else normal_name(pointer.text)


def keys_of(
    drafts: Iterable[RecordDraft], system: str, systems: Mapping[str, Sequence[str]]
) -> set[str]:
    """Return the source keys that the records of these drafts, and those they point to, may have."""
    keys = set()
    for draft in drafts:
        keys.add(draft.key)
        if not draft.main and draft.outside_id:
            keys.update(f"{s}|{draft.kind}|{draft.outside_id}" for s in systems.get(draft.kind, ()))
        for pointer in draft.pointers:
            keys.add(f"{system}|{pointer.target}|?{natural(pointer)}")
            for one in (system, *systems.get(pointer.target, ())):
                keys.add(f"{one}|{pointer.target}|{pointer.text}")
    return keys - {""}


def refs_of(drafts: Iterable[RecordDraft]) -> set[RecordRef]:
    """Return the records that these drafts may stand for or point to by our own ids."""
    refs = set()
    for draft in drafts:
        if draft.own is not None:
            refs.add(RecordRef(kind=draft.kind, id=draft.own.id))
        elif draft.outside_id:
            refs.add(RecordRef(kind=draft.kind, id=draft.outside_id))
        refs.update(RecordRef(kind=p.target, id=p.text) for p in draft.pointers if p.text)
    return refs
