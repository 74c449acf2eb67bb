"""What stands after kill -9 in mid-import and in mid-undo, and after a disk that filled up.

A child process works on a home of its own and tells on standard output how far it is; it is killed there, together
with its database. Then the home is opened again. Full disks are small tmpfs mounts, skipped where nobody may mount.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agents.turn import TurnReply, TurnRequest
from channels.bootstrap import App, build_app
from channels.clock import SystemClock
from channels.settings import Settings
from knowledge_graph.errors import CrmError
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.ontology.change import ProposalStatus
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from tests.integration.test_local_server import is_alive, java_pid, until
from tools.transfer.reporting import ImportReport, ImportStoppedError

OWNER = Actor(role=Role.OWNER, id="owner")
ACCESS = Access(actor=OWNER, at="2026-11-23T09:00:00Z")
PIECE = 1_000
ROWS = 4_000

IMPORTING = """
import asyncio, sys
from pathlib import Path
from tests.integration.test_interrupted import ACCESS, opened

async def told(done, total):
    print(f"done {done}", flush=True)

async def work():
    async with opened(Path(sys.argv[1])) as app:
        plan = await app.transfer.propose([Path(sys.argv[2])], ACCESS)
        await app.transfer.apply(plan, ACCESS, told)

asyncio.run(work())
"""

UNDOING = """
import asyncio, sys
from pathlib import Path
from knowledge_graph.stores.transaction import CommitTransaction
from tests.integration.test_interrupted import opened, said

delete = CommitTransaction._delete

async def told(self, applied, schema):
    await delete(self, applied, schema)
    print("in the middle", flush=True)
    await asyncio.Event().wait()

async def work():
    async with opened(Path(sys.argv[1])) as app:
        reply = await said(app, "undo")
        print(f"proposal {reply.proposal.id}", flush=True)
        CommitTransaction._delete = told
        await said(app, "/confirm")

asyncio.run(work())
"""


@asynccontextmanager
async def opened(home: Path) -> AsyncIterator[App]:
    """Give the app on a home, with its embedded database."""
    app = await build_app(Settings(home=home), SystemClock())
    try:
        yield app
    finally:
        await app.close()


async def said(app: App, text: str) -> TurnReply:
    """Return the reply to one message of the owner."""
    return await app.assistant.turn(
        TurnRequest(text=text, thread="t", actor=OWNER, channel="test", lang="en")
    )


async def told(app: App, text: str) -> str:
    """Return what a person is told, be it a reply or an error."""
    try:
        reply = await said(app, text)
    except CrmError as error:
        return str(error)
    assert reply.change_id is None
    return reply.reply


async def loaded(app: App, path: Path) -> ImportReport:
    """Import a file."""
    return await app.transfer.apply(await app.transfer.propose([path], ACCESS), ACCESS)


def contacts(folder: Path, rows: int = ROWS) -> Path:
    """Write a file of contacts."""
    path = folder / "contacts.csv"
    lines = (f"P{n:05},Person{n} Smith,p{n}@x.example,note {n} {'x' * 80}" for n in range(rows))
    path.write_text("\n".join(["Contact ID,Name,Email,Notes", *lines]) + "\n", encoding="utf-8")
    return path


class Child:
    """A process that works on a home until it is killed."""

    def __init__(self, script: str, home: Path, *words: str) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, str(home), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},  # noqa: TID251 - the child's own
        )

    def line(self, start: str) -> str:
        """Return the next line that begins so."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(start):
                return line.removeprefix(start).strip()
        assert self.process.stderr is not None
        raise AssertionError(self.process.stderr.read()[-2000:])

    async def kill(self) -> None:
        """End it and its database as a power cut would."""
        java = java_pid(self.home)
        self.process.kill()
        os.kill(java, signal.SIGKILL)
        await asyncio.to_thread(self.process.wait)
        await until(lambda: not is_alive(java))
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


