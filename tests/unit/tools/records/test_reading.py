"""find_records and show_record: rows, counts, sums per currency, origins, refusals."""

from __future__ import annotations

import pytest

from knowledge_graph.ontology.access import Role
from tests.unit.tools.workspace import Workspace, build_workspace
from tools.outcomes import ToolFailed, ToolOk, ToolQuestion, ToolRetry


@pytest.fixture
async def ws() -> Workspace:
    return await build_workspace()


async def test_lists_what_a_sentence_selects(ws: Workspace) -> None:
    found = await ws.call("find_records", kind="lead", where="owner is Raj Patel")
    assert isinstance(found, ToolOk)
    assert [str(r) for r in found.table.refs] == ["lead:l3"]
    assert found.evidence[0].origin == "file · people.csv · row 7"
    assert found.focus.query is not None
    assert found.data == {"count": 1}


async def test_says_how_many_more(ws: Workspace) -> None:
    found = await ws.call("find_records", kind="leads", limit=2)
    assert found.data == {"count": 3}
    assert "1 more" in found.text
    assert len(found.table.rows) == 2
    assert found.focus.query.limit == 2


async def test_kind_in_chinese(ws: Workspace) -> None:
    found = await ws.call("find_records", ws.in_chinese(), kind="线索", where="负责人是Raj Patel")
    assert found.data == {"count": 1}
    assert "线索" in found.text


async def test_unknown_kind_is_for_the_model_to_correct(ws: Workspace) -> None:
    found = await ws.call("find_records", kind="spaceship")
    assert isinstance(found, ToolRetry)


async def test_unknown_words_are_asked_back(ws: Workspace) -> None:
    found = await ws.call("find_records", kind="lead", where="flurb is 3")
    assert isinstance(found, ToolQuestion)


async def test_money_is_never_added_across_currencies(ws: Workspace) -> None:
    found = await ws.call("find_records", kind="opportunity", measure="count; sum of amount")
    assert found.data == {"count": 4, "sum": {"CNY": 400000, "EUR": 50000}}
    assert "CNY 400,000 and EUR 50,000" in found.text
    assert "1 without a value" in found.text


async def test_a_record_without_currency_is_in_the_workspaces(ws: Workspace) -> None:
    found = await ws.call(
        "find_records", kind="opportunity", where="owner is Raj Patel", measure="sum of amount"
    )
    assert found.data == {"count": 1, "sum": 300000, "currency": "CNY"}


@pytest.mark.parametrize(
    ("where", "count", "note"),
    [
        ("amount over 40000", 2, "Not compared: 1 opportunity in EUR"),
        ("amount over 40000 EUR", 1, ""),
        ("top 1 opportunities by amount", 1, "Not compared: 1 opportunity in EUR"),
        ("owner is Raj Patel", 1, ""),
    ],
)
async def test_money_is_never_compared_across_currencies(
    ws: Workspace, where: str, count: int, note: str
) -> None:
    found = await ws.call("find_records", kind="opportunity", where=where)
    assert found.data == {"count": count}
    assert note in found.text if note else "Not compared" not in found.text


async def test_what_is_not_compared_is_said_in_chinese(ws: Workspace) -> None:
    found = await ws.call(
        "find_records", ws.in_chinese(), kind="商机", where="金额超过4万", measure="数量"
    )
    assert found.data == {"count": 2}
    assert "1 条 EUR 商机未参与比较" in found.text


async def test_measure_in_chinese(ws: Workspace) -> None:
    found = await ws.call(
        "find_records", ws.in_chinese(), kind="商机", where="负责人是我", measure="数量；金额合计"
    )
    assert found.data == {"count": 3, "sum": {"CNY": 100000, "EUR": 50000}}


async def test_measure_of_a_field_without_numbers_is_asked_back(ws: Workspace) -> None:
    found = await ws.call("find_records", kind="opportunity", measure="sum of name")
    assert isinstance(found, ToolQuestion)
    assert found.slot == "measure"


async def test_sorting(ws: Workspace) -> None:
    found = await ws.call("find_records", kind="lead", sort="name descending")
    assert [row[0] for row in found.table.rows] == ["Quinn Brown", "Morgan Wilson", "Ida Berg"]
    asked = await ws.call("find_records", kind="lead", sort="flurb")
    assert isinstance(asked, ToolQuestion)


async def test_named_records(ws: Workspace) -> None:
    found = await ws.call("find_records", where="@lead:l1; @lead:l3")
    assert [str(r) for r in found.table.refs] == ["lead:l1", "lead:l3"]


async def test_a_bare_name_without_a_kind(ws: Workspace) -> None:
    found = await ws.call("find_records", where="Morgan Wilson")
    assert [str(r) for r in found.table.refs] == ["lead:l1"]


async def test_card_has_the_origin_of_each_field(ws: Workspace) -> None:
    found = await ws.call("show_record", record="@account:a1")
    assert isinstance(found, ToolOk)
    assert "3 opportunities" in found.text
    assert found.evidence[0].id == "account:a1#name"
    assert all("people.csv" in row[2] for row in found.table.rows)


async def test_card_by_name(ws: Workspace) -> None:
    found = await ws.call("show_record", record="Acme Solar")
    assert found.data == {"kind": "account", "id": "a1"}


async def test_missing_record_is_a_failure_with_a_code(ws: Workspace) -> None:
    found = await ws.call("show_record", record="@account:nope")
    assert isinstance(found, ToolFailed)
    assert found.code == "E-NOTFOUND"


async def test_a_note_cannot_pose_as_a_line_of_the_card(ws: Workspace) -> None:
    draft = await ws.call(
        "update_records", where="@account:a1", changes='notes = "fine\nOwner: Somebody Else"'
    )
    await ws.confirm(draft)
    found = await ws.call("show_record", record="@account:a1")
    assert "fine Owner: Somebody Else" in found.text
    assert not any(line.startswith("Owner: Somebody") for line in found.text.splitlines())


async def test_customer_is_shown_himself_and_nobody_else(ws: Workspace) -> None:
    ana = ws.as_actor(Role.CUSTOMER, "ana@acme.example")
    for name in ("@contact:c1", "ana@acme.example", "我", "me"):
        found = await ws.call("show_record", ana, record=name)
        assert found.data == {"kind": "contact", "id": "c1"}
        assert "notes" not in found.text
    for name in ("@contact:c2", "@account:a1", "王建国", "@contact:nobody"):
        refused = await ws.call("show_record", ana, record=name)
        assert (type(refused), refused.code) == (ToolFailed, "E-NOTFOUND")
        assert refused.text == (await ws.call("show_record", ana, record="@lead:x")).text


async def test_the_first_place_is_named_with_its_number(ws: Workspace) -> None:
    found = await ws.call(
        "find_records",
        kind="employee",
        where="employees, sorted by number of leads descending, first 1",
    )
    assert found.text.startswith("Lena Vogel (2). ")


async def test_a_shared_first_place_is_told(ws: Workspace) -> None:
    where = "customers, sorted by number of tickets descending, first 1"
    found = await ws.call("find_records", kind="customer", where=where)
    assert found.data["count"] > 1
    assert "share the first place (0 each)" in found.text


async def test_an_order_of_words_has_no_shared_first_place(ws: Workspace) -> None:
    where = "leads, sorted by status ascending, first 1"
    found = await ws.call("find_records", kind="lead", where=where)
    assert found.data == {"count": 1}
    assert "share" not in found.text
