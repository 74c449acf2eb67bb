"""What sales people say over the sample workspace: the read-back or the question that each sentence comes to.

`sales_sentences.jsonl` is the table that the grammar was widened with; `sales_aside.jsonl` is every third
sentence of the same checklist, written down before and looked at only afterwards.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from knowledge_graph.expression.nodes import Assignment, Query
from knowledge_graph.language.compiler import Language
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.names import NameIndex
from knowledge_graph.language.results import Ask, Compiled, LanguageContext
from knowledge_graph.language.vocabulary import Vocabulary
from knowledge_graph.ontology.record import NameEntry, RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema

HERE = Path(__file__).parent
CONTEXT = LanguageContext(now=datetime(2026, 11, 20, 3, 0, tzinfo=UTC))
Row = dict[str, str]


def rows(name: str) -> list[Row]:
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def sales() -> Language:
    words = json.loads((HERE / "sales_words.json").read_text(encoding="utf-8"))
    entries = [
        NameEntry(name=name, ref=RecordRef(kind=kind, id=key), field=field, hint=hint)
        for name, kind, key, field, hint in words["names"]
    ]
    values = {field: tuple(used) for field, used in words["values"].items()}
    return Language(
        Vocabulary.build(
            Dictionary.load(),
            WorkspaceSchema(),
            values,
            NameIndex(entries),
            counts=words["counts"],
        )
    )


def compiled(
    language: Language, text: str, entity: str | None
) -> Compiled[Query] | Compiled[tuple[Assignment, ...]] | Ask:
    if entity:
        return language.assignments(text, entity=entity, context=CONTEXT)
    return language.query(text, context=CONTEXT)


@pytest.mark.parametrize(
    "row",
    [*rows("sales_sentences.jsonl"), *rows("sales_aside.jsonl")],
    ids=lambda row: f"{row['text']}|{row.get('entity', '')}",
)
def test_a_sentence_of_a_sales_person(row: Row, sales: Language) -> None:
    got = compiled(sales, row["text"], row.get("entity"))
    if "ask" in row:
        assert isinstance(got, Ask), got.readback
        assert got.code == row["ask"]
        assert got.text
        return
    assert isinstance(got, Compiled), got
    assert got.readback == row["readback"]
    again = compiled(sales, got.readback, row.get("entity"))
    assert isinstance(again, Compiled)
    assert again.value == got.value


@pytest.mark.parametrize(
    ("text", "offer"),
    [
        ("leads from the trade", "source: Trade fair"),
        ("unpaid orders", "order status: not paid"),
        ("orders of EnerCube", "EnerCube 215 储能一体柜 (product PV-ESS-215)"),
        ("leads of Raj Patels", "Raj Patel (employee · International Sales)"),
        ("deals in negotiation last month", "creation date: last month"),
    ],
)
def test_a_question_offers_what_people_know(text: str, offer: str, sales: Language) -> None:
    got = sales.query(text, context=CONTEXT)
    assert isinstance(got, Ask)
    assert offer in [choice.label for choice in got.choices]
