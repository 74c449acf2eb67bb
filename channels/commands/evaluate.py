"""`guanxi eval`: score a case file of the documented format (docs/evals.md)."""

from __future__ import annotations

import argparse
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from channels.commands.invocation import Command, Invocation

RUNNER, REPORT = "evals.runner", "evals.report"
"""Found by name: `evals` stands above the channels, which therefore may not import it."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("task", metavar="TASK", help="chat, language, recall")
    parser.add_argument("--cases", type=Path, required=True, metavar="FILE", help="JSON Lines")
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a case, then the score"
    )


async def run(call: Invocation) -> int:
    """Return the exit status after scoring every case; a wrong answer is a score, not a failure."""
    runner, report = import_module(RUNNER), import_module(REPORT)
    options, rows = call.options, []
    async for row in runner.run(options.task, options.cases, settings=call.settings()):
        rows.append(row)
        print(
            report.line(row) if options.json else _told(row.id, row.passed, row.wrong), flush=True
        )
    print(report.line(report.total(options.task, rows)), flush=True)
    return 0


def _told(case: str, passed: bool, wrong: tuple[str, ...]) -> str:
    return f"{'ok  ' if passed else 'FAIL'}  {case}" + "".join(f"\n      {why}" for why in wrong)


def is_there() -> bool:
    """Return whether this installation brings the evals."""
    return find_spec(RUNNER) is not None


COMMAND = Command(name="eval", help="score a case file 评测", arguments=arguments, run=run)
