"""A workspace with rules in memory: a journal on disk, a graph in memory, a clock that moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path

from channels.clock import FixedClock
from knowledge_graph.graph import Grounds, KnowledgeGraph
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.ontology.access import Actor, Role
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import Origin, RecordRef, Value
from knowledge_graph.policy import AccessPolicy, RolePolicy
from knowledge_graph.rule_ports import DataSource, Reading
from knowledge_graph.rules.governance import CommitteePolicy
from knowledge_graph.stores.sqlite.file import SqliteFile
from knowledge_graph.stores.sqlite.rule_journal import SqliteRuleJournal
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from knowledge_graph.testing.owners import StatedOwners
from tools.context import Lang, RunContext
from tools.outcomes import ApprovalRequired, ToolResult
from tools.records.writing import ChangeWriter
from tools.rules.service import RuleService, RuleServiceParts
from tools.rules.tool import build_rule_tools
from tools.vocabulary import LiveVocabulary

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DIRECTOR = Actor(role=Role.OWNER, id="director@example.com")
ORIGIN = Origin(system="file", place="crm.csv", row=1, observed_at="2026-11-20T08:00:00Z")
SENTENCE_ZH = (
    "当客户所属行业为光伏制造且近3个月采购额超500万元，且签约了设备远程诊断服务，则自动将其归入战略灯塔客户池，"
    "并每周五上午10点向其客户成功经理推送该客户产线OEE波动简报（数据源：IoT平台API）"
)
SENTENCE_EN = (
    "When a customer's industry is photovoltaic manufacturing and its purchases in the last 3 months exceed "
    "5 million CNY and it has signed up for remote diagnosis, then add it to the strategic lighthouse pool, and "
    "every Friday at 10 am push the production line OEE briefing to its customer success manager "
    "(data source: IoT platform API)."
)
RECORDS: tuple[tuple[str, str, Mapping[str, Value]], ...] = (
    ("employee", "e1", {"name": "Lena Vogel", "title": "客户成功经理", "region": "east"}),
    ("employee", "e2", {"name": "Raj Patel", "title": "sales director", "region": "east"}),
    (
        "account",
        "sun",
        {
            "name": "晨光光伏",
            "industry": "pv_manufacturing",
            "region": "east",
            "services": ("remote_diagnosis",),
            "owner": "e2",
            "health_score": 80,
        },
    ),
    (
        "account",
        "near",
        {
            "name": "Nearly Solar",
            "industry": "pv_manufacturing",
            "region": "east",
            "services": ("remote_diagnosis",),
            "health_score": 50,
        },
    ),
    ("account", "food", {"name": "Fresh Food", "industry": "food", "health_score": 30}),
    ("order", "o1", {"account": "sun", "amount": 3_000_000, "ordered_on": "2026-10-01"}),
    ("order", "o2", {"account": "sun", "amount": 2_500_000, "ordered_on": "2026-11-01"}),
    ("order", "o3", {"account": "near", "amount": 4_900_000, "ordered_on": "2026-11-02"}),
)


@dataclass
class OeeSource:
    """An IoT platform that answers as it is told."""

    answers: list[Reading | Exception] = field(default_factory=list)
    asked: list[tuple[str, RecordRef]] = field(default_factory=list)
    id: str = "iot_platform_api"

    async def read(self, template: str, subject: RecordRef, *, keys: object) -> Reading:
        self.asked.append((template, subject))
        answer = self.answers.pop(0) if self.answers else READING
        if isinstance(answer, Exception):
            raise answer
        return answer


READING = Reading(
    values={}, at="2026-11-27T01:55:00Z", place="iot · demo", series={"OEE": (0.79, 0.83, 0.81)}
)


@cache
def dictionary() -> Dictionary:
    return Dictionary.load()


@dataclass
class Scene:
    """Rules over a small workspace."""

    store: InMemoryGraphStore
    graph: KnowledgeGraph
    journal: SqliteRuleJournal
    clock: FixedClock
    service: RuleService
    source: OeeSource
    language: LiveVocabulary
    owners: StatedOwners
    lang: Lang = "zh"
    actor: Actor = DIRECTOR
    ids: count[int] = field(default_factory=lambda: count(1))

    @property
    def context(self) -> RunContext:
        return RunContext(
            actor=self.actor, thread="t1", lang=self.lang, now=self.clock.now(), user_text="请"
        )

    async def call(self, name: str, **args: object) -> ToolResult:
        spec = {t.name: t for t in build_rule_tools(self.service)}[name]
        return await spec.run(spec.args.model_validate(args), self.context)

    async def confirm(self, result: ToolResult) -> str:
        assert isinstance(result, ApprovalRequired), result
        run = self.context
        change_set = ChangeSet(
            id=f"change{next(self.ids)}",
            at=run.access.at,
            actor=str(run.actor),
            reason=run.user_text,
            changes=result.changes,
            origin=Origin(system="chat", place="console", observed_at=run.access.at),
        )
        await ChangeWriter(self.graph).write(change_set, run)
        await self.service.step()
        return change_set.id

    async def deploy(self, sentence: str, **args: object) -> str:
        return await self.confirm(await self.call("deploy_rule", sentence=sentence, **args))

    async def values(self, kind: str, record_id: str) -> Mapping[str, Value]:
        found = await self.store.get([RecordRef(kind=kind, id=record_id)])
        return found[0].values if found else {}

    async def change(self, kind: str, record_id: str, **after: Value) -> None:
        before = await self.values(kind, record_id)
        action = Action.UPDATE if before else Action.CREATE
        await self.commit(
            RecordChange(
                action=action,
                ref=RecordRef(kind=kind, id=record_id),
                title=record_id,
                before={n: before.get(n) for n in after} if before else {},
                after=after,
            )
        )

    async def commit(self, *changes: RecordChange) -> None:
        await self.store.commit(
            ChangeSet(
                id=f"seed{next(self.ids)}",
                at=self.context.access.at,
                actor="owner:me",
                reason="seed",
                changes=changes,
                origin=ORIGIN,
            )
        )

    def at(self, text: str) -> None:
        self.clock.advance(datetime.fromisoformat(text) - self.clock.now())

    def restarted(self) -> Scene:
        """The same workspace in another process: nothing in memory is kept."""
        return replace(self, service=RuleService(self.service.parts))


async def build_scene(
    folder: Path,
    records: tuple[tuple[str, str, Mapping[str, Value]], ...] = RECORDS,
    committee: CommitteePolicy | None = None,
    policy: AccessPolicy | None = None,
    grounds: Grounds | None = None,
) -> Scene:
    store, clock, source = InMemoryGraphStore(), FixedClock(MONDAY), OeeSource()
    file = SqliteFile(folder / "guanxi.db")
    await file.open()
    graph = KnowledgeGraph(store, policy or RolePolicy(), grounds)
    owners = StatedOwners()
    language = LiveVocabulary(graph, dictionary())
    journal = SqliteRuleJournal(file)
    sources: dict[str, DataSource] = {source.id: source}
    service = RuleService(
        RuleServiceParts(
            graph=graph,
            journal=journal,
            owners=owners,
            language=language,
            dictionary=dictionary(),
            clock=clock,
            sources=sources,
            committee=committee or CommitteePolicy(),
        )
    )
    scene = Scene(
        store=store,
        graph=graph,
        journal=journal,
        clock=clock,
        service=service,
        source=source,
        language=language,
        owners=owners,
    )
    await scene.commit(
        *(
            RecordChange(
                action=Action.CREATE,
                ref=RecordRef(kind=kind, id=record_id),
                title=str(values.get("name", record_id)),
                before={},
                after=values,
            )
            for kind, record_id, values in records
        )
    )
    return scene
