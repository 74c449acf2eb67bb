from __future__ import annotations

import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from knowledge_graph.errors import ImportFileError
from tools.transfer.readers import open_tables


def rows_of(path: Path) -> list[tuple[object, ...]]:
    (table,) = open_tables(path)
    return [row.cells for row in table.rows()]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030", "gbk"]
)
def test_chinese_files_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "客户.csv"
    path.write_bytes(
        "客户名称,城市,行业\n苏州华曜光伏科技有限公司,苏州,光伏制造\n".encode(encoding)
    )
    (table,) = open_tables(path)
    assert table.headers == ("客户名称", "城市", "行业")
    assert rows_of(path) == [("苏州华曜光伏科技有限公司", "苏州", "光伏制造")]


def test_big5_is_told_from_gb18030(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        "公司名稱,電話,聯絡人\n台灣電子股份有限公司,02-2345-6789,陳國華\n".encode("big5")
    )
    assert rows_of(path)[0][0] == "台灣電子股份有限公司"


def test_western_bytes_are_read_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("Name,City\nMüller,Köln\nJosé,Málaga\n".encode("cp1252"))
    (table,) = open_tables(path)
    assert rows_of(path)[0] == ("Müller", "Köln")
    assert table.warnings


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_quotes_and_embedded_newlines(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'Name{delimiter}Notes\n"Ann ""A"" Lee"{delimiter}"two\nlines, one cell"\n')
    assert rows_of(path) == [('Ann "A" Lee', "two\nlines, one cell")]


def test_ragged_rows_are_padded_or_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Name,Email,City\nAnn,a@x.org\nBob,b@x.org,Rome,extra\n")
    (table,) = open_tables(path)
    short, long = table.rows()
    assert short.cells == ("Ann", "a@x.org", None)
    assert not short.problem
    assert "extra" in long.problem


def test_title_rows_above_the_header_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("客户导出报表,,\n客户名称,城市,行业\n甲公司,苏州,光伏\n")
    (table,) = open_tables(path)
    assert table.headers[0] == "客户名称"


def test_workbook_sheets_cached_values_and_dates(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "Contacts"
    first.append(["Name", "Score"])
    first.append(["Ann", "=1+1"])
    book.create_sheet("Empty")
    book.save(path)
    (table,) = open_tables(path)
    assert table.name == "Contacts"
    assert rows_of(path) == [("Ann", None)]  # no cached value: a formula is never run


def test_an_archive_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    with pytest.raises(ImportFileError, match="refused"):
        open_tables(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.xlsx", b"no zip"),
        ("a.json", b"{broken"),
        ("a.jsonl", b'{"a": 1}\nbroken\n'),
        ("a.pdf", b"%PDF"),
        ("b.csv", b"\x00\x01\x02\x03" * 40),
    ],
)
def test_unreadable_files_are_typed_errors(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImportFileError, match="othing was changed"):
        _read_all(path)


def _read_all(path: Path) -> None:
    for table in open_tables(path):
        list(table.rows())


def test_nested_json_becomes_dotted_columns_and_sets(tmp_path: Path) -> None:
    path = tmp_path / "db.json"
    users = {
        "u1": {
            "user_id": "u1",
            "name": {"first": "A"},
            "tags": ["b", "a"],
            "cards": {"c1": {"n": 1}},
        }
    }
    path.write_text(json.dumps({"users": users, "orders": {"o1": {"total": 1}}}))
    table, orders = open_tables(path)
    (row,) = table.rows()
    cells = dict(zip(table.headers, row.cells, strict=True))
    assert cells == {
        "user_id": "u1",
        "name.first": "A",
        "tags": ("a", "b"),
        "cards": '{"c1": {"n": 1}}',
    }
    assert orders.headers == ("id", "total")


def test_a_json_array_is_read_in_blocks(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"n": i, "text": "x" * 300} for i in range(9_000)], indent=1))
    assert [cells[0] for cells in rows_of(path)] == list(range(9_000))
