"""A comparison that leaves its number out: 采购额达到300万…；否则如果达到100万… means the same number again."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge_graph.expression.nodes import Aggregate, Compare, Term
from knowledge_graph.language.dictionary import Names
from knowledge_graph.language.parser.quantities import compared
from knowledge_graph.language.parser.reading import Piece, Reading
from knowledge_graph.language.rules.conditions import rule_atoms
from knowledge_graph.language.rules.terms import leaves_in
from knowledge_graph.language.rules.tokens import after, tagged
from knowledge_graph.language.vocabulary import FieldInfo
from knowledge_graph.ontology.fields import NUMERIC

_RATIO = FieldInfo(id="change", type="ratio", names=Names(), target=None)
_COUNT = FieldInfo(id="count", type="integer", names=Names(), target=None)
_HEADS = ("r_else_if", "r_if", "and", "or")


def elliptical(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield the comparisons at i of the number that was compared last.

    Args:
        r: The sentence.
        entity: The entity in play.
        i: Where: behind an "if", an "else if", an "and" or an "or"; in Chinese also right behind
            the comparison (大于等于60小于80).
    """
    chained = not _follows_head(r, i)
    if chained and r.lang != "zh":
        return
    starts = dict.fromkeys((i, after(r, i, "be"), *(e for _, e in tagged(r, i, "r_object"))))
    for start in starts:
        if not any(True for _ in r.operators(after(r, start, "be"))):
            continue
        found = _last_compared(r, entity, i, adjacent=chained)
        if found is None:
            return
        term, info = found
        for op, quantity, end in compared(r, info, after(r, start, "be")):
            if quantity.currency is None:
                yield Compare(op=op, term=term, value=quantity.value), end


def _follows_head(r: Reading, i: int) -> bool:
    place = r.lattice.skip(i)
    return any(
        r.lattice.skip(end) == place
        for at in r.lattice.edges
        if at < place
        for end in r.words(at, *_HEADS)
    )


def _last_compared(
    r: Reading, entity: str, i: int, *, adjacent: bool
) -> tuple[Term, FieldInfo] | None:
    """Return the number of the widest condition that ends nearest before i."""
    best: tuple[int, int] = (0, 0)
    found: tuple[Term, FieldInfo] | None = None
    for at in sorted(at for at in r.lattice.edges if at < i):
        for condition, end in rule_atoms(r, entity, at):
            leaves = [leaf for leaf in leaves_in(condition) if isinstance(leaf, Compare)]
            info = _info(r, leaves[-1].term) if leaves and end <= i else None
            if info is not None and (end, -at) > best:
                best, found = (end, -at), (leaves[-1].term, info)
    return found if not adjacent or r.lattice.skip(best[0]) == r.lattice.skip(i) else None


def _info(r: Reading, term: Term) -> FieldInfo | None:
    if isinstance(term, Aggregate):
        if term.change is not None:
            return _RATIO
        if term.field is None:
            return _COUNT
        info = r.vocabulary.field_of(term.field)
    else:
        info = r.vocabulary.field_of(term.id)
    return info if info is not None and info.type in NUMERIC else None
