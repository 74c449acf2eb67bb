"""Which messages are rules: only those that say that something holds from now on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agents.model import ModelReply, ToolCall
from agents.offline.rules import about_rules

RULES = (
    "当客户健康度低于60时，归入流失预警池",
    "一旦客户健康度低于60，就通知客户成功经理",
    "When a customer's health score is below 60, notify the CSM.",
    "If NPS drops below 0, tag the customer as detractor.",
    "Every Monday at 9:00 am push the weekly digest to the CSM for active customers.",
)
ONCE = (
    "把健康度低于60的客户标记为“风险”",
    "罗佳的任务全部标记完成",
    "Tag all customers in the east with a health score under 40 as risky",
    "把华东客户归入重点客户池",
)


@pytest.mark.parametrize("text", RULES)
def test_what_holds_from_now_on_is_a_rule(ask: Callable[..., ModelReply], text: str) -> None:
    assert [call.name for call in ask(text).calls] == ["deploy_rule"]


@pytest.mark.parametrize("text", ONCE)
def test_what_is_to_be_done_once_is_none(ask: Callable[..., ModelReply], text: str) -> None:
    assert "deploy_rule" not in [call.name for call in ask(text).calls]


@pytest.mark.parametrize(
    ("text", "tool", "args"),
    [
        (
            "批准规则R12，因为续约季需要",
            "vote_on_rule",
            {"rule": "R12", "agree": "true", "reason": "续约季需要"},
        ),
        (
            "反对规则R12，因为打扰客户",
            "vote_on_rule",
            {"rule": "R12", "agree": "false", "reason": "打扰客户"},
        ),
        ("批准规则R12", "vote_on_rule", {"rule": "R12", "agree": "true"}),
        (
            "approve rule R12 because it is renewal season",
            "vote_on_rule",
            {"rule": "R12", "agree": "true", "reason": "it is renewal season"},
        ),
        (
            "reject rule R12, too many mails",
            "vote_on_rule",
            {"rule": "R12", "agree": "false", "reason": "too many mails"},
        ),
        ("R3 改了什么", "list_rules", {"rule": "R3", "what": "diff"}),
        (
            "比较规则R3@1和R3@2",
            "list_rules",
            {"rule": "R3@1", "against": "R3@2", "what": "diff"},
        ),
        (
            "compare rule R3@1 with R3@2",
            "list_rules",
            {"rule": "R3@1", "against": "R3@2", "what": "diff"},
        ),
        ("what changed in rule R3", "list_rules", {"rule": "R3", "what": "diff"}),
        ("规则月报", "rule_health", {"month": "this"}),
        ("上个月的规则月报", "rule_health", {"month": "last"}),
        ("2026年11月规则月报", "rule_health", {"month": "2026年11月"}),
        ("monthly rule report", "rule_health", {"month": "this"}),
        ("rule report for last month", "rule_health", {"month": "last"}),
        ("rules report for 2026-11", "rule_health", {"month": "2026-11"}),
        ("规则健康度", "rule_health", {}),
        ("rule health", "rule_health", {}),
        ("接管规则R3", "retire_rule", {"rule": "R3", "to": "taken_over"}),
        ("take over rule R3", "retire_rule", {"rule": "R3", "to": "taken_over"}),
    ],
)
def test_what_is_said_of_a_rule_by_its_name(text: str, tool: str, args: dict[str, str]) -> None:
    assert about_rules(text) == (ToolCall(name=tool, args=args),)
