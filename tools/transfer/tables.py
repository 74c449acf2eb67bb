"""What a file looks like once it is read: tables of rows, cells not yet interpreted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge_graph.errors import ImportFileError

Cell = str | int | float | bool | tuple[str, ...] | None

MAX_COLUMNS = 1_000
MAX_FILE_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row of data; `problem` is not empty when the row does not fit its header."""

    number: int
    """1-based, header not counted."""
    cells: tuple[Cell, ...]
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of a file. `rows` reads the file anew each time, in bounded memory."""

    file: Path
    name: str
    """The sheet, the key in a JSON object, or the stem of the file."""
    headers: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]
    warnings: tuple[str, ...] = ()


def is_blank(cell: Cell) -> bool:
    """Return whether a cell holds nothing.

    >>> is_blank("  "), is_blank(0), is_blank(())
    (True, False, True)
    """
    if isinstance(cell, str):
        return not cell.strip()
    return cell is None or cell == ()


def unique_headers(raw: tuple[Cell, ...], file: Path) -> tuple[str, ...]:
    """Return headers that are neither empty nor equal.

    Args:
        raw: The cells of the header row.
        file: Named in the error.

    Returns:
        One header for each cell.

    Raises:
        ImportFileError: There are more than `MAX_COLUMNS`.

    >>> unique_headers(("Phone", "", "Phone"), Path("a.csv"))
    ('Phone', 'column 2', 'Phone (2)')
    """
    if len(raw) > MAX_COLUMNS:
        raise ImportFileError(
            f"{file.name}: {len(raw)} columns; at most {MAX_COLUMNS} are read. Nothing was changed."
        )
    seen: dict[str, int] = {}
    headers = []
    for position, cell in enumerate(raw, start=1):
        text = " ".join(str(cell).split()) if not is_blank(cell) else f"column {position}"
        seen[text] = seen.get(text, 0) + 1
        headers.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return tuple(headers)
