"""The rule committee: n of m with reasons, never the author alone; nothing waits for ever or slips by."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_graph.ontology.access import Actor, Role
from knowledge_graph.rules.governance import CommitteePolicy
from tests.unit.tools.rules.scene import DIRECTOR, Scene, build_scene
from tools.outcomes import ApprovalRequired, ToolFailed, ToolOk, ToolResult

SEND = "当客户健康度低于60时，给客户发送续约材料包"
ANN, BOB = Actor(role=Role.MANAGER, id="ann"), Actor(role=Role.SALES, id="bob")


@pytest.fixture
async def scene(tmp_path: Path) -> Scene:
    members = ("ann", "owner:bob", DIRECTOR.id)
    return await build_scene(tmp_path, committee=CommitteePolicy(members=members, quorum=2))


async def vote(scene: Scene, who: Actor, reason: str = "同意", *, agree: bool = True) -> ToolResult:
    scene.actor = who
    found = await scene.call("vote_on_rule", rule="R1", agree=agree, reason=reason)
    scene.actor = DIRECTOR
    return found


async def state(scene: Scene, ref: str = "R1@1") -> object:
    return (await scene.values("rule", ref)).get("state")


async def test_the_proposal_names_who_has_to_agree_and_until_when(scene: Scene) -> None:
    found = await scene.call("deploy_rule", sentence=SEND)
    assert isinstance(found, ApprovalRequired)
    assert "ann、bob 中 2 人" in found.warnings[-1]
    assert "2026-12-07" in found.warnings[-1]


async def test_the_author_does_not_count_in_whatever_role(scene: Scene) -> None:
    await scene.deploy(SEND)
    for role in (Role.OWNER, Role.SALES):
        mine = await vote(scene, Actor(role=role, id=DIRECTOR.id))
        assert isinstance(mine, ToolFailed)
        assert "ann, bob" in mine.text
    await vote(scene, ANN)
    assert await state(scene) == "confirmed"
    await vote(scene, BOB)
    assert await state(scene) == "active"
    kept = await scene.values("rule", "R1@1")
    assert kept["reason"] == "ann ✓ 同意; bob ✓ 同意"


async def test_one_no_too_many_ends_it(scene: Scene) -> None:
    await scene.deploy(SEND)
    told = await vote(scene, ANN, "太打扰客户", agree=False)
    assert isinstance(told, ToolOk)
    assert await state(scene) == "retired"
    assert "太打扰客户" in str((await scene.values("rule", "R1@1"))["reason"])


async def test_the_members_are_told_once(scene: Scene) -> None:
    await scene.deploy(SEND)
    await scene.service.step()
    scene.actor = ANN
    inbox = await scene.call("list_rules", what="inbox")
    assert isinstance(inbox, ToolOk)
    assert inbox.data == {"count": 1}
    assert inbox.table is not None
    assert "批准规则R1" in inbox.table.rows[0][3]


async def test_what_nobody_decides_on_lapses(scene: Scene) -> None:
    await scene.deploy(SEND)
    scene.at("2026-12-07T08:59:00+00:00")
    await scene.service.step()
    assert await state(scene) == "confirmed"
    scene.at("2026-12-07T09:00:00+00:00")
    await scene.service.step()
    assert await state(scene) == "retired"
    assert isinstance(await vote(scene, ANN), ToolFailed)


async def test_a_committee_that_cannot_agree_is_said_at_once(tmp_path: Path) -> None:
    scene = await build_scene(tmp_path, committee=CommitteePolicy(members=("ann",), quorum=2))
    found = await scene.call("deploy_rule", sentence=SEND)
    assert isinstance(found, ApprovalRequired)
    assert "GUANXI_RULE_COMMITTEE" in found.warnings[-1]


async def test_pausing_and_resuming_is_no_way_around_the_committee(scene: Scene) -> None:
    await scene.deploy(SEND)
    assert isinstance(await scene.call("retire_rule", rule="R1", to="paused"), ToolFailed)
    assert isinstance(await scene.call("retire_rule", rule="R1", to="active"), ToolFailed)
    assert isinstance(await scene.call("retire_rule", rule="R1", to="taken_over"), ToolFailed)


async def test_rolling_back_is_no_way_around_the_committee(scene: Scene) -> None:
    await scene.deploy(SEND)
    await vote(scene, ANN, "不", agree=False)
    await scene.confirm(
        await scene.call("deploy_rule", rule="R1", sentence="当客户健康度低于60时，归入流失预警池")
    )
    assert await state(scene, "R1@2") == "active"
    await scene.confirm(await scene.call("retire_rule", rule="R1", to="rollback"))
    assert await state(scene, "R1@3") == "confirmed"
    assert await state(scene, "R1@2") == "active"


async def test_a_rule_ends_with_its_last_day(scene: Scene) -> None:
    await scene.deploy("当客户健康度低于60时，归入流失预警池，至2026年11月30日止")
    scene.at("2026-11-30T15:59:00+00:00")
    await scene.service.step()
    assert await state(scene) == "active"
    scene.at("2026-11-30T16:00:00+00:00")  # 1 December in Shanghai
    await scene.service.step()
    assert await state(scene) == "retired"
