"""What rules make of an event, a changed fact or a due time: pure but for the memory that it is given.

A state rule fires when a customer comes in (the condition begins to hold), an event rule on each event, a
scheduled one at each due time. What fires becomes entries of the journal; nothing is done here.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from knowledge_graph.expression.periods import TimeFrame, iso_instant, parse_instant
from knowledge_graph.language.rules.results import RuleAction
from knowledge_graph.ontology.intent_contract import Delay
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.rule_ports import Batch, Effect, FiringEntry, Standing
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.evaluation import Decided, clauses, decided
from knowledge_graph.rules.facts import Facts, fact_json
from tools.rules.force import RulesInForce

STREAK = "streak:"
"""Begins the names of standings that are no rule's: for how long a condition has held."""
MOST_ENTRIES = 12
"""How often one customer may come in to one rule within `LOOP_SPAN`; more is a loop of rules."""
LOOP_SPAN = timedelta(hours=1)
UNDOABLE = frozenset({"pool.add", "tag.add"})
_TARGETS = {
    "tier.set": "tier",
    "owner.assign": "owner",
    "ticket.set_priority": "priority",
}
"""Actions that write a single value: two rules may not both do it because of one cause."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why rules are looked at."""

    text: str
    """Stable: part of the key of what is done about it."""
    received_at: str
    """UTC with milliseconds: the latency counts from here."""
    event: str | None = None


