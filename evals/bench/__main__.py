"""Run the parts of the benchmark and write docs/benchmarks.md and docs/benchmarks.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from channels.clock import SystemClock
from evals.bench.measuring import Measured, run_part
from evals.bench.parts import PARTS

DOCS = Path(__file__).parents[2] / "docs"
RAW, PAGE = DOCS / "benchmarks.json", DOCS / "benchmarks.md"
LIMIT = 240
"""Seconds after which a part is given up."""


def main() -> int:
    """Run all parts, or one, each in a process of its own, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="run one part; the others keep their numbers")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        found = run_part(PARTS[options.part])
        sys.stdout.write(json.dumps([asdict(m) for m in found]) + "\n")
        return 0
    raw = json.loads(RAW.read_text(encoding="utf-8")) if RAW.is_file() else {}
    failed = False
    for name in (options.only,) if options.only else PARTS:
        raw[name] = _measured(name)
        failed = failed or "error" in raw[name]
        sys.stdout.write(json.dumps({name: raw[name]}, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        RAW.write_text(json.dumps(raw, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        PAGE.write_text(page(raw), encoding="utf-8")
    return 1 if failed else 0


def _measured(name: str) -> dict[str, object]:
    """Run one part in a process of its own."""
    facts: dict[str, object] = {
        "date": f"{SystemClock().now():%Y-%m-%d}",
        "machine": machine(),
        "load": round(os.getloadavg()[0], 1),
    }
    command = [sys.executable, "-m", "evals.bench", "--part", name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return facts | {"error": f"gave no result within {LIMIT} s"}
    if done.returncode:
        return facts | {"error": (done.stderr.strip().splitlines() or ["failed"])[-1][:300]}
    return facts | {"measured": json.loads(done.stdout.strip().splitlines()[-1])}


def machine() -> str:
    """Return what the numbers were measured on."""
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    )


def page(raw: dict[str, dict[str, object]]) -> str:
    """Return the benchmark page for the raw results."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench` (`python -m evals.bench`, one part: `--only NAME`); the raw numbers are in",
        "benchmarks.json. Every number is one run as it came out, the misses too. *Load* is the load average",
        "when the part began: a busy machine (load above its cores) measures too slow.",
        "",
        "| part | what | measured | bar | | date | load | note |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, result in raw.items():
        where = f"{result['date']} | {result['load']}"
        if "error" in result:
            lines.append(f"| {name} | not measured | | | MISSED | {where} | {result['error']} |")
            continue
        rows = result["measured"]
        assert isinstance(rows, list)
        for row in rows:
            m = Measured(**row)
            bar = "" if m.bar is None else f"≤ {m.bar:g} {m.unit}"
            digits = 3 if m.value < 1 else 1 if m.value < 100 else 0
            value = f"{m.value:,.{digits}f} {m.unit}"
            cells = (name, m.name, value, bar, m.verdict, where, m.note)
            lines.append(f"| {' | '.join(cells)} |")
    machines = sorted({str(result["machine"]) for result in raw.values()})
    return "\n".join([*lines, "", f"Machine: {'; '.join(machines)}.", ""])


if __name__ == "__main__":
    sys.exit(main())
