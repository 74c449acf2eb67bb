"""The lints hold on the repository, and each of them finds a planted violation."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture import lints

ROOT = Path(__file__).resolve().parents[2]
LINTS: list[Callable[[Path], list[str]]] = [
    lints.module_sizes,
    lints.function_sizes,
    lints.module_names,
    lints.long_literals,
    lints.raw_store_use,
    lints.indexing_access,
    lints.reasonless_ignores,
]
PLANTED = {
    "module_sizes": ("tools/long.py", "x = 1\n" * 401),
    "function_sizes": ("tools/wide.py", "def f():\n" + "    x = 1\n" * 61),
    "module_names": ("tools/utils.py", "x = 1\n"),
    "long_literals": ("tools/text.py", f"x = '{'a' * 601}'\n"),
    "raw_store_use": ("tools/raw.py", "from knowledge_graph.ports import GraphStore\n"),
    "indexing_access": (
        "tools/insider.py",
        "from dataclasses import replace\n\n\ndef f(access):\n    return replace(access, indexing=True)\n",
    ),
    "reasonless_ignores": ("tools/ignore.py", "x = 1  # " + "noqa: E501\n"),
}


def tracked_files() -> list[Path]:
    """Return the files that git tracks or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / line for line in listed.stdout.splitlines()]


@pytest.mark.parametrize("lint", LINTS, ids=lambda lint: lint.__name__)
def test_repository_keeps_the_rule(lint: Callable[[Path], list[str]]) -> None:
    assert lint(ROOT) == []


@pytest.mark.parametrize("lint", LINTS, ids=lambda lint: lint.__name__)
def test_a_planted_violation_is_found(lint: Callable[[Path], list[str]], tmp_path: Path) -> None:
    name, text = PLANTED[lint.__name__]
    (tmp_path / "tests").mkdir()
    target = tmp_path / name
    target.parent.mkdir(parents=True)
    target.write_text(text, encoding="utf-8")
    assert lint(tmp_path)


def test_no_address_and_no_machine_path_in_any_file() -> None:
    files = [f for f in tracked_files() if f.is_file() and "tests/architecture" not in str(f)]
    assert lints.foreign_words(ROOT, files) == []


def test_a_planted_address_is_found(tmp_path: Path) -> None:
    page = tmp_path / "a.lock"
    page.write_text("--index-url https://" + "pypi" + ".org/simple\n", encoding="utf-8")
    assert lints.foreign_words(tmp_path, [page])


def test_links_lead_somewhere() -> None:
    pages = [f for f in tracked_files() if f.suffix == ".md" and "sample/files" not in str(f)]
    assert lints.broken_links(ROOT, pages) == []


def test_a_planted_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("[x](missing.md)", encoding="utf-8")
    assert lints.broken_links(tmp_path, [page])
