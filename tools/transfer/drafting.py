"""Rows to drafts: the values of each record in a row, before anything is looked up. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.ontology.fields import FieldSpec
from knowledge_graph.ontology.fields import FieldType as F
from knowledge_graph.ontology.record import Origin, Value
from knowledge_graph.ontology.schema import WorkspaceSchema
from tools.transfer.mapping import ColumnMapping, Lookup, TableMapping
from tools.transfer.tables import Cell, Row, is_blank
from tools.transfer.values import Form, convert, plain, read_money

_PARTS = ("first", "middle", "last", "street", "street2", "county", "state", "postal")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_NAMED = frozenset({
    "account",
    "contact",
    "lead",
    "opportunity",
    "product",
    "employee",
    "contract",
    "document",
})
_CREATED = frozenset({"account", "contact", "product"})
"""Records that a name alone brings about; employees come about by an id too."""
_LARGEST = 2**63 - 1
_TOTAL = re.compile(
    r"(合\s*计|总\s*计|小\s*计|汇总|累计|共计|(grand |sub[ -]?)?totals?|sum)\s*:?", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One line of the report: what was not taken over as it stands, and why."""

    file: str
    row: int
    column: str
    value: str
    reason: str
    """A stable code; render.py has the words."""
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pointer:
    """A cell that names another record."""

    field: str
    target: str
    lookup: Lookup
    text: str
    header: str
    create: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnProvenance:
    """What our own export says of a record beside its values."""

    id: str
    source_keys: tuple[str, ...]
    origins: Mapping[str, Origin]
    version: int


@dataclass(kw_only=True, slots=True)
class RecordDraft:
    """One record of a row; mutable while its references are resolved."""

    kind: str
    main: bool
    key: str
    """Source key."""
    outside_id: str
    values: dict[str, Value]
    pointers: tuple[Pointer, ...]
    row: int
    own: OwnProvenance | None = None
    """For rows of our own export: the record as it was, not as an outside record."""


