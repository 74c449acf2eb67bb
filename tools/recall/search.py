"""Ranks the passages that come into question: near in meaning, sharing words, or around whom it names."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge_graph.errors import NotFoundError
from knowledge_graph.graph import Seen
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ports import Embedder, VectorMemory
from tools.asking import Session
from tools.recall.lexicon import PUBLIC_KINDS, Postings, WordIndex, lexical, records_of
from tools.recall.passages import Passage, passages_of
from tools.recall.relevance import (
    MEANING,
    WORDS,
    Score,
    Thresholds,
    amount_fits,
    crosses,
    names_fit,
)
from tools.recall.subject import Subject
from tools.recall.words import asked, content_words, coverage, terms

_NEAR = 200
"""Passages that vector memory is asked for; many of them may be near-duplicates."""
_LEXICAL = 24
"""Passages of each sort, documents and the rest, that are taken for their words."""
_COMPARED = 800
"""So many passages of documents are compared one by one, so that no heap of notes hides them."""
_AROUND = 150
"""Records around the named one whose texts are read."""
_FRESH = 24
"""Passages without a vector that are embedded for the question, best words first."""
_FRESH_SECONDS = 0.6
_FRESH_BATCH = 4
_TEXTS = ("text", "notes")
"""The fields in which records of contacts say what was said."""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What recall searches with."""

    embedder: Embedder
    vectors: VectorMemory
    words: WordIndex

    @property
    def thresholds(self) -> Thresholds:
        """The relevance test that fits the embedder."""
        return WORDS if self.embedder.version.startswith("hashing") else MEANING


@dataclass(frozen=True, kw_only=True)
class Found:
    """A passage that may answer, the record it is from, and how well it fits."""

    passage: Passage
    seen: Seen
    score: Score

    @property
    def public(self) -> bool:
        """It is from a document or a product, not from what was said with somebody."""
        return self.passage.ref.kind in PUBLIC_KINDS

    @property
    def at(self) -> str:
        """When it was said or published."""
        record = self.seen.record
        for name in ("happened_at", "opened_at", "published_on", "created_on"):
            if value := record.get(name):
                return str(value)
        return record.created_at


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """A question made ready for comparison."""

    text: str
    units: tuple[frozenset[str], ...]
    all_units: tuple[frozenset[str], ...]
    weight: Mapping[str, float]
    vector: Sequence[float]
    focus: Sequence[float]


async def rank_passages(
    question: str, subject: Subject, session: Session, memory: Memory
) -> tuple[Found, ...]:
    """Return the passages that come into question, best first, whether or not they pass the test.

    Args:
        question: The question.
        subject: What it is about.
        session: The session of the call.
        memory: Embedder, vectors and words.
    """
    postings = await memory.words.current(session.run.now)
    ready = await _ready(question, subject, postings, memory)
    hits = await memory.vectors.search(ready.vector, limit=_NEAR)
    named = lexical(postings, ready.all_units, limit=_LEXICAL)
    shared = [postings.ids[n] for n in sorted(postings.public)][:_COMPARED]
    near = {h.id: h.similarity for h in hits}
    near |= await memory.vectors.compare(ready.vector, [i for i in shared if i not in near])
    wanted = _chosen(near, named)
    found = await candidates(wanted, subject, session)
    vectors = await _similar(ready, [p for p, _ in found], named, memory)
    scored = [
        Found(passage=p, seen=s, score=_score(ready, p, s, vectors[p.id]))
        for p, s in found
        if p.id in vectors
    ]
    return tuple(sorted(scored, key=lambda f: (-f.score.rank, f.passage.id)))


async def _ready(question: str, subject: Subject, postings: Postings, memory: Memory) -> _Asked:
    """Return the question with its vectors and the weights of its words."""
    core = subject.plain if content_words(subject.plain) else subject.rest
    core = core if content_words(core) else question
    vectors = await asyncio.to_thread(memory.embedder.queries, [question, core])
    units, every = asked(core), asked(question)
    known = {t: w for u in (*units, *every) for t in u if (w := postings.weight(t)) is not None}
    return _Asked(
        text=question,
        units=units,
        all_units=every,
        weight=known | {"": postings.rarest},
        vector=vectors[0],
        focus=vectors[1],
    )


def _chosen(near: Mapping[str, float], named: Sequence[str]) -> tuple[str, ...]:
    """Return the ids to read: the best of the documents and of the rest, and those found by words."""
    order = sorted(near, key=lambda i: (-near[i], i))
    public = [i for i in order if i.partition(":")[0] in PUBLIC_KINDS]
    others = [i for i in order if i.partition(":")[0] not in PUBLIC_KINDS]
    return tuple(dict.fromkeys((*public[:_LEXICAL], *others[: 2 * _LEXICAL], *named)))


