"""XLSX: sheets as tables, cached values instead of formulas, limits against archives that explode."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook.workbook import Workbook

from knowledge_graph.errors import ImportFileError
from tools.transfer.readers.spool import Spool
from tools.transfer.tables import MAX_COLUMNS, Cell, Row, Table, is_blank, unique_headers

_MAX_UNPACKED = 600 * 1024 * 1024
_MAX_STRINGS = 200 * 1024 * 1024
"""The table of shared texts is the one part that is held in memory."""
_MAX_RATIO = 250
_MAX_PARTS = 2_000
_MAX_CELLS = 30_000_000


def read_workbook(path: Path) -> tuple[Table, ...]:
    """Return one table for each sheet that holds rows.

    Args:
        path: The XLSX file.

    Returns:
        The tables in the order of the sheets.

    Raises:
        ImportFileError: It is no workbook, or its archive is made to exhaust memory.
    """
    _check_archive(path)
    spool = Spool()
    tables = []
    with _workbook(path) as book:
        for sheet in book.sheetnames:
            start = spool.write(_records(book, sheet))
            head = list(islice(spool.read(start), 10))
            skip = _title_rows(head)
            if len(head) > skip + 1:
                tables.append(_table(path, sheet, head[skip], skip, partial(spool.read, start)))
    return tuple(tables)


def _table(
    path: Path,
    sheet: str,
    first: tuple[Cell, ...],
    skip: int,
    records: Callable[[], Iterator[tuple[Cell, ...]]],
) -> Table:
    used = max((i + 1 for i, cell in enumerate(first) if not is_blank(cell)), default=0)
    headers = unique_headers(first[:used], path)

    def rows() -> Iterator[Row]:
        for number, record in enumerate(islice(records(), skip + 1, None), start=1):
            cells = record[:used] + (None,) * (used - len(record))
            extra = [cell for cell in record[used:] if not is_blank(cell)]
            problem = f"{len(extra)} cells beyond the header: {extra!r}" if extra else ""
            yield Row(number=number, cells=cells, problem=problem)

    return Table(file=path, name=sheet, headers=headers, rows=rows)


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise ImportFileError(f"{path.name} is no XLSX workbook. Nothing was changed.") from error
    unpacked = sum(part.file_size for part in parts)
    bomb = any(
        part.file_size > 1024 * 1024 and part.file_size > _MAX_RATIO * max(part.compress_size, 1)
        for part in parts
    )
    texts = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
    bomb = bomb or texts > _MAX_STRINGS
    if bomb or unpacked > _MAX_UNPACKED or len(parts) > _MAX_PARTS:
        raise ImportFileError(
            f"{path.name} would unpack to {unpacked // 1024 // 1024} MB from "
            f"{path.stat().st_size // 1024} kB; it is refused. Nothing was changed."
        )


@contextmanager
def _workbook(path: Path) -> Iterator[Workbook]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # styles and validations it cannot keep
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        ParseError,
        KeyError,
        ValueError,  # defusedxml refuses entities with it
        OSError,
    ) as error:
        raise ImportFileError(
            f"{path.name} cannot be read as a workbook: {error}. Nothing was changed."
        ) from error
    try:
        yield book
    except (ParseError, zipfile.BadZipFile, ValueError) as error:
        raise ImportFileError(f"{path.name}: {error}. Nothing was changed.") from error
    finally:
        book.close()


def _records(book: Workbook, sheet: str) -> Iterator[tuple[Cell, ...]]:
    cells = 0
    worksheet = book[sheet]
    if not hasattr(worksheet, "iter_rows"):
        return  # a sheet of charts
    for record in worksheet.iter_rows(values_only=True, max_col=MAX_COLUMNS + 1):
        cells += len(record)
        if cells > _MAX_CELLS:
            raise ImportFileError(
                f"sheet {sheet!r} has more than {_MAX_CELLS} cells. Nothing was changed."
            )
        row = tuple(_cell(value) for value in record)
        if any(not is_blank(cell) for cell in row):
            yield row


def _title_rows(head: list[tuple[Cell, ...]]) -> int:
    width = max((sum(not is_blank(c) for c in record) for record in head), default=0)
    for skip, record in enumerate(head[:5]):
        if width <= 2 or sum(not is_blank(cell) for cell in record) > 1:
            return skip
    return 0


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, datetime):
        midnight = value.time() == time(0)
        return (
            value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
        )
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds() / 86_400
    return str(value)