@dataclass(kw_only=True)
class Drafter:
    """Makes drafts of the rows of one table."""

    mapping: TableMapping
    schema: WorkspaceSchema
    headers: tuple[str, ...]
    timezone: str = "UTC"
    _seen: dict[str, int] = field(default_factory=dict)
    _by_kind: dict[str, tuple[tuple[int, ColumnMapping, Form], ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        place = {header: i for i, header in enumerate(self.headers)}
        for kind in self.mapping.kinds:
            self._by_kind[kind] = tuple(
                (place[c.header], c, self._form(c))
                for c in self.mapping.of(kind)
                if c.header in place
            )

    def _form(self, column: ColumnMapping) -> Form:
        return Form(
            order=column.order, percent=column.percent, scale=column.scale, timezone=self.timezone
        )

    def drafts(self, row: Row) -> tuple[tuple[RecordDraft, ...], tuple[Finding, ...]]:
        """Return the records of a row, the main one first, and what could not be read.

        Args:
            row: One row of the table.

        Returns:
            No drafts when the row is refused as a whole.
        """
        findings: list[Finding] = []
        if row.problem:
            return (), (self._finding(row, "", _whole(row), "ragged", row.problem),)
        if _is_total(row.cells):
            return (), (self._finding(row, "", _whole(row), "total_line"),)
        main = self._draft(self.mapping.kind, row, findings)
        if main is None:
            return (), tuple(findings)
        others = (
            self._draft(k, row, findings) for k in self.mapping.kinds if k != self.mapping.kind
        )
        found = (main, *(d for d in others if d is not None))
        _key_within_account(found)
        return found, tuple(findings)

    def _finding(self, row: Row, column: str, value: str, reason: str, detail: str = "") -> Finding:
        return Finding(
            file=self.mapping.file,
            row=row.number,
            column=column,
            value=value[:500],
            reason=reason,
            detail=detail,
        )

    def _draft(self, kind: str, row: Row, findings: list[Finding]) -> RecordDraft | None:
        main = kind == self.mapping.kind
        values: dict[str, Value] = dict(self.mapping.constants) if main else {}
        parts: dict[str, dict[str, str]] = {}
        pointers = []
        outside = ""
        for position, column, form in self._by_kind[kind]:
            cell = row.cells[position] if position < len(row.cells) else None
            if is_blank(cell):
                continue
            if column.field == "id":
                outside = _id_text(cell)
            elif column.part:
                parts.setdefault(column.field, {})[column.part] = str(cell).strip()
            elif column.type is F.REFERENCE:
                pointers.append(_pointer(column, cell))
            else:
                self._value(column, form, cell, row, values=values, findings=findings)
        values |= {name: _joined(name, found) for name, found in parts.items()}
        if not self._complete(kind, values, outside, row, findings):
            return None
        if not values and not pointers and not outside:
            return None
        key = self._key(kind, main, outside, values, row)
        return RecordDraft(
            kind=kind,
            main=main,
            key=key,
            outside_id=outside,
            values=values,
            pointers=tuple(pointers),
            row=row.number,
        )

    def _value(
        self,
        column: ColumnMapping,
        form: Form,
        cell: Cell,
        row: Row,
        *,
        values: dict[str, Value],
        findings: list[Finding],
    ) -> None:
        try:
            value = _checked(_canonical(column, convert(cell, column.type, form)))
            _check_bounds(value, self.schema.kind(column.kind).fields.get(column.field))
        except InvalidValueError as error:
            findings.append(self._finding(row, column.header, str(cell), "bad_value", str(error)))
            return
        values[column.field] = value
        if column.type is F.MONEY and isinstance(cell, str):
            money = read_money(cell)
            spec = self.schema.kind(column.kind).fields.get("currency")
            if money is not None and money.currency and spec is not None:
                values.setdefault("currency", money.currency)

    def _complete(
        self, kind: str, values: dict[str, Value], outside: str, row: Row, findings: list[Finding]
    ) -> bool:
        main = kind == self.mapping.kind
        for spec in self.schema.kind(kind).fields.values():
            if not spec.required or values.get(spec.name):
                continue
            mail = values.get("email")
            if spec.name == "name" and isinstance(mail, str):
                values["name"] = name_from_email(mail)
            elif main:
                findings.append(self._finding(row, spec.name, _whole(row), "missing_required"))
                return False
            else:
                if values:
                    shown = "; ".join(f"{k}={v}" for k, v in values.items())
                    findings.append(self._finding(row, f"{kind}.{spec.name}", shown, "nameless"))
                return False
        return True

    def _key(
        self, kind: str, main: bool, outside: str, values: Mapping[str, Value], row: Row
    ) -> str:
        head = f"{self.mapping.system}|{kind}|"
        if outside:
            return head + outside
        named = kind in _NAMED
        natural = str(values.get("email") or "") or _named(values) if named else _digest(row.cells)
        if not main:
            return f"{head}?{natural}"
        again = self._seen[natural] = self._seen.get(natural, 0) + 1
        return f"{head}~{natural}" if again == 1 else f"{head}~{natural}#{again}"


def _is_total(cells: Sequence[Cell]) -> bool:
    """Return whether a row adds up the others: a word for a total, then nothing but numbers.

    >>> _is_total(("合计：", None, "271.5", 69500)), _is_total(("Total", "Paris", "500"))
    (True, False)
    """
    first, *rest = [cell for cell in cells if not is_blank(cell)] or [None]
    if not isinstance(first, str) or not _TOTAL.fullmatch(plain(first).strip()) or not rest:
        return False
    return all(not isinstance(cell, str) or read_money(cell) is not None for cell in rest)


def _whole(row: Row) -> str:
    """Return a refused row for the report, so that nothing of it is lost."""
    return " | ".join("" if cell is None else str(cell) for cell in row.cells)


def _key_within_account(drafts: tuple[RecordDraft, ...]) -> None:
    """Tell persons and deals of one name apart by the organisation in the same row."""
    account = next((d for d in drafts if d.kind == "account"), None)
    if account is None:
        return
    whose = account.outside_id or normal_name(str(account.values.get("name") or ""))
    for draft in drafts:
        if (
            not draft.main
            and draft is not account
            and not draft.outside_id
            and not draft.values.get("email")
        ):
            draft.key = f"{draft.key}@{whose}"


def _named(values: Mapping[str, Value]) -> str:
    name = normal_name(str(values.get("name") or ""))
    company = normal_name(str(values.get("company") or values.get("language") or ""))
    return f"{name}/{company}" if company else name


def _digest(cells: Sequence[Cell]) -> str:
    text = "\x1f".join("" if cell is None else str(cell) for cell in cells)
    return hashlib.sha256(text.encode("utf-8", errors="replace")).hexdigest()[:20]


@lru_cache(maxsize=65_536)
def normal_name(name: str) -> str:
    """Return a name as it is compared: one width, no case, no outer or double blanks.

    >>> normal_name("  ＡＣＭＥ   Corp ")
    'acme corp'
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def name_from_email(address: str) -> str:
    """Return a name to show for an address of which nothing else is known.

    >>> name_from_email("lena.schmidt@atlas.com")
    'Lena Schmidt'
    """
    local = address.partition("@")[0]
    words = [word for word in re.split(r"[._\-+]+", local) if word and not word.isdigit()]
    return " ".join(word.capitalize() for word in words) or address


def _id_text(cell: Cell) -> str:
    return " ".join(str(cell).split())[:200]


def _pointer(column: ColumnMapping, cell: Cell) -> Pointer:
    text = " ".join(("; ".join(cell) if isinstance(cell, tuple) else str(cell)).split())
    return Pointer(
        field=column.field, target=column.target, lookup=column.lookup, text=text, header=column.header,
        create=column.target == "employee" or (column.lookup != "id" and column.target in _CREATED),
    )  # fmt: skip


def _joined(name: str, parts: Mapping[str, str]) -> str:
    ordered = [parts[part] for part in _PARTS if part in parts]
    if name == "name":
        if all(_HAN.search(part) for part in ordered):
            return parts.get("last", "") + parts.get("middle", "") + parts.get("first", "")
        return " ".join(ordered)
    return ", ".join(ordered)


def _canonical(column: ColumnMapping, value: Value) -> Value:
    if column.values and isinstance(value, str):
        return column.values.get(value.casefold(), value)
    return value


def _check_bounds(value: Value, spec: FieldSpec | None) -> None:
    """Return when a number can be one of its field.

    Raises:
        InvalidValueError: It is impossible: a probability of 250 %.
    """
    if spec is None or spec.bounds is None or not isinstance(value, int | float):
        return
    low, high = spec.bounds
    if not low <= value <= high:
        form = ".0%" if spec.type is F.RATIO else "g"
        raise InvalidValueError(f"{value:{form}} is not between {low:{form}} and {high:{form}}")


def _checked(value: Value) -> Value:
    """Return a value that every store can hold.

    Raises:
        InvalidValueError: It is too large, or no text.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) > _LARGEST:
        raise InvalidValueError(f"too large: {value!r}")
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, tuple):
        return tuple(sorted({_clean(member) for member in value if member.strip()}))
    return value


def _clean(text: str) -> str:
    if text.isprintable():
        return text
    text = text.encode("utf-8", errors="replace").decode("utf-8")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")


def pieces(rows: Iterable[Row], size: int) -> Iterable[list[Row]]:
    """Yield the rows in lists of at most `size`."""
    piece: list[Row] = []
    for row in rows:
        piece.append(row)
        if len(piece) == size:
            yield piece
            piece = []
    if piece:
        yield piece
