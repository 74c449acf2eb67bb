"""How fast uses are written down durably, and how fast one of a million is proved."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from channels.state.custody import KeyPlace, open_custody
from evals.bench.measuring import Measured, percentile, timed
from knowledge_graph.consent_ports import LedgerEvent
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.sovereignty.key_files import open_keys
from knowledge_graph.sovereignty.ledger.book import LedgerBook
from knowledge_graph.sovereignty.ledger.entry import Draft
from knowledge_graph.sovereignty.ledger.store import SqliteLedger

GROUP, GROUPS, SINGLES = 2_000, 10, 100
PEOPLE = 500
ENTRIES = 1_000_000
ORIGIN = "guanxi.local/bench/sm3"


async def ledger() -> list[Measured]:
    """Measure entries written through the book, as the gate writes them, and proofs from a large tree."""
    with TemporaryDirectory(prefix="guanxi-bench-") as folder:
        written = await _written(Path(folder))
        proved = _proved(Path(folder) / "large.db")
    return [*written, *proved]


async def _written(home: Path) -> list[Measured]:
    async with AsyncExitStack() as parts:
        vault = (await open_custody(KeyPlace(folder=home / "keys"), parts)).vault
        tree = SqliteLedger(home / "ledger.db", origin=ORIGIN)
        parts.callback(tree.close)
        book = LedgerBook(tree, open_keys(home / "signing.json"), vault=vault)
        await book.append([_use(n) for n in range(GROUP)])
        start = time.perf_counter()
        for _ in range(GROUPS):
            await book.append([_use(n) for n in range(GROUP)])
        rate = GROUP * GROUPS / (time.perf_counter() - start)
        singles = [await timed(lambda: book.append([_use(1)])) for _ in range(SINGLES)]
    note = (
        f"{rate:,.0f} entries/s through the book, sealed, in groups of {GROUP:,}; one fsync a group"
    )
    return [
        Measured(name="5,000 durable ledger entries in groups", value=5_000 / rate, unit="s", bar=1, note=note),
        Measured(name="one durable ledger entry p50", value=median(singles), unit="ms", bar=20),
        Measured(name="one durable ledger entry p95", value=percentile(singles, 0.95), unit="ms", bar=20),
    ]  # fmt: skip


def _proved(path: Path) -> list[Measured]:
    tree = SqliteLedger(path, origin=ORIGIN)
    draft = Draft(
        type="use.answered", at="2026-11-20T03:00:00Z", actor="bench", commitment=bytes(32)
    )
    start = time.perf_counter()
    for _ in range(ENTRIES // 10_000):
        tree.append([draft] * 10_000)
    built = time.perf_counter() - start
    tree.inclusion(1)
    took = []
    for n in range(200):
        start = time.perf_counter()
        tree.inclusion((n * 7_919) % ENTRIES)
        took.append((time.perf_counter() - start) * 1000)
    tree.close()
    proof = f"inclusion proof at {ENTRIES:,} entries, warm"
    late = percentile(took, 0.95)
    return [
        Measured(name=f"append {ENTRIES:,} entries to the tree alone", value=built, unit="s"),
        Measured(name=f"{proof}, p50", value=median(took), unit="ms", bar=5),
        Measured(name=f"{proof}, p95", value=late, unit="ms", bar=5),
    ]  # fmt: skip


def _use(n: int) -> LedgerEvent:
    return LedgerEvent(
        type="use",
        at="2026-11-20T03:00:00Z",
        actor="owner:bench",
        person=RecordRef(kind="contact", id=f"c{n % PEOPLE}"),
        facts={"tier": "identity", "purpose": "service", "fields": ("name", "email", "phone")},
    )
