"""Measures that are said without their number or their noun: NPS为负, 逾期超过10万元, "past day 10"."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge_graph.expression.nodes import Compare, Op, Or
from knowledge_graph.language.parser.build import equals, field_term
from knowledge_graph.language.parser.fields import fields_at
from knowledge_graph.language.parser.quantities import compared, plain
from knowledge_graph.language.parser.reading import Piece, Reading
from knowledge_graph.language.parser.values import value_lists
from knowledge_graph.language.recognisers.found import AmountFound, NumberFound
from knowledge_graph.language.rules.tokens import after, tagged
from knowledge_graph.language.vocabulary import FieldInfo

_SIGNS: tuple[tuple[str, Op], ...] = (("negative", "lt"), ("positive", "gt"), ("zero", "eq"))
_SIGNED = frozenset({"money", "number", "integer", "ratio"})
_MOST = 10
_NOUNS_ZH = ("金额", "应收", "款项")
_NOUNS_EN = (" amount", " balance", " receivables")


def signed(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield NPS为负 and "sentiment is negative": a number compared with zero."""
    for info, middle in fields_at(r, entity, i):
        if info.type in _SIGNED:
            for at in dict.fromkeys((after(r, middle, "be"), middle)):
                for role, op in _SIGNS:
                    for _, end in tagged(r, at, f"r_{role}"):
                        yield Compare(op=op, term=field_term(info), value=0), end


def listed(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield 满意度为1或2 and "CSAT is 1 or 2": one of several whole numbers."""
    for info, middle in fields_at(r, entity, i):
        if info.type == "integer":
            for start in r.words(middle, "be"):
                for values, end in _numbers(r, start, ()):
                    if len(values) > 1:
                        term = field_term(info)
                        args = (Compare(op="eq", term=term, value=n) for n in sorted(set(values)))
                        yield Or(args=tuple(args)), end


def _numbers(r: Reading, i: int, so_far: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], int]]:
    for found, number_end in r.found(i):
        if not isinstance(found, NumberFound) or not isinstance(plain(found.value), int):
            continue
        values = (*so_far, int(found.value))
        end = after(r, number_end, "unit_tail")
        for joint in (*r.words(end, "or"), *r.words(end, "comma")) if len(values) < _MOST else ():
            yield from _numbers(r, after(r, joint, "or"), values)
        yield values, end


def shortened(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield 逾期超过10万元 and "overdue by more than 100k RMB": an amount without its noun."""
    for info in r.vocabulary.entity_fields(entity):
        if info.type != "money":
            continue
        for start in dict.fromkeys((after(r, i, "be", "have"), i)):
            for middle in _stems(r, info, start):
                for at in dict.fromkeys((after(r, middle, "r_by_ratio"), middle)):
                    yield from _amounts(r, info, at)


def _stems(r: Reading, info: FieldInfo, i: int) -> Iterator[int]:
    """Yield the ends of the names of a field whose last word, its noun, is left out."""
    text, start = r.lattice.text.casefold(), r.lattice.skip(i)
    for name in info.names.all:
        folded = name.casefold()
        stem = next(
            (folded.removesuffix(n) for n in (*_NOUNS_ZH, *_NOUNS_EN) if folded.endswith(n)), ""
        )
        if stem and text.startswith(stem, start) and not folded.isspace():
            yield start + len(stem)


def _amounts(r: Reading, info: FieldInfo, i: int) -> Iterator[Piece]:
    for op, quantity, end in compared(r, info, i):
        said = (found for at in range(i, end) if at in r.lattice.edges for found, _ in r.found(at))
        if quantity.currency is None and any(isinstance(found, AmountFound) for found in said):
            yield Compare(op=op, term=field_term(info), value=quantity.value), end


def by_way(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield "through a dealer", 通过经销: a value of an enumeration as the way in which it was done."""
    for _, middle in tagged(r, i, "r_by_way"):
        for info in r.vocabulary.entity_fields(entity):
            if info.type != "enum":
                continue
            for start in dict.fromkeys((after(r, middle, "r_skip"), middle)):
                for found in value_lists(r, info, start):
                    where = equals(field_term(info), info, found.groups, found.joint)
                    named = [end for f, end in r.named_fields(found.end) if f.id == info.id]
                    for end in (*named, found.end):
                        yield where, end
