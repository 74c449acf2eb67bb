"""The constructions in which people make records: positional, labelled, in one sentence, several, linked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agents.model import ModelReply
from knowledge_graph.language.compiler import Language
from tests.unit.agents.offline.test_requests import same_values

MAIL = 'email = "o.grant@x.example"'
ONE = [
    # positional
    ("new contact at Acme: Olivia Grant, o.grant@x.example, Head of Procurement", "contact", f'name = "Olivia Grant"; {MAIL}; title = "Head of Procurement"; account = @account:a1'),
    ("new contact: Olivia Grant, Acme Ltd, Head of Procurement", "contact", 'name = "Olivia Grant"; title = "Head of Procurement"; account = @account:a1'),
    ("add contact Olivia Grant (Head of Procurement, Acme Ltd)", "contact", 'name = "Olivia Grant"; title = "Head of Procurement"; account = @account:a1'),
    ("新联系人 张伟，晶澜的采购总监，13800001111", "contact", 'name = "张伟"; 职位 = "采购总监"; 客户 = @account:a3; 电话 = "13800001111"'),
    ("新线索：陈刚，无锡精工机械，13912345678", "lead", 'name = "陈刚"; 公司 = "无锡精工机械"; 电话 = "13912345678"'),
    ("新增一条线索 郭晓燕 来自 远望集团，邮箱 o.grant@x.example，交给李薇", "lead", '姓名 = "郭晓燕"; 公司 = "远望集团"; 邮箱 = "o.grant@x.example"; 负责人 = 李薇'),
    ("create 一个 lead：Tina Wu，公司 Skyline", "lead", '姓名 = "Tina Wu"; 公司 = "Skyline"'),
    ("帮我录入一个联系人，张伟，晶澜的采购总监", "contact", '姓名 = "张伟"; 职位 = "采购总监"; 客户 = @account:a3'),
    ("把张伟加到晶澜的联系人里，职务采购总监", "contact", '姓名 = "张伟"; 职位 = "采购总监"; 客户 = @account:a3'),
    ("add a product called TapIn Mini, price 190", "product", 'name = "TapIn Mini"; price = 190'),
    ("建个任务，让李薇下周一之前把报价发给晶澜", "task", 'name = "把报价发给晶澜"; 截止日期 = 下周一; 负责人 = 李薇'),
    # labelled
    ("create a lead: name Jane Doe, company Foo GmbH, email o.grant@x.example, owner Raj", "lead", f'name = "Jane Doe"; company = "Foo GmbH"; {MAIL}; owner = Raj Patel'),
    ("加个联系人，姓名：张伟，公司：晶澜，职位：采购总监，电话：13800001111", "contact", 'name = "张伟"; 职位 = "采购总监"; 客户 = @account:a3; 电话 = "13800001111"'),
    # one sentence
    ("create a contact named Olivia Grant who works at Acme Ltd as Head of Procurement with email o.grant@x.example", "contact", f'name = "Olivia Grant"; title = "Head of Procurement"; account = @account:a1; {MAIL}'),
    ("Jane Doe from Foo GmbH is a new lead", "lead", 'name = "Jane Doe"; company = "Foo GmbH"'),
    ("add a lead Jane Doe, she works for Foo GmbH, her email is o.grant@x.example", "lead", f'name = "Jane Doe"; company = "Foo GmbH"; {MAIL}'),
    ("add an 80k deal for Acme Ltd called Line 5 retrofit", "opportunity", 'name = "Line 5 retrofit"; amount = 80k; account = @account:a1'),
    ("新建联系人张伟，在晶澜担任采购总监，手机13800001111", "contact", 'name = "张伟"; 职位 = "采购总监"; 客户 = @account:a3; 电话 = "13800001111"'),
    ("给晶澜新建一个30万的商机，叫备件二期", "opportunity", 'name = "备件二期"; 金额 = 30万; 客户 = @account:a3'),
    ("晶澜新来了一个采购总监叫张伟，电话13800001111，加一下", "contact", 'name = "张伟"; 职位 = "采购总监"; 客户 = @account:a3; 电话 = "13800001111"'),
    ("open a deal Cobalt phase two for Acme Ltd worth 120k", "opportunity", 'name = "Cobalt phase two"; amount = 120k; account = @account:a1'),
    ("add a deal for Acme Ltd worth 60,000, call it Line five", "opportunity", 'name = "Line five"; amount = 60,000; account = @account:a1'),
    # a title in the user's words
    ("给晶澜提个工单，P2，机械臂异响", "ticket", 'name = "机械臂异响"; 优先级 = P2; 客户 = @account:a3'),
    ("给张敏建一个回访任务，后天到期", "task", 'name = "回访"; 截止日期 = 后天; 联系人 = @contact:c2'),
    ("remind me to call Jonas on Monday 3pm", "task", 'name = "call Jonas"; due date = 2026-11-23; notes = "15:00"; owner = Lena Schmidt'),
    ("todo: call Jonas, due tomorrow, high priority", "task", 'name = "call Jonas"; due date = tomorrow; priority = high; owner = Lena Schmidt'),
    ("log a P1 ticket for Acme Ltd: conveyor stopped", "ticket", 'name = "conveyor stopped"; priority = P1; account = @account:a1'),
    ("给晶澜提个工单：机械臂异响，P2", "ticket", 'name = "机械臂异响"; 优先级 = P2; 客户 = @account:a3'),
    ("remind Raj to send the quote to Acme by Dec 3", "task", 'name = "send the quote to Acme"; due date = 2026-12-03; owner = Raj Patel'),
    ("add a task \"Call Jonas\" due next Monday for Raj, high priority", "task", 'name = "Call Jonas"; due date = next Monday; owner = Raj Patel; priority = high'),
    ("set a reminder for Dec 1: send the contract", "task", 'name = "send the contract"; due date = 2026-12-01; owner = Lena Schmidt'),
    ("别忘了下周三给张敏打电话", "task", 'name = "给张敏打电话"; 截止日期 = 下周三; 负责人 = Lena Schmidt'),
    ("我要在12月5号前给张敏发方案，记个待办", "task", 'name = "给张敏发方案"; 截止日期 = 2026-12-05; 负责人 = Lena Schmidt'),
    ("新建任务 准备方案，截止12月1日，负责人李薇，优先级高", "task", 'name = "准备方案"; 截止日期 = 2026-12-01; 负责人 = 李薇; 优先级 = 高'),
    # a lead and whose it is
    ("Add Morgan Wilson as a new lead and assign them to Raj", "lead", 'name = "Morgan Wilson"; owner = Raj Patel'),
    ("We've got a new lead called Jo Moore. Can you add them to the crm and assign them to Sofia?", "lead", 'name = "Jo Moore"; owner = Sofia Santos'),
    ("can you add Kim Lee to the crm? They're a new lead and need to be assigned to Raj", "lead", 'name = "Kim Lee"; owner = Raj Patel'),
    ("create a lead named \"Dana O'Neil\"", "lead", 'name = "Dana O\'Neil"'),
    ("新建一个线索，叫周涛，负责人是李薇", "lead", 'name = "周涛"; 负责人 = 李薇'),
    ("把周涛录入为新线索，分配给王强", "lead", 'name = "周涛"; 负责人 = 王强'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "entity", "values"), ONE, ids=lambda x: str(x)[:40])
def test_one_record(
    ask: Callable[..., ModelReply], language: Language, text: str, entity: str, values: str
) -> None:
    reply = ask(text)
    assert [call.name for call in reply.calls] == ["create_record"], reply
    assert reply.calls[0].args["kind"] == entity
    same_values(language, str(reply.calls[0].args["values"]), values, entity)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("create two leads: Jane Doe and John Roe", ["Jane Doe", "John Roe"]),
        ("add leads Jane Doe, John Roe and Max Moor", ["Jane Doe", "John Roe", "Max Moor"]),
        ("add Jane Doe and John Roe as leads, both for Raj", ["Jane Doe", "John Roe"]),
        ("新建三个线索：陈刚、李刚、赵刚", ["陈刚", "李刚", "赵刚"]),
        ("录入线索陈刚和李刚，都分给王强", ["陈刚", "李刚"]),
    ],
)
def test_several_records(ask: Callable[..., ModelReply], text: str, names: list[str]) -> None:
    calls = ask(text).calls
    assert [call.name for call in calls] == ["create_record"] * len(names)
    for call, name in zip(calls, names, strict=True):
        assert f'"{name}"' in str(call.args["values"])
    owned = "Raj" in text or "王强" in text
    assert all(("owner" in str(c.args) or "负责人" in str(c.args)) == owned for c in calls)


def test_what_follows_a_new_record_is_no_part_of_it(ask: Callable[..., ModelReply]) -> None:
    lead, task = ask("新建线索 冯楠，公司 天问科技，分给李薇，再提醒我下周二联系他").calls
    assert '"天问科技"' in str(lead.args["values"])
    assert "李薇" in str(lead.args["values"])
    assert task.args["kind"] == "task"


def test_a_record_is_linked_to_one_just_made(ask: Callable[..., ModelReply]) -> None:
    for text in (
        "create a customer Foo GmbH and a contact Jane Doe there",
        "create customer Foo GmbH and add Jane Doe as a contact for it",
        "create customer Foo GmbH, add Jane Doe as its contact",
    ):
        first, second = ask(text).calls
        assert first.args["kind"] == "customer"
        assert 'customer = "Foo GmbH"' in str(second.args["values"])


@pytest.mark.parametrize(
    "text",
    [
        "new customer: Foo GmbH, glorb",
        "open a deal for Acme Ltd: Line 5 retrofit, 80k, closing in March 2027",
        "新增客户精工，咕噜噜",
        "create a lead Jane Doe, owner Raj, owner Sofia",
        "新建线索 冯楠 咕噜 噜噜",
    ],
)
def test_nothing_that_was_said_is_dropped(ask: Callable[..., ModelReply], text: str) -> None:
    reply = ask(text)
    assert not reply.calls
    assert reply.question is not None
