"""Names, notes and mails of the sample workspace (words.yaml). All people and companies are invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

_FILE = Path(__file__).parent / "words.yaml"


class Words:
    """The lists of words.yaml by name.

    Args:
        data: Lists of texts or of rows.
    """

    def __init__(self, data: Mapping[str, Sequence[object]]) -> None:
        self._data = data

    @classmethod
    def load(cls) -> Words:
        """Read the shipped words."""
        return cls(yaml.safe_load(_FILE.read_text(encoding="utf-8")))

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(str(text) for text in self._data[name])

    def rows(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Return a list of rows, each cell as text."""
        return tuple(
            tuple(str(c) for c in row) for row in self._data[name] if isinstance(row, list)
        )