@dataclass
class Memory:
    """How customers stand with contracts, and how much of the budgets is spent: what is kept in the journal."""

    standings: dict[RecordRef, dict[str, Standing]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    spent: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    entries: dict[tuple[RecordRef, str], list[datetime]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def inside(self, contract: str) -> Iterator[RecordRef]:
        """Yield the customers that are inside a contract."""
        for subject, held in self.standings.items():
            if (standing := held.get(contract)) is not None and standing.inside:
                yield subject


@dataclass
class Outcome:
    """What came of looking at rules, to be kept in one transaction."""

    standings: list[Standing] = field(default_factory=list)
    firings: list[FiringEntry] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)

    def batch(self) -> Batch:
        """Return it as the journal keeps it."""
        last = {(s.contract, s.subject): s for s in self.standings}
        return Batch(
            standings=tuple(last.values()),
            firings=tuple(self.firings),
            effects=tuple(self.effects),
        )


@dataclass(kw_only=True)
class Look:
    """One look at the rules for one customer."""

    subject: RecordRef
    facts: Facts
    frame: TimeFrame
    cause: Cause
    out: Outcome
    """Collects what comes of it."""
    taken: dict[str, str] = field(default_factory=dict)
    """Single-valued targets, and the rule that writes them because of this cause."""

    @property
    def stamp(self) -> str:
        """Now, UTC."""
        return iso_instant(self.frame.now)

    def because(self, text: str) -> Look:
        """Return the same look for another cause, with nothing taken yet."""
        return replace(self, cause=replace(self.cause, text=text), taken={})


class Engine:
    """Looks at rules for one customer at a time.

    Args:
        rules: The rules in force; replaced as a whole.
        memory: What has been so far; changed in place.
    """

    def __init__(self, rules: RulesInForce, memory: Memory) -> None:
        self.rules = rules
        self.memory = memory

    def changed(self, look: Look) -> None:
        """Take in that a customer's facts may have changed."""
        held = self.memory.standings[look.subject]
        now = {
            standing_name(rule, what): (rule, what)
            for rule, what in self.rules.called(look.facts, look.frame, look.subject.kind)
        }
        for name, standing in list(held.items()):
            if standing.inside and name not in now and not name.startswith(STREAK):
                self._left(name, standing, look)
        for name, (rule, what) in now.items():
            before = held.get(name)
            if before is None or not before.inside:
                self._entered(name, rule, what, look)

    def admitted(self, rule: RuleContract, look: Look) -> None:
        """Take in that a rule is new and does something on a customer's facts."""
        if not rule.validity.holds_on(look.frame.today):
            return
        what = decided(rule, look.facts, look.frame)
        if what.branch is None:
            return
        before = self.memory.standings[look.subject].get(standing_name(rule, what))
        if before is None or not before.inside:
            self._entered(standing_name(rule, what), rule, what, look)

    def happened(self, look: Look) -> None:
        """Take in an event of a customer; the cause names it."""
        kind, event = look.subject.kind, look.cause.event
        for rule, what in self.rules.called(look.facts, look.frame, kind, event):
            before = self.memory.standings[look.subject].get(rule.ref)
            if self._rests(rule, before, look.frame):
                continue
            self._keep(replace(before or _new(rule.ref, look), fired_at=look.stamp), look.out)
            self._fire(rule, what.actions, look)

    def due(self, rule: RuleContract, actions: Sequence[RuleAction], look: Look) -> None:
        """Take in that a schedule of a rule is due for a customer."""
        self._fire(rule, actions, look, scheduled=True)

    # -- coming and going

    def _entered(self, name: str, rule: RuleContract, what: Decided, look: Look) -> None:
        before = self.memory.standings[look.subject].get(name)
        standing = before or _new(name, look)
        rests = self._rests(rule, before, look.frame)
        entered = replace(
            standing,
            inside=True,
            entries=standing.entries + 1,
            since=look.stamp,
            fired_at=standing.fired_at if rests else look.stamp,
        )
        self._keep(entered, look.out)
        if not rests:
            branch = "" if name == rule.ref else f"{what.branch}:"
            told = replace(look.cause, text=f"in:{branch}{entered.entries}")
            self._fire(rule, what.actions, replace(look, cause=told))

    def _left(self, name: str, standing: Standing, look: Look) -> None:
        self._keep(replace(standing, inside=False, since=look.stamp), look.out)
        rule = self.rules.rules.get(name.partition("@")[0])
        if rule is None or rule.ref != name or rule.on_exit != "undo":
            return
        undone = tuple(
            replace(a, action=f"undo.{a.action}", schedule=None, delay=None)
            for a in rule.contract.actions
            if a.action in UNDOABLE
        )
        if undone:
            self._fire(rule, undone, look.because(f"out:{standing.entries}"))

    def _keep(self, standing: Standing, out: Outcome) -> None:
        self.memory.standings[standing.subject][standing.contract] = standing
        out.standings.append(standing)

    def _rests(self, rule: RuleContract, standing: Standing | None, frame: TimeFrame) -> bool:
        """Return whether a rule still rests for a customer after it has fired for it."""
        if rule.cooldown is None or standing is None or not standing.fired_at:
            return False
        return frame.now < later(parse_instant(standing.fired_at), rule.cooldown, frame)

    # -- firing

    def _fire(
        self,
        rule: RuleContract,
        actions: Sequence[RuleAction],
        look: Look,
        *,
        scheduled: bool = False,
    ) -> None:
        chosen = [(n, a) for n, a in enumerate(actions) if scheduled or a.schedule is None]
        firing = _firing(rule, look)
        look.out.firings.append(firing)
        looping = self._loops(rule, look)
        for n, action in chosen:
            effect = _effect(rule, (n, action), firing, look)
            look.out.effects.append(self._allowed(effect, rule, look, looping=looping))

    def _loops(self, rule: RuleContract, look: Look) -> bool:
        now = look.frame.now
        recent = self.memory.entries[look.subject, rule.ref]
        recent[:] = [at for at in recent if timedelta(0) <= now - at < LOOP_SPAN]
        recent.append(now)
        return rule.contract.trigger.kind == "state" and len(recent) > MOST_ENTRIES

    def _allowed(self, effect: Effect, rule: RuleContract, look: Look, *, looping: bool) -> Effect:
        """Return the effect, held back where a limit or another rule stands against it."""
        if looping:
            return replace(effect, state="held", note="loop")
        target = _TARGETS.get(effect.action)
        if target is not None:
            other = look.taken.setdefault(target, rule.ref)
            if other != rule.ref:
                return replace(effect, state="held", note=f"writer:{other}")
        day = (rule.ref, look.frame.today.isoformat())
        if rule.budget is not None and self.memory.spent[day] >= rule.budget:
            return replace(effect, state="held", note="budget")
        self.memory.spent[day] += 1
        return effect


def standing_name(rule: RuleContract, what: Decided) -> str:
    """Return under which name it is kept that a customer is inside a rule or one of its branches."""
    return rule.ref if what.branch == 0 else f"{rule.ref}/{what.branch}"


def later(start: datetime, delay: Delay, frame: TimeFrame) -> datetime:
    """Return an instant moved on by a delay; days and longer units are counted on the local calendar.

    Args:
        start: Aware.
        delay: How long.
        frame: Its zone counts.
    """
    wall = start.astimezone(frame.zone).replace(tzinfo=None)
    moved = frame.shifted(wall, delay.n, delay.unit)  # type: ignore[arg-type]  # units of the contract are units
    return moved.replace(tzinfo=frame.zone).astimezone(start.tzinfo)


def _new(contract: str, look: Look) -> Standing:
    return Standing(
        contract=contract, subject=look.subject, inside=False, entries=0, since=look.stamp
    )


def _firing(rule: RuleContract, look: Look) -> FiringEntry:
    name = f"{rule.ref}|{look.subject}|{look.cause.text}"
    found = clauses(rule.condition, look.facts, look.frame)
    keys = {part.key for c in found for part in (c, *c.parts) if part.key}
    proof = {
        "facts": fact_json({k: v for k, v in look.facts.items() if k in keys}),
        "clauses": [c.held for c in found],
    }
    return FiringEntry(
        id=hashlib.sha256(name.encode()).hexdigest()[:20],
        contract=rule.ref,
        subject=look.subject,
        at=stamp_ms(look.frame.now),
        received_at=look.cause.received_at,
        cause=look.cause.text,
        proof=json.dumps(proof, ensure_ascii=False),
    )


def _effect(
    rule: RuleContract, chosen: tuple[int, RuleAction], firing: FiringEntry, look: Look
) -> Effect:
    n, action = chosen
    now = look.frame.now
    due = now if action.delay is None else later(now, action.delay, look.frame)
    args: dict[str, str | int | float] = dict(action.args)
    ticket = look.facts.get("ticket.id")
    if action.action == "ticket.set_priority" and isinstance(ticket, str):
        args["_record"] = f"ticket:{ticket}"
    base = look.facts.get(str(args.get("base", "")))
    if isinstance(base, int | float):
        args["_base"] = base
    if action.note is not None:
        args["_note"] = action.note
    return Effect(
        key=f"{rule.ref}|{n}.{action.action}|{look.subject}|{look.cause.text}",
        contract=rule.ref,
        firing=firing.id,
        action=action.action,
        args=args,
        subject=look.subject,
        due_at=iso_instant(due),
    )


def stamp_ms(moment: datetime) -> str:
    """Return an instant as UTC text with milliseconds.

    >>> from datetime import UTC
    >>> stamp_ms(datetime(2026, 11, 23, 9, 0, 0, 250000, tzinfo=UTC))
    '2026-11-23T09:00:00.250Z'
    """
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
