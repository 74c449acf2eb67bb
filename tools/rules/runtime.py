"""The runtime of rules: takes in events and changes, lets the engine look, keeps what comes of it.

One worker takes everything that has queued up, lets the engine make effects of it and keeps all of it in one
transaction of the journal (so that a burst costs one wait for the disk); only then is it acknowledged. Doing
comes after, from the journal, so that nothing is lost and nothing happens twice, whenever the process ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from knowledge_graph.errors import ConflictError
from knowledge_graph.expression.nodes import Term
from knowledge_graph.expression.periods import TimeFrame, iso_instant
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.ontology.change import ChangeSet
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ports import Clock
from knowledge_graph.rule_ports import RuleEvent, RuleJournal
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.evaluation import compiled
from knowledge_graph.rules.facts import fact_key, needed_streaks
from knowledge_graph.rules.index import fires_when
from tools.rules.book import RuleBook, service_access
from tools.rules.calendar import Calendar, Timed, timed
from tools.rules.engine import Cause, Engine, Look, Memory, Outcome, stamp_ms
from tools.rules.force import RulesInForce, subject_kind, terms_of
from tools.rules.intake import check_event, event_facts, event_row
from tools.rules.mirror import Mirror
from tools.rules.streaks import Streaks

_REPLAY = timedelta(days=400)
_LOOK_BACK = 200
_SHOWN = 50
_FEW = 20
"""New rules that are looked at one by one; with more all are looked at together."""
_QUEUE = 20_000
"""Events that may wait; more are refused, the sender tries again."""


@dataclass(frozen=True, kw_only=True)
class RuntimeParts:
    """What the runtime needs from outside."""

    graph: KnowledgeGraph
    journal: RuleJournal
    book: RuleBook
    dictionary: Dictionary
    clock: Clock
    timezone: str = "Asia/Shanghai"


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
        self._engine = Engine(RulesInForce.build(()), Memory())
        self._mirrors: dict[str, Mirror] = {}
        self._mark = ""
        self._change = ""
        self._day: date | None = None
        self._streaks = Streaks()
        self._calendar = Calendar(parts.journal)
        self._timed: tuple[Timed, ...] = ()
        self._loaded = False

    # -- what it knows

    @property
    def rules(self) -> RulesInForce:
        """The rules in force, as the last look at the graph had them."""
        return self._engine.rules

    def frame(self) -> TimeFrame:
        """Return what now and here are."""
        return TimeFrame(now=self._parts.clock.now(), zone=self._zone)

    async def mirror(self, kind: str) -> Mirror:
        """Return the facts of all records of a kind, made if there are none yet."""
        if kind not in self._mirrors:
            schema = await self._parts.graph.schema()
            self._mirrors[kind] = Mirror(kind=kind, schema=schema)
        return self._mirrors[kind]

    async def ready(self, kind: str, terms: Sequence[Term]) -> Mirror:
        """Return the facts of all records of a kind, up to date, with these terms among them."""
        async with self._turn:
            await self._up_to_date()
            mirror = await self.mirror(kind)
            if kind in mirror.schema.kinds:
                access = service_access(self._parts.clock.now())
                await mirror.load(terms, self._parts.graph, access, self.frame())
            return mirror

    def inside(self, contract: str) -> tuple[RecordRef, ...]:
        """Return the records that are inside a contract, in order."""
        return tuple(sorted(self._engine.memory.inside(contract)))

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
                self._loaded = False
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
        counts = []
        for events, received in groups:
            counts.append(0)
            for event in events:
                if event.id not in unseen:
                    continue
                unseen.discard(event.id)
                counts[-1] += 1
                fresh.append(event)
                await self._react(event, received, frame, out)
        if fresh:
            await journal.record(replace(out.batch(), events=tuple(fresh)))
        return counts

    async def _react(self, event: RuleEvent, received: str, frame: TimeFrame, out: Outcome) -> None:
        mirror = await self.mirror(event.subject.kind)
        made = event_row(event, mirror.schema)
        cause = Cause(text=f"event:{event.id}", received_at=received, event=event.kind)
        if made is not None:
            mirror.put_row(*made)
        facts = mirror.facts(event.subject.id, frame)
        if facts or event.subject.id in mirror.subjects:
            self._engine.happened(
                Look(
                    subject=event.subject,
                    facts={**facts, **event_facts(event)},
                    frame=frame,
                    cause=cause,
                    out=out,
                )
            )
        if made is not None:
            self._look(event.subject, frame, replace(cause, event=None), out)

    def _look(self, subject: RecordRef, frame: TimeFrame, cause: Cause, out: Outcome) -> None:
        """Let the engine look at the facts of one record."""
        mirror = self._mirrors[subject.kind]
        facts = mirror.facts(subject.id, frame)
        self._streaks.follow(subject, facts, frame, self._engine, out=out)
        self._engine.changed(Look(subject=subject, facts=facts, frame=frame, cause=cause, out=out))

    # -- the clock and the graph

    async def tick(self) -> int:
        """Return how many firings came of the graph's changes, the calendar and the schedules.

        Call it every few seconds, and after a change of a rule.
        """
        async with self._turn:
            await self._up_to_date()
            frame = self.frame()
            kept = 0
            if self._day != frame.today:
                self._day = frame.today
                kept += await self._sweep("day:" + frame.today.isoformat())
            kept += await self._streaks_due(frame)
            return kept + await self._schedules(frame)

    async def _up_to_date(self) -> None:
        mark = await self._parts.graph.change_mark()
        if self._loaded and mark == self._mark:
            return
        shelf = await self._parts.book.shelf()
        rules = shelf.rules
        frame, access = self.frame(), service_access(self._parts.clock.now())
        recent = await self._parts.graph.history(access, limit=_LOOK_BACK)
        if not self._loaded:
            await self._load(rules, frame)
        else:
            await self._catch_up(recent, frame)
        self._change = recent[0].id if recent else ""
        self._mark = mark
        if rules is not self._engine.rules:
            await self._swap(rules, frame)
        self._loaded = True

    async def _load(self, rules: RulesInForce, frame: TimeFrame) -> None:
        memory = Memory()
        journal = self._parts.journal
        names = [n for c in rules.rules.values() for n in _names(c.ref, len(c.contract.otherwise))]
        names += [self._streaks.name(node) for node in rules.streaks]
        for standing in await journal.standings(names):
            memory.standings[standing.subject][standing.contract] = standing
        today = iso_instant(frame.now)[:10]
        for contract in rules.rules.values():
            if contract.budget is not None:
                spent = await journal.spent(contract.ref, today)
                memory.spent[contract.ref, frame.today.isoformat()] = spent
        self._mirrors = {}
        self._engine = Engine(RulesInForce.build(()), memory)
        await self._read_terms(rules, frame)
        since = iso_instant(frame.now - _REPLAY)
        for event in await journal.events(since=since):
            mirror = await self.mirror(event.subject.kind)
            made = event_row(event, mirror.schema)
            if made is not None and mirror.record(made[0], str(made[1]["id"])) is None:
                mirror.put_row(*made)

    async def _read_terms(self, rules: RulesInForce, frame: TimeFrame) -> None:
        access = service_access(self._parts.clock.now())
        for kind in sorted(rules.kinds()):
            mirror = await self.mirror(kind)
            if kind in mirror.schema.kinds:
                await mirror.load(rules.terms(kind), self._parts.graph, access, frame)

    async def _catch_up(self, recent: Sequence[ChangeSet], frame: TimeFrame) -> None:
        """Take in what was committed since the last look, by whatever process."""
        ids = [c.id for c in recent]
        fresh = recent[: ids.index(self._change)] if self._change in ids else None
        if fresh is None or any(len(c.changes) >= _SHOWN for c in fresh):
            await self._load(self._engine.rules, frame)
            await self._sweep("import:" + (ids[0] if ids else ""))
            return
        refs = sorted({c.ref for change_set in fresh for c in change_set.changes})
        if not refs:
            return
        access = service_access(self._parts.clock.now())
        seen = {s.record.ref: s for s in await self._parts.graph.get(refs, access)}
        out = Outcome()
        cause = Cause(text=f"change:{ids[0]}", received_at=stamp_ms(frame.now))
        for ref in refs:
            for mirror in self._mirrors.values():
                touched = mirror.put(seen[ref]) if ref in seen else mirror.drop(ref)
                for subject in sorted(touched):
                    self._look(RecordRef(kind=mirror.kind, id=subject), frame, cause, out)
        await self._record(out)

    async def _swap(self, rules: RulesInForce, frame: TimeFrame) -> None:
        """Put other rules in force: those that match now fire, those that are gone let go."""
        await self._read_terms(rules, frame)
        before = {c.ref for c in self._engine.rules.rules.values()}
        now = {c.ref: c for c in rules.rules.values()}
        self._engine.rules = rules
        self._timed = timed(rules.rules.values())
        for gone in sorted(before - now.keys()):
            await self._let_go(gone)
        fresh = [now[ref] for ref in sorted(now.keys() - before)]
        if len(fresh) > _FEW or not self._loaded:
            await self._sweep("rules")
            return
        for rule in fresh:
            await self._admit(rule, frame)

    async def _admit(self, rule: RuleContract, frame: TimeFrame) -> None:
        """Look at everybody for one new rule only."""
        if rule.contract.trigger.kind != "state":
            return
        mirror = await self.mirror(subject_kind(rule))
        if needed_streaks(rule.contract):
            await self._sweep("rules")
            return
        out, test = Outcome(), compiled(fires_when(rule), frame)
        cause = Cause(text="rules", received_at=stamp_ms(frame.now))
        keys = [fact_key(t) for t in terms_of(rule)]
        for subject, lazy in mirror.lazy(frame).items():
            if test(lazy):
                facts = {key: lazy.get(key) for key in keys}
                ref = RecordRef(kind=mirror.kind, id=subject)
                look = Look(subject=ref, facts=facts, frame=frame, cause=cause, out=out)
                self._engine.admitted(rule, look)
        await self._record(out)

    async def _let_go(self, contract: str) -> None:
        out, stamp = Outcome(), iso_instant(self._parts.clock.now())
        for subject in self.inside(contract):
            held = self._engine.memory.standings[subject][contract]
            gone = replace(held, inside=False, since=stamp)
            self._engine.memory.standings[subject][contract] = gone
            out.standings.append(gone)
        await self._record(out)
        await self._parts.journal.release(contract, note="no longer in force")

    async def _sweep(self, cause: str) -> int:
        """Look at everybody: the day has changed, or the rules have."""
        frame, out = self.frame(), Outcome()
        told = Cause(text=cause, received_at=stamp_ms(frame.now))
        for kind in sorted(self._engine.rules.kinds()):
            mirror = await self.mirror(kind)
            for n, subject in enumerate(tuple(mirror.subjects)):
                self._look(RecordRef(kind=kind, id=subject), frame, told, out)
                if n % 500 == 499:
                    await asyncio.sleep(0)
        return await self._record(out)

    async def _record(self, out: Outcome) -> int:
        batch = out.batch()
        if batch.standings or batch.firings or batch.effects or batch.claims:
            await self._parts.journal.record(batch)
        return len(batch.firings)

    # -- due times

    async def _streaks_due(self, frame: TimeFrame) -> int:
        out = Outcome()
        cause = Cause(text="held", received_at=stamp_ms(frame.now))
        for subject in self._streaks.due(frame):
            if subject.kind in self._mirrors:
                self._look(subject, frame, cause, out)
        return await self._record(out)

    async def _schedules(self, frame: TimeFrame) -> int:
        kept = 0
        for one in self._timed:
            if not one.rule.validity.holds_on(frame.today):
                continue
            mirror = await self.mirror(subject_kind(one.rule))
            subjects = (
                tuple(mirror.subjects)
                if one.action is None
                else tuple(r.id for r in self.inside(one.rule.ref))
            )
            kept += await self._calendar.run(one, subjects, mirror, self._engine, frame=frame)
        return kept


def _names(ref: str, branches: int) -> list[str]:
    return [ref, *(f"{ref}/{n}" for n in range(1, branches + 1))]
