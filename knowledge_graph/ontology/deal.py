"""What is sold and bought: opportunities, products, orders, contracts."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge_graph.ontology.fields import Derivation, Tier, field_of
from knowledge_graph.ontology.fields import FieldType as F

_TX = Tier.TRANSACTION

OPEN_STAGES = ("qualification", "proposal", "negotiation")
STAGES = (*OPEN_STAGES, "won", "lost")


@dataclass(frozen=True, kw_only=True)
class Opportunity:
    """A possible sale; its stage is one step of `STAGES` or a step of the workspace's own."""

    name: str = field_of(F.TEXT, required=True)
    account: str | None = field_of(F.REFERENCE, target="account")
    contact: str | None = field_of(F.REFERENCE, target="contact", tier=_TX)
    owner: str | None = field_of(F.REFERENCE, target="employee")
    stage: str | None = field_of(F.ENUM, values=STAGES)
    amount: float | None = field_of(F.MONEY)
    currency: str | None = field_of(F.ENUM)
    win_probability: float | None = field_of(F.RATIO, bounds=(0, 1))
    close_date: str | None = field_of(F.DATE)
    product: str | None = field_of(F.REFERENCE, target="product")
    type: str | None = field_of(F.ENUM)
    source: str | None = field_of(F.ENUM)
    next_step: str | None = field_of(F.TEXT)
    lost_reason: str | None = field_of(F.ENUM)
    usage_scope: tuple[str, ...] = field_of(F.SET)
    """Tiers of personal data that may be used for this opportunity (row B3)."""
    stage_since: str | None = field_of(F.DATE)
    days_in_stage: int | None = field_of(
        F.DAYS, derivation=Derivation.DAYS_SINCE, derived_from="stage_since"
    )
    tags: tuple[str, ...] = field_of(F.SET)
    notes: str | None = field_of(F.LONG_TEXT)
    created_on: str | None = field_of(F.DATE)


@dataclass(frozen=True, kw_only=True)
class Product:
    """A thing or service on the price list."""

    name: str = field_of(F.TEXT, required=True)
    code: str | None = field_of(F.TEXT)
    product_line: str | None = field_of(F.ENUM)
    category: str | None = field_of(F.ENUM)
    price: float | None = field_of(F.MONEY)
    currency: str | None = field_of(F.ENUM)
    unit: str | None = field_of(F.TEXT)
    description: str | None = field_of(F.LONG_TEXT)
    available: bool | None = field_of(F.BOOLEAN)


@dataclass(frozen=True, kw_only=True)
class Order:
    """A purchase by an account or a private customer."""

    name: str | None = field_of(F.TEXT)
    """The order number."""
    account: str | None = field_of(F.REFERENCE, target="account")
    contact: str | None = field_of(F.REFERENCE, target="contact", tier=_TX)
    owner: str | None = field_of(F.REFERENCE, target="employee")
    product: str | None = field_of(F.REFERENCE, target="product")
    product_line: str | None = field_of(F.ENUM)
    quantity: float | None = field_of(F.NUMBER)
    amount: float | None = field_of(F.MONEY)
    currency: str | None = field_of(F.ENUM)
    channel: str | None = field_of(F.ENUM)
    status: str | None = field_of(
        F.ENUM, values=("created", "paid", "shipped", "returned", "cancelled")
    )
    ordered_on: str | None = field_of(F.DATE)
    notes: str | None = field_of(F.LONG_TEXT)


@dataclass(frozen=True, kw_only=True)
class Contract:
    """A signed agreement with an account."""

    name: str = field_of(F.TEXT, required=True)
    account: str | None = field_of(F.REFERENCE, target="account")
    opportunity: str | None = field_of(F.REFERENCE, target="opportunity")
    owner: str | None = field_of(F.REFERENCE, target="employee")
    kind: str | None = field_of(F.ENUM, values=("new", "renewal", "expansion"))
    value: float | None = field_of(F.MONEY)
    currency: str | None = field_of(F.ENUM)
    signed_on: str | None = field_of(F.DATE)
    starts_on: str | None = field_of(F.DATE)
    ends_on: str | None = field_of(F.DATE)
    services: tuple[str, ...] = field_of(F.SET)
    status: str | None = field_of(F.ENUM)
    notes: str | None = field_of(F.LONG_TEXT)
