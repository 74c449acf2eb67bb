"""Parties: organisations, people, possible customers, our own people."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge_graph.ontology.fields import Derivation, Tier, field_of
from knowledge_graph.ontology.fields import FieldType as F

_ID, _TX, _SE = Tier.IDENTITY, Tier.TRANSACTION, Tier.SENTIMENT


@dataclass(frozen=True, kw_only=True)
class Employee:
    """One of our own people: owns records, has a role."""

    name: str = field_of(F.TEXT, required=True)
    email: str | None = field_of(F.EMAIL)
    title: str | None = field_of(F.TEXT)
    team: str | None = field_of(F.ENUM)
    region: str | None = field_of(F.ENUM)
    manager: str | None = field_of(F.REFERENCE, target="employee")


@dataclass(frozen=True, kw_only=True)
class Account:
    """An organisation that buys or may buy."""

    name: str = field_of(F.TEXT, required=True)
    short_name: str | None = field_of(F.TEXT)
    aliases: tuple[str, ...] = field_of(F.SET)
    industry: str | None = field_of(F.ENUM)
    region: str | None = field_of(F.ENUM)
    country: str | None = field_of(F.ENUM)
    city: str | None = field_of(F.ENUM)
    address: str | None = field_of(F.TEXT)
    website: str | None = field_of(F.URL)
    phone: str | None = field_of(F.PHONE)
    type: str | None = field_of(F.ENUM)
    tier: str | None = field_of(F.ENUM)
    lifecycle: str | None = field_of(
        F.ENUM, values=("lead", "trial", "active", "paused", "churned")
    )
    services: tuple[str, ...] = field_of(F.SET)
    pools: tuple[str, ...] = field_of(F.SET)
    tags: tuple[str, ...] = field_of(F.SET)
    employee_count: int | None = field_of(F.INTEGER)
    annual_revenue: float | None = field_of(F.MONEY)
    currency: str | None = field_of(F.ENUM)
    health_score: float | None = field_of(F.NUMBER)
    nps: int | None = field_of(F.INTEGER)
    sub_accounts: int | None = field_of(F.INTEGER)
    seats_used_ratio: float | None = field_of(F.RATIO, bounds=(0, 1))
    line_oee: float | None = field_of(F.RATIO, bounds=(0, 1))
    overdue_amount: float | None = field_of(F.MONEY)
    credit_limit: float | None = field_of(F.MONEY, writable=False)
    trial_started: str | None = field_of(F.DATE)
    contract_end: str | None = field_of(F.DATE)
    last_contact_date: str | None = field_of(F.DATE)
    days_since_contact: int | None = field_of(
        F.DAYS, derivation=Derivation.DAYS_SINCE, derived_from="last_contact_date"
    )
    days_to_renewal: int | None = field_of(
        F.DAYS, derivation=Derivation.DAYS_UNTIL, derived_from="contract_end"
    )
    trial_day: int | None = field_of(
        F.INTEGER, derivation=Derivation.DAY_NUMBER, derived_from="trial_started"
    )
    parent: str | None = field_of(F.REFERENCE, target="account")
    owner: str | None = field_of(F.REFERENCE, target="employee")
    source: str | None = field_of(F.ENUM)
    notes: str | None = field_of(F.LONG_TEXT)
    created_on: str | None = field_of(F.DATE)


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A person at an account, or a private customer; a data subject."""

    name: str = field_of(F.TEXT, tier=_ID, required=True)
    aliases: tuple[str, ...] = field_of(F.SET, tier=_ID)
    account: str | None = field_of(F.REFERENCE, target="account", tier=_ID)
    email: str | None = field_of(F.EMAIL, tier=_ID)
    phone: str | None = field_of(F.PHONE, tier=_ID)
    wechat: str | None = field_of(F.TEXT, tier=_ID)
    title: str | None = field_of(F.TEXT, tier=_ID)
    department: str | None = field_of(F.ENUM, tier=_ID)
    city: str | None = field_of(F.ENUM, tier=_ID)
    country: str | None = field_of(F.ENUM, tier=_ID)
    address: str | None = field_of(F.TEXT, tier=_ID)
    birthday: str | None = field_of(F.DATE, tier=_ID)
    language: str | None = field_of(F.ENUM, tier=_ID)
    status: str | None = field_of(F.ENUM, tier=_ID)
    tags: tuple[str, ...] = field_of(F.SET, tier=_ID)
    owner: str | None = field_of(F.REFERENCE, target="employee")
    source: str | None = field_of(F.ENUM)
    last_contact_date: str | None = field_of(F.DATE, tier=_ID)
    days_since_contact: int | None = field_of(
        F.DAYS, tier=_ID, derivation=Derivation.DAYS_SINCE, derived_from="last_contact_date"
    )
    follow_up_by: str | None = field_of(F.DATE, tier=_ID)
    consent_marketing: bool | None = field_of(F.BOOLEAN, tier=_ID)
    email_open_rate: float | None = field_of(F.RATIO, tier=_SE, bounds=(0, 1))
    notes: str | None = field_of(F.LONG_TEXT, tier=_TX)
    created_on: str | None = field_of(F.DATE)


@dataclass(frozen=True, kw_only=True)
class Lead:
    """Somebody who may become a customer; a data subject."""

    name: str = field_of(F.TEXT, tier=_ID, required=True)
    company: str | None = field_of(F.TEXT)
    email: str | None = field_of(F.EMAIL, tier=_ID)
    phone: str | None = field_of(F.PHONE, tier=_ID)
    title: str | None = field_of(F.TEXT, tier=_ID)
    city: str | None = field_of(F.ENUM, tier=_ID)
    country: str | None = field_of(F.ENUM, tier=_ID)
    industry: str | None = field_of(F.ENUM)
    status: str | None = field_of(F.ENUM, tier=_ID)
    rating: str | None = field_of(F.ENUM, tier=_ID)
    interest: str | None = field_of(F.ENUM, tier=_ID)
    tags: tuple[str, ...] = field_of(F.SET, tier=_ID)
    owner: str | None = field_of(F.REFERENCE, target="employee")
    source: str | None = field_of(F.ENUM)
    last_contact_date: str | None = field_of(F.DATE, tier=_ID)
    days_since_contact: int | None = field_of(
        F.DAYS, tier=_ID, derivation=Derivation.DAYS_SINCE, derived_from="last_contact_date"
    )
    follow_up_by: str | None = field_of(F.DATE, tier=_ID)
    notes: str | None = field_of(F.LONG_TEXT, tier=_TX)
    created_on: str | None = field_of(F.DATE)
