"""Rules leave for other formats and come back the same, or it is said what would be lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_graph.ontology.access import Actor, Role
from knowledge_graph.rules.meaning import content_hash
from tests.unit.tools.rules.scene import DIRECTOR, SENTENCE_EN, SENTENCE_ZH, Scene, build_scene
from tools.outcomes import ApprovalRequired, ToolFailed, ToolOk
from tools.rules.calling import Caller, RuleDesk
from tools.rules.exchanging import Exported

LOW = "当客户健康度低于60时，归入流失预警池，不再符合时移出"
OWNER = Caller(actor=DIRECTOR, lang="zh")


@pytest.fixture
async def scene(tmp_path: Path) -> Scene:
    return await build_scene(tmp_path)


async def exported(scene: Scene, format_: str, *names: str) -> str:
    found = await RuleDesk(scene.service).export(names, format_, OWNER)
    assert isinstance(found, Exported), found
    return found.text


@pytest.mark.parametrize("format_", ["cel", "dmn", "jdm"])
@pytest.mark.parametrize(
    ("lang", "sentence"), [("zh", SENTENCE_ZH), ("en", SENTENCE_EN), ("zh", LOW)]
)
async def test_a_rule_goes_out_and_comes_back_with_all_it_means(
    scene: Scene, tmp_path: Path, format_: str, lang: str, sentence: str
) -> None:
    await scene.deploy(sentence, limits="budget=50; cooldown=7 day; to=2027-12-31")
    text = await exported(scene, format_)
    (tmp_path / "other").mkdir()
    other = await build_scene(tmp_path / "other")
    other.lang = lang
    result = await RuleDesk(other.service).bring(text, format_, Caller(actor=DIRECTOR, lang=lang))
    assert isinstance(result, ApprovalRequired), result
    await other.confirm(result)
    before = (await scene.service.book.shelf()).get("R1").contract
    after = (await other.service.book.shelf()).get("R1").contract
    assert content_hash(after) == content_hash(before)
    assert (after.budget, after.cooldown, after.on_exit) == (
        before.budget,
        before.cooldown,
        before.on_exit,
    )
    assert after.lineage.imported == format_


@pytest.mark.parametrize("format_", ["dmn", "jdm"])
async def test_what_a_table_cannot_say_is_named_and_nothing_goes_out(
    scene: Scene, format_: str
) -> None:
    await scene.deploy(LOW)
    await scene.deploy("当客户健康度连续3天低于60时，通知客户成功经理")
    found = await RuleDesk(scene.service).export((), format_, OWNER)
    assert isinstance(found, ToolFailed)
    assert "R2@1" in found.text
    assert "HeldFor" in found.text
    assert "R1@1" not in found.text


async def test_what_comes_in_is_checked_against_the_rules_in_force(scene: Scene) -> None:
    await scene.deploy("当客户健康度低于60时，调整为C级")
    once = await exported(scene, "jdm", "R1")
    result = await RuleDesk(scene.service).bring(once, "jdm", OWNER)
    assert isinstance(result, ApprovalRequired)
    assert any("R1@1" in line for line in result.warnings)


async def test_whoever_imports_is_the_owner_whatever_the_file_says(scene: Scene) -> None:
    await scene.deploy(LOW)
    text = (await exported(scene, "cel")).replace(str(DIRECTOR), "owner:somebody")
    assert "somebody" in text
    bob = Actor(role=Role.SALES, id="bob")
    result = await RuleDesk(scene.service).bring(text, "cel", Caller(actor=bob, lang="zh"))
    assert isinstance(result, ApprovalRequired)
    await scene.confirm(result)
    assert (await scene.values("rule", "R2@1"))["author"] == str(bob)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("customer.health_score", "customer.no_such_field"),
        ("pool.add", "settlement.book"),
        ("churn_watch", "no_such_pool"),
        ("<", "<<"),
        ('"zh"', '"xx"'),
    ],
)
async def test_a_file_that_says_what_we_do_not_know_is_refused(
    scene: Scene, old: str, new: str
) -> None:
    await scene.deploy(LOW)
    text = (await exported(scene, "cel")).replace(old, new)
    found = await RuleDesk(scene.service).bring(text, "cel", OWNER)
    assert isinstance(found, ToolFailed), found
    assert len((await scene.service.book.shelf()).kept) == 1


@pytest.mark.parametrize(
    "text", ["", "{}", "[" * 50_000, "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "true"]
)
@pytest.mark.parametrize("format_", ["cel", "dmn", "jdm"])
async def test_no_file_of_rules_is_said_to_be_none(scene: Scene, text: str, format_: str) -> None:
    desk = RuleDesk(scene.service)
    if text:
        assert isinstance(await desk.bring(text, format_, OWNER), ToolFailed)
    customer = Caller(actor=Actor(role=Role.CUSTOMER, id="c"), lang="zh")
    with pytest.raises(Exception, match="may not call"):
        await desk.bring(text, format_, customer)


async def test_the_difference_of_two_versions_is_told_in_words(scene: Scene) -> None:
    await scene.deploy(LOW)
    await scene.deploy(LOW.replace("60", "40"), rule="R1")
    for args in ({"rule": "R1"}, {"rule": "R1@2", "against": "R1@1"}):
        told = await scene.call("list_rules", what="diff", **args)
        assert isinstance(told, ToolOk)
        assert "60" in told.text
        assert "40" in told.text
        assert told.data is not None
        assert told.data["against"] == "R1@1"
    scene.lang = "en"
    told = await scene.call("list_rules", what="diff", rule="R1")
    assert isinstance(told, ToolOk)
    assert "changes from" in told.text


async def test_resuming_tells_who_comes_in(scene: Scene) -> None:
    await scene.deploy(LOW)
    await scene.confirm(await scene.call("retire_rule", rule="R1", to="paused"))
    resumed = await scene.call("retire_rule", rule="R1", to="active")
    assert isinstance(resumed, ApprovalRequired)
    assert "2 个客户进入流失预警" in resumed.warnings[0]
