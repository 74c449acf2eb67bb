"""Two versions of a rule: the difference in words, the impact, the committee, the dictionary under them."""

from dataclasses import replace
from datetime import date

import pytest

from knowledge_graph.language.rules.compiler import RuleCompiler
from knowledge_graph.language.rules.definitions import Definition, define, with_definition
from knowledge_graph.rules.contract import Validity
from knowledge_graph.rules.difference import differences
from knowledge_graph.rules.governance import CommitteePolicy, Vote, approval_of, red_line_of
from knowledge_graph.rules.impact import Hits, impact
from knowledge_graph.rules.renaming import touched_by
from knowledge_graph.rules.ruleset import RuleSet

OLD = "A级且健康度低于60的客户归入流失预警池，并每周五10点向客户成功经理推送OEE简报"
NEW = "A级且健康度低于50的客户归入流失预警池，并通知客户负责人"


def test_difference_in_words(named, rule_compiler) -> None:
    old, new = named("r", OLD), named("r", NEW)
    zh = differences(old, new, rule_compiler.vocabulary, "zh")
    assert len(zh) == 3
    assert "60" in zh[0]
    assert "50" in zh[0]
    assert zh[1].startswith("不再执行：每周五10:00")
    assert zh[2].startswith("新增执行：通知")
    en = differences(old, new, rule_compiler.vocabulary, "en")
    assert en[0].startswith("A condition changes from")
    assert en[1].startswith("No longer done: push")


def test_added_and_removed_clauses_and_limits(named, rule_compiler) -> None:
    old = named("r", "A级且健康度低于60的客户，通知客户成功经理")
    new = replace(named("r", "健康度低于60且NPS低于0的客户，通知客户成功经理"), budget=20)
    new = replace(new, validity=Validity(start=date(2026, 3, 1)))
    told = differences(old, new, rule_compiler.vocabulary, "zh")
    assert [text[:4] for text in told] == ["去掉条件", "新增条件", "有效期由", "每日动作"]


def test_same_meaning_in_other_words(named, rule_compiler) -> None:
    old = named("r", "健康度低于60的客户，通知客户成功经理")
    new = named("r", "如果客户的健康度不到60，就提醒客户成功经理")
    assert differences(old, new, rule_compiler.vocabulary, "en") == (
        "Only the words changed; the meaning is the same.",
    )
    assert differences(old, old, rule_compiler.vocabulary, "en") == ()


def test_trigger_and_else_are_told(named, rule_compiler) -> None:
    old = named("r", "客户下单时，如果健康度低于60，则通知客户成功经理，否则打标签“好”")
    new = named("r", "每天9点，如果健康度低于60，则通知客户成功经理")
    told = differences(old, new, rule_compiler.vocabulary, "zh")
    assert told[0].startswith("触发时机由“下单”改为“每天09:00”") or told[0].startswith("触发时机")
    assert any(text.startswith("否则部分") for text in told)


def test_impact_before_a_change(named, dictionary) -> None:
    old, new = named("r", OLD), named("r", NEW)
    rules = RuleSet.build([named("r12", "在流失预警池的客户，通知客服主管"), old], dictionary)
    hits = Hits(before=frozenset("abc"), after=frozenset("cd"))
    found = impact(old, new, hits, rules)
    assert (found.enter, found.leave, found.stay) == (("d",), ("a", "b"), 1)
    assert found.schedules_stopped == 3
    assert found.readers == ("r12@1",)
    assert found.told("zh") == (
        "1 个客户进入流失预警，2 个客户离开流失预警，3 个定时动作停止，规则 r12@1 会读取这些结果。"
    )
    assert found.told("en") == (
        "1 customer enters churn watch, 2 customers leave churn watch, 3 schedules stop, "
        "r12@1 reads what it changes."
    )


def test_impact_of_a_new_and_of_a_retired_rule(named, dictionary) -> None:
    rule, rules = named("r", OLD), RuleSet.build([], dictionary)
    hits = Hits(before=frozenset("ab"), after=frozenset("ab"))
    assert impact(None, rule, hits, rules).schedules_started == 2
    assert impact(rule, None, hits, rules).leave == ("a", "b")
    assert impact(rule, rule, hits, rules).is_none
    assert impact(rule, rule, hits, rules).told("en") == "No customer is affected."


