"""What happens with customers: interactions, tickets, tasks, usage events."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge_graph.ontology.fields import Derivation, Tier, field_of
from knowledge_graph.ontology.fields import FieldType as F

_TX, _SE = Tier.TRANSACTION, Tier.SENTIMENT


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """One contact event: a call, a meeting, a mail, a note."""

    name: str | None = field_of(F.TEXT, tier=_TX)
    """Subject line or first words."""
    type: str | None = field_of(
        F.ENUM, values=("call", "meeting", "email", "message", "visit", "note")
    )
    account: str | None = field_of(F.REFERENCE, target="account")
    contact: str | None = field_of(F.REFERENCE, target="contact", tier=_TX)
    lead: str | None = field_of(F.REFERENCE, target="lead", tier=_TX)
    opportunity: str | None = field_of(F.REFERENCE, target="opportunity")
    owner: str | None = field_of(F.REFERENCE, target="employee")
    happened_at: str | None = field_of(F.DATETIME, tier=_TX)
    direction: str | None = field_of(F.ENUM, values=("inbound", "outbound"))
    text: str | None = field_of(F.LONG_TEXT, tier=_TX)
    sentiment: float | None = field_of(F.NUMBER, tier=_SE)


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A request for help."""

    name: str = field_of(F.TEXT, required=True)
    account: str | None = field_of(F.REFERENCE, target="account")
    contact: str | None = field_of(F.REFERENCE, target="contact", tier=_TX)
    owner: str | None = field_of(F.REFERENCE, target="employee")
    product: str | None = field_of(F.REFERENCE, target="product")
    priority: str | None = field_of(F.ENUM, values=("P1", "P2", "P3", "P4"))
    status: str | None = field_of(F.ENUM, values=("open", "resolved", "closed"))
    category: str | None = field_of(F.ENUM)
    text: str | None = field_of(F.LONG_TEXT, tier=_TX)
    opened_at: str | None = field_of(F.DATETIME)
    age_hours: float | None = field_of(
        F.HOURS, derivation=Derivation.HOURS_SINCE, derived_from="opened_at"
    )
    resolved_at: str | None = field_of(F.DATETIME)
    csat: int | None = field_of(F.INTEGER, tier=_SE)


@dataclass(frozen=True, kw_only=True)
class Task:
    """Something that one of our people has to do."""

    name: str = field_of(F.TEXT, required=True)
    account: str | None = field_of(F.REFERENCE, target="account")
    contact: str | None = field_of(F.REFERENCE, target="contact", tier=_TX)
    lead: str | None = field_of(F.REFERENCE, target="lead", tier=_TX)
    opportunity: str | None = field_of(F.REFERENCE, target="opportunity")
    owner: str | None = field_of(F.REFERENCE, target="employee")
    status: str | None = field_of(F.ENUM, values=("open", "done", "cancelled"))
    priority: str | None = field_of(F.ENUM)
    due_on: str | None = field_of(F.DATE)
    notes: str | None = field_of(F.LONG_TEXT)
    created_on: str | None = field_of(F.DATE)


@dataclass(frozen=True, kw_only=True)
class UsageEvent:
    """One thing that somebody did in our product: a page view, a call of the API, a log-in."""

    name: str | None = field_of(F.TEXT)
    account: str | None = field_of(F.REFERENCE, target="account")
    contact: str | None = field_of(F.REFERENCE, target="contact", tier=_TX)
    type: str | None = field_of(F.ENUM, values=("page_view", "api_call", "login", "alarm"))
    module: str | None = field_of(F.ENUM)
    happened_at: str | None = field_of(F.DATETIME, tier=_TX)
    value: float | None = field_of(F.NUMBER)
