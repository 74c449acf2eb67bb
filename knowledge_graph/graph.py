"""The gate: the only way from a use case to the graph store.

`KnowledgeGraph` asks an `AccessPolicy` about every record and every field before a value leaves the data
layer. Tools, agents and channels get a `KnowledgeGraph`, never a `GraphStore` (tests/architecture checks it).

A record of which the actor may read no field at all does not exist for him: it is neither returned nor
counted. A query that filters, sorts or sums by a field that the actor may not read is refused, because its
result would tell the value.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from knowledge_graph.aggregates import AnsweredGroups, GroupsInMemory, check_group, group_of
from knowledge_graph.blind import completed
from knowledge_graph.consent_ports import AssumedConsents, ConsentSource, NoUseLog, UseLog
from knowledge_graph.errors import NotAllowedError, NotFoundError, WithheldError
from knowledge_graph.expression.nodes import Condition, Measure, Query
from knowledge_graph.gate import Gate, Nameless, Seen
from knowledge_graph.gate_conditions import both
from knowledge_graph.ontology.access import Access
from knowledge_graph.ontology.change import Action, ChangeSet
from knowledge_graph.ontology.record import NameEntry, Record, RecordRef
from knowledge_graph.ontology.schema import SUBJECT_KINDS, WorkspaceSchema
from knowledge_graph.policy import AccessPolicy
from knowledge_graph.ports import Edge, GraphStore
from knowledge_graph.scopes import KIND, check_scopes
from knowledge_graph.seen import Lens, SeenNeighbourhood, SeenPage, connected

__all__ = [
    "AccessPolicy",
    "Grounds",
    "KnowledgeGraph",
    "Lens",
    "Seen",
    "SeenNeighbourhood",
    "SeenPage",
]


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """What the gate decides by beside the roles, and where it writes down what was used."""

    consents: ConsentSource = field(default_factory=AssumedConsents)
    uses: UseLog = field(default_factory=NoUseLog)
    groups: AnsweredGroups = field(default_factory=GroupsInMemory)


class KnowledgeGraph:
    """Reads and writes for an actor; every value passes the policy.

    Args:
        store: The system of record; nothing but this gate holds it.
        policy: Who may see and change what.
        grounds: Legal bases, grants and the ledger; None: the assumed bases, no grants, nothing written down.
    """

    def __init__(
        self, store: GraphStore, policy: AccessPolicy, grounds: Grounds | None = None
    ) -> None:
        self.__store = store
        self.__policy = policy
        self.__grounds = grounds or Grounds()
        self.__answering = asyncio.Lock()

    async def __gate(self, access: Access) -> Gate:
        """Return the decisions for one request."""
        consents = await self.__grounds.consents.current()
        return Gate(self.__policy, access, await self.__store.schema(), consents)

    async def __logged(self, seen: Sequence[Seen], access: Access) -> None:
        """Write down what is about to be shown."""
        uses = [use for one in seen for use in one.uses]
        if uses and not access.indexing:
            await self.__grounds.uses.record(uses, access)

    async def find(
        self, query: Query, access: Access, *, now: datetime, offset: int = 0, limit: int = 50
    ) -> SeenPage:
        """Return records that satisfy a query, and how many of them the actor may see in all.

        Args:
            query: Which records.
            access: Who asks and why.
            now: Resolves windows and moments, UTC.
            offset: How many records to skip.
            limit: At most so many records.

        Raises:
            NotAllowedError: The kind, or a field that the query looks at, may not be read.
        """
        gate = await self.__gate(access)
        page = await self.__store.find(gate.narrow(query), now=now, offset=offset, limit=limit)
        seen = gate.see_all(page.records)
        await self.__logged(seen, access)
        return SeenPage(records=seen, total=page.total)

    async def get(self, refs: Sequence[RecordRef], access: Access) -> tuple[Seen, ...]:
        """Return the records that exist and that the actor may see, in the order asked for."""
        if not refs:
            return ()
        gate = await self.__gate(access)
        seen = gate.see_all(await self.__store.get(refs))
        await self.__logged(seen, access)
        return seen

    async def compared(self, refs: Sequence[RecordRef], access: Access) -> tuple[Seen, ...]:
        """Return the records that exist, whole, for an import to compare its file with.

        What is withheld from the actor is in the values here and named in `withheld`: it decides what is
        written and is never shown or told.

        Raises:
            NotAllowedError: The actor may not import.
        """
        self.__policy.may_administer(access)
        if not refs:
            return ()
        gate = await self.__gate(access)
        return tuple(gate.whole(record) for record in await self.__store.get(refs))

    async def compared_all(self, kind: str, access: Access) -> AsyncIterator[Seen]:
        """Yield all records of a kind, whole; see `compared`.

        Raises:
            NotAllowedError: The actor may not import.
        """
        self.__policy.may_administer(access)
        gate = await self.__gate(access)
        async for record in self.__store.scan(kind):
            yield gate.whole(record)

    async def measure(
        self, query: Query, measures: Sequence[Measure], access: Access, *, now: datetime
    ) -> Mapping[Measure, float | None]:
        """Return numbers over the records of a query that the actor may see.

        Args:
            query: Which records; its sort is ignored.
            measures: Which numbers.
            access: Who asks and why.
            now: Resolves windows and moments, UTC.

        Raises:
            NotAllowedError: The kind, or a field that is looked at, may not be read.
            WithheldError: A number over too few people.
        """
        gate = await self.__gate(access)
        kind, narrowed = gate.schema.kind(query.entity).name, gate.narrow(query)
        by_condition: dict[Condition | None, list[Measure]] = {}
        for measure in measures:
            readable = None
            if measure.field is not None:
                try:
                    readable = gate.check_field(kind, measure.field)
                except WithheldError:
                    await self.__check_group(measure, narrowed, gate, now)
            by_condition.setdefault(readable, []).append(measure)
        found: dict[Measure, float | None] = {}
        for readable, some in by_condition.items():
            part = replace(narrowed, condition=both(narrowed.condition, readable))
            found |= await self.__store.measure(part, some, now=now)
        return {measure: found[measure] for measure in measures}

    async def __check_group(
        self, measure: Measure, query: Query, gate: Gate, now: datetime
    ) -> None:
        """Return when a number over a withheld field hides everybody in it.

        Raises:
            WithheldError: It does not.
        """
        entity, _, name = str(measure.field).rpartition(".")
        if entity and gate.schema.kind(entity).name != gate.schema.kind(query.entity).name:
            raise WithheldError(
                f"{measure.field!r} is withheld", field=str(measure.field), reason="no_grant"
            )
        kind = gate.schema.kind(query.entity).name
        group = await group_of(measure, query, gate.schema, self.__store, now)
        actor, groups = str(gate.access.actor), self.__grounds.groups
        async with self.__answering:  # of two asked at once, the second is compared with the first
            check_group(measure, group, await groups.earlier(actor, f"{kind}.{name}"))
            await groups.keep(actor, f"{kind}.{name}", group, gate.access.at)

    async def neighbourhood(
        self, ref: RecordRef, access: Access, *, hops: int = 1, limit: int = 200
    ) -> SeenNeighbourhood:
        """Return what is connected with a record, nearest and newest first.

        Args:
            ref: The record in the middle.
            access: Who asks and why.
            hops: How far, in edges.
            limit: At most so many records.

        Raises:
            NotFoundError: There is no such record for this actor.
        """
        gate = await self.__gate(access)
        around = await self.__store.neighbourhood(ref, hops=hops, limit=limit)
        centre = gate.see(around.centre)
        if centre is None:
            raise NotFoundError(f"no record {ref}")
        seen = gate.see_all(around.records)
        known = {s.record.ref: s for s in (centre, *seen)}
        edges = tuple(
            e
            for e in around.edges
            if e.source in known and e.target in known and e.field not in known[e.source].withheld
        )
        near = connected(centre.record.ref, edges)
        reached = tuple(s for s in seen if s.record.ref in near)
        await self.__logged((centre, *reached), access)
        return SeenNeighbourhood(
            centre=centre,
            records=reached,
            edges=tuple(e for e in edges if e.source in near and e.target in near),
        )

    async def references_to(self, refs: Sequence[RecordRef], access: Access) -> tuple[Edge, ...]:
        """Return the edges by which records that the actor may see point to these."""
        edges = await self.__store.references_to(refs)
        seen = await self.get(tuple(dict.fromkeys(e.source for e in edges)), access)
        withheld = {s.record.ref: s.withheld for s in seen}
        return tuple(e for e in edges if e.field not in withheld.get(e.source, {e.field: None}))

    async def history(
        self,
        access: Access,
        *,
        ref: RecordRef | None = None,
        actor: str | None = None,
        limit: int = 20,
    ) -> tuple[ChangeSet, ...]:
        """Return committed change sets, newest first, without values that the actor may not see.

        Args:
            access: Who asks and why.
            ref: Only changes of this record.
            actor: Only changes by this actor.
            limit: At most so many change sets.
        """
        gate = await self.__gate(access)
        found = await self.__store.history(ref=ref, actor=actor, limit=limit)
        standing = await self.__standing(found, gate)
        seen = (gate.see_changes(c, standing) for c in found)
        return tuple(c for c in seen if c.changes)

    async def __standing(
        self, change_sets: Sequence[ChangeSet], gate: Gate
    ) -> Mapping[RecordRef, Record]:
        """Return the changed records as they are, of kinds whose changes alone may not name their person."""
        refs = dict.fromkeys(
            c.ref
            for change_set in change_sets
            for c in change_set.changes
            if c.ref.kind not in SUBJECT_KINDS and gate.schema.kind(c.ref.kind).tiers
        )
        return {r.ref: r for r in await self.__store.get(tuple(refs))} if refs else {}

    async def change_set(self, change_id: str, access: Access) -> ChangeSet:
        """Return a committed change set without values that the actor may not see.

        Raises:
            NotFoundError: There is none for this actor.
        """
        gate = await self.__gate(access)
        whole = await self.__store.change_set(change_id)
        seen = gate.see_changes(whole, await self.__standing((whole,), gate))
        if whole.changes and not seen.changes:
            raise NotFoundError(f"no change {change_id!r}")
        return seen

    async def commit(self, change_set: ChangeSet, access: Access) -> None:
        """Write all changes and the entry in the change log, or nothing; acknowledged means durable.

        Raises:
            NotAllowedError: The actor may not make one of these changes.
            WithheldError: It would overwrite a value that the actor may not see.
            ScopeMissingError: It puts a person on an opportunity that has no usage scope.
            ConflictError: A record is not as `before` says.
            InvalidValueError: A reference points to no record.
        """
        self.__policy.may_write(access, change_set)
        await self.__check_scopes(change_set)
        gate = await self.__gate(access)
        await self.__store.commit(await completed(change_set, gate, self.__store))

    async def __check_scopes(self, change_set: ChangeSet) -> None:
        """Return when every opportunity that gets a person has its usage scope."""
        deals = [c for c in change_set.changes if c.ref.kind == KIND]
        if deals:
            changed = [c.ref for c in deals if c.action is Action.UPDATE]
            standing = await self.__store.get(changed) if changed else ()
            check_scopes(change_set, {r.ref: r for r in standing})

    async def schema(self) -> WorkspaceSchema:
        """Return the workspace's schema, custom fields included."""
        return await self.__store.schema()

    async def save_schema(self, schema: WorkspaceSchema, access: Access) -> None:
        """Replace the workspace's custom fields.

        Raises:
            NotAllowedError: The actor may not.
        """
        self.__policy.may_administer(access)
        await self.__store.save_schema(schema)

    async def by_source_key(self, keys: Sequence[str], access: Access) -> Mapping[str, RecordRef]:
        """Return the records that stand for these outside records.

        Raises:
            NotAllowedError: The actor may not look records up by outside ids.
        """
        self.__policy.may_administer(access)
        return await self.__store.by_source_key(keys)

    def names(self, since: str = "") -> AsyncIterator[NameEntry]:
        """Return all names changed since then, for the linker's index; shown to nobody without `get`."""
        return self.__store.names(since)

    async def nameless(self, access: Access) -> Nameless:
        """Return whose names this actor may not learn: no question back may offer them."""
        return (await self.__gate(access)).nameless

    async def enumerated_values(self) -> Mapping[str, tuple[str, ...]]:
        """Return the values that enumerations and sets hold, by field id: vocabulary, not data."""
        return await self.__store.enumerated_values()

    async def values_in_use(
        self, kind: str, field: str, access: Access, *, limit: int = 500
    ) -> tuple[tuple[str, int], ...]:
        """Return the distinct values of a field with their counts, most frequent first.

        Raises:
            NotAllowedError: The actor may not read all records of the kind, or not this field.
            WithheldError: Somebody's data is withheld.
        """
        gate = await self.__gate(access)
        name = gate.schema.kind(kind).name
        if self.__policy.restriction(access, name) is not None:
            raise NotAllowedError(f"{access.actor.role} may not count values over all {kind!r}")
        if gate.check_field(name, field) is not None:
            raise WithheldError(
                f"{field!r} of some {name!r} records is withheld, so its values cannot be listed",
                field=f"{name}.{field}",
            )
        return await self.__store.values_in_use(name, field, limit=limit)

    async def counts(self) -> Mapping[str, int]:
        """Return how many records there are of each kind that has any."""
        return await self.__store.counts()

    async def change_mark(self) -> str:
        """Return a text that differs after every commit and every saved schema."""
        return await self.__store.change_mark()

    async def grounds_mark(self) -> str:
        """Return a text that differs after every grant, withdrawal and change of a legal basis."""
        return await self.__grounds.consents.mark()

    def standing(self, access: Access) -> str:
        """Return a text that is the same for actors of whom the policy decides alike."""
        return self.__policy.standing(access)

    async def lens(self, access: Access) -> Lens:
        """Return the decisions of this moment for records that come from outside and are not kept yet.

        What is shown by it is not written down: it is what the sender has just told us.
        """
        return (await self.__gate(access)).see
