"""Importing any module does no I/O, reads no environment and starts nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.architecture.lints import PACKAGES

ROOT = Path(__file__).resolve().parents[2]

PROBE = """
import importlib, sys
watched = {"socket.connect", "socket.bind", "subprocess.Popen", "os.system", "sqlite3.connect"}
seen = []
allowed = (".py", ".pyc", ".so", ".pth", ".typed", ".toml")
def hook(event, args):
    if not armed:
        return
    if event in watched and "('::1', 0)" not in str(args):  # urllib3 asks whether there is IPv6
        seen.append((event, str(args)[:120]))
    if event == "open" and isinstance(args[0], str) and ROOT in args[0] and "site-packages" not in args[0]:
        writes = isinstance(args[1], str) and any(c in args[1] for c in "wax+")
        if writes and not args[0].endswith(".pyc") and "__pycache__" not in args[0]:
            seen.append((event, args[0]))
        elif not writes and not args[0].endswith(allowed):
            seen.append((event, args[0]))
armed = False
ROOT = sys.argv[1]
sys.addaudithook(hook)
armed = True
for name in sys.argv[2:]:
    importlib.import_module(name)
armed = False
for event, what in seen:
    print(event, what)
"""


def modules(root: Path) -> list[str]:
    """Return the dotted names of all modules of the packages."""
    names = []
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            if parts[-1] != "__main__":
                names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def io_at_import(root: Path, names: list[str]) -> list[str]:
    """Import modules in a fresh process and return what they touched."""
    run = subprocess.run(
        [sys.executable, "-c", PROBE, str(root), *names],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]
    return run.stdout.splitlines()


def test_importing_touches_nothing() -> None:
    assert io_at_import(ROOT, modules(ROOT)) == []


def test_a_planted_read_is_found(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text("open(__file__.replace('.py', '.txt')).read()\n")
    (tmp_path / "planted.txt").write_text("x")
    assert io_at_import(tmp_path, ["planted"])
