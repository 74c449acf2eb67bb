"""The shared vectors lie beside the checkout and are not part of it; without them these tests skip visibly."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[5] / "shared/data/sovereignty"


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Any]:
    """Read one of the shared files by name."""

    def read(name: str) -> Any:
        path = DATA / name
        if not path.exists():
            pytest.skip(f"shared vectors {name} are not on this machine")
        return json.loads(path.read_text(encoding="utf-8"))

    return read
