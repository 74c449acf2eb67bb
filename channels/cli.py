"""The console script `guanxi`: reads the command line, runs one command, turns errors into words."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from channels.commands.catalogue import COMMANDS
from channels.commands.invocation import Command, Invocation
from knowledge_graph.errors import BadInputError, CrmError

STATUS_FAILED = 1
STATUS_USAGE = 2
STATUS_INTERRUPTED = 130
EPILOG = """\
Options stand before the command: guanxi --home ./work --as sales:lena@example.com chat
选项写在命令之前。Without --home the workspace is GUANXI_HOME, else ~/.guanxi.
"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="guanxi",
        description="Guanxi 关系: a CRM you chat with, in Chinese and English.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--home", type=Path, metavar="DIR", help="folder of the workspace")
    parser.add_argument(
        "--now", metavar="ISO", help="fixed clock, for example 2026-11-23T09:00:00Z"
    )
    parser.add_argument(
        "--as", dest="actor", metavar="ROLE:ID", help="who acts, for example sales:lena@example.com"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        below = commands.add_parser(command.name, help=command.help, description=command.help)
        command.arguments(below)
        below.set_defaults(spec=command)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status of one command, which is run.

    Args:
        argv: The arguments; default is those of the process.
    """
    options = build_parser().parse_args(argv)
    import asyncio  # 40 ms that --help does not need

    command: Command = options.spec
    call = Invocation(home=options.home, now=options.now, actor=options.actor, options=options)
    try:
        return asyncio.run(_run(command, call))
    except CrmError as error:
        print(f"guanxi: {error} [{error.code}]", file=sys.stderr)
        return STATUS_USAGE if isinstance(error, BadInputError) else STATUS_FAILED
    except KeyboardInterrupt:
        return STATUS_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output is gone; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return STATUS_FAILED
    except Exception as error:  # noqa: BLE001 - the process boundary: a bug is told in one line
        from channels.commands.logs import keep_crash

        place = keep_crash(call.home)
        print(f"guanxi: internal error {type(error).__name__}; details: {place}", file=sys.stderr)
        return STATUS_FAILED


async def _run(command: Command, call: Invocation) -> int:
    return await command.run(call)


if __name__ == "__main__":
    sys.exit(main())
