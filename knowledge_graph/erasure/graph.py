"""The graph as a place of copies: the person's records, what refers to them, texts that speak of the person."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge_graph.erasure.person import MASK, Person
from knowledge_graph.erasure.places import Wiped
from knowledge_graph.expression.nodes import And, Compare, Condition, Field, Not, Or, Query, Text
from knowledge_graph.keeping import KeyVault
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.fields import FieldSpec, FieldType
from knowledge_graph.ontology.record import Origin, Record, RecordRef, Value, new_id
from knowledge_graph.ontology.schema import SUBJECT_KINDS, KindSpec, WorkspaceSchema
from knowledge_graph.ports import Clock, GraphStore
from knowledge_graph.sealing.content import WHOLE, Content
from knowledge_graph.sealing.graph_store import SealedGraphStore
from knowledge_graph.sealing.layout import HOLDERS, VALUES, above, sealed_kinds
from knowledge_graph.sealing.log import reason_holder
from knowledge_graph.sealing.opening import (
    Closed,
    Unsealed,
    contents_of,
    holders_of,
    sealed_texts,
)

_BATCH = 2_000
_ANCHORS = ("account", "opportunity", "lead", "contact")
_MOST = 100_000
ACTOR = "privacy:erasure"


@dataclass(frozen=True, kw_only=True)
class GraphPlace:
    """See `Place`.

    Args:
        below: The store that keeps ciphertext.
        sealed: The store over it.
        vault: Has the keys.
        clock: Stamps the changes.
    """

    below: GraphStore
    sealed: SealedGraphStore
    vault: KeyVault
    clock: Clock
    name: str = "graph database and its change log"

    async def wipe(self, person: Person) -> Wiped:
        """Delete the person's records, let go of them, and take the person out of other texts."""
        schema = await self.sealed.schema()
        # the database looks for the one while this process looks for the others
        related, holders, mentions = await asyncio.gather(
            self._related(person), self._reasons(person), self._mentions(person)
        )
        known = {*person.refs, *(r.ref for r in related)}
        spoken = [ref for ref in mentions if ref not in known]
        own = await self.below.get(person.refs)
        drafter = _Drafter(person=person, schema=schema)
        touched = (*await self.below.get(spoken), *related)
        parts = [Closed(ref=r.ref, text=str(r.values[VALUES])) for r in touched if drafter.opens(r)]
        contents = dict(zip(parts, await contents_of(self.vault, parts), strict=True))
        by_ref = {part.ref: content for part, content in contents.items()}
        drafts = [drafter.draft(r, by_ref.get(r.ref)) for r in touched]
        texts = iter(await sealed_texts(self.vault, [d.part for d in drafts if d.part is not None]))
        changes = [d.change(next(texts) if d.part else None) for d in drafts]
        deleted = [_delete(r) for r in own]
        await self._commit([*changes, *deleted])
        gone = sum(c.action is Action.DELETE for c in changes) + len(deleted)
        return Wiped(
            place=self.name,
            found=len(own) + len(related) + len(spoken),
            deleted=gone,
            rewritten=len(changes) + len(deleted) - gone,
            holders=holders,
            spoken=tuple(name for d in drafts for name in d.spoken),
            kept=_clear_texts(spoken, schema),
        )

    async def blank(self, names: Sequence[str]) -> int:
        """Take texts out of a restored workspace that spoke of somebody who was erased since.

        Args:
            names: `kind:id#field`.

        Returns:
            How many texts were taken out.
        """
        changes = []
        for name in names:
            record, _, field = name.partition("#")
            kind, _, record_id = record.partition(":")
            (found,) = await self.sealed.get([RecordRef(kind=kind, id=record_id)]) or (None,)
            if found is not None and found.get(field):
                changes.append(_update(found.ref, {field: found.get(field)}, {field: MASK}))
        for start in range(0, len(changes), _BATCH):
            await self.sealed.commit(self._set(changes[start : start + _BATCH]))
        return len(changes)

    async def probe(self, person: Person) -> int:
        """Return how many records still are the person, or are sealed for the person."""
        own = await self.below.get(person.refs)
        return len(own) + len(await self._related(person))

    async def _related(self, person: Person) -> tuple[Record, ...]:
        """Return the records that refer to the person, or are sealed for the person."""
        edges = await self.below.references_to(person.refs)
        refs = dict.fromkeys(e.source for e in edges if e.source not in person.refs)
        found = {r.ref: r for r in await self.below.get(list(refs))}
        names = {str(ref) for ref in person.refs}
        schema = above(await self.below.schema())
        for kind in sealed_kinds(schema).keys() - SUBJECT_KINDS:
            query = Query(entity=kind, condition=_let_go(schema.kind(kind), person), limit=_MOST)
            page = await self.below.find(query, now=self.clock.now(), limit=_MOST)
            found |= {r.ref: r for r in page.records if names & {str(h) for h in holders_of(r)}}
        return tuple(found.values())

    async def _reasons(self, person: Person) -> tuple[str, ...]:
        """Return the holders of reasons that speak of the person."""
        found = [i async for i, reason in self.sealed.reasons() if person.is_in(reason)]
        return tuple(dict.fromkeys(reason_holder(change_id) for change_id in found))

    async def _mentions(self, person: Person) -> list[RecordRef]:
        """Return the records whose texts speak of the person."""
        schema, found = await self.sealed.schema(), []
        for kind in schema.kinds.values():
            terms = [f"{kind.name}.{f.name}" for f in kind.fields.values() if _may_speak(f)]
            tests: tuple[Condition, ...] = tuple(
                Text(mode="contains", term=Field(id=term), value=word)
                for term in terms
                for word in person.words
            )
            if not tests:
                continue
            query = Query(entity=kind.name, condition=Or(args=tests))
            page = await self.sealed.find(query, now=self.clock.now(), limit=_MOST)
            found += [r.ref for r in page.records if _speaks(r, person, schema)]
        return found

    async def _commit(self, changes: Sequence[RecordChange]) -> None:
        """Write the changes, deletions last, in sets of a bounded size."""
        ordered = sorted(changes, key=lambda c: c.action is Action.DELETE)
        for start in range(0, len(ordered), _BATCH):
            await self.below.commit(self._set(ordered[start : start + _BATCH]))

    def _set(self, changes: Sequence[RecordChange]) -> ChangeSet:
        at = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        return ChangeSet(
            id=new_id(),
            at=at,
            actor=ACTOR,
            reason="",
            changes=tuple(changes),
            origin=Origin(system="privacy", place="erasure", observed_at=at),
        )


