"""The SQLite state file: what it keeps, what it forgets, and how it fails."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from channels.clock import FixedClock
from channels.ports import Button, InboxRow, TranscriptEntry, User
from channels.state.accounts import SqliteAccounts
from channels.state.buttons import SqliteButtons
from channels.state.inbox import SqliteInbox
from channels.state.transcripts import SqliteTranscripts
from knowledge_graph.errors import NotFoundError, StoreUnavailableError
from knowledge_graph.ontology.access import Role
from knowledge_graph.ontology.change import (
    Action,
    ChangeSet,
    Proposal,
    ProposalStatus,
    RecordChange,
)
from knowledge_graph.ontology.record import Origin, RecordRef
from knowledge_graph.ports import Conversation, Decision, Message
from knowledge_graph.stores.sqlite.conversations import SqliteConversations
from knowledge_graph.stores.sqlite.decisions import SqliteDecisions
from knowledge_graph.stores.sqlite.file import SqliteFile
from knowledge_graph.stores.sqlite.migrations import STEPS, migrate
from knowledge_graph.stores.sqlite.proposals import SqliteProposals

AT = "2026-11-23T09:00:00Z"
ORIGIN = Origin(system="chat", place="console", observed_at=AT)
CHANGE = RecordChange(
    action=Action.UPDATE,
    ref=RecordRef(kind="lead", id="L1"),
    title="Ann 安",
    before={"name": None, "score": 1, "open": True, "rate": 0.5, "tags": ("a", "b")},
    after={"name": "李薇", "score": 2, "open": False, "rate": 1.0, "tags": ()},
    source_keys=("file|lead|1",),
)


def proposal(number: int = 1, thread: str = "t1") -> Proposal:
    change_set = ChangeSet(
        id=f"c{number}", at=AT, actor="owner:owner", reason="r", changes=(CHANGE,), origin=ORIGIN
    )
    return Proposal(
        id=f"p{number}",
        thread=thread,
        actor="owner:owner",
        created_at=AT,
        summary="改 1 条",
        lang="zh",
        change_set=change_set,
        warnings=("w",),
    )


def decision(number: int = 1, thread: str = "t1") -> Decision:
    return Decision(
        id=f"d{number}",
        at=AT,
        thread=thread,
        actor="owner:owner",
        input_digest="i",
        model="offline",
        prompt_digest="p",
        tools=({"name": "find_records", "args": {"where": "x"}, "outcome": "ok"},),
        facts=({"id": "lead:L1", "origin": "f", "observed_at": AT},),
        outcome="answered",
        change_ids=("c1",),
    )


def all_bytes(folder: Path) -> bytes:
    """The content of the file, its write-ahead log and whatever else lies there."""
    return b"".join(part.read_bytes() for part in folder.iterdir())


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[SqliteFile]:
    opened = SqliteFile(tmp_path / "guanxi.db")
    await opened.open()
    yield opened
    await opened.close()


async def test_proposal_comes_back_as_it_was(file: SqliteFile) -> None:
    store = SqliteProposals(file)
    await store.save(proposal())
    assert await store.get("p1") == proposal()
    with pytest.raises(NotFoundError, match="p9"):
        await store.get("p9")


async def test_pending_is_of_one_thread_newest_first(file: SqliteFile) -> None:
    store = SqliteProposals(file)
    for number, thread in ((1, "t1"), (2, "t2"), (3, "t1")):
        await store.save(proposal(number, thread))
    assert [p.id for p in await store.pending("t1")] == ["p3", "p1"]
    await store.move("p3", expect=ProposalStatus.PENDING, to=ProposalStatus.CANCELLED)
    assert [p.id for p in await store.pending("t1")] == ["p1"]


async def test_a_forgotten_proposal_is_in_no_byte_of_the_file(
    file: SqliteFile, tmp_path: Path
) -> None:
    store = SqliteProposals(file)
    await store.save(proposal())
    await store.save(proposal(2))
    await store.forget(["p1", "p9"])
    assert [p.id for p in await store.pending("t1")] == ["p2"]
    assert b'"c1"' not in all_bytes(tmp_path)
    assert b'"c2"' in all_bytes(tmp_path)


async def test_of_many_at_once_one_moves_the_proposal(file: SqliteFile) -> None:
    store = SqliteProposals(file)
    await store.save(proposal())
    moves = [
        store.move("p1", expect=ProposalStatus.PENDING, to=ProposalStatus.EXECUTING)
        for _ in range(8)
    ]
    assert sorted(await asyncio.gather(*moves)) == [False] * 7 + [True]
    assert (await store.get("p1")).status is ProposalStatus.EXECUTING


async def test_decisions_are_kept_in_order(file: SqliteFile) -> None:
    log = SqliteDecisions(file)
    assert await log.latest("t1") is None
    for number in (1, 2):
        await log.append(decision(number))
    assert await log.latest("t1") == decision(2)
    assert await log.get("d1") == decision(1)
    with pytest.raises(NotFoundError):
        await log.get("d9")


async def test_conversation_is_bounded_and_forgotten(file: SqliteFile, tmp_path: Path) -> None:
    store = SqliteConversations(file)
    assert await store.load("t1") == Conversation(thread="t1")
    state = Conversation(thread="t1", lang="zh", focus='{"a":1}', question="{}", changes=("c1",))
    for turn in range(1, 151):
        said = (
            Message(role="user", text=f"马博士{turn}", at=AT),
            Message(role="assistant", text=f"answer {turn}", at=AT),
        )
        await store.append(replace(state, turns=turn), said)
    loaded = await store.load("t1")
    assert (loaded.turns, loaded.lang, loaded.changes) == (150, "zh", ("c1",))
    assert [m.text for m in loaded.messages][-2:] == ["马博士150", "answer 150"]
    assert len(loaded.messages) == 16
    raw = sqlite3.connect(tmp_path / "guanxi.db")
    assert raw.execute("SELECT count(*) FROM messages").fetchone() == (200,)
    raw.close()
    await store.forget("t1")
    assert await store.load("t1") == Conversation(thread="t1")
    assert "马博士".encode() not in all_bytes(tmp_path)


async def test_users_passwords_and_secrets(file: SqliteFile, clock: FixedClock) -> None:
    accounts = SqliteAccounts(file, clock)
    user = User(id="lena@example.com", role=Role.SALES, name="Lena", lang="en")
    await accounts.add_user(user, password="correct horse battery")
    assert await accounts.users() == (user,)
    assert await accounts.check_password(user.id, "correct horse battery") == user
    assert await accounts.check_password(user.id, "wrong") is None
    assert await accounts.check_password("nobody", "wrong") is None
    await accounts.add_user(replace(user, role=Role.MANAGER))
    assert await accounts.check_password(user.id, "correct horse battery") is not None

    token = await accounts.issue(user.id, "api", ttl=timedelta(hours=1))
    held = await accounts.holder(token.secret, "api")
    assert held is not None
    assert held.role is Role.MANAGER
    assert await accounts.holder(token.secret, "session") is None
    clock.advance(timedelta(hours=1))
    assert await accounts.holder(token.secret, "api") is None

    once = await accounts.issue(user.id, "sign_in", ttl=timedelta(hours=1))
    spent = await asyncio.gather(*(accounts.spend(once.secret, "sign_in") for _ in range(5)))
    assert sum(found is not None for found in spent) == 1
    kept = await accounts.issue(user.id, "api", ttl=timedelta(hours=1))
    await accounts.revoke(kept.secret)
    assert await accounts.holder(kept.secret, "api") is None
    with pytest.raises(NotFoundError):
        await accounts.issue("nobody", "api", ttl=timedelta(hours=1))


async def test_disabled_user_gets_in_nowhere(file: SqliteFile, clock: FixedClock) -> None:
    accounts = SqliteAccounts(file, clock)
    user = User(id="u", role=Role.SALES)
    await accounts.add_user(user, password="correct horse battery")
    token = await accounts.issue("u", "api", ttl=timedelta(hours=1))
    await accounts.link("slack", "T1/U1", "u")
    assert await accounts.linked("slack", "T1/U1") == user
    await accounts.add_user(replace(user, disabled=True))
    assert await accounts.check_password("u", "correct horse battery") is None
    assert await accounts.holder(token.secret, "api") is None
    assert await accounts.linked("slack", "T1/U1") is None


async def test_no_secret_is_readable_in_the_file(
    file: SqliteFile, clock: FixedClock, tmp_path: Path
) -> None:
    accounts = SqliteAccounts(file, clock)
    await accounts.add_user(User(id="u", role=Role.SALES), password="correct horse battery")
    token = await accounts.issue("u", "api", ttl=timedelta(hours=1))
    await file.scrub()
    content = (tmp_path / "guanxi.db").read_bytes()
    assert b"correct horse battery" not in content
    assert token.secret.encode() not in content


async def test_inbox_knows_repeats_and_leftovers(file: SqliteFile) -> None:
    inbox = SqliteInbox(file)
    row = InboxRow(channel="slack", key="E1", body='{"text":"hi"}', received_at=AT)
    seen = await asyncio.gather(*(inbox.receive(row) for _ in range(4)))
    assert sorted(seen) == [False, False, False, True]
    assert await inbox.begin("slack", "E1") == 1
    assert await inbox.begin("slack", "E1") == 2
    assert await inbox.waiting("slack") == (replace(row, attempts=2),)
    assert await inbox.waiting("telegram") == ()
    await inbox.finish("slack", "E1")
    assert await inbox.waiting("slack") == ()
    assert not await inbox.receive(row)


async def test_button_group_is_pressed_once(file: SqliteFile) -> None:
    buttons = SqliteButtons(file)
    one = Button(
        id="b1", channel="slack", thread="t", user_id="u", text="/confirm", label="Yes", group="g"
    )
    await buttons.keep([one, replace(one, id="b2")])
    assert await buttons.get("b1") == one
    assert await buttons.get("b9") is None
    assert [await buttons.close("g"), await buttons.close("g"), await buttons.close("x")] == [
        True,
        False,
        False,
    ]


async def test_transcripts_belong_to_their_person(file: SqliteFile) -> None:
    transcripts = SqliteTranscripts(file)
    for thread, user, text in (("a", "u", "one"), ("b", "u", "two"), ("a", "v", "other")):
        entry = TranscriptEntry(thread=thread, user_id=user, at=AT, text=text, reply="{}")
        await transcripts.append(entry)
    await transcripts.append(
        TranscriptEntry(thread="a", user_id="u", at=AT, text="three", reply="{}")
    )
    found = await transcripts.threads("u")
    assert [(s.thread, s.title, s.turns) for s in found] == [("a", "one", 2), ("b", "two", 1)]
    assert [e.text for e in await transcripts.entries("a", "u")] == ["one", "three"]
    assert [e.text for e in await transcripts.entries("a", "u", limit=1)] == ["three"]
    assert await transcripts.forget("a", "u") == 2
    assert [e.text for e in await transcripts.entries("a", "v")] == ["other"]


async def test_writes_reach_another_process_and_survive(file: SqliteFile, tmp_path: Path) -> None:
    await SqliteDecisions(file).append(decision())
    other = SqliteFile(tmp_path / "guanxi.db")
    await other.open()
    assert await SqliteDecisions(other).latest("t1") == decision()
    await other.close()


async def test_locked_file_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "guanxi.db", busy_s=0.05)
    await file.open()
    holder = sqlite3.connect(tmp_path / "guanxi.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError, match="another process holds it"):
        await SqliteDecisions(file).append(decision())
    holder.execute("ROLLBACK")
    holder.close()
    assert await SqliteDecisions(file).latest("t1") is None
    await SqliteDecisions(file).append(decision())
    await file.close()


async def test_full_disk_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "guanxi.db")
    await file.open()
    await file.write(lambda c: c.exec_driver_sql("CREATE TABLE filler (text)"))
    await file.write(_limit_pages)
    long = replace(decision(), input_digest="x" * 5_000_000)
    with pytest.raises(StoreUnavailableError, match="the disk is full"):
        await SqliteDecisions(file).append(long)
    assert await SqliteDecisions(file).latest("t1") is None
    await file.close()


def _limit_pages(connection: object) -> None:
    """The file may not grow: to SQLite the same as a full disk."""
    connection.exec_driver_sql("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]


async def test_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "guanxi.db").write_text("this is not a database, it is a text " * 100)
    file = SqliteFile(tmp_path / "guanxi.db")
    with pytest.raises(StoreUnavailableError, match="no SQLite file"):
        await file.open()
    await file.close()


async def test_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    raw = sqlite3.connect(tmp_path / "guanxi.db")
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    file = SqliteFile(tmp_path / "guanxi.db")
    with pytest.raises(StoreUnavailableError, match="newer"):
        await file.open()
    await file.close()


async def test_migration_goes_forward_and_is_all_or_nothing(file: SqliteFile) -> None:
    await SqliteDecisions(file).append(decision())

    def add_column(connection: object) -> None:
        connection.exec_driver_sql("ALTER TABLE decisions ADD COLUMN extra TEXT")  # type: ignore[attr-defined]

    def fail(connection: object) -> None:
        connection.exec_driver_sql("CREATE TABLE half (n)")  # type: ignore[attr-defined]
        raise RuntimeError("stopped in the middle")

    with pytest.raises(RuntimeError):
        await file.write(lambda c: migrate(c, (*STEPS, add_column, fail)))
    assert await file.write(migrate) == len(STEPS)
    assert await file.write(lambda c: migrate(c, (*STEPS, add_column))) == len(STEPS) + 1
    assert await SqliteDecisions(file).latest("t1") == decision()
