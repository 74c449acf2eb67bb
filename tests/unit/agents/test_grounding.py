"""What a model may put into an argument: only what was said, returned or is a closed word."""

from __future__ import annotations

import time

import pytest

from agents.grounding import Grounds, fold_words, numbers_in

WORDS = frozenset({
    "owner",
    "status",
    "amount",
    "stage",
    "won",
    "城市",
    "行业",
    "负责人",
    "商机",
    "客户",
    "金额",
})


def grounds(said: str, *refs: str) -> Grounds:
    return Grounds(said=fold_words(said), refs=frozenset(refs), known=WORDS.__contains__)


@pytest.mark.parametrize(
    ("said", "argument"),
    [
        ("reassign Raj's leads to Lena", "owner is raj"),
        ("deals over 5 million", "amount over 5000000"),
        ("deals over 500万", "amount > 5,000,000"),
        ("金额超过五百万的商机", "金额超过500万"),
        ("上海的客户有多少", "城市是上海"),
        ("把王小明转给李薇", "负责人是李薇"),
        ("more than 80% done", "more than 80%"),
        ("three visits", "3"),
        ("call on March 2, 2026", "2026-03-02"),
        ("2026年3月2日拜访", "2026-03-02"),
        ("mail lena@example.com", "lena@example.com"),
        ("order A-1001", "A-1001"),
        ("order A-1001. Thanks", "A-1001"),
        ("邮箱lena@example.com谢谢", "lena@example.com"),
        ("within 45 thousand", "45k"),
        ("about 30 days", "30days"),
        ("yes", ""),
        ("yes", True),
        ("yes", None),
    ],
)
def test_said(said: str, argument: object) -> None:
    assert grounds(said).invented(argument) == ()


@pytest.mark.parametrize(
    ("said", "argument", "invented"),
    [
        ("reassign Raj's leads to Lena", "owner is mallory", ("mallory",)),
        ("deals over 5 million", "amount over 6000000", ("6000000",)),
        ("deals over 500万", "amount over 500", ("500",)),
        ("上海的客户", "城市是北京", ("城市是北京",)),
        ("把线索转给李薇", "负责人是李明", ("负责人是李明",)),
        ("call yesterday", "2026-03-01", ("2026-03-01",)),
        ("mail lena@example.com", "eva@example.com", ("eva@example.com",)),
        ("set the headcount to 500", "mallory@evil.example", ("mallory@evil.example",)),
        ("set the headcount to 99", "mallory99@evil.example", ("mallory99@evil.example",)),
        ("mail ana@x.example.com", "ana@x.example", ("ana@x.example",)),
        ("order AX1001", "AX100", ("ax100",)),
        ("about @lead:l12", "@lead:l1", ("@lead:l1",)),
        ("30 leads", "x30", ("x30",)),
        ("all leads", 7, ("7",)),
        ("all leads", "@lead:l9", ("@lead:l9",)),
    ],
)
def test_invented(said: str, argument: object, invented: tuple[str, ...]) -> None:
    assert grounds(said).invented(argument) == invented


def test_records_that_tools_returned_may_be_named() -> None:
    assert grounds("them", "lead:l1").invented("@lead:l1; owner = @lead:l2") == ("@lead:l2",)


def test_numbers() -> None:
    assert {int(n) for n in numbers_in("1.2亿, 3 thousand, 45k, 7w, 1,234,567")} == {
        120_000_000,
        3000,
        45_000,
        70_000,
        1_234_567,
    }


def test_a_runaway_argument_is_checked_quickly() -> None:
    said = "call 13 acme ltd 500 about 30 things 上海 的 客户 " * 200
    for argument in ("1 2 3 " * 3000, "1," * 9000, "a1 " * 3000, "7" * 20_000, "上海客户" * 5000):
        began = time.perf_counter()
        grounds(said).invented(argument)
        assert time.perf_counter() - began < 5, argument[:20]
