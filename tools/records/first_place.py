"""The first by a number: who shares the first place, and the number itself."""

from __future__ import annotations

from dataclasses import replace

from knowledge_graph.expression.nodes import (
    Aggregate,
    And,
    Compare,
    Condition,
    During,
    Field,
    Measure,
    Query,
)
from knowledge_graph.graph import Seen, SeenPage
from knowledge_graph.language.fields import entity_of, kind_of
from knowledge_graph.language.parser.times import TIMES
from knowledge_graph.ontology.fields import NUMERIC, FieldType
from knowledge_graph.ontology.schema import TIME_FIELDS
from tools.asking import Session
from tools.writing import number, say

_NAMED = 5
"""Records that share the first place and are named in the sentence."""


async def first_place(query: Query, session: Session) -> tuple[Query, str]:
    """Return the query of all records in the first place, and the sentence that names them.

    Args:
        query: Records in an order, one of them: "who has the most leads".
        session: The session of the call.

    Returns:
        The query itself and no sentence where it asks for something else or the first has no number.
    """
    if query.limit != 1 or len(query.sort) != 1:
        return query, ""
    run, term = session.run, query.sort[0].term
    page = await session.graph.find(query, run.access, now=run.now, limit=1)
    value = await _value(term, page.records[0], session) if page.records else None
    if value is None:
        return query, ""
    same = Compare(op="eq", term=term, value=value)
    shared = replace(query, condition=_both(query.condition, same), limit=None)
    found = await session.graph.find(shared, run.access, now=run.now, limit=_NAMED)
    if not found.total:  # the number is not one to compare by: rounding, withheld
        return query, ""
    return (shared if found.total > 1 else query), _sentence(
        found, _shown(term, value, found, session), session
    )


async def _value(term: Field | Aggregate, seen: Seen, session: Session) -> float | str | None:
    if isinstance(term, Field):
        info = session.language.vocabulary.field_of(term.id)
        ranks = info is not None and info.type in NUMERIC | TIMES
        own = term.entity == entity_of(seen.record.kind) and term.name not in seen.withheld
        value = seen.record.get(term.name) if own and ranks else None
        return value if isinstance(value, (int, float, str)) else None
    return await _number(term, seen, session)


async def _number(term: Aggregate, seen: Seen, session: Session) -> float | None:
    """Return a number over the records that point to one record."""
    kind = session.schema.kind(kind_of(term.over))
    points = [ref.name for ref in kind.references if ref.target == seen.record.kind]
    if len(points) != 1 or term.change:
        return None
    mine: Condition = Compare(
        op="eq", term=Field(id=f"{term.over}.{points[0]}"), value=seen.record.id
    )
    when = TIME_FIELDS.get(kind_of(term.over))
    if term.window is not None and when is not None:
        mine = _both(mine, During(term=Field(id=f"{term.over}.{when}"), window=term.window))
    measure, run = Measure(agg=term.agg, field=term.field), session.run
    query = Query(entity=term.over, condition=_both(term.where, mine))
    return (await session.graph.measure(query, (measure,), run.access, now=run.now))[measure]


def _both(first: Condition | None, second: Condition) -> Condition:
    return second if first is None else And(args=(first, second))


def _shown(term: Field | Aggregate, value: float | str, page: SeenPage, session: Session) -> str:
    if isinstance(value, str):
        return value
    name = term.id if isinstance(term, Field) else term.field or ""
    info = session.language.vocabulary.field_of(name)
    type_ = FieldType(info.type) if info else FieldType.NUMBER
    currency = page.records[0].record.get("currency") or session.meaning.currency
    return number(value, type_, currency)


def _sentence(page: SeenPage, value: str, session: Session) -> str:
    lang = session.run.lang
    names = say(lang, "、", ", ").join(seen.record.title for seen in page.records)
    more = page.total - len(page.records)
    if more:
        names += say(lang, f" 等 {page.total} 个", f" and {more:,} more")
    if page.total == 1:
        return say(lang, f"{names}（{value}）。", f"{names} ({value}). ")
    return say(
        lang, f"{names} 并列（均为 {value}）。", f"{names} share the first place ({value} each). "
    )
