"""From the journal to the world: what is due is done one by one, firings become nodes of the graph."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from knowledge_graph.errors import ConflictError
from knowledge_graph.expression.periods import iso_instant
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import Origin, Record, RecordRef, Value, new_id
from knowledge_graph.ports import Clock
from knowledge_graph.rule_ports import Effect, FiringEntry, RuleJournal
from tools.rules.book import RuleBook, service_access
from tools.rules.owners import Owners
from tools.rules.performing import Performer, task_id
from tools.rules.proofs import is_personal, without_facts

_AT_ONCE = 100
_LINKS = frozenset({"account", "opportunity", "ticket"})


@dataclass(frozen=True, kw_only=True)
class Dispatcher:
    """Does what waits in the journal; any number of calls, one at a time."""

    journal: RuleJournal
    book: RuleBook
    graph: KnowledgeGraph
    owners: Owners
    performer: Performer
    clock: Clock
    turn: asyncio.Lock

    async def run(self) -> int:
        """Do what is due now and note what has fired; return how many effects were settled."""
        async with self.turn:
            done = 0
            await self.owners.refresh()
            while effects := await self.journal.due(iso_instant(self.clock.now()), limit=_AT_ONCE):
                for effect in effects:
                    await self._one(effect)
                done += len(effects)
            await self._note()
            return done

    async def _one(self, effect: Effect) -> None:
        shelf = await self.book.shelf()
        kept = shelf.kept.get(effect.contract)
        if kept is None or kept.contract.status not in {"active", "retired"}:
            await self.journal.release(effect.contract, note="no longer in force")
            return
        await self.owners.learn([kept.contract])
        await self.journal.settle(await self.performer.perform(effect, kept.contract))

    async def _note(self) -> None:
        """Make nodes of firings, with edges to the rule, the customer, the task and the person."""
        while entries := await self.journal.unnoted(limit=_AT_ONCE):
            effects: dict[str, list[Effect]] = defaultdict(list)
            for effect in await self.journal.effects([e.id for e in entries]):
                effects[effect.firing].append(effect)
            refs = [RecordRef(kind="firing", id=e.id) for e in entries]
            now = self.clock.now()
            access = service_access(now)
            wanted = [*refs, *(e.subject for e in entries)]
            there = {s.record.ref: s.record for s in await self.graph.get(wanted, access)}
            schema = await self.graph.schema()
            personal = partial(is_personal, schema=schema)
            entries_shown = tuple(
                replace(e, proof=without_facts(e.proof, personal)) for e in entries
            )
            changes = tuple(
                _node(entry, effects[entry.id], there.get(entry.subject))
                for entry, ref in zip(entries_shown, refs, strict=True)
                if ref not in there
            )
            if changes:
                stamp = iso_instant(now)
                change_set = ChangeSet(
                    id=new_id(),
                    at=stamp,
                    actor="rules",
                    reason="firings",
                    changes=changes,
                    origin=Origin(system="rule", place="runtime", observed_at=stamp),
                )
                try:
                    await self.graph.commit(change_set, access)
                except ConflictError:
                    return  # another worker is at it
            await self.journal.noted([e.id for e in entries])


def _node(entry: FiringEntry, effects: Sequence[Effect], customer: Record | None) -> RecordChange:
    proof = {
        **json.loads(entry.proof),
        "effects": [
            {"action": e.action, "state": e.state, "note": e.note, "change": e.change_id}
            for e in effects
        ],
    }
    states = {e.state for e in effects}
    state = next((s for s in ("failed", "held", "waiting") if s in states), "done")
    values: dict[str, Value] = {
        "rule": entry.contract,
        "at": f"{entry.at[:19]}Z",
        "cause": entry.cause,
        "state": state,
        "proof": json.dumps(proof, ensure_ascii=False),
    }
    if customer is not None:
        if entry.subject.kind in _LINKS:
            values[entry.subject.kind] = entry.subject.id
        if owner := customer.get("owner"):
            values["responsible"] = owner
    made = next((task_id(e) for e in effects if e.action == "task.create" and e.change_id), None)
    if made:
        values["task"] = made
    return RecordChange(
        action=Action.CREATE,
        ref=RecordRef(kind="firing", id=entry.id),
        title=entry.contract,
        before={},
        after=values,
    )
