"""No word of a rule is dropped: it is in the contract and the read-back, or it is asked about."""

import pytest

from knowledge_graph.language.rules.compiler import RuleCompiler
from knowledge_graph.language.rules.results import RuleAsk, RuleCompiled

SENTENCES = [
    "健康度低于60的客户，加入流失预警池。",
    "客户提交P1工单时，通知客服主管，2小时后通知销售总监。",
    "每周五上午10点，向客户成功经理推送A级客户的周报。",
    "除非客户已流失，否则距续约不足90天时，给客户成功经理创建任务，3天内完成。",
    "如果NPS低于0，打标签“贬损者”，否则打标签“正常”。",
    "近3个月采购额环比下降20%以上的客户，通知负责销售",
    "工单优先级为高时，给负责人建任务打电话给客户",
    "If NPS is below 0, tag them as detractor.",
    "When a P1 ticket is created, notify the support lead and 2 hours later notify the sales director.",
    "Every Friday at 10am push the weekly digest to the CSM of tier A customers.",
    "Unless the customer is tier D, assign deals stuck in negotiation for more than 21 days to the sales director.",
    "If NPS is below 0 notify the CSM, otherwise do nothing.",
    "Create a task for the account owner to call the customer when a ticket is P1.",
]  # fmt: skip


def planted(text: str) -> list[tuple[str, str]]:
    """Return the sentence with a word that nobody knows at each of its places."""
    if text[0].isascii():
        places = [at for at in range(len(text) + 1) if at in {0, len(text)} or text[at] == " "]
        return [("blorf", f"{text[:at]} blorf {text[at:]}") for at in places]
    return [("魑魅", f"{text[:at]}魑魅{text[at:]}") for at in range(0, len(text) + 1, 2)]


@pytest.mark.parametrize("text", SENTENCES)
def test_an_unknown_word_anywhere_is_said_back(text, compiler: RuleCompiler, context) -> None:
    assert isinstance(compiler.compile(text, context), RuleCompiled)
    for word, sentence in planted(text):
        result = compiler.compile(sentence, context)
        said = result.readback if isinstance(result, RuleCompiled) else result.text
        assert word in said, (sentence, result)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Notify deals the CSM if NPS is below 0", "deals"),
        ("健康度低于60的页面客户，加入流失预警池。", "页面"),
        ("健康度低于50时，提醒负责销售将客户归入重点客户", "归入"),
        ("健康度低于60时，回访加入流失预警池。", "回访"),
    ],
)
def test_a_known_word_that_nothing_is_said_of_is_asked_about(
    text, word, compiler: RuleCompiler, context
) -> None:
    result = compiler.compile(text, context)
    assert isinstance(result, RuleAsk), result
    assert word in result.text


@pytest.mark.parametrize(
    ("text", "args", "note"),
    [
        (
            "When a ticket is high priority, create a task for the owner to call the customer",
            {"role": "account_owner", "title": "call the customer"},
            None,
        ),
        (
            "工单优先级为高时，给负责人建任务打电话给客户，2天内完成",
            {"role": "account_owner", "title": "打电话给客户", "due_days": 2},
            None,
        ),
        ("提醒负责销售拜访A级客户", {"role": "account_owner"}, "拜访"),
        ("If NPS is below 0, create a task for the CSM to follow up", {"role": "csm"}, "follow up"),
        (
            "If NPS is below 0, remind the CSM to add the customer to key accounts",
            {"role": "csm"},
            "add the customer to key accounts",
        ),
    ],
)
def test_what_people_are_asked_to_do_is_kept(
    text, args, note, compiler: RuleCompiler, context
) -> None:
    result = compiler.compile(text, context)
    assert isinstance(result, RuleCompiled), result
    (action,) = result.contract.actions
    assert (dict(action.args), action.note) == (args, note)
    assert str(note or args["title"]) in result.readback
    again = compiler.compile(result.readback, context)
    assert isinstance(again, RuleCompiled)
    assert again.contract.actions == result.contract.actions


@pytest.mark.parametrize(
    "text",
    [
        "If NPS is below 0, remind the CSM to visit customers above 5 million",
        "When a ticket is P1, notify the support lead within 2 days",
        "Customers with purchases over 300 in the last 3 months get tagged as big.",
    ],
)
def test_a_comparison_a_period_or_a_bare_amount_is_asked_about(
    text, compiler: RuleCompiler, context
) -> None:
    assert isinstance(compiler.compile(text, context), RuleAsk)


@pytest.mark.parametrize(
    ("text", "readback"),
    [
        (
            "客户提交工单后，立即通知客服主管；若优先级为紧急，2小时后再通知销售总监。",
            "同时2小时后通知销售总监",
        ),
        ("合同到期前30天，给负责销售推送续约材料包。", "距续约天数是30天"),
        ("Notify the CSM 30 days before renewal.", "days to renewal is 30 days"),
        ("工作日每天8:30，通知客服主管查看未关闭的P1工单。", "工单优先级是P1"),
        (
            "For customers in Germany whose contract value exceeds 3 million, assign to the sales director.",
            "contract's contract value is over 3,000,000",
        ),
        ("Move customers who spent over 2 million RMB this year to key accounts.", "total order amount"),
        ("If line OEE is below 70% for at least 5 days in a row, notify the CSM.", "5 consecutive days"),
        ("A deal with a win probability under 20% goes to the nurture pool.", "if opportunity's win"),
    ],
)  # fmt: skip
def test_is_read_as_it_was_said(text, readback, compiler: RuleCompiler, context) -> None:
    result = compiler.compile(text, context)
    assert isinstance(result, RuleCompiled), result
    assert readback in result.readback


def test_a_known_word_in_the_wrong_place_is_not_offered(compiler: RuleCompiler, context) -> None:
    result = compiler.compile("如果欠款超过信用额度通知财务", context)
    assert isinstance(result, RuleAsk)
    assert not [offer for offer in result.offers if "欠款" in offer]
