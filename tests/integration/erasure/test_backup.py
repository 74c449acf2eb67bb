"""Backups tell nothing and restore nobody who was erased; a home from before the sealing is sealed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from channels.clock import FixedClock
from channels.state.custody import KeyPlace, open_custody
from channels.state.opening import open_state
from channels.state.sealing import HomeSealer
from knowledge_graph.erasure.backup import check_ledger, put_state, read_manifest, write_backup
from knowledge_graph.erasure.files import search
from knowledge_graph.errors import (
    BadInputError,
    ConflictError,
    NotAllowedError,
    UnsealedError,
)
from knowledge_graph.ports import Conversation, Message
from knowledge_graph.sealing.graph_store import SealedGraphStore
from knowledge_graph.stores.local_home import HomeFolder
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from knowledge_graph.testing.sample import changes_of, create, ref, update
from tests.integration.erasure.world import (
    MAIL,
    NAME,
    PHONE,
    STEWARD,
    World,
    open_world,
)


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
