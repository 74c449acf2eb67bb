"""What the cells of a column look like, counted over the whole file in bounded memory."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from knowledge_graph.language.surnames import is_chinese_name
from knowledge_graph.ontology.fields import FieldType as F
from tools.transfer.dates import DateOrder, read_date
from tools.transfer.tables import Cell, Row, Table, is_blank
from tools.transfer.values import is_email, is_phone, is_url, plain, read_money, read_number

MAX_ENUM = 60
_MAX_KEPT = 4_000
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ORGANISATION = re.compile(
    r"公司|集团|厂|医院|大学|学院|研究院|银行|中心|股份|科技|"
    r"\b(inc|ltd|llc|gmbh|corp|co|company|group|plc|ag|bv|sa|pte|hospital|university|bank|labs?|industries|"
    r"solutions|services|systems|partners|associates|enterprises|technologies|holdings)\b\.?",
    re.IGNORECASE,
)
_PERSON_LATIN = re.compile(r"[^\W\d_]+(?:[ '\-.]+[^\W\d_]+\.?){1,3}")
_BOOLEAN_PAIRS = tuple(
    frozenset(pair.split())
    for pair in (
        "true false",
        "yes no",
        "y n",
        "是 否",
        "有 无",
        "√ ×",
        "已授权 未授权",
        "t f",
        "on off",
    )
)
_TYPES: tuple[tuple[F, str, tuple[str, ...]], ...] = (
    (F.DATE, "", ("date", "slash_date")),
    (F.DATETIME, "", ("date", "slash_date", "datetime")),
    (F.RATIO, "percent", ("percent", "integer", "number")),
    (F.MONEY, "money", ("money", "integer", "number", "serial")),
)
"""Type, a shape that must occur, and the shapes that all cells have."""
_PLAIN_TYPES: tuple[tuple[F, tuple[str, ...], float], ...] = (
    (F.INTEGER, ("integer", "serial"), 1.0),
    (F.NUMBER, ("integer", "number", "serial"), 1.0),
    (F.EMAIL, ("email",), 0.8),
    (F.PHONE, ("phone",), 0.8),
    (F.URL, ("url",), 0.8),
)
"""Type, the shapes that fit it, and the least share of cells that have them. The others are told as bad values
(addresses) or kept as they are written (phone numbers, web addresses)."""
_NO_CHOICE = ("email", "phone", "url", "date", "slash_date", "datetime", "money")
"""Shapes of cells that nobody chooses from a list: a column of them is no enumeration."""
_FLAG = frozenset({"true", "false"})


@dataclass(kw_only=True)
class ColumnProfile:
    """Counts over one column. Mutable while it is filled, read afterwards."""

    filled: int = 0
    distinct: dict[str, int] = field(default_factory=dict)
    """Cells as text with their counts; at most some thousand are kept."""
    overflow: bool = False
    """There are more distinct cells than were kept."""
    shapes: Counter[str] = field(default_factory=Counter)
    longest: int = 0
    typed: Counter[str] = field(default_factory=Counter)
    """Types that the file itself gives: int, float, bool, tuple."""
    day_first: int = 0
    month_first: int = 0
    lines: bool = False
    json: bool = False
    """Some cells hold nested objects."""

    def add(self, cell: Cell) -> None:
        """Count one cell."""
        if is_blank(cell):
            return
        self.filled += 1
        text = "; ".join(cell) if isinstance(cell, tuple) else str(cell)
        if not isinstance(cell, str):
            self.typed[type(cell).__name__] += 1
        self.longest = max(self.longest, len(text))
        self.json = self.json or text.startswith(('{"', "[{"))
        self.lines = self.lines or "\n" in text
        if text in self.distinct:
            self.distinct[text] += 1
        elif len(self.distinct) < _MAX_KEPT:
            self.distinct[text] = 1
        else:
            self.overflow = True
        shape = _shape(text) if len(text) <= 60 else "text"
        self.shapes[shape] += 1
        if shape == "slash_date":
            self._count_order(text)

    def _count_order(self, text: str) -> None:
        first, second = (int(part) for part in re.split(r"[-/.]", plain(text))[:2])
        self.day_first += first > 12
        self.month_first += second > 12

    def share(self, *shapes: str) -> float:
        """Return which share of the filled cells has one of these shapes."""
        return sum(self.shapes[s] for s in shapes) / self.filled if self.filled else 0.0

    @property
    def samples(self) -> tuple[str, ...]:
        """Three cells to show."""
        return tuple(" ".join(text.split())[:60] for text in list(self.distinct)[:3])

    @property
    def order(self) -> DateOrder:
        """Which of day and month comes first; empty when the cells do not tell or contradict each other."""
        if self.day_first and not self.month_first:
            return "dmy"
        if self.month_first and not self.day_first:
            return "mdy"
        return ""

    @property
    def unsure_order(self) -> bool:
        """Whether there are dates like 03/04/2026 and nothing tells which way to read them."""
        return self.shapes["slash_date"] > 0 and not self.order

    @property
    def organisations(self) -> float:
        """Return which share of the cells are written like names of organisations."""
        return _share(self.distinct, _ORGANISATION.search)

    @property
    def people(self) -> float:
        """Return which share of the cells are written like names of persons."""
        return _share(self.distinct, _is_person)

    def type(self, *, dated: bool = False) -> F:
        """Return the field type that all cells fit.

        Args:
            dated: The header speaks of a date: numbers may be serial dates.
        """
        if not self.filled:
            return F.TEXT
        if self.typed["tuple"] * 2 > self.filled:
            return F.SET
        return self._shaped(dated) or self._textual()

    def _shaped(self, dated: bool) -> F | None:
        if self._is_boolean():
            return F.BOOLEAN
        for type_, needed, shapes in _TYPES:
            if (not needed or self.shapes[needed]) and self.share(*shapes) == 1.0:
                return type_
        if dated and self.share("date", "slash_date", "serial") == 1.0:
            return F.DATE
        for type_, shapes, least in _PLAIN_TYPES:
            if self.share(*shapes) >= least:
                return type_
        return None

    def _textual(self) -> F:
        if self.lines or self.json or self.longest > 160:
            return F.LONG_TEXT
        parts = [text for text in self.distinct if re.search(r"[;；、|]", text)]
        members = {m.strip() for text in self.distinct for m in re.split(r"[;；、|]", text)}
        if len(parts) * 5 > len(self.distinct) and len(members) <= MAX_ENUM and self.filled > 4:
            return F.SET
        few = len(self.distinct) <= min(MAX_ENUM, max(3, self.filled // 2)) and not self.overflow
        choice = few and self.longest <= 40 and self.share(*_NO_CHOICE) <= 0.5
        return F.ENUM if choice else F.TEXT

    def _is_boolean(self) -> bool:
        seen = {plain(text).casefold() for text in self.distinct}
        return any(seen <= pair for pair in _BOOLEAN_PAIRS) and (len(seen) == 2 or seen <= _FLAG)


def profile(table: Table) -> tuple[tuple[ColumnProfile, ...], int]:
    """Count the cells of all columns of a table.

    Args:
        table: Read once from its first to its last row.

    Returns:
        One profile for each column, and the number of rows.
    """
    columns = tuple(ColumnProfile() for _ in table.headers)
    rows = 0
    for row in table.rows():
        rows += 1
        _add(columns, row)
    return columns, rows


def _add(columns: tuple[ColumnProfile, ...], row: Row) -> None:
    for column, cell in zip(columns, row.cells, strict=False):
        if cell is not None and cell != "":
            column.add(cell)


def _share(distinct: Iterable[str], test: object) -> float:
    cells = list(distinct)[:500]
    return sum(bool(test(cell)) for cell in cells) / len(cells) if cells and callable(test) else 0.0


def _is_person(text: str) -> bool:
    text = text.strip()
    if _ORGANISATION.search(text):
        return False
    return is_chinese_name(text) or bool(_PERSON_LATIN.fullmatch(text) and len(text) < 40)


@lru_cache(maxsize=65_536)
def _shape(text: str) -> str:
    text = plain(text)
    if text[:1].isdigit() or text[:1] in "+-(¥$€£₹￥−.":
        numeric = _numeric_shape(text)
        if numeric:
            return numeric
    if "@" in text:
        return "email" if is_email(text) else "text"
    if text[:1].isalpha() and len(text) > 8 and text[-4:].isdigit() and read_date(text):
        return "date"
    if is_url(text) and not _HAN.search(text):
        return "url"
    if text[-1:] in "元万" and read_money(text):
        return "money"
    return "text"


def _numeric_shape(text: str) -> str:  # noqa: C901 -- a chain of tests, cheapest first
    if text.isdigit():
        if len(text) > 1 and text.startswith("0"):
            return "code"
        if len(text) == 11 and text.startswith("1"):
            return "phone"
        if len(text) == 8 and text[:2] in {"19", "20"} and read_date(text):
            return "date"
        if len(text) > 15:
            return "code"
        return "serial" if len(text) == 5 and 15_000 <= int(text) <= 75_000 else "integer"
    found = read_date(text)
    if found:
        if re.match(r"\d{1,2}[-/.]\d{1,2}[-/.]", text):
            return "slash_date"
        return "datetime" if found.time else "date"
    if text.endswith("%") and read_number(text[:-1]) is not None:
        return "percent"
    number = read_number(text)
    if number is not None:
        return "integer" if isinstance(number, int) else "number"
    if read_money(text):
        return "money"
    return "phone" if is_phone(text) else ""
