"""Records to files: every field of every kind, provenance beside it, nothing that a spreadsheet would run.

Columns of every table, in this order: `record_kind`, `id`, the fields by name (a reference as id, followed
by a readable `<field>_name`), `source_keys`, `origin_system`, `origin_place`, `origin_row`, `observed_at`,
`meta`. `meta` is JSON: version, origins of single fields, and the definitions of the workspace's own fields,
so that one file can be read back alone.
"""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, TextIO

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.utils.exceptions import IllegalCharacterError
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from knowledge_graph.errors import BadInputError
from knowledge_graph.ontology.fields import FieldSpec, FieldType
from knowledge_graph.ontology.record import Origin, Record, Value
from knowledge_graph.ontology.schema import KindSpec
from tools.transfer.escape import safe_cell

Format = Literal["csv", "jsonl", "xlsx"]
FORMATS: tuple[Format, ...] = ("csv", "jsonl", "xlsx")
PROVENANCE = ("source_keys", "origin_system", "origin_place", "origin_row", "observed_at", "meta")
_EXCEL_TEXT = 32_767


def columns_of(kind: KindSpec) -> tuple[str, ...]:
    """Return the columns of a kind's table."""
    fields = []
    for spec in stored_fields(kind):
        fields.append(spec.name)
        if spec.type is FieldType.REFERENCE:
            fields.append(f"{spec.name}_name")
    return ("record_kind", "id", *fields, *PROVENANCE)


def stored_fields(kind: KindSpec) -> tuple[FieldSpec, ...]:
    """Return the fields of a kind that are stored, in order."""
    return tuple(spec for spec in kind.fields.values() if spec.derivation is None)


def row_of(
    record: Record, kind: KindSpec, names: Mapping[tuple[str, str], str]
) -> dict[str, Value]:
    """Return a record as one row, values in stored form.

    Args:
        record: The record.
        kind: Its kind.
        names: Titles of the records it points to, by kind and id.
    """
    row: dict[str, Value] = {"record_kind": record.kind, "id": record.id}
    for spec in stored_fields(kind):
        value = record.get(spec.name)
        row[spec.name] = value
        if spec.type is FieldType.REFERENCE:
            row[f"{spec.name}_name"] = names.get((spec.target or "", str(value))) if value else None
    whole = record.origins.get("*")
    row |= {
        "source_keys": json.dumps(list(record.source_keys), ensure_ascii=False),
        "origin_system": whole.system if whole else None,
        "origin_place": whole.place if whole else None,
        "origin_row": whole.row if whole else None,
        "observed_at": whole.observed_at if whole else None,
        "meta": json.dumps(_meta(record, kind, whole), ensure_ascii=False, sort_keys=True),
    }
    return row


def _meta(record: Record, kind: KindSpec, whole: Origin | None) -> dict[str, object]:
    meta: dict[str, object] = {"version": record.version}
    if whole is not None and whole.source_id:
        meta["source_id"] = whole.source_id
    if single := {n: _origin(o) for n, o in record.origins.items() if n != "*"}:
        meta["origins"] = single
    if custom := {
        s.name: _definition(s) for s in kind.fields.values() if s.custom and s.name in record.values
    }:
        meta["custom"] = custom
    return meta


def _origin(origin: Origin) -> dict[str, object]:
    found = {
        "system": origin.system, "place": origin.place, "row": origin.row, "observed_at": origin.observed_at,
        "source_id": origin.source_id or None,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


def _definition(spec: FieldSpec) -> dict[str, object]:
    found = {
        "type": str(spec.type), "label": spec.label, "target": spec.target, "values": list(spec.values),
        "tier": str(spec.tier) if spec.tier else None,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


def text_of(value: Value) -> str:
    """Return a value as a cell of a text file; sets and odd texts so that they can be read back.

    >>> text_of(("a", "b")), text_of(True), text_of(0.1), text_of("=1")
    ('["a", "b"]', 'true', '0.1', "'=1")
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return json.dumps(list(value), ensure_ascii=False)
    return safe_cell(value) if isinstance(value, str) else repr(value)


Rows = AsyncIterator[Mapping[str, Value]]


async def write_csv(stream: TextIO, columns: Sequence[str], rows: Rows) -> int:
    """Write one kind as CSV and return how many rows."""
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(columns)
    count = 0
    async for row in rows:
        writer.writerow([text_of(row.get(name)) for name in columns])
        count += 1
    return count


async def write_jsonl(stream: TextIO, rows: Rows) -> int:
    """Write rows as one JSON object a line and return how many; empty fields are left out."""
    count = 0
    async for row in rows:
        filled = {name: value for name, value in row.items() if value is not None}
        stream.write(json.dumps(filled, ensure_ascii=False) + "\n")
        count += 1
    return count


async def write_xlsx(path: Path, tables: Iterable[tuple[str, Sequence[str], Rows]]) -> int:
    """Write one sheet a kind and return how many rows; texts beyond a cell's limit are refused.

    Args:
        path: The new workbook.
        tables: Kind, columns and rows of each.

    Returns:
        The number of rows.

    Raises:
        BadInputError: A text is longer than a cell of a workbook can hold.
    """
    book = Workbook(write_only=True)
    count = 0
    for name, columns, rows in tables:
        sheet = book.create_sheet(name[:31])
        sheet.append(list(columns))
        async for row in rows:
            sheet.append([_xlsx_cell(sheet, row.get(column)) for column in columns])
            count += 1
    book.save(path)
    return count


def _xlsx_cell(sheet: WriteOnlyWorksheet, value: Value) -> Cell:
    try:
        cell: Cell = WriteOnlyCell(sheet, value=_xlsx_value(value))
    except IllegalCharacterError as error:
        raise BadInputError(
            "a control character cannot stand in a workbook; export csv or jsonl"
        ) from error
    if isinstance(cell.value, str):
        cell.data_type = "s"  # never a formula
    return cell


def _xlsx_value(value: Value) -> str | int | float | bool | None:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        # the workbook keeps 16 digits of a number; others are written as text
        exact = float(f"{value:.16g}") == value and abs(value) < 2**53
        return value if exact else repr(value)
    text = text_of(value)
    if len(text) > _EXCEL_TEXT:
        raise BadInputError(
            f"a text of {len(text)} characters does not fit a cell of a workbook; export csv or jsonl"
        )
    return text
