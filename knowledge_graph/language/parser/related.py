"""Conditions over related records: how many there are, and the sum or mean of a field of theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from knowledge_graph.expression.nodes import (
    Agg,
    Aggregate,
    And,
    AtLeast,
    Compare,
    Condition,
    HeldFor,
    Not,
    Op,
    Or,
    Window,
)
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.language.dictionary import Names
from knowledge_graph.language.parser import questions
from knowledge_graph.language.parser.build import equals, field_term
from knowledge_graph.language.parser.fields import children
from knowledge_graph.language.parser.periods import dated
from knowledge_graph.language.parser.predicates import predicates
from knowledge_graph.language.parser.quantities import plain
from knowledge_graph.language.parser.reading import Piece, Reading
from knowledge_graph.language.parser.times import windows
from knowledge_graph.language.parser.values import value_lists
from knowledge_graph.language.recognisers.found import NumberFound, RatioFound
from knowledge_graph.language.vocabulary import FieldInfo

Atoms = Callable[[Reading, str, int], list[Piece]]
_COUNT = FieldInfo(id="count", type="integer", names=Names(), target=None)
_SHARE = FieldInfo(id="change", type="ratio", names=Names(), target=None)
DEEPEST = 2
"""Related records of related records; deeper phrases are not spoken."""
_AGGS: tuple[Agg, ...] = ("sum", "avg", "max", "min")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase for related records."""

    entity: str
    where: tuple[Condition, ...]
    window: Window | None
    end: int

    def counted(self) -> Aggregate:
        """Return the number of these records."""
        own = dated(self.entity, self.where, self.window) if self.window else None
        if own is not None:  # won deals this year: the year they were won in
            return Aggregate(agg="count", over=self.entity, where=_all((*self.where, own)))
        return Aggregate(agg="count", over=self.entity, window=self.window, where=_all(self.where))


def is_own(condition: Condition, entity: str) -> bool:
    """Whether a condition is about the records of a noun phrase themselves, not about their parents."""
    match condition:
        case And() | Or():
            return all(is_own(arg, entity) for arg in condition.args)
        case Not():
            return is_own(condition.arg, entity)
        case AtLeast() | HeldFor():
            return False
    return isinstance(condition.term, Aggregate) or condition.term.entity == entity


def _all(conditions: tuple[Condition, ...]) -> Condition | None:
    return simplified(And(args=conditions)) if conditions else None


