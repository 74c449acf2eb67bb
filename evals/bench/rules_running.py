"""Running rules: from an event to its recorded effect at 500 a second, and previews over 100,000 customers."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from time import perf_counter

from channels.clock import SystemClock
from evals.bench.measuring import Measured, percentile
from knowledge_graph.errors import BadInputError
from knowledge_graph.expression.nodes import (
    Aggregate,
    And,
    Compare,
    Condition,
    Field,
    Rolling,
    Term,
)
from knowledge_graph.expression.periods import iso_instant
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.ontology.access import Actor, Role
from knowledge_graph.ontology.change import Action as Act
from knowledge_graph.ontology.change import ChangeSet, RecordChange
from knowledge_graph.ontology.intent_contract import Action, IntentContract, Trigger
from knowledge_graph.ontology.record import Origin, RecordRef, Value
from knowledge_graph.policy import RolePolicy
from knowledge_graph.rule_ports import RuleEvent
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.stores.sqlite.file import SqliteFile
from knowledge_graph.stores.sqlite.rule_journal import SqliteRuleJournal
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from knowledge_graph.testing.owners import StatedOwners
from tools.outcomes import ApprovalRequired
from tools.rules.book import node_change
from tools.rules.calling import Caller, RuleDesk
from tools.rules.service import RuleService, RuleServiceParts
from tools.vocabulary import LiveVocabulary

RATE, SECONDS, RULES = 500, 10, 1000
REGIONS = ("east", "south", "north", "central")
AT = "2026-01-01T00:00:00Z"
SALES = Aggregate(agg="sum", over="order", field="order.amount", window=Rolling(n=3, unit="month"))
POOLS = ("nurture", "dormant", "churn_watch", "expansion_candidates")


def drawn(n: int, dice: Random) -> Iterator[RuleContract]:
    """Yield rules, half of them on an event, half on facts; few of them hold for one customer."""
    for number in range(n):
        region = Compare(op="eq", term=Field(id="customer.region"), value=dice.choice(REGIONS))
        low = dice.randrange(1, 3000)
        term: Term = Field(id="event.amount") if number % 2 else SALES
        action: Action[Condition]
        if number % 2:
            trigger = Trigger(kind="event", event="order.paid")
            action = Action(action="notify", args={"role": "csm"})
        else:
            trigger = Trigger()
            action = Action(action="pool.add", args={"pool": dice.choice(POOLS)})
        between = (
            Compare(op="ge", term=term, value=low),
            Compare(op="lt", term=term, value=low + 3),
        )
        intent = IntentContract(
            trigger=trigger, condition=And(args=(region, *between)), actions=(action,)
        )
        yield RuleContract(
            id=f"R{number + 1}",
            status="active",
            contract=intent,
            author="owner:bench",
            confirmed_at=AT,
        )


def _create(kind: str, key: str, values: dict[str, Value]) -> RecordChange:
    ref = RecordRef(kind=kind, id=key)
    return RecordChange(action=Act.CREATE, ref=ref, title=key, before={}, after=values)


@asynccontextmanager
async def _workspace(customers: int) -> AsyncIterator[RuleService]:
    dice, clock, dictionary = Random(7), SystemClock(), Dictionary.load()
    today = clock.now().date().isoformat()
    changes = [
        _create(
            "account",
            f"a{n}",
            {
                "name": f"客户 {n}",
                "region": dice.choice(REGIONS),
                "health_score": dice.randrange(100),
            },
        )
        for n in range(customers)
    ]
    changes += [
        _create(
            "order", f"o{n}", {"account": f"a{n}", "amount": 3500 + n % 999, "ordered_on": today}
        )
        for n in range(customers)
    ]
    changes += [node_change(rule) for rule in drawn(RULES, dice)]
    store = InMemoryGraphStore()
    origin = Origin(system="bench", place="bench", observed_at=AT)
    await store.commit(
        ChangeSet(id="seed", at=AT, actor="bench", reason="", changes=tuple(changes), origin=origin)
    )
    graph = KnowledgeGraph(store, RolePolicy())
    with tempfile.TemporaryDirectory() as folder:
        file = SqliteFile(Path(folder) / "guanxi.db")
        await file.open()
        yield RuleService(
            RuleServiceParts(
                graph=graph,
                journal=SqliteRuleJournal(file),
                owners=StatedOwners(),
                language=LiveVocabulary(graph, dictionary),
                dictionary=dictionary,
                clock=clock,
            )
        )
        await file.close()


async def rules_stream() -> list[Measured]:
    """Measure from an event's arrival to its effects on disk, at a rate held for some seconds."""
    async with _workspace(2000) as service:
        await service.runtime.tick()
        dice, clock = Random(9), service.parts.clock
        times: list[float] = []

        async def send(number: int, due: float) -> None:
            event = RuleEvent(
                id=f"e{number}",
                kind="order.paid",
                subject=RecordRef(kind="account", id=f"a{dice.randrange(2000)}"),
                at=iso_instant(clock.now()),
                values={"order.amount": dice.randrange(1, 3000), "order.id": f"n{number}"},
            )
            await service.runtime.ingest([event])
            times.append((perf_counter() - due) * 1000)

        begun, tasks = perf_counter(), []
        for n in range(RATE * SECONDS):
            due = begun + n / RATE
            await asyncio.sleep(max(0.0, due - perf_counter()))
            tasks.append(asyncio.create_task(send(n, due)))
        await asyncio.gather(*tasks)
        fired = sum(t.firings for t in await service.parts.journal.tallies())
    note = f"{len(times):,} events at {RATE}/s, {RULES:,} rules, {fired:,} firings; from due time to fsync"
    return [
        Measured(
            name="event to recorded effect, p50", value=percentile(times, 0.5), unit="ms", note=note
        ),
        Measured(
            name="event to recorded effect, p99",
            value=percentile(times, 0.99),
            unit="ms",
            bar=50,
            note=note,
        ),
    ]


async def rules_preview() -> list[Measured]:
    """Measure a sentence to its preview, and its deployment, beside 1,000 rules and 100,000 customers."""
    async with _workspace(100_000) as service:
        await service.runtime.tick()
        desk = RuleDesk(service)
        who = Caller(actor=Actor(role=Role.OWNER, id="bench"), lang="zh")
        previews, deploys = [], []
        for n in range(20):
            sentence = (
                f"当客户区域为华东且健康度低于{1 + n % 4}且近3个月采购额超{3000 + 40 * n}元，"
            )
            sentence += "则归入流失预警池，并通知客户成功经理"
            start = perf_counter()
            found = await desk.call("deploy_rule", {"sentence": sentence}, who)
            previews.append((perf_counter() - start) * 1000)
            if not isinstance(found, ApprovalRequired):
                raise BadInputError(f"the sentence was not understood: {found}")
            if n < 5:
                start = perf_counter()
                await desk.carry_out(found, who)
                await service.runtime.tick()
                deploys.append((perf_counter() - start) * 1000)
    note = f"{RULES:,} rules, 100,000 customers and orders in memory; the first one cold: {previews[0]:.0f} ms"
    return [
        Measured(
            name="sentence to preview, p50", value=percentile(previews, 0.5), unit="ms", note=note
        ),
        Measured(
            name="sentence to preview, p95 of 20",
            value=percentile(previews, 0.95),
            unit="ms",
            bar=1000,
            note=note,
        ),
        Measured(
            name="deploy, slowest of 5",
            value=max(deploys),
            unit="ms",
            bar=1000,
            note="commit, admit all customers",
        ),
    ]
