"""Grant, use, withdrawal: what a sales person sees at each step, and what the ledger holds."""

from __future__ import annotations

import json

from knowledge_graph.ontology.access import Actor, Role
from knowledge_graph.vectors.hashing import HashingEmbedder
from tests.unit.tools.consent.conftest import LENA, MEI, ref
from tests.unit.tools.exact_vectors import ExactVectors
from tools.outcomes import ToolFailed, ToolOk, ToolQuestion
from tools.recall.tool import build_recall_tools
from tools.transfer.service import Transfer

CARD = {"record": "Lin Xiaoman"}


async def test_a_value_appears_with_a_grant_and_goes_with_its_withdrawal(world):
    quote = lambda: world.run(purpose="quote")  # noqa: E731 - short
    before = await world.call("show_record", quote(), **CARD)
    assert "payment plan" not in before.text
    assert "••• (withheld: no consent)" in before.text

    asked = await world.call(
        "request_consent",
        person="Lin Xiaoman",
        tiers="transaction data",
        purpose="for the quote",
        hours=24,
    )
    assert isinstance(asked, ToolOk), asked
    assert "payment plan" not in (await world.call("show_record", quote(), **CARD)).text
    letter = world.letters[-1]
    assert letter.code not in asked.text  # the CRM never sees it

    given = await world.call("request_consent", person="Lin Xiaoman", code=letter.code)
    assert isinstance(given, ToolOk), given
    during = await world.call("show_record", quote(), **CARD)
    assert "payment plan" in during.text
    assert "0.25" not in during.text  # sentiment is never implied
    other = await world.call("show_record", world.run(purpose="marketing"), **CARD)
    assert "payment plan" not in other.text
    zhao = await world.call("show_record", quote(), record="Zhao Min")
    assert "SECRETNOTE" not in zhao.text

    world.later(minutes=1)
    gone = await world.call("withdraw_consent", person="Lin Xiaoman")
    assert isinstance(gone, ToolOk)
    assert gone.data == {"count": 1}
    after = await world.call("show_record", quote(), **CARD)
    assert "payment plan" not in after.text
    assert "the consent was withdrawn" in after.text

    types = [e.type for e in await world.desk.ledger.entries(ref("contact:p1"))]
    for wanted in ("consent.requested", "grant.issued", "use.answered", "grant.withdrawn"):
        assert wanted in types
    uses = [
        e
        for e in await world.desk.ledger.entries(ref("contact:p1"))
        if e.facts.get("tier") == "transaction"
    ]
    assert uses[0].facts["basis"].startswith("grant:")
    assert uses[0].facts["purpose"] == "quote"
    assert "contact.notes" in uses[0].facts["fields"]
    assert {e.facts["turn"] for e in uses} == {
        uses[0].facts["turn"]
    }  # the one turn in which it was shown


async def test_a_grant_ends_by_itself_and_a_clock_set_back_reopens_nothing(world):
    await world.grant("transaction", hours=2)
    start = world.clock.at
    assert (
        "payment plan" in (await world.call("show_record", world.run(purpose="quote"), **CARD)).text
    )
    world.later(hours=2)
    assert (
        "has expired" in (await world.call("show_record", world.run(purpose="quote"), **CARD)).text
    )
    world.clock.at = start
    assert (
        "payment plan"
        not in (await world.call("show_record", world.run(purpose="quote"), **CARD)).text
    )


async def test_a_wrong_code_grants_nothing_and_a_code_works_once(world):
    await world.call("request_consent", person="Lin Xiaoman", tiers="transaction", purpose="quote")
    code = world.letters[-1].code
    wrong = await world.call("request_consent", person="Lin Xiaoman", code="00000000")
    assert isinstance(wrong, ToolFailed)
    assert isinstance(await world.call("request_consent", person="Lin Xiaoman", code=code), ToolOk)
    again = await world.call("request_consent", person="Lin Xiaoman", code=code)
    assert isinstance(again, ToolOk)
    assert again.data == {"count": 0}


async def test_one_purpose_and_chosen_tiers_are_asked_for(world):
    no_tier = await world.call("request_consent", person="Lin Xiaoman", purpose="quote")
    assert isinstance(no_tier, ToolQuestion)
    assert no_tier.slot == "tiers"
    two = await world.call(
        "request_consent", person="Lin Xiaoman", tiers="transaction", purpose="quote and marketing"
    )
    assert isinstance(two, ToolQuestion)
    assert two.slot == "purpose"


