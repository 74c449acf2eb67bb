"""Amounts of different currencies are never compared as bare numbers, nor ranked by them.

A sentence that names no currency means the workspace's own. Records in others are left out of the
comparison, and the reply says how many they are: there are no exchange rates to convert them by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge_graph.expression.nodes import (
    Aggregate,
    And,
    AtLeast,
    Compare,
    Condition,
    Field,
    HeldFor,
    In,
    Known,
    Measure,
    Not,
    Or,
    Query,
)
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.language.fields import entity_of
from knowledge_graph.language.spelling import plural_forms
from knowledge_graph.ontology.fields import FieldType
from knowledge_graph.ontology.schema import MACHINERY
from tools.asking import Session
from tools.context import Lang
from tools.writing import say


@dataclass(frozen=True, kw_only=True)
class _Money:
    """What is known of money in a workspace."""

    fields: frozenset[str]
    """Ids of the fields that hold amounts."""
    foreign: Mapping[str, tuple[str, ...]]
    """By entity: the currencies in use beside the workspace's own."""

    def others(self, term: Field | Aggregate) -> tuple[str, ...]:
        """Return the currencies that a term must not mix with the workspace's own, empty for none."""
        name = term.id if isinstance(term, Field) else term.field or ""
        return self.foreign.get(name.partition(".")[0], ()) if name in self.fields else ()


async def one_currency(query: Query, session: Session) -> Query:
    """Return the query with each comparison and ranking of an amount bound to the workspace's currency.

    Only where a kind's records are in other currencies too and the sentence names none; the read-back then says
    which are left out. A record without a currency is in the workspace's own.

    Args:
        query: As it was compiled; amounts are in the workspace's currency.
        session: The session of the call.
    """
    money = await _money_of(session)
    if not money.foreign:
        return query
    named = {
        term.id.partition(".")[0] for term in _terms(query.condition) if term.name == "currency"
    }
    money = replace(money, foreign={e: c for e, c in money.foreign.items() if e not in named})
    condition = None if query.condition is None else _bound(query.condition, money)
    if query.limit is not None:
        for key in query.sort:
            if others := money.others(key.term):
                same = _own(key.term, others)
                condition = same if condition is None else And(args=(condition, same))
    return replace(query, condition=None if condition is None else simplified(condition))


async def left_out(query: Query, session: Session) -> str:
    """Return the sentence that says which records were not compared, empty when all were.

    Args:
        query: As `one_currency` returned it.
        session: The session of the call.
    """
    money = await _money_of(session)
    lang, lost = session.run.lang, []
    for entity, others in money.foreign.items():
        if _own(Field(id=f"{entity}.currency"), others) not in _all(query.condition):
            continue
        counts = await _counts(query, others, money, session) if entity == query.entity else {}
        noun = session.language.vocabulary.label(entity, lang)
        for currency in others:
            n = counts.get(currency)
            if n != 0:
                lost.append(_of(lang, noun, currency, n))
    if not lost:
        return ""
    return say(
        lang,
        f"\n{'、'.join(lost)}未参与比较（币种不同，没有汇率）。",
        f"\nNot compared: {', '.join(lost)} (another currency, and no rate on file).",
    )


def _of(lang: Lang, noun: str, currency: str, n: int | None) -> str:
    number = "" if n is None else f"{n:,} "
    nouns = noun if n == 1 else next(iter(plural_forms(noun)), noun)
    return say(
        lang, f"{number}{'条 ' if n else ''}{currency} {noun}", f"{number}{nouns} in {currency}"
    )


async def _counts(
    query: Query, others: Sequence[str], money: _Money, session: Session
) -> Mapping[str, int]:
    """Return by currency how many records of another one fulfil the rest of the query."""
    run, counting, found = session.run, Measure(agg="count"), {}
    for currency in others:
        condition = _foreign(query.condition, query.entity, currency, money)
        rest = replace(query, condition=condition, sort=(), limit=None)
        numbers = await session.graph.measure(rest, (counting,), run.access, now=run.now)
        found[currency] = int(numbers[counting] or 0)
    return found


async def _money_of(session: Session) -> _Money:
    used = await session.graph.enumerated_values()
    own, foreign, fields = session.meaning.currency, {}, set()
    for kind in session.schema.kinds.values():
        if kind.name in MACHINERY:
            continue
        entity = entity_of(kind.name)
        fields |= {f"{entity}.{f.name}" for f in kind.fields.values() if f.type is FieldType.MONEY}
        others = tuple(sorted(set(used.get(f"{kind.name}.currency", ())) - {own}))
        if others:
            foreign[entity] = others
    return _Money(fields=frozenset(fields), foreign=foreign)


def _bound(condition: Condition, money: _Money) -> Condition:
    match condition:
        case And(args=args) | Or(args=args):
            return replace(condition, args=tuple(_bound(arg, money) for arg in args))
        case AtLeast(args=args):
            return replace(condition, args=tuple(_bound(arg, money) for arg in args))
        case Not(arg=arg) | HeldFor(arg=arg):
            return replace(condition, arg=_bound(arg, money))
        case Compare(term=Field() as term) if others := money.others(term):
            return And(args=(condition, _own(term, others)))
        case Compare(term=Aggregate() as term):
            return replace(condition, term=_bound_number(term, money))
    return condition


def _bound_number(term: Aggregate, money: _Money) -> Aggregate:
    where = None if term.where is None else _bound(term.where, money)
    if others := money.others(term):
        same = _own(term, others)
        where = same if where is None else And(args=(where, same))
    return replace(term, where=None if where is None else simplified(where))


def _own(term: Field | Aggregate, others: Sequence[str]) -> Condition:
    entity = term.entity if isinstance(term, Field) else term.over
    return simplified(Not(arg=In(term=Field(id=f"{entity}.currency"), values=tuple(others))))


def _foreign(
    condition: Condition | None, entity: str, currency: str, money: _Money
) -> Condition | None:
    """Return the records of another currency that fulfil the rest of a condition and have such an amount."""
    parts: list[Condition] = []
    same = _own(Field(id=f"{entity}.currency"), money.foreign[entity])
    for part in _parts(condition):
        if part == same:
            part = Compare(op="eq", term=Field(id=f"{entity}.currency"), value=currency)
        elif (
            isinstance(part, Compare)
            and isinstance(part.term, Field)
            and part.term.id in money.fields
        ):
            part = Known(term=part.term)
        parts.append(part)
    return simplified(And(args=tuple(parts)))


def _parts(condition: Condition | None) -> tuple[Condition, ...]:
    if isinstance(condition, And):
        return condition.args
    return () if condition is None else (condition,)


def _all(condition: Condition | None) -> Iterator[Condition]:
    """Yield a condition and all that it is made of."""
    if condition is None:
        return
    yield condition
    match condition:
        case And(args=args) | Or(args=args) | AtLeast(args=args):
            for arg in args:
                yield from _all(arg)
        case Not(arg=arg) | HeldFor(arg=arg):
            yield from _all(arg)
        case Compare(term=Aggregate(where=where)):
            yield from _all(where)


def _terms(condition: Condition | None) -> Iterator[Field]:
    """Yield the fields that a condition names."""
    for part in _all(condition):
        term = getattr(part, "term", None)
        if isinstance(term, Field):
            yield term
