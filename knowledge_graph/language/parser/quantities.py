"""Numbers with their units, in the base unit of the field that they are compared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from knowledge_graph.expression.nodes import Op
from knowledge_graph.language.parser import questions
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.recognisers.found import (
    AmountFound,
    DurationFound,
    FoundValue,
    NumberFound,
    RangeFound,
    RatioFound,
)
from knowledge_graph.language.vocabulary import FieldInfo

_MOST_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in base units; `currency` only where another one than the workspace's was said."""

    value: int | float
    currency: str | None = None


def plain(value: int | float | Fraction) -> int | float:
    """Return whole numbers as int and all others as float.

    >>> plain(Fraction(6, 2)), plain(0.5)
    (3, 0.5)
    """
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value


_SMALL = frozenset({"product.price"})
"""Money of which small amounts are what they say."""


def needs_unit(value: float, floor: float) -> bool:
    """Whether a bare amount of money is too small to be clear.

    "over 50000" is clear; "超过500" may mean 500 or 500万. Asked are bare numbers above 0 and below the floor,
    which is 1,000 unless the workspace's vocabulary says otherwise (typical amounts ÷ 100).

    Args:
        value: The number said.
        floor: `Vocabulary.money_floor`, in the workspace's currency.

    Returns:
        Whether to ask.
    """
    return 0 < value < floor


def quantities(r: Reading, info: FieldInfo, i: int) -> Iterator[tuple[Quantity, int]]:
    """Yield the quantities at i that fit the field; a number whose unit is not clear notes a question."""
    for value, end in r.found(i):
        quantity = _in_base(r, info, value, i)
        if quantity is not None:
            yield quantity, r.maybe(end, "unit_tail")
            yield quantity, end


def ranges(r: Reading, info: FieldInfo, i: int) -> Iterator[tuple[Quantity, Quantity, int]]:
    """Yield the ranges at i (both ends included) that fit the field."""
    for value, end in r.found(i):
        if isinstance(value, RangeFound):
            low, high = (_in_base(r, info, v, i) for v in (value.low, value.high))
            if low is not None and high is not None:
                yield low, high, r.maybe(end, "inside")
    start = r.maybe(i, "between")
    for low, middle in quantities(r, info, start):
        for high_at in r.words(middle, "to"):
            for high, end in quantities(r, info, high_at):
                yield low, high, r.maybe(end, "inside")


def compared(r: Reading, info: FieldInfo, i: int) -> Iterator[tuple[Op, Quantity, int]]:
    """Yield a comparator with its quantity, in either order: over 500k, 50万以上, 80 or more."""
    for op, after in r.operators(i):
        for quantity, end in quantities(r, info, after):
            for said_again, last in r.operators(end):
                if said_again == op:  # 达到50万元以上
                    yield _as_op(op), quantity, last
            yield _as_op(op), quantity, end
    for quantity, after in quantities(r, info, i):
        for op, end in r.operators(after):
            yield _as_op(op), quantity, end


def _as_op(op: str) -> Op:
    if op not in {"gt", "ge", "lt", "le"}:
        raise ValueError(op)
    return op  # type: ignore[return-value]  # checked above


def _in_base(r: Reading, info: FieldInfo, value: FoundValue, at: int) -> Quantity | None:
    match info.type:
        case "money":
            return _money(r, info, value, at)
        case "ratio":
            return _ratio(r, info, value, at)
        case "days" | "hours":
            return _time(info.type, value)
        case "number" | "integer":
            return Quantity(plain(value.value)) if isinstance(value, NumberFound) else None
    return None


def _money(r: Reading, info: FieldInfo, value: FoundValue, at: int) -> Quantity | None:
    if isinstance(value, AmountFound):
        foreign = value.currency if value.currency != r.context.currency else None
        return Quantity(plain(value.value), foreign)
    if not isinstance(value, NumberFound):
        return None
    if (
        not value.scaled
        and info.id not in _SMALL
        and needs_unit(float(value.value), r.vocabulary.money_floor)
    ):
        r.note(at, questions.missing_unit(r, info, plain(value.value)))
        return None
    return Quantity(plain(value.value))


def _ratio(r: Reading, info: FieldInfo, value: FoundValue, at: int) -> Quantity | None:
    if isinstance(value, RatioFound) and value.form != "multiple":
        return Quantity(plain(value.value))
    if not isinstance(value, NumberFound):
        return None
    if not 0 <= value.value <= 1:
        if value.value <= _MOST_PERCENT:
            r.note(at, questions.missing_percent(r, info, plain(value.value)))
        return None
    return Quantity(plain(value.value))


def _time(unit: str, value: FoundValue) -> Quantity | None:
    if isinstance(value, DurationFound):
        return Quantity(plain(value.days() * (24 if unit == "hours" else 1)))
    if isinstance(value, NumberFound):
        return Quantity(plain(value.value))
    return None
