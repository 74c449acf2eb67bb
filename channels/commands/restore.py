"""`guanxi restore`: a workspace from a backup, with every erasure repeated."""

from __future__ import annotations

import argparse
import shutil
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from channels.commands.invocation import Command, Invocation

if TYPE_CHECKING:
    from channels.settings import Settings
    from knowledge_graph.erasure.backup import Restored
    from knowledge_graph.ports import Clock
    from knowledge_graph.stores.local_home import HomeFolder


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("folder", type=Path, help="the folder of the backup")
    parser.add_argument(
        "--replace", action="store_true", help="put the backup in the place of what is here"
    )


async def run(call: Invocation) -> int:
    """Return the exit status after restoring; refused without the erasure ledger of the workspace."""
    options = call.options
    done = await restored(call.settings(), call.clock(), options.folder, replace=options.replace)
    print(f"restored {done.changes:,} change sets of {done.at}")
    print(f"erasures repeated: {done.erasures}; texts taken out: {done.blanked + done.texts}")
    return 0


async def restored(settings: Settings, clock: Clock, folder: Path, *, replace: bool) -> Restored:
    """Fill a home from a backup.

    Args:
        settings: Name the home and its keys.
        clock: The source of time.
        folder: Of the backup.
        replace: Put it in the place of the workspace that is there.

    Returns:
        What was done.

    Raises:
        NotAllowedError: The erasure ledger of the workspace is not here, or is older than the backup.
        ConflictError: There is a workspace, or it is in use. Nothing was restored.
    """
    from channels.bootstrap import build_app
    from channels.state.custody import key_place, open_custody
    from knowledge_graph.erasure.backup import (
        check_ledger,
        put_state,
        read_manifest,
    )
    from knowledge_graph.errors import ConflictError
    from knowledge_graph.stores.local_home import HomeFolder

    home = HomeFolder.at(settings.home)
    manifest = read_manifest(folder)
    home.prepare()
    async with AsyncExitStack() as parts:
        custody = await open_custody(key_place(home, settings), parts)
        await check_ledger(manifest, custody.attestation)
    if home.database.exists() and not replace:
        raise ConflictError(
            f"{str(home.root)!r} has a workspace; give another --home with GUANXI_KEYS set to the folder of "
            "the keys, or --replace. Nothing was restored."
        )
    _clear(home)
    put_state(folder, home.database)
    app = await build_app(settings, clock)
    try:
        if app.eraser is None:
            raise ConflictError("this graph store keeps values in the clear: nothing was restored")
        return await app.eraser.restorer().run(folder, manifest)
    finally:
        await app.close()


def _clear(home: HomeFolder) -> None:
    """Remove the workspace of a home, keys and reports aside; nothing may be using it.

    Raises:
        ConflictError: A process uses it; nothing was removed.
    """
    from knowledge_graph.errors import ConflictError
    from knowledge_graph.stores.local_home import FileLock

    locks = [FileLock(p) for p in (home.service_lock, home.graph_lock, home.server_lock)]
    free = [lock.acquire() for lock in locks]
    for lock in locks:
        lock.release()
    if not all(free):
        raise ConflictError("the workspace is in use; stop it first. Nothing was restored.")
    shutil.rmtree(home.graph, ignore_errors=True)
    for name in ("guanxi.db", "guanxi.db-wal", "guanxi.db-shm", "vectors.db"):
        (home.root / name).unlink(missing_ok=True)
    home.prepare()


COMMAND = Command(
    name="restore",
    help="restore a backup; who was erased stays erased 恢复",
    arguments=arguments,
    run=run,
)
