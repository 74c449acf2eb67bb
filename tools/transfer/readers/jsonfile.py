"""JSON Lines, JSON arrays and objects of records; nested objects become dotted columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from knowledge_graph.errors import ImportFileError
from tools.transfer.readers.encoding import detect_encoding
from tools.transfer.tables import Cell, Row, Table, unique_headers

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

_BLOCK = 1024 * 1024
_MAX_RECORD = 32 * 1024 * 1024
_MAX_OBJECT_FILE = 96 * 1024 * 1024
_DEPTH = 3
_WRAPPERS = frozenset({"properties", "attributes", "fields", "values", "data"})
"""Where HTTP APIs put the fields of a record beside its id: HubSpot, JSON:API, Airtable."""


def read_json(path: Path) -> tuple[Table, ...]:
    """Return the tables of a JSON or JSON Lines file.

    Args:
        path: Lines of objects, an array of objects, an object of records by id, or an object of such tables.

    Returns:
        One table for lines and arrays, one for each key otherwise.

    Raises:
        ImportFileError: It is no JSON, or no records can be found in it.
    """
    encoding = detect_encoding(path).name
    with path.open("r", encoding=encoding) as stream:
        start = stream.read(4096).lstrip("\ufeff \t\r\n")
    if start.startswith("["):
        return _of_records(path, path.stem, lambda: _array(path, encoding))
    if path.suffix.lower() in {".jsonl", ".ndjson"} or _one_a_line(path, encoding):
        return _of_records(path, path.stem, lambda: _lines(path, encoding))
    return _object(path, encoding)


def _one_a_line(path: Path, encoding: str) -> bool:
    with path.open("r", encoding=encoding) as stream:
        lines = [
            line
            for line in (stream.readline(_MAX_RECORD), stream.readline(_MAX_RECORD))
            if line.strip()
        ]
    try:
        return len(lines) == 2 and all(isinstance(json.loads(line), dict) for line in lines)
    except ValueError:
        return False


def _of_records(
    path: Path, name: str, records: Callable[[], Iterator[Mapping[str, Json]]]
) -> tuple[Table, ...]:
    raw: dict[str, None] = {}
    for record in records():
        raw.update(dict.fromkeys(_flat(record)))
    if not raw:
        return ()
    keys = tuple(raw)
    headers = unique_headers(keys, path)

    def rows() -> Iterator[Row]:
        for number, record in enumerate(records(), start=1):
            flat = _flat(record)
            yield Row(number=number, cells=tuple(flat.get(key) for key in keys))

    return (Table(file=path, name=name, headers=headers, rows=rows),)


def _lines(path: Path, encoding: str) -> Iterator[Mapping[str, Json]]:
    with path.open("r", encoding=encoding) as stream:
        for number, line in enumerate(_bounded_lines(stream, path), start=1):
            if line.strip():
                yield _record(_parse(line, path, number), path, number)


def _bounded_lines(stream: TextIO, path: Path) -> Iterator[str]:
    while line := stream.readline(_MAX_RECORD):
        if len(line) == _MAX_RECORD and not line.endswith("\n"):
            raise ImportFileError(f"{path.name}: a line is too long. Nothing was changed.")
        yield line.lstrip("\ufeff")


def _parse(text: str, path: Path, number: int) -> Json:
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ImportFileError(
            f"{path.name}, record {number}: no JSON ({error}). Nothing was changed."
        ) from error
    return value


def _record(value: Json, path: Path, number: int) -> Mapping[str, Json]:
    if isinstance(value, dict):
        return value
    if isinstance(value, str | int | float):
        return {"value": value}
    raise ImportFileError(f"{path.name}, record {number}: no object. Nothing was changed.")


def _array(path: Path, encoding: str) -> Iterator[Mapping[str, Json]]:
    """Yield the members of a top-level array; only one block and one record are in memory."""
    decoder = json.JSONDecoder()
    with path.open("r", encoding=encoding) as stream:
        buffer = stream.read(_BLOCK).lstrip("\ufeff \t\r\n")[1:]
        number = 0
        while True:
            buffer = buffer.lstrip(" \t\r\n,")
            if buffer.startswith("]"):
                return
            try:
                value, end = decoder.raw_decode(buffer)
            except (ValueError, RecursionError) as error:
                more = stream.read(max(_BLOCK, len(buffer)))
                if not more or len(buffer) > _MAX_RECORD:
                    raise ImportFileError(
                        f"{path.name}, record {number + 1}: no JSON ({error}). Nothing was changed."
                    ) from error
                buffer += more
                continue
            if end == len(buffer) and (more := stream.read(_BLOCK)):
                buffer += more  # a number may go on in the next block
                continue
            number += 1
            yield _record(value, path, number)
            buffer = buffer[end:]


def _object(path: Path, encoding: str) -> tuple[Table, ...]:
    if path.stat().st_size > _MAX_OBJECT_FILE:
        raise ImportFileError(
            f"{path.name}: one JSON object of this size cannot be read; give JSON Lines. "
            "Nothing was changed."
        )
    with path.open("r", encoding=encoding) as stream:
        content = _parse(stream.read().lstrip("\ufeff"), path, 1)
    if not isinstance(content, dict):
        raise ImportFileError(f"{path.name} holds no records. Nothing was changed.")
    records, beside = _answer(content)
    if records:
        note = f"{path.name}: beside the records, not imported: {', '.join(beside)}"
        return tuple(replace(t, warnings=(note,)) for t in _of_list(path, path.stem, records))
    if content and all(_is_table(value) for value in content.values()):
        found = [_of_list(path, name, _members(value)) for name, value in content.items()]
        return tuple(table for tables in found for table in tables)
    if _is_table(content):
        return _of_list(path, path.stem, _members(content))
    return _of_list(path, path.stem, [content])


def _answer(content: Mapping[str, Json]) -> tuple[list[Mapping[str, Json]], tuple[str, ...]]:
    """Return the records of an API's answer, the only list of objects in it, and what stands beside them.

    >>> _answer({"total": 1, "results": [{"id": 7}], "paging": {"next": {"after": "1"}}})
    ([{'id': 7}], ('total', 'paging'))
    """
    lists = [key for key, value in content.items() if isinstance(value, list) and _is_table(value)]
    beside = tuple(key for key in content if key not in lists)
    if len(lists) != 1 or not beside or any(_several(content[key]) for key in beside):
        return [], ()
    return _members(content[lists[0]]), beside


def _several(value: Json) -> bool:
    return isinstance(value, dict) and sum(isinstance(v, dict) for v in value.values()) > 1


def _is_table(value: Json) -> bool:
    members = (
        value
        if isinstance(value, list)
        else list(value.values())
        if isinstance(value, dict)
        else []
    )
    return bool(members) and all(isinstance(member, dict) for member in members)


def _members(value: Json) -> list[Mapping[str, Json]]:
    if isinstance(value, list):
        return [member for member in value if isinstance(member, dict)]
    if not isinstance(value, dict):
        return []
    members = [(key, member) for key, member in value.items() if isinstance(member, dict)]
    named = all(key in map(str, member.values()) for key, member in members)
    return [member if named else {"id": key, **member} for key, member in members]


def _of_list(path: Path, name: str, members: list[Mapping[str, Json]]) -> tuple[Table, ...]:
    return _of_records(path, name, lambda: iter(members))


def _flat(record: Mapping[str, Json], prefix: str = "", depth: int = 0) -> dict[str, Cell]:
    flat: dict[str, Cell] = {}
    for key, value in (_unwrapped(record) if depth == 0 else record).items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and _opens(value, depth):
            flat.update(_flat(value, f"{name}.", depth + 1))
        else:
            flat[name] = _cell(value)
    return flat


def _unwrapped(record: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return a record with the members of its wrapper beside its id, when the wrapper holds most of it.

    >>> _unwrapped({"id": "7", "properties": {"email": "a@x.example", "city": "Rome"}})
    {'id': '7', 'email': 'a@x.example', 'city': 'Rome'}
    """
    for name, inner in record.items():
        if name.casefold() in _WRAPPERS and isinstance(inner, dict):
            rest = {key: value for key, value in record.items() if key != name}
            if len(inner) >= len(rest):
                free = {key if key not in rest else f"{name}.{key}": v for key, v in inner.items()}
                return {**rest, **free}
    return record


def _opens(value: Mapping[str, Json], depth: int) -> bool:
    """Return whether an object is a part of its record (dotted columns) and no map of further records."""
    nested = [member for member in value.values() if isinstance(member, dict)]
    return (
        bool(value)
        and depth < _DEPTH
        and (depth == 0 or not nested)
        and len(nested) < max(1, len(value))
    )


def _cell(value: Json) -> Cell:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else None
    if isinstance(value, list):
        if all(isinstance(member, str | int | float) for member in value):
            return tuple(sorted({str(member) for member in value}))
        return json.dumps(value, ensure_ascii=False)
    return value
