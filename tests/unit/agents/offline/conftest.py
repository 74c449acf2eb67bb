"""A small bilingual workspace for the offline model: a flat contact list and a company CRM."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from agents.model import ModelReply, ModelStep, PendingQuestion, ToolCall
from agents.offline.model import OfflineModel
from knowledge_graph.language.compiler import Language
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.names import NameIndex
from knowledge_graph.language.vocabulary import Vocabulary
from knowledge_graph.ontology.access import Actor, Role
from knowledge_graph.ontology.fields import FieldSpec, FieldType
from knowledge_graph.ontology.record import NameEntry, RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema
from tools.context import RunContext
from tools.outcomes import Focus

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
PEOPLE = {"e1": "Raj Patel", "e2": "Lena Schmidt", "e3": "李薇", "e4": "王强", "e5": "Sofia Santos"}
ACCOUNTS = {
    "a1": "Acme Ltd",
    "a2": "Northwind GmbH",
    "a3": "晶澜光伏科技有限公司",
    "a4": "康宁医疗器械有限公司",
}
CONTACTS = {"c1": "Maria Lopez", "c2": "张敏", "c3": "Tom Baker"}


THINGS = {
    "opportunity": {"o1": "Cobalt pilot", "o2": "云帆机房监测"},
    "task": {"k1": "Send offer to Acme", "k2": "准备扩容方案"},
    "ticket": {"t1": "Arm stops at station 3", "t2": "逆变器频繁脱网"},
    "lead": {"l1": "Morgan Wilson", "l2": "黄海"},
}


def _entries() -> list[NameEntry]:
    rows = [("employee", PEOPLE), ("account", ACCOUNTS), ("contact", CONTACTS), *THINGS.items()]
    return [
        NameEntry(name=name, ref=RecordRef(kind=kind, id=key), field="name")
        for kind, names in rows
        for key, name in names.items()
    ]


@pytest.fixture(scope="session")
def language() -> Language:
    """The language of a workspace with companies, people, deals and leads."""
    vocabulary = Vocabulary.build(
        Dictionary.load(),
        WorkspaceSchema(),
        {
            "account.city": ("Berlin", "Munich", "上海", "苏州"),
            "account.industry": ("pv_manufacturing", "medical_device", "Retail"),
            "lead.status": ("New", "Contacted", "Qualified"),
            "lead.interest": ("Software", "Hardware"),
        },
        NameIndex(_entries()),
        counts={"account": 4, "contact": 3, "lead": 5, "opportunity": 9, "employee": 5, "task": 3},
    )
    return Language(vocabulary)


@pytest.fixture(scope="session")
def flat_language() -> Language:
    """The language of a workspace that is one imported list of people with a status."""
    specs = [
        FieldSpec(
            kind="contact", name="product_interest", type=FieldType.ENUM, label="product_interest"
        )
    ]
    vocabulary = Vocabulary.build(
        Dictionary.load(),
        WorkspaceSchema().with_fields(specs),
        {
            "contact.status": ("Lead", "Qualified", "Proposal", "Won", "Lost"),
            "contact.product_interest": ("Software", "Hardware", "Services", "Training"),
        },
        NameIndex(_entries()),
        counts={"contact": 200, "employee": 5},
    )
    return Language(vocabulary)


@pytest.fixture(scope="session")
def model() -> OfflineModel:
    """The offline model without its classifier."""
    return OfflineModel()


@pytest.fixture
def step(language: Language) -> Callable[..., ModelStep]:
    """A function that makes the step that a message over the company CRM asks for."""

    def make(
        text: str,
        *,
        words: Language = language,
        focus: Focus | None = None,
        last: tuple[ToolCall, ...] = (),
        pending: PendingQuestion | None = None,
    ) -> ModelStep:
        lang = "zh" if any("\u4e00" <= char <= "\u9fff" for char in text) else "en"
        run = RunContext(
            actor=Actor(role=Role.SALES, id="lena@example.com"),
            thread="t1",
            lang=lang,  # type: ignore[arg-type] # one of two literals
            now=NOW,
            me="e2",
            user_text=text,
            focus=focus or Focus(),
        )
        return ModelStep(
            run_context=run,
            tools=(),
            language=words,
            user_text=text,
            pending_question=pending,
            last_calls=last,
        )

    return make


@pytest.fixture
def ask(step: Callable[..., ModelStep], model: OfflineModel) -> Callable[..., ModelReply]:
    """A function that takes one step over the company CRM."""

    def take(text: str, **given: object) -> ModelReply:
        return model.decide(step(text, **given))

    return take
