"""A workspace with people, the gate, a ledger and a consent authority of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from channels.state.grounds import open_grounds
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.policy import RolePolicy
from knowledge_graph.sovereignty.authority.desk import AuthorityDesk, Letter
from knowledge_graph.sovereignty.authority.local import LocalAuthority
from knowledge_graph.sovereignty.key_files import open_keys
from knowledge_graph.sovereignty.keys.sealed_files import SealedFileRoots, key_file_key
from knowledge_graph.sovereignty.keys.sealer import VaultSealer
from knowledge_graph.sovereignty.keys.vault import SqliteKeys
from knowledge_graph.stores.local_home import HomeFolder
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from tests.unit.tools.workspace import FILE, NOW, DecisionsInMemory
from tools.consent.service import ConsentDesk
from tools.consent.tool import build_consent_tools
from tools.context import RunContext
from tools.outcomes import ToolResult
from tools.records.tool import build_record_tools
from tools.vocabulary import LiveVocabulary

LENA = Actor(role=Role.SALES, id="lena@example.com")
MEI = Actor(role=Role.CUSTOMER, id="mei@home.example")
PEOPLE = (
    ("employee", "e1", {"name": "Lena Vogel", "email": "lena@example.com"}),
    ("account", "a1", {"name": "Acme Solar", "owner": "e1"}),
    ("contact", "c1", {"name": "Ana Trujillo", "email": "ana@acme.example", "account": "a1", "email_open_rate": 0.8}),
    ("contact", "p1", {"name": "Lin Xiaoman", "email": "mei@home.example", "phone": "13800138000", "notes": "asked for a payment plan", "email_open_rate": 0.25}),
    ("contact", "p2", {"name": "Zhao Min", "email": "zhao@home.example", "notes": "SECRETNOTE of Zhao"}),
    ("order", "r1", {"name": "SO-1", "contact": "p1", "amount": 900, "ordered_on": "2026-02-01"}),
    ("order", "r2", {"name": "SO-2", "account": "a1", "contact": "c1", "amount": 500, "ordered_on": "2026-02-02"}),
    ("order", "r3", {"name": "SO-3", "contact": "p2", "amount": 700, "ordered_on": "2026-02-03"}),
)  # fmt: skip


class Hand:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self):
        return self.at


@dataclass
class Consenting:
    graph: KnowledgeGraph
    desk: ConsentDesk
    tools: dict
    letters: list[Letter]
    clock: Hand
    store: InMemoryGraphStore
    grounds: object
    language: LiveVocabulary
    turns: list[int] = field(default_factory=lambda: [0])

    def run(self, actor: Actor = LENA, purpose: str = "service", lang: str = "en") -> RunContext:
        self.turns[0] += 1
        return RunContext(
            actor=actor,
            thread="t",
            lang=lang,
            now=self.clock.now(),
            purpose=purpose,
            decision_id=f"turn{self.turns[0]}",
        )

    def access(self, **kw: str) -> Access:
        return replace(self.run().access, **kw)

    async def call(self, name: str, run: RunContext | None = None, **args: object) -> ToolResult:
        spec = self.tools[name]
        return await spec.run(spec.args.model_validate(args), run or self.run())

    def later(self, **kw: float) -> None:
        self.clock.at += timedelta(**kw)

    async def grant(
        self, tiers: str, purpose: str = "quote", hours: int = 24, who: str = "Lin Xiaoman"
    ) -> ToolResult:
        await self.call("request_consent", person=who, tiers=tiers, purpose=purpose, hours=hours)
        return await self.call("request_consent", person=who, code=self.letters[-1].code)


def ref(text: str) -> RecordRef:
    kind, _, record_id = text.partition(":")
    return RecordRef(kind=kind, id=record_id)


@pytest.fixture
async def world(tmp_path) -> AsyncIterator[Consenting]:
    async with AsyncExitStack() as parts:
        home = HomeFolder.at(tmp_path / "home")
        home.prepare()
        roots = SealedFileRoots(tmp_path / "root", key_file_key(tmp_path / "sealing.key"))
        keys = SqliteKeys(tmp_path / "keys.db", roots, tenant="local")
        parts.callback(keys.close)
        clock, letters = Hand(), []
        authority_keys = open_keys(tmp_path / "authority" / "keys.json")
        office = AuthorityDesk(
            tmp_path / "authority" / "a.db", authority_keys, clock, letters.append
        )
        parts.callback(office.close)
        found = await open_grounds(
            home, tmp_path / "keys", VaultSealer(keys, tenant="local"), parts
        )
        found.book._pinned = lambda: authority_keys.public
        desk = replace(found.desk, authority=LocalAuthority(office))
        store = InMemoryGraphStore()
        graph = KnowledgeGraph(store, RolePolicy(), found.grounds)
        changes = tuple(
            RecordChange(action=Action.CREATE, ref=RecordRef(kind=k, id=i), title=str(v["name"]), before={}, after=v)
            for k, i, v in PEOPLE
        )  # fmt: skip
        await store.commit(
            ChangeSet(
                id="given",
                at="2026-03-01T00:00:00Z",
                actor="x",
                reason="",
                changes=changes,
                origin=FILE,
            )
        )
        language = LiveVocabulary(graph, Dictionary.load())
        tools = (
            *build_record_tools(graph=graph, language=language, decisions=DecisionsInMemory()),
            *build_consent_tools(graph=graph, language=language, desk=desk),
        )
        yield Consenting(
            graph=graph,
            desk=desk,
            tools={t.name: t for t in tools},
            letters=letters,
            clock=clock,
            store=store,
            grounds=found,
            language=language,
        )
