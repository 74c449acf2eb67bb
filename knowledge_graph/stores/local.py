"""The embedded database: started by the first process on a home, joined by every other.

Who holds HOME/run/graph.lock owns the server. The others use the published address and stand by: when the
owner ends, one of them takes the lock and starts the server again at the same address, so that open drivers
reconnect.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from knowledge_graph.errors import PlatformUnsupportedError, StoreUnavailableError
from knowledge_graph.stores import local_guard
from knowledge_graph.stores.local_home import BoltAddress, FileLock, HomeFolder
from knowledge_graph.stores.local_java import free_port, server_command

__all__ = ["BoltAddress", "HomeFolder", "LocalServer", "answers", "start_or_join"]

START_SECONDS = 60.0
"""The slowest start measured was 23 s, on a loaded machine after kill -9."""
STANDBY_SECONDS = 0.3
CALM_SECONDS = 60.0
"""A server that crashes again within this time is not restarted any more."""
LOG_BYTES = 1_000_000


class LocalServer:
    """A running embedded database, owned or joined by this process.

    Args:
        home: The home folder.
        lock: The lock of the home, held or not.
    """

    def __init__(self, home: HomeFolder, lock: FileLock) -> None:
        self._home = home
        self._lock = lock
        self._guard: Process | None = None
        self._address: BoltAddress | None = None
        self._watch: asyncio.Task[None] | None = None
        self.problem: StoreUnavailableError | PlatformUnsupportedError | None = None
        """Why the server is down for good; None while it runs or is being restarted."""

    @property
    def address(self) -> BoltAddress:
        """Where the server answers; stays the same while this object lives.

        Raises:
            StoreUnavailableError: The server has not been started.
        """
        if self._address is None:
            raise StoreUnavailableError("the database has not been started; nothing was changed")
        return self._address

    @property
    def owned(self) -> bool:
        """Whether this process started the server, so that it ends with this process."""
        return self._guard is not None

    async def close(self) -> None:
        """Stop the server if it is ours, leave it alone if it was joined."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None
        if self._guard is not None:
            self._home.withdraw()
            await self._stop_guard()
        self._lock.release()

    async def own(self, *, port: int = 0) -> None:
        """Start the server; the lock is ours.

        Args:
            port: The port to answer on; 0 takes a free one.

        Raises:
            StoreUnavailableError: It did not start.
            PlatformUnsupportedError: There is no build for this platform.
        """
        self._home.withdraw()
        try:
            await self._launch(port or free_port())
        except BaseException:
            await self._stop_guard()
            raise
        self._home.publish(self.address)
        self._watch = self._watch or asyncio.create_task(self._stand_by())

    def join(self, address: BoltAddress) -> None:
        """Use the server of another process, and stand by to take over from it."""
        self._address = address
        self._watch = asyncio.create_task(self._stand_by())

    async def _launch(self, port: int) -> None:
        log = self._home.logs / "graph.log"
        _shorten(log)
        command = server_command(self._home, bolt_port=port)
        self._guard = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-I",
                "-S",
                local_guard.__file__,
                str(self._home.server_lock),
                str(log),
            ),
            *command,
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal must not reach the database before us
        )
        address = self._home.address_at(port)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + START_SECONDS
        while not await answers(address):
            if self._guard.returncode is not None or loop.time() > deadline:
                raise StoreUnavailableError(
                    f"the embedded database did not start ({_last_words(self._home.logs)}); "
                    f"records are as they were. Details are in {str(self._home.logs)!r}."
                )
            await asyncio.sleep(0.03)
        self._address = address

    async def _stop_guard(self) -> None:
        guard, self._guard = self._guard, None
        if guard is None:
            return
        if guard.stdin is not None:
            guard.stdin.close()
        await guard.wait()

    async def _stand_by(self) -> None:
        """Restart our server when it crashes; take over when the owner of a joined one is gone."""
        restarted = float("-inf")
        loop = asyncio.get_running_loop()
        while True:
            if self._guard is not None:
                await self._guard.wait()
                if loop.time() - restarted < CALM_SECONDS:
                    self._give_up("the embedded database crashed twice within a minute")
                    return
                restarted = loop.time()
            elif not self._lock.acquire():
                await asyncio.sleep(STANDBY_SECONDS)
                continue
            try:
                await self.own(port=self.address.port)
            except (StoreUnavailableError, PlatformUnsupportedError) as error:
                self._give_up(str(error))
                return

    def _give_up(self, reason: str) -> None:
        self._home.withdraw()
        self._lock.release()
        self.problem = StoreUnavailableError(
            f"{reason}. Acknowledged writes are kept; stop this process and start it again."
        )


async def start_or_join(home: Path) -> LocalServer:
    """Start the embedded database of a home, or join the one that another process runs.

    Args:
        home: The home folder; it is made when it does not exist.

    Returns:
        The server: `address` for a driver, `close()` at the end.

    Raises:
        StoreUnavailableError: The home cannot be used, or the database does not start or answer.
        PlatformUnsupportedError: There is no build for this platform.
    """
    folder = HomeFolder.at(home)
    folder.prepare()
    lock = FileLock(folder.graph_lock)
    server = LocalServer(folder, lock)
    deadline = asyncio.get_running_loop().time() + START_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        if lock.acquire():
            try:
                await server.own()
            except BaseException:
                lock.release()
                raise
            return server
        address = folder.published()
        if address is not None and await answers(address):
            server.join(address)
            return server
        await asyncio.sleep(0.1)
    raise StoreUnavailableError(
        f"process {lock.holder()} holds the home {str(folder.root)!r}, but its database does not answer; "
        "nothing was changed. Stop that process and try again."
    )


async def answers(address: BoltAddress) -> bool:
    """Return whether the server at an address answers a query."""
    from neo4j import AsyncGraphDatabase  # noqa: PLC0415 - 0.3 s, and only where a database is used
    from neo4j.exceptions import DriverError, Neo4jError  # noqa: PLC0415 - as above

    try:
        _, writer = await asyncio.wait_for(
            asyncio.open_connection("127.0.0.1", address.port), timeout=2.0
        )
    except (OSError, TimeoutError):
        return False
    writer.close()
    driver = AsyncGraphDatabase.driver(
        address.uri, auth=address.auth, connection_timeout=5.0, max_transaction_retry_time=0.0
    )
    async with driver:
        try:
            async with driver.session(database=address.database) as session:
                await (await session.run("RETURN 1 AS one")).consume()
        except (DriverError, Neo4jError, OSError):
            return False
    return True


def _shorten(log: Path) -> None:
    """Begin a log anew when it has grown; java's own log rotates by itself."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        os.replace(log, log.with_suffix(".log.1"))


def _last_words(logs: Path) -> str:
    """Return the last line of the newest log that says something."""
    newest_first = sorted(logs.glob("*.log"), key=lambda p: p.stat().st_mtime, reverse=True)
    for log in newest_first:
        lines = log.read_text(encoding="utf-8", errors="replace")[-4000:].split("\n")
        for line in reversed(lines):
            if line.strip() and not line.startswith("\t"):
                return line.strip()[:200]
    return "its logs are empty"
