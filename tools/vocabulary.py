"""The business language with the workspace's own words, kept up to date at the cost of what has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from knowledge_graph.expression.nodes import Measure, Query
from knowledge_graph.gate import Nameless
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.language.compiler import Language
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.names import NameIndex
from knowledge_graph.language.vocabulary import Vocabulary
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import NameEntry

_NAME_FIELDS = frozenset({"name", "short_name", "aliases", "email"})
_LOOK_BACK = 20
"""Change sets that are looked at one by one; after more than that all names are read anew."""
_SHOWN = 50
"""A change set in the log shows at most so many changes: one with as many may have more."""
_LINKER = Access(
    actor=Actor(role=Role.OWNER, id="linker"),
    purpose="service",
    at="1970-01-01T00:00:00Z",
    indexing=True,
)
"""Reads which records changed, never shown to anybody."""
_LEAST_FLOOR = 10.0
_MOST_FLOOR = 1000.0
"""Bare amounts under a hundredth of a typical deal are asked about, within these bounds."""
_PUBLIC = frozenset({"product", "document"})
"""Kinds that anybody may read (see RolePolicy)."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""No time matters to a measure without a condition."""


@dataclass(kw_only=True)
class _State:
    """What was read last."""

    mark: str
    change: str
    vocabulary: Vocabulary
    language: Language
    partial: tuple[Nameless, Language] | None = None

    def without(self, nameless: Nameless) -> Language:
        """Return the language without the names of some people; the last one made is kept."""
        if not nameless.refs and not nameless.everybody:
            return self.language
        if self.partial is None or self.partial[0] != nameless:
            names = self.vocabulary.names
            gone = {e.ref for e in names.entries() if nameless.hides(e.ref)}
            known = Language(self.vocabulary.with_names(names.without(gone)))
            self.partial = (nameless, known)
        return self.partial[1]

    @cached_property
    def public(self) -> Language:
        """The language without what only our own people may know: names and values of the catalogue."""
        return Language(self.vocabulary.only(_PUBLIC))


class LiveVocabulary:
    """Gives the language of a workspace as it is now.

    Args:
        graph: The gate to the graph.
        dictionary: The business dictionary; None: the shipped one.
        currency: The workspace's: amounts without one are in it, and are read back so.
    """

    def __init__(
        self,
        graph: KnowledgeGraph,
        dictionary: Dictionary | None = None,
        *,
        currency: str = "CNY",
    ) -> None:
        self._graph = graph
        self._dictionary = dictionary
        self._currency = currency
        self._state: _State | None = None
        self._turn = asyncio.Lock()

    @property
    def graph(self) -> KnowledgeGraph:
        """The gate that it reads through."""
        return self._graph

    async def current(
        self,
        drafted: Iterable[RecordChange] = (),
        *,
        actor: Actor | None = None,
        access: Access | None = None,
    ) -> Language:
        """Return the language, with the names of records that this turn has drafted.

        Args:
            drafted: Changes that are not yet written.
            actor: Who speaks; a customer gets the words of the public catalogue only, so that no question
                back names another customer.
            access: The request; people whose names are withheld from it are not known to the language.
        """
        async with self._turn:
            mark = await self._graph.change_mark()
            if self._state is None or self._state.mark != mark:
                self._state = await self._refreshed(mark)
            state = self._state
        if actor is not None and actor.role is Role.CUSTOMER:
            return state.public
        known = state.language
        if access is not None:
            known = state.without(await self._graph.nameless(access))
        names = tuple(e for c in drafted if c.action is Action.CREATE for e in _names_of(c))
        if not names:
            return known
        vocabulary = known.vocabulary
        return Language(vocabulary.with_names(vocabulary.names.with_entries(names)))

    async def _refreshed(self, mark: str) -> _State:
        """Return the state that belongs to a mark, reading as little as possible."""
        if self._dictionary is None:
            self._dictionary = await asyncio.to_thread(Dictionary.load)
        recent = await self._graph.history(_LINKER, limit=_LOOK_BACK)
        fresh = None if self._state is None else _fresh(recent, self._state.change)
        if self._state is None or fresh is None or any(_unnames(c) for c in fresh):
            index = await asyncio.to_thread(NameIndex, [e async for e in self._graph.names()])
        elif fresh:
            since = min(c.at for c in fresh)
            entries = [e async for e in self._graph.names(since)]
            index = self._state.vocabulary.names.with_entries(entries)
        else:
            index = self._state.vocabulary.names
        vocabulary = Vocabulary.build(
            self._dictionary,
            await self._graph.schema(),
            await self._graph.enumerated_values(),
            index,
            counts=await self._graph.counts(),
        )
        vocabulary = replace(
            vocabulary, money_floor=await self._money_floor(), currency=self._currency
        )
        return _State(
            mark=mark,
            change=recent[0].id if recent else "",
            vocabulary=vocabulary,
            language=Language(vocabulary),
        )

    async def _money_floor(self) -> float:
        """Return the amount below which a bare number is asked about; measured once, it moves slowly."""
        if self._state is not None:
            return self._state.vocabulary.money_floor
        typical = Measure(agg="avg", field="opportunity.amount")
        query = Query(entity="opportunity")
        found = await self._graph.measure(query, [typical], _LINKER, now=_EPOCH)
        amount = found.get(typical)
        return _MOST_FLOOR if not amount else min(max(amount / 100, _LEAST_FLOOR), _MOST_FLOOR)


def _fresh(recent: tuple[ChangeSet, ...], last: str) -> tuple[ChangeSet, ...] | None:
    """Return the change sets after the last one seen, None when that one is too far back."""
    for n, change_set in enumerate(recent):
        if change_set.id == last:
            return recent[:n]
    return None


def _unnames(change_set: ChangeSet) -> bool:
    """Return whether names may have gone: a deletion, a new name for an old, or more than is shown."""
    return len(change_set.changes) >= _SHOWN or any(
        c.action is Action.DELETE
        or (c.action is Action.UPDATE and not _NAME_FIELDS.isdisjoint(c.after))
        for c in change_set.changes
    )


def _names_of(change: RecordChange) -> Iterable[NameEntry]:
    """Yield the names of a drafted record."""
    for field in sorted(_NAME_FIELDS & change.after.keys()):
        value = change.after[field]
        for name in value if isinstance(value, tuple) else (value,):
            if name:
                yield NameEntry(name=str(name), ref=change.ref, field=field)