def _let_go(kind: KindSpec, person: Person) -> Condition:
    """Return the condition of records that are sealed for a person and do not refer to the person any more."""
    term = Field(id=f"{kind.name}.{HOLDERS}")
    held = tuple(Text(mode="contains", term=term, value=str(ref)) for ref in person.refs)
    refers = tuple(
        Compare(op="eq", term=Field(id=f"{kind.name}.{spec.name}"), value=ref.id)
        for spec in kind.references
        for ref in person.refs
        if spec.target == ref.kind
    )
    return And(args=(Or(args=held), Not(arg=Or(args=refers))))


_PARTIES = frozenset({"employee", "account", "contact", "lead", "product", "document"})
"""Their short texts are names and facts of others: a namesake keeps his name."""


def _may_speak(spec: FieldSpec) -> bool:
    """Return whether a field is a text in which somebody may be spoken of."""
    if spec.type is FieldType.LONG_TEXT:
        return True
    return spec.type is FieldType.TEXT and spec.kind not in _PARTIES


def _speaks(record: Record, person: Person, schema: WorkspaceSchema) -> bool:
    fields = schema.kind(record.kind).fields
    texts = (v for n, v in record.values.items() if n in fields and _may_speak(fields[n]))
    return any(isinstance(text, str) and person.is_in(text) for text in texts)


