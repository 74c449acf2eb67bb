"""`guanxi backup`: a copy of the workspace that nobody can read without its keys."""

from __future__ import annotations

import argparse
from pathlib import Path

from channels.commands.invocation import Command, Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("folder", type=Path, help="a new folder")


async def run(call: Invocation) -> int:
    """Return the exit status after writing a backup; the workspace may be in use."""
    from knowledge_graph.erasure.backup import write_backup
    from knowledge_graph.errors import NotAllowedError

    async with call.app() as app:
        if app.eraser is None:
            raise NotAllowedError("this graph store keeps values in the clear: no backup was made")
        manifest = await write_backup(
            call.options.folder,
            below=app.eraser.below,
            state=app.home.database,
            attestation=app.custody.attestation,
            clock=app.clock,
        )
    print(f"backup of {manifest.count:,} change sets: {call.options.folder}")
    print("The keys are not in it. Keep the folder of the keys safe, apart, and up to date.")
    return 0


COMMAND = Command(
    name="backup",
    help="write a backup without keys 备份",
    arguments=arguments,
    run=run,
)
