"""`guanxi demo sovereignty`: the whole story with its real parts, told in both languages, from one command."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STEPS = 15


def test_the_story_comes_to_its_end(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "channels.cli", "demo", "sovereignty"]
    environment = {
        # what a user may have set must not reach the demo: neither a model nor other keys
        "GUANXI_MODEL": "openai:gpt-5",
        "GUANXI_KEYS": str(tmp_path / "mine"),
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=500
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    said = done.stdout
    assert [int(n) for n in re.findall(r"^(\d+)\. .* ─", said, re.MULTILINE)] == [
        *range(1, STEPS + 1),
        *range(1, STEPS + 1),
    ]
    for told in (
        "62%",
        "授权已撤回",
        "the consent was withdrawn",
        "HOLDS",
        "DOES NOT HOLD",
        "核验不通过",
    ):
        assert told in said
    assert "599" in said
    assert "598 contacts are there" in said
    assert not (tmp_path / "mine").exists()
