"""What the gate decides, as pure functions: which of a record is seen, and which queries may be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

from knowledge_graph.consent import Consents, DataUse, Ruling, serves_person
from knowledge_graph.errors import NotAllowedError
from knowledge_graph.expression.nodes import (
    Aggregate,
    And,
    AtLeast,
    Condition,
    Field,
    HeldFor,
    Not,
    Or,
    Query,
    Sort,
    Term,
)
from knowledge_graph.expression.plan import SYSTEM_FIELDS
from knowledge_graph.gate_conditions import both, readable_records
from knowledge_graph.ontology.access import Access, Role, Withheld
from knowledge_graph.ontology.change import ChangeSet, RecordChange
from knowledge_graph.ontology.fields import FieldSpec, Tier
from knowledge_graph.ontology.record import Record, RecordRef
from knowledge_graph.ontology.schema import SUBJECT_KINDS, TIME_FIELDS, KindSpec, WorkspaceSchema
from knowledge_graph.ontology.subject import company_behind, persons_of, tier_of
from knowledge_graph.policy import AccessPolicy

UNKNOWN_PERSON = "unknown_person"
"""Whom a personal value is about cannot be told any more, so nobody is shown it."""
_NOTHING: Mapping[str, Withheld] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A record as the actor may see it: withheld fields are absent from its values."""

    record: Record
    withheld: Mapping[str, Withheld]
    grounds: Mapping[str, Ruling] = field(default_factory=lambda: MappingProxyType({}))
    """By shown personal field: on which ground, and until when."""
    uses: tuple[DataUse, ...] = ()
    """What the ledger has to hold before this is shown."""


@dataclass(frozen=True, kw_only=True)
class Nameless:
    """People whose names are withheld."""

    refs: frozenset[RecordRef] = frozenset()
    everybody: bool = False
    """All people but `refs`."""

    def hides(self, ref: RecordRef) -> bool:
        """Return whether the name of a record is withheld."""
        return ref.kind in SUBJECT_KINDS and (ref in self.refs) is not self.everybody


