"""`guanxi verify`: check a customer's bundle of data uses, offline and without a workspace."""

from __future__ import annotations

import argparse
from pathlib import Path

from channels.commands.invocation import Command, Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("bundle", type=Path, help="the bundle, a JSON file")
    parser.add_argument("--trust", type=Path, metavar="FILE", help="keys you trust, one a line")
    parser.add_argument("--last", type=Path, metavar="FILE", help="the checkpoint you kept")
    parser.add_argument("--json", action="store_true", help="one JSON object")


async def run(call: Invocation) -> int:
    """Return 0 when everything in the bundle holds, 1 when something does not, 2 when it cannot be read."""
    # The same file that customers get: what we answer is what they can find out without us.
    from knowledge_graph.sovereignty.verifier import main

    options = call.options
    argv = ["--json"] if options.json else []
    for name in ("trust", "last"):
        path = getattr(options, name)
        argv += [f"--{name}", str(path)] if path is not None else []
    return main([*argv, "--", str(options.bundle)])


COMMAND = Command(
    name="verify",
    help="check a bundle of data uses, offline 核验数据使用凭证",
    arguments=arguments,
    run=run,
)