def _masked(
    values: Mapping[str, Value], person: Person, schema: WorkspaceSchema, kind: str
) -> dict[str, Value]:
    """Return the texts that change when the person is taken out of them."""
    fields = schema.kind(kind).fields
    return {
        n: person.masked(v)
        for n, v in values.items()
        if n in fields and _may_speak(fields[n]) and isinstance(v, str) and person.is_in(v)
    }


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """What becomes of one record; a sealed part may still have to be sealed."""

    record: Record
    before: Mapping[str, Value]
    after: Mapping[str, Value]
    part: Unsealed | None = None
    spoken: tuple[str, ...] = ()
    delete: bool = False

    def change(self, sealed: str | None) -> RecordChange:
        """Return the change for the store below."""
        if self.delete:
            return _delete(self.record)
        after = dict(self.after)
        if _is_closed(self.record):
            after[VALUES] = sealed
        return replace(
            _update(self.record.ref, self.before, after), origin=self.record.origins.get(WHOLE)
        )


@dataclass(frozen=True, kw_only=True)
class _Drafter:
    """Takes a person out of records, one by one."""

    person: Person
    schema: WorkspaceSchema

    def opens(self, record: Record) -> bool:
        """Return whether the sealed part of a record is also about others, so that it stays for them."""
        return _is_closed(record) and bool(set(holders_of(record)) - set(self.person.refs))

    def draft(self, record: Record, content: Content | None) -> _Draft:
        """Return what becomes of a record that refers to the person or speaks of the person.

        Args:
            record: As the store below has it.
            content: Its sealed part, if it has one that opens.
        """
        cleared = self._cleared(record)
        holders = holders_of(record)
        rest = tuple(h for h in holders if h not in self.person.refs)
        let_go = bool(cleared) or rest != holders
        if let_go and not rest and (record.values.keys() - cleared.keys()).isdisjoint(_ANCHORS):
            return _Draft(record=record, before={}, after={}, delete=True)
        masked = _masked(record.values, self.person, self.schema, record.kind)
        before = {**cleared, **{n: record.values[n] for n in masked}}
        after: dict[str, Value] = {**dict.fromkeys(cleared), **masked}
        names = list(masked)
        part = None
        if _is_closed(record):
            # a part that goes as a whole may have been written anew meanwhile: it goes all the same
            named = (VALUES, HOLDERS) if rest else (HOLDERS,)
            before |= {n: record.values.get(n) for n in named}
            after[HOLDERS] = " ".join(map(str, rest)) or None
        if content is not None and rest:
            hidden = _masked(content.values, self.person, self.schema, record.kind)
            names += hidden
            kept = replace(content, values={**content.values, **hidden})
            part = Unsealed(ref=record.ref, holders=rest, content=kept)
        spoken = tuple(f"{record.ref}#{name}" for name in names)
        return _Draft(record=record, before=before, after=after, part=part, spoken=spoken)

    def _cleared(self, record: Record) -> dict[str, Value]:
        """Return the references to the person."""
        gone = {ref.id for ref in self.person.refs}
        return {
            f.name: record.values[f.name]
            for f in self.schema.kind(record.kind).references
            if f.target in SUBJECT_KINDS and record.values.get(f.name) in gone
        }


def _is_closed(record: Record) -> bool:
    return bool(record.values.get(VALUES))


def _delete(record: Record) -> RecordChange:
    return RecordChange(action=Action.DELETE, ref=record.ref, title=record.id, before={}, after={})


def _update(
    ref: RecordRef, before: Mapping[str, Value], after: Mapping[str, Value]
) -> RecordChange:
    return RecordChange(action=Action.UPDATE, ref=ref, title=ref.id, before=before, after=after)


def _clear_texts(spoken: Iterable[RecordRef], schema: WorkspaceSchema) -> tuple[str, ...]:
    """Return what stays of texts about companies: their earlier wording stands in the change log."""
    sealed = sealed_kinds(schema)
    clear = sorted({ref.kind for ref in spoken if ref.kind not in sealed})
    if not clear:
        return ()
    return (
        f"texts about companies named the person ({', '.join(clear)}): they were rewritten; their earlier "
        "wording stands in the change log and in pages of the database until it is rebuilt",
    )
