"""The proposal for a set of files: kinds, columns, references between the files, problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge_graph.ontology.fields import FieldType as F
from knowledge_graph.ontology.schema import WorkspaceSchema
from tools.transfer.columns import field_name, map_columns
from tools.transfer.headers import HeaderWords
from tools.transfer.kinds import KindGuess, guess_kind
from tools.transfer.mapping import IGNORE, ColumnMapping, ImportPlan, Problem, TableMapping
from tools.transfer.profile import ColumnProfile, profile
from tools.transfer.sketch import Sketch
from tools.transfer.tables import Table

_TYPES = {
    "email": ("email", "mail", "邮件"),
    "call": ("call", "voice", "transcript", "通话", "电话"),
    "meeting": ("meeting", "calendar", "event", "会议", "日程"),
    "message": ("chat", "message", "聊天", "微信"),
    "visit": ("visit", "拜访"),
}


@dataclass(frozen=True)
class Draft:
    """A table with its mapping so far."""

    sketch: Sketch
    mapping: TableMapping

    def profile_of(self, header: str) -> ColumnProfile:
        """Return the counts of a column."""
        return self.sketch.columns[self.sketch.table.headers.index(header)].profile


def sketch_tables(
    tables: Sequence[Table], schema: WorkspaceSchema, words: HeaderWords
) -> tuple[Draft, ...]:
    """Read every table once and map each one on its own.

    Args:
        tables: The tables of all files.
        schema: The workspace's kinds and fields.
        words: What headers are called.

    Returns:
        One draft a table.
    """
    sketches = []
    for table in tables:
        profiles, rows = profile(table)
        sketches.append(Sketch.of(table, profiles, rows, words, schema))
    vendors = {s.system for s in sketches if s.system in words.systems}
    shared = vendors.pop() if len(vendors) == 1 else ""
    return tuple(Draft(s, _map(s, guess_kind(s), shared or s.system)) for s in sketches)


def map_as(draft: Draft, kind: str) -> Draft:
    """Return the draft with its table mapped as another kind."""
    guess = KindGuess(kind=kind, confidence=1.0, others=())
    return Draft(draft.sketch, _map(draft.sketch, guess, draft.mapping.system))


def _map(sketch: Sketch, guess: KindGuess, system: str) -> TableMapping:
    columns = map_columns(sketch, guess.kind) if guess.kind else ()
    mapping = TableMapping(
        file=sketch.table.file.name,
        table=sketch.table.name,
        kind=guess.kind,
        system=system,
        columns=columns,
        constants=_constants(sketch, guess.kind, columns),
        rows=sketch.rows,
        confidence=guess.confidence,
    )
    if not guess.kind:
        problem = Problem(
            code="unknown_kind", headers=sketch.table.headers, blocking=True, options=guess.others
        )
        return replace(mapping, problems=(problem,))
    return mapping


def _constants(sketch: Sketch, kind: str, columns: tuple[ColumnMapping, ...]) -> Mapping[str, str]:
    if kind != "interaction" or any(c.field == "type" for c in columns):
        return {}
    name = f"{sketch.table.name} {sketch.table.file.stem}".casefold()
    found = next((t for t, words in _TYPES.items() if any(w in name for w in words)), "")
    return {"type": found} if found else {}


def known_ids(drafts: Sequence[Draft]) -> dict[str, set[str]]:
    """Return by kind the outside ids that the files themselves hold."""
    found: dict[str, set[str]] = {}
    for draft in drafts:
        for column in draft.mapping.columns:
            if column.field == "id" and column.kind:
                found.setdefault(column.kind, set()).update(
                    draft.profile_of(column.header).distinct
                )
    return found


def colleagues(drafts: Sequence[Draft]) -> frozenset[str]:
    """Return the e-mail addresses that columns of owners hold, lower case."""
    return frozenset(
        text.strip().lower()
        for draft in drafts
        for column in draft.mapping.columns
        if column.target == "employee" and column.lookup == "email"
        for text in draft.profile_of(column.header).distinct
    )


def as_colleagues(draft: Draft, staff: frozenset[str]) -> Draft:
    """Return a bare list of addresses as employees when most of them own records in these files."""
    filled = [c.profile.distinct for c in draft.sketch.columns if c.profile.filled]
    if draft.mapping.kind != "contact" or len(filled) != 1:
        return draft
    ours = sum(text.strip().lower() in staff for text in filled[0])
    return map_as(draft, "employee") if ours * 2 > len(filled[0]) else draft


def settle(draft: Draft, ids: Mapping[str, set[str]], staff: frozenset[str]) -> Draft:
    """Decide what the first look left open: what ids point to, whose addresses these are.

    Args:
        draft: A table mapped on its own.
        ids: Outside ids by kind, of the files and of the workspace.
        staff: E-mail addresses of our own people.

    Returns:
        The draft with its references settled and its problems named.
    """
    mapping = draft.mapping
    if not mapping.kind:
        return draft
    columns = tuple(_settled(column, draft, ids, staff) for column in mapping.columns)
    settled = replace(mapping, columns=columns)
    return Draft(draft.sketch, replace(settled, problems=_problems(draft, settled)))


def _settled(
    column: ColumnMapping, draft: Draft, ids: Mapping[str, set[str]], staff: frozenset[str]
) -> ColumnMapping:
    seen = draft.profile_of(column.header).distinct
    if column.kind == "contact" != draft.mapping.kind and column.field == "email" and seen:
        ours = sum(text.strip().lower() in staff for text in seen)
        if ours * 2 >= len(seen) and not any(
            c.kind == "contact" and c.field == "name" for c in draft.mapping.columns
        ):
            return _as_custom(column, draft, "colleagues")
    if column.type is not F.REFERENCE or not seen:
        return column
    if column.lookup != "email":
        hit = _target_of(column, draft, seen, ids)
        if hit is not None:
            return hit
    if column.lookup == "id" and column.target != "employee":
        return _as_custom(column, draft, "unknown_target")
    return column


def _target_of(
    column: ColumnMapping, draft: Draft, seen: Mapping[str, int], ids: Mapping[str, set[str]]
) -> ColumnMapping | None:
    """Return the reference by id to the kind whose ids the cells are, None when they are none."""
    fields = draft.sketch.schema.kind(column.kind).fields.values()
    taken = {c.field for c in draft.mapping.columns if c.kind == column.kind}
    others = [f for f in fields if f.target and f.name not in taken]
    own = draft.sketch.schema.field(column.kind, column.field) if not column.custom else column.spec
    for spec in (own, *(others if column.target in {"account", "contact", "lead"} else ())):
        held = ids.get(spec.target or "", set())
        hits = sum(text.strip() in held for text in seen)
        if hits and hits * 2 >= len(seen):
            return replace(column, field=spec.name, target=spec.target or "", lookup="id")
    return None


def _as_custom(column: ColumnMapping, draft: Draft, note: str) -> ColumnMapping:
    found = draft.profile_of(column.header).type()
    type_ = F.EMAIL if found is F.EMAIL else F.TEXT
    kind = draft.mapping.kind if column.kind == "contact" and note == "colleagues" else column.kind
    name = field_name(column.header)
    if name in draft.sketch.schema.kind(kind).fields or name == "id":
        name = f"{name}_2"
    return replace(
        column, kind=kind, field=name, type=type_, custom=True, label=column.header, lookup="", target="",
        note=note, confidence=0.5,
    )  # fmt: skip


def _problems(draft: Draft, mapping: TableMapping) -> tuple[Problem, ...]:
    found = list(validate(mapping, draft.sketch.schema))
    if not draft.sketch.rows:
        found.append(Problem(code="no_records", headers=(), blocking=True))
    for column in mapping.columns:
        unsure = column.type in {F.DATE, F.DATETIME} and not column.order
        if unsure and draft.profile_of(column.header).unsure_order:
            found.append(
                Problem(
                    code="ambiguous_dates",
                    headers=(column.header,),
                    blocking=True,
                    options=("dmy", "mdy"),
                )
            )
        if column.note == "unknown_target":
            found.append(Problem(code="unknown_target", headers=(column.header,), blocking=False))
    nested = [c for c in mapping.columns if c.kind and draft.profile_of(c.header).json]
    if nested:
        headers = tuple(column.header for column in nested)
        found.append(Problem(code="nested_records", headers=headers, blocking=False))
    return tuple(found)


def validate(mapping: TableMapping, schema: WorkspaceSchema) -> tuple[Problem, ...]:
    """Return what contradicts itself or is missing in a mapping, also after a person has edited it.

    Args:
        mapping: Proposed or edited.
        schema: The workspace's kinds and fields.

    Returns:
        The problems; blocking ones keep the table from being imported.
    """
    if not mapping.kind:
        headers = tuple(column.header for column in mapping.columns)
        return (Problem(code="unknown_kind", headers=headers, blocking=True),)
    places: dict[tuple[str, str, str], list[str]] = {}
    for column in mapping.columns:
        if column.kind != IGNORE:
            places.setdefault((column.kind, column.field, column.part), []).append(column.header)
    found = [
        Problem(code="contradiction", headers=tuple(headers), blocking=True)
        for headers in places.values()
        if len(headers) > 1
    ]
    kind = schema.kind(mapping.kind)
    mapped = {column.field for column in mapping.of(kind.name)} | set(mapping.constants)
    for spec in kind.fields.values():
        if spec.required and spec.name not in mapped and not _stands_in(spec.name, mapped):
            found.append(Problem(code="missing_required", headers=(spec.name,), blocking=True))
    return tuple(found)


def _stands_in(name: str, mapped: set[str]) -> bool:
    """Return whether a name can be made from an e-mail address."""
    return name == "name" and "email" in mapped


def assemble(files: Sequence[Path], drafts: Sequence[Draft], warnings: Sequence[str]) -> ImportPlan:
    """Return the plan for all files."""
    return ImportPlan(
        files=tuple(files),
        mappings=tuple(draft.mapping for draft in drafts),
        tables=tuple(draft.sketch.table for draft in drafts),
        warnings=(*warnings, *(w for draft in drafts for w in draft.sketch.table.warnings)),
    )
