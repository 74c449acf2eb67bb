"""The benchmark page tells misses and what could not be measured."""

from __future__ import annotations

from dataclasses import asdict

from evals.bench.__main__ import page
from evals.bench.measuring import Measured
from evals.bench.workspaces import contacts_csv

FACTS = {"date": "2026-11-23", "machine": "a machine", "load": 0.5}


def test_the_page_shows_met_missed_and_unmeasured():
    measured = [
        Measured(name="quick", value=100.0, unit="ms", bar=150),
        Measured(name="slow", value=151.0, unit="ms", bar=150),
        Measured(name="free", value=1.0, unit="ms"),
    ]
    text = page({
        "a": {**FACTS, "measured": [asdict(m) for m in measured]},
        "b": {**FACTS, "error": "no java"},
    })
    assert "| a | quick | 100 ms | ≤ 150 ms | met | 2026-11-23 | 0.5 |  |" in text
    assert "| slow | 151 ms | ≤ 150 ms | MISSED |" in text
    assert "| free | 1.0 ms |  |  |" in text
    assert "| b | not measured | | | MISSED | 2026-11-23 | 0.5 | no java |" in text


def test_made_files_are_the_same_with_every_run():
    assert contacts_csv(50) == contacts_csv(50)
    assert contacts_csv(50).count("\n") == 51
