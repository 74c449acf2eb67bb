"""What people read: labels, values and counted nouns in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from knowledge_graph.graph import Seen
from knowledge_graph.language.vocabulary import Vocabulary, entity_of
from knowledge_graph.ontology.fields import FieldSpec, FieldType
from knowledge_graph.ontology.record import RecordRef, Value
from tools.asking import Session
from tools.context import Lang

_COUNTERS = {"account": "家", "employee": "位", "contact": "位", "product": "个", "task": "个"}


def say(lang: Lang, zh: str, en: str) -> str:
    """Return the text of the user's language."""
    return zh if lang == "zh" else en


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
