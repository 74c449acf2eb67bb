"""Brackets and "at least two of: …"."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from knowledge_graph.expression.nodes import AtLeast, Condition, Not
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.language.parser.quantities import plain
from knowledge_graph.language.parser.reading import Piece, Reading
from knowledge_graph.language.parser.scopes import JOINTS, Item, combined
from knowledge_graph.language.recognisers.found import NumberFound

Atoms = Callable[[Reading, str, int], list[Piece]]


def grouped(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[Piece]:
    """Yield what stands in brackets, and "at least two of: …"."""
    for after in r.words(i, "open"):
        for negative in r.some(after, "filler"):
            yield from _bracketed(r, entity, negative, atoms)
    for after in r.words(i, "not"):
        for opened in r.words(after, "open"):
            for condition, end in _bracketed(r, entity, opened, atoms):
                yield simplified(Not(arg=condition)), end
    yield from _quorums(r, entity, i, atoms)


def _bracketed(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[Piece]:
    for items, end in _inner(r, entity, i, atoms, 0):
        for close in r.words(end, "close"):
            scopes = combined(items)
            if scopes is not None and len(scopes.readings) == 1:
                yield scopes.readings[0], close


def _inner(
    r: Reading, entity: str, i: int, atoms: Atoms, size: int
) -> Iterator[tuple[tuple[Item, ...], int]]:
    if size > 30 or not r.spend():
        return
    if size and r.word(i, "close") is not None:
        yield (), i
        return
    at = r.lattice.skip(i)
    for condition, end in atoms(r, entity, at):
        for rest, last in _inner(r, entity, end, atoms, size + 1):
            yield (Item(at, end, condition=condition), *rest), last
    for mark in JOINTS:
        for end in r.words(at, mark):
            for rest, last in _inner(r, entity, end, atoms, size + 1):
                yield (Item(at, end, mark=mark), *rest), last


def _quorums(r: Reading, entity: str, i: int, atoms: Atoms) -> Iterator[Piece]:
    for after in r.words(i, "at_least_of"):
        for found, number_end in r.found(after):
            if not isinstance(found, NumberFound) or not isinstance(plain(found.value), int):
                continue
            for start in dict.fromkeys(r.words(number_end, "of_following")):
                for at in r.some(start, "be", "filler"):
                    for args, end in _listed(r, entity, at, atoms, ()):
                        if len(args) >= max(2, int(found.value)):
                            yield AtLeast(n=int(found.value), args=args), end


def _listed(
    r: Reading, entity: str, i: int, atoms: Atoms, so_far: tuple[Condition, ...]
) -> Iterator[tuple[tuple[Condition, ...], int]]:
    if len(so_far) > 20 or not r.spend():
        return
    for condition, end in atoms(r, entity, i):
        args = (*so_far, condition)
        for comma in r.some(end, "comma"):
            for start in r.some(comma, "and", "or"):
                if start != end:
                    yield from _listed(r, entity, start, atoms, args)
        yield args, end
