"""The data card and the uses of data: for our people within their rights, for a customer the own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge_graph.ontology.access import Actor, Role
from tests.unit.tools.consent.conftest import LENA, MEI, ref
from tools.asking import open_session
from tools.consent.card import card_of
from tools.consent.uses import UseFilter, uses_of
from tools.outcomes import ToolFailed, ToolOk

BOSS = Actor(role=Role.MANAGER, id="boss@example.com")


async def card(world, run, person="contact:p1"):
    session = await open_session(world.graph, world.language, run)
    return {f.name: f for f in (await card_of(ref(person), session, world.desk)).fields}


async def test_each_field_has_its_value_or_why_not_and_where_it_came_from(world):
    fields = await card(world, world.run(purpose="quote"))
    phone, notes = fields["phone"], fields["notes"]
    assert (phone.value, phone.status, phone.ground) == (
        "13800138000",
        "basis",
        "basis:assumed-identity",
    )
    assert (phone.place, phone.row, phone.observed_at) == (
        "file · people.csv",
        7,
        "2026-03-01T00:00:00Z",
    )
    assert (notes.value, notes.withheld, notes.status, notes.place) == (
        "",
        "no_grant",
        "withheld",
        "",
    )

    await world.grant("transaction")
    granted = (await card(world, world.run(purpose="quote")))["notes"]
    assert "payment plan" in granted.value
    assert granted.status == "granted"
    assert granted.ground.startswith("grant:")
    assert granted.until == "2026-03-11T09:00:00Z"
    assert (await card(world, world.run()))["notes"].withheld == "other_purpose"


async def test_the_chat_shows_it(world):
    await world.grant("transaction")
    shown = await world.call("show_data_card", world.run(purpose="quote"), person="Lin Xiaoman")
    assert isinstance(shown, ToolOk)
    assert "granted until 2026-03-11 09:00:00 UTC" in shown.text
    assert "email open rate: ••• (withheld: no consent)" in shown.text
    zh = await world.call("show_data_card", world.run(lang="zh"), person="Lin Xiaoman")
    assert "数据卡（用途：服务）" in zh.text
    assert "•••（没有授权）" in zh.text


async def test_a_customer_sees_the_own_card_and_what_our_people_may_use(world):
    shown = await world.call("show_data_card", world.run(MEI), person="Zhao Min")
    assert "Lin Xiaoman" in shown.text
    assert "SECRETNOTE" not in shown.text
    fields = await card(world, world.run(MEI))
    assert fields["phone"].status == "basis"
    assert fields["email_open_rate"].withheld == "role"
    await world.grounds.consents.restrict(ref("contact:p1"), "restricted")
    assert (await card(world, world.run(MEI)))["phone"].status == "closed"
    assert (await card(world, world.run(MEI)))["phone"].value == "13800138000"


async def test_uses_are_told_without_a_value_and_to_overseers_and_the_person_alone(world):
    await world.grant("transaction")
    quote = world.run(purpose="quote")
    await world.call("show_record", quote, record="Lin Xiaoman")
    told = await world.call("show_data_uses", world.run(BOSS), person="Lin Xiaoman")
    assert isinstance(told, ToolOk)
    assert told.table is not None
    cells = " ".join(cell for row in told.table.rows for cell in row)
    assert "sales:lena@example.com" in cells
    assert "transaction data" in cells
    assert "payment plan" not in cells
    assert isinstance(await world.call("show_data_uses", world.run(MEI)), ToolOk)
    refused = await world.call("show_data_uses", world.run(LENA), person="Lin Xiaoman")
    assert isinstance(refused, ToolFailed)
    assert refused.code == "E-DENIED"


async def test_uses_are_filtered_and_paged(world):
    for purpose in ("quote", "service", "quote"):
        await world.call("show_record", world.run(purpose=purpose), record="Lin Xiaoman")
        world.later(hours=1)
    ledger, person = world.desk.ledger, ref("contact:p1")
    every = await uses_of(ledger, person, UseFilter())
    assert every.total == len(every.rows) == 3
    assert [r.n for r in every.rows] == [3, 2, 1]
    quotes = UseFilter(purpose="quote", limit=1)
    assert [r.n for r in (await uses_of(ledger, person, quotes)).rows] == [3]
    assert [r.n for r in (await uses_of(ledger, person, replace(quotes, offset=1))).rows] == [1]
    assert (await uses_of(ledger, person, UseFilter(since="2026-03-10T10:00:00Z"))).total == 2
    assert (await uses_of(ledger, person, UseFilter(until="2026-03-10T10:00:00Z"))).total == 1
    assert (await uses_of(ledger, person, UseFilter(actor="nobody"))).total == 0


@pytest.mark.parametrize("who", [LENA, BOSS, MEI])
async def test_the_card_of_somebody_else_is_not_for_a_customer(world, who):
    shown = await world.call("show_data_card", world.run(who), person="Ana Trujillo")
    assert isinstance(shown, ToolOk)
    assert ("ana@acme.example" in shown.text) is (who is not MEI)