async def candidates(
    ids: Sequence[str], subject: Subject, session: Session
) -> list[tuple[Passage, Seen]]:
    """Return the passages that may answer: those of the ids, or of the records around whom it names.

    What was said with one customer is never an answer about another.
    """
    wanted = set(ids)
    near = await session.graph.get(records_of(ids), session.run.access)
    around: dict[RecordRef, Seen] = {}
    for ref in subject.parties:
        around |= {s.record.ref: s for s in await _around(ref, session)}
    if subject.parties:
        near = tuple(s for s in near if s.record.ref not in around and _for_all(s, set(around)))
    close = [(p, s) for s in around.values() for p in passages_of(s.record, session.schema)]
    wide = [(p, s) for s in near for p in passages_of(s.record, session.schema) if p.id in wanted]
    return [*close, *wide]


async def withheld_around(subject: Subject, session: Session) -> str:
    """Return why texts around whom a question names are withheld, empty when none are."""
    for ref in subject.parties:
        for seen in await _around(ref, session):
            reasons = (seen.withheld[f].reason for f in _TEXTS if f in seen.withheld)
            if reason := next(reasons, ""):
                return reason
    return ""


async def _around(about: RecordRef, session: Session) -> tuple[Seen, ...]:
    """Return the named record and what is connected with it; only itself when it is not yet written."""
    try:
        found = await session.graph.neighbourhood(about, session.run.access, limit=_AROUND)
    except NotFoundError:
        own = await session.record(about)
        return () if own is None else (own,)
    return (found.centre, *found.records)


def _for_all(seen: Seen, mine: set[RecordRef]) -> bool:
    """Return whether a text is general knowledge, or belongs to one of the records around."""
    account = seen.record.get("account")
    if seen.record.kind not in PUBLIC_KINDS:
        return False
    return not account or RecordRef(kind="account", id=str(account)) in mine


async def _similar(
    ready: _Asked, passages: Sequence[Passage], named: Sequence[str], memory: Memory
) -> dict[str, tuple[float, float]]:
    """Return the similarity of passages to the question and to the question without names.

    Passages that nobody has embedded yet are embedded now, those with most of the words first, within a
    budget of time; what they cost is kept for the next question.
    """
    ids = [p.id for p in passages]
    whole = dict(await memory.vectors.compare(ready.vector, ids))
    focus = dict(await memory.vectors.compare(ready.focus, ids))
    found = {i: (whole[i], focus[i]) for i in whole if i in focus}
    missing = {p.id: p for p in passages if p.id not in found}
    covers = {
        i: coverage(ready.all_units, terms(p.searched), ready.weight) for i, p in missing.items()
    }
    first = {i: n for n, i in enumerate(named)}
    order = sorted(missing, key=lambda i: (-covers[i], first.get(i, len(first)), i))[:_FRESH]
    fresh = await _embedded([missing[i] for i in order], memory)
    if fresh:
        await memory.vectors.add(fresh)
    for key, numbers in fresh.items():
        found[key] = (_dot(ready.vector, numbers), _dot(ready.focus, numbers))
    return found


async def _embedded(passages: Sequence[Passage], memory: Memory) -> dict[str, Sequence[float]]:
    """Return the vectors of the first passages that the budget of time allows."""
    found: dict[str, Sequence[float]] = {}
    loop = asyncio.get_running_loop()
    until = loop.time() + _FRESH_SECONDS
    for start in range(0, len(passages), _FRESH_BATCH):
        if loop.time() >= until:
            break
        batch = passages[start : start + _FRESH_BATCH]
        made = await asyncio.to_thread(memory.embedder.passages, [p.searched for p in batch])
        found |= {p.id: v for p, v in zip(batch, made, strict=True)}
    return found


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the cosine of two vectors of unit length."""
    return sum(a * b for a, b in zip(one, other, strict=True))


def _score(ready: _Asked, passage: Passage, seen: Seen, similar: tuple[float, float]) -> Score:
    """Return how well a passage fits."""
    text = f"{seen.record.title} {passage.searched}"
    has = terms(text)
    return Score(
        similarity=similar[0],
        focus=similar[1],
        coverage=coverage(ready.units, has, ready.weight),
        whole=coverage(ready.all_units, has, ready.weight),
        crosses=crosses(ready.text, passage.text),
        names_fit=names_fit(ready.text, text),
        amount_fits=amount_fits(ready.text, passage.text),
        public=passage.ref.kind in PUBLIC_KINDS,
    )
