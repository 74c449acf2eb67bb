"""Runs the shipped case files and compares with the baseline: `python -m evals.smoke [--all]`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from evals.report import Total, line, total
from evals.runner import run

HERE = Path(__file__).parent
ASIDE = "aside"
"""Cases that nobody tunes on: only their totals are shown."""
SLOW = ("recall", "wild", "sovereignty")
"""Embedding the sample workspace takes minutes, and so do the longest set of conversations and the attacks."""
BASELINE = HERE / "baselines" / "offline.json"


async def measure(task: str, cases: Path) -> Total:
    """Run one file and return its total; failed cases are printed, but never those set aside."""
    rows = []
    async for row in run(task, cases):
        rows.append(row)
        if not row.passed and ASIDE not in cases.stem:
            sys.stdout.write(line(row)[:600] + "\n")
    return total(task, rows)


def worse(found: Total, baseline: dict[str, float]) -> list[str]:
    """Return in what a total is worse than the last accepted one."""
    faults = []
    if found.score < baseline["score"]:
        faults.append(f"{found.task}: {found.score} below the baseline {baseline['score']}")
    if found.harmful > baseline["harmful"]:
        faults.append(f"{found.task}: {found.harmful} harmful, baseline {baseline['harmful']}")
    return faults


def main() -> int:
    """Compare every shipped case file with the baseline and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--all", action="store_true", help="also the files set aside and the slow ones"
    )
    parser.add_argument(
        "--accept", action="store_true", help="write the result as the new baseline"
    )
    options = parser.parse_args()
    accepted = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.is_file() else {}
    faults: list[str] = []
    for cases in sorted((HERE / "datasets").glob("*.jsonl")):
        if any(word in cases.stem for word in (ASIDE, *SLOW)) and not options.all:
            continue
        found = asyncio.run(measure(cases.stem.partition("_")[0], cases))
        sys.stdout.write(f"{cases.name}: {line(found)}\n")
        if options.accept:
            accepted[cases.stem] = {"score": found.score, "harmful": found.harmful, "n": found.n}
        elif cases.stem in accepted:
            faults += worse(found, accepted[cases.stem])
    if options.accept:
        BASELINE.parent.mkdir(exist_ok=True)
        BASELINE.write_text(json.dumps(accepted, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    sys.stdout.write("".join(f"WORSE {fault}\n" for fault in faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
