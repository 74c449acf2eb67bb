"""Finds passages by their words, in memory: numbers of words and ids of passages only, never a text.

It is read with the service's eyes; whoever asks gets the texts through the gate, so an id that it finds shows
nothing that the actor may not see.
"""

from __future__ import annotations

import asyncio
import math
from array import array
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from knowledge_graph.expression.nodes import Field, Known, Or, Query
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.language.vocabulary import entity_of
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema
from tools.recall.passages import Passage, passages_of, source_of, text_fields
from tools.recall.words import terms

_PAGE = 500
_STAMP = "%Y-%m-%dT%H:%M:%SZ"
_LOOK_BACK = 20
"""Change sets that are read one by one; after more than that all texts are read anew."""
_SHOWN = 50
"""A change set in the log shows at most so many changes: one with as many may have more."""
_LOOKED_AT = 300
"""Best passages among which near-duplicates are told apart."""
_ALIKE = 0.6
_RARE = 8
"""Words in fewer passages than this tell no more than one in so many: a rare word is not the whole question."""
PUBLIC_KINDS = frozenset({"document", "product"})
"""What holds for every customer, unless it belongs to another one."""


def service_access(now: datetime) -> Access:
    """Return the request of the indexer: it reads for the service, and shows nothing to anybody."""
    at = now.astimezone(UTC).strftime(_STAMP)
    indexer = Actor(role=Role.OWNER, id="indexer")
    return Access(actor=indexer, purpose="service", at=at, indexing=True)


async def every_passage(graph: KnowledgeGraph, now: datetime) -> AsyncIterator[Passage]:
    """Yield every passage of the workspace.

    Args:
        graph: The gate to the graph.
        now: Resolves windows; and is noted as the time of the request.
    """
    schema, access = await graph.schema(), service_access(now)
    for kind in schema.kinds:
        fields = text_fields(kind, schema)
        if not fields:
            continue
        entity = entity_of(kind)
        condition = Or(args=tuple(Known(term=Field(id=f"{entity}.{f}")) for f in fields))
        query, offset = Query(entity=entity, condition=condition), 0
        while True:
            page = await graph.find(query, access, now=now, offset=offset, limit=_PAGE)
            for seen in page.records:
                for passage in passages_of(seen.record, schema):
                    yield passage
            offset += _PAGE
            if offset >= page.total or not page.records:
                break


@dataclass(kw_only=True)
class Postings:
    """The words of passages: which passages each word is in."""

    ids: list[str] = field(default_factory=list)
    words: dict[str, int] = field(default_factory=dict)
    where: list[array[int]] = field(default_factory=list)
    """By word: positions of passages."""
    has: list[array[int]] = field(default_factory=list)
    """By passage: numbers of its words, rising."""
    gone: set[int] = field(default_factory=set)
    by_record: dict[RecordRef, list[int]] = field(default_factory=dict)
    public: set[int] = field(default_factory=set)

    def add(self, passage: Passage) -> None:
        """Take in a passage."""
        at = len(self.ids)
        self.ids.append(passage.id)
        self.by_record.setdefault(passage.ref, []).append(at)
        if passage.ref.kind in PUBLIC_KINDS:
            self.public.add(at)
        numbers = []
        for term in terms(passage.searched):
            number = self.words.setdefault(term, len(self.words))
            if number == len(self.where):
                self.where.append(array("i"))
            self.where[number].append(at)
            numbers.append(number)
        self.has.append(array("i", sorted(numbers)))

    def drop(self, ref: RecordRef) -> None:
        """Forget the passages of a record."""
        for at in self.by_record.pop(ref, []):
            self.gone.add(at)
            self.public.discard(at)

    def weight(self, term: str) -> float | None:
        """Return how telling a term is, None when no passage has it."""
        number = self.words.get(term)
        if number is None:
            return None
        return math.log(1 + len(self.ids) / max(_RARE, len(self.where[number])))

    @property
    def rarest(self) -> float:
        """How telling a word is that no passage has."""
        return math.log(1 + max(1.0, len(self.ids) / _RARE))

    def scores(self, units: Iterable[frozenset[str]]) -> npt.NDArray[np.float64]:
        """Return how much of a question's words each passage has, shape (passages,)."""
        found = np.zeros(len(self.ids))
        for unit in units:
            known = [t for t in unit if t in self.words]
            if not known:
                continue
            places = np.unique(
                np.concatenate([
                    np.frombuffer(self.where[self.words[t]], dtype="i4") for t in known
                ])
            )
            found[places] += math.log(1 + len(self.ids) / len(places))
        if self.gone:
            found[list(self.gone)] = 0.0
        return found

    def distinct(self, places: Sequence[int], limit: int) -> list[int]:
        """Return the first places whose passages are not near-duplicates of an earlier one."""
        kept: list[int] = []
        sets: list[frozenset[int]] = []
        for at in places[:_LOOKED_AT]:
            mine = frozenset(self.has[at])
            if all(len(mine & s) < _ALIKE * len(mine | s) for s in sets):
                kept.append(at)
                sets.append(mine)
            if len(kept) >= limit:
                break
        return kept