def test_committee_decides_n_of_m(named) -> None:
    rule = replace(named("r", "A级客户，给客户发送续约材料包"), author="ann")
    assert rule.governance == "outbound"
    policy = CommitteePolicy(members=("ann", "bo", "cy", "di"), quorum=2)
    bo = Vote(by="bo", yes=True, reason="fine")
    assert approval_of(named("r", "A级客户打标签“x”"), [], policy).outcome == "not_needed"
    assert approval_of(rule, [bo, Vote(by="ann", yes=True, reason="mine")], policy).missing == 1
    assert approval_of(rule, [bo, Vote(by="cy", yes=True, reason="")], policy).outcome == "open"
    assert (
        approval_of(rule, [bo, Vote(by="cy", yes=True, reason="ok")], policy).outcome == "granted"
    )
    no = [Vote(by=m, yes=False, reason="too broad") for m in ("cy", "di")]
    assert approval_of(rule, [bo, *no], policy).outcome == "refused"
    assert approval_of(rule, [], CommitteePolicy()).outcome == "open"


def test_red_line_by_what_a_rule_writes(named, dictionary) -> None:
    assert red_line_of(named("r", NEW), dictionary) is None


MEANINGS = [
    ("'大客户' means tier A or purchases over 10 million a year", "如果是大客户且健康度低于60，通知负责销售"),
    ("“大客户”是指A级或近一年采购额超过1000万的客户", "大客户健康度低于60时，通知负责销售。"),
    ("at risk means health score below 60 and NPS below 0", "When a customer is at risk, notify the CSM."),
    ("“沉默客户”定义为近90天没有下单的客户", "沉默客户加入休眠池"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "rule"), MEANINGS)
def test_new_word_by_sentence(sentence, rule, dictionary, rule_compiler, context, named) -> None:
    meaning = define(sentence, rule_compiler, context)
    assert isinstance(meaning, Definition), meaning
    wider = with_definition(dictionary, meaning)
    assert wider.version == dictionary.version + 1
    compiler = RuleCompiler(wider)
    result = compiler.compile(rule, context)
    assert result.contract.condition is not None, result  # type: ignore[union-attr]
    query = compiler.language.query(meaning.name, entity="customer", context=context)
    assert query.value.condition == meaning.condition  # type: ignore[union-attr]
    other = replace(
        meaning,
        condition=rule_compiler.compile("健康度低于5的客户打标签“x”", context).contract.condition,
    )  # type: ignore[union-attr]
    deployed = replace(named("r", "A级客户打标签“x”"), contract=result.contract)  # type: ignore[union-attr]
    deployed = replace(deployed, source=replace(deployed.source, text=rule))
    assert touched_by(compiler, [deployed], context) == ()
    changed = RuleCompiler(with_definition(dictionary, other))
    assert [t.how for t in touched_by(changed, [deployed], context)] == ["changed"]
    assert [t.how for t in touched_by(rule_compiler, [deployed], context)] == ["no_longer_read"]


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("“重要客户”是指很大的客户", "vague_term"),
        ("“A级”是指NPS大于5的客户", "ambiguous_term"),
        ("“高危”是指A级或华东且健康度低于60的客户", "ambiguous_scope"),
        ("通知大客户的负责人", "missing_argument"),
        ("“怪客户”是指健康度大于100的客户", "contradiction"),
        ("“贵客”是指近一年采购额超过500的客户", "missing_unit"),
        ("“敏感客户”是指身份证号为空的客户", "special_category"),
    ],
)
def test_definition_that_is_asked_back_or_refused(sentence, reason, rule_compiler, context) -> None:
    result = define(sentence, rule_compiler, context)
    assert not isinstance(result, Definition)
    assert reason in {getattr(result, "reason", None), getattr(result, "red_line", None)}


def test_amounts_are_not_counted(rule_compiler, context) -> None:
    result = rule_compiler.compile(
        "If purchases over 10 million in the last 12 months, notify the CSM.", context
    )
    assert result.contract.condition.term.agg == "sum"  # type: ignore[union-attr]
