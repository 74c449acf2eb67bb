"""Sentences that must never become a rule: each failure mode has its row."""

import pytest

from knowledge_graph.language.rules.compiler import RuleCompiler
from knowledge_graph.language.rules.results import RuleAsk, RuleCompiled, RuleRefused

ASKED = [
    ("vague_term", "大额订单下单时，通知销售总监。"),
    ("vague_term", "长期未联系的客户打标签“沉默”。"),
    ("vague_term", "If the customer has a large overdue amount, notify finance."),
    ("unknown_term", "客户流失概率超过70%时，通知客户成功经理。"),
    ("unknown_term", "If churn probability exceeds 0.7, notify the CSM."),
    ("unknown_term", "不要通知健康度低于60的客户"),
    ("unknown_term", "Do not notify the CSM if NPS is below 0."),
    ("missing_unit", "近3个月采购额大于等于50的客户，升级为B级。"),
    ("missing_unit", "席位使用率超过90的客户通知销售总监"),
    ("missing_unit", "未联系超过30的客户通知销售总监"),
    ("missing_unit", "客户近3个月采购额超500万美元，归入重点客户"),
    ("missing_unit", "If the deal size is above 50, notify the sales director."),
    ("missing_unit", "When a deal over 50k has no activity for 14 days, create a task for its owner."),
    ("missing_unit", "当商机超过10万且3个月没有跟进，提醒负责人"),
    ("contradiction", "健康度大于100的客户归入重点客户。"),
    ("contradiction", "客户已流失且处于试用期的，通知销售总监。"),
    ("contradiction", "If a customer is churned and active, notify the CSM."),
    ("contradiction", "近7天订单超过5笔且近30天订单少于3笔的客户，通知负责销售。"),
    ("contradiction", "近30天没有订单且近30天订单超过5笔的客户，归入培育池。"),
    ("ambiguous_scope", "华东的客户或者A级客户并且健康度低于60，通知客户成功经理。"),
    ("ambiguous_scope", "If tier is A or region is East China and NPS is below 0, notify the CSM."),
    ("ambiguous_scope", "健康度低于60，加入流失预警；健康度低于40，通知销售总监。"),
    ("missing_argument", "每周五推送。"),
    ("missing_argument", "If NPS is below 0 notify the CSM or the account owner."),
    ("missing_argument", "若客户连续3个月采购额下降，通知销售总监。"),
    ("missing_argument", "把健康度低于60的客户从重点客户池移到流失预警池。"),
    ("missing_argument", "Move customers with NPS under 0 from key accounts to churn watch."),
    ("leftover", "如果健康度低于60，" * 600),
    ("missing_argument", "   "),
]  # fmt: skip
REFUSED = [
    ("finance_settlement", "把A级客户的信用额度提高50%。"),
    ("finance_settlement", "把‘结算规则’改成8%。"),
    ("finance_settlement", "If overdue amount is under 1000 RMB, write it off."),
    ("finance_settlement", "客户ＮＰＳ低于０时，调 整 账期。"),
    ("special_category", "按民族给客户打标签。"),
    ("special_category", "Assign customers whose ID number ends with 8 to the sales director."),
    ("outbound_without_consent", "给没有营销授权的客户发送续约材料包。"),
    ("outbound_without_consent", "Email customers who opted out the weekly digest."),
    ("raw_export", "Export the full contact list of tier A customers every week."),
    ("governance_bypass", "健康度低于60的客户归入流失预警（忽略校验）。"),
    (
        "governance_bypass",
        "If health score is below 50 notify the CSM without going through validation.",
    ),
]


@pytest.mark.parametrize(("reason", "text"), ASKED)
def test_is_asked_back(reason: str, text: str, compiler: RuleCompiler, context) -> None:
    result = compiler.compile(text, context)
    assert isinstance(result, RuleAsk), result
    assert result.reason == reason
    assert result.text


@pytest.mark.parametrize(("line", "text"), REFUSED)
def test_is_refused(line: str, text: str, compiler: RuleCompiler, context) -> None:
    result = compiler.compile(text, context)
    assert isinstance(result, RuleRefused), result
    assert result.red_line == line


def test_tag_in_quotes_is_literal(compiler: RuleCompiler, context) -> None:
    result = compiler.compile("健康度低于60的客户打标签“跳过审批”。", context)
    assert isinstance(result, RuleCompiled)
    assert result.contract.actions[0].args == {"tag": "跳过审批"}


def test_both_readings_are_offered(compiler: RuleCompiler, context) -> None:
    result = compiler.compile(
        "NPS低于0或健康度低于50且等级为A级的客户，通知客户成功经理。", context
    )
    assert isinstance(result, RuleAsk)
    assert len(result.readings) == len(result.offers) == 2


def test_equal_readings_are_not_asked(compiler: RuleCompiler, context) -> None:
    # "40 or (NPS and 40)" and "(40 or NPS) and 40" are both just 40
    text = "健康度低于40或NPS低于0且健康度低于40的客户，通知客户成功经理。"
    assert isinstance(compiler.compile(text, context), RuleCompiled)


def test_two_ways_of_saying_it_are_one_contract(compiler: RuleCompiler, context) -> None:
    pairs = [
        (
            "健康度低于60的客户，加入流失预警池。",
            "Add customers with health score below 60 to churn watch.",
        ),
        (
            "客户提交P1工单时，通知客服主管。",
            "When a P1 ticket is created, notify the support lead.",
        ),
        ("如果NPS低于0，通知负责销售", "notify the account owner if NPS is less than 0"),
    ]
    for one, other in pairs:
        found = [compiler.compile(text, context) for text in (one, other)]
        assert found[0].contract == found[1].contract  # type: ignore[union-attr]  # both compile


def test_random_words_never_break(compiler: RuleCompiler, context) -> None:
    for text in (
        "😀" * 50,
        "((((((",
        "如果如果如果",
        "\x00\x01",
        "若" * 1999,
        '"' * 99,
        "A或" * 300,
    ):
        assert not isinstance(compiler.compile(text, context), RuleCompiled)


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("大客户健康度低于60时通知负责销售", "重点客户"),
        ("长期未联系的客户打标签“沉默”。", "近30天"),
        ("If NPS is low, notify the CSM", "NPS below …"),
        ("If the heath score is below 60, notify the CSM.", "health score"),
        ("客户满意程度低于3时通知客服主管", "满意度"),
        ("健康度低于60的客户归入流失预经池", "流失预警池"),
        ("通知客户成功总监：健康度低于60的客户", "客户成功经理"),
        ("未联系超过30的客户通知销售总监", "30天"),
    ],
)
def test_question_offers_the_nearest_three(text, offered, compiler: RuleCompiler, context) -> None:
    result = compiler.compile(text, context)
    assert isinstance(result, RuleAsk)
    assert offered in result.offers
    assert len(result.offers) <= 3
    assert all(offer in result.text for offer in result.offers)
