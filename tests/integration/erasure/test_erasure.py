"""Erasing a person: every place, after every interruption, and nothing that comes back."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from channels.clock import FixedClock
from knowledge_graph.erasure.journal import Erasure, Hold, Step
from knowledge_graph.erasure.report import verifies
from knowledge_graph.errors import (
    NotAllowedError,
    NotFoundError,
)
from knowledge_graph.ports import Conversation, Message
from knowledge_graph.sovereignty.errors import ErasedError
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from knowledge_graph.testing.sample import changes_of, create, delete, ref, update
from tests.integration.erasure.world import (
    MAIL,
    NAME,
    POINTS,
    SALES,
    STEWARD,
    KilledError,
    World,
    fill,
    gone,
    open_world,
)


async def test_erases_everywhere(world: World) -> None:
    plan = await world.eraser.plan([ref("contact:c1")], STEWARD)
    assert plan.refs == (ref("contact:c1"), ref("lead:l1"))
    assert plan.same == (ref("contact:c3"),)
    done = await world.eraser.erase([ref("contact:c1")], STEWARD)
    await gone(world)
    assert done.step is Step.DONE
    assert verifies(done.report)
    report = json.loads(done.report)
    assert report["done"]["opened"] == "0 of 2"
    assert set(report["done"]["probes"].values()) == {0}
    assert NAME not in done.report
    assert "texts about companies" in report["not_done"][0]
    assert not verifies(done.report.replace('"id"', '"id "'))


async def test_does_not_come_back(world: World) -> None:
    (before,) = await world.store.get([ref("contact:c1")])
    await world.eraser.erase([ref("contact:c1")], STEWARD)
    comebacks: tuple[dict[str, str], ...] = ({"email": MAIL}, {"phone": "+49305559871"})
    for number, values in enumerate(comebacks):
        back = create(f"contact:n{number}", {"name": "New", **values})
        with pytest.raises(ErasedError):
            await world.store.commit(changes_of(f"n{number}", back))
    keyed = create("contact:n9", {"name": "New"}, ["crm|contact|7"])
    with pytest.raises(ErasedError):
        await world.store.commit(changes_of("n9", keyed))
    with pytest.raises(ErasedError):
        await world.store.commit(changes_of("n8", create("contact:c1", {"name": NAME})))
    await world.store.commit(changes_of("n7", create("contact:n7", {"name": NAME})))
    assert before.get("name") == NAME


async def test_only_a_steward_may(world: World) -> None:
    with pytest.raises(NotAllowedError):
        await world.eraser.erase([ref("contact:c1")], SALES)
    world.custody.journal.hold(Hold(ref=ref("contact:c1"), ground="§ 147 AO", until="2027-01-01"))
    with pytest.raises(NotAllowedError, match="147 AO"):
        await world.eraser.erase([ref("contact:c1")], STEWARD)
    world.custody.journal.release(ref("contact:c1"))
    await world.eraser.erase([ref("contact:c1")], STEWARD)
    with pytest.raises(NotFoundError):
        await world.eraser.erase([ref("contact:c1")], STEWARD)


async def test_merged_records_go_as_well(world: World) -> None:
    (loser,) = await world.store.get([ref("contact:c3")])
    await world.store.commit(
        changes_of("m1", update("contact:c1", {}, {"title": "CEO"}, ["x|contact|3"]), delete(loser))
    )
    await world.eraser.erase([ref("contact:c1")], STEWARD)
    logged = [c for e in await world.store.history(ref=ref("contact:c3")) for c in e.changes]
    assert NAME not in repr(logged)


@pytest.mark.parametrize("point", POINTS)
async def test_goes_on_after_an_interruption(home: Path, clock: FixedClock, point: str) -> None:
    seen: list[str] = []

    def fault(step: str) -> None:
        seen.append(step)
        if step == point:
            raise KilledError

    below = InMemoryGraphStore()
    world = await open_world(home, clock, below, fault)
    await fill(world)
    with pytest.raises(KilledError):
        await world.eraser.erase([ref("contact:c1")], STEWARD)
    await world.parts.aclose()
    again = await open_world(home, clock, below)
    unfinished = again.custody.journal.unfinished()
    assert len(unfinished) == (point != "done")
    await again.eraser.resume()
    await gone(again)
    (erasure,) = again.eraser.reports()
    assert (erasure.step, verifies(erasure.report), erasure.words) == (Step.DONE, True, "")
    await again.parts.aclose()


async def test_two_at_once(world: World) -> None:
    results = await asyncio.gather(
        *(
            world.eraser.erase([ref(n)], STEWARD)
            for n in ("contact:c1", "contact:c2", "contact:c1")
        ),
        return_exceptions=True,
    )
    assert sorted(type(r).__name__ for r in results) == ["Erasure", "Erasure", "NotFoundError"]
    assert await world.store.get([ref("contact:c1"), ref("contact:c2")]) == ()


async def test_a_process_that_starts_meanwhile_waits_and_repeats_nothing(
    home: Path, clock: FixedClock
) -> None:
    below = InMemoryGraphStore()
    starting: list[asyncio.Task[tuple[Erasure, ...]]] = []

    def fault(step: str) -> None:
        if step == "wiped vectors":  # another process starts and finds an unfinished erasure
            starting.append(asyncio.get_running_loop().create_task(other.eraser.resume()))

    world = await open_world(home, clock, below, fault)
    await fill(world)
    other = await open_world(home, clock, below)
    done = await world.eraser.erase([ref("contact:c1")], STEWARD)
    assert await starting[0] == ()
    (kept,) = other.eraser.reports()
    assert kept == done
    assert json.loads(kept.report)["done"]["keys"]["destroyed"] > 0
    await other.parts.aclose()
    await world.parts.aclose()


async def test_two_processes_erase_one_person_once(home: Path, clock: FixedClock) -> None:
    below = InMemoryGraphStore()
    worlds = [await open_world(home, clock, below) for _ in range(2)]
    await fill(worlds[0])
    results = await asyncio.gather(
        *(w.eraser.erase([ref("contact:c1")], STEWARD) for w in worlds), return_exceptions=True
    )
    assert sorted(type(r).__name__ for r in results) == ["Erasure", "NotFoundError"]
    for world in worlds:
        await gone(world)
        await world.parts.aclose()


async def test_during_a_conversation(world: World, home: Path, clock: FixedClock) -> None:
    await world.eraser.erase([ref("contact:c1")], STEWARD)
    later = Message(role="user", text="and now?", at="2026-11-23T09:01:00Z")
    await world.state.conversations.append(Conversation(thread="t1", turns=2), [later])
    found = await world.state.conversations.load("t1")
    assert [m.text for m in found.messages] == ["call █", "weather in Bonn", "and now?"]