def conditions(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[Piece]:
    """Yield the conditions over related records that begin at i."""
    yield from _child_values(r, entity, i)
    for window, at in maybe_window(r, i):
        yield from _existence(r, entity, window, at, atoms)
        yield from _parents(r, entity, at, atoms) if window is None else ()
        for aggregate, info, end in aggregates(r, entity, at, atoms):
            if window is None or aggregate.window is None:
                term = replace(aggregate, window=aggregate.window or window)
                yield from _about(r, term, info, end)


def _child_values(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield "in the won stage" of customers: there is a related record with that value of the named field."""
    for start in dict.fromkeys(r.some(i, "prep", "have")):
        for info in dict.fromkeys(found for found, _, _ in r.values(start)):
            if info.entity not in children(r, entity) or not r.vocabulary.has_records(info.entity):
                continue
            for listed in value_lists(r, info, start):
                for named, end in r.named_fields(listed.end):
                    if named.id == info.id:
                        where = equals(field_term(info), info, listed.groups, listed.joint)
                        term = Aggregate(agg="count", over=info.entity, where=where)
                        yield Compare(op="ge", term=term, value=1), end


def maybe_window(r: Reading, i: int) -> Iterator[tuple[Window | None, int]]:
    """Yield the periods at i with the offset behind them, and none at all."""
    for at in r.some(i, "on"):
        yield from windows(r, None, at)
    yield None, i


def _existence(
    r: Reading, entity: str, window: Window | None, i: int, atoms: Atoms
) -> Iterator[Piece]:
    for op, n, at in _numbers(r, i, strict=True):
        yield from _counted(r, entity, (op, n), window, at, atoms)
    for role in ("no", "have"):
        for after in r.words(i, role):
            wanted: tuple[Op, int] = ("eq", 0) if role == "no" else ("ge", 1)
            for later, at in maybe_window(r, after):
                yield from _counted(r, entity, wanted, window or later, at, atoms)
                if role == "have":
                    for op, n, counted_at in _numbers(r, at, strict=False):
                        yield from _counted(r, entity, (op, n), window or later, counted_at, atoms)


def _numbers(r: Reading, i: int, *, strict: bool) -> Iterator[tuple[Op, int, int]]:
    for op, after in r.operators(i):
        for n, end in _whole(r, after):
            yield op, n, r.maybe(end, "limit_tail")  # type: ignore[misc]  # an Op
    if not strict:
        for n, end in _whole(r, i):
            for op, after in r.operators(r.maybe(end, "limit_tail")):
                yield op, n, r.maybe(after, "limit_tail")  # type: ignore[misc]  # an Op
            yield "eq", n, r.maybe(end, "limit_tail")


def _whole(r: Reading, i: int) -> Iterator[tuple[int, int]]:
    for found, end in r.found(i):
        if isinstance(found, NumberFound) and isinstance(plain(found.value), int):
            yield int(found.value), end


def _counted(  # noqa: PLR0917 -- the parts of one count
    r: Reading, entity: str, wanted: tuple[Op, int], window: Window | None, i: int, atoms: Atoms
) -> Iterator[Piece]:
    op, n = wanted
    for phrase in phrases(r, children(r, entity), i, atoms):
        if window is not None and phrase.window is not None:
            continue
        chosen = replace(phrase, window=phrase.window or window)
        yield Compare(op=op, term=chosen.counted(), value=n), phrase.end


def phrases(r: Reading, entities: tuple[str, ...], i: int, atoms: Atoms) -> Iterator[Phrase]:
    """Yield the noun phrases for records of the entities: modifiers, noun, modifiers; longest first."""
    nouns = [named for named in entities if named in r.nouns_from(i)]
    if r.depth >= DEEPEST:
        return
    r.depth += 1
    found = list(_phrases(r, nouns, i, atoms))
    r.depth -= 1
    yield from found


def _phrases(r: Reading, nouns: list[str], i: int, atoms: Atoms) -> Iterator[Phrase]:
    for entity in nouns:
        for where, at in modifiers(r, entity, (), i, atoms, 3):
            for named, end in r.entities(at):
                if named == entity:
                    yield from _after_noun(r, Phrase(entity, where, None, end), atoms, 3)


def modifiers(  # noqa: PLR0917 -- a recursion: what was read so far and how deep
    r: Reading, entity: str, so_far: tuple[Condition, ...], i: int, atoms: Atoms, left: int
) -> Iterator[tuple[tuple[Condition, ...], int]]:
    """Yield what stands before a noun for records of the entity: the conditions, and where they end.

    Args:
        r: The sentence.
        entity: What the noun will be.
        so_far: Conditions read before i.
        i: Where to read on.
        atoms: Reads one condition.
        left: How many more there may be.
    """
    if left and r.spend():
        for condition, end in atoms(r, entity, i):
            if not is_own(condition, entity):
                continue
            yield from modifiers(r, entity, (*so_far, condition), end, atoms, left - 1)
    for end in r.words(i, "filler", "poss"):
        if left:
            yield from modifiers(r, entity, so_far, end, atoms, left - 1)
    yield so_far, i


def _after_noun(r: Reading, phrase: Phrase, atoms: Atoms, left: int) -> Iterator[Phrase]:
    if left:
        if phrase.window is None:
            for window, end in maybe_window(r, phrase.end):
                if window is not None:
                    yield from _after_noun(
                        r, replace(phrase, window=window, end=end), atoms, left - 1
                    )
        for start in dict.fromkeys(r.some(phrase.end, "whose")):
            for condition, end in atoms(r, phrase.entity, start):
                if not is_own(condition, phrase.entity):
                    continue
                longer = replace(phrase, where=(*phrase.where, condition), end=end)
                yield from _after_noun(r, longer, atoms, left - 1)
    yield phrase


def _parents(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[Piece]:
    """Yield the conditions on a record pointed to: opportunities of accounts in Berlin."""
    targets = tuple(
        named for named in r.vocabulary.dictionary.entities
        if named not in {entity, "employee"} and r.has_kind(named) and r.leads_to(entity, named)
    )  # fmt: skip
    for start in r.words(i, "of", "whose", "have"):
        for phrase in phrases(r, targets, start, atoms):
            if phrase.where and phrase.window is None:
                yield simplified(And(args=phrase.where)), phrase.end
    if r.lang == "zh":  # 食品行业客户的商机
        for phrase in phrases(r, targets, i, atoms):
            for end in r.words(phrase.end, "poss"):
                if phrase.where and phrase.window is None:
                    yield simplified(And(args=phrase.where)), end


def aggregates(
    r: Reading, entity: str, i: int, atoms: Atoms
) -> Iterator[tuple[Aggregate, FieldInfo, int]]:
    """Yield the numbers over related records that begin at i, with the field whose unit they have."""
    kids = children(r, entity)
    yield from ((term, _COUNT, end) for term, end in _counts(r, kids, i, atoms))
    for agg in (*_AGGS, None):
        starts = r.words(i, agg) if agg else iter([i])
        for at in starts:
            yield from _field_numbers(r, kids, agg, r.maybe(at, "prep"), atoms)


def _counts(
    r: Reading, kids: tuple[str, ...], i: int, atoms: Atoms
) -> Iterator[tuple[Aggregate, int]]:
    for after in r.words(i, "count"):
        yield from ((p.counted(), p.end) for p in phrases(r, kids, after, atoms))
    for phrase in phrases(r, kids, i, atoms):
        yield from ((phrase.counted(), end) for end in r.words(phrase.end, "count"))
        if r.lang == "zh" and _is_counted(r, phrase.end):
            yield phrase.counted(), phrase.end


def _is_counted(r: Reading, i: int) -> bool:
    """Whether a comparison with a number of pieces follows: 工单超过3个."""
    return any(
        isinstance(found, NumberFound)
        and not found.scaled
        and r.word(end, "limit_tail") is not None
        for _, after in r.operators(i)
        for found, end in r.found(after)
    )


def _field_numbers(
    r: Reading, kids: tuple[str, ...], said: Agg | None, i: int, atoms: Atoms
) -> Iterator[tuple[Aggregate, FieldInfo, int]]:
    for info, end in (*_child_fields(r, kids, i), *_summed(r, kids, i)):
        for phrase in _after_noun(r, Phrase(info.entity, (), None, end), atoms, 2):
            for agg, after in _agg_tail(r, said, phrase.end):
                chosen = agg or ("sum" if info.type == "money" else None)
                if chosen is not None:
                    term = Aggregate(
                        agg=chosen,
                        over=info.entity,
                        field=info.id,
                        window=phrase.window,
                        where=_all(phrase.where),
                    )
                    yield term, info, after


def _summed(r: Reading, kids: tuple[str, ...], i: int) -> Iterator[tuple[FieldInfo, int]]:
    """Yield 订单累计, "orders in total": the money of related records, said without its name."""
    for named, end in r.entities(i):
        money = r.vocabulary.dictionary.defaults.get(named, {}).get("money", "")
        info = r.vocabulary.field_of(money)
        if named in kids and info is not None and r.word(end, "sum") is not None:
            yield info, end


def _agg_tail(r: Reading, said: Agg | None, i: int) -> Iterator[tuple[Agg | None, int]]:
    if said is None and r.lang == "zh":
        for agg in _AGGS:
            for end in r.words(i, agg):
                yield agg, end
    yield said, i


def _child_fields(r: Reading, kids: tuple[str, ...], i: int) -> Iterator[tuple[FieldInfo, int]]:
    for info, end in r.named_fields(i):
        if info.entity in kids and info.type in {"money", "number", "integer", "ratio"}:
            yield info, end
    for named, noun_end in r.entities(i):
        if named in kids:
            for at in r.some(noun_end, "poss"):
                for info, end in r.named_fields(at):
                    if info.entity == named and info.type in {
                        "money",
                        "number",
                        "integer",
                        "ratio",
                    }:
                        yield info, end


def _about(r: Reading, term: Aggregate, info: FieldInfo, i: int) -> Iterator[Piece]:
    unit = info if term.agg != "count" else _COUNT
    yield from _changed(r, term, i)
    for condition, end in predicates(r, unit, term, i):
        yield condition, end
        if term.window is None and isinstance(condition, Compare):
            for window, after in maybe_window(r, end):
                if window is not None:
                    yield replace(condition, term=replace(term, window=window)), after


def _changed(r: Reading, term: Aggregate, i: int) -> Iterator[Piece]:  # noqa: C901 -- one loop per part of the phrase
    changed = replace(term, change="pct_prev")
    if term.window is None:
        if r.word(i, "against_prev", "fell", "rose") is not None:
            r.note(i, questions.which_period(r))
        return
    for before in dict.fromkeys(r.some(i, "against_prev")):
        for end in r.words(before, "change"):
            yield from predicates(r, _SHARE, changed, end)
        for role, sign in (("fell", -1), ("rose", 1)):
            for verb_end in r.words(before, role):
                for condition, end in _by_ratio(r, changed, verb_end, sign):
                    after = r.maybe(end, "against_prev")
                    if before != i or after != end:
                        yield condition, after


def _by_ratio(r: Reading, term: Aggregate, i: int, sign: int) -> Iterator[Piece]:
    turned: dict[str, Op] = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
    for op, at in (*r.operators(i), ("ge", i)):
        for found, end in r.found(at):
            if isinstance(found, RatioFound) and found.form != "multiple":
                chosen = op if sign > 0 else turned[op]
                value = plain(found.value * sign)
                yield Compare(op=chosen, term=term, value=value), end  # type: ignore[arg-type]  # an Op
