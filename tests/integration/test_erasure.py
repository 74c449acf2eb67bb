"""Erasing a person: every place, after every interruption, and nothing that comes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from channels.clock import FixedClock
from channels.ports import TranscriptEntry
from channels.state.custody import Custody, KeyPlace, open_custody
from channels.state.erasing import eraser_ports
from channels.state.opening import State, open_state
from channels.state.sealing import HomeSealer
from knowledge_graph.erasure.backup import check_ledger, put_state, read_manifest, write_backup
from knowledge_graph.erasure.eraser import Eraser
from knowledge_graph.erasure.files import search
from knowledge_graph.erasure.journal import Erasure, Hold, Step
from knowledge_graph.erasure.report import verifies
from knowledge_graph.errors import (
    BadInputError,
    ConflictError,
    NotAllowedError,
    NotFoundError,
    UnsealedError,
)
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.ports import Conversation, Message
from knowledge_graph.sealing.graph_store import SealedGraphStore
from knowledge_graph.sovereignty.errors import ErasedError
from knowledge_graph.stores.local_home import HomeFolder
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from knowledge_graph.testing.sample import changes_of, create, delete, ref, update
from knowledge_graph.vectors.chroma import ChromaVectorMemory

STEWARD = Access(actor=Actor(role=Role.STEWARD, id="s"), at="2026-11-23T09:00:00Z")
SALES = Access(actor=Actor(role=Role.SALES, id="l"), at="2026-11-23T09:00:00Z")
NAME, MAIL, PHONE = "Quixanne Zorbl", "quix@zorbl.example", "+49 30 5559871"


class KilledError(Exception):
    """The process ended here."""


@dataclass(kw_only=True)
class World:
    """A home whose graph outlives the process in memory."""

    below: InMemoryGraphStore
    store: SealedGraphStore
    state: State
    vectors: ChromaVectorMemory
    custody: Custody
    eraser: Eraser
    home: HomeFolder
    parts: AsyncExitStack


async def open_world(
    folder: Path,
    clock: FixedClock,
    below: InMemoryGraphStore,
    fault: Callable[[str], None] = lambda step: None,
) -> World:
    parts = AsyncExitStack()
    home = HomeFolder.at(folder)
    home.prepare()
    custody = await open_custody(KeyPlace(folder=home.keys), parts)
    state = await open_state(home, clock, parts, vault=custody.vault)
    store = SealedGraphStore(below, custody.vault, tombstones=custody)
    await store.migrate()
    vectors = ChromaVectorMemory(home.root / "vectors.db", version="v", dim=2)
    parts.push_async_callback(vectors.close)
    ports = eraser_ports(home, clock, custody, state, store=store, vectors=vectors)
    return World(
        below=below,
        store=store,
        state=state,
        vectors=vectors,
        custody=custody,
        eraser=Eraser(ports, fault),
        home=home,
        parts=parts,
    )


@pytest.fixture
async def world(home: Path, clock: FixedClock) -> AsyncIterator[World]:
    found = await open_world(home, clock, InMemoryGraphStore())
    await fill(found)
    yield found
    await found.parts.aclose()


async def fill(world: World) -> None:
    person = {"name": NAME, "email": MAIL, "phone": PHONE, "account": "a1", "notes": "Zimtsterne"}
    await world.store.commit(
        changes_of(
            "c1",
            create("account:a1", {"name": "Zorbl AG", "notes": f"{NAME} decides"}),
            create("contact:c1", {**person, "name": "Quixanne Alt"}, ["crm|contact|7"]),
            create(
                "contact:c2", {"name": "Other Person", "account": "a1", "notes": f"knows {NAME}"}
            ),
            create("contact:c3", {"name": NAME, "account": "a1"}),
            create("lead:l1", {"name": "Q. Zorbl", "email": MAIL}),
            create("interaction:i1", {"contact": "c1", "account": "a1", "text": f"{NAME} called"}),
            create("interaction:i2", {"contact": "c1", "text": "private"}),
            create("interaction:i3", {"contact": "c2", "lead": "l1", "text": f"{NAME} and Other"}),
            create("order:o1", {"contact": "c1", "account": "a1", "amount": 10}),
        )
    )
    await world.store.commit(
        changes_of("c4", update("contact:c1", {"name": "Quixanne Alt"}, {"name": NAME}))
    )
    spoken = Message(role="user", text=f"call {NAME}", at="2026-11-23T09:00:00Z")
    other = Message(role="user", text="weather in Bonn", at="2026-11-23T09:00:00Z")
    await world.state.conversations.append(
        Conversation(thread="t1", turns=1, focus='{"refs":["contact:c1"]}'), [spoken, other]
    )
    await world.state.conversations.append(Conversation(thread="t2", turns=1), [other])
    await world.state.transcripts.append(
        TranscriptEntry(
            thread="t1", user_id="u", at="2026-11-23T09:00:00Z", text="who?", reply=f"{MAIL}"
        )
    )
    await world.vectors.add({
        "contact:c1#notes.0~x": (1.0, 0.0),
        "interaction:i1#text.0~x": (0.0, 1.0),
    })
    await world.vectors.add({"contact:c2#notes.0~x": (1.0, 0.0)})
    world.home.reports.mkdir(exist_ok=True)
    (world.home.reports / "import.csv").write_text(f"row,value\n1,{MAIL}\n2,fine\n")


async def gone(world: World) -> None:
    """Nothing of the person is left, and the others are whole."""
    people = [ref(n) for n in ("contact:c1", "lead:l1")]
    assert await world.store.get(people) == ()
    first, second, third = await world.store.get(
        [ref(f"interaction:i{n}") for n in (1, 2, 3)] + [ref("order:o1")]
    )
    assert dict(first.values) == {"account": "a1"}
    assert (second.ref, second.get("text"), second.get("lead")) == (
        ref("interaction:i3"),
        "█ and Other",
        None,
    )
    assert dict(third.values) == {"account": "a1", "amount": 10}
    other, namesake = await world.store.get([ref("contact:c2"), ref("contact:c3")])
    assert (other.get("name"), other.get("notes")) == ("Other Person", "knows █")
    assert namesake.get("name") == NAME
    assert [m.text for m in (await world.state.conversations.load("t1")).messages] == [
        "call █",
        "weather in Bonn",
    ]
    assert (await world.state.conversations.load("t2")).messages[0].text == "weather in Bonn"
    assert (await world.state.transcripts.entries("t1", "u"))[0].reply == "█"
    assert await world.vectors.ids() == ("contact:c2#notes.0~x",)
    assert search(world.home.root, [NAME, MAIL, PHONE, "Zimtsterne"]) == {}
    logged = [c for e in await world.store.history(ref=ref("contact:c1")) for c in e.changes]
    assert NAME not in repr(logged)
    assert MAIL not in repr(logged)


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


POINTS = (
    "requested", "wiped vectors", "wiped reports, logs and exports in the home",
    "wiped conversations, proposals, decisions and inbox", "wiped graph database and its change log",
    "wiped", "destroyed", "done",
)  # fmt: skip


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


# -- backup and restore


async def test_a_backup_tells_nothing_and_restores_without_the_erased(
    world: World, home: Path, clock: FixedClock, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    await write_backup(
        folder,
        below=world.below,
        state=world.home.database,
        attestation=world.custody.attestation,
        clock=clock,
    )
    assert search(folder, [MAIL, PHONE, "Zimtsterne", "Other Person", "weather in Bonn"]) == {}
    await world.eraser.erase([ref("contact:c1")], STEWARD)
    await world.parts.aclose()
    manifest = read_manifest(folder)
    for name in ("guanxi.db", "vectors.db"):
        (home / name).unlink()
    put_state(folder, home / "guanxi.db")
    again = await open_world(home, clock, InMemoryGraphStore())
    await check_ledger(manifest, again.custody.attestation)
    done = await again.eraser.restorer().run(folder, manifest)
    assert (done.changes, done.erasures, done.blanked) == (2, 1, 3)
    again.store.forget()
    assert await again.store.get([ref("contact:c1"), ref("lead:l1")]) == ()
    other, account = await again.store.get([ref("contact:c2"), ref("account:a1")])
    assert (other.get("name"), other.get("notes"), account.get("notes")) == (
        "Other Person",
        "█",
        "█",
    )
    assert (await again.state.conversations.load("t1")).messages == ()
    assert (await again.state.conversations.load("t2")).messages[0].text == "weather in Bonn"
    logged = [c for e in await again.store.history(ref=ref("contact:c1")) for c in e.changes]
    assert MAIL not in repr(logged)
    with pytest.raises(ConflictError):
        await again.eraser.restorer().run(folder, manifest)
    await again.parts.aclose()


async def test_a_restore_needs_the_ledger(world: World, clock: FixedClock, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    await write_backup(
        folder,
        below=world.below,
        state=world.home.database,
        attestation=world.custody.attestation,
        clock=clock,
    )
    manifest = read_manifest(folder)
    async with AsyncExitStack() as parts:
        stranger = await open_custody(KeyPlace(folder=tmp_path / "other-keys"), parts)
        with pytest.raises(NotAllowedError, match="nothing was restored"):
            await check_ledger(manifest, stranger.attestation)
    (folder / "changes.jsonl").write_text("")
    with pytest.raises(BadInputError, match="changed or cut off"):
        read_manifest(folder)
    with pytest.raises(BadInputError, match="no backup"):
        read_manifest(tmp_path)


async def test_an_older_home_is_sealed(home: Path, clock: FixedClock) -> None:
    folder = HomeFolder.at(home)
    folder.prepare()
    old, new = InMemoryGraphStore(), InMemoryGraphStore()
    await old.commit(changes_of("c1", create("contact:c1", {"name": NAME, "email": MAIL})))
    await old.commit(changes_of("c2", update("contact:c1", {"name": NAME}, {"name": "Q"})))
    stores = iter([old, new])

    @asynccontextmanager
    async def opened() -> AsyncIterator[InMemoryGraphStore]:
        yield next(stores)

    async with AsyncExitStack() as parts:
        custody = await open_custody(KeyPlace(folder=folder.keys), parts)
        with pytest.raises(UnsealedError, match="privacy seal"):
            await SealedGraphStore(old, custody.vault).migrate()
        clear = await open_state(folder, clock, parts)
        line = Message(role="user", text=f"call {NAME}", at="2026-11-23T09:00:00Z")
        await clear.conversations.append(Conversation(thread="t1", turns=1), [line])
        state = await open_state(folder, clock, parts, vault=custody.vault)
        sealer = HomeSealer(home=folder, clock=clock, custody=custody, state=state, opened=opened)
        done = await sealer.run()
        assert (done.changes, done.texts) == (2, 1)
        assert NAME not in repr([new.snapshot(), await new.history()])
        assert search(home, [NAME, MAIL]) == {}
        store = SealedGraphStore(new, custody.vault)
        await store.migrate()
        (record,) = await store.get([ref("contact:c1")])
        assert (record.get("name"), record.version) == ("Q", 2)
        assert [m.text for m in (await state.conversations.load("t1")).messages] == [f"call {NAME}"]
