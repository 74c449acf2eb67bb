"""Killed in the middle of 500 events a second: no event is lost, no effect happens twice."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
EVENTS = 1500
KILL_AFTER = (250, 400)
"""Acknowledged events after which the process is killed, the first and the second time."""


def run(home: Path, first: int, count: int, kill_after: int | None) -> list[int]:
    """Send events; return which were acknowledged before the process ended or was killed."""
    command = [sys.executable, "-m", "tests.integration.rule_stream"]
    process = subprocess.Popen(
        [*command, str(home), str(first), str(count), "500"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    acknowledged: list[int] = []
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            if not line.endswith("\n"):
                break
            acknowledged.append(int(line))
            if kill_after is not None and len(acknowledged) >= kill_after:
                process.kill()
                kill_after = None
    process.wait(timeout=60)
    return acknowledged


def test_killed_twice_nothing_is_lost_and_nothing_happens_twice(tmp_path: Path) -> None:
    acknowledged: set[int] = set()
    for kill_after in KILL_AFTER:
        acknowledged |= set(run(tmp_path, 0, EVENTS, kill_after))
        with sqlite3.connect(tmp_path / "guanxi.db") as state:
            kept = {
                int(i.removeprefix("pay-")) for (i,) in state.execute("select id from rule_events")
            }
        assert acknowledged <= kept, "an acknowledged event is not on disk"
    # the sender sends everything again that it does not know to be taken in, and more
    run(tmp_path, 0, EVENTS, None)
    with sqlite3.connect(tmp_path / "guanxi.db") as state:
        events = [i for (i,) in state.execute("select id from rule_events")]
        effects = list(state.execute("select key, state from rule_effects"))
        causes = Counter(c for (c,) in state.execute("select cause from rule_firings"))
        messages = Counter(k for (k,) in state.execute("select key from rule_messages"))
    wanted = {f"pay-{n}" for n in range(EVENTS)}
    assert len(events) == len(set(events)) == EVENTS
    assert causes == Counter({f"event:{i}": 1 for i in wanted})
    assert len(effects) == EVENTS
    assert {state for _, state in effects} == {"done"}
    assert set(messages.values()) == {1}
    assert len(messages) == EVENTS