class WordIndex:
    """Keeps `Postings` in step with the graph at the cost of what has changed.

    Args:
        graph: The gate to the graph.
    """

    def __init__(self, graph: KnowledgeGraph) -> None:
        self._graph = graph
        self._postings = Postings()
        self._mark: str | None = None
        self._change = ""
        self._turn = asyncio.Lock()

    async def current(self, now: datetime) -> Postings:
        """Return the words of all passages as they are now.

        Args:
            now: The time of the request.
        """
        async with self._turn:
            mark = await self._graph.change_mark()
            if mark != self._mark:
                await self._refresh(now)
                self._mark = mark
        return self._postings

    async def _refresh(self, now: datetime) -> None:
        """Read what has changed, or everything."""
        access = service_access(now)
        recent = await self._graph.history(access, limit=_LOOK_BACK)
        known = [n for n, c in enumerate(recent) if c.id == self._change]
        fresh = recent[: known[0]] if known and self._mark is not None else None
        self._change = recent[0].id if recent else ""
        if fresh is None or any(len(c.changes) >= _SHOWN for c in fresh):
            everything = [p async for p in every_passage(self._graph, now)]
            self._postings = await asyncio.to_thread(_postings, everything)
            return
        refs = tuple(dict.fromkeys(change.ref for c in fresh for change in c.changes))
        schema: WorkspaceSchema = await self._graph.schema()
        for ref in refs:
            self._postings.drop(ref)
        for seen in await self._graph.get(refs, access):
            for passage in passages_of(seen.record, schema):
                self._postings.add(passage)


def _postings(passages: Iterable[Passage]) -> Postings:
    """Return the words of passages."""
    found = Postings()
    for passage in passages:
        found.add(passage)
    return found


def lexical(postings: Postings, units: Sequence[frozenset[str]], *, limit: int) -> tuple[str, ...]:
    """Return the passages with most of a question's words: documents and the rest apart, no near-duplicates.

    Args:
        postings: The words of all passages.
        units: From `asked`.
        limit: At most so many of each sort.
    """
    scores = postings.scores(units)
    order = [int(n) for n in np.argsort(-scores, kind="stable")[: 4 * _LOOKED_AT] if scores[n] > 0]
    found: list[int] = []
    shared = sorted(postings.public, key=lambda n: -scores[n])
    found += [n for n in shared if scores[n] > 0][:limit]
    found += postings.distinct([n for n in order if n not in postings.public], limit)
    return tuple(postings.ids[n] for n in sorted(found, key=lambda n: -scores[n]))


def records_of(ids: Iterable[str]) -> tuple[RecordRef, ...]:
    """Return the records that passages are from, in order."""
    return tuple(dict.fromkeys(ref for i in ids if (ref := source_of(i)) is not None))
