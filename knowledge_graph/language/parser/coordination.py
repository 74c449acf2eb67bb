"""Related records said in lists or without "have": "no open deals or tickets", 合同在30天内到期的客户."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from knowledge_graph.expression.nodes import Aggregate, And, Compare, Condition, During, Field, Or
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.language.parser.fields import children
from knowledge_graph.language.parser.reading import Piece, Reading
from knowledge_graph.language.parser.related import (
    DEEPEST,
    Atoms,
    Phrase,
    maybe_window,
    modifiers,
)
from knowledge_graph.language.parser.times import TIMES


def coordinated(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[Piece]:
    """Yield "with no open deals or tickets": what stands before the first noun holds for the second too."""
    for role in ("no", "have"):
        for after in r.words(i, role):
            for first, noun in _short(r, entity, after, atoms):
                yield from _second(r, entity, role, (after, noun, first), atoms)


def _second(
    r: Reading, entity: str, role: str, said: tuple[int, int, Phrase], atoms: Atoms
) -> Iterator[Piece]:
    after, noun, first = said
    for comma in r.some(first.end, "comma"):
        for joint in ("or", "and", "nor"):
            for start in r.words(comma, joint):
                for second, at in _short(r, entity, start, atoms):
                    if second.entity == first.entity or (first.window and not second.window):
                        continue
                    if at == r.lattice.skip(start):
                        second = replace(
                            second, where=_shared(r, second.entity, after, noun, atoms)
                        )
                    both = (replace(first, window=second.window), second)
                    yield _joined(role, joint, both), second.end


def _joined(role: str, joint: str, phrases_: tuple[Phrase, Phrase]) -> Condition:
    if role == "no":
        none = tuple(Compare(op="eq", term=p.counted(), value=0) for p in phrases_)
        return simplified(And(args=none))
    some = tuple(Compare(op="ge", term=p.counted(), value=1) for p in phrases_)
    return simplified(Or(args=some) if joint == "or" else And(args=some))


def _shared(r: Reading, entity: str, i: int, noun: int, atoms: Atoms) -> tuple[Condition, ...]:
    """Return what the words before another noun mean for this entity, nothing when they do not fit it."""
    for where, end in modifiers(r, entity, (), i, atoms, 3):
        if r.lattice.skip(end) == noun:
            return where
    return ()


def _short(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[tuple[Phrase, int]]:
    """Yield phrases of modifiers and noun, with a period behind or not, and where the noun begins."""
    if r.depth >= DEEPEST:
        return
    r.depth += 1
    for child in children(r, entity):
        if child not in r.nouns_from(i):
            continue
        for where, at in modifiers(r, child, (), i, atoms, 3):
            for named, end in r.entities(at):
                if named == child:
                    for window, last in maybe_window(r, end):
                        yield Phrase(child, where, window, last), r.lattice.skip(at)
    r.depth -= 1


def implied(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[Piece]:
    """Yield 合同在30天内到期的客户, "customers whose contracts expire next quarter": there is such a record."""
    starts = [i] if r.lang == "zh" else list(r.words(i, "whose"))
    for start in starts:
        for child, end in r.entities(start):
            if child not in children(r, entity) or r.depth >= DEEPEST:
                continue
            r.depth += 1
            for at in dict.fromkeys((end, r.maybe(end, "filler"))):
                for condition, last in atoms(r, child, at):
                    if _is_timed(r, condition, child):
                        term = Aggregate(agg="count", over=child, where=condition)
                        yield Compare(op="ge", term=term, value=1), last
            r.depth -= 1


def _is_timed(r: Reading, condition: Condition, entity: str) -> bool:
    term = condition.term if isinstance(condition, During | Compare) else None
    info = r.vocabulary.field_of(term.id) if isinstance(term, Field) else None
    return info is not None and info.entity == entity and info.type in TIMES
