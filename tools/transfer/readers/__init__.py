"""Readers: one module a file format; `open_tables` chooses by the file's name and first bytes."""

from __future__ import annotations

from pathlib import Path

from knowledge_graph.errors import ImportFileError
from tools.transfer.readers.delimited import read_delimited
from tools.transfer.readers.jsonfile import read_json
from tools.transfer.readers.textfile import read_text
from tools.transfer.readers.workbook import read_workbook
from tools.transfer.tables import MAX_FILE_BYTES, Table

_ZIP = b"PK\x03\x04"
_READERS = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".tab": read_delimited,
    ".txt": read_delimited,
    ".xlsx": read_workbook,
    ".xlsm": read_workbook,
    ".json": read_json,
    ".jsonl": read_json,
    ".ndjson": read_json,
    ".md": read_text,
    ".markdown": read_text,
}
SUFFIXES = tuple(_READERS)


def open_tables(path: Path) -> tuple[Table, ...]:
    """Return the tables of a file; rows are read when they are asked for.

    Args:
        path: A CSV, TSV, XLSX, JSON, JSON Lines or Markdown file.

    Returns:
        The tables that hold anything.

    Raises:
        ImportFileError: It is missing, empty, too large or of no known format.
    """
    if not path.is_file():
        raise ImportFileError(f"there is no file {path.name!r}. Nothing was changed.")
    size = path.stat().st_size
    if size == 0:
        raise ImportFileError(f"{path.name} is empty. Nothing was changed.")
    if size > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES // 1024 // 1024
        raise ImportFileError(f"{path.name} is larger than {limit} MB. Nothing was changed.")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ImportFileError(
            f"{path.name}: no format {path.suffix!r}; these are read: {' '.join(SUFFIXES)}. "
            "Nothing was changed."
        )
    with path.open("rb") as stream:
        head = stream.read(4)
    if head == _ZIP:
        reader = read_workbook
    tables = reader(path)
    if not tables:
        raise ImportFileError(f"{path.name} holds no table. Nothing was changed.")
    return tables
