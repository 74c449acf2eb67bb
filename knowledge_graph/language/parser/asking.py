"""What a sentence asks for beside naming records: how many, how much, when, who, where, or a field of theirs.

The words of a question are pieces of the same row as the conditions, so every construction of the one works
with every construction of the other: "how many deals did Raj win last month", X的合同什么时候到期.
A field name or a verb that nothing follows is what is asked; a wh-word says which kind of field it may be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from knowledge_graph.expression.nodes import Agg
from knowledge_graph.language.fields import FieldInfo
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.parser.times import TIMES
from knowledge_graph.ontology.fields import NUMERIC

_AGGS: tuple[Agg, ...] = ("sum", "avg", "max", "min")
_WHS = ("when", "who", "where", "much", "long", "many")
"""Kinds of wh-words that say what kind of field is asked; "what" fits any and counts for money alone."""
_TYPES = {
    "when": TIMES, "who": frozenset({"reference"}), "long": TIMES | {"days", "hours"},
    "where": frozenset({"enum", "text"}), "much": frozenset({"money", "number", "integer", "ratio"}),
    "many": frozenset({"integer", "number", "days", "hours"}),
}  # fmt: skip
"""The types of field that answer a wh-word."""
_GROUPED = frozenset({"enum", "set", "reference", "boolean"})
PLACES = ("city", "country", "region", "address")
"""Fields that say where somebody is."""
MOST_FIELDS = 4


@dataclass(frozen=True, slots=True)
class Asking:
    """What was asked so far: the state of one reading."""

    counts: bool = False
    wh: str = ""
    agg: Agg | None = None
    fields: tuple[str, ...] = ()
    numbers: tuple[tuple[Agg, str], ...] = ()
    groups: bool = False
    worth: bool = False
    """A verb such as "worth" asked for money."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a question wants of the records that it is about."""

    counts: bool = False
    numbers: tuple[tuple[Agg, str], ...] = ()
    """Numbers over the records: which, and of which field id."""
    fields: tuple[str, ...] = ()
    """Fields of the records to answer with."""
    grouped: bool = False
    """By group: "deals by stage"."""

    @property
    def rows(self) -> bool:
        """Whether only the records themselves are wanted."""
        return not (self.counts or self.numbers or self.fields)


Step = tuple[Asking, int]
"""What is asked after some words, and the offset behind them."""


def asked_at(r: Reading, entity: str, i: int, so_far: Asking) -> Iterator[Step]:
    """Yield what the words at i ask, longest first.

    Args:
        r: The sentence.
        entity: The entity in play.
        i: Where the words begin.
        so_far: What the words before ask.
    """
    found = [
        *_wh_words(r, i, so_far),
        *_counting(r, i, so_far),
        *_fields(r, entity, i, so_far),
        *_aggregates(r, i, so_far),
        *_groups(r, entity, i, so_far),
        *((so_far, end) for end in r.words(i, "ask_filler")),
    ]
    yield from sorted(found, key=lambda step: -step[1])


def _wh_words(r: Reading, i: int, so_far: Asking) -> Iterator[Step]:
    for wh in _WHS:
        if so_far.wh in {"", wh} or (so_far.wh, wh) == ("many", "much"):
            for end in r.words(i, f"wh_{wh}"):
                counted = r.maybe(end, "limit_tail") if wh == "many" else end
                yield replace(so_far, wh=wh, counts=so_far.counts or wh == "many"), counted


def _counting(r: Reading, i: int, so_far: Asking) -> Iterator[Step]:
    for end in r.words(i, "count_q", "count"):
        if not so_far.wh:
            yield replace(so_far, counts=True), r.maybe(end, "limit_tail")


def _fields(r: Reading, entity: str, i: int, so_far: Asking) -> Iterator[Step]:
    if len(so_far.fields) >= MOST_FIELDS:
        return
    for info, end in r.named_fields(i):
        if info.entity == entity:
            yield from _named(r, info, end, so_far)
    for info, end in r.named_fields(i, verb=True):
        if info.entity == entity and info.id not in so_far.fields and _is_asked(r, info):
            worth = so_far.worth or info.type == "money"
            yield replace(so_far, fields=(*so_far.fields, info.id), worth=worth), end


def _named(r: Reading, info: FieldInfo, end: int, so_far: Asking) -> Iterator[Step]:
    if so_far.agg is None and info.id not in so_far.fields:
        yield replace(so_far, fields=(*so_far.fields, info.id)), end
    if info.type not in NUMERIC:
        return
    if so_far.agg is not None:
        yield replace(so_far, agg=None, numbers=(*so_far.numbers, (so_far.agg, info.id))), end
    for agg in _AGGS:  # 金额合计
        for after in r.words(r.maybe(end, "poss"), agg):
            yield replace(so_far, numbers=(*so_far.numbers, (agg, info.id))), after