async def test_kill_in_mid_import_keeps_whole_pieces_and_the_rest_follows(
    home: Path, tmp_path: Path
) -> None:
    path = contacts(tmp_path)
    child = Child(IMPORTING, home, str(path))
    child.line("done 1000")
    await child.kill()
    async with opened(home) as app:
        held = (await app.graph.counts())["contact"]
        assert held >= PIECE
        assert held % PIECE == 0
        log = await app.graph.history(ACCESS)
        assert len(log) == held // PIECE
        report = await loaded(app, path)
        assert (report.unchanged, report.created.get("contact", 0)) == (held, ROWS - held)
        assert report.findings == ()
        assert (await app.graph.counts())["contact"] == ROWS
        assert (await loaded(app, path)).changed == 0


async def test_kill_in_mid_undo_undoes_nothing_and_says_so(home: Path, tmp_path: Path) -> None:
    path = contacts(tmp_path, 2 * PIECE)
    async with opened(home) as app:
        await loaded(app, path)
    child = Child(UNDOING, home)
    proposal = child.line("proposal ")
    child.line("in the middle")
    await child.kill()
    async with opened(home) as app:
        assert (await app.graph.counts())["contact"] == 2 * PIECE
        assert not [c for c in await app.graph.history(ACCESS) if c.undoes]
        assert (await app.state.proposals.get(proposal)).status is ProposalStatus.EXECUTING
        reply = await said(app, f"/confirm {proposal}")
        assert reply.change_id, reply.reply
        assert "contact" not in await app.graph.counts()
        assert (await app.state.proposals.get(proposal)).status is ProposalStatus.DONE
        again = await said(app, f"/confirm {proposal}")
        assert again.change_id is None or again.change_id == reply.change_id
        assert len([c for c in await app.graph.history(ACCESS) if c.undoes]) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own for a home; `fill` takes what is left of it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(disk)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"no small disk can be mounted here: {error}")
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=False)


DISK_MB = 160


def fill(disk: Path, *, but: int = 0) -> Path:
    """Take the room that is left on a disk, but for some bytes; return the file that holds it."""
    hog = disk / "hog"
    free = os.statvfs(disk)
    size = max(0, free.f_bavail * free.f_frsize - but)
    with hog.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, size)
    return hog


async def _loaded_on_a_full_disk(home: Path, disk: Path, path: Path) -> None:
    async with opened(home) as app:
        fill(disk, but=1024 * 1024)
        await loaded(app, path)


async def test_a_full_disk_stops_an_import_that_goes_on_later(
    small_disk: Path, tmp_path: Path
) -> None:
    home, path = small_disk / "home", contacts(tmp_path)
    async with opened(home) as app:
        first = await loaded(app, contacts(small_disk, PIECE))
        assert first.created["contact"] == PIECE
    with pytest.raises(CrmError) as caught:
        await _loaded_on_a_full_disk(home, small_disk, path)
    (small_disk / "hog").unlink()
    if isinstance(caught.value, ImportStoppedError):
        assert caught.value.report.rows < ROWS
    async with opened(home) as app:
        held = (await app.graph.counts())["contact"]
        assert PIECE <= held < ROWS
        report = await loaded(app, path)
        assert report.created["contact"] == ROWS - held
        assert (await app.graph.counts())["contact"] == ROWS
        assert (await loaded(app, path)).changed == 0


async def test_a_full_disk_under_the_state_file_writes_no_record(small_disk: Path) -> None:
    store = InMemoryGraphStore()
    app = await build_app(Settings(home=small_disk / "home"), SystemClock(), store=store)
    try:
        assert (await said(app, 'add "Ann Lee" as a lead')).proposal is not None
        assert (await said(app, "/confirm")).change_id
        hog = fill(small_disk)
        for text in ('add "Bob Ray" as a lead', "/confirm"):
            assert "nothing was changed" in (await told(app, text)).casefold()
        assert {r.title for r in store.snapshot().values()} == {"Ann Lee"}
        hog.unlink()
        assert (await said(app, 'add "Bob Ray" as a lead')).proposal is not None
        assert (await said(app, "/confirm")).change_id
        assert {r.title for r in store.snapshot().values()} == {"Ann Lee", "Bob Ray"}
    finally:
        await app.close()
