"""The embedded database: started, joined, taken over, restarted, and never losing what it acknowledged."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from neo4j import AsyncGraphDatabase

from knowledge_graph.errors import PlatformUnsupportedError, StoreUnavailableError
from knowledge_graph.stores import local_java
from knowledge_graph.stores.local import (
    BoltAddress,
    HomeFolder,
    LocalServer,
    answers,
    start_or_join,
)
from knowledge_graph.stores.local_home import FileLock

BOUND_SECONDS = 60

STARTER = """
import asyncio, sys
from pathlib import Path
from knowledge_graph.stores.local import start_or_join
async def main():
    server = await start_or_join(Path(sys.argv[1]))
    print(server.address.uri, server.owned, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.close()
asyncio.run(main())
"""

WRITER = """
import asyncio, sys
from pathlib import Path
from neo4j import AsyncGraphDatabase
from knowledge_graph.stores.local import start_or_join
async def main():
    server = await start_or_join(Path(sys.argv[1]))
    a = server.address
    async with AsyncGraphDatabase.driver(a.uri, auth=a.auth) as driver:
        for n in range(100_000):
            await driver.execute_query("CREATE (:Written {n: $n})", n=n, database_=a.database)
            print(n, flush=True)
asyncio.run(main())
"""


def start(script: str, home: Path) -> subprocess.Popen[str]:
    """Run a script in a process of its own, as another command would be."""
    return subprocess.Popen(
        [sys.executable, "-c", script, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens by itself."""
    async with asyncio.timeout(BOUND_SECONDS):
        while not condition():  # noqa: ASYNC110 - the end of another process sends no event
            await asyncio.sleep(0.02)


async def until_answers(address: BoltAddress) -> None:
    async with asyncio.timeout(BOUND_SECONDS):
        while not await answers(address):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)


async def rows(address: BoltAddress, query: str, **values: object) -> list[object]:
    async with AsyncGraphDatabase.driver(address.uri, auth=address.auth) as driver:
        records, _, _ = await driver.execute_query(query, values, database_=address.database)  # type: ignore[arg-type]  # fixed texts
    return [record[0] for record in records]


def java_pid(home: Path) -> int:
    return int(HomeFolder.at(home).server_lock.read_text())


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


async def test_start_join_stop(home: Path) -> None:
    owner = await start_or_join(home)
    joined = await start_or_join(home)
    try:
        assert owner.owned
        assert not joined.owned
        assert joined.address == owner.address
    finally:
        await joined.close()
        await owner.close()
    assert not await answers(owner.address)
    assert HomeFolder.at(home).published() is None


