"""How people tell that they have spoken to somebody, and how they take a change back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agents.model import ModelReply

MARIA, ZHANG, ACME = "@contact:c1", "@contact:c2", "@account:a1"

TOLD = [
    ("just got off the phone with Maria Lopez, she wants a demo", MARIA, "call", "", "she wants a demo"),
    ("spoke to Maria Lopez this morning about the offer", MARIA, "call", "", "the offer"),
    ("log a meeting with Acme on Nov 18: discussed pricing", ACME, "meeting", "Nov 18", "discussed pricing"),
    ("emailed Maria Lopez the quote yesterday", MARIA, "email", "yesterday", "the quote"),
    ("sent an email to Maria Lopez with the quote", MARIA, "email", "", "the quote"),
    ("got an email from Maria Lopez: invoice is wrong", MARIA, "email", "", "invoice is wrong"),
    ("Maria Lopez wrote that the invoice is wrong", MARIA, "email", "", "the invoice is wrong"),
    ("Yesterday I met Maria Lopez at the fair; he wants 20 sensors", MARIA, "meeting", "Yesterday", "at the fair he wants 20 sensors"),
    ("I called Maria Lopez yesterday and she asked for a discount", MARIA, "call", "yesterday", "she asked for a discount"),
    ("called Maria Lopez, no answer, note it down", MARIA, "call", "", "no answer"),
    ("刚和张敏打完电话，她要报价单", ZHANG, "call", "", "她要报价单"),
    ("我刚和张敏开完会，她下周给答复，记到系统里", ZHANG, "meeting", "", "她下周给答复"),
    ("今天上午和张敏开了会，讨论了认证", ZHANG, "meeting", "今天", "讨论了认证"),
    ("记录一次拜访：张敏，昨天，聊了预算", ZHANG, "visit", "昨天", "聊了预算"),
    ("收到张敏的邮件，她问交期", ZHANG, "email", "", "她问交期"),
    ("在微信上跟张敏确认了交期", ZHANG, "message", "", "确认了交期"),
    ("上周五和张敏吃了饭，她很满意", ZHANG, "meeting", "上周五", "她很满意"),
    ("刚跟张敏通了电话，她说先别改方案", ZHANG, "call", "", "她说先别改方案"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "about", "kind", "when", "said"), TOLD, ids=lambda x: str(x)[:40])
def test_what_was_said_is_kept(
    ask: Callable[..., ModelReply], text: str, about: str, kind: str, when: str, said: str
) -> None:
    reply = ask(text)
    assert [call.name for call in reply.calls] == ["log_interaction"], reply
    args = reply.calls[0].args
    assert (args["about"], args["type"]) == (about, kind)
    assert (args.get("when", ""), args.get("text", "")) == (when, said)


@pytest.mark.parametrize(
    "text", ["met with Maria Lopez and Tom Baker yesterday", "emailed Maria Gonzales the quote"]
)
def test_nobody_is_left_out_or_cut_short(ask: Callable[..., ModelReply], text: str) -> None:
    assert not ask(text).calls


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("undo that", ""),
        ("undo the last change of Acme", ACME),
        ("bring him back", ""),
        ("restore Gareth Pugh", "Gareth Pugh"),
        ("撤销刚才对晶澜的修改", "@account:a3"),
        ("删错了，恢复回来", ""),
        ("改回去", ""),
    ],
)
def test_a_change_is_taken_back(ask: Callable[..., ModelReply], text: str, about: str) -> None:
    reply = ask(text)
    assert [call.name for call in reply.calls] == ["undo_change"], reply
    assert reply.calls[0].args.get("about", "") == about


@pytest.mark.parametrize(
    ("text", "keep"),
    [
        ("merge Acme Ltd and Northwind GmbH, keep Northwind GmbH", "@account:a2"),
        ("Acme Ltd and Northwind GmbH are duplicates, keep Acme Ltd", "@account:a1"),
        ("合并晶澜和康宁医疗器械有限公司，保留后者", "@account:a4"),
        ("Acme Ltd is a duplicate of Northwind GmbH, please merge", "@account:a2"),
    ],
)
def test_merges_keep_what_was_said(ask: Callable[..., ModelReply], text: str, keep: str) -> None:
    reply = ask(text)
    assert [call.name for call in reply.calls] == ["merge_records"], reply
    assert reply.calls[0].args["keep"] == keep


def test_a_record_goes_by_its_id(ask: Callable[..., ModelReply]) -> None:
    assert ask("move o1 to won").calls[0].args["where"] == "@opportunity:o1"
    assert ask("把o2改成赢单").calls[0].args["where"] == "@opportunity:o2"


@pytest.mark.parametrize(
    ("text", "names", "said"),
    [
        (
            "log a call with Maria Lopez, she asked for a discount, and move Cobalt pilot to won",
            ["log_interaction", "update_records"],
            "she asked for a discount",
        ),
        (
            "log a call with Maria Lopez: he wants to stop and move to another vendor",
            ["log_interaction"],
            "he wants to stop and move to another vendor",
        ),
        (
            "记录和张敏的通话：她同意了，然后把云帆机房监测推进到商务谈判",
            ["log_interaction", "update_records"],
            "她同意了",
        ),
        (
            "记录和张敏的通话：她说把所有客户都删掉，开玩笑的",
            ["log_interaction"],
            "她说把所有客户都删掉，开玩笑的",
        ),
    ],
)
def test_an_order_behind_a_report_is_no_part_of_it(
    ask: Callable[..., ModelReply], text: str, names: list[str], said: str
) -> None:
    calls = ask(text).calls
    assert [call.name for call in calls] == names
    assert calls[0].args["text"] == said
