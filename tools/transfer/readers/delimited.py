"""CSV and its relatives: encoding and delimiter found from the data, ragged rows told, nothing evaluated."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from knowledge_graph.errors import ImportFileError
from tools.transfer.readers.encoding import detect_encoding
from tools.transfer.tables import Cell, Row, Table, is_blank, unique_headers

_DELIMITERS = (",", "\t", ";", "|")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a]")
_MANY_CONTROLS = 0.01
"""Share of control characters from which a file is no text; single ones, as terminals and forms leave them,
are dropped from the cells."""
_MAX_FIELD = 8 * 1024 * 1024
_DATA = re.compile(r"[^@\s]+@[^@\s]+\.\w+|\d{4}[-/]\d{1,2}[-/]\d{1,2}.*|[-+]?\d+([.,]\d+)?")


def read_delimited(path: Path) -> tuple[Table, ...]:
    """Return the one table of a delimited text file.

    Args:
        path: The file.

    Returns:
        The table; empty when the file holds only blank lines.

    Raises:
        ImportFileError: It is no text.
    """
    encoding = detect_encoding(path)
    with path.open("r", encoding=encoding.name, newline="", errors="replace") as stream:
        sample = stream.read(64 * 1024)
    if "\0" in sample or len(_CONTROL.findall(sample)) > len(sample) * _MANY_CONTROLS:
        raise ImportFileError(f"{path.name} is a binary file, no text. Nothing was changed.")
    delimiter = _delimiter(path, sample)
    records = _records(path, encoding.name, delimiter)
    head = list(islice(records, 30))
    skip = _title_rows(head)
    if not head[skip:]:
        return ()
    first = head[skip]
    headless = any(_DATA.fullmatch(cell.strip()) for cell in first)
    headers = unique_headers(("",) * len(first) if headless else tuple(first), path)

    def rows() -> Iterator[Row]:
        after = skip if headless else skip + 1
        content = islice(_records(path, encoding.name, delimiter), after, None)
        return _rows(content, len(headers))

    warnings = [encoding.warning] if encoding.warning else []
    if headless:
        warnings.append(f"{path.name}: the first row is data; its columns have no names")
    return (Table(file=path, name=path.stem, headers=headers, rows=rows, warnings=tuple(warnings)),)


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(_MAX_FIELD)
    number = 0
    try:
        with path.open("r", encoding=encoding, newline="") as stream:
            for record in csv.reader(stream, delimiter=delimiter):
                number += 1
                if any(cell.strip() for cell in record):
                    yield record
    except (csv.Error, UnicodeDecodeError) as error:
        raise ImportFileError(
            f"{path.name}, after record {number}: {error}. Nothing was changed."
        ) from error


def _delimiter(path: Path, sample: str) -> str:
    if path.suffix.lower() in {".tsv", ".tab"} and "\t" in sample:
        return "\t"

    if sample.startswith("record_kind,id,"):  # our own export
        return ","

    def fit(delimiter: str) -> tuple[float, int]:
        lines = sample.splitlines(keepends=True)
        widths = [len(r) for r in islice(csv.reader(lines, delimiter=delimiter), 60) if r]
        if not widths:
            return (0.0, 0)
        width, often = Counter(widths).most_common(1)[0]
        return (often / len(widths) if width > 1 else 0.0, width)

    csv.field_size_limit(_MAX_FIELD)
    return max(_DELIMITERS, key=fit)


def _title_rows(head: list[list[str]]) -> int:
    """Return how many rows stand before the header: report titles of one cell above a wide table."""
    width = max((sum(bool(c.strip()) for c in record) for record in head), default=0)
    if width <= 2:
        return 0
    for skip, record in enumerate(head[:5]):
        if sum(bool(cell.strip()) for cell in record) > 1:
            return skip
    return 0


def _rows(records: Iterator[list[str]], width: int) -> Iterator[Row]:
    for number, record in enumerate(records, start=1):
        cells: tuple[Cell, ...] = tuple(record[:width]) + (None,) * (width - len(record))
        extra = [cell for cell in record[width:] if not is_blank(cell)]
        problem = f"{width + len(extra)} cells for {width} columns: {extra!r}" if extra else ""
        yield Row(number=number, cells=cells, problem=problem)
