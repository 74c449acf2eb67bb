"""Numbers over data that is withheld one by one: only over enough people, and not twice over nearly the same.

A mean or a sum over at least k people may be told; a least or greatest value is one person's and may not. Two
answered groups that differ by fewer than k people would tell of these by subtraction: the second is refused.
They differ by a person, too, of whom one holds other records than the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from typing import Protocol

from knowledge_graph.consent import SMALLEST_GROUP
from knowledge_graph.errors import WithheldError
from knowledge_graph.expression.nodes import Field, Known, Measure, Query
from knowledge_graph.gate_conditions import both
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ontology.schema import SUBJECT_KINDS, WorkspaceSchema
from knowledge_graph.ontology.subject import persons_of
from knowledge_graph.ports import GraphStore

SPOKEN = frozenset({"avg", "sum", "count"})
"""Numbers that mix everybody's values."""
MOST_KEPT = 200
"""Answered groups of one actor and field that are compared with."""
_PAGE = 2_000
"""Records read at once to learn who is in a group."""


class AnsweredGroups(Protocol):
    """Remembers over whom numbers were told."""

    async def earlier(self, actor: str, field: str) -> Sequence[frozenset[str]]:
        """Return the groups that an actor was told a number of."""
        ...

    async def keep(self, actor: str, field: str, group: frozenset[str], at: str) -> None:
        """Remember one more; durable before the number is told."""
        ...


class GroupsInMemory:
    """See `AnsweredGroups`; forgotten with the process."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], list[frozenset[str]]] = {}

    async def earlier(self, actor: str, field: str) -> Sequence[frozenset[str]]:
        """Return the groups that an actor was told a number of."""
        return tuple(self._held.get((actor, field), ()))

    async def keep(self, actor: str, field: str, group: frozenset[str], at: str) -> None:
        """Remember one more."""
        held = self._held.setdefault((actor, field), [])
        held.append(group)
        del held[:-MOST_KEPT]


async def group_of(
    measure: Measure, query: Query, schema: WorkspaceSchema, store: GraphStore, now: datetime
) -> frozenset[str]:
    """Return whose values a number mixes: an entry for each person, see `person_in`.

    Args:
        measure: A number over a field of the queried kind.
        query: The records that it is over, in their order and up to their limit.
        schema: The workspace's schema.
        store: What is there.
        now: Resolves windows and moments, UTC.
    """
    kind, name = schema.kind(query.entity).name, str(measure.field).rpartition(".")[2]
    stored = schema.field(kind, name).derived_from or name
    if query.limit is None:
        known = Known(term=Field(id=f"{query.entity}.{name}"))
        query = replace(query, condition=both(query.condition, known), sort=())
    by_person: dict[RecordRef, list[str]] = {}
    offset, total = 0, 1
    while offset < total:
        page = await store.find(query, now=now, offset=offset, limit=_PAGE)
        for record in page.records:
            if record.get(stored) in {None, "", ()}:
                continue
            own = [] if kind in SUBJECT_KINDS else [record.id]
            for person in persons_of(kind, record.id, record.values, schema):
                by_person.setdefault(person, []).extend(own)
        offset, total = offset + _PAGE, page.total
    return frozenset(f"{person}{_mark(ids)}" for person, ids in by_person.items())


def _mark(ids: Sequence[str]) -> str:
    """Return what tells one person's share in a number from another one of the same person."""
    text = "\n".join(sorted(ids))
    return f"#{blake2b(text.encode(), digest_size=8).hexdigest()}" if ids else ""


def person_in(entry: str) -> str:
    """Return the person whom an entry of a group is about.

    >>> person_in("contact:c1#89ab"), person_in("contact:c1")
    ('contact:c1', 'contact:c1')
    """
    head, mark, tail = entry.rpartition("#")
    return head if mark else tail


def check_group(measure: Measure, group: frozenset[str], earlier: Sequence[frozenset[str]]) -> None:
    """Return when a number hides everybody in it.

    Args:
        measure: Which number.
        group: Whose values are in it, and by which records.
        earlier: Over whom this actor was told a number of the same field.

    Raises:
        WithheldError: Too few people, one person's own value, or nearly a group told before.
    """
    field = str(measure.field)
    if measure.agg not in SPOKEN:
        raise WithheldError(
            f"the {measure.agg} of {field!r} is one person's own value and is withheld; a mean over"
            f" {SMALLEST_GROUP} or more people can be told",
            field=field, reason="small_group",
        )  # fmt: skip
    if len(group) < SMALLEST_GROUP:
        raise WithheldError(
            f"a number of {field!r} over fewer than {SMALLEST_GROUP} people is withheld",
            field=field, reason="small_group",
        )  # fmt: skip
    if any(0 < len(_people(group ^ other)) < SMALLEST_GROUP for other in earlier):
        raise WithheldError(
            f"this group differs from one you were told {field!r} of by fewer than {SMALLEST_GROUP} people:"
            " together they would tell of these, so it is withheld",
            field=field, reason="small_group",
        )  # fmt: skip


def _people(entries: Iterable[str]) -> frozenset[str]:
    return frozenset(map(person_in, entries))
