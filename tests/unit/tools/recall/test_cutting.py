"""Passages are cut where their writer cut them, and questions are taken apart without knowing any data."""

from __future__ import annotations

import pytest

from knowledge_graph.language.names import NameIndex
from knowledge_graph.ontology.record import NameEntry, RecordRef
from tools.recall.passages import parts_of
from tools.recall.relevance import MEANING, Score, passes
from tools.recall.subject import subject_of
from tools.recall.words import asked, coverage, terms

TEXT = "# Dryer\n## Power\nIt draws 2 kW.\n\n## Care\n1. Empty the filter.\n2. Wipe the door.\n"
NAMES = NameIndex([
    NameEntry(name="Lark Bakery", ref=RecordRef(kind="account", id="a1"), field="name"),
    NameEntry(name="TurboDry D7 Dryer", ref=RecordRef(kind="product", id="p1"), field="name"),
])


def test_sections_do_not_mix() -> None:
    found = [(part.headings, part.text) for part in parts_of(TEXT)]
    assert found == [
        (("Dryer", "Power"), "It draws 2 kW."),
        (("Dryer", "Care"), "Empty the filter. Wipe the door."),
    ]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("how heavy is it", "净重 12 kg"),
        ("多少钱", "It costs 40 euros."),
        ("故障多久响应", "We respond to faults at once."),
    ],
)
def test_words_are_found_in_the_other_language(question: str, text: str) -> None:
    assert coverage(asked(question), terms(text), {}) == 1.0


def test_the_words_of_a_product_are_no_question() -> None:
    subject = subject_of("Does the TurboDry D7 dryer sing?", NAMES, None)
    assert "sing" in subject.rest
    assert not {"turbodry", "d7", "dryer"} & set(subject.rest.lower().split())


@pytest.mark.parametrize(
    "question", ["what did Lark write in their last mail?", "Lark Bakery 最近的邮件说了什么？"]
)
def test_the_last_mail_of_a_customer(question: str) -> None:
    subject = subject_of(question, NAMES, None)
    assert [str(r) for r in subject.parties] == ["account:a1"]
    assert subject.newest
    assert subject.types == {"email"}
    assert asked(subject.plain) == ()


def test_a_name_alone_is_no_answer() -> None:
    assert not passes(Score(similarity=0.5, focus=0.15, coverage=0.0, crosses=False), MEANING)
