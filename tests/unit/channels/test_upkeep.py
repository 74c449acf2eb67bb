"""Names, words and vectors follow the graph without a turn having to wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from channels.bootstrap import App, build_app
from channels.clock import FixedClock
from channels.settings import Settings
from channels.upkeep import kept_up
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import Origin, RecordRef, new_id
from knowledge_graph.testing.memory_store import InMemoryGraphStore

AT = "2026-11-23T09:00:00Z"
ACCESS = Access(actor=Actor(role=Role.OWNER, id="owner"), at=AT)


@pytest.fixture
async def app(home: Path, clock: FixedClock) -> AsyncIterator[App]:
    app = await build_app(Settings(home=home), clock, store=InMemoryGraphStore())
    yield app
    await app.close()


async def noted(app: App, name: str, text: str) -> None:
    """Write a lead with a long text."""
    ref = RecordRef(kind="lead", id=new_id())
    change = RecordChange(
        action=Action.CREATE, ref=ref, title=name, before={}, after={"name": name, "notes": text}
    )
    origin = Origin(system="chat", place="console", observed_at=AT)
    change_set = ChangeSet(
        id=new_id(), at=AT, actor="owner:owner", reason="r", changes=(change,), origin=origin
    )
    await app.graph.commit(change_set, ACCESS)


async def vectors(app: App) -> int:
    return len(await app.index.vectors.ids())


async def test_a_step_embeds_what_was_written_and_then_rests(app: App) -> None:
    await noted(app, "Ann Lee", "Ann asked for the delivery times of the string inverter.")
    assert await app.upkeep.step()
    assert await vectors(app) == 1
    assert not await app.upkeep.step()
    await noted(app, "Bob Ray", "Bob wants an offer for three infusion pumps by Friday.")
    assert await app.upkeep.step()
    assert await vectors(app) == 2
    assert not await app.upkeep.step()


async def test_what_was_written_meanwhile_is_known_in_the_background(app: App) -> None:
    async with kept_up(app.upkeep):
        await noted(app, "Ann Lee", "Ann asked for the delivery times of the string inverter.")
        async with asyncio.timeout(30):
            while not await vectors(app):  # noqa: ASYNC110 - the other task sends no event
                await asyncio.sleep(0.02)
    assert app.upkeep.lock.acquire()  # free again
    app.upkeep.lock.release()


async def test_only_one_process_of_a_home_makes_vectors(
    app: App, home: Path, clock: FixedClock
) -> None:
    other = await build_app(Settings(home=home), clock, store=InMemoryGraphStore())
    try:
        assert app.upkeep.lock.acquire()
        await noted(other, "Ann Lee", "Ann asked for the delivery times of the string inverter.")
        await other.upkeep.step()
        assert await vectors(other) == 0
        app.upkeep.lock.release()
        await other.upkeep.step()
        assert await vectors(other) == 1
        other.upkeep.lock.release()
    finally:
        await other.close()


async def test_the_ledger_is_published_once_an_hour(app: App, clock: FixedClock) -> None:
    assert await app.upkeep.publish()
    clock.advance(timedelta(minutes=59))
    assert not await app.upkeep.publish()
    clock.advance(timedelta(minutes=1))
    assert await app.upkeep.publish()
    published = (app.home.root / "ledger.anchor").read_text(encoding="utf-8").splitlines()
    assert (
        len(published) == 1
    )  # nothing was written meanwhile: the same checkpoint is not published twice
    app.upkeep.lock.release()
