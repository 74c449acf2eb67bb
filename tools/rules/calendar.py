"""Which set times of rules have come: each is claimed once, whatever the number of workers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from knowledge_graph.errors import ConflictError
from knowledge_graph.expression.periods import TimeFrame, iso_instant, parse_instant
from knowledge_graph.language.rules.results import RuleAction
from knowledge_graph.ontology.intent_contract import Schedule
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.rule_ports import RuleJournal
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.evaluation import decided, holds
from tools.rules.engine import Cause, Engine, Look, Outcome, stamp_ms
from tools.rules.force import action_schedules
from tools.rules.mirror import Mirror
from tools.rules.schedules import due_times

MISSED_RUN = timedelta(hours=24)
"""A run that was missed for longer is not made up for: a briefing of last month helps nobody."""


@dataclass(frozen=True, kw_only=True)
class Timed:
    """Something of a rule that is done at set times."""

    rule: RuleContract
    name: str
    """`RULE@VERSION#ACTION`: what is claimed."""
    schedule: Schedule
    action: RuleAction | None
    """None: the whole rule, for everybody who satisfies it then."""


def timed(rules: Iterable[RuleContract]) -> tuple[Timed, ...]:
    """Return everything that rules do at set times."""
    found: list[Timed] = []
    for rule in rules:
        for n, schedule in action_schedules(rule):
            action = rule.contract.actions[n]
            found.append(Timed(rule=rule, name=f"{rule.ref}#{n}", schedule=schedule, action=action))
        whole = rule.contract.trigger.schedule
        if whole is not None:
            found.append(Timed(rule=rule, name=f"{rule.ref}#*", schedule=whole, action=None))
    return tuple(found)


class Calendar:
    """Runs what is due.

    Args:
        journal: Keeps the claims.
    """

    def __init__(self, journal: RuleJournal) -> None:
        self._journal = journal
        self._claimed: dict[str, datetime] = {}

    async def run(
        self,
        one: Timed,
        subjects: Sequence[str],
        mirror: Mirror,
        engine: Engine,
        *,
        frame: TimeFrame,
    ) -> int:
        """Return how many firings were kept for one schedule.

        Of several runs that were missed only the latest is made up for; the others are claimed as missed.

        Args:
            one: What is done at set times.
            subjects: Ids of the records that it is done for, if it is due.
            mirror: Their facts.
            engine: Makes firings and effects.
            frame: What now and here are.
        """
        since = await self._since(one, frame)
        dues = tuple(due_times(one.schedule, since, frame.now))
        if not dues:
            return 0
        stamps = [iso_instant(d) for d in dues]
        out = Outcome()
        place = one.name.rpartition("#")[2]
        cause = Cause(text=f"due:{stamps[-1]}#{place}", received_at=stamp_ms(dues[-1]))
        for subject in subjects:
            ref, facts = RecordRef(kind=mirror.kind, id=subject), mirror.facts(subject, frame)
            _fire(one, engine, Look(subject=ref, facts=facts, frame=frame, cause=cause, out=out))
        claims = tuple((one.name, stamp) for stamp in stamps)
        self._claimed[one.name] = dues[-1]
        try:
            await self._journal.record(replace(out.batch(), claims=claims))
        except ConflictError:
            return 0  # another worker was first
        return len(out.firings)

    async def _since(self, one: Timed, frame: TimeFrame) -> datetime:
        """Return the instant after which due times count."""
        if one.name not in self._claimed:
            last = await self._journal.last_claim(one.name)
            begun = one.rule.confirmed_at or iso_instant(frame.now)
            self._claimed[one.name] = parse_instant(max(last, begun))
        return max(self._claimed[one.name], frame.now - MISSED_RUN)


def _fire(one: Timed, engine: Engine, look: Look) -> None:
    if one.action is None:
        what = decided(one.rule, look.facts, look.frame)
        if what.branch is not None and what.actions:
            engine.due(one.rule, what.actions, look)
    elif holds(one.action.when, look.facts, look.frame) is True:
        engine.due(one.rule, (one.action,), look)
