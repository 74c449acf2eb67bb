"""Markdown documents: one file is one record of kind document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tools.transfer.readers.encoding import detect_encoding
from tools.transfer.tables import Cell, Row, Table

_HEADING = re.compile(r"^#\s+(.+)$", re.MULTILINE)
_META = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_HAN = re.compile(r"[\u4e00-\u9fff]")


def read_text(path: Path) -> tuple[Table, ...]:
    """Return a table of one row: the document's name, language, text and `key: value` front matter.

    Args:
        path: The Markdown file.

    Returns:
        One table.
    """
    encoding = detect_encoding(path)
    raw = path.read_text(encoding=encoding.name).lstrip("\ufeff").replace("\r\n", "\n")
    cells: dict[str, Cell] = {"document id": path.stem}
    meta = _META.match(raw)
    if meta:
        for line in meta.group(1).splitlines():
            key, colon, value = line.partition(":")
            if colon and key.strip():
                cells[key.strip().lower()] = value.strip().strip("\"'")
        raw = raw[meta.end() :]
    heading = _HEADING.search(raw)
    cells.setdefault("title", heading.group(1).strip() if heading else path.stem)
    share = len(_HAN.findall(raw)) / max(1, len(raw))
    cells.setdefault("language", "zh" if share > 0.2 else "en")
    cells["text"] = raw.strip()
    headers = tuple(cells)

    def rows() -> Iterator[Row]:
        yield Row(number=1, cells=tuple(cells.values()))

    warnings = (encoding.warning,) if encoding.warning else ()
    return (Table(file=path, name="document", headers=headers, rows=rows, warnings=warnings),)
