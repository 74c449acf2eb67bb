"""What a rule would do, before it does anything: whom it hits, who narrowly misses, what it conflicts with."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from knowledge_graph.expression.nodes import Aggregate, Field, Term
from knowledge_graph.expression.periods import TimeFrame
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.ontology.access import Actor
from knowledge_graph.ontology.intent_contract import Schedule
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.evaluation import ClauseResult, near_miss
from knowledge_graph.rules.findings import Finding
from knowledge_graph.rules.governance import purposes_of
from knowledge_graph.rules.impact import Hits, Impact, impact
from knowledge_graph.rules.index import fires_when
from knowledge_graph.rules.population import Population
from knowledge_graph.rules.ruleset import RuleSet
from knowledge_graph.rules.validator import check
from tools.rules.book import Shelf
from tools.rules.force import action_schedules, subject_kind, terms_of
from tools.rules.mirror import Mirror
from tools.rules.runtime import RuleRuntime
from tools.rules.schedules import next_due

_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Miss:
    """A customer that fails exactly one clause."""

    name: str
    clause: ClauseResult


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What is to be known about a draft."""

    rule: RuleContract
    hits: int
    """How many customers it would act on now; an event rule: on whom it could act."""
    names: tuple[str, ...]
    misses: tuple[Miss, ...]
    findings: tuple[Finding, ...]
    unkept: tuple[Term, ...]
    """What it reads and this workspace does not keep: it comes with events only."""
    next_run: str = ""
    """Of the first schedule in it, UTC."""
    total: int = 0
    """How many records were looked at."""

    @property
    def blocked(self) -> tuple[Finding, ...]:
        """What stands against deploying it."""
        return tuple(f for f in self.findings if f.blocks)


@dataclass
class Previewer:
    """Makes previews; what deployed rules are made of is kept from one to the next."""

    runtime: RuleRuntime
    dictionary: Dictionary
    _prepared: tuple[Mapping[str, RuleContract], RuleSet] | None = None
    _people: tuple[tuple[object, ...], Population] | None = None

    async def preview(self, rule: RuleContract, shelf: Shelf, viewer: Actor) -> Preview:
        """Return what a draft would do today, as far as the person who looks may see it.

        Args:
            rule: The draft.
            shelf: The rules there are.
            viewer: Who looks: whoever deploys it will be its owner.

        Raises:
            StoreUnavailableError: The records could not be read.
            NotAllowedError: The viewer may not read such records.
        """
        mirror = await self.facts(rule, viewer)
        return await asyncio.to_thread(self._look, rule, shelf, mirror, self.runtime.frame())

    async def facts(self, rule: RuleContract, viewer: Actor, *others: RuleContract) -> Mirror:
        """Return the facts of all records that a rule is about, as somebody may see them for its purpose.

        Args:
            rule: The rule.
            viewer: Who looks.
            others: Rules whose terms have to be among the facts, too.

        Raises:
            NotAllowedError: The viewer may not read such records.
        """
        terms = tuple(t for one in (rule, *others) for t in terms_of(one))
        return await self.runtime.ready(subject_kind(rule), terms, viewer, purposes_of(rule)[0])

    async def affected(
        self, before: RuleContract | None, after: RuleContract | None, shelf: Shelf, viewer: Actor
    ) -> Impact:
        """Return whom a change of a rule affects: who enters, who leaves, which schedules stop.

        Args:
            before: The version in force; None: it is new or paused.
            after: The version to come; None: the rule stops.
            shelf: The rules there are.
            viewer: Who looks.
        """
        frame, both = self.runtime.frame(), [r for r in (before, after) if r is not None]
        mirror = await self.facts(both[0], viewer, *both[1:])
        people = self._population(mirror, frame)
        hits = Hits(
            before=frozenset(people.ids_of(people.hits(before.condition)))
            if before
            else frozenset(),
            after=frozenset(people.ids_of(people.hits(after.condition))) if after else frozenset(),
        )
        return impact(before, after, hits, self._deployed(shelf))

    def _look(self, rule: RuleContract, shelf: Shelf, mirror: Mirror, frame: TimeFrame) -> Preview:
        people = self._population(mirror, frame)
        condition = fires_when(rule)
        mask = people.hits(condition)
        missed = people.near_misses(rule.condition, limit=_SHOWN)
        return Preview(
            rule=rule,
            hits=mask.bit_count(),
            names=tuple(mirror.title(i) for i in people.ids_of(mask, limit=_SHOWN)),
            misses=tuple(self._misses(rule, missed, mirror, people, frame)),
            findings=check(
                rule, self._deployed(shelf), dictionary=self.dictionary, population=people
            ),
            unkept=tuple(t for t in terms_of(rule) if not mirror.knows(t) and _is_read(t, rule)),
            next_run=_next_run(rule, frame),
            total=len(people),
        )

    def _misses(
        self,
        rule: RuleContract,
        ids: tuple[str, ...],
        mirror: Mirror,
        people: Population,
        frame: TimeFrame,
    ) -> Iterator[Miss]:
        for subject in ids:
            clause = near_miss(rule.condition, people.facts[subject], frame)
            if clause is not None:
                yield Miss(name=mirror.title(subject), clause=clause)

    def _population(self, mirror: Mirror, frame: TimeFrame) -> Population:
        """Return all records' facts in columns, the same ones until a record changes."""
        mark = (mirror, mirror.version, frame.today, frame.now.replace(second=0, microsecond=0))
        if self._people is None or self._people[0] != mark:
            self._people = (mark, Population(mirror.lazy(frame), frame))
        return self._people[1]

    def _deployed(self, shelf: Shelf) -> RuleSet:
        """Return the rules in force taken apart; a change costs that of one rule."""
        now = {c.id: c for c in shelf.live}
        if self._prepared is None:
            self._prepared = (now, RuleSet.build(now.values(), self.dictionary))
            return self._prepared[1]
        before, prepared = self._prepared
        for gone in before.keys() - now.keys():
            prepared = prepared.without(gone)
        for key, rule in now.items():
            if before.get(key) is not rule:
                prepared = prepared.with_rule(rule)
        self._prepared = (now, prepared)
        return prepared


def _is_read(term: Term, rule: RuleContract) -> bool:
    """Return whether a term has to be kept here: what an event brings itself has not."""
    event = rule.contract.trigger.event
    if event is None or isinstance(term, Aggregate):
        return True
    entity = event.partition(".")[0]
    return term.entity not in {entity, "event", {"page": "page_view"}.get(entity, entity)}


def _next_run(rule: RuleContract, frame: TimeFrame) -> str:
    schedules: list[Schedule] = [s for _, s in action_schedules(rule)]
    if rule.contract.trigger.schedule is not None:
        schedules.insert(0, rule.contract.trigger.schedule)
    found = [d for s in schedules if (d := next_due(s, frame.now)) is not None]
    return min(found).strftime("%Y-%m-%dT%H:%M:%SZ") if found else ""


def term_text(term: Term, dictionary: Dictionary, lang: str) -> str:
    """Return what a term is called."""
    name = term.id if isinstance(term, Field) else term.over
    known = dictionary.fields.get(name) or dictionary.entities.get(name)
    if known is None:
        return name
    names = known.names.zh if lang == "zh" else known.names.en
    return (names or known.names.all or (name,))[0]
