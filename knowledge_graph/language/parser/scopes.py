"""From pieces to one condition: the scope of and, or, unless, commas and the noun.

A sentence is read as a row of items. Modifiers on the two sides of the noun, and Chinese modifiers that end
with 的, hold together; within such a block commas make segments; within a segment either "and" or "or" may
stand. Where both stand unmarked, the two readings are asked back unless they are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from knowledge_graph.expression.nodes import And, Condition, Not, Or, Sort
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.language.parser.asking import Asking


@dataclass(frozen=True, slots=True)
class Ordering:
    """What one phrase says about order and number."""

    sort: tuple[Sort, ...]
    limit: int | None
    end: int
    best: bool = False
    """Said "top": a later "by amount" means the largest first."""
    directed: bool = True
    """A direction was said."""
    extreme: bool = False
    """Said "oldest" or "largest" without a number: with a singular noun it means one record."""


Mark = Literal["and", "or", "comma", "noun", "unless", "break"]
JOINTS: tuple[Mark, ...] = ("and", "or", "comma", "unless")


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of a sentence: a condition, an order, or a mark."""

    start: int
    end: int
    condition: Condition | None = None
    ordering: Ordering | None = None
    mark: Mark | None = None
    asked: Asking | None = None
    """What the words up to here ask, where these words ask something."""
    is_period: bool = False
    """A period without a field: the sentence as a whole says which date it means (periods.py)."""


@dataclass(frozen=True, slots=True)
class Scopes:
    """The readings of a condition: one, or two where "and" and "or" are mixed without marks."""

    readings: tuple[Condition, ...]


def combined(items: tuple[Item, ...]) -> Scopes | None:
    """Return the condition that a row of items says, None when it says none."""
    positive, exceptions = _split_unless(items)
    main = _blocks(positive)
    excluded = _blocks(exceptions)
    if excluded is None:
        return main
    if main is None:
        return Scopes(tuple(simplified(Not(arg=c)) for c in excluded.readings))
    pairs = [(a, b) for a in main.readings for b in excluded.readings]
    return Scopes(tuple(simplified(And(args=(a, Not(arg=b)))) for a, b in pairs[:2]))


def _split_unless(items: tuple[Item, ...]) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    at = next((n for n, item in enumerate(items) if item.mark == "unless"), None)
    if at is None:
        return items, ()
    if any(item.condition for item in items[:at]):
        return items[:at], items[at + 1 :]
    comma = next((n for n, item in enumerate(items) if n > at and item.mark == "comma"), len(items))
    return items[comma + 1 :], items[at + 1 : comma]


def _blocks(items: tuple[Item, ...]) -> Scopes | None:
    """Split at the noun and at 的, unless a connective stands there."""
    items = tuple(i for i in items if i.condition or i.mark)
    blocks: list[list[Item]] = [[]]
    for n, item in enumerate(items):
        if item.mark in {"noun", "break"}:
            after = items[n + 1].mark if n + 1 < len(items) else None
            before = items[n - 1].mark if n else None
            if not ({"and", "or"} & {after, before}):
                blocks.append([])
        else:
            blocks[-1].append(item)
    found = [scopes for block in blocks if (scopes := _segments(block)) is not None]
    return _product(found, And) if found else None


def _segments(block: list[Item]) -> Scopes | None:
    segments: list[tuple[str, list[Item]]] = [("plain", [])]
    for item in block:
        if item.mark == "comma":
            segments.append(("plain", []))
        elif item.mark in {"and", "or"} and not segments[-1][1]:
            segments[-1] = (item.mark, [])
        else:
            segments[-1][1].append(item)
    kept = [(joint, scopes) for joint, part in segments if (scopes := _segment(part)) is not None]
    if not kept:
        return None
    joints = {joint for joint, _ in kept[1:]} - {"plain"}
    parts = [scopes for _, scopes in kept]
    if joints == {"or"}:
        plain_lists = all(joint == "or" for joint, _ in kept[1:]) or kept[-1][0] == "or"
        return _product(parts, Or) if plain_lists else _product(parts, And)
    if joints == {"and", "or"}:
        return _mixed([("and" if j == "plain" else j, s.readings[0]) for j, s in kept])
    return _product(parts, And)


def _segment(items: list[Item]) -> Scopes | None:
    row: list[tuple[str, Condition]] = []
    joint = "and"
    for item in items:
        if item.condition is not None:
            row.append((joint, item.condition))
            joint = "and"
        elif item.mark in {"and", "or"}:
            joint = item.mark
    return _mixed(row) if row else None


def _mixed(row: list[tuple[str, Condition]]) -> Scopes:
    joints = {joint for joint, _ in row[1:]}
    args = tuple(condition for _, condition in row)
    if len(joints) < 2:
        return Scopes((simplified(Or(args=args) if joints == {"or"} else And(args=args)),))
    tight_and = simplified(Or(args=tuple(_runs(row, "or", And))))
    tight_or = simplified(And(args=tuple(_runs(row, "and", Or))))
    return Scopes(tuple(dict.fromkeys((tight_and, tight_or))))


def _runs(
    row: list[tuple[str, Condition]], cut: str, kind: type[And] | type[Or]
) -> Iterator[Condition]:
    run: list[Condition] = []
    for joint, condition in row:
        if joint == cut and run:
            yield kind(args=tuple(run))
            run = []
        run.append(condition)
    yield kind(args=tuple(run))


def _product(parts: list[Scopes], kind: type[And] | type[Or]) -> Scopes:
    rows: list[tuple[Condition, ...]] = [()]
    for scopes in parts:
        rows = [(*row, reading) for row in rows for reading in scopes.readings][:4]
    return Scopes(tuple(dict.fromkeys(simplified(kind(args=row)) for row in rows)))
