"""`guanxi export`: every record with its provenance, out of the workspace."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TextIO

from channels.commands.invocation import Command, Invocation

FORMATS = ("csv", "jsonl", "xlsx")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("--kind", metavar="K", help="only this kind; default is all kinds")
    parser.add_argument("--format", choices=FORMATS, default="jsonl", help="default: jsonl")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder; default: standard output")


async def run(call: Invocation) -> int:
    """Return the exit status after exporting to a folder or to standard output.

    Raises:
        BadInputError: The format cannot be written there; nothing was written.
    """
    from channels.commands.importing import access_of
    from knowledge_graph.errors import BadInputError

    options = call.options
    if options.out is None and options.format == "xlsx":
        raise BadInputError("a workbook needs a folder: --out DIR; nothing was written")
    if options.out is None and options.format == "csv" and not options.kind:
        raise BadInputError("CSV of several kinds needs a folder: --out DIR, or name one --kind")
    async with call.app() as app:
        target = options.out or _standard_output()
        access = access_of(app, call.who())
        report = await app.transfer.export(options.kind, options.format, target, access)
    told = ", ".join(f"{count:,} {kind}" for kind, count in report.counts.items()) or "no records"
    print(f"exported: {told}", file=sys.stderr)
    if report.withheld:
        print(
            f"left empty because you may not see them: {report.withheld:,} values", file=sys.stderr
        )
    return 0


def _standard_output() -> TextIO:
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    return sys.stdout


COMMAND = Command(
    name="export",
    help="write records as CSV, JSON Lines or XLSX 导出",
    arguments=arguments,
    run=run,
)
