"""What the rules of owners with like rights see and know: their facts, their index, who stands where.

A rule reads with the rights of its owner and for its own purpose. Owners of like rights share one sight, so
that facts are kept once for them; an owner with other rights has other facts, and so other customers inside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from knowledge_graph.expression.nodes import Term
from knowledge_graph.expression.periods import TimeFrame, iso_instant
from knowledge_graph.graph import KnowledgeGraph, Lens
from knowledge_graph.ontology.access import Access, Actor
from knowledge_graph.ontology.record import Record, RecordRef
from knowledge_graph.rule_ports import RuleEvent, RuleJournal
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.evaluation import compiled
from knowledge_graph.rules.facts import fact_key, needed_streaks
from knowledge_graph.rules.index import fires_when
from tools.rules.calendar import Calendar, Timed, timed
from tools.rules.engine import Cause, Engine, Look, Memory, Outcome, stamp_ms
from tools.rules.force import RulesInForce, subject_kind, terms_of
from tools.rules.intake import event_row, seen_facts
from tools.rules.mirror import Mirror, row_of
from tools.rules.streaks import Streaks

_FEW = 20
"""New rules that are looked at one by one; with more all are looked at together."""


@dataclass(frozen=True, kw_only=True)
class SightKey:
    """What makes two rules see the same."""

    standing: str
    """Of their owners, as `KnowledgeGraph.standing` has it."""
    purpose: str

    def __str__(self) -> str:
        return f"{self.standing}/{self.purpose}"


@dataclass(kw_only=True)
class Sight:
    """See the module."""

    key: SightKey
    actor: Actor
    """One of the owners: by the policy all of them see the same."""
    graph: KnowledgeGraph
    journal: RuleJournal
    engine: Engine = field(default_factory=lambda: Engine(RulesInForce.build(()), Memory()))
    mirrors: dict[str, Mirror] = field(default_factory=dict)
    streaks: Streaks = field(init=False)
    _timed: tuple[Timed, ...] = ()

    def __post_init__(self) -> None:
        self.streaks = Streaks(str(self.key))

    def access(self, now: datetime) -> Access:
        """Return the request for data of its rules; all of it is one use of a grant."""
        return Access(
            actor=self.actor,
            purpose=self.key.purpose,
            at=iso_instant(now),
            turn=f"rules:{self.key}",
            channel="rules",
        )

    # -- facts

    async def mirror(self, kind: str) -> Mirror:
        """Return the facts of all records of a kind, made if there are none yet."""
        if kind not in self.mirrors:
            self.mirrors[kind] = Mirror(kind=kind, schema=await self.graph.schema())
        return self.mirrors[kind]

    async def ready(self, kind: str, terms: Sequence[Term], frame: TimeFrame) -> Mirror:
        """Return the facts of all records of a kind, with these terms among them."""
        mirror = await self.mirror(kind)
        if kind in mirror.schema.kinds:
            await mirror.load(terms, self.graph, self.access(frame.now), frame)
        return mirror

    async def read_terms(self, frame: TimeFrame) -> None:
        """Read what its rules need."""
        rules = self.engine.rules
        for kind in sorted(rules.kinds()):
            await self.ready(kind, rules.terms(kind), frame)

    async def reread(self, refs: Sequence[RecordRef], frame: TimeFrame) -> tuple[RecordRef, ...]:
        """Take records as they are now; return the subjects whose facts may have changed."""
        seen = {s.record.ref: s for s in await self.graph.get(refs, self.access(frame.now))}
        found: dict[RecordRef, None] = {}
        for ref in refs:
            for mirror in self.mirrors.values():
                touched = mirror.put(seen[ref]) if ref in seen else mirror.drop(ref)
                found |= {
                    RecordRef(kind=mirror.kind, id=subject): None for subject in sorted(touched)
                }
        return tuple(found)

    def personal(self) -> tuple[RecordRef, ...]:
        """Return the records it holds that may be about people: what may be seen of them changes."""
        refs = (ref for mirror in self.mirrors.values() for ref in mirror.personal())
        return tuple(dict.fromkeys(refs))

    def lapsed(self, now: datetime) -> tuple[RecordRef, ...]:
        """Return the records of which a grant has run out since the last call."""
        refs = (ref for mirror in self.mirrors.values() for ref in mirror.lapsed(now))
        return tuple(dict.fromkeys(refs))

    # -- looking

    def look(self, look: Look) -> None:
        """Let the engine look at the facts of one record; those of `look` are not used."""
        mirror = self.mirrors.get(look.subject.kind)
        if mirror is None:
            return
        facts = mirror.facts(look.subject.id, look.frame)
        self.streaks.follow(look.subject, facts, look.frame, self.engine, out=look.out)
        self.engine.changed(replace(look, facts=facts))

    async def happened(self, event: RuleEvent, look: Look, lens: Lens) -> None:
        """Let the engine look at an event, and at what it says of the customer's records."""
        mirror = await self.mirror(event.subject.kind)
        made = event_row(event, mirror.schema)
        if made is not None:
            _put_event(mirror, made, lens)
        facts = mirror.facts(event.subject.id, look.frame)
        if facts or event.subject.id in mirror.subjects:
            seen = seen_facts(event, lens, mirror.schema)
            self.engine.happened(replace(look, facts={**facts, **seen}))
        if made is not None:
            self.look(replace(look, cause=replace(look.cause, event=None)))

    async def sweep(self, cause: Cause, frame: TimeFrame, out: Outcome) -> None:
        """Look at everybody: the day has changed, or the rules have."""
        for kind in sorted(self.engine.rules.kinds()):
            mirror = await self.mirror(kind)
            for n, subject in enumerate(tuple(mirror.subjects)):
                ref = RecordRef(kind=kind, id=subject)
                self.look(Look(subject=ref, facts={}, frame=frame, cause=cause, out=out))
                if n % 500 == 499:
                    await asyncio.sleep(0)

    # -- rules

    async def swap(self, contracts: Mapping[str, RuleContract], frame: TimeFrame) -> Outcome | None:
        """Put other rules in force: those that match now fire, those that are gone let go.

        Args:
            contracts: By rule id.
            frame: What now and here are.

        Returns:
            What came of it; None when these rules are in force already.
        """
        before = self.engine.rules
        rules = before.moved(contracts)
        if rules is before:
            return None
        self.engine.rules = rules
        self._timed = timed(rules.rules.values())
        await self.read_terms(frame)
        was, now = ({c.ref: c for c in r.rules.values()} for r in (before, rules))
        out = Outcome()
        for gone in sorted(was.keys() - now.keys()):
            await self._let_go(gone, frame, out)
        fresh = [now[ref] for ref in sorted(now.keys() - was.keys())]
        cause = Cause(text="rules", received_at=stamp_ms(frame.now))
        if len(fresh) > _FEW or any(needed_streaks(rule.contract) for rule in fresh):
            await self.sweep(cause, frame, out)
        else:
            for rule in fresh:
                await self._admit(rule, cause, frame, out)
        return out

    async def _admit(
        self, rule: RuleContract, cause: Cause, frame: TimeFrame, out: Outcome
    ) -> None:
        """Look at everybody for one new rule only."""
        if rule.contract.trigger.kind != "state":
            return
        mirror = await self.mirror(subject_kind(rule))
        test = compiled(fires_when(rule), frame)
        keys = [fact_key(t) for t in terms_of(rule)]
        for subject, lazy in mirror.lazy(frame).items():
            if test(lazy):
                facts = {key: lazy.get(key) for key in keys}
                ref = RecordRef(kind=mirror.kind, id=subject)
                look = Look(subject=ref, facts=facts, frame=frame, cause=cause, out=out)
                self.engine.admitted(rule, look)

    async def _let_go(self, contract: str, frame: TimeFrame, out: Outcome) -> None:
        stamp = iso_instant(frame.now)
        memory = self.engine.memory
        for subject in tuple(memory.inside(contract)):
            gone = replace(memory.standings[subject][contract], inside=False, since=stamp)
            memory.standings[subject][contract] = gone
            out.standings.append(gone)
        await self.journal.release(contract, note="no longer in force")

    async def begin(
        self,
        contracts: Mapping[str, RuleContract],
        events: Iterable[RuleEvent],
        cause: Cause,
        frame: TimeFrame,
    ) -> Outcome:
        """Put rules in force on what the journal knows of them.

        Args:
            contracts: By rule id.
            events: Earlier ones: the records that they stand for count, if they were not imported since.
            cause: Why everybody is looked at.
            frame: What now and here are.

        Returns:
            What has changed since.
        """
        self.engine.rules = RulesInForce.build(contracts.values())
        self._timed = timed(contracts.values())
        await self._remember(frame)
        await self.read_terms(frame)
        lens = await self.graph.lens(self.access(frame.now))
        for event in events:
            mirror = await self.mirror(event.subject.kind)
            made = event_row(event, mirror.schema)
            if made is not None and mirror.record(made[0], str(made[1]["id"])) is None:
                _put_event(mirror, made, lens)
        out = Outcome()
        await self.sweep(cause, frame, out)
        return out

    async def _remember(self, frame: TimeFrame) -> None:
        """Read from the journal how customers stand with the rules, and what is spent of their budgets."""
        memory, rules = self.engine.memory, self.engine.rules
        names = [n for c in rules.rules.values() for n in _names(c.ref, len(c.contract.otherwise))]
        names += [self.streaks.name(node) for node in rules.streaks]
        for standing in await self.journal.standings(names):
            memory.standings[standing.subject][standing.contract] = standing
        for contract in rules.rules.values():
            if contract.budget is not None:
                spent = await self.journal.spent(contract.ref, iso_instant(frame.now)[:10])
                memory.spent[contract.ref, frame.today.isoformat()] = spent

    async def run_due(self, calendar: Calendar, frame: TimeFrame) -> int:
        """Return how many firings were kept because the set times of rules have come."""
        kept = 0
        for one in self._timed:
            if not one.rule.validity.holds_on(frame.today):
                continue
            mirror = await self.mirror(subject_kind(one.rule))
            inside = sorted(self.engine.memory.inside(one.rule.ref))
            subjects = tuple(mirror.subjects) if one.action is None else tuple(r.id for r in inside)
            kept += await calendar.run(one, subjects, mirror, self.engine, frame=frame)
        return kept


def _put_event(mirror: Mirror, made: tuple[str, Mapping[str, object]], lens: Lens) -> None:
    """Take in the record that an event stands for, as far as the owner may see it."""
    kind, row = made
    values = {name: value for name, value in row.items() if name != "id"}
    seen = lens(Record(kind=kind, id=str(row["id"]), values=values))  # type: ignore[arg-type]  # a row's values
    if seen is not None:
        mirror.put_row(kind, row_of(seen))


def _names(ref: str, branches: int) -> list[str]:
    return [ref, *(f"{ref}/{n}" for n in range(1, branches + 1))]