@dataclass(frozen=True)
class Gate:
    """One request for data: a policy, who asks, the schema that says what each field is, and the grounds."""

    policy: AccessPolicy
    access: Access
    schema: WorkspaceSchema
    consents: Consents = field(default_factory=Consents)

    def see(self, record: Record, persons: Sequence[RecordRef] | None = None) -> Seen | None:
        """Return the record without withheld fields, None when nothing of it may be read.

        Args:
            record: The record, or a part of it.
            persons: Whom it is about, when its values alone do not tell.
        """
        kind = self.schema.kind(record.kind)
        specs = kind.fields
        grounds = self._grounds(record, persons)
        withheld = {}
        for name, spec in specs.items():
            reason = self.policy.may_read(self.access, record, spec)
            if reason is None and name in grounds and not grounds[name].allowed:
                reason = Withheld(field=name, tier=tier_of(spec), reason=grounds[name].reason)
            if reason is not None:
                withheld[name] = reason
        if len(withheld) == len(specs):
            return None
        shown = {n: g for n, g in grounds.items() if n not in withheld}
        uses = _uses(self._about(record, persons), kind, record, shown) if shown else ()
        if not withheld and record.values.keys() <= specs.keys():
            return Seen(record=record, withheld=_NOTHING, grounds=shown, uses=uses)
        # A value whose field the schema does not know has no tier to decide by: it stays inside.
        values = {n: v for n, v in record.values.items() if n in specs and n not in withheld}
        origins = {n: o for n, o in record.origins.items() if n not in withheld}
        keys = () if _is_hidden(withheld) else record.source_keys
        whole = replace(record, values=values, origins=origins, source_keys=keys)
        return Seen(record=whole, withheld=withheld, grounds=shown, uses=uses)

    def whole(self, record: Record) -> Seen:
        """Return the record with every value, and what of it may not be shown: to compare a file with."""
        seen = self.see(record)
        if seen is not None:
            return Seen(record=record, withheld=seen.withheld)
        hidden = {n: Withheld(field=n, tier=None, reason="role") for n in record.values}
        return Seen(record=record, withheld=hidden)

    def see_all(self, records: Iterable[Record]) -> tuple[Seen, ...]:
        """Return those records of which something may be read."""
        seen = (self.see(record) for record in records)
        return tuple(s for s in seen if s is not None)

    def see_changes(
        self, change_set: ChangeSet, standing: Mapping[RecordRef, Record] = MappingProxyType({})
    ) -> ChangeSet:
        """Return a change set without what the actor may not see.

        Args:
            change_set: From the change log.
            standing: The records it changed, as they are now: a change alone may not name its person.
        """
        shown, hidden = [], False
        for change in change_set.changes:
            values = {**change.before, **change.after}
            part = Record(kind=change.ref.kind, id=change.ref.id, values=values)
            seen = self.see(part, self._persons_of_change(change, standing.get(change.ref)))
            if seen is not None:
                shown.append(_without(change, seen.withheld))
                hidden = hidden or any(n in seen.withheld for n in values)
        # The reason is the author's own words: they may say the value that is withheld.
        reason = "" if hidden and change_set.actor != str(self.access.actor) else change_set.reason
        return replace(change_set, changes=tuple(shown), reason=reason)

    def narrow(self, query: Query) -> Query:
        """Return the query with the actor's restrictions built in.

        Raises:
            NotAllowedError: A kind or field in it may not be read.
        """
        kind = self.schema.kind(query.entity).name
        own = self.policy.restriction(self.access, kind)
        condition = both(own, self._condition(query.condition, kind))
        for sort in query.sort:
            condition = both(condition, self._check_term(sort.term, kind))
        return replace(
            query,
            condition=condition,
            sort=tuple(
                Sort(term=self._narrowed(s.term, kind), descending=s.descending) for s in query.sort
            ),
        )

    def check_field(self, kind: str, field: str) -> Condition | None:
        """Return which records may be filtered, sorted and summed by the field; None for all.

        Args:
            kind: The kind of the query.
            field: `name` or `entity.name`.

        Raises:
            NotAllowedError: It may not be.
            UnknownFieldError: There is no such field.
        """
        entity, _, name = (field if "." in field else f"{kind}.{field}").partition(".")
        if name in SYSTEM_FIELDS:
            return None
        spec = self.schema.field(entity, name)
        reason = self.policy.may_query(self.access, spec)
        if reason is not None:
            raise NotAllowedError(
                f"{self.access.actor.role} may not filter, sort or sum by {field!r}"
                f" ({reason.reason}); nothing was read"
            )
        return self._readable(spec)

    @cached_property
    def nameless(self) -> Nameless:
        """The people whose names this actor may not learn for this purpose."""
        if serves_person(self.access):
            return Nameless()
        if self._own_access or self.consents.general(Tier.IDENTITY, self.access) is not None:
            return Nameless(refs=frozenset(self.consents.restricted))
        own = self.consents.allowed_persons(Tier.IDENTITY, self.access)
        return Nameless(everybody=True, refs=own)

    @property
    def _own_access(self) -> bool:
        """A customer sees what the policy opens to him: himself. His own right is the ground."""
        return self.access.actor.role is Role.CUSTOMER

    def _readable(self, spec: FieldSpec) -> Condition | None:
        """Return which records of a kind a personal field may be looked at, None for all.

        Raises:
            WithheldError: There is no ground for it beyond single people's.
        """
        tier = tier_of(spec)
        kind = self.schema.kind(spec.kind)
        if tier is None or self._own_access or not _names_people(kind):
            return None
        return readable_records(kind, spec, self.consents, self.access)

    def _about(self, record: Record, persons: Sequence[RecordRef] | None) -> Sequence[RecordRef]:
        if persons is not None:
            return persons
        return persons_of(record.kind, record.id, record.values, self.schema)

    def _grounds(self, record: Record, persons: Sequence[RecordRef] | None) -> Mapping[str, Ruling]:
        """Return by personal field whether it may be used, and on what."""
        if self._own_access:
            return {}
        kind = self.schema.kind(record.kind)
        about = self._about(record, persons)
        if not about:
            return {}
        business = company_behind(record.kind, record.values)
        rulings = {tier: self._ruled(about, tier, business) for tier in set(kind.tiers.values())}
        return {name: rulings[tier] for name, tier in kind.tiers.items()}

    def _ruled(self, persons: Sequence[RecordRef], tier: Tier, business: bool) -> Ruling:
        """Return the ruling that holds for all of several people: one refusal is enough."""
        found = Ruling(allowed=True)
        for person in persons:
            if person.id == _NOBODY.id:
                return Ruling(allowed=False, reason=UNKNOWN_PERSON)
            found = self.consents.rule(person, tier, self.access, business=business)
            if not found.allowed:
                return found
        return found

    def _persons_of_change(
        self, change: RecordChange, standing: Record | None
    ) -> Sequence[RecordRef] | None:
        """Return everybody whom a logged change may be about."""
        kind = change.ref.kind
        if kind in SUBJECT_KINDS or not _names_people(self.schema.kind(kind)):
            return None
        parts = [change.before, change.after, *([standing.values] if standing else [])]
        found = [
            p for values in parts for p in persons_of(kind, change.ref.id, values, self.schema)
        ]
        whole = standing is not None or not change.before or not change.after
        return tuple(dict.fromkeys(found if whole else [*found, _NOBODY]))

    def _condition(self, condition: Condition | None, kind: str) -> Condition | None:
        """Return the condition with every term checked and every aggregate restricted."""
        match condition:
            case None:
                return None
            case And() | Or() | AtLeast():
                args = [self._condition(c, kind) for c in condition.args]
                return replace(condition, args=tuple(a for a in args if a is not None))
            case Not() | HeldFor():
                arg = self._condition(condition.arg, kind)
                return condition if arg is None else replace(condition, arg=arg)
            case _:
                readable = self._check_term(condition.term, kind)
                narrowed = replace(condition, term=self._narrowed(condition.term, kind))
                # Where the field is withheld the comparison does not hold, as if the value were unknown.
                return narrowed if readable is None else And(args=(narrowed, readable))

    def _check_term(self, term: Term, kind: str) -> Condition | None:
        """Return of which records the actor may look at a term, None for all.

        Raises:
            NotAllowedError: Of none.
        """
        if not isinstance(term, Field):
            return None
        other = self.schema.kind(term.entity).name
        if other != kind and self.policy.restriction(self.access, other) is not None:
            raise NotAllowedError(f"{self.access.actor.role} may not filter by {term.id!r}")
        return self.check_field(other, term.id)

    def _narrowed(self, term: Term, kind: str) -> Term:
        """Return the term with the actor's restrictions built in.

        Raises:
            NotAllowedError: He may not look at it.
        """
        if isinstance(term, Field):
            return term
        over = self.schema.kind(term.over).name
        condition = both(
            self.policy.restriction(self.access, over), self._condition(term.where, over)
        )
        for name in _looked_at(term, over, kind, self.schema):
            condition = both(condition, self.check_field(over, name))
        return replace(term, where=condition)


