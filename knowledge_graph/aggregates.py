"""Numbers over data that is withheld one by one: only over enough people, and not twice over nearly the same.

A mean or a sum over at least k people may be told; a least or greatest value is one person's and may not. Two
answered groups that differ by fewer than k people would tell of these by subtraction: the second is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from knowledge_graph.consent import SMALLEST_GROUP
from knowledge_graph.errors import WithheldError
from knowledge_graph.expression.nodes import Measure
from knowledge_graph.ontology.record import RecordRef

SPOKEN = frozenset({"avg", "sum", "count"})
"""Numbers that mix everybody's values."""
MOST_KEPT = 200
"""Answered groups of one actor and field that are compared with."""


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


def check_group(
    measure: Measure, persons: frozenset[RecordRef], earlier: Sequence[frozenset[str]]
) -> frozenset[str]:
    """Refuse a number that would tell of single people.

    Args:
        measure: Which number.
        persons: Whose data is in it.
        earlier: Over whom this actor was told a number of the same field.

    Returns:
        The group, to be remembered.

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
    if len(persons) < SMALLEST_GROUP:
        raise WithheldError(
            f"a number of {field!r} over fewer than {SMALLEST_GROUP} people is withheld",
            field=field, reason="small_group",
        )  # fmt: skip
    group = frozenset(str(p) for p in persons)
    if any(0 < len(group ^ other) < SMALLEST_GROUP for other in earlier):
        raise WithheldError(
            f"this group differs from one you were told {field!r} of by fewer than {SMALLEST_GROUP} people:"
            " together they would tell of these, so it is withheld",
            field=field, reason="small_group",
        )  # fmt: skip
    return group
