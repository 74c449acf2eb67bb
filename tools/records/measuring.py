"""Counts, sums, means, least and most over a filter; money per currency, never added across currencies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from knowledge_graph.expression.nodes import (
    Agg,
    And,
    Compare,
    Condition,
    Known,
    Measure,
    Not,
    Or,
    Query,
)
from knowledge_graph.expression.nodes import Field as Term
from knowledge_graph.language.results import Compiled
from knowledge_graph.language.vocabulary import FieldInfo
from knowledge_graph.ontology.evidence import evidence_of
from knowledge_graph.ontology.fields import NUMERIC, FieldType
from tools.asking import Session, readable
from tools.outcomes import Focus, Table, ToolOk, ToolQuestion, ToolResult
from tools.records.currencies import left_out
from tools.records.field_words import field_named, unknown_field
from tools.writing import Writer, number, say, writer_for

_CITED = 10
_COUNT = re.compile(r"count|how many|number|数量|个数|总数|多少|计数", re.IGNORECASE)
_AGGS: Mapping[Agg, tuple[str, str]] = {
    "sum": (r"(?:the )?(?:sum|total)(?: of)?", r"合计|总和|总计|总共|求和|之和"),
    "avg": (r"(?:the )?(?:average|avg|mean)(?: of)?", r"平均值|平均"),
    "max": (r"(?:the )?(?:max|maximum|highest|largest)(?: of)?", r"最大值|最大|最高"),
    "min": (r"(?:the )?(?:min|minimum|lowest|smallest)(?: of)?", r"最小值|最小|最低"),
}
_NAMES: Mapping[Agg, tuple[str, str]] = {
    "count": ("数量", "count"),
    "sum": ("合计", "total"),
    "avg": ("平均", "average"),
    "max": ("最高", "highest"),
    "min": ("最低", "lowest"),
}
_NOUN = re.compile(r"^(?:[^，：]*，条件：|[\w -]+? (?=where ))")
"""The noun of a read-back: the counted noun stands before it already."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One number that is asked for; the count has no field."""

    agg: Agg
    field: FieldInfo | None = None


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number found."""

    asked: Asked
    value: float | None
    currency: str = ""


async def answer_measure(compiled: Compiled[Query], text: str, session: Session) -> ToolResult:
    """Return the numbers asked for.

    Args:
        compiled: Which records.
        text: Which numbers: "count; sum of amount".
        session: The session of the call.
    """
    query = compiled.value
    asked = parse_measures(text, query.entity, session)
    if isinstance(asked, ToolQuestion):
        return asked
    counting = Measure(agg="count")
    counted = await _measure(query, (counting,), session)
    total = int(counted[counting] or 0)
    figures: list[Figure] = []
    unknown = []
    for one in asked:
        if one.field is not None:
            figures += await _figures(query, one, session)
            unknown.append(await _without_value(query, one.field, session))
    sample = await session.graph.find(
        query, session.run.access, now=session.run.now, limit=min(_CITED, query.limit or _CITED)
    )
    write = await writer_for(session, ())
    words = await condition_words(query, session)
    kind = session.schema.kind(query.entity).name
    return ToolOk(
        text=_sentence(write.counted(total, kind), figures, max(unknown, default=0), words, write)
        + await left_out(query, session),
        evidence=tuple(evidence_of(s.record) for s in sample.records),
        table=_table(figures, write) if len(figures) > 1 else None,
        focus=Focus(query=query, refs=tuple(s.record.ref for s in sample.records)),
        data=_data(total, figures),
    )


def parse_measures(text: str, entity: str, session: Session) -> tuple[Asked, ...] | ToolQuestion:
    """Return the numbers that words ask for, each consumed whole, or the question back."""
    found = []
    for part in filter(None, re.split(r"\s*(?:[;；,，、]|\band\b|和)\s*", text.strip())):
        if _COUNT.fullmatch(part):
            found.append(Asked(agg="count"))
            continue
        agg, words = _split(part)
        info = field_named(words, entity, session.language.vocabulary)
        if info is None or info.type not in NUMERIC:
            return unknown_field(words, entity, session, slot="measure", numeric=True)
        found.append(Asked(agg=agg, field=info))
    return tuple(found)


def _split(part: str) -> tuple[Agg, str]:
    """Return which number is meant and the words of the field: "sum of amount", "金额合计".

    >>> _split("sum of amount"), _split("金额平均"), _split("平均金额")
    (('sum', 'amount'), ('avg', '金额'), ('avg', '金额'))
    """
    for agg, (en, zh) in _AGGS.items():
        for pattern in (rf"{en} (?P<w>.+)", rf"(?P<w>.+?)的?(?:{zh})", rf"(?:{zh})(?P<w>.+)"):
            match = re.fullmatch(pattern, part, re.IGNORECASE)
            if match:
                return agg, match["w"].strip()
    return "sum", part


async def _measure(
    query: Query, measures: tuple[Measure, ...], session: Session
) -> Mapping[Measure, float | None]:
    """Return numbers through the gate."""
    run = session.run
    return await session.graph.measure(query, measures, run.access, now=run.now)


async def _figures(query: Query, asked: Asked, session: Session) -> list[Figure]:
    """Return one number, or one for each currency in which there are amounts."""
    if asked.field is None:
        return []
    measure = Measure(agg=asked.agg, field=asked.field.id)
    kind = session.schema.kind(query.entity)
    if asked.field.type != "money" or "currency" not in kind.fields:
        values = await _measure(query, (measure,), session)
        return [Figure(asked=asked, value=values[measure])]
    if query.limit is not None:
        return await _limited(query, asked, session)
    found = []
    for currency, condition in await _by_currency(kind.name, query.entity, session):
        part = replace(query, condition=_both(query.condition, condition))
        values = await _measure(part, (measure,), session)
        if values[measure] is not None and await _has_any(part, asked.field, session):
            found.append(Figure(asked=asked, value=values[measure], currency=currency))
    return found


async def _by_currency(
    kind: str, entity: str, session: Session
) -> list[tuple[str, Condition | None]]:
    """Return each currency in use with its condition; a record without one is in the workspace's own."""
    term = Term(id=f"{entity}.currency")
    used = (await session.graph.enumerated_values()).get(f"{kind}.currency", ())
    own = session.meaning.currency
    others = [Compare(op="eq", term=term, value=c) for c in used if c != own]
    rest = Not(arg=Or(args=tuple(others))) if others else None
    return [(own, rest), *((str(c.value), c) for c in others)]


