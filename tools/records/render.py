"""What a sales person reads: labels, values, tables and counted nouns in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from knowledge_graph.graph import Seen
from knowledge_graph.language.vocabulary import Vocabulary, entity_of
from knowledge_graph.ontology.fields import FieldSpec, FieldType
from knowledge_graph.ontology.record import RecordRef, Value
from tools.asking import Session
from tools.context import Lang
from tools.outcomes import Table

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "account": ("name", "industry", "region", "city", "lifecycle", "owner", "last_contact_date"),
    "contact": ("name", "account", "title", "email", "phone", "status", "owner"),
    "lead": ("name", "company", "status", "interest", "owner", "follow_up_by"),
    "opportunity": ("name", "account", "stage", "amount", "close_date", "owner"),
    "product": ("name", "code", "product_line", "price", "available"),
    "order": ("name", "account", "amount", "status", "ordered_on"),
    "contract": ("name", "account", "value", "starts_on", "ends_on", "status"),
    "interaction": ("name", "type", "account", "contact", "happened_at", "owner"),
    "ticket": ("name", "account", "priority", "status", "opened_at", "owner"),
    "task": ("name", "account", "status", "due_on", "owner"),
    "employee": ("name", "title", "team", "email"),
    "usage_event": ("name", "account", "type", "module", "happened_at"),
    "document": ("name", "type", "product", "published_on"),
    "passage": ("name", "document", "position"),
}
"""The columns of a list, unless the question looks at others."""

_COUNTERS = {"account": "家", "employee": "位", "contact": "位", "product": "个", "task": "个"}
_CELL_CHARS = 80


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Writes values and labels in one language."""

    vocabulary: Vocabulary
    lang: Lang
    titles: Mapping[RecordRef, str]
    """What the records behind references are called."""
    currency: str
    """The workspace's: amounts that name none are in it."""

    def label(self, spec: FieldSpec) -> str:
        """Return what a field is called."""
        info = self.vocabulary.fields.get(f"{entity_of(spec.kind)}.{spec.name}")
        return info.label(self.lang) if info else (spec.label or spec.name.replace("_", " "))

    def value(self, value: Value, spec: FieldSpec, currency: object = None) -> str:
        """Return a value as people write it; a dash for an unknown one."""
        if value is None or value in ("", ()):
            return "—"
        if isinstance(value, bool):
            return ("是" if value else "否") if self.lang == "zh" else ("yes" if value else "no")
        if isinstance(value, tuple):
            named = [self._word(spec, v) for v in value]
            return ("、" if self.lang == "zh" else ", ").join(named)
        if isinstance(value, (int, float)):
            return number(value, spec.type, currency or self.currency)
        if spec.type is FieldType.REFERENCE and spec.target:
            return self.titles.get(RecordRef(kind=spec.target, id=value), value)
        if spec.type is FieldType.DATETIME:
            return value.replace("T", " ").removesuffix("Z") + " UTC"
        return self._word(spec, value)

    def _word(self, spec: FieldSpec, value: str) -> str:
        """Return the name of a value of an enumeration, else the value."""
        if spec.type not in {FieldType.ENUM, FieldType.SET}:
            return value
        return self.vocabulary.value_label(f"{entity_of(spec.kind)}.{spec.name}", value, self.lang)

    def counted(self, n: int, kind: str) -> str:
        """Return a number of records: "3 leads", "3 条线索"."""
        noun = self.vocabulary.label(entity_of(kind), self.lang)
        if self.lang == "zh":
            return f"{n} {_COUNTERS.get(kind, '条')}{noun}"
        if n == 1:
            return f"1 {noun}"
        return f"{n:,} {noun[:-1]}ies" if noun.endswith("y") else f"{n:,} {noun}s"


def number(value: float, type_: FieldType, currency: object = None) -> str:
    """Return a number as people write it.

    >>> number(1200000.0, FieldType.MONEY, "CNY"), number(0.825, FieldType.RATIO)
    ('CNY 1,200,000', '82.5%')
    """
    if type_ is FieldType.RATIO:
        return f"{round(value * 100, 2):g}%"
    rounded = round(value, 2)
    text = f"{int(rounded):,}" if rounded == int(rounded) else f"{rounded:,.2f}"
    return f"{currency} {text}" if type_ is FieldType.MONEY and currency else text


async def writer_for(session: Session, records: Iterable[Seen]) -> Writer:
    """Return a writer that knows the names behind the references of these records."""
    wanted: dict[RecordRef, None] = {}
    for seen in records:
        for spec in session.schema.kind(seen.record.kind).references:
            found = seen.record.get(spec.name)
            if isinstance(found, str) and spec.target:
                wanted[RecordRef(kind=spec.target, id=found)] = None
    return await writer_for_refs(session, tuple(wanted))


async def writer_for_refs(session: Session, refs: Sequence[RecordRef]) -> Writer:
    """Return a writer that knows what these records are called."""
    titles = {c.ref: c.title for c in session.run.drafted}
    unknown = [ref for ref in refs if ref not in titles]
    found = await session.graph.get(unknown, session.run.access)
    titles.update({s.record.ref: s.record.title for s in found})
    return Writer(
        vocabulary=session.language.vocabulary,
        lang=session.run.lang,
        titles=titles,
        currency=session.meaning.currency,
    )


def table_of(records: Sequence[Seen], columns: Sequence[FieldSpec], write: Writer) -> Table:
    """Return records as rows.

    Args:
        records: The records, as the actor may see them.
        columns: The fields to show.
        write: Writes the cells.
    """
    return Table(
        columns=tuple(_heading(write.label(spec)) for spec in columns),
        rows=tuple(tuple(_cell(seen, spec, write) for spec in columns) for seen in records),
        refs=tuple(seen.record.ref for seen in records),
    )


def _heading(label: str) -> str:
    """Return a label as the head of a column."""
    return label[:1].upper() + label[1:]


def _cell(seen: Seen, spec: FieldSpec, write: Writer) -> str:
    """Return one cell: short, on one line, masked when it is withheld."""
    if spec.name in seen.withheld:
        return "•••"
    text = write.value(seen.record.get(spec.name), spec, seen.record.get("currency"))
    flat = " ".join(text.split())
    return flat if len(flat) <= _CELL_CHARS else flat[: _CELL_CHARS - 1] + "…"


def say(lang: Lang, zh: str, en: str) -> str:
    """Return the text of the user's language."""
    return zh if lang == "zh" else en
