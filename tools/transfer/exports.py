"""The use case export: reads the workspace page by page and writes files or a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from knowledge_graph.errors import BadInputError, NotAllowedError
from knowledge_graph.expression.nodes import Query
from knowledge_graph.graph import KnowledgeGraph, Seen
from knowledge_graph.ontology.access import Access
from knowledge_graph.ontology.record import RecordRef, Value
from knowledge_graph.ontology.schema import ENTITY_KINDS, MACHINERY, KindSpec, WorkspaceSchema
from knowledge_graph.ports import Clock
from tools.transfer.exporting import (
    FORMATS,
    Format,
    columns_of,
    row_of,
    write_csv,
    write_jsonl,
    write_xlsx,
)

_PAGE = 500
_ENTITIES: Mapping[str, str] = {kind: entity for entity, kind in ENTITY_KINDS.items()}


@dataclass(frozen=True, kw_only=True)
class ExportReport:
    """What an export wrote."""

    counts: Mapping[str, int]
    """Records by kind."""
    files: tuple[Path, ...]
    withheld: int
    """Fields left empty because the actor may not see them."""


class Exporter:
    """Writes what an actor may see.

    Args:
        graph: The gate to the records.
        clock: Resolves nothing here but is asked for by queries.
    """

    def __init__(self, graph: KnowledgeGraph, clock: Clock) -> None:
        self._graph = graph
        self._clock = clock
        self._withheld = 0

    async def export(
        self, kind: str | None, format_: Format, target: Path | TextIO, access: Access
    ) -> ExportReport:
        """Write records, see `Transfer.export`."""
        if format_ not in FORMATS:
            raise BadInputError(f"no format {format_!r}; there are {', '.join(FORMATS)}")
        schema = await self._graph.schema()
        kinds = [schema.kind(kind)] if kind else _own(schema)
        counts = {k.name: await self._count(k, access) for k in kinds}
        filled = [k for k in kinds if counts[k.name] or kind]
        if isinstance(target, Path):
            _make(target)
            files = await self._to_folder(filled, format_, target, access, schema)
        else:
            files = ()
            await self._to_stream(filled, format_, target, access, schema)
        written = {k.name: counts[k.name] for k in filled}
        return ExportReport(counts=written, files=files, withheld=self._withheld)

    async def _count(self, kind: KindSpec, access: Access) -> int:
        try:
            page = await self._page(kind, access, 0, 1)
        except NotAllowedError:
            return 0
        return page[1]

    async def _page(
        self, kind: KindSpec, access: Access, offset: int, limit: int
    ) -> tuple[tuple[Seen, ...], int]:
        query = Query(entity=_ENTITIES.get(kind.name, kind.name))
        page = await self._graph.find(
            query, access, now=self._clock.now(), offset=offset, limit=limit
        )
        return page.records, page.total

    async def _rows(
        self, kind: KindSpec, access: Access, schema: WorkspaceSchema
    ) -> AsyncIterator[Mapping[str, Value]]:
        offset = 0
        while True:
            seen, total = await self._page(kind, access, offset, _PAGE)
            names = await self._titles(seen, kind, access)
            for one in seen:
                self._withheld += len(one.withheld)
                yield row_of(one.record, schema.kind(kind.name), names)
            offset += _PAGE
            if offset >= total:
                return

    async def _titles(
        self, seen: tuple[Seen, ...], kind: KindSpec, access: Access
    ) -> Mapping[tuple[str, str], str]:
        refs = {
            RecordRef(kind=spec.target or "", id=str(one.record.get(spec.name)))
            for one in seen
            for spec in kind.references
            if one.record.get(spec.name)
        }
        found = await self._graph.get(tuple(refs), access)
        return {(s.record.kind, s.record.id): s.record.title for s in found}

    async def _to_folder(
        self, kinds: list[KindSpec], format_: Format, folder: Path, access: Access, schema: WorkspaceSchema
    ) -> tuple[Path, ...]:  # fmt: skip
        if format_ == "xlsx":
            path = folder / "guanxi.xlsx"
            tables = ((k.name, columns_of(k), self._rows(k, access, schema)) for k in kinds)
            await write_xlsx(path, tables)
            return (path,)
        files = []
        for kind in kinds:
            path = folder / f"{kind.name}.{format_}"
            encoding = "utf-8-sig" if format_ == "csv" else "utf-8"
            with _open(path, encoding) as stream:
                await self._to_stream([kind], format_, stream, access, schema)
            files.append(path)
        return tuple(files)

    async def _to_stream(
        self, kinds: list[KindSpec], format_: Format, stream: TextIO, access: Access, schema: WorkspaceSchema
    ) -> None:  # fmt: skip
        if format_ == "xlsx":
            raise BadInputError("a workbook is written to a folder: name one with --out")
        if format_ == "csv" and len(kinds) > 1:
            raise BadInputError("CSV holds one kind: name it with --kind, or a folder with --out")
        for kind in kinds:
            rows = self._rows(kind, access, schema)
            if format_ == "csv":
                await write_csv(stream, columns_of(kind), rows)
            else:
                await write_jsonl(stream, rows)


def _own(schema: WorkspaceSchema) -> list[KindSpec]:
    """Return the kinds that belong to the user; rules are exported as contracts, by a command of their own."""
    return [kind for kind in schema.kinds.values() if kind.name not in MACHINERY]


def _open(path: Path, encoding: str) -> TextIO:
    return path.open("w", encoding=encoding, newline="")


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
