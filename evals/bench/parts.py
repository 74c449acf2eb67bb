"""The parts of the benchmark; each stands alone and takes less than two minutes."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from agents.turn import TurnRequest
from channels.bootstrap import App
from evals.bench.keeping import erasing, sealing
from evals.bench.ledger import ledger
from evals.bench.measuring import (
    Measured,
    Part,
    memory_of,
    memory_of_process,
    percentile,
    times,
)
from evals.bench.rules import rules
from evals.bench.rules_running import rules_preview, rules_stream
from evals.bench.side_by_side import side_by_side
from evals.bench.workspaces import ACCESS, contacts_csv, embedded, fill
from evals.cases import Workspace
from evals.worlds import Worlds
from knowledge_graph.expression.nodes import Compare, Field, Query

RECORDS = 50_000
ROWS = 10_000
QUESTIONS = (
    "customers in Berlin",
    "how many open deals has Priya Nair, worth how much?",
    "open opportunities over 300k",
    "苏州有哪些客户？",
    "李薇的商机",
    "金额超过40万的商机",
    "top 5 open deals by amount",
    "customers with more than 4500 employees",
    "成都的客户",
    "deals closing next month",
)
_GUANXI = (sys.executable, "-m", "channels.cli")


async def help_time() -> list[Measured]:
    """Measure how long `guanxi --help` takes."""
    found = await times(lambda _: _ran(*_GUANXI, "--help"), 9)
    return [Measured(name="guanxi --help, median of 9", value=median(found), unit="ms", bar=150)]


async def _ran(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    await process.wait()


async def starts() -> list[Measured]:
    """Measure from the start of `guanxi chat --json` to its first answer, on a new home and on a known one."""
    with TemporaryDirectory(prefix="guanxi-bench-") as home:
        first, second, third = [await _answered(home) for _ in range(3)]
    return [
        Measured(name="first start to first answer, empty home", value=first, unit="s", bar=20),
        Measured(name="next start to first answer", value=min(second, third), unit="s", bar=9),
    ]


async def _answered(home: str) -> float:
    start = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *_GUANXI,
        "--home",
        home,
        "chat",
        "--json",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"how many customers are there?\n")
    line = await process.stdout.readline()
    took = time.perf_counter() - start
    process.stdin.close()
    await process.wait()
    if not line:
        raise RuntimeError("guanxi chat gave no answer")
    return took


async def importing() -> list[Measured]:
    """Measure the import of a CSV file of contacts into an empty workspace, and taking it back."""
    async with embedded() as app:
        path = app.home.root / "contacts.csv"
        await asyncio.to_thread(path.write_text, contacts_csv(ROWS), encoding="utf-8")
        start = time.perf_counter()
        plan = await app.transfer.propose([path], ACCESS)
        report = await app.transfer.apply(plan, ACCESS)
        took = time.perf_counter() - start
        made = sum(report.created.values())
        undone = [await _undone(app, text) for text in ("undo", "/confirm")]
    note = f"{made} records made (a contact a row and their customers)"
    return [
        Measured(name=f"import of {ROWS:,} rows of CSV", value=took, unit="s", bar=20, note=note),
        Measured(name=f"undo of that import: {made:,} records drafted", value=undone[0], unit="s"),
        Measured(name="undo of that import carried out", value=undone[1], unit="s", bar=10),
    ]


async def _undone(app: App, text: str) -> float:
    """Return how long one turn of an undo takes, in seconds."""
    reply = await app.assistant.turn(
        TurnRequest(text=text, thread="undo", actor=ACCESS.actor, channel="bench")
    )
    if reply.refusal is not None or reply.question is not None:
        raise RuntimeError(f"{text!r} did not work: {reply.reply}")
    return reply.ms / 1000


async def turns() -> list[Measured]:
    """Measure chat turns, memory and plain finding with many records on the embedded database."""
    async with embedded() as app:
        await fill(app, RECORDS)
        for text in QUESTIONS:
            await _ask(app, text, "warm")
        found = await times(lambda n: _ask(app, QUESTIONS[n % len(QUESTIONS)], f"t{n}"), 60)
        finds = await times(lambda n: _find(app, QUESTIONS[n % len(QUESTIONS)]), 60)
        home, me = str(app.home.root), os.getpid()
        service, database = memory_of_process(me), memory_of(home, but=me)
    scale = f"{RECORDS:,} records"
    return [
        Measured(name=f"chat turn p50, {scale}", value=percentile(found, 0.5), unit="ms", bar=150),
        Measured(name=f"chat turn p95, {scale}", value=percentile(found, 0.95), unit="ms", bar=400),
        Measured(name=f"find p50, {scale}", value=percentile(finds, 0.5), unit="ms"),
        Measured(name=f"find p95, {scale}", value=percentile(finds, 0.95), unit="ms", bar=150),
        Measured(name=f"memory of the service, {scale}", value=service, unit="MB", bar=600),
        Measured(name=f"memory of the database, {scale}", value=database, unit="MB", bar=600),
    ]


async def _ask(app: App, text: str, thread: str) -> None:
    reply = await app.assistant.turn(
        TurnRequest(text=text, thread=thread, actor=ACCESS.actor, channel="bench")
    )
    if not reply.tool_calls:
        raise RuntimeError(f"no tool was called for {text!r}: {reply.reply}")


async def _find(app: App, text: str) -> None:
    conditions = {
        0: Compare(op="eq", term=Field(id="customer.city"), value="Berlin"),
        1: Compare(op="gt", term=Field(id="customer.employee_count"), value=4500),
        2: Compare(op="lt", term=Field(id="customer.last_contact_date"), value="2026-02-01"),
        3: Compare(op="eq", term=Field(id="customer.owner"), value="e4"),
        4: Compare(op="eq", term=Field(id="customer.industry"), value="food"),
    }
    query = Query(entity="customer", condition=conditions[QUESTIONS.index(text) % 5])
    await app.graph.find(query, ACCESS, now=app.clock.now(), limit=50)


async def offline() -> list[Measured]:
    """Measure the assistant without a database: the offline model, the language and the tools alone."""
    folder = Path(__file__).parents[1] / "datasets"
    worlds = Worlds(folder)
    workspace = Workspace(records_from=("worlds/north.jsonl",))
    async with worlds.open(workspace, "2026-11-20T03:00:00Z") as world:
        texts = ("customers in Berlin", "open deals over 50k", "how many leads are there?")
        await _ask(world.app, texts[0], "warm")
        found = await times(lambda n: _ask(world.app, texts[n % 3], f"t{n}"), 60)
    return [
        Measured(name="turn over an in-memory store p50", value=percentile(found, 0.5), unit="ms"),
        Measured(name="turn over an in-memory store p95", value=percentile(found, 0.95), unit="ms"),
    ]


PARTS: Mapping[str, Part] = {
    "help": help_time,
    "start": starts,
    "import": importing,
    "turns": turns,
    "offline": offline,
    "sealing": sealing,
    "erasing": erasing,
    "ledger": ledger,
    "side_by_side": side_by_side,
    "rules": rules,
    "rules_stream": rules_stream,
    "rules_preview": rules_preview,
}
"""By name, in the order of docs/benchmarks.md."""
