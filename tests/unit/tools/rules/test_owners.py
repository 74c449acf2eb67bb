"""A rule sees and does what its owner may see and do, and nothing else: it is nobody's deputy beyond that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from knowledge_graph.consent import Consents, Ruling
from knowledge_graph.errors import NotAllowedError
from knowledge_graph.graph import Grounds
from knowledge_graph.ontology.access import Access, Actor, Role, Withheld
from knowledge_graph.ontology.change import ChangeSet
from knowledge_graph.ontology.fields import FieldSpec, Tier
from knowledge_graph.ontology.record import Record, RecordRef
from knowledge_graph.policy import RolePolicy
from knowledge_graph.rule_ports import RuleEvent
from tests.unit.tools.rules.scene import DIRECTOR, RECORDS, Scene, build_scene
from tools.outcomes import ApprovalRequired, ToolFailed, ToolOk

BOB = Actor(role=Role.SALES, id="bob")
ANA = RecordRef(kind="contact", id="ana")
LOW = "当客户健康度低于60时，归入流失预警池"
PAID = "当客户付款时，如果本单金额超过100元，则通知客户成功经理"
MOOD = "当客户近3个月平均情绪值低于0时，归入流失预警池"


@dataclass
class Narrow(RolePolicy):
    """What Bob may not see and not write."""

    unseen: frozenset[str] = frozenset()
    unwritten: frozenset[str] = frozenset()

    def may_read(self, access: Access, record: Record, spec: FieldSpec) -> Withheld | None:
        if access.actor.id == BOB.id and spec.id in self.unseen:
            return Withheld(field=spec.name, tier=None, reason="role")
        return super().may_read(access, record, spec)

    def may_write(self, access: Access, change_set: ChangeSet) -> None:
        names = {f"{c.ref.kind}.{name}" for c in change_set.changes for name in c.after}
        if access.actor.id == BOB.id and names & self.unwritten:
            raise NotAllowedError("sales:bob may not write this; nothing was changed")
        super().may_write(access, change_set)


@dataclass
class Granted:
    """A `ConsentSource` with grants that come, go and run out."""

    purposes: dict[RecordRef, str] = field(default_factory=dict)
    until: str = ""
    changes: int = 0

    def set(self, person: RecordRef, purpose: str | None, until: str = "") -> None:
        self.until, self.changes = until, self.changes + 1
        if purpose is None:
            self.purposes.pop(person)
        else:
            self.purposes[person] = purpose

    async def current(self) -> Consents:
        return Consents(grants=self)

    async def mark(self) -> str:
        return str(self.changes)

    def rule(self, person: RecordRef, tier: Tier, access: Access) -> Ruling | None:
        if self.purposes.get(person) != access.purpose or (self.until and access.at >= self.until):
            return None
        return Ruling(allowed=True, basis="grant:g1", until=self.until)

    def persons(self, tier: Tier, access: Access) -> frozenset[RecordRef]:
        return frozenset(p for p in self.purposes if self.rule(p, tier, access) is not None)


async def deploy_as(scene: Scene, actor: Actor, sentence: str) -> None:
    scene.actor = actor
    await scene.deploy(sentence)
    scene.actor = DIRECTOR


async def inside(scene: Scene) -> Sequence[str]:
    names = ("sun", "near", "food")
    return [n for n in names if (await scene.values("account", n)).get("pools")]


def order(number: int, amount: float) -> RuleEvent:
    return RuleEvent(
        id=f"x{number}",
        kind="order.paid",
        subject=RecordRef(kind="account", id="sun"),
        at="2026-11-23T09:00:00Z",
        values={"order.amount": amount},
    )


# -- seeing


async def test_a_field_that_the_owner_may_not_see_makes_nothing_fire(tmp_path: Path) -> None:
    scene = await build_scene(tmp_path, policy=Narrow(unseen=frozenset({"account.health_score"})))
    await deploy_as(scene, BOB, LOW)
    assert await inside(scene) == []
    scene.actor = BOB
    shown = await scene.call("preview_rule", sentence=LOW)
    assert isinstance(shown, ToolOk)
    assert shown.data is not None
    assert shown.data["hits"] == 0
    await scene.change("account", "food", health_score=1)
    await scene.service.step()
    assert await inside(scene) == []
    await deploy_as(scene, DIRECTOR, LOW.replace("60", "50"))
    assert await inside(scene) == ["food"]


async def test_why_tells_nobody_what_only_the_owner_may_see(tmp_path: Path) -> None:
    scene = await build_scene(tmp_path, policy=Narrow(unseen=frozenset({"account.health_score"})))
    await deploy_as(scene, DIRECTOR, LOW)
    scene.actor = BOB
    why = await scene.call("explain_rule", rule="R1", record="Fresh Food")
    assert isinstance(why, ToolOk)
    assert "无权查看" in why.text
    assert "30" not in why.text


async def test_an_event_brings_an_owner_nothing_that_he_may_not_see(tmp_path: Path) -> None:
    scene = await build_scene(tmp_path, policy=Narrow(unseen=frozenset({"order.amount"})))
    await deploy_as(scene, BOB, PAID)
    await scene.service.runtime.ingest([order(1, 5000)])
    assert await scene.journal.firings() == ()
    await deploy_as(scene, DIRECTOR, PAID)
    await scene.service.runtime.ingest([order(2, 5000)])
    assert [f.contract for f in await scene.journal.firings()] == ["R2@1"]


# -- doing


async def test_what_the_owner_may_not_write_is_held_and_said(tmp_path: Path) -> None:
    scene = await build_scene(tmp_path, policy=Narrow(unwritten=frozenset({"account.pools"})))
    await deploy_as(scene, BOB, LOW)
    assert await inside(scene) == []
    why = await scene.call("explain_rule", rule="R1", record="Fresh Food")
    assert isinstance(why, ToolOk)
    assert "没有这项权限" in why.text


@pytest.mark.parametrize("now", [None, Actor(role=Role.MANAGER, id="bob")])
async def test_a_rule_stops_and_says_so_when_its_owner_is_gone_or_demoted(
    tmp_path: Path, now: Actor | None
) -> None:
    scene = await build_scene(tmp_path)
    await deploy_as(scene, BOB, LOW)
    assert await inside(scene) == ["near", "food"]
    scene.owners.now[str(BOB)] = now
    await scene.change("account", "sun", health_score=10)
    await scene.service.step()
    assert await inside(scene) == ["near", "food"]
    held = await scene.values("rule", "R1@1")
    assert held["state"] == "paused"
    assert "sales:bob" in str(held["reason"])
    told = await scene.journal.messages(())
    assert [m.contract for m in told if "sales:bob" in m.text] == ["R1@1"]


async def test_what_waits_is_not_done_for_an_owner_who_has_left(tmp_path: Path) -> None:
    scene = await build_scene(tmp_path)
    await deploy_as(scene, BOB, "当客户健康度低于60时，3天后归入流失预警池")
    scene.owners.now[str(BOB)] = None
    scene.at("2026-11-27T09:00:00+00:00")
    await scene.service.dispatcher.run()  # before anything else has noticed
    assert await inside(scene) == []


async def test_somebody_else_takes_the_rule_of_one_who_has_left_over(tmp_path: Path) -> None:
    scene = await build_scene(tmp_path)
    await deploy_as(scene, BOB, LOW)
    scene.owners.now[str(BOB)] = None
    await scene.service.step()
    resumed = await scene.call("retire_rule", rule="R1", to="active")
    assert isinstance(resumed, ToolFailed)
    assert "接管规则R1" in resumed.text
    taken = await scene.call("retire_rule", rule="R1", to="taken_over")
    assert isinstance(taken, ApprovalRequired)
    await scene.confirm(taken)
    assert (await scene.values("rule", "R1@2"))["author"] == str(DIRECTOR)
    await scene.change("account", "sun", health_score=10)
    await scene.service.step()
    assert await inside(scene) == ["sun", "near", "food"]


# -- grants and purposes


@pytest.fixture
def grants() -> Granted:
    return Granted()


async def mood_scene(folder: Path, grants: Granted) -> Scene:
    records = (
        *RECORDS,
        ("contact", "ana", {"name": "Ana", "account": "food"}),
        (
            "interaction",
            "i1",
            {
                "account": "food",
                "contact": "ana",
                "sentiment": -0.8,
                "happened_at": "2026-11-20T08:00:00Z",
            },
        ),
    )
    return await build_scene(folder, records, grounds=Grounds(consents=grants))


async def test_without_a_grant_a_mood_moves_no_rule(tmp_path: Path, grants: Granted) -> None:
    scene = await mood_scene(tmp_path, grants)
    await scene.deploy(MOOD)
    assert await inside(scene) == []
    grants.set(ANA, "marketing")
    await scene.service.step()
    assert await inside(scene) == []
    grants.set(ANA, "service")
    await scene.service.step()
    assert await inside(scene) == ["food"]


@pytest.mark.parametrize("way", ["withdrawn", "run out"])
async def test_a_grant_that_ends_takes_the_customer_out(
    tmp_path: Path, grants: Granted, way: str
) -> None:
    scene = await mood_scene(tmp_path, grants)
    grants.set(ANA, "service", until="2026-11-23T10:00:00Z")
    await scene.deploy(MOOD + "，不再符合时移出")
    assert await inside(scene) == ["food"]
    if way == "withdrawn":
        grants.set(ANA, None)
    else:
        scene.at("2026-11-23T10:00:00+00:00")
    await scene.service.step()
    assert await inside(scene) == []


async def test_a_firing_in_the_graph_keeps_no_value_of_a_person(
    tmp_path: Path, grants: Granted
) -> None:
    scene = await mood_scene(tmp_path, grants)
    grants.set(ANA, "service")
    await scene.deploy(MOOD)
    (node,) = [r for ref, r in scene.store.snapshot().items() if ref.kind == "firing"]
    assert "-0.8" not in str(node.get("proof"))
    assert "***" in str(node.get("proof"))
