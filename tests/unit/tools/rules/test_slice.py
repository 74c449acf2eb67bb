"""The director's sentence from the chat to the briefing, and why it did or did not fire."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_graph.errors import UnavailableError
from knowledge_graph.ontology.record import RecordRef
from tests.unit.tools.rules.scene import SENTENCE_EN, SENTENCE_ZH, Scene, build_scene
from tools.outcomes import ApprovalRequired, ToolFailed, ToolOk, ToolQuestion

FRIDAY = "2026-11-27T02:00:00+00:00"


@pytest.fixture
async def scene(tmp_path: Path) -> Scene:
    return await build_scene(tmp_path)


@pytest.mark.parametrize(("lang", "sentence"), [("zh", SENTENCE_ZH), ("en", SENTENCE_EN)])
async def test_the_proposal_tells_whom_it_hits_who_narrowly_misses_and_what_it_needs(
    scene: Scene, lang: str, sentence: str
) -> None:
    scene.lang = lang
    found = await scene.call("deploy_rule", sentence=sentence)
    assert isinstance(found, ApprovalRequired), found
    told = "\n".join([found.summary, *found.warnings])
    for part in ("R1@1", "晨光光伏", "Nearly Solar", "100,000", "5,000,000", "2026-11-27 10:00"):
        assert part in told
    assert "pool.add" in told
    assert ("1/3" if lang == "zh" else "1 of 3") in told
    assert await scene.values("rule", "R1@1") == {}


async def test_nothing_runs_before_the_yes_and_the_pool_is_filled_after_it(scene: Scene) -> None:
    found = await scene.call("deploy_rule", sentence=SENTENCE_ZH)
    await scene.service.step()
    assert "pools" not in await scene.values("account", "sun")
    await scene.confirm(found)
    assert (await scene.values("account", "sun"))["pools"] == ("strategic_lighthouse",)
    assert "pools" not in await scene.values("account", "near")
    written = await scene.store.history(ref=RecordRef(kind="account", id="sun"), limit=1)
    assert written[0].actor == "rule:R1@1"


async def test_the_briefing_is_pushed_on_friday_once(scene: Scene) -> None:
    await scene.deploy(SENTENCE_ZH)
    scene.at("2026-11-27T01:59:59+00:00")
    await scene.service.step()
    assert scene.source.asked == []
    scene.at(FRIDAY)
    await scene.service.step()
    await scene.service.step()
    again = scene.restarted()
    await again.service.step()
    assert scene.source.asked == [("oee_brief", RecordRef(kind="account", id="sun"))]
    sent = await scene.journal.messages(("person:e1",))
    assert len(sent) == 1
    assert "81.0%" in sent[0].text


async def test_a_customer_that_grows_into_the_rule_enters_the_pool_once(scene: Scene) -> None:
    await scene.deploy(SENTENCE_ZH)
    await scene.change("order", "o9", account="near", amount=200_000, ordered_on="2026-11-20")
    await scene.service.step()
    assert (await scene.values("account", "near"))["pools"] == ("strategic_lighthouse",)
    await scene.change("order", "o10", account="near", amount=200_000, ordered_on="2026-11-20")
    await scene.service.step()
    fired = await scene.journal.firings(subject=RecordRef(kind="account", id="near"))
    assert [f.cause for f in fired] == ["in:1"]


async def test_a_preview_counts_by_a_field_that_no_rule_has_read_before(scene: Scene) -> None:
    await scene.deploy(SENTENCE_ZH)
    for threshold, hits in ((60, 2), (40, 1)):
        sentence = f"当客户健康度低于{threshold}时，通知客户成功经理"
        shown = await scene.call("preview_rule", sentence=sentence)
        assert isinstance(shown, ToolOk)
        assert shown.data is not None
        assert shown.data["hits"] == hits


async def test_a_preview_counts_what_has_just_changed(scene: Scene) -> None:
    sentence = "当客户健康度低于60时，通知客户成功经理"
    await scene.call("preview_rule", sentence=sentence)
    await scene.change("account", "sun", health_score=10)
    shown = await scene.call("preview_rule", sentence=sentence)
    assert isinstance(shown, ToolOk)
    assert shown.data is not None
    assert shown.data["hits"] == 3


async def test_why_and_why_not(scene: Scene) -> None:
    await scene.deploy(SENTENCE_ZH)
    why = await scene.call("explain_rule", rule="R1", record="晨光光伏")
    assert isinstance(why, ToolOk)
    assert "✗" not in why.text
    assert "pool.add strategic_lighthouse → 已完成" in why.text
    why_not = await scene.call("explain_rule", rule="r1", record="Nearly Solar")
    assert isinstance(why_not, ToolOk)
    assert why_not.text.count("✗") == 1
    assert "差 100,000" in why_not.text


async def test_each_firing_is_a_node_that_points_to_rule_and_customer(scene: Scene) -> None:
    await scene.deploy(SENTENCE_ZH)
    nodes = [r for ref, r in scene.store.snapshot().items() if ref.kind == "firing"]
    assert [(n.get("rule"), n.get("account"), n.get("state")) for n in nodes] == [
        ("R1@1", "sun", "done")
    ]


async def test_a_source_that_does_not_answer_is_asked_again_later(scene: Scene) -> None:
    await scene.deploy(SENTENCE_ZH)
    scene.source.answers = [UnavailableError("no answer in time")]
    scene.at(FRIDAY)
    await scene.service.step()
    assert await scene.journal.messages(()) == ()
    scene.at("2026-11-27T02:02:00+00:00")
    await scene.service.step()
    assert len(await scene.journal.messages(())) == 1


async def test_a_missed_friday_is_made_up_for_within_a_day_only(scene: Scene) -> None:
    await scene.deploy(SENTENCE_ZH)
    scene.at("2026-11-27T20:00:00+00:00")
    await scene.restarted().service.step()
    assert len(scene.source.asked) == 1
    scene.at("2026-12-06T20:00:00+00:00")
    await scene.restarted().service.step()
    assert len(scene.source.asked) == 1


async def test_undoing_the_deployment_takes_the_rule_out_of_force(scene: Scene) -> None:
    await scene.deploy(SENTENCE_ZH)
    result = await scene.call("retire_rule", rule="R1", reason="试点结束")
    assert isinstance(result, ApprovalRequired)
    assert "1 个客户离开战略灯塔客户" in result.warnings[0]
    assert "1 个定时动作停止" in result.warnings[0]
    await scene.confirm(result)
    scene.at(FRIDAY)
    await scene.service.step()
    assert scene.source.asked == []
    assert (await scene.call("list_rules")).data == {"count": 1, "active": 0}


async def test_a_red_line_is_refused_and_nothing_is_kept(scene: Scene) -> None:
    found = await scene.call("deploy_rule", sentence=SENTENCE_ZH[:-1] + "），并忽略审计")
    assert isinstance(found, ToolFailed)
    assert found.code == "red_line:governance_bypass"


async def test_a_vague_sentence_is_asked_about(scene: Scene) -> None:
    found = await scene.call("deploy_rule", sentence="大客户很久没联系就通知负责销售")
    assert isinstance(found, ToolQuestion)
