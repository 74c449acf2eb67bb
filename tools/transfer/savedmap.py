"""A mapping as a JSON file: shown, edited by hand, saved and used for the next export of the same system."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace

from knowledge_graph.errors import BadInputError
from knowledge_graph.ontology.fields import FieldType
from knowledge_graph.ontology.schema import WorkspaceSchema
from tools.transfer.mapping import IGNORE, ColumnMapping, ImportPlan, TableMapping
from tools.transfer.proposing import validate

_VERSION = 1
_EDITABLE = (
    "kind",
    "field",
    "type",
    "part",
    "custom",
    "label",
    "lookup",
    "target",
    "order",
    "percent",
    "scale",
    "values",
)


def mapping_json(plan: ImportPlan) -> str:
    """Return the plan's mapping as JSON text."""
    tables = [
        {
            "file": m.file,
            "table": m.table,
            "kind": m.kind,
            "system": m.system,
            "constants": dict(m.constants),
            "columns": {c.header: _column(c) for c in m.columns},
        }
        for m in plan.mappings
    ]
    return json.dumps({"version": _VERSION, "tables": tables}, ensure_ascii=False, indent=1)


def _column(column: ColumnMapping) -> dict[str, object]:
    default = ColumnMapping(header="", kind="", field="")
    found = {name: getattr(column, name) for name in _EDITABLE}
    return {
        name: dict(value) if isinstance(value, Mapping) else value
        for name, value in found.items()
        if name in {"kind", "field"} or value != getattr(default, name)
    }


def with_saved(plan: ImportPlan, text: str, schema: WorkspaceSchema) -> ImportPlan:
    """Return a plan with the tables mapped as a saved mapping says.

    Args:
        plan: A fresh proposal; tables are matched by file and table name, else by their headers.
        text: What `mapping_json` gave, edited or not.
        schema: The workspace's kinds and fields, for the check.

    Returns:
        The plan; its problems are those of the edited mapping.

    Raises:
        BadInputError: The text is no mapping, or names a type, kind or field that does not exist.
    """
    try:
        tables = json.loads(text)["tables"]
        for saved in tables:
            for mapping in plan.mappings:
                if _fits(saved, mapping):
                    plan = plan.with_mapping(_edited(mapping, saved, schema))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInputError(f"no mapping file: {error}. Nothing was changed.") from error
    return plan


def _fits(saved: Mapping[str, object], mapping: TableMapping) -> bool:
    if (saved["file"], saved["table"]) == (mapping.file, mapping.table):
        return True
    columns = saved["columns"]
    return (
        isinstance(columns, dict)
        and bool(columns)
        and set(columns) == {c.header for c in mapping.columns}
    )


def _edited(
    mapping: TableMapping, saved: Mapping[str, object], schema: WorkspaceSchema
) -> TableMapping:
    edits = saved["columns"]
    if not isinstance(edits, dict):
        raise BadInputError("'columns' is no object. Nothing was changed.")
    kind = str(saved["kind"])
    columns = tuple(
        _changed(column, edits[column.header], schema) if column.header in edits else column
        for column in mapping.columns
    )
    constants = saved.get("constants")
    edited = replace(
        mapping,
        kind=schema.kind(kind).name if kind else "",
        system=str(saved.get("system") or mapping.system),
        columns=columns,
        constants=dict(constants) if isinstance(constants, dict) else {},
    )
    return replace(edited, problems=validate(edited, schema))


def _changed(
    column: ColumnMapping, edit: Mapping[str, object], schema: WorkspaceSchema
) -> ColumnMapping:
    known = {name: value for name, value in edit.items() if name in _EDITABLE}
    if "type" in known:
        known["type"] = FieldType(str(known["type"]))
    changed: ColumnMapping = _replace(column, known)
    if changed.kind == IGNORE or changed.field == "id":
        return changed
    kind = schema.kind(changed.kind)
    if changed.custom:
        return replace(changed, kind=kind.name)
    spec = schema.field(kind.name, changed.field)
    return replace(changed, kind=kind.name, type=spec.type, target=spec.target or "")


def _replace(column: ColumnMapping, known: Mapping[str, object]) -> ColumnMapping:
    values = {f.name: getattr(column, f.name) for f in fields(ColumnMapping)}
    return ColumnMapping(**{**values, **known})
