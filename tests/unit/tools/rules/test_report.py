"""The monthly report: what came and went, what rules did, where people had to step in, by team."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_graph.errors import BadInputError
from knowledge_graph.ontology.access import Actor, Role
from tests.unit.tools.rules.scene import MONDAY, RECORDS, Scene, build_scene
from tools.outcomes import ToolFailed, ToolOk
from tools.rules.report import month_of

LOW = "当客户健康度低于60时，归入流失预警池"
RAJ = Actor(role=Role.SALES, id="raj@example.com")


@pytest.fixture
async def scene(tmp_path: Path) -> Scene:
    staff = ("employee", "e2", {"name": "Raj Patel", "email": RAJ.id, "team": "east sales"})
    return await build_scene(tmp_path, (staff, *(r for r in RECORDS if r[1] != "e2")))


async def report(scene: Scene, month: str) -> ToolOk:
    found = await scene.call("rule_health", month=month)
    assert isinstance(found, ToolOk), found
    return found


async def test_a_month_tells_what_came_went_and_was_done(scene: Scene) -> None:
    scene.actor = RAJ
    await scene.deploy(LOW, limits="budget=1")
    await scene.deploy("当客户NPS低于0时，通知客户成功经理")
    await scene.confirm(await scene.call("retire_rule", rule="R2", reason="试点结束"))
    scene.at("2026-12-31T15:59:00+00:00")
    told = await report(scene, "2026年11月")
    assert told.data == {
        "month": "2026-11",
        "deployed": ["R1@1", "R2@1"],
        "retired": ["R2@1"],
        "paused": [],
        "waiting": [],
        "stale": ["R1@1"],
        "firings": 2,
        "done": 1,
        "failed": 0,
        "held": 1,
        "conflicts": 0,
        "autonomy": {"east sales": 0.5},
    }
    assert "各团队自主密度：east sales: 50%" in told.text
    quiet = await report(scene, "this")
    assert quiet.data is not None
    assert (quiet.data["month"], quiet.data["firings"]) == ("2026-12", 0)
    scene.lang = "en"
    assert "deployed: 2 (R1@1, R2@1)" in (await report(scene, "last")).text


async def test_a_month_begins_and_ends_where_the_workspace_is() -> None:
    found = month_of("last", MONDAY.replace(month=1, day=1), "Asia/Shanghai")
    assert (found.name, found.start, found.end) == (
        "2025-12",
        "2025-11-30T16:00:00Z",
        "2025-12-31T16:00:00Z",
    )
    berlin = month_of("2026-03", MONDAY, "Europe/Berlin")  # summer time begins within
    assert (berlin.start, berlin.end) == ("2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z")


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "soon", "0000-01", "9999-12"])
async def test_no_month_is_said_to_be_none(scene: Scene, text: str) -> None:
    with pytest.raises(BadInputError):
        month_of(text, MONDAY, "Asia/Shanghai")
    assert isinstance(await scene.call("rule_health", month=text), ToolFailed)