def process_list() -> str:
    """All command lines of this machine."""
    command = ["ps", "-ww", "-eo", "args"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


async def test_secrets_stay_private(home: Path) -> None:
    server = await start_or_join(home)
    try:
        run = HomeFolder.at(home).run
        assert server.address.password not in repr(server.address)
        for name in ("graph.key", "graph.address"):
            assert (run / name).stat().st_mode & 0o777 == 0o600
        listing = process_list()
        assert "ArcadeDBServer" in listing
        assert server.address.password not in listing
    finally:
        await server.close()


async def test_data_survives_restart_and_copy(home: Path, tmp_path: Path) -> None:
    server = await start_or_join(home)
    await rows(server.address, "CREATE (n:Kept {n: 1}) RETURN n.n AS n")
    await server.close()
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    shutil.rmtree(copy / "run")  # even without its run folder: a new password is made
    for place in (home, copy):
        again = await start_or_join(place)
        try:
            assert await rows(again.address, "MATCH (n:Kept) RETURN n.n AS n") == [1]
        finally:
            await again.close()


async def test_server_killed_is_restarted_at_the_same_address(home: Path) -> None:
    server = await start_or_join(home)
    try:
        await rows(server.address, "CREATE (n:Kept {n: 1}) RETURN n.n AS n")
        killed = java_pid(home)
        os.kill(killed, signal.SIGKILL)
        await until(lambda: not is_alive(killed))
        await until_answers(server.address)
        assert await rows(server.address, "MATCH (n:Kept) RETURN n.n AS n") == [1]
        assert server.problem is None
    finally:
        await server.close()


async def test_server_that_crashes_again_is_given_up_with_a_clear_error(home: Path) -> None:
    server = await start_or_join(home)
    try:
        for _ in range(2):
            await until_answers(server.address)
            killed = java_pid(home)
            os.kill(killed, signal.SIGKILL)
            await until(lambda pid=killed: not is_alive(pid))  # type: ignore[misc]  # bound at once
        await until(lambda: server.problem is not None)
        assert "Acknowledged writes are kept" in str(
            server.problem
        )  # whether it had answered or not
        after = await start_or_join(home)  # the lock is free again: a new start works
        await after.close()
    finally:
        await server.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_joiner_takes_over_when_the_starter_ends(home: Path, number: signal.Signals) -> None:
    starter = start(STARTER, home)
    try:
        uri, owned = first_line(starter).split()
        assert owned == "True"
        joined = await start_or_join(home)
        try:
            assert (joined.address.uri, joined.owned) == (uri, False)
            old = java_pid(home)
            starter.send_signal(number)
            starter.wait(BOUND_SECONDS)
            await until(lambda: not is_alive(old))
            await until(lambda: joined.owned)
            await until_answers(joined.address)
        finally:
            await joined.close()
    finally:
        starter.kill()
        starter.communicate()


async def test_no_server_is_left_behind_by_a_killed_starter(home: Path) -> None:
    starter = start(STARTER, home)
    first_line(starter)
    pid = java_pid(home)
    starter.kill()
    starter.communicate()
    await until(lambda: not is_alive(pid))


async def test_orphan_of_a_killed_guard_is_ended_by_the_next_start(home: Path) -> None:
    server = await start_or_join(home)
    try:
        orphan = java_pid(home)
        os.kill(guard_pid(server), signal.SIGKILL)
        await until(lambda: not is_alive(orphan))
        await until_answers(server.address)
    finally:
        await server.close()


def guard_pid(server: LocalServer) -> int:
    assert server._guard is not None
    return server._guard.pid


async def test_stale_address_and_lock_files_are_no_obstacle(home: Path) -> None:
    folder = HomeFolder.at(home)
    folder.prepare()
    folder.publish(
        BoltAddress(uri="bolt://127.0.0.1:9", user="root", password="x", database="guanxi")
    )
    folder.graph_lock.write_text("1\n")
    folder.server_lock.write_text("1\n")
    server = await start_or_join(home)
    try:
        assert server.owned
        assert server.address.port != 9
    finally:
        await server.close()


async def test_holder_without_database_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from knowledge_graph.stores import local

    folder = HomeFolder.at(home)
    folder.prepare()
    lock = FileLock(folder.graph_lock)
    assert lock.acquire()
    monkeypatch.setattr(local, "START_SECONDS", 0.3)
    with pytest.raises(StoreUnavailableError, match=str(os.getpid())):
        await start_or_join(home)
    lock.release()


async def test_platform_without_wheel_names_the_alternative(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_java, "find_spec", lambda _: None)
    with pytest.raises(PlatformUnsupportedError, match="GUANXI_NEO4J_URI"):
        await start_or_join(home)
    monkeypatch.undo()
    server = await start_or_join(home)  # the failed start freed its lock
    await server.close()


async def test_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailableError, match="--home"):
        await start_or_join(tmp_path / "file" / "home")


@pytest.mark.parametrize("victim", ["server", "process"])
async def test_every_acknowledged_write_survives_kill(home: Path, victim: str) -> None:
    writer = start(WRITER, home)
    assert writer.stdout is not None
    acknowledged = -1
    while acknowledged < 40:
        acknowledged = int(first_line(writer))
    os.kill(java_pid(home) if victim == "server" else writer.pid, signal.SIGKILL)
    if victim == "server":
        writer.kill()
    rest, _ = writer.communicate(timeout=BOUND_SECONDS)
    acknowledged = max([acknowledged, *(int(n) for n in rest.split() if n.isdecimal())])
    server = await start_or_join(home)
    try:
        kept = await rows(server.address, "MATCH (n:Written) RETURN n.n AS value ORDER BY value")
    finally:
        await server.close()
    assert set(range(acknowledged + 1)) <= set(kept)
    assert len(kept) == len(set(kept)) <= acknowledged + 2
