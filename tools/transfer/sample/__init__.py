"""The sample workspace: files as a user would export them elsewhere, made with a fixed seed."""

from __future__ import annotations

from pathlib import Path

_FILES = Path(__file__).parent / "files"


def sample_files() -> tuple[Path, ...]:
    """Return the files of the sample workspace, in a stable order."""
    return tuple(
        sorted(path for path in _FILES.iterdir() if path.suffix in {".csv", ".xlsx", ".md"})
    )
