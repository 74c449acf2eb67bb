"""How long conditions have held without a break: "for three days running" needs a memory and an alarm clock."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from knowledge_graph.expression.nodes import HeldFor
from knowledge_graph.expression.periods import TimeFrame, iso_instant, parse_instant
from knowledge_graph.ontology.intent_contract import Delay
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.rule_ports import Standing
from knowledge_graph.rules.evaluation import holds
from knowledge_graph.rules.facts import FactValue, streak_key
from tools.rules.engine import STREAK, Engine, Outcome, later

_SECONDS = {
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "week": 604_800,
    "month": 2_629_746,
    "quarter": 7_889_238,
    "year": 31_556_952,
}
"""Mean lengths: only for how long it has held so far; when a streak is complete the calendar tells."""


class Streaks:
    """Follows streaks and knows when the next one is complete.

    Args:
        sight: By whose facts: the same condition may hold for one owner's eyes and not for another's.
    """

    def __init__(self, sight: str) -> None:
        self._sight = sight
        self._alarms: list[tuple[datetime, RecordRef]] = []

    def name(self, node: HeldFor) -> str:
        """Return under which name the standing of a streak is kept."""
        seen = f"{self._sight}|{streak_key(node)}"
        return f"{STREAK}{hashlib.sha256(seen.encode()).hexdigest()[:16]}"

    def follow(
        self,
        subject: RecordRef,
        facts: dict[str, FactValue],
        frame: TimeFrame,
        engine: Engine,
        *,
        out: Outcome,
    ) -> None:
        """Add to a record's facts for how long each condition has held; remember beginnings and ends.

        Args:
            subject: The record.
            facts: Its facts; changed in place.
            frame: What now and here are.
            engine: Its rules say which streaks count; its memory keeps them.
            out: Collects what has to be kept.
        """
        for node in engine.rules.streaks:
            name, key = self.name(node), streak_key(node)
            held = engine.memory.standings[subject].get(name)
            on = holds(node.arg, facts, frame) is True
            if held is None or held.inside != on:
                if held is None and not on:
                    facts.pop(key, None)
                    continue
                stamp = iso_instant(frame.now)
                old = held or Standing(
                    contract=name, subject=subject, inside=on, entries=0, since=stamp
                )
                held = replace(old, inside=on, entries=old.entries + int(on), since=stamp)
                engine.memory.standings[subject][name] = held
                out.standings.append(held)
            if not on:
                facts.pop(key, None)
                continue
            since = parse_instant(held.since)
            complete = later(since, Delay(n=node.n, unit=node.unit), frame)
            if frame.now >= complete:
                facts[key] = max(float(node.n), _units(since, frame.now, node.unit))
            else:
                facts[key] = min(node.n - 0.001, _units(since, frame.now, node.unit))
                heapq.heappush(self._alarms, (complete, subject))

    def due(self, frame: TimeFrame) -> Iterator[RecordRef]:
        """Yield the records of which a streak may be complete now; each once."""
        found: set[RecordRef] = set()
        while self._alarms and self._alarms[0][0] <= frame.now:
            found.add(heapq.heappop(self._alarms)[1])
        yield from sorted(found)


def _units(since: datetime, now: datetime, unit: str) -> float:
    return (now - since).total_seconds() / _SECONDS[unit]
