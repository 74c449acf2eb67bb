"""The grounds as conditions: of which records a personal field may be looked at by a query."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge_graph.consent import Consents, LegalBasis, serves_person
from knowledge_graph.errors import WithheldError
from knowledge_graph.expression.nodes import And, Condition, Field, In, Known, Not, Or
from knowledge_graph.ontology.access import Access
from knowledge_graph.ontology.fields import FieldSpec
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ontology.schema import SUBJECT_KINDS, KindSpec
from knowledge_graph.ontology.subject import tier_of


def both(first: Condition | None, second: Condition | None) -> Condition | None:
    """Return the condition that both hold."""
    if first is None or second is None or first == second:
        return first or second
    return And(args=(first, second))


def readable_records(
    kind: KindSpec, spec: FieldSpec, consents: Consents, access: Access
) -> Condition | None:
    """Return of which records of a kind a personal field may be looked at; None for all.

    Args:
        kind: A kind whose records can be about people.
        spec: One of its personal fields.
        consents: The grounds.
        access: Who asks.

    Raises:
        WithheldError: There is no ground but single people's: a filter over all would tell of the others.
    """
    tier = tier_of(spec)
    if tier is None or serves_person(access):
        return None
    general = consents.general(tier, access)
    if general is None:
        reason = "other_purpose" if consents.bases_of(tier) else "no_grant"
        raise WithheldError(
            f"{spec.id!r} is {tier} data of people and is withheld ({reason}): records cannot be filtered,"
            " sorted or summed by it; nothing was read",
            field=spec.id, reason=reason,
        )  # fmt: skip
    return both(
        _with_ground(kind, general, consents.allowed_persons(tier, access)),
        _but_not(kind, consents.restricted),
    )


def _with_ground(
    kind: KindSpec, general: LegalBasis, own: frozenset[RecordRef]
) -> Condition | None:
    """Return the condition that a company stands behind a record, or its person has a ground of his own."""
    if not general.only_business or kind.name == "lead":
        return None
    links = [f.name for f in kind.references if f.name in {"account", "lead"}]
    parts: list[Condition] = [Known(term=_term(kind, name)) for name in links]
    if kind.name not in SUBJECT_KINDS:
        parts.append(Not(arg=Known(term=_term(kind, "contact"))))
    mine = _are(kind, own)
    return Or(args=(*parts, *mine)) if len(parts) + len(mine) > 1 else next(iter((*parts, *mine)))


def _but_not(kind: KindSpec, restricted: Iterable[RecordRef]) -> Condition | None:
    """Return the condition that a record is about nobody whose data may not be used."""
    about = _are(kind, restricted)
    if not about:
        return None
    return Not(arg=about[0] if len(about) == 1 else Or(args=tuple(about)))


def _are(kind: KindSpec, persons: Iterable[RecordRef]) -> list[Condition]:
    """Return the conditions that a record is about one of these people."""
    by_kind: dict[str, list[str]] = {}
    for person in sorted(persons):
        by_kind.setdefault(person.kind, []).append(person.id)
    found: list[Condition] = []
    for name, ids in by_kind.items():
        if kind.name == name:
            found.append(In(term=_term(kind, "id"), values=tuple(ids)))
        found += [
            In(term=_term(kind, f.name), values=tuple(ids))
            for f in kind.references
            if f.target == name
        ]
    return found


def _term(kind: KindSpec, name: str) -> Field:
    return Field(id=f"{kind.name}.{name}")
