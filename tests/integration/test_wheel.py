"""The wheel alone is enough: built, unpacked beside nothing of the checkout, it plays the demo."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {"agents", "channels", "evals", "knowledge_graph", "prompts", "tools"}
SECONDS = 300


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        pytest.skip("no uv in this environment to build the wheel with")
    command = [str(uv), "build", "--wheel", "--quiet", "--out-dir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        pytest.skip(f"the wheel cannot be built here: {done.stderr.strip()[-300:]}")
    (found,) = out.glob("*.whl")
    return found


def test_it_holds_our_packages_with_all_their_files_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    listed = subprocess.run(
        ["git", "ls-files", *sorted(PACKAGES)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tracked = {line for line in listed.stdout.splitlines() if '"' not in line}
    assert tracked - names == set()


def test_the_demo_plays_from_it(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    command = [sys.executable, "-m", "channels.cli", "--home", str(tmp_path / "home"), "demo"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}  # noqa: TID251 - the child's own
    done = subprocess.run(
        [*command, "--lang", "en"],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "how many leads with status new are there?" in done.stdout
    where = subprocess.run(
        [sys.executable, "-c", "import channels; print(channels.__file__)"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(tmp_path / "installed"))