async def _has_any(query: Query, field: FieldInfo, session: Session) -> bool:
    """Return whether any record has a value, so that "0" is not said of a currency that nobody uses."""
    counting = Measure(agg="count")
    known = replace(query, condition=_both(query.condition, Known(term=Term(id=field.id))))
    return bool((await _measure(known, (counting,), session))[counting])


async def _limited(query: Query, asked: Asked, session: Session) -> list[Figure]:
    """Return the numbers over the first records of an order, counted here."""
    run, name = session.run, str(asked.field and asked.field.id.partition(".")[2])
    page = await session.graph.find(query, run.access, now=run.now, limit=query.limit or 1)
    amounts: dict[str, list[float]] = {}
    for seen in page.records:
        value = seen.record.get(name)
        if isinstance(value, (int, float)):
            currency = str(seen.record.get("currency") or session.meaning.currency)
            amounts.setdefault(currency, []).append(value)
    return [
        Figure(asked=asked, value=_fold(asked.agg, values), currency=currency)
        for currency, values in amounts.items()
    ]


def _fold(agg: Agg, values: list[float]) -> float:
    """Return one number of several."""
    match agg:
        case "sum":
            return sum(values)
        case "avg":
            return sum(values) / len(values)
        case "max":
            return max(values)
        case "min":
            return min(values)
        case "count":
            return float(len(values))


async def _without_value(query: Query, field: FieldInfo, session: Session) -> int:
    """Return how many of the records have no value in the field."""
    if query.limit is not None:
        return 0
    counting = Measure(agg="count")
    empty = replace(query, condition=_both(query.condition, Not(arg=Known(term=Term(id=field.id)))))
    return int((await _measure(empty, (counting,), session))[counting] or 0)


async def condition_words(query: Query | None, session: Session) -> str:
    """Return what the records of a query have in common, in the user's language; empty for all records.

    Args:
        query: Which records.
        session: The session of the call.
    """
    if query is None or query.condition is None:
        return ""
    plain = replace(query, sort=(), limit=None)
    words = session.language.readback(plain, session.run.lang)
    return await readable(_NOUN.sub("", words, count=1), session)


def _both(first: Condition | None, second: Condition | None) -> Condition | None:
    """Return the condition that both hold."""
    if first is None or second is None:
        return first or second
    return And(args=(first, second))


def _sentence(head: str, figures: list[Figure], unknown: int, words: str, write: Writer) -> str:
    """Return the numbers as one sentence, with what they are over."""
    lang = write.lang
    groups: dict[str, list[str]] = {}
    for figure in figures:
        groups.setdefault(_name(figure.asked, lang), []).append(_shown(figure))
    parts = [f"{name} {say(lang, '、', ' and ').join(texts)}" for name, texts in groups.items()]
    text = say(lang, f"共 {head}", head)
    if words:
        text += say(lang, f"（{words}）", f" ({words})")
    text += "".join(say(lang, f"，{p}", f"; {p}") for p in parts)
    if unknown:
        text += say(lang, f"（其中 {unknown} 条没有填写）", f" ({unknown:,} without a value)")
    return text + say(lang, "。", ".")


def _name(asked: Asked, lang: str) -> str:
    """Return what a number is called: "total amount", "金额合计"."""
    zh, en = _NAMES[asked.agg]
    label = asked.field.label(lang) if asked.field else ""
    return f"{label}{zh}" if lang == "zh" else f"{en} {label}".strip()


def _shown(figure: Figure) -> str:
    """Return a number with its unit."""
    if figure.value is None or figure.asked.field is None:
        return "—"
    return number(figure.value, FieldType(figure.asked.field.type), figure.currency)


def _table(figures: list[Figure], write: Writer) -> Table:
    """Return the numbers as rows."""
    lang = write.lang
    return Table(
        columns=(say(lang, "指标", "Figure"), say(lang, "数值", "Value")),
        rows=tuple((_name(f.asked, lang), _shown(f)) for f in figures),
    )


def _data(total: int, figures: list[Figure]) -> Mapping[str, object]:
    """Return the numbers for machines; a single currency stands beside its number."""
    data: dict[str, object] = {"count": total}
    for figure in figures:
        name = figure.asked.agg
        same = [f for f in figures if f.asked == figure.asked]
        if len(same) == 1:
            data[name] = figure.value
            if figure.currency:
                data["currency"] = figure.currency
        else:
            data[name] = {f.currency: f.value for f in same}
    return data
