"""An answer replaces only the words that were asked about."""

from __future__ import annotations

import pytest

from agents.answering import chosen_option, filled, reworded
from agents.model import PendingQuestion, ToolCall
from tools.outcomes import Option

OPTIONS = (
    Option(label="Raj Patel (employee e1)", reply="@employee:e1"),
    Option(label="李薇 (employee e2)", reply="@employee:e2"),
)


def asked(value: str = "owner is Raj", **keys: object) -> PendingQuestion:
    call = ToolCall(name="find_records", args={"where": value, "kind": "lead"})
    given = {"text": "Which “Raj” do you mean?", "options": OPTIONS, "slot": "where", **keys}
    return PendingQuestion(calls=(call,), **given)  # type: ignore[arg-type]  # by keyword


@pytest.mark.parametrize(
    ("said", "n"),
    [
        ("1", 0),
        ("2", 1),
        ("第二个", 1),
        ("the second one", 1),
        ("Raj Patel", 0),
        ("patel!", 0),
        ("李薇", 1),
    ],
)
def test_chosen(said: str, n: int) -> None:
    assert chosen_option(asked(), said) == OPTIONS[n]


@pytest.mark.parametrize("said", ["3", "0", "employee", "raj patel's team", "e1", "", "李", "no"])
def test_not_chosen(said: str) -> None:
    assert chosen_option(asked(), said) is None


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("owner is Raj", "owner is @employee:e1"),
        ("owner is raj and city is Berlin", "owner is @employee:e1 and city is Berlin"),
        ('name = "Raj"; owner = Raj', 'name = "Raj"; owner = @employee:e1'),
        ("Raj", "@employee:e1"),
        ("owner is Rajesh", None),
        ("", "@employee:e1"),
    ],
)
def test_filled(value: str, result: str | None) -> None:
    calls = filled(asked(value), "@employee:e1")
    assert (None if calls is None else calls[0].args["where"]) == result
    if calls is not None:
        assert calls[0].args["kind"] == "lead"


def test_the_words_in_question_may_be_named() -> None:
    calls = filled(asked("amount over 5", text="In which unit?", about=("5",)), "5万")
    assert calls is not None
    assert calls[0].args["where"] == "amount over 5万"


def test_a_reading_of_the_whole_sentence_replaces_it() -> None:
    calls = filled(
        asked("a and b or c", text="Which one?", code="ambiguous_scope"), "(a and b) or c"
    )
    assert calls is not None
    assert calls[0].args["where"] == "(a and b) or c"


def test_chinese_words_need_no_blanks() -> None:
    question = PendingQuestion(text="“李薇”有多个匹配，是哪一个？")
    assert (
        reworded("把上海的线索转给李薇", question, "@employee:e2") == "把上海的线索转给@employee:e2"
    )
