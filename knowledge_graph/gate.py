"""What the gate decides, as pure functions: which of a record is seen, and which queries may be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from knowledge_graph.errors import NotAllowedError
from knowledge_graph.expression.nodes import (
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
from knowledge_graph.ontology.access import Access, Withheld
from knowledge_graph.ontology.change import ChangeSet, RecordChange
from knowledge_graph.ontology.record import Record
from knowledge_graph.ontology.schema import WorkspaceSchema
from knowledge_graph.policy import AccessPolicy


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A record as the actor may see it: withheld fields are absent from its values."""

    record: Record
    withheld: Mapping[str, Withheld]


@dataclass(frozen=True)
class Gate:
    """One request for data: a policy, who asks, and the schema that says what each field is."""

    policy: AccessPolicy
    access: Access
    schema: WorkspaceSchema

    def see(self, record: Record) -> Seen | None:
        """Return the record without withheld fields, None when nothing of it may be read."""
        specs = self.schema.kind(record.kind).fields
        withheld = {
            name: reason
            for name, spec in specs.items()
            if (reason := self.policy.may_read(self.access, record, spec)) is not None
        }
        if len(withheld) == len(specs):
            return None
        if not withheld and record.values.keys() <= specs.keys():
            return Seen(record=record, withheld=withheld)
        # A value whose field the schema does not know has no tier to decide by: it stays inside.
        shown = {n: v for n, v in record.values.items() if n in specs and n not in withheld}
        origins = {n: o for n, o in record.origins.items() if n not in withheld}
        keys = () if withheld else record.source_keys
        return Seen(
            record=replace(record, values=shown, origins=origins, source_keys=keys),
            withheld=withheld,
        )

    def see_all(self, records: Iterable[Record]) -> tuple[Seen, ...]:
        """Return those records of which something may be read."""
        seen = (self.see(record) for record in records)
        return tuple(s for s in seen if s is not None)

    def see_changes(self, change_set: ChangeSet) -> ChangeSet:
        """Return a change set without what the actor may not see."""
        shown = []
        for change in change_set.changes:
            values = {**change.before, **change.after}
            seen = self.see(Record(kind=change.ref.kind, id=change.ref.id, values=values))
            if seen is not None:
                shown.append(_without(change, seen.withheld))
        return replace(change_set, changes=tuple(shown))

    def narrow(self, query: Query) -> Query:
        """Return the query with the actor's restrictions built in.

        Raises:
            NotAllowedError: A kind or field in it may not be read.
        """
        kind = self.schema.kind(query.entity).name
        own = self.policy.restriction(self.access, kind)
        return replace(
            query,
            condition=_both(own, self._condition(query.condition, kind)),
            sort=tuple(
                Sort(term=self._term(s.term, kind), descending=s.descending) for s in query.sort
            ),
        )

    def check_field(self, kind: str, field: str) -> None:
        """Return when the field (`name` or `entity.name`) may be filtered, sorted and summed by.

        Raises:
            NotAllowedError: It may not.
            UnknownFieldError: There is no such field.
        """
        entity, _, name = (field if "." in field else f"{kind}.{field}").partition(".")
        if name in SYSTEM_FIELDS:
            return
        reason = self.policy.may_query(self.access, self.schema.field(entity, name))
        if reason is not None:
            raise NotAllowedError(
                f"{self.access.actor.role} may not filter, sort or sum by {field!r}"
                f" ({reason.reason}); nothing was read"
            )

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
                return replace(condition, term=self._term(condition.term, kind))

    def _term(self, term: Term, kind: str) -> Term:
        """Return the term when the actor may look at it.

        Raises:
            NotAllowedError: He may not.
        """
        if isinstance(term, Field):
            other = self.schema.kind(term.entity).name
            if other != kind and self.policy.restriction(self.access, other) is not None:
                raise NotAllowedError(f"{self.access.actor.role} may not filter by {term.id!r}")
            self.check_field(other, term.id)
            return term
        over = self.schema.kind(term.over).name
        own = self.policy.restriction(self.access, over)
        if term.field is not None:
            self.check_field(over, term.field)
        return replace(term, where=_both(own, self._condition(term.where, over)))


def _both(first: Condition | None, second: Condition | None) -> Condition | None:
    """Return the condition that both hold."""
    if first is None or second is None:
        return first or second
    return And(args=(first, second))


def _without(change: RecordChange, withheld: Mapping[str, Withheld]) -> RecordChange:
    """Return the change without the fields that may not be seen."""
    return replace(
        change,
        title=change.title if "name" not in withheld else change.ref.id,
        before={n: v for n, v in change.before.items() if n not in withheld},
        after={n: v for n, v in change.after.items() if n not in withheld},
    )
