"""Order and number of records: top 5 by amount, newest 10, 金额最大的三个."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from knowledge_graph.expression.nodes import Aggregate, Condition, Field, Sort, Term
from knowledge_graph.language.parser.build import equals, field_term
from knowledge_graph.language.parser.fields import children, fields_at
from knowledge_graph.language.parser.quantities import plain
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.parser.related import (
    Atoms,
    Phrase,
    aggregates,
    is_own,
    maybe_window,
    phrases,
)
from knowledge_graph.language.parser.scopes import Ordering
from knowledge_graph.language.parser.times import TIMES
from knowledge_graph.language.recognisers.found import NumberFound, OrdinalFound
from knowledge_graph.language.spelling import folded
from knowledge_graph.ontology.fields import NUMERIC

_EXTREMES = (("largest", True), ("smallest", False))

_MANY = ("most", "fewest", "least", "最多", "最少")
"""Superlatives of how many there are."""
_NUMERALS = "一二三四五六七八九十"


def orderings(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[Ordering]:
    """Yield what the words at i say about order and number, longest first."""
    found = [
        *_tops(r, i),
        *_superlatives(r, entity, i),
        *_sorts(r, entity, i, atoms),
        *_related(r, entity, i, atoms),
        *_dated(r, entity, i),
    ]
    yield from sorted(found, key=lambda o: -o.end)


def _numbers(r: Reading, i: int) -> Iterator[tuple[int, int]]:
    for found, end in r.found(i):
        if not isinstance(found, NumberFound | OrdinalFound):
            continue
        if isinstance(plain(found.value), int) and 0 < found.value <= 100_000:
            yield int(found.value), r.maybe(end, "limit_tail")
    if r.lang == "zh" and r.lattice.skip(i) < r.lattice.end:  # 前五的: a bare numeral is no finding
        at = r.lattice.skip(i)
        n = _NUMERALS.find(r.lattice.text[at]) + 1
        if n and r.word(at + 1, "poss") is not None:
            yield n, at + 1


def _tops(r: Reading, i: int) -> Iterator[Ordering]:
    for after in r.words(i, "top"):
        for n, end in _numbers(r, after):
            yield Ordering((), n, end, best=True)
    for after in r.words(i, "first"):
        for n, end in _numbers(r, after):
            yield Ordering((), n, end)


def _superlatives(r: Reading, entity: str, i: int) -> Iterator[Ordering]:  # noqa: C901 -- one loop per part of the phrase
    defaults = r.vocabulary.dictionary.defaults.get(entity, {})
    for n, at in (*_numbers(r, i), (None, i)):
        for role, descending in (("newest", True), ("oldest", False)):
            for end in r.words(at, role):
                if "created" in defaults:
                    yield from _limited(r, defaults["created"], descending, n, end)
        for role, descending in _EXTREMES:
            for end in r.words(at, role):
                for info, after in fields_at(r, entity, end):
                    if info.type in NUMERIC:
                        yield from _limited(r, info.id, descending, n, after)
                if (
                    r.has_word("sort") and descending
                ):  # 按员工数排，最大的三家: the largest by what is said
                    yield from (
                        Ordering((), m, to, best=True)
                        for m, to in _numbers(r, r.maybe(end, "poss"))
                    )
                elif "money" in defaults and not _counts(r, at, end):
                    yield from _limited(r, defaults["money"], descending, n, end)
    for info, field_end in fields_at(r, entity, i):
        if info.type not in NUMERIC | TIMES:
            continue
        if r.lang == "zh" and info.type in NUMERIC:  # 金额前五的商机
            for top in r.words(field_end, "top"):
                for n, end in _numbers(r, top):
                    yield Ordering((Sort(term=Field(id=info.id), descending=True),), n, end)
        for role, descending in (*_EXTREMES, ("newest", True), ("oldest", False)):
            for end in r.words(field_end, role):
                yield from _limited(r, info.id, descending, None, end)


def _related(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[Ordering]:
    """Yield an order by a number over related records: 合同金额最高的客户, "customers with the most orders"."""
    if not any(True for _ in _superlative_words(r)):
        return
    yield from _number_first(r, entity, i, atoms)
    for where, at in _done(r, entity, i, atoms):
        for descending, start in _extremes(r, at):
            for term, end in _rankable(r, entity, start, atoms, where):
                if _fits(r, term, at, start):
                    yield from _ranked(r, Sort(term=term, descending=descending), None, end)


def _number_first(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[Ordering]:
    """Yield 订单最多: the number stands before the superlative."""
    for term, end in _rankable(r, entity, i, atoms):
        for descending, after in _extremes(r, end):
            if _fits(r, term, end, after):
                yield from _ranked(r, Sort(term=term, descending=descending), None, after)


def _done(
    r: Reading, entity: str, i: int, atoms: Atoms
) -> Iterator[tuple[tuple[Condition, ...], int]]:
    """Yield what somebody did with the records that are counted: "won" of "won the most deals"; and nothing."""
    yield (), i
    if entity == "employee":
        for kid in children(r, entity):
            for condition, end in atoms(r, kid, i):
                if is_own(condition, kid):
                    yield (condition,), r.maybe(end, "filler")


def _dated(r: Reading, entity: str, i: int) -> Iterator[Ordering]:
    """Yield 最久没联系, "spoke to most recently", "not contacted the longest": an order by a verb's date."""
    for end in r.words(i, "earliest_tail"):  # 最久没联系
        for after in dict.fromkeys((*r.words(end, "not", "no"), end)):
            for key, last in _verb_dates(r, entity, after):
                yield Ordering((Sort(term=key, descending=False),), None, last, extreme=True)
    for key, end in _verb_dates(r, entity, i):
        for role, descending in (("latest_tail", True), ("earliest_tail", False)):
            for last in r.words(end, role):
                yield Ordering((Sort(term=key, descending=descending),), None, last, extreme=True)


