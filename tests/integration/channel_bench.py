"""The web service over in-memory stores and a scripted assistant, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from agents.turn import Question, ToolCallRecord, TurnReply
from channels.clock import FixedClock
from channels.inbound import Desk
from channels.ports import User
from channels.testing.scripted import InMemoryDecisions, InMemoryProposals, ScriptedAssistant
from channels.testing.stores import InMemoryAccounts, InMemoryTranscripts
from channels.web.parts import RecordOut, RecordsOut, WebLimits, WebParts
from knowledge_graph.consent_ports import EndedTurns
from knowledge_graph.errors import NotFoundError, StoreUnavailableError
from knowledge_graph.ontology.access import Access, Role
from knowledge_graph.ontology.change import Action, ChangeSet, Proposal, RecordChange
from knowledge_graph.ontology.evidence import Evidence
from knowledge_graph.ontology.record import Origin, RecordRef
from tools.outcomes import Option, Table

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
PASSWORD = "a long enough passphrase"


class NothingGranted:
    """No conversation rests on a grant."""

    async def ended(self, thread: str, access: object) -> EndedTurns:
        return EndedTurns()


class TwoRecords:
    """Two leads; enough to see the shape of the answers."""

    async def find(self, kind: str, where: str, *, limit: int, access: Access) -> RecordsOut:
        records = [await self.show(kind, i, access=access) for i in ("L1", "L2")][:limit]
        return RecordsOut(records=tuple(records), total=2, readback=where, question=None)

    async def show(self, kind: str, record_id: str, *, access: Access) -> RecordOut:
        if record_id not in {"L1", "L2"}:
            raise NotFoundError(f"no {kind} {record_id!r}")
        return RecordOut(
            kind=kind,
            id=record_id,
            title="Morgan Wilson",
            values={"status": "Lead"},
            withheld={"phone": "role"},
            updated_at="",
        )


def change(number: int, title: str, before: str, after: str) -> RecordChange:
    return RecordChange(
        action=Action.UPDATE,
        ref=RecordRef(kind="lead", id=f"L{number}"),
        title=title,
        before={"owner": before},
        after={"owner": after},
    )


def proposal(
    proposal_id: str, summary: str, changes: tuple[RecordChange, ...], lang: str
) -> Proposal:
    return Proposal(
        id=proposal_id,
        thread="",
        actor="",
        created_at="2026-11-23T03:00:00Z",
        summary=summary,
        lang=lang,
        change_set=ChangeSet(
            id=f"C-{proposal_id}",
            at="2026-11-23T03:00:00Z",
            actor="",
            reason="said so",
            changes=changes,
            origin=Origin(system="chat", place="web", observed_at="2026-11-23T03:00:00Z"),
        ),
    )


EVIDENCE = (
    Evidence(
        id="opportunity:O7",
        source="Harbour Solar, phase 2",
        origin="salesforce · Opportunity.csv · row 17",
        observed_at="2026-11-20T08:12:00Z",
        quote="amount = 1,280,000 CNY; stage = Negotiation",
    ),
    Evidence(
        id="interaction:I3#body",
        source="Call with 李薇",
        origin="file · interactions.xlsx · row 204",
        observed_at="2026-11-18T02:40:00Z",
        quote="她说预算已经批准，希望年底前完成安装。",
    ),
)
TABLE = Table(
    columns=("Opportunity", "Customer", "Stage", "Amount"),
    rows=(
        ("Harbour Solar, phase 2", "Harbour Energy", "Negotiation", "1,280,000 CNY"),
        ("华东屋顶光伏扩容", "上海申能新材", "Proposal", "860,000 CNY"),
        ("MRI service renewal", "Nordic Clinic", "Qualified", "245,500 CNY"),
    ),
)
NAMES = (
    "Morgan Wilson", "王芳", "Priya Natarajan", "Lukas Brandt", "陈志强", "Amara Okafor", "Sofia Rossi",
    "李雷", "Jonas Weber",
)  # fmt: skip


def script() -> dict[str, TurnReply | StoreUnavailableError]:
    table = TurnReply(
        turn=0,
        reply="Priya Natarajan has 3 open opportunities, together 2,385,500 CNY.",
        lang="en",
        table=TABLE,
        evidence=EVIDENCE,
        tool_calls=(
            ToolCallRecord(name="find_records", args={"kind": "opportunity"}, outcome="ok"),
        ),
    )
    moved = tuple(change(i, n, "Lena Fischer", "Raj Patel") for i, n in enumerate(NAMES, start=1))
    return {
        "What are Priya's open opportunities?": table,
        "Reassign Lena's leads to Raj": TurnReply(
            turn=0,
            reply="Reassign 9 leads from Lena Fischer to Raj Patel",
            lang="en",
            proposal=proposal("P1", "Reassign 9 leads from Lena Fischer to Raj Patel", moved, "en"),
        ),
        "把王芳转给李薇": TurnReply(
            turn=0,
            reply="把 1 条线索王芳转给李薇",
            lang="zh",
            proposal=proposal(
                "P2", "把 1 条线索王芳转给李薇", (change(2, "王芳", "陈志强", "李薇"),), "zh"
            ),
        ),
        "Show Chen's deals": TurnReply(
            turn=0,
            reply="Which Chen do you mean?",
            lang="en",
            question=Question(
                text="Which Chen do you mean?",
                options=(
                    Option(label="陈志强 (4 open deals)", reply="@employee:E4"),
                    Option(label="Chen Wei (1 open deal)", reply="@employee:E9"),
                ),
            ),
        ),
        "break": StoreUnavailableError("the database does not answer; nothing was changed"),
    }


@dataclass
class Bench:
    """Everything a test of the web service holds in its hands."""

    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    limits: WebLimits = field(default_factory=WebLimits)

    def __post_init__(self) -> None:
        self.proposals = InMemoryProposals()
        self.decisions = InMemoryDecisions()
        self.transcripts = InMemoryTranscripts()
        self.accounts = InMemoryAccounts(self.clock)
        self.assistant = ScriptedAssistant(script(), self.proposals, self.decisions)
        self.desk = Desk(
            assistant=self.assistant, transcripts=self.transcripts, clock=self.clock, timeout_s=30
        )

    async def people(self) -> None:
        for user in (
            User(id="lena@example.com", role=Role.SALES, name="Lena Fischer"),
            User(id="raj@example.com", role=Role.SALES, name="Raj Patel"),
            User(id="owner", role=Role.OWNER, name="Owner"),
        ):
            await self.accounts.add_user(user, password=PASSWORD)

    @property
    def parts(self) -> WebParts:
        return WebParts(
            desk=self.desk,
            accounts=self.accounts,
            transcripts=self.transcripts,
            granted=NothingGranted(),
            proposals=self.proposals,
            decisions=self.decisions,
            records=TwoRecords(),
            clock=self.clock,
            limits=self.limits,
        )