_NOBODY = RecordRef(kind="contact", id="?")
"""Stands for a person who cannot be told."""


def _looked_at(term: Aggregate, over: str, kind: str, schema: WorkspaceSchema) -> tuple[str, ...]:
    """Return the fields that a number over other records looks at: its own, the time, the link to a person."""
    fields = schema.kind(over).fields
    found = [term.field] if term.field is not None else []
    if (
        kind not in SUBJECT_KINDS
    ):  # reached by way of a company: a company stands behind all of them
        return tuple(found)
    found += [TIME_FIELDS[over]] if term.window is not None and over in TIME_FIELDS else []
    found += [f.name for f in fields.values() if f.target == kind]
    return tuple(found)


def _names_people(kind: KindSpec) -> bool:
    """Return whether records of a kind can be about people."""
    return kind.name in SUBJECT_KINDS or any(f.target in SUBJECT_KINDS for f in kind.references)


def _is_hidden(withheld: Mapping[str, Withheld]) -> bool:
    """Return whether what tells the record apart outside is to stay inside: the role, or the person's name."""
    return any(w.reason == "role" or w.tier is Tier.IDENTITY for w in withheld.values())


def _uses(
    persons: Sequence[RecordRef], kind: KindSpec, record: Record, shown: Mapping[str, Ruling]
) -> tuple[DataUse, ...]:
    """Return which tiers of which people are shown, and on what."""
    by_tier: dict[Tier, list[str]] = {}
    for name in shown:
        if record.values.get(name) not in {None, "", ()}:
            by_tier.setdefault(kind.tiers[name], []).append(name)
    return tuple(
        DataUse(
            person=person,
            tier=tier,
            basis=shown[names[0]].basis,
            fields=tuple(f"{kind.name}.{name}" for name in names),
        )
        for person in persons
        for tier, names in by_tier.items()
    )


def _without(change: RecordChange, withheld: Mapping[str, Withheld]) -> RecordChange:
    """Return the change without the fields that may not be seen."""
    return replace(
        change,
        title=change.title if "name" not in withheld else change.ref.id,
        before={n: v for n, v in change.before.items() if n not in withheld},
        after={n: v for n, v in change.after.items() if n not in withheld},
        source_keys=() if _is_hidden(withheld) else change.source_keys,
        replaced_source_keys=() if _is_hidden(withheld) else change.replaced_source_keys,
        origins={n: o for n, o in change.origins.items() if n not in withheld},
        replaced_origins={n: o for n, o in change.replaced_origins.items() if n not in withheld},
    )