def _verb_dates(r: Reading, entity: str, i: int) -> Iterator[tuple[Field, int]]:
    for info, end in r.named_fields(i, verb=True):
        if info.entity == entity and info.type in TIMES:
            yield Field(id=info.id), end


def _extremes(r: Reading, i: int) -> Iterator[tuple[bool, int]]:
    for role, descending in _EXTREMES:
        yield from ((descending, end) for end in r.words(i, role))


def _rankable(
    r: Reading, entity: str, i: int, atoms: Atoms, where: tuple[Condition, ...] = ()
) -> Iterator[tuple[Aggregate, int]]:
    """Yield numbers over related records; a bare noun is how many there are.

    Args:
        r: The sentence.
        entity: Whose numbers.
        i: Where the words begin.
        atoms: Reads one condition.
        where: What was said of the related records before.
    """
    kids = children(r, entity)
    if not where:
        yield from ((term, end) for term, _, end in aggregates(r, entity, i, atoms))
    for window, at in maybe_window(r, i):  # 上个月赢的单
        for phrase in phrases(r, kids, at, atoms):
            twice = window is not None and phrase.window is not None
            if (
                not twice
                and r.vocabulary.has_records(phrase.entity)
                and _is_of(where, phrase.entity)
            ):
                done = (*where, *phrase.where)
                yield (
                    replace(phrase, where=done, window=phrase.window or window).counted(),
                    phrase.end,
                )
    for info, stored, end in r.values(i):  # "leads" that are contacts with the status lead
        kept = info.entity in kids and r.vocabulary.has_records(info.entity)
        if kept and _is_of(where, info.entity) and any(r.entities(i)):
            said = equals(field_term(info), info, (stored,), "or")
            phrase = Phrase(info.entity, (*where, said), None, end)
            yield phrase.counted(), end


def _is_of(where: tuple[Condition, ...], entity: str) -> bool:
    return all(is_own(condition, entity) for condition in where)


def _counts(r: Reading, start: int, end: int) -> bool:
    """Whether a superlative is of how many there are."""
    said = folded(r.lattice.text[r.lattice.skip(start) : end])
    return said.removeprefix("with ").removeprefix("the ").removesuffix("的") in _MANY


def _fits(r: Reading, term: Aggregate, start: int, end: int) -> bool:
    """Whether a superlative goes with a number: records are most or fewest, not highest or largest."""
    said = folded(r.lattice.text[start:end])
    return term.agg != "count" or any(word in said for word in _MANY)


def _superlative_words(r: Reading) -> Iterator[int]:
    """Yield where the sentence has a superlative: without one the numbers over related records are not read."""
    for at, lexemes in r.lattice.edges.items():
        for lexeme in lexemes:
            if lexeme.roles() & {"largest", "smallest"}:
                yield at


def _limited(r: Reading, field: str, descending: bool, n: int | None, i: int) -> Iterator[Ordering]:
    yield from _ranked(r, Sort(term=Field(id=field), descending=descending), n, i)


def _ranked(r: Reading, key: Sort, n: int | None, i: int) -> Iterator[Ordering]:
    sort = (key,)
    if n is None:
        if r.lang == "en":  # "highest amount first" is an order, not one record
            yield from (Ordering(sort, None, end) for end in r.words(i, "top_tail"))
        for at in r.some(i, "poss", "top"):
            for number, end in _numbers(r, at):
                if r.lattice.text[r.lattice.skip(at) : end].strip() != "first":
                    yield Ordering(sort, number, end)
    yield Ordering(sort, n, i, extreme=n is None)


def _sorts(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[Ordering]:
    for after in r.words(i, "sort"):
        yield from _sort_keys(r, entity, after, (), atoms)
    for term, end in _sortable(r, entity, i, atoms):  # 金额从高到低, "amount, highest first"
        for descending, directed, after in _directions(r, end):
            if directed:
                yield Ordering((Sort(term=term, descending=descending),), None, after)


def _sort_keys(
    r: Reading, entity: str, i: int, so_far: tuple[Sort, ...], atoms: Atoms
) -> Iterator[Ordering]:
    for term, end in _sortable(r, entity, i, atoms):
        for descending, directed, after in _directions(r, end):
            keys = (*so_far, Sort(term=term, descending=descending))
            for joint in r.words(after, "and", "comma"):
                yield from _sort_keys(r, entity, joint, keys, atoms)
                for word in r.words(joint, "and", "sort"):
                    yield from _sort_keys(r, entity, word, keys, atoms)
            yield Ordering(keys, None, after, directed=directed)


def _sortable(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[tuple[Term, int]]:
    for info, end in fields_at(r, entity, i):
        yield Field(id=info.id), end
    for term, _, end in aggregates(r, entity, i, atoms):
        yield term, end


def _directions(r: Reading, i: int) -> Iterator[tuple[bool, bool, int]]:
    for at in r.some(i, "comma"):
        for role, descending in (("desc", True), ("asc", False)):
            for end in r.words(at, role):
                yield descending, True, r.maybe(end, "sort_tail")
    yield False, False, r.maybe(i, "sort_tail")
