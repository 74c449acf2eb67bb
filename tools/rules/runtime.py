"""The runtime of rules: takes in events and changes, lets the engine look, keeps what comes of it.

One worker takes everything that has queued up, lets the engine make effects of it and keeps all of it in one
transaction of the journal (so that a burst costs one wait for the disk); only then is it acknowledged. Doing
comes after, from the journal, so that nothing is lost and nothing happens twice, whenever the process ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from knowledge_graph.errors import ConflictError
from knowledge_graph.expression.nodes import Term
from knowledge_graph.expression.periods import TimeFrame, iso_instant
from knowledge_graph.graph import KnowledgeGraph, Lens
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.ontology.access import Access, Actor
from knowledge_graph.ontology.change import ChangeSet
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ports import Clock
from knowledge_graph.rule_ports import RuleEvent, RuleJournal
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.governance import purposes_of
from tools.rules.book import RuleBook, service_access
from tools.rules.calendar import Calendar
from tools.rules.engine import Cause, Look, Outcome, stamp_ms
from tools.rules.intake import check_event
from tools.rules.mirror import Mirror
from tools.rules.owners import Owners
from tools.rules.sight import Sight, SightKey

_REPLAY = timedelta(days=400)
_LOOK_BACK = 200
_SHOWN = 50
_QUEUE = 20_000
"""Events that may wait; more are refused, the sender tries again."""
_IDLE_SIGHTS = 6
"""Sights that are kept for previews though no rule runs with them."""
_REREAD = 2_000
"""Records that are read again in one query."""


@dataclass(frozen=True, kw_only=True)
class RuntimeParts:
    """What the runtime needs from outside."""

    graph: KnowledgeGraph
    journal: RuleJournal
    book: RuleBook
    owners: Owners
    dictionary: Dictionary
    clock: Clock
    timezone: str = "Asia/Shanghai"


@dataclass
class _Marks:
    """What the last look was at."""

    graph: str = ""
    grounds: str = ""
    change: str = ""
    loaded: bool = False
    day: date | None = None
    owners: int = 0


@dataclass(frozen=True, kw_only=True)
class _Placed:
    """The rules of one sight."""

    actor: Actor
    rules: dict[str, RuleContract] = field(default_factory=dict)


class RuleRuntime:
    """Runs the rules of one workspace.

    Args:
        parts: What it needs.
    """

    def __init__(self, parts: RuntimeParts) -> None:
        self._parts = parts
        self._zone = ZoneInfo(parts.timezone)
        self._turn = asyncio.Lock()
        self._waiting: list[tuple[Sequence[RuleEvent], str, asyncio.Future[int]]] = []
        self._worker: asyncio.Task[None] | None = None
        self._sights: dict[SightKey, Sight] = {}
        self._seen = _Marks()
        self._calendar = Calendar(parts.journal)

    # -- what it knows

    @property
    def rules(self) -> Mapping[str, RuleContract]:
        """The rules that run, by rule id, as the last look at the graph had them."""
        return {i: c for s in self._sights.values() for i, c in s.engine.rules.rules.items()}

    def frame(self) -> TimeFrame:
        """Return what now and here are."""
        return TimeFrame(now=self._parts.clock.now(), zone=self._zone)

    async def ready(self, kind: str, terms: Sequence[Term], actor: Actor, purpose: str) -> Mirror:
        """Return the facts of all records of a kind as somebody may see them, up to date.

        Args:
            kind: The kind of record.
            terms: What has to be among the facts.
            actor: Who looks.
            purpose: What for.

        Raises:
            NotAllowedError: He may not read such records at all.
        """
        async with self._turn:
            await self._up_to_date()
            key = self._key(actor, purpose)
            sight = self._sights.get(key)
            if sight is None:
                self._forget_idle()
                sight = self._sights[key] = self._sight(key, actor)
            return await sight.ready(kind, terms, self.frame())

    def inside(self, contract: str) -> tuple[RecordRef, ...]:
        """Return the records that are inside a contract, in order."""
        every = self._sights.values()
        return tuple(sorted(r for s in every for r in s.engine.memory.inside(contract)))

    def _key(self, actor: Actor, purpose: str) -> SightKey:
        at = iso_instant(self._parts.clock.now())
        access = Access(actor=actor, purpose=purpose, at=at)
        return SightKey(standing=self._parts.graph.standing(access), purpose=purpose)

    def _sight(self, key: SightKey, actor: Actor) -> Sight:
        return Sight(key=key, actor=actor, graph=self._parts.graph, journal=self._parts.journal)

    def _forget_idle(self) -> None:
        idle = [key for key, sight in self._sights.items() if not sight.engine.rules.rules]
        for key in idle[: max(0, len(idle) - _IDLE_SIGHTS + 1)]:
            del self._sights[key]

    # -- taking in

    async def ingest(self, events: Sequence[RuleEvent]) -> int:
        """Take in events; when this returns, they and what is to be done about them are on disk.

        Args:
            events: Each is checked; one that was taken in before counts as nothing.

        Returns:
            How many were new.

        Raises:
            BadInputError: One of them is no event; none was taken in.
            ConflictError: Too many wait already; none was taken in.
        """
        now = self._parts.clock.now()
        for event in events:
            check_event(event, self._parts.dictionary, now)
        if sum(len(e) for e, _, _ in self._waiting) + len(events) > _QUEUE:
            raise ConflictError("too many events are waiting; send them again later")
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((events, stamp_ms(now), done))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._drain())
        return await done

    async def _drain(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting, []
            try:
                async with self._turn:
                    await self._up_to_date()
                    counts = await self._take([(e, at) for e, at, _ in taken])
            except Exception as error:  # noqa: BLE001 - handed to the callers, who wait for an answer
                self._seen.loaded = False
                for _, _, done in taken:
                    if not done.done():
                        done.set_exception(error)
                continue
            for (_, _, done), count in zip(taken, counts, strict=True):
                if not done.done():
                    done.set_result(count)

    async def _take(self, groups: Sequence[tuple[Sequence[RuleEvent], str]]) -> list[int]:
        journal = self._parts.journal
        unseen = set(await journal.unseen([e.id for events, _ in groups for e in events]))
        frame, out, fresh = self.frame(), Outcome(), []
        lenses = await self._lenses(frame)
        counts = []
        for events, received in groups:
            counts.append(0)
            for event in events:
                if event.id not in unseen:
                    continue
                unseen.discard(event.id)
                counts[-1] += 1
                fresh.append(event)
                cause = Cause(text=f"event:{event.id}", received_at=received, event=event.kind)
                look = Look(subject=event.subject, facts={}, frame=frame, cause=cause, out=out)
                for key, sight in self._sights.items():
                    await sight.happened(event, look, lenses[key])
        if fresh:
            await journal.record(replace(out.batch(), events=tuple(fresh)))
        return counts

    async def _lenses(self, frame: TimeFrame) -> dict[SightKey, Lens]:
        graph = self._parts.graph
        return {k: await graph.lens(s.access(frame.now)) for k, s in self._sights.items()}

    # -- the clock and the graph

    async def tick(self) -> int:
        """Return how many firings came of the graph's changes, the calendar and the schedules.

        Call it every few seconds, and after a change of a rule.
        """
        async with self._turn:
            await self._up_to_date()
            frame = self.frame()
            kept = 0
            if self._seen.day != frame.today:
                self._seen.day = frame.today
                kept += await self._sweep("day:" + frame.today.isoformat())
            kept += await self._streaks_due(frame)
            for sight in tuple(self._sights.values()):
                kept += await sight.run_due(self._calendar, frame)
            return kept

    async def _up_to_date(self) -> None:
        parts, seen = self._parts, self._seen
        mark, grounds = await parts.graph.change_mark(), await parts.graph.grounds_mark()
        frame = self.frame()
        if seen.loaded and (mark, parts.owners.version) == (seen.graph, seen.owners):
            await self._regrounded(grounds, frame)
            return
        shelf = await parts.book.shelf()
        placed = await self._placed(shelf.live)
        recent = await parts.graph.history(service_access(frame.now), limit=_LOOK_BACK)
        if not seen.loaded:
            await self._anew(placed, "rules", frame)
        else:
            await self._catch_up(recent, placed, frame)
            await self._regrounded(grounds, frame)
        await self._swap(placed, frame)
        seen.change = recent[0].id if recent else ""
        seen.graph, seen.grounds, seen.loaded = mark, grounds, True
        seen.owners = parts.owners.version

    async def _placed(self, live: Sequence[RuleContract]) -> dict[SightKey, _Placed]:
        """Return the rules that somebody stands behind, by what they see."""
        owners, found = self._parts.owners, dict[SightKey, _Placed]()
        await owners.learn(live)
        for rule in live:
            actor = owners.of(rule)
            if actor is not None:
                key = self._key(actor, purposes_of(rule)[0])
                found.setdefault(key, _Placed(actor=actor)).rules[rule.id] = rule
        return found

    async def _anew(self, placed: Mapping[SightKey, _Placed], cause: str, frame: TimeFrame) -> None:
        """Read everything again: at the start, and after a change too large to follow."""
        self._sights = {}
        for key, here in placed.items():
            await self._begin(key, here, cause, frame)

    async def _begin(self, key: SightKey, here: _Placed, cause: str, frame: TimeFrame) -> None:
        sight = self._sights[key] = self._sight(key, here.actor)
        events = await self._parts.journal.events(since=iso_instant(frame.now - _REPLAY))
        told = Cause(text=cause, received_at=stamp_ms(frame.now))
        await self._record(await sight.begin(here.rules, events, told, frame))

    async def _catch_up(
        self, recent: Sequence[ChangeSet], placed: Mapping[SightKey, _Placed], frame: TimeFrame
    ) -> None:
        """Take in what was committed since the last look, by whatever process."""
        ids = [c.id for c in recent]
        known = self._seen.change
        fresh = recent[: ids.index(known)] if known in ids else None
        if fresh is None or any(len(c.changes) >= _SHOWN for c in fresh):
            await self._anew(placed, "import:" + (ids[0] if ids else ""), frame)
            return
        refs = sorted({c.ref for change_set in fresh for c in change_set.changes})
        if refs:
            await self._reread(refs, f"change:{ids[0]}", frame)

    async def _reread(self, refs: Sequence[RecordRef], cause: str, frame: TimeFrame) -> None:
        """Take records as they are now, and look at everybody whom they say something about."""
        out, told = Outcome(), Cause(text=cause, received_at=stamp_ms(frame.now))
        looks: dict[RecordRef, Look] = {}
        for sight in self._sights.values():
            for subject in await sight.reread(refs, frame):
                look = looks.setdefault(
                    subject, Look(subject=subject, facts={}, frame=frame, cause=told, out=out)
                )
                sight.look(look)
        await self._record(out)

    async def _regrounded(self, grounds: str, frame: TimeFrame) -> None:
        """Look again at what is seen of people by a grant that was given, withdrawn or has run out."""
        changed = grounds != self._seen.grounds
        self._seen.grounds = grounds
        found: dict[RecordRef, None] = {}
        for sight in self._sights.values():
            found |= dict.fromkeys(sight.lapsed(frame.now))
            if changed:
                found |= dict.fromkeys(sight.personal())
        refs = sorted(found)
        for start in range(0, len(refs), _REREAD):
            await self._reread(refs[start : start + _REREAD], f"grounds:{grounds}", frame)

    async def _swap(self, placed: Mapping[SightKey, _Placed], frame: TimeFrame) -> None:
        """Put the rules in force that the graph has now, each with the sight of its owner."""
        for key, sight in tuple(self._sights.items()):
            here = placed.get(key)
            out = await sight.swap({} if here is None else here.rules, frame)
            if out is not None:
                await self._record(out)
        for key, here in placed.items():
            if key not in self._sights:
                await self._begin(key, here, "rules", frame)

    async def _sweep(self, cause: str) -> int:
        """Look at everybody: the day has changed."""
        frame, out = self.frame(), Outcome()
        told = Cause(text=cause, received_at=stamp_ms(frame.now))
        for sight in tuple(self._sights.values()):
            await sight.sweep(told, frame, out)
        return await self._record(out)

    async def _record(self, out: Outcome) -> int:
        batch = out.batch()
        if batch.standings or batch.firings or batch.effects or batch.claims:
            await self._parts.journal.record(batch)
        return len(batch.firings)

    async def _streaks_due(self, frame: TimeFrame) -> int:
        out = Outcome()
        cause = Cause(text="held", received_at=stamp_ms(frame.now))
        for sight in self._sights.values():
            for subject in sight.streaks.due(frame):
                sight.look(Look(subject=subject, facts={}, frame=frame, cause=cause, out=out))
        return await self._record(out)
