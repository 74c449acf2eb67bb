"""Many records' facts in columns: which of them a condition holds for, in milliseconds for 100,000.

The answer is a mask, a whole number with one bit a record, so that overlaps are counted by machine words. Where
a condition depends on what is withheld there is no hit.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from knowledge_graph.expression.boxes import streak_key, term_key
from knowledge_graph.expression.codec import canonical, to_json
from knowledge_graph.expression.nodes import (
    And,
    AtLeast,
    Compare,
    Condition,
    Has,
    HeldFor,
    In,
    Known,
    Not,
    Or,
)
from knowledge_graph.expression.periods import TimeFrame
from knowledge_graph.rules.evaluation import clauses_in, compiled
from knowledge_graph.rules.facts import WITHHELD, Facts, FactValue
from knowledge_graph.rules.matching import needs_order

Flags = NDArray[np.bool_]
"""Shape (n,)."""
_MOST_KEPT = 4096
"""Conditions whose hits are remembered, 12.5 kB each for 100,000 records."""
_NONE, _UNNAMED = -1, -2
_ORDERS = {
    "gt": np.greater, "ge": np.greater_equal, "lt": np.less, "le": np.less_equal, "eq": np.equal,
    "ne": np.not_equal,
}  # fmt: skip


@dataclass(frozen=True)
class _Answer:
    """For every record: it holds, or it cannot be told."""

    yes: Flags
    hidden: Flags | None = None

    @property
    def no(self) -> Flags:
        return ~self.yes if self.hidden is None else ~(self.yes | self.hidden)


@dataclass(frozen=True)
class _Column:
    """The values of one key over all records."""

    numbers: NDArray[np.float64]
    """NaN where the value is no number."""
    codes: NDArray[np.int32]
    """Of texts and booleans; negative where the value is none."""
    names: Mapping[object, int]
    sets: Mapping[str, Flags]
    known: Flags
    hidden: Flags | None


@dataclass
class Population:
    """The facts of many records at one time. Columns and hits are kept as they are asked for.

    Args:
        facts: By record id; not to be changed afterwards.
        frame: What now and here are, for clauses on dates.
    """

    facts: Mapping[str, Facts]
    frame: TimeFrame | None = None
    _ids: tuple[str, ...] = field(init=False)
    _columns: dict[str, _Column] = field(init=False, default_factory=dict)
    _hits: OrderedDict[str, int] = field(init=False, default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self._ids = tuple(self.facts)

    def __len__(self) -> int:
        return len(self._ids)

    def hits(self, condition: Condition | None) -> int:
        """Return the mask of the records that a condition holds for.

        Args:
            condition: Any condition; None holds for all.
        """
        key = "" if condition is None else canonical(to_json(condition))
        if key in self._hits:
            self._hits.move_to_end(key)
            return self._hits[key]
        yes = self._everyone() if condition is None else self._answer(condition).yes
        mask = int.from_bytes(np.packbits(yes, bitorder="little").tobytes(), "little")
        self._hits[key] = mask
        if len(self._hits) > _MOST_KEPT:
            self._hits.popitem(last=False)
        return mask

    def ids_of(self, mask: int, limit: int | None = None) -> tuple[str, ...]:
        """Return the ids of the records in a mask, in the order of the facts.

        Args:
            mask: As `hits` gives it.
            limit: At most so many; None: all.
        """
        found: list[str] = []
        for n in _bits(mask):
            if limit is not None and len(found) >= limit:
                break
            found.append(self._ids[n])
        return tuple(found)

    def near_misses(self, condition: Condition | None, limit: int = 3) -> tuple[str, ...]:
        """Return records that fail exactly one clause of a conjunction, and no withheld one.

        Args:
            condition: Any condition; what is no conjunction is one clause.
            limit: At most so many.
        """
        found = list(clauses_in(condition))
        if len(found) < 2:
            return ()
        answers = [
            _negated(self._answer(node)) if negated else self._answer(node)
            for node, negated in found
        ]
        failing = np.zeros(len(self._ids), dtype=np.int16)
        sure = self._everyone()
        for answer in answers:
            failing += answer.no
            if answer.hidden is not None:
                sure &= ~answer.hidden
        rows = np.flatnonzero((failing == 1) & sure)[:limit]
        return tuple(self._ids[int(n)] for n in rows)

    def _everyone(self) -> Flags:
        return np.ones(len(self._ids), dtype=np.bool_)

    def _answer(self, node: Condition) -> _Answer:
        match node:
            case And():
                return _all([self._answer(arg) for arg in node.args])
            case Or():
                answers = [self._answer(arg) for arg in node.args]
                return _negated(_all([_negated(answer) for answer in answers]))
            case Not():
                return _negated(self._answer(node.arg))
            case AtLeast():
                return _quorum(node.n, [self._answer(arg) for arg in node.args])
            case HeldFor():
                return self._number(streak_key(node), "ge", node.n)
            case Compare():
                return self._compared(node)
            case In() | Has() | Known():
                return self._member(node)
            case _:
                return self._one_by_one(node)

    def _compared(self, node: Compare) -> _Answer:
        if needs_order(node):
            return self._one_by_one(node)
        if isinstance(node.value, str | bool):
            return self._text(node)
        return self._number(term_key(node.term), node.op, float(node.value))  # type: ignore[arg-type]

    def _number(self, key: str, op: str, value: float) -> _Answer:
        column = self._column(key)
        yes = _ORDERS[op](column.numbers, float(value))
        if op == "ne":
            yes = yes & column.known
        return _Answer(yes, column.hidden)

    def _text(self, node: Compare) -> _Answer:
        column = self._column(term_key(node.term))
        value = ("bool", node.value) if isinstance(node.value, bool) else node.value
        same = column.codes == column.names.get(value, _UNNAMED)
        return _Answer(same if node.op == "eq" else column.known & ~same, column.hidden)

    def _member(self, node: In | Has | Known) -> _Answer:
        column = self._column(term_key(node.term))
        if isinstance(node, Known):
            return _Answer(column.known.copy(), column.hidden)
        if isinstance(node, Has):
            yes = column.sets.get(node.value)
            return _Answer(np.zeros_like(column.known) if yes is None else yes, column.hidden)
        codes = [column.names[value] for value in node.values if value in column.names]
        return _Answer(np.isin(column.codes, codes), column.hidden)

    def _one_by_one(self, node: Condition) -> _Answer:
        test = compiled(node, self.frame)
        held = [test(facts) for facts in self.facts.values()]
        yes = np.fromiter((h is True for h in held), dtype=np.bool_, count=len(held))
        hidden = np.fromiter((h is None for h in held), dtype=np.bool_, count=len(held))
        return _Answer(yes, hidden if hidden.any() else None)

    def _column(self, key: str) -> _Column:
        if key not in self._columns:
            self._columns[key] = _column([facts.get(key) for facts in self.facts.values()])
        return self._columns[key]


def _column(values: Sequence[FactValue]) -> _Column:
    n = len(values)
    numbers, codes = np.full(n, np.nan), np.full(n, _NONE, dtype=np.int32)
    hidden = np.array([value is WITHHELD for value in values], dtype=np.bool_)
    known = np.array([value is not None and value != () for value in values], dtype=np.bool_)
    known &= ~hidden
    names: dict[object, int] = {}
    sets: dict[str, list[int]] = {}
    for i, value in enumerate(values):
        match value:
            case bool():
                codes[i] = names.setdefault(("bool", value), len(names))
            case str():
                codes[i] = names.setdefault(value, len(names))
            case tuple():
                for member in value:
                    sets.setdefault(member, []).append(i)
            case int() | float():
                numbers[i] = value
    members = {member: np.zeros(n, dtype=np.bool_) for member in sets}
    for member, rows in sets.items():
        members[member][rows] = True
    return _Column(numbers, codes, names, members, known, hidden if hidden.any() else None)


def _all(answers: Sequence[_Answer]) -> _Answer:
    yes = answers[0].yes
    for answer in answers[1:]:
        yes = yes & answer.yes
    if all(answer.hidden is None for answer in answers):
        return _Answer(yes)
    no = np.zeros_like(yes)
    for answer in answers:
        no |= answer.no
    return _Answer(yes, ~(yes | no))


def _negated(answer: _Answer) -> _Answer:
    return _Answer(answer.no, answer.hidden)


def _quorum(n: int, answers: Sequence[_Answer]) -> _Answer:
    sure = np.zeros(len(answers[0].yes), dtype=np.int16)
    open_ = np.zeros_like(sure)
    for answer in answers:
        sure += answer.yes
        if answer.hidden is not None:
            open_ += answer.hidden
    yes = sure >= n
    hidden = ~yes & (sure + open_ >= n)
    return _Answer(yes, hidden if hidden.any() else None)


def _bits(mask: int) -> Iterator[int]:
    data = mask.to_bytes((mask.bit_length() + 7) // 8, "little")
    for place, byte in enumerate(data):
        if byte:
            yield from (place * 8 + n for n in range(8) if byte >> n & 1)
