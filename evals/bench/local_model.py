"""The shipped conversations on a hosted or local model: `python -m evals.bench.local_model ADDRESS [MODEL]`.

Not a part of `make bench`: it needs a model. The address is that of an OpenAI-compatible server; the first
cases of each kind and language are played, and what came out is added to docs/benchmarks.md.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from pathlib import Path

from channels.clock import SystemClock
from channels.settings import Settings
from evals.bench.__main__ import PAGE, RAW, machine, page
from evals.bench.measuring import Measured, percentile
from evals.cases import ChatCase, read_cases
from evals.chat import score_chat
from evals.report import Row
from evals.worlds import Worlds

CASES = Path(__file__).parents[1] / "datasets" / "chat_dev.jsonl"
KINDS = ("find", "create", "update", "ask")
TIMEOUT_S = 240.0
"""A small model on a few busy cores reads its first prompt in a minute or two."""


def chosen(each: int) -> tuple[ChatCase, ...]:
    """Return the first cases of each kind in each language, in the order of the file."""
    found: dict[tuple[str, str], list[ChatCase]] = {}
    for case in read_cases("chat", CASES):
        if isinstance(case, ChatCase):
            kind = next((tag for tag in case.tags if tag in KINDS), "")
            group = found.setdefault((kind, case.lang), [])
            if kind and len(group) < each:
                group.append(case)
    return tuple(case for group in found.values() for case in group)


async def played(address: str, cases: Sequence[ChatCase], model: str) -> AsyncIterator[Row]:
    """Yield the rows of cases as they are played with the model of a server."""
    settings = Settings(
        model=f"openai:{model}", model_base_url=address, model_timeout_s=TIMEOUT_S, model_retries=0
    )
    worlds = Worlds(CASES.parent, settings)
    try:
        for case in cases:
            yield await score_chat(case, worlds)
    finally:
        worlds.close()


def fell_back(row: Row) -> bool:
    """Return whether the offline model had to take over in a conversation."""
    return any(turn["notices"] for turn in row.output)


def measured(rows: Sequence[Row], note: str) -> list[Measured]:
    """Return the numbers of a run."""
    own = [row for row in rows if not fell_back(row)]
    turns = sum(len(row.output) for row in rows)
    right = f"conversations right, of {len(rows)}"
    took = percentile([r.ms for r in rows], 0.5) / 1000
    found = (
        Measured(name=right, value=sum(r.passed for r in rows), unit="", note=note),
        Measured(name="right without the offline model", value=sum(r.passed for r in own), unit=""),
        Measured(name="harmful", value=sum(r.harmful for r in rows), unit="", bar=0),
        Measured(name="median conversation", value=took, unit="s", note=f"{turns} turns in all"),
    )
    return list(found)


async def _run(address: str, model: str) -> list[Row]:
    rows = []
    async for row in played(address, chosen(1), model):
        rows.append(row)
        sys.stdout.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return rows


def main() -> int:
    """Play, print every row and add the numbers to the benchmark page."""
    if len(sys.argv) < 2:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    model = sys.argv[2] if len(sys.argv) > 2 else "local"
    load = round(os.getloadavg()[0], 1)
    rows = asyncio.run(_run(sys.argv[1], model))
    raw = json.loads(RAW.read_text(encoding="utf-8"))
    raw["local_model"] = {
        "date": f"{SystemClock().now():%Y-%m-%d}",
        "machine": machine(),
        "load": load,
        "measured": [asdict(m) for m in measured(rows, model)],
    }
    RAW.write_text(json.dumps(raw, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(raw), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
