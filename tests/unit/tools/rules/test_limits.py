"""What keeps rules in bounds: budgets, cooldowns, loops, two writers, leaving, dates, the committee, bad events."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from knowledge_graph.errors import BadInputError
from knowledge_graph.ontology.access import Actor, Role
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.rule_ports import RuleEvent
from knowledge_graph.rules.governance import CommitteePolicy
from tests.unit.tools.rules.scene import Scene, build_scene
from tools.outcomes import ApprovalRequired, ToolFailed, ToolOk, ToolQuestion

LOW = "当客户健康度低于60时，归入流失预警池"
SUN = RecordRef(kind="account", id="sun")


@pytest.fixture
async def scene(tmp_path: Path) -> Scene:
    return await build_scene(tmp_path)


def paid(number: int, amount: float = 500) -> RuleEvent:
    return RuleEvent(
        id=f"p{number}",
        kind="order.paid",
        subject=SUN,
        at="2026-11-23T09:00:00Z",
        values={"order.amount": amount, "order.id": f"n{number}"},
    )


async def test_leaving_takes_out_of_the_pool_when_the_sentence_says_so(scene: Scene) -> None:
    await scene.deploy(f"{LOW}，不再符合时移出。")
    assert (await scene.values("account", "food"))["pools"] == ("churn_watch",)
    await scene.change("account", "food", health_score=90)
    await scene.service.step()
    assert not (await scene.values("account", "food")).get("pools")


async def test_leaving_keeps_the_pool_when_nothing_is_said(scene: Scene) -> None:
    await scene.deploy(LOW)
    await scene.change("account", "food", health_score=90)
    await scene.service.step()
    assert (await scene.values("account", "food"))["pools"] == ("churn_watch",)


async def test_a_policy_takes_effect_on_its_day(scene: Scene) -> None:
    await scene.deploy(f"自2026年12月1日起，{LOW}")
    assert not (await scene.values("account", "food")).get("pools")
    scene.at("2026-11-30T16:00:01+00:00")  # 1 December in Shanghai
    await scene.service.step()
    assert (await scene.values("account", "food"))["pools"] == ("churn_watch",)


async def test_beyond_the_budget_effects_are_held(scene: Scene) -> None:
    await scene.deploy(LOW, limits="budget=1")
    filled = [(await scene.values("account", a)).get("pools") for a in ("near", "food")]
    assert sorted(filled, key=str) == sorted([None, ("churn_watch",)], key=str)
    health = await scene.call("rule_health")
    assert isinstance(health, ToolOk)
    assert "1 个等人处理" in health.text


async def test_a_rule_rests_for_the_same_customer(scene: Scene) -> None:
    await scene.deploy("当客户付款时，通知客户成功经理", limits="cooldown=7 day")
    await scene.service.runtime.ingest([paid(1), paid(2)])
    scene.at("2026-11-30T08:59:59+00:00")
    await scene.service.runtime.ingest([paid(3)])
    assert len(await scene.journal.firings()) == 1
    scene.at("2026-11-30T09:00:00+00:00")
    await scene.service.runtime.ingest([paid(4)])
    assert len(await scene.journal.firings()) == 2


async def test_an_event_counts_once_however_often_it_is_sent(scene: Scene) -> None:
    await scene.deploy("当客户付款时，通知客户成功经理")
    assert await scene.service.runtime.ingest([paid(1), paid(1)]) == 1
    assert await scene.service.runtime.ingest([paid(1)]) == 0
    assert await scene.restarted().service.runtime.ingest([paid(1)]) == 0
    assert len(await scene.journal.firings()) == 1


async def test_orders_reported_as_events_count_in_windows_also_after_a_restart(
    scene: Scene,
) -> None:
    await scene.deploy("当近3个月采购额超600万元时，归入重点客户池")
    await scene.service.runtime.ingest([paid(1, 300_000)])
    again = scene.restarted()
    await again.service.runtime.ingest([paid(2, 300_000)])
    await again.service.step()
    assert (await scene.values("account", "sun"))["pools"] == ("key_accounts",)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "order.exploded"},
        {"id": ""},
        {"at": "2027-01-01T00:00:00Z"},
        {"at": "yesterday"},
        {"values": {"order.amount": float("nan")}},
        {"values": {"customer.nonsense": 1}},
        {"values": {"order.notes": "x" * 3000}},
    ],
)
async def test_what_is_no_event_is_refused_and_nothing_of_its_batch_is_kept(
    scene: Scene, change: dict[str, object]
) -> None:
    bad = replace(paid(2), **change)  # type: ignore[arg-type]
    with pytest.raises(BadInputError):
        await scene.service.runtime.ingest([paid(1), bad])
    assert await scene.journal.unseen(["p1"]) == {"p1"}


async def test_two_rules_do_not_write_one_value_because_of_one_cause(scene: Scene) -> None:
    await scene.deploy("当客户健康度低于60时，调整为C级")
    blocked = await scene.call("deploy_rule", sentence="当客户健康度低于40时，调整为D级")
    assert isinstance(blocked, ToolFailed)
    assert "R1@1" in blocked.text
    assert "Fresh Food" in blocked.text


async def test_the_committee_decides_on_what_goes_out(tmp_path: Path) -> None:
    members = ("owner:ann", "owner:bob", "owner:cy")
    scene = await build_scene(tmp_path, committee=CommitteePolicy(members=members, quorum=2))
    result = await scene.call("deploy_rule", sentence="当客户健康度低于60时，给客户发送续约材料包")
    assert isinstance(result, ApprovalRequired), result
    await scene.confirm(result)
    assert (await scene.values("rule", "R1@1"))["state"] == "confirmed"
    assert await scene.journal.firings() == ()
    assert isinstance(await scene.call("vote_on_rule", rule="R1", reason="mine"), ToolFailed)
    scene.actor = Actor(role=Role.OWNER, id="ann")
    assert isinstance(await scene.call("vote_on_rule", rule="R1"), ToolQuestion)
    first = await scene.call("vote_on_rule", rule="R1", reason="续约季需要")
    assert isinstance(first, ToolOk)
    assert first.data is not None
    assert first.data["missing"] == 1
    scene.actor = Actor(role=Role.OWNER, id="bob")
    second = await scene.call("vote_on_rule", rule="R1", reason="同意")
    assert isinstance(second, ToolOk)
    assert (await scene.values("rule", "R1@1"))["state"] == "active"
    await scene.service.step()
    told = await scene.journal.messages(())
    assert {m.kind for m in told} == {"approval", "draft"}  # nothing leaves the system by itself
    assert {m.to for m in told if m.kind == "approval"} == {"user:ann", "user:bob", "user:cy"}


async def test_a_new_version_tells_what_differs_and_whom_it_affects(scene: Scene) -> None:
    await scene.deploy(LOW)
    result = await scene.call("deploy_rule", rule="R1", sentence=LOW.replace("60", "40"))
    assert isinstance(result, ApprovalRequired)
    told = "\n".join(result.warnings)
    assert "60" in told
    assert "40" in told
    assert "1 个客户离开流失预警" in told
    await scene.confirm(result)
    assert (await scene.values("rule", "R1@1"))["state"] == "retired"
    rolled = await scene.call("retire_rule", rule="R1", to="rollback")
    await scene.confirm(rolled)
    assert (await scene.values("rule", "R1@3"))["state"] == "active"


@pytest.mark.parametrize(
    "sentence",
    [
        "当" + "客户健康度低于60且" * 1200,
        "🙂" * 300,
        "当客户hеalth低于60时，通知客户成功经理",  # a Cyrillic е
        "",
    ],
)
async def test_bad_sentences_are_asked_about_and_keep_nothing(scene: Scene, sentence: str) -> None:
    found = await scene.call("deploy_rule", sentence=sentence[:10_000])
    assert isinstance(found, ToolQuestion | ToolFailed), found
    assert await scene.values("rule", "R1@1") == {}


async def test_full_width_digits_mean_what_they_say(scene: Scene) -> None:
    shown = await scene.call("preview_rule", sentence="当客户健康度低于６０时，通知客户成功经理")
    assert isinstance(shown, ToolOk)
    assert shown.data is not None
    assert shown.data["hits"] == 2


async def test_a_contract_that_was_tampered_with_never_runs(scene: Scene) -> None:
    await scene.deploy(LOW)
    held = await scene.values("rule", "R1@1")
    await scene.change("rule", "R1@1", contract=str(held["contract"]).replace("60", "99"))
    again = scene.restarted()
    await again.service.step()
    assert again.service.runtime.rules == {}
    listed = await again.call("list_rules")
    assert isinstance(listed, ToolOk)
    assert "R1@1" in listed.text
