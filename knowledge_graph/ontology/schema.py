"""The schema of a workspace: the built-in kinds and the workspace's own fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from knowledge_graph.errors import UnknownFieldError, UnknownKindError
from knowledge_graph.ontology import deal, document, interaction, party, rule
from knowledge_graph.ontology.fields import FieldSpec, FieldType, Tier, specs_of

KINDS: Mapping[str, type] = MappingProxyType({
    "employee": party.Employee,
    "account": party.Account,
    "contact": party.Contact,
    "lead": party.Lead,
    "opportunity": deal.Opportunity,
    "product": deal.Product,
    "order": deal.Order,
    "contract": deal.Contract,
    "interaction": interaction.Interaction,
    "ticket": interaction.Ticket,
    "task": interaction.Task,
    "usage_event": interaction.UsageEvent,
    "document": document.Document,
    "passage": document.Passage,
    "rule": rule.Rule,
    "firing": rule.Firing,
})  # fmt: skip

ENTITY_KINDS: Mapping[str, str] = MappingProxyType({"customer": "account"})
"""Entities of the business dictionary that go by another name here; all others are kinds."""

TIME_FIELDS: Mapping[str, str] = MappingProxyType({
    "order": "ordered_on",
    "interaction": "happened_at",
    "ticket": "opened_at",
    "usage_event": "happened_at",
    "opportunity": "created_on",
    "contract": "signed_on",
    "task": "due_on",
    "account": "created_on",
    "contact": "created_on",
    "lead": "created_on",
    "document": "published_on",
})
"""The field that says when a record of a kind happened: windows of aggregates look at it."""

MACHINERY = frozenset({"rule", "firing"})
"""Kinds that the product keeps for itself: no sentence filters them, no export holds them."""

SUBJECT_KINDS = frozenset({"contact", "lead"})
"""Kinds whose records *are* natural persons outside our company."""


_CUSTOM_TIERS: Mapping[FieldType, Tier] = MappingProxyType({
    FieldType.MONEY: Tier.TRANSACTION,
    FieldType.LONG_TEXT: Tier.TRANSACTION,
})
"""What a person's custom column holds when nobody has said so: money and notes are of dealings."""


def tier_of(spec: FieldSpec) -> Tier | None:
    """Return which part of a person's data a field holds; None for company-level facts.

    A column that the workspace added to its contacts or leads is personal even if nobody gave it a tier.

    >>> tier_of(FieldSpec(kind="contact", name="shoe_size", type=FieldType.NUMBER, custom=True))
    <Tier.IDENTITY: 'identity'>
    >>> tier_of(FieldSpec(kind="account", name="floor", type=FieldType.NUMBER, custom=True)) is None
    True
    """
    if spec.tier is not None or spec.kind not in SUBJECT_KINDS or not spec.custom:
        return spec.tier
    if spec.type is FieldType.REFERENCE:
        return None
    return _CUSTOM_TIERS.get(spec.type, Tier.IDENTITY)


@dataclass(frozen=True)
class KindSpec:
    """One kind of record and its fields, in order."""

    name: str
    fields: Mapping[str, FieldSpec]

    @property
    def label(self) -> str:
        """The node label in the graph: `usage_event` is `UsageEvent`."""
        return "".join(part.capitalize() for part in self.name.split("_"))

    @property
    def references(self) -> tuple[FieldSpec, ...]:
        """The fields that point to another record; each is an edge in the graph."""
        return tuple(f for f in self.fields.values() if f.type is FieldType.REFERENCE)

    @cached_property
    def tiers(self) -> Mapping[str, Tier]:
        """By field: which part of a person's data it holds, company-level facts left out."""
        found = {name: tier_of(spec) for name, spec in self.fields.items()}
        return MappingProxyType({name: tier for name, tier in found.items() if tier is not None})


@dataclass(frozen=True)
class WorkspaceSchema:
    """All kinds of a workspace. Immutable: `with_fields` returns a new one."""

    custom: tuple[FieldSpec, ...] = ()

    @cached_property
    def kinds(self) -> Mapping[str, KindSpec]:
        """Every kind by name."""
        found: dict[str, dict[str, FieldSpec]] = {
            name: {f.name: f for f in specs_of(name, cls)} for name, cls in KINDS.items()
        }
        for spec in self.custom:
            found[spec.kind][spec.name] = spec
        return MappingProxyType({
            name: KindSpec(name, MappingProxyType(fields)) for name, fields in found.items()
        })

    def kind(self, name: str) -> KindSpec:
        """Return a kind, by its own name or by the dictionary's (`customer` is `account`).

        Raises:
            UnknownKindError: There is no such kind.
        """
        name = ENTITY_KINDS.get(name, name)
        if name not in self.kinds:
            raise UnknownKindError(f"no kind {name!r}; there are {', '.join(self.kinds)}")
        return self.kinds[name]

    def field(self, kind: str, name: str) -> FieldSpec:
        """Return a field of a kind.

        Raises:
            UnknownFieldError: The kind has no such field.
            UnknownKindError: There is no such kind.
        """
        fields = self.kind(kind).fields
        if name not in fields:
            raise UnknownFieldError(f"{kind!r} has no field {name!r}; it has {', '.join(fields)}")
        return fields[name]

    def with_fields(self, specs: Iterable[FieldSpec]) -> WorkspaceSchema:
        """Return the schema with these custom fields added or replaced.

        >>> spec = FieldSpec(kind="account", name="floor", type=FieldType.INTEGER)
        >>> WorkspaceSchema().with_fields([spec]).field("account", "floor").custom
        True
        """
        merged = {s.id: s for s in self.custom} | {s.id: replace(s, custom=True) for s in specs}
        return WorkspaceSchema(tuple(merged.values()))
