"""What keeping people's data sealed costs, and how fast one of many is erased."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from channels.bootstrap import App
from channels.state.custody import KeyPlace, open_custody
from evals.bench.measuring import Measured
from evals.bench.workspaces import ACCESS, commit_all, embedded, new
from knowledge_graph.erasure.files import search
from knowledge_graph.keeping import KeyVault, Plain, Sealed, Spot
from knowledge_graph.ontology.change import RecordChange
from knowledge_graph.ontology.record import RecordRef

FIELDS = 10_000
SUBJECTS = 100_000
COPIES = 10_000
CANARY = "Quixanne Zorbl"


async def sealing() -> list[Measured]:
    """Measure sealing and opening values of as many people."""
    from contextlib import AsyncExitStack  # noqa: PLC0415 - a part of the bench stands alone

    with TemporaryDirectory(prefix="guanxi-bench-") as folder:
        async with AsyncExitStack() as parts:
            vault = (await open_custody(KeyPlace(folder=Path(folder)), parts)).vault
            sealed, took = await _seal(vault)
            first, again = await _open(vault, sealed), await _open(vault, sealed)
    each = f"{FIELDS:,} fields of {FIELDS:,} people"
    return [
        Measured(name=f"seal {each}, keys made", value=took, unit="s"),
        Measured(name=f"open {each}", value=first, unit="s", bar=0.5, note="keys just made"),
        Measured(name=f"open {each} again", value=again, unit="s", bar=0.5),
    ]


async def _seal(vault: KeyVault) -> tuple[list[Sealed], float]:
    items = [
        Plain(
            holder=f"contact:c{n}",
            spot=Spot(table="contact", column="values", row=f"c{n}"),
            data=b"x" * 200,
        )
        for n in range(FIELDS)
    ]
    start = time.perf_counter()
    envelopes = await vault.seal(items)
    took = time.perf_counter() - start
    return [Sealed(spot=i.spot, envelope=e) for i, e in zip(items, envelopes, strict=True)], took


async def _open(vault: KeyVault, sealed: list[Sealed]) -> float:
    start = time.perf_counter()
    await vault.open(sealed)
    return time.perf_counter() - start


async def erasing() -> list[Measured]:
    """Measure the erasure of one person among many, with the report and the search of all bytes."""
    async with embedded() as app:
        await commit_all(app, _people())
        start = time.perf_counter()
        await app.language.current()
        loaded = time.perf_counter() - start
        if app.eraser is None:
            raise RuntimeError("there is no eraser")
        start = time.perf_counter()
        await app.eraser.erase([RecordRef(kind="contact", id="c0")], ACCESS)
        took = time.perf_counter() - start
        start = time.perf_counter()
        hits = await asyncio.to_thread(search, app.home.root, [CANARY])
        searched = time.perf_counter() - start
        size = _size(app)
    name = f"erase one of {SUBJECTS:,} people with {COPIES:,} copies, report included"
    return [
        Measured(name=f"load {SUBJECTS:,} sealed people", value=loaded, unit="s"),
        Measured(name=name, value=took, unit="s", bar=5),
        Measured(name="search every byte of the home for one word", value=searched, unit="s",
                 note=f"{size / 1e6:.0f} MB, {sum(hits.values())} hits"),
    ]  # fmt: skip


def _people() -> Iterator[RecordChange]:
    yield new("account", "a0", {"name": "Company"})
    yield new("contact", "c0", {"name": CANARY, "account": "a0", "email": "quix@zorbl.example"})
    for n in range(1, SUBJECTS):
        yield new("contact", f"c{n}", {"name": f"Person No{n}", "account": "a0"})
    for n in range(COPIES):
        values = {"name": f"call {n}", "account": "a0", "contact": "c0", "text": f"{CANARY} called"}
        yield new("interaction", f"i{n}", {**values, "type": "call"})


def _size(app: App) -> int:
    return sum(p.stat().st_size for p in app.home.root.rglob("*") if p.is_file())