async def test_the_customer_grants_and_withdraws_for_himself_only(world):
    run = world.run(MEI, lang="zh")
    asked = await world.call(
        "request_consent", run, person="Zhao Min", tiers="交易信息", purpose="报价"
    )
    assert isinstance(asked, ToolOk), asked
    assert str(world.letters[-1].person) == "contact:p1"
    code = world.letters[-1].code
    assert isinstance(
        await world.call("request_consent", world.run(MEI, lang="zh"), code=code), ToolOk
    )
    shown = await world.call("check_consent", world.run(MEI, lang="zh"))
    assert "有效" in shown.text
    done = await world.call("withdraw_consent", world.run(MEI, lang="zh"))
    assert "已撤回" in done.text


async def test_private_orders_hang_on_their_buyer_only_with_a_ground(world):
    around = await world.graph.neighbourhood(ref("contact:p1"), world.run(LENA).access)
    assert [s.record.id for s in around.records] == []
    order = await world.call("show_record", record="@order:r1")
    assert "Lin" not in order.text
    business = await world.call("show_record", record="@order:r2")
    assert "Ana Trujillo" in business.text
    await world.grant("transaction", purpose="service")
    around = await world.graph.neighbourhood(ref("contact:p1"), world.run(LENA).access)
    assert [s.record.id for s in around.records] == ["r1"]


async def test_a_bundle_verifies_with_one_file_and_no_trust_in_us(world, tmp_path):
    from knowledge_graph.sovereignty.verifier import main

    await world.grant("transaction")
    await world.call("show_record", world.run(purpose="quote"), **CARD)
    text = await world.desk.ledger.bundle(ref("contact:p1"))
    path = tmp_path / "bundle.json"
    path.write_text(text, encoding="utf-8")
    assert main([str(path)]) == 0
    held = json.loads(text)
    assert [e["record"]["n"] for e in held["entries"]] == list(range(1, len(held["entries"]) + 1))
    held["entries"][0]["record"]["purpose"] = "marketing"
    path.write_text(json.dumps(held), encoding="utf-8")
    assert main([str(path)]) == 1
    home = b"".join(p.read_bytes() for p in (tmp_path / "home").rglob("*") if p.is_file())
    assert b"contact.notes" not in home  # what was used stands sealed beside the tree


async def test_recall_says_that_texts_are_withheld(world):
    vectors = ExactVectors()
    (recall,) = build_recall_tools(
        graph=world.graph, language=world.language, embedder=HashingEmbedder(), vectors=vectors
    )
    asked = recall.args(question="what did Zhao Min say about payment?")
    told = await recall.run(asked, world.run())
    assert told.text.endswith("What was said with them is withheld: no consent.")
    assert "SECRETNOTE" not in told.text
    asked = recall.args(question="what did Ana Trujillo say about payment?")
    assert "withheld" not in (await recall.run(asked, world.run())).text


async def test_words_are_over_with_their_grant_and_not_with_another_purpose(world):
    await world.grant("transaction", hours=2)
    used = world.run(purpose="quote")
    assert "payment plan" in (await world.call("show_record", used, **CARD)).text
    book, at = world.desk.book, used.access.at
    kept = await book.ended("t", world.run(purpose="quote").access)
    other = await book.ended("t", world.run(purpose="service").access)
    assert (kept.instants, other.instants, other.over) == (set(), {at}, set())
    world.later(hours=2)
    late = await book.ended("t", world.run(purpose="service").access)
    assert (late.instants, late.over) == ({at}, {at})


async def test_an_import_tells_no_name_that_is_withheld(world, tmp_path):
    await world.desk.store.restrict(ref("contact:p1"), "restricted")
    transfer = Transfer(world.graph, world.clock, tmp_path / "reports")
    path = tmp_path / "people.csv"
    path.write_text("Contact ID,Name,Email\nX1,Lin X. Man,mei@home.example\n", encoding="utf-8")
    owner = world.access(actor=Actor(role=Role.OWNER, id="owner"))
    report = await transfer.apply(await transfer.propose([path], owner), owner)
    (pair,) = report.duplicates
    assert {pair.first_name, pair.second_name} == {"•••", "Lin X. Man"}
    assert report.path is not None
    assert "Xiaoman" not in report.path.read_text(encoding="utf-8-sig")
