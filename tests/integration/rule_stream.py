"""A process that takes in a stream of events until it is killed; its parent knows what it has acknowledged.

Run by test_rules_killed.py: `python -m tests.integration.rule_stream HOME FIRST COUNT RATE`.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from channels.clock import SystemClock
from knowledge_graph.expression.periods import iso_instant
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.results import LanguageContext
from knowledge_graph.language.rules.compiler import RuleCompiler
from knowledge_graph.language.rules.results import RuleCompiled
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import Origin, RecordRef
from knowledge_graph.policy import RolePolicy
from knowledge_graph.rule_ports import RuleEvent
from knowledge_graph.rules.contract import RuleContract, Source
from knowledge_graph.stores.sqlite.file import SqliteFile
from knowledge_graph.stores.sqlite.rule_journal import SqliteRuleJournal
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from knowledge_graph.testing.owners import StatedOwners
from tools.rules.book import node_change
from tools.rules.service import RuleService, RuleServiceParts
from tools.vocabulary import LiveVocabulary

CUSTOMERS = 200
SENTENCE = "当客户付款时，如果本单金额超过100元，则通知客户成功经理"
ORIGIN = Origin(system="file", place="seed", observed_at="2026-01-01T00:00:00Z")


async def service_on(folder: Path) -> tuple[RuleService, SqliteFile]:
    """Return rules over the same customers each time; only the journal outlives the process."""
    store, clock = InMemoryGraphStore(), SystemClock()
    dictionary = Dictionary.load()
    context = LanguageContext(now=datetime(2026, 1, 1, tzinfo=UTC))
    compiled = RuleCompiler(dictionary).compile(SENTENCE, context)
    if not isinstance(compiled, RuleCompiled):
        raise SystemExit(f"not compiled: {compiled}")
    rule = RuleContract(
        id="R1",
        status="active",
        contract=compiled.contract,
        source=Source(text=SENTENCE, lang="zh", readback=compiled.readback),
        author="owner:me",
        confirmed_at="2026-01-01T00:00:00Z",
    )
    accounts = tuple(
        RecordChange(
            action=Action.CREATE,
            ref=RecordRef(kind="account", id=f"a{n}"),
            title=f"a{n}",
            before={},
            after={"name": f"客户 {n}"},
        )
        for n in range(CUSTOMERS)
    )
    await store.commit(
        ChangeSet(
            id="seed",
            at="2026-01-01T00:00:00Z",
            actor="owner:me",
            reason="seed",
            changes=(*accounts, node_change(rule)),
            origin=ORIGIN,
        )
    )
    graph = KnowledgeGraph(store, RolePolicy())
    file = SqliteFile(folder / "guanxi.db")
    await file.open()
    parts = RuleServiceParts(
        graph=graph,
        journal=SqliteRuleJournal(file),
        owners=StatedOwners(),
        language=LiveVocabulary(graph, dictionary),
        dictionary=dictionary,
        clock=clock,
    )
    return RuleService(parts), file


def event(number: int, clock: SystemClock) -> RuleEvent:
    """Return the event of a number: the same each time it is sent."""
    return RuleEvent(
        id=f"pay-{number}",
        kind="order.paid",
        subject=RecordRef(kind="account", id=f"a{number % CUSTOMERS}"),
        at=iso_instant(clock.now()),
        values={"order.amount": 101 + number, "order.id": f"o{number}"},
    )


async def main(folder: Path, first: int, count: int, rate: float) -> None:
    """Take in events first … first + count - 1 at a rate a second; print each when it is acknowledged."""
    service, file = await service_on(folder)
    clock = SystemClock()
    service.start()
    loop = asyncio.get_running_loop()
    begun = loop.time()

    async def send(number: int) -> None:
        await service.runtime.ingest([event(number, clock)])
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()

    tasks = []
    for n in range(count):
        await asyncio.sleep(max(0.0, begun + n / rate - loop.time()))
        tasks.append(asyncio.create_task(send(first + n)))
    await asyncio.gather(*tasks)
    await service.stop()
    await service.step()
    await file.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
