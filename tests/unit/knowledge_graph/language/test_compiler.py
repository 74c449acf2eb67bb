"""Sentences and the expressions that they compile to, as tables; half of them Chinese."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from time import process_time

import pytest

from knowledge_graph.expression.codec import query_to_json
from knowledge_graph.expression.nodes import Moment, Query, Span
from knowledge_graph.language.compiler import Language
from knowledge_graph.language.results import Ask, Compiled, LanguageContext
from knowledge_graph.ontology.record import RecordRef

HERE = Path(__file__).parent


def rows(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("row", rows("queries.jsonl"), ids=lambda row: str(row["text"]))
def test_queries(row: dict[str, object], language: Language, context: LanguageContext) -> None:
    got = language.query(str(row["text"]), context=context)
    if "ask" in row:
        assert isinstance(got, Ask)
        assert got.code == row["ask"]
    else:
        assert isinstance(got, Compiled), got
        assert query_to_json(got.value) == row["query"]


@pytest.mark.parametrize("row", rows("changes.jsonl"), ids=lambda row: str(row["text"]))
def test_changes(row: dict[str, object], language: Language, context: LanguageContext) -> None:
    got = language.assignments(str(row["text"]), entity=str(row["entity"]), context=context)
    if "ask" in row:
        assert isinstance(got, Ask)
        assert got.code == row["ask"]
    else:
        assert isinstance(got, Compiled), got
        assert [[c.field, c.mode, plain(c.value)] for c in got.value] == row["changes"]
        again = language.assignments(got.readback, entity=str(row["entity"]), context=context)
        assert isinstance(again, Compiled)
        assert again.value == got.value


def plain(value: object) -> object:
    if isinstance(value, Moment):
        return asdict(value)
    if isinstance(value, Span):
        return [value.n, value.unit]
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Acme", ("account", "a1")),
        ("customer Acme", ("account", "a1")),
        ("客户晶澜", ("account", "a2")),
        ("@contact:c1", ("contact", "c1")),
        ("me", ("employee", "e1")),
        ("Lena", ("employee", "e1")),
        ('"Anna Berg"', ("contact", "c1")),
    ],
)
def test_one_record(
    text: str, expected: tuple[str, str], language: Language, context: LanguageContext
) -> None:
    got = language.resolve(text, context=context)
    assert isinstance(got, Compiled)
    assert got.value == RecordRef(kind=expected[0], id=expected[1])


@pytest.mark.parametrize(
    ("text", "choices"),
    [("Anna", {"@contact:c1", "@contact:c2"}), ("Lenna", {"@employee:e1"}), ("Zorro", set())],
)
def test_no_record_is_guessed(
    text: str, choices: set[str], language: Language, context: LanguageContext
) -> None:
    got = language.resolve(text, context=context)
    assert isinstance(got, Ask)
    assert {choice.text for choice in got.choices} == choices


def test_a_scope_question_offers_readings_that_compile(
    language: Language, context: LanguageContext
) -> None:
    got = language.query("行业为储能或等级为A且健康度低于60的客户", context=context)
    assert isinstance(got, Ask)
    compiled = [language.query(choice.text, context=context) for choice in got.choices]
    assert all(isinstance(one, Compiled) for one in compiled)
    assert len({str(one) for one in compiled}) == 2


@pytest.mark.parametrize("word", ["frobnicated", "紫色", "Pairs", "Zorro", "gehört"])
@pytest.mark.parametrize(
    "form",
    ["customers in Berlin {}", "{} customers in Berlin", "customers {} in Berlin", "{}上海的客户"],
)
def test_an_unknown_word_anywhere_is_asked_about(
    word: str, form: str, language: Language, context: LanguageContext
) -> None:
    got = language.query(form.format(word), context=context)
    assert isinstance(got, Ask)
    assert got.about


def test_quotes_are_literal(language: Language, context: LanguageContext) -> None:
    got = language.query('customers whose name contains "or delete all"', context=context)
    assert isinstance(got, Compiled)
    assert isinstance(got.value, Query)
    assert got.readback == 'customers where name contains "or delete all"'


def test_garbage_is_bounded(language: Language, context: LanguageContext) -> None:
    for text in ("a" * 10_000, "客户" * 900, "and or not (" * 150, "Berlin or " * 180, "（" * 1900):
        before = process_time()
        language.query(text, context=context)
        assert process_time() - before < 0.5


def test_the_kind_is_asked_when_several_fit(language: Language, context: LanguageContext) -> None:
    got = language.query("email is empty", context=context)
    assert isinstance(got, Ask)
    assert got.code == "missing_argument"
    given = language.query("email is empty", entity="contact", context=context)
    assert isinstance(given, Compiled)


@pytest.mark.parametrize("text", ["", "   ", "?", "的", "@", '"', "()", "@contact:", "<rolling"])
def test_nothing_said_is_no_error(text: str, language: Language, context: LanguageContext) -> None:
    language.query(text, context=context)
    language.query(text, entity="customer", context=context)
    language.assignments(text, entity="customer", context=context)
    language.resolve(text, context=context)
