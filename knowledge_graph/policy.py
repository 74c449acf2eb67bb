"""Who may see and change what, by role: the policy of a workspace without grants.

This module is the only place that decides it; purpose, tier and grant join here and nowhere else.
"""

from __future__ import annotations

from typing import Protocol

from knowledge_graph.errors import NotAllowedError
from knowledge_graph.expression.nodes import And, Compare, Condition, Field, Known, Not, Or
from knowledge_graph.ontology.access import Access, Role, Withheld
from knowledge_graph.ontology.change import ChangeSet
from knowledge_graph.ontology.fields import FieldSpec, FieldType
from knowledge_graph.ontology.record import Record


class AccessPolicy(Protocol):
    """Decides who may see and change what; pure and quick, called for every field."""

    def may_read(self, access: Access, record: Record, spec: FieldSpec) -> Withheld | None:
        """Return None when the field may be read, else why not."""
        ...

    def may_query(self, access: Access, spec: FieldSpec) -> Withheld | None:
        """Return None when records may be filtered, sorted and summed by the field, else why not."""
        ...

    def restriction(self, access: Access, kind: str) -> Condition | None:
        """Return the condition that all records of a kind must meet for this actor.

        Raises:
            NotAllowedError: The actor may not read this kind at all.
        """
        ...

    def may_write(self, access: Access, change_set: ChangeSet) -> None:
        """Return when the changes are allowed.

        Raises:
            NotAllowedError: They are not; nothing is changed.
        """
        ...

    def may_administer(self, access: Access) -> None:
        """Return when the actor may change the schema and read the whole change log.

        Raises:
            NotAllowedError: He may not; nothing is changed.
        """
        ...

    def standing(self, access: Access) -> str:
        """Return a text that is the same for actors of whom everything is decided alike.

        What one of them may see may then be kept and used for the others.
        """
        ...


STAFF = frozenset({Role.SALES, Role.MANAGER, Role.STEWARD, Role.OWNER})
"""Our own people: they read all business data."""

WRITERS = frozenset({Role.SALES, Role.OWNER})
"""Who may change records; the steward may only take changes back, see `may_write`."""

CUSTOMER_PUBLIC_KINDS = frozenset({"product"})
"""What a customer may read whole: the price list."""

_PUBLIC = "public"
"""A document's audience: one without it is for our own people only."""

_INTERNAL_OF_CONTACT = frozenset({"notes", "owner", "tags", "status", "source", "email_open_rate"})
"""What we have written about a contact for ourselves; a customer gets it by a privacy request, not in chat."""


class RolePolicy:
    """Owner, manager, sales and steward read everything; a customer reads himself and what is public."""

    def may_read(self, access: Access, record: Record, spec: FieldSpec) -> Withheld | None:
        """Return None when the field may be read, else why not."""
        if access.actor.role in STAFF or _open_to_customer(access, record, spec):
            return None
        return Withheld(field=spec.name, tier=spec.tier, reason="role")

    def may_query(self, access: Access, spec: FieldSpec) -> Withheld | None:
        """Return None when records may be filtered, sorted and summed by the field, else why not."""
        if access.actor.role in STAFF:
            return None
        # Comparing a reference looks at the record behind it, so a customer compares none.
        if spec.type is FieldType.REFERENCE:
            return Withheld(field=spec.name, tier=spec.tier, reason="role")
        if spec.kind == "contact" and spec.name not in _INTERNAL_OF_CONTACT:
            return None
        if spec.kind in {*CUSTOMER_PUBLIC_KINDS, "document"}:
            return None
        return Withheld(field=spec.name, tier=spec.tier, reason="role")

    def restriction(self, access: Access, kind: str) -> Condition | None:
        """Return the condition that all records of a kind must meet for this actor.

        Raises:
            NotAllowedError: The actor may not read this kind at all.
        """
        if access.actor.role in STAFF or kind in CUSTOMER_PUBLIC_KINDS:
            return None
        if kind == "contact":
            me = access.actor.id
            return Or(
                args=(
                    Compare(op="eq", term=Field(id="contact.email"), value=me.lower()),
                    Compare(op="eq", term=Field(id="contact.id"), value=me),
                )
            )
        if kind == "document":
            return And(
                args=(
                    Compare(op="eq", term=Field(id="document.audience"), value=_PUBLIC),
                    Not(arg=Known(term=Field(id="document.account"))),
                )
            )
        raise NotAllowedError(f"{access.actor.role} may not read {kind!r} records")

    def may_write(self, access: Access, change_set: ChangeSet) -> None:
        """Return when the changes are allowed.

        Raises:
            NotAllowedError: They are not; nothing is changed.
        """
        role = access.actor.role
        if role in WRITERS or (role is Role.STEWARD and change_set.undoes):
            return
        raise NotAllowedError(f"{role} may not change records; nothing was changed")

    def may_administer(self, access: Access) -> None:
        """Return when the actor may change the schema and look records up by outside ids.

        Raises:
            NotAllowedError: He may not; nothing is changed.
        """
        if access.actor.role not in WRITERS:
            raise NotAllowedError(f"{access.actor.role} may not administer; nothing was changed")

    def standing(self, access: Access) -> str:
        """Return the role of our own people: nothing here looks at who of them it is.

        A policy made from this one may look at the person, so there everybody stands alone.
        """
        alike = type(self) is RolePolicy and access.actor.role in STAFF
        return access.actor.role.value if alike else str(access.actor)


def _open_to_customer(access: Access, record: Record, spec: FieldSpec) -> bool:
    """Return whether a customer may read this field of this record."""
    if record.kind in CUSTOMER_PUBLIC_KINDS:
        return True
    if record.kind == "document":
        return record.get("audience") == _PUBLIC and not record.get("account")
    if record.kind != "contact" or spec.name in _INTERNAL_OF_CONTACT:
        return False
    me = access.actor.id.casefold()
    return me in {record.id.casefold(), str(record.get("email") or "").casefold()}
