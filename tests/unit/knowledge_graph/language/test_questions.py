"""Questions → the records that they are about and what they want of them, as a table; both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge_graph.expression.codec import query_to_json
from knowledge_graph.language.compiler import Language
from knowledge_graph.language.results import Ask, Compiled, LanguageContext

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["text"]))
def test_questions(row: dict[str, object], language: Language, context: LanguageContext) -> None:
    got = language.question(str(row["text"]), context=context)
    if "ask" in row:
        assert isinstance(got, Ask)
        return
    assert isinstance(got, Compiled), got
    want = language.query(str(row["same"]), context=context)
    assert isinstance(want, Compiled), want
    assert query_to_json(got.value.query) == query_to_json(want.value)
    said = got.value.wanted
    assert said.counts is bool(row.get("counts"))
    assert said.grouped is bool(row.get("grouped"))
    assert [list(one) for one in said.numbers] == row.get("numbers", [])
    assert list(said.fields) == row.get("fields", [])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["text"]))
def test_read_back_means_the_same(
    row: dict[str, object], language: Language, context: LanguageContext
) -> None:
    got = language.question(str(row["text"]), context=context)
    if isinstance(got, Compiled):
        again = language.query(got.readback, context=context)
        assert isinstance(again, Compiled)
        assert again.value == got.value.query
