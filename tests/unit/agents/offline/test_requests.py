"""Sentences of sales people → tool calls, compared by meaning, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from agents.model import ModelReply, ModelStep, ToolCall
from agents.offline.model import OfflineModel
from knowledge_graph.language.compiler import Language
from knowledge_graph.language.results import Ask, Compiled, LanguageContext
from knowledge_graph.ontology.access import Actor, Role
from tests.unit.agents.offline.conftest import NOW

CONTEXT = LanguageContext(now=NOW, me="e2")


def same_where(language: Language, call: ToolCall, where: str, entity: str | None = None) -> None:
    """Assert that a call selects what a sentence selects."""
    kind = str(call.args["kind"]) or None
    got = language.query(str(call.args["where"]), entity=kind, context=CONTEXT)
    want = language.query(where, entity=entity or kind, context=CONTEXT)
    assert isinstance(want, Compiled), want
    assert isinstance(got, Compiled), got
    assert got.value == want.value


def same_values(language: Language, text: str, want: str, entity: str) -> None:
    """Assert that two assignment sentences assign the same."""
    got = language.assignments(text, entity=entity, context=CONTEXT)
    expected = language.assignments(want, entity=entity, context=CONTEXT)
    assert isinstance(expected, Compiled), expected
    assert isinstance(got, Compiled), got
    assert set(got.value) == set(expected.value)


UPDATES = [
    ("Reassign all of Raj's leads that are interested in software to Sofia.", "lead", "owner is Raj Patel and interest is Software", "owner = Sofia Santos"),
    ("Sofia is taking over all of Raj's leads that are interested in hardware. Can you reassign them in the crm?", "lead", "owner is Raj Patel and interest is Hardware", "owner = Sofia Santos"),
    ("We're moving Raj's leads to Lena. Can you make that change?", "lead", "owner is Raj Patel", "owner = Lena Schmidt"),
    ("please give Acme's deals to me", "opportunity", "opportunities of Acme", "owner = Lena Schmidt"),
    ("Move all of Lena's deals in negotiation to won", "opportunity", "owner is Lena Schmidt and stage is negotiation", "stage = won"),
    ("change the city of Acme to Munich", "customer", "@account:a1", "city = Munich"),
    ("Acme's city is now Munich", "customer", "@account:a1", "city = Munich"),
    ("tag the accounts in Berlin as VIP", "customer", "accounts in Berlin", "add tag VIP"),
    ("把李薇负责的上海的客户都转给王强", "customer", "李薇负责的上海的客户", "负责人改为王强"),
    ("王强接手李薇的商机", "opportunity", "李薇的商机", "负责人改为王强"),
    ("把晶澜的商机改为商务谈判", "opportunity", "晶澜的商机", "阶段改为商务谈判"),
    ("麻烦把晶澜的城市改成苏州，谢谢", "customer", "@account:a3", "城市改为苏州"),
    ("给上海的客户打上重点跟进标签", "customer", "上海的客户", '加标签"重点跟进"'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "entity", "where", "changes"), UPDATES, ids=lambda x: str(x)[:40])
def test_updates(
    ask: Callable[..., ModelReply],
    language: Language,
    text: str,
    entity: str,
    where: str,
    changes: str,
) -> None:
    reply = ask(text)
    assert len(reply.calls) == 1, reply
    call = reply.calls[0]
    assert call.name == "update_records"
    same_where(language, call, where, None if where.startswith("@") else entity)
    same_values(language, str(call.args["changes"]), changes, entity)


DELETIONS = [
    ("Delete all leads that are interested in hardware", "lead", "leads with interest Hardware"),
    ("We no longer need Raj's leads. Can you delete them from the crm?", "lead", "Raj's leads"),
    ("删除李薇的线索", "lead", "李薇的线索"),
    ("把王强的线索都删掉", "lead", "王强的线索"),
]


@pytest.mark.parametrize(("text", "entity", "where"), DELETIONS, ids=lambda x: str(x)[:40])
def test_deletions(
    ask: Callable[..., ModelReply], language: Language, text: str, entity: str, where: str
) -> None:
    reply = ask(text)
    assert [call.name for call in reply.calls] == ["delete_records"], reply
    same_where(language, reply.calls[0], where, entity)


def test_a_noun_that_is_a_status_becomes_a_value(
    ask: Callable[..., ModelReply], flat_language: Language
) -> None:
    reply = ask("Add Morgan Wilson as a new lead and assign them to Raj", words=flat_language)
    call = reply.calls[0]
    assert call.args["kind"] == "contact"
    want = 'name = "Morgan Wilson"; status = Lead; owner = Raj Patel'
    same_values(flat_language, str(call.args["values"]), want, "contact")


def test_a_compound_request_is_several_calls(ask: Callable[..., ModelReply]) -> None:
    reply = ask("add Kim Lee as a lead, give her to Raj and log that we spoke today")
    assert [call.name for call in reply.calls] == ["create_record", "log_interaction"], reply
    assert reply.calls[1].args["about"] == "Kim Lee"


READS = [
    ("Show me Lena's open deals", "find_records"),
    ("how many open deals has Raj, worth how much?", "find_records"),
    ("who is Maria Lopez", "show_record"),
    ("what's Acme's city?", "show_record"),
    ("李薇有多少个未结商机，一共多少钱", "find_records"),
    ("看看晶澜的资料", "show_record"),
    ("上海的客户有哪些", "find_records"),
    ("what did Acme say about the delivery delay?", "recall_knowledge"),
    ("逆变器保修多久？", "recall_knowledge"),
    ("merge Acme and Northwind", "merge_records"),
    ("undo that", "undo_change"),
    ("撤销刚才的修改", "undo_change"),
    ("log a call with Acme: they want a demo", "log_interaction"),
    ("记录一下和晶澜的通话：客户想看演示", "log_interaction"),
]


@pytest.mark.parametrize(("text", "tool"), READS, ids=lambda x: str(x)[:40])
def test_other_tools(ask: Callable[..., ModelReply], text: str, tool: str) -> None:
    reply = ask(text)
    assert [call.name for call in reply.calls] == [tool], reply


LEFT_OVER = [
    "Reassign Raj's purple leads to Sofia",
    "Move Acme to the moon",
    "delete the leads that smell of cheese",
    "把李薇的客户转给一个靠谱的人",
    "删除那些看起来没用的客户",
    "Assign Raj's leads to Bob",
]


@pytest.mark.parametrize("text", LEFT_OVER)
def test_words_left_over_are_asked_about(ask: Callable[..., ModelReply], text: str) -> None:
    reply = ask(text)
    assert reply.calls == ()
    assert reply.question is not None or reply.refusal is not None


def test_ask_is_a_result() -> None:
    assert Ask(code="leftover", text="?").choices == ()


LESS = [
    ("assign all leads from Fjord Data to Raj", "lead", 'company is "Fjord Data"'),
    ("把启明电子的线索都转给王强", "lead", '公司是"启明电子"'),
    ("move Raj's leads to contacted, but not the ones interested in software", "lead", "owner is Raj Patel and not interest is Software"),
    ("move Raj's leads to contacted except Morgan Wilson", "lead", "owner is Raj Patel and not record is Morgan Wilson"),
    ("except for those in Berlin, give all customers to Raj", "customer", "not city is Berlin"),
    ("除了上海的，把客户都转给王强", "customer", "城市不是上海"),
    ("把客户都转给王强，但上海的除外", "customer", "城市不是上海"),
    ("Sofia is leaving, give all her leads to Raj", "lead", "owner is Sofia Santos"),
    ("Raj and Lena are swapping: move Raj's leads to Lena", "lead", "owner is Raj Patel"),
    ("王强要离职了，把他的商机都转给李薇", "opportunity", "负责人是王强"),
    ("All of Raj's leads interested in hardware should now be in qualified", "lead", "owner is Raj Patel and interest is Hardware"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "entity", "where"), LESS, ids=lambda x: str(x)[:40])
def test_what_an_order_leaves_out_and_why_it_is_given(
    ask: Callable[..., ModelReply], language: Language, text: str, entity: str, where: str
) -> None:
    reply = ask(text)
    assert [call.name for call in reply.calls] == ["update_records"], reply
    same_where(language, reply.calls[0], where, entity)


@pytest.mark.parametrize(
    "text",
    ["give all leads to Raj, but not the glorbish ones", "除了咕噜噜的，把线索都转给王强"],
)
def test_what_is_left_out_must_be_understood(ask: Callable[..., ModelReply], text: str) -> None:
    reply = ask(text)
    assert not reply.calls
    assert reply.question is not None


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("remind me to call Acme on Friday at 3pm", "log a call with Tom: they want 10% off"),
        ("add a lead", "delete the lead Morgan Wilson please now"),
        ("把张敏的电话改一下", "记录和张敏的通话：她要打九折"),
    ],
)
def test_a_request_of_its_own_answers_no_question(
    ask: Callable[..., ModelReply], first: str, then: str
) -> None:
    question = ask(first).question
    assert question is not None
    names = {call.name for call in ask(then, pending=question).calls}
    assert names <= {"log_interaction", "delete_records"}


@pytest.mark.parametrize("text", ["add a lead", "新建一个线索", "create a new customer"])
def test_what_makes_a_record_is_no_question(ask: Callable[..., ModelReply], text: str) -> None:
    question = ask(text).question
    assert question is not None
    assert question.code == "missing_argument"


@pytest.mark.parametrize(
    "text",
    ["export all customers to csv", "email the quote to Acme", "导出所有客户", "把报价单发给张敏"],
)
def test_what_is_done_elsewhere_is_said_at_once(ask: Callable[..., ModelReply], text: str) -> None:
    reply = ask(text)
    assert not reply.calls
    assert reply.text


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("what's my phone number?", {"record": "me", "field": "phone number"}),
        ("what email do you have for me?", {"record": "me", "field": "email"}),
        ("what do you know about me?", {"record": "me"}),
        ("我的电话是多少", {"record": "me", "field": "电话"}),
        ("你们登记的我的邮箱是什么？", {"record": "me", "field": "邮箱"}),
        ("你们有我的哪些资料", {"record": "me"}),
    ],
)
def test_a_customer_asks_about_himself(
    step: Callable[..., ModelStep], model: OfflineModel, text: str, args: dict[str, str]
) -> None:
    asked = step(text)
    customer = replace(asked.run_context, actor=Actor(role=Role.CUSTOMER, id="ana@x.example"))
    calls = model.decide(replace(asked, run_context=customer)).calls
    assert [(call.name, dict(call.args)) for call in calls] == [("show_record", args)]
    own = model.decide(asked).calls
    assert all(call.args.get("record") != "me" for call in own)
