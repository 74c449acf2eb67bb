"""Our own exports, read back: exactly what was written, ids, source keys and origins included."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from knowledge_graph.errors import ImportFileError
from knowledge_graph.ontology.fields import NUMERIC, FieldSpec, FieldType, Tier
from knowledge_graph.ontology.record import Origin, Value
from knowledge_graph.ontology.schema import WorkspaceSchema
from tools.transfer.drafting import Finding, OwnProvenance, Pointer, RecordDraft
from tools.transfer.escape import plain_cell
from tools.transfer.exporting import PROVENANCE
from tools.transfer.mapping import ColumnMapping, TableMapping
from tools.transfer.tables import Cell, Row, Table, is_blank

OWN_SYSTEM = "guanxi"


def is_own(table: Table) -> bool:
    """Return whether a table is one of our own exports."""
    return {"record_kind", "id", "source_keys", "origin_system", "meta"} <= set(table.headers)


def split_by_kind(table: Table) -> tuple[Table, ...]:
    """Return one table for each kind that a table of our own holds."""
    place = table.headers.index("record_kind")
    kinds = dict.fromkeys(
        str(row.cells[place]) for row in table.rows() if not is_blank(row.cells[place])
    )
    return tuple(_only(table, place, kind) for kind in kinds)


def _only(table: Table, place: int, kind: str) -> Table:
    def rows() -> Iterator[Row]:
        return (row for row in table.rows() if str(row.cells[place]) == kind)

    return replace(table, name=kind, rows=rows)


def own_mapping(table: Table, schema: WorkspaceSchema) -> TableMapping:
    """Return the mapping of a table of our own; fields unknown here are defined by its `meta` column.

    Args:
        table: Rows of one kind, which is the table's name.
        schema: The workspace's kinds and fields.

    Returns:
        A mapping without problems.

    Raises:
        ImportFileError: The kind or a column is none of ours.
    """
    if table.name not in schema.kinds:
        raise ImportFileError(f"{table.file.name}: no kind {table.name!r}. Nothing was changed.")
    kind = schema.kind(table.name)
    custom, rows = _definitions(table)
    held = {h: i for i, h in enumerate(table.headers)}
    used = _used_columns(table)
    columns = [ColumnMapping(header="id", kind=kind.name, field="id")]
    for header in held:
        spec = kind.fields.get(header) or custom.get(header)
        if header in {"record_kind", "id", *PROVENANCE} or _is_readable_name(
            header, held, kind.fields, custom
        ):
            continue
        if spec is None:
            if header in used:
                raise ImportFileError(
                    f"{table.file.name}: {header!r} is no field of {kind.name!r}. Nothing was changed."
                )
            continue
        if spec.derivation is None:
            columns.append(_column(header, spec))
    return TableMapping(
        file=table.file.name,
        table=table.name,
        kind=kind.name,
        system=OWN_SYSTEM,
        columns=tuple(columns),
        rows=rows,
    )


def _column(header: str, spec: FieldSpec) -> ColumnMapping:
    return ColumnMapping(
        header=header,
        kind=spec.kind,
        field=spec.name,
        type=spec.type,
        custom=spec.custom,
        label=spec.label or "",
        target=spec.target or "",
        lookup="id" if spec.type is FieldType.REFERENCE else "",
    )


def _is_readable_name(
    header: str,
    held: Mapping[str, int],
    fields: Mapping[str, FieldSpec],
    custom: Mapping[str, FieldSpec],
) -> bool:
    base = header.removesuffix("_name")
    spec = fields.get(base) or custom.get(base)
    return header != base and base in held and spec is not None and spec.type is FieldType.REFERENCE


def _used_columns(table: Table) -> set[str]:
    used: set[str] = set()
    for row in table.rows():
        used.update(
            h for h, cell in zip(table.headers, row.cells, strict=False) if not is_blank(cell)
        )
    return used


def _definitions(table: Table) -> tuple[dict[str, FieldSpec], int]:
    place = table.headers.index("meta")
    found: dict[str, FieldSpec] = {}
    rows = 0
    for row in table.rows():
        rows += 1
        for name, made in _meta(row.cells[place]).get("custom", {}).items():
            if name not in found:
                found[name] = _spec(table.name, name, made)
    return found, rows


def _spec(kind: str, name: str, made: Mapping[str, object]) -> FieldSpec:
    values = made.get("values")
    return FieldSpec(
        kind=kind,
        name=name,
        type=FieldType(str(made.get("type", "text"))),
        custom=True,
        label=str(made["label"]) if made.get("label") else None,
        target=str(made["target"]) if made.get("target") else None,
        tier=Tier(str(made["tier"])) if made.get("tier") else None,
        values=tuple(map(str, values)) if isinstance(values, list) else (),
    )


def _meta(cell: Cell) -> dict[str, dict[str, dict[str, object]]]:
    if is_blank(cell):
        return {}
    try:
        loaded = json.loads(str(cell))
    except ValueError as error:
        raise ImportFileError(
            f"the column 'meta' is damaged: {error}. Nothing was changed."
        ) from error
    return loaded if isinstance(loaded, dict) else {}


@dataclass(kw_only=True)
class OwnDrafter:
    """Makes drafts of the rows of our own exports."""

    mapping: TableMapping
    headers: tuple[str, ...]
    escaped: bool
    """Cells were written for spreadsheets (CSV, XLSX)."""

    def drafts(self, row: Row) -> tuple[tuple[RecordDraft, ...], tuple[Finding, ...]]:
        """Return the record of a row."""
        cells = dict(zip(self.headers, row.cells, strict=False))
        if row.problem:
            found = Finding(
                file=self.mapping.file,
                row=row.number,
                column="",
                value=row.problem[:500],
                reason="ragged",
            )
            return (), (found,)
        values: dict[str, Value] = {}
        pointers = []
        for column in self.mapping.columns:
            cell = cells.get(column.header)
            if cell is None or cell in {"", ()} or column.field == "id":
                continue
            value = exact(cell, column.type, self.escaped)
            if column.type is FieldType.REFERENCE:
                pointers.append(_own_pointer(column, str(value)))
            else:
                values[column.field] = value
        own = _own(cells, self.escaped)
        draft = RecordDraft(
            kind=self.mapping.kind,
            main=True,
            key="",
            outside_id="",
            values=values,
            pointers=tuple(pointers),
            row=row.number,
            own=own,
        )
        return (draft,), ()


def _own_pointer(column: ColumnMapping, text: str) -> Pointer:
    return Pointer(
        field=column.field,
        target=column.target,
        lookup="id",
        text=text,
        header=column.header,
        create=False,
    )


def exact(cell: Cell, type_: FieldType, escaped: bool = True) -> Value:
    """Return the value that was exported, unchanged.

    >>> exact("'=1", FieldType.TEXT), exact('["a"]', FieldType.SET), exact("0.1", FieldType.RATIO)
    ('=1', ('a',), 0.1)
    """
    if isinstance(cell, tuple):
        return cell
    if type_ is FieldType.SET:
        return tuple(json.loads(str(cell)))
    if isinstance(cell, bool):
        return cell
    if type_ is FieldType.BOOLEAN:
        return str(cell).lower() == "true"
    if type_ in NUMERIC:
        return _number(cell) if isinstance(cell, str) else cell
    return plain_cell(str(cell)) if escaped else str(cell)


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _own(cells: Mapping[str, Cell], escaped: bool) -> OwnProvenance:
    text = plain_cell if escaped else str
    meta = _meta(cells.get("meta"))
    origins = {name: _origin(made) for name, made in meta.get("origins", {}).items()}
    system = cells.get("origin_system")
    if not is_blank(system):
        row = cells.get("origin_row")
        origins["*"] = Origin(
            system=text(str(system)),
            place=text(str(cells.get("origin_place") or "")),
            row=int(str(row)) if not is_blank(row) else None,
            observed_at=str(cells.get("observed_at") or ""),
            source_id=str(meta.get("source_id", "")),
        )
    keys = cells.get("source_keys")
    loaded = json.loads(str(keys)) if keys else ()
    version = meta.get("version", 1)
    return OwnProvenance(
        id=text(str(cells["id"])),
        source_keys=tuple(map(str, loaded)),
        origins=origins,
        version=int(str(version)),
    )


def _origin(made: Mapping[str, object]) -> Origin:
    row = made.get("row")
    return Origin(
        system=str(made.get("system", "")),
        place=str(made.get("place", "")),
        row=int(str(row)) if row else None,
        observed_at=str(made.get("observed_at", "")),
        source_id=str(made.get("source_id", "")),
    )
