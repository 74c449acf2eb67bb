"""Who a role is for a given customer: a person if exactly one fits, else the role's shared inbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from knowledge_graph.expression.nodes import Query
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.ontology.access import Access
from knowledge_graph.ontology.record import Record, Value
from knowledge_graph.ports import Clock

OWNER_ROLE = "account_owner"
_MOST = 5000


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """A person, or the inbox of a role."""

    role: str
    person: Record | None = None

    @property
    def address(self) -> str:
        """`person:EMPLOYEE` or `role:ROLE`."""
        return f"role:{self.role}" if self.person is None else f"person:{self.person.id}"


class People:
    """Finds the people behind roles.

    Args:
        graph: The gate to the graph.
        dictionary: What roles are called.
        clock: Resolves windows of the query, which has none.
    """

    def __init__(self, graph: KnowledgeGraph, dictionary: Dictionary, clock: Clock) -> None:
        self._graph = graph
        self._dictionary = dictionary
        self._clock = clock
        self._mark = ""
        self._staff: tuple[Record, ...] = ()

    async def find(self, role: str, customer: Mapping[str, Value], access: Access) -> Addressee:
        """Return who a role is for a customer.

        Args:
            role: A role of the dictionary.
            customer: The values of the customer's record: its owner and region decide.
            access: For whom it is looked up.
        """
        staff = await self._all(access)
        if role == OWNER_ROLE:
            owner = customer.get("owner")
            return Addressee(role=role, person=next((e for e in staff if e.id == owner), None))
        term = self._dictionary.roles.get(role)
        names = {n.casefold() for n in term.names.all} if term else set()
        fitting = [e for e in staff if str(e.get("title") or "").strip().casefold() in names]
        here = [e for e in fitting if e.get("region") and e.get("region") == customer.get("region")]
        chosen = fitting if len(fitting) == 1 else here
        return Addressee(role=role, person=chosen[0] if len(chosen) == 1 else None)

    async def _all(self, access: Access) -> tuple[Record, ...]:
        mark = await self._graph.change_mark()
        if mark != self._mark:
            page = await self._graph.find(
                Query(entity="employee"), access, now=self._clock.now(), limit=_MOST
            )
            self._staff = tuple(s.record for s in page.records)
            self._mark = mark
        return self._staff
