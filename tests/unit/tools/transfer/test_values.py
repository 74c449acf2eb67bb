from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.ontology.fields import FieldType as F
from tools.transfer.dates import iso_date, iso_instant, read_date
from tools.transfer.escape import plain_cell, safe_cell
from tools.transfer.values import Form, convert, read_money, read_number


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20",
        "2026/11/20",
        "2026年11月20日",
        "20 Nov 2026",
        "Nov 20, 2026",
        "20261120",
        "2026.11.20",
        "2026年11月20日 星期五",
    ],
)
def test_one_day_in_many_writings(text: str) -> None:
    assert iso_date(text) == "2026-11-20"


def test_day_and_month_are_not_guessed() -> None:
    found = read_date("03/04/2026")
    assert found is not None
    assert found.ambiguous
    assert iso_date("13/04/2026") == "2026-04-13"
    assert iso_date("03/04/2026", "dmy") == "2026-04-03"


def test_instants_are_utc() -> None:
    assert iso_instant("2026-11-20 09:00") == "2026-11-20T09:00:00Z"
    assert iso_instant("2026-11-20T09:00:00+08:00") == "2026-11-20T01:00:00Z"
    assert iso_instant("2025-04-21T16:55:54.000+0000") == "2025-04-21T16:55:54Z"


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [("¥1,200.50", 1200.5, "CNY"), ("1.2万", 12000, ""), ("$2,357,113", 2357113, "USD"), ("€ 1.234,50", 1234.5, "EUR"),
     ("₹1,39,900", 139900, "INR"), ("3亿元", 300000000, "CNY"), ("-5 USD", -5, "USD"), ("(300)", -300, "")],
)  # fmt: skip
def test_amounts(text: str, amount: float, currency: str) -> None:
    money = read_money(text)
    assert money is not None
    assert (money.amount, money.currency) == (amount, currency)


def test_what_is_no_number_is_refused() -> None:
    assert read_number("1,2,3") is None
    for text in ("about 5", "5-6", "n/a"):
        with pytest.raises(InvalidValueError):
            convert(text, F.NUMBER, Form())


def test_ratios_and_flags() -> None:
    assert convert("45%", F.RATIO, Form()) == 0.45
    assert convert("45", F.RATIO, Form(percent=True)) == 0.45
    assert convert("是", F.BOOLEAN, Form()) is True
    assert convert(46346, F.DATE, Form()) == "2026-11-20"


@given(st.text())
def test_neutralised_cells_come_back(text: str) -> None:
    assert plain_cell(safe_cell(text)) == text
    assert not safe_cell(text).startswith(("=", "@", "\t", "\r"))
