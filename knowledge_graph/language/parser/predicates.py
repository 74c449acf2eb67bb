"""What can be said about a field: a comparison, values, text, a time, known or empty."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge_graph.expression.nodes import And, Compare, Condition, Field, Known, Term, Text
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.language.parser.build import equals, negated
from knowledge_graph.language.parser.quantities import (
    Quantity,
    compared,
    quantities,
    ranges,
)
from knowledge_graph.language.parser.reading import Piece, Reading
from knowledge_graph.language.parser.times import TIMES, TODAY, time_conditions
from knowledge_graph.language.parser.values import WRITTEN, free_text, value_lists
from knowledge_graph.language.vocabulary import FieldInfo
from knowledge_graph.ontology.fields import NUMERIC

_LISTED = frozenset({"enum", "set", "boolean", "reference"})
_MODES = ("contains", "starts", "ends")


def predicates(r: Reading, info: FieldInfo, term: Term, i: int) -> Iterator[Piece]:
    """Yield what the words at i say about the term."""
    starts = dict.fromkeys([i, *(end for end in r.words(i, "be"))])
    for at in starts:
        yield from _positive(r, info, term, at)
    yield from _negative(r, info, term, i)


def _negative(r: Reading, info: FieldInfo, term: Term, i: int) -> Iterator[Piece]:  # noqa: C901 -- one loop per part of the phrase
    for at in r.some(i, "be"):
        for role in ("isnot", "not", "neither"):
            for after in r.words(at, role):
                inner = r.maybe(after, "be", "one_of") if role != "neither" else after
                for start in dict.fromkeys((inner, after)):
                    for condition, end in _positive(r, info, term, start):
                        yield from _nor(r, info, term, negated(condition), end)
    for at in r.words(i, "differs"):
        for condition, end in _listed(r, info, term, at):
            if isinstance(condition, Compare):
                yield Compare(op="ne", term=term, value=condition.value), end
        for quantity, end in quantities(r, info, at):
            yield Compare(op="ne", term=term, value=quantity.value), end


def _nor(r: Reading, info: FieldInfo, term: Term, so_far: Condition, i: int) -> Iterator[Piece]:
    for at in r.some(i, "comma"):
        for after in r.words(at, "nor"):
            for condition, end in _positive(r, info, term, r.maybe(after, "be", "prep")):
                both = simplified(And(args=(so_far, negated(condition))))
                yield from _nor(r, info, term, both, end)
    yield so_far, i


def _positive(r: Reading, info: FieldInfo, term: Term, i: int) -> Iterator[Piece]:
    yield from _known(r, term, i)
    if info.type in NUMERIC:
        yield from _numeric(r, info, term, i)
    elif info.type in _LISTED:
        yield from _listed(r, info, term, i)
    elif info.type in TIMES:
        yield from time_conditions(r, info, i)
        for end in r.words(i, "past_due"):
            yield Compare(op="lt", term=term, value=TODAY), end
    if info.type in WRITTEN or info.type in {"reference", "set"}:
        yield from _text(r, info, term, i)


def _known(r: Reading, term: Term, i: int) -> Iterator[Piece]:
    for end in r.words(i, "present"):
        yield Known(term=term), end
    for end in r.words(i, "blank"):
        yield negated(Known(term=term)), end


def _numeric(r: Reading, info: FieldInfo, term: Term, i: int) -> Iterator[Piece]:
    for low, high, end in ranges(r, info, i):
        yield simplified(And(args=(
            _compare(term, info, "ge", low),
            _compare(term, info, "le", high),
        ))), end  # fmt: skip
    for op, quantity, end in compared(r, info, i):
        first = _compare(term, info, op, quantity)
        yield from _and_more(r, info, term, first, end)
    for quantity, end in quantities(r, info, i):
        yield _compare(term, info, "eq", quantity), end
    if info.type in {"days", "hours"} and r.lang == "en":
        for at in r.words(i, "longer", "on"):
            for op, quantity, end in compared(r, info, at):
                yield _compare(term, info, op, quantity), end
            for quantity, end in quantities(r, info, at):
                yield (
                    _compare(term, info, "gt" if r.word(i, "longer") == at else "ge", quantity),
                    end,
                )


def _and_more(r: Reading, info: FieldInfo, term: Term, first: Condition, i: int) -> Iterator[Piece]:
    for joint in r.words(i, "and"):
        for op, quantity, end in compared(r, info, r.maybe(joint, "be")):
            yield simplified(And(args=(first, _compare(term, info, op, quantity)))), end
    yield first, i


def _compare(term: Term, info: FieldInfo, op: str, quantity: Quantity) -> Condition:
    base = Compare(op=op, term=term, value=quantity.value)  # type: ignore[arg-type]  # an Op
    if quantity.currency is None:
        return base
    currency = Field(id=f"{info.entity}.currency")
    return And(args=(base, Compare(op="eq", term=currency, value=quantity.currency)))


def _listed(r: Reading, info: FieldInfo, term: Term, i: int) -> Iterator[Piece]:
    start = r.maybe(i, "one_of", "either", "contains")
    article = r.maybe(i, "filler") if r.lang == "en" else i
    for at in dict.fromkeys((start, r.maybe(i, "prep"), article, i)):
        for found in value_lists(r, info, at):
            condition = equals(term, info, found.groups, found.joint)
            yield condition, r.maybe(found.end, "one_of") if r.lang == "zh" else found.end


def _text(r: Reading, info: FieldInfo, term: Term, i: int) -> Iterator[Piece]:  # noqa: C901 -- one loop per part of the phrase
    for mode in _MODES:
        for at in r.words(i, mode):
            for words, end in free_text(r, at):
                for after in r.some(end, f"{mode}_tail"):
                    yield Text(mode=mode, term=term, value=words), after  # type: ignore[arg-type]
    for at in r.words(i, "starts_head"):
        for words, end in reversed(list(free_text(r, at))):
            for after in r.words(end, "starts_tail"):
                yield Text(mode="starts", term=term, value=words), after
    if info.type in WRITTEN:
        for found in value_lists(r, info, i):
            yield equals(term, info, found.groups, "or"), found.end
