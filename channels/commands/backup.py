"""`guanxi backup`: a copy of the workspace that nobody can read without its keys."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from channels.commands.invocation import Command, Invocation

if TYPE_CHECKING:
    from channels.bootstrap import App
    from knowledge_graph.erasure.backup import Manifest


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("folder", type=Path, help="a new folder")


async def run(call: Invocation) -> int:
    """Return the exit status after writing a backup; the workspace may be in use."""
    async with call.app() as app:
        manifest = await back_up(app, call.options.folder)
    print(f"backup of {manifest.count:,} change sets: {call.options.folder}")
    print("The keys are not in it. Keep the folder of the keys safe, apart, and up to date.")
    return 0


async def back_up(app: App, folder: Path) -> Manifest:
    """Write a backup of an open workspace.

    Args:
        app: The app.
        folder: A new folder.

    Returns:
        What the backup says of itself.

    Raises:
        NotAllowedError: The graph store keeps values in the clear.
    """
    from knowledge_graph.erasure.backup import write_backup
    from knowledge_graph.errors import NotAllowedError

    if app.eraser is None:
        raise NotAllowedError("this graph store keeps values in the clear: no backup was made")
    return await write_backup(
        folder,
        below=app.eraser.below,
        state=app.home.database,
        attestation=app.custody.attestation,
        clock=app.clock,
    )


COMMAND = Command(
    name="backup",
    help="write a backup without keys 备份",
    arguments=arguments,
    run=run,
)
