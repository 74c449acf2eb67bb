"""A change set on its way to the store below: personal values leave it, sealed parts take their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge_graph.errors import ConflictError
from knowledge_graph.keeping import KeyVault, Tombstones
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import Origin, Record, RecordRef, Value
from knowledge_graph.ontology.schema import SUBJECT_KINDS, WorkspaceSchema
from knowledge_graph.ontology.subject import persons_of
from knowledge_graph.sealing.content import EMPTY, WHOLE, Content
from knowledge_graph.sealing.layout import HOLDERS, PREFIX, TOKENS, VALUES, sealed_kinds
from knowledge_graph.sealing.opening import (
    Closed,
    Unsealed,
    blind_values,
    contents_of,
    holders_of,
    key_tokens,
    sealed_texts,
)
from knowledge_graph.sovereignty.errors import ErasedError
from knowledge_graph.stores.values import stored_value


@dataclass(frozen=True, kw_only=True)
class _State:
    """A record between two changes of one set."""

    values: Mapping[str, Value]
    """In the clear, without the properties of the sealing."""
    origins: Mapping[str, Origin]
    added: Mapping[str, Value]
    """The properties of the sealing; those of a part that this set seals are still missing."""
    content: Content | None
    holders: tuple[RecordRef, ...]
    part: int | None = None
    """Which part of this set it ends in; None: one that stands already."""


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """A change whose sealed parts are not made yet."""

    change: RecordChange
    old: _State | None
    new: _State | None


class ChangeSealer:
    """Translates one change set.

    Args:
        vault: Has the keys.
        schema: The workspace's schema.
        standing: The records that stand below, of those that the set names.
        tombstones: Remembers who was erased.
    """

    def __init__(
        self,
        vault: KeyVault,
        schema: WorkspaceSchema,
        standing: Sequence[Record],
        tombstones: Tombstones | None = None,
    ) -> None:
        self._tombstones = tombstones
        self._vault = vault
        self._schema = schema
        self._sealed = sealed_kinds(schema)
        self._standing = standing
        self._state: dict[RecordRef, _State] = {}
        self._parts: list[Unsealed] = []
        self._tokens: Mapping[str, str] = {}

    async def sealed(self, change_set: ChangeSet) -> ChangeSet:
        """Return the change set for the store below.

        Args:
            change_set: As the workspace means it.

        Returns:
            The same without a personal value in the clear.

        Raises:
            ConflictError: A personal value is not as a change says it was.
            ErasedError: A change would write about somebody who was erased.
            InvalidValueError: A value does not fit its field.
            UnknownFieldError: A kind has no such field.
        """
        if not any(self._concerns(c) for c in change_set.changes):
            return change_set
        await self._load()
        keys = {k for c in change_set.changes for k in self._own_keys(c)}
        self._tokens = await key_tokens(self._vault, sorted(keys))
        drafts = [self._draft(c, change_set.origin) for c in change_set.changes]
        texts = await sealed_texts(self._vault, self._parts)
        tokens = await blind_values(self._vault, self._parts)
        await self._check_buried(tokens)
        made = [
            {VALUES: text, HOLDERS: " ".join(map(str, part.holders)), **blind}
            for part, text, blind in zip(self._parts, texts, tokens, strict=True)
        ]
        return replace(change_set, changes=tuple(self._finished(d, made) for d in drafts))

    async def _check_buried(self, tokens: Sequence[Mapping[str, str | None]]) -> None:
        """Return when nobody comes back who was erased; a name alone is no evidence for that."""
        if self._tombstones is None:
            return
        names = (TOKENS["email"], TOKENS["phone"])
        found = [token for blind in tokens for n in names if (token := blind.get(n))]
        if await self._tombstones.buried([*found, *self._tokens.values()]):
            raise ErasedError(
                "a person with this address, number or id was erased; nothing was changed. "
                "Whoever comes back on his own account has to be told to the steward first."
            )

    def _concerns(self, change: RecordChange) -> bool:
        return self._schema.kind(change.ref.kind).name in self._sealed

    async def _load(self) -> None:
        closed = [r for r in self._standing if r.values.get(VALUES)]
        parts = [Closed(ref=r.ref, text=str(r.values[VALUES])) for r in closed]
        contents = dict(
            zip((r.ref for r in closed), await contents_of(self._vault, parts), strict=True)
        )
        for record in self._standing:
            own = {n: v for n, v in record.values.items() if not n.startswith(PREFIX)}
            added = {n: v for n, v in record.values.items() if n.startswith(PREFIX)}
            self._state[record.ref] = _State(
                values=own,
                origins=record.origins,
                added=added,
                content=contents.get(record.ref),
                holders=holders_of(record),
            )

    def _draft(self, change: RecordChange, origin: Origin) -> _Draft:
        if not self._concerns(change):
            return _Draft(change=change, old=None, new=None)
        old = self._state.get(change.ref)
        if old is None and change.action is not Action.CREATE:
            raise ConflictError(f"{change.ref} does not exist any more; nothing was changed")
        if old is not None and change.action is not Action.CREATE:
            self._check(change, old)
        if change.action is Action.DELETE:
            self._state.pop(change.ref, None)
            return _Draft(change=change, old=old, new=None)
        new = self._next(change, old, change.origin or origin)
        self._state[change.ref] = new
        return _Draft(change=change, old=old, new=new)

    def _check(self, change: RecordChange, old: _State) -> None:
        content = old.content or EMPTY
        for name in self._sealed[change.ref.kind] & change.before.keys():
            held = content.values.get(name, old.values.get(name))
            if _plain(held) != _plain(change.before[name]):
                raise ConflictError(
                    f"{change.ref} has changed since: {name!r} is not as expected; "
                    "nothing was changed"
                )

    def _next(self, change: RecordChange, old: _State | None, origin: Origin) -> _State:
        """Return the record after a creation or an update."""
        kind, record_id = change.ref.kind, change.ref.id
        fields = self._sealed[kind]
        after = {n: stored_value(self._schema.field(kind, n), v) for n, v in change.after.items()}
        before = old or _NOBODY
        values = {n: v for n, v in {**before.values, **after}.items() if v is not None}
        people = persons_of(kind, record_id, values, self._schema) or before.holders
        untouched = fields.isdisjoint(after) and not self._own_keys(change)
        if not people:
            return replace(before, values=values)
        rest = {n: v for n, v in values.items() if n not in fields}
        if old is not None and people == old.holders and untouched:
            return replace(before, values=rest)
        content = self._content(change, before, after, origin)
        self._parts.append(Unsealed(ref=change.ref, holders=people, content=content))
        return _State(
            values=rest,
            origins=before.origins,
            added={},
            content=content,
            holders=people,
            part=len(self._parts) - 1,
        )

    @staticmethod
    def _own_keys(change: RecordChange) -> tuple[str, ...]:
        """Return the source keys that name a person; those of other records tell nothing."""
        return change.source_keys if change.ref.kind in SUBJECT_KINDS else ()

    def _content(
        self, change: RecordChange, old: _State, after: Mapping[str, Value], origin: Origin
    ) -> Content:
        fields = self._sealed[change.ref.kind]
        held = old.content or EMPTY
        moved = {n: v for n, v in old.values.items() if n in fields}
        named = fields & after.keys()
        origins = dict(held.origins) or {WHOLE: origin}
        for name in moved:
            origins[name] = old.origins.get(name) or old.origins.get(WHOLE) or origin
        for name in named:
            origins[name] = change.origins.get(name, origin)
        values = {**moved, **held.values, **{n: after[n] for n in named}}
        whole = origins[WHOLE]
        return Content(
            values={n: v for n, v in values.items() if v is not None},
            origins={n: o for n, o in origins.items() if n == WHOLE or o != whole},
            keys={**held.keys, **{self._tokens[k]: k for k in self._own_keys(change)}},
            named=tuple(sorted(named)),
        )

    def _finished(self, draft: _Draft, made: Sequence[Mapping[str, str | None]]) -> RecordChange:
        """Return a change for the store below."""
        change, old, new = draft.change, draft.old or _NOBODY, draft.new or _NOBODY
        if not (old.holders or new.holders):
            return change
        fields = self._sealed[change.ref.kind]
        before = _kept(change.before, fields if old.holders else frozenset())
        after = _kept(change.after, fields if new.holders else frozenset())
        was, becomes = _added(old, made), _added(new, made)
        if change.action is Action.DELETE:
            before[VALUES] = was.get(VALUES)
        elif change.action is Action.CREATE:
            after |= {n: v for n, v in becomes.items() if v is not None}
        elif was != becomes:
            # the old part, and what was in the clear until now, have to stand as they were read
            moved = {n: v for n, v in old.values.items() if n in fields}
            before |= {**moved, **{n: was.get(n) for n in becomes}}
            after |= {**dict.fromkeys(moved), **becomes}
        return replace(
            change,
            title=change.ref.id,
            before=before,
            after=after,
            source_keys=tuple(self._tokens[k] for k in self._own_keys(change))
            or change.source_keys,
            origins={n: o for n, o in change.origins.items() if n not in fields},
        )


_NOBODY = _State(values={}, origins={}, added={}, content=None, holders=())


def _added(state: _State, made: Sequence[Mapping[str, str | None]]) -> Mapping[str, Value]:
    """Return the properties of the sealing in a state."""
    return state.added if state.part is None else made[state.part]


def _kept(values: Mapping[str, Value], sealed: frozenset[str]) -> dict[str, Value]:
    return {n: v for n, v in values.items() if n not in sealed}


def _plain(value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(sorted(set(value))) or None
    return None if value == "" else value
