"""A small bilingual workspace for the tests of the language."""

from datetime import UTC, datetime

import pytest

from knowledge_graph.language.compiler import Language
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.names import NameIndex
from knowledge_graph.language.results import LanguageContext
from knowledge_graph.language.vocabulary import Vocabulary
from knowledge_graph.ontology.fields import FieldSpec, FieldType
from knowledge_graph.ontology.record import NameEntry, RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema

PEOPLE = [
    ("Lena Fischer", "employee", "e1"), ("李薇", "employee", "e2"), ("Raj Patel", "employee", "e3"),
    ("Priya Shah", "employee", "e4"), ("Acme", "account", "a1"), ("晶澜光电", "account", "a2"),
    ("Northwind Solar", "account", "a3"), ("Anna Berg", "contact", "c1"), ("Anna Stein", "contact", "c2"),
    ("王芳", "contact", "c3"), ("Helios 5K", "product", "p1"), ("Acme rollout", "opportunity", "o1"),
]  # fmt: skip
VALUES = {
    "account.city": ("Berlin", "Munich", "Hamburg", "上海", "苏州"),
    "account.industry": ("光伏", "食品", "Retail"),
    "account.region": ("华东", "华南", "North America"),
    "account.tags": ("VIP", "试点", "key partner"),
    "account.tier": ("A", "B", "C"),
    "account.source": ("展会", "referral"),
    "contact.department": ("采购部", "Finance"),
    "contact.status": ("Active", "Former"),
    "lead.product_interest": ("Software", "Hardware", "Services", "Training"),
    "lead.status": ("Lead", "Qualified"),
    "opportunity.type": ("New Business", "Renewal"),
    "opportunity.lost_reason": ("price", "competitor"),
    "ticket.category": ("hardware fault", "billing"),
    "employee.team": ("East", "West"),
}
CUSTOM = [
    FieldSpec(kind="lead", name="product_interest", type=FieldType.ENUM, label="product_interest"),
    FieldSpec(kind="account", name="floor_area", type=FieldType.NUMBER, label="厂房面积"),
    FieldSpec(kind="opportunity", name="poc_done", type=FieldType.BOOLEAN, label="POC done"),
]


@pytest.fixture(scope="session")
def language() -> Language:
    entries = [NameEntry(name=n, ref=RecordRef(kind=k, id=i), field="name") for n, k, i in PEOPLE]
    entries.append(
        NameEntry(name="晶澜", ref=RecordRef(kind="account", id="a2"), field="short_name")
    )
    schema = WorkspaceSchema().with_fields(CUSTOM)
    vocabulary = Vocabulary.build(Dictionary.load(), schema, VALUES, NameIndex(entries))
    return Language(vocabulary)


@pytest.fixture(scope="session")
def context() -> LanguageContext:
    return LanguageContext(now=datetime(2026, 3, 18, 4, 0, tzinfo=UTC), me="e1")
