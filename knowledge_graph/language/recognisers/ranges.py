"""The step that joins two ends to a range; a unit said once at the second end holds for both."""

from __future__ import annotations

import re
from dataclasses import replace

from knowledge_graph.language.recognisers.found import (
    AmountFound,
    DurationFound,
    NumberFound,
    RangeFound,
    RatioFound,
)
from knowledge_graph.language.recognisers.money import amount
from knowledge_graph.language.recognisers.numbers import Figure, plain
from knowledge_graph.language.recognisers.stream import (
    AMOUNT,
    DURATION,
    NUMBER,
    OTHER,
    RATIO,
    Hit,
    Node,
    Stream,
)

_END = f"[{NUMBER}{AMOUNT}{RATIO}{DURATION}]"
_RANGES = re.compile(
    rf"(?:(?<![a-z])between (?P<a>{_END}) and (?P<b>{_END})"
    rf"|(?<![a-z])from (?P<c>{_END}) (?:up )?to (?P<d>{_END})"
    rf"|(?:从|自|介于|在)?(?P<e>{_END}) ?(?:到|至|~|～|-|–|—| to ) ?(?P<f>{_END})(?:之间)?"
    rf"|(?:介于|在)?(?P<g>{_END}) ?(?:和|与|跟) ?(?P<h>{_END}) ?之间)"
)


def read_ranges(stream: Stream) -> None:
    """Find ranges; numbers, amounts, ratios and durations must have been read."""
    stream.reduce(_RANGES, OTHER, _range)


def _range(hit: Hit) -> Node | None:
    for low, high in (("a", "b"), ("c", "d"), ("e", "f"), ("g", "h")):
        first, last = hit.node(low), hit.node(high)
        if first is not None and last is not None:
            if first.others or last.others:
                return None
            return _join(first, last)
    return None


def _join(first: Node, last: Node) -> Node | None:
    if isinstance(last.extra, DurationFound):
        return _durations(first, last.extra)
    high = last.value
    if not isinstance(first.extra, Figure) or not isinstance(last.extra, Figure):
        return None
    if isinstance(high, RatioFound):
        return _ratios(first, high)
    return _figures(first, last)


def _durations(first: Node, high: DurationFound) -> Node | None:
    if isinstance(first.extra, DurationFound):
        low = first.extra
    elif isinstance(first.extra, Figure) and first.extra.value.denominator == 1:
        low = DurationFound(n=int(first.extra.value), unit=high.unit)
    else:
        return None
    return Node(value=RangeFound(low=low, high=high)) if low.days() <= high.days() else None


def _ratios(first: Node, high: RatioFound) -> Node | None:
    if isinstance(first.value, RatioFound):
        low = first.value
    elif isinstance(first.extra, Figure) and high.form != "multiple":
        low = replace(high, value=plain(first.extra.value / 100))
    elif isinstance(first.extra, Figure):
        low = replace(high, value=plain(first.extra.value))
    else:
        return None
    if low.form != high.form or low.value > high.value:
        return None
    return Node(value=RangeFound(low=low, high=high))


def _figures(first: Node, last: Node) -> Node | None:
    """Return a range whose ends share the second one's magnitude (500-800万) and currency (5-8元).

    The magnitude is shared when the first end is a bare number not above the second one's mantissa:
    500到1万 stays 500 to 10,000.
    """
    low, high = first.extra, last.extra
    if (
        not isinstance(low, Figure)
        or not isinstance(high, Figure)
        or isinstance(first.value, RatioFound)
    ):
        return None
    bare = low.scale == 1 and low.currency is None
    if bare and high.scale > 1 and low.value * high.scale <= high.value:
        low = replace(low, value=low.value * high.scale, scale=high.scale)
    currency = high.currency or low.currency
    if (low.currency and low.currency != currency) or low.value > high.value:
        return None
    if currency is None and high.scale == 1 and low.scale == 1:
        return Node(
            value=RangeFound(
                low=NumberFound(value=plain(low.value)), high=NumberFound(value=plain(high.value))
            )
        )
    ends: list[AmountFound] = [amount(low, currency), amount(high, currency)]
    return Node(value=RangeFound(low=ends[0], high=ends[1]))