def _is_asked(r: Reading, info: FieldInfo) -> bool:
    """Whether a wh-word of the sentence asks for such a field."""
    if info.type == "money" and any(r.word(at, "wh_what") is not None for at in r.lattice.edges):
        return True  # "what is the Acme deal worth"
    for wh in whs_of(r):
        if info.type in _TYPES[wh] and (wh != "where" or info.id.partition(".")[2] in PLACES):
            return True
    return False


def whs_of(r: Reading) -> frozenset[str]:
    """Return the wh-words that a sentence has."""
    roles = {
        role
        for lexemes in r.lattice.edges.values()
        for lexeme in lexemes
        for role in lexeme.roles()
    }
    return frozenset(wh for wh in _WHS if f"wh_{wh}" in roles)


def _aggregates(r: Reading, i: int, so_far: Asking) -> Iterator[Step]:
    if so_far.agg is None:
        for agg in _AGGS:
            for end in r.words(i, agg):
                yield replace(so_far, agg=agg), _each(r, end)


def _each(r: Reading, i: int) -> int:
    """Return the offset behind 每张, which after 平均 says nothing more."""
    for end in r.words(i, "filler", "group"):
        if r.lattice.text[r.lattice.skip(i) : end].strip().startswith("每"):
            return r.maybe(end, "limit_tail")
    return i


def _groups(r: Reading, entity: str, i: int, so_far: Asking) -> Iterator[Step]:
    """Yield "by stage", "per owner", 各阶段: numbers by group."""
    for role in ("group", "sort"):
        for end in r.words(i, role):
            for at in dict.fromkeys(r.some(end, "filler", "poss")):
                for after in _grouping_words(r, entity, at):
                    tail = r.word(after, "group_tail")
                    if tail is not None or role == "group":
                        yield replace(so_far, groups=True), tail or after


def _grouping_words(r: Reading, entity: str, i: int) -> Iterator[int]:
    """Yield the ends of what records may be grouped by: a field of theirs, or a kind that they point to."""
    for info, end in r.named_fields(i):
        plain = info.entity == entity and info.type in _GROUPED
        if plain and r.word(end, "desc", "asc", "sort_tail") is None:
            yield end
    for named, end in r.entities(i):
        if named != entity and r.leads_to(entity, named):
            yield end


def wanted(r: Reading, entity: str, said: Asking, *, single: bool) -> Wanted | None:
    """Return what a whole sentence asks, None when its words do not fit together.

    Args:
        r: The sentence.
        entity: What it is about.
        said: What its words ask.
        single: Whether it names one record.
    """
    numbers, fields, money = said.numbers, said.fields, _money(r, entity)
    if said.agg is not None:  # "the total of Raj's deals", 平均每张订单多少钱
        if money is None or fields or (said.agg != "sum" and said.wh != "much"):
            return None
        numbers = (*numbers, (said.agg, money))
    if said.wh == "where":
        fields = _places(r, entity)
    if said.wh == "much" and not fields and not numbers and money is not None:
        fields = (money,)
    if not _is_answer(r, said.wh, fields, numbers):
        return None
    counts = said.counts and not (said.wh == "many" and fields)
    types = {r.vocabulary.fields[key].type for key in fields}
    spoken = said.wh == "much" or said.worth or _is_total(r)
    if spoken and types == {"money"} and not single:  # of many records: together
        numbers, fields = (*numbers, *(_sum_of(key) for key in fields)), ()
    counts = counts or bool(numbers)
    return Wanted(counts=counts, numbers=numbers, fields=fields, grouped=said.groups)


def _is_total(r: Reading) -> bool:
    """Whether a sentence ends in 额, which of many records is what they come to: 储能的订单额."""
    return r.lattice.text.rstrip(" ?？。吗呢").endswith("额")


def _money(r: Reading, entity: str) -> str | None:
    return r.vocabulary.dictionary.defaults.get(entity, {}).get("money")


def _sum_of(key: str) -> tuple[Agg, str]:
    return "sum", key


def _is_answer(
    r: Reading, wh: str, fields: tuple[str, ...], numbers: tuple[tuple[Agg, str], ...]
) -> bool:
    """Whether the fields of a question are such as its wh-word asks for."""
    if wh in {"", "who"}:
        return True
    if wh == "many":  # 电话多少: what it is, not how many there are
        return True
    if wh == "much" and numbers:
        return True
    return any(r.vocabulary.fields[key].type in _TYPES[wh] for key in fields)


def _places(r: Reading, entity: str) -> tuple[str, ...]:
    found = (r.vocabulary.field_of(f"{entity}.{name}") for name in PLACES)
    return tuple(
        info.id for info in found if info is not None and info.id.endswith(("city", "country"))
    )
