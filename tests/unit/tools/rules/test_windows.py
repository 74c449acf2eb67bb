from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge_graph.expression.periods import Bounds
from knowledge_graph.expression.python import change
from tools.rules.windows import Series

DAYS = [f"2026-01-{d:02}" for d in range(1, 29)]
day = st.sampled_from(DAYS)
puts = st.tuples(st.sampled_from("abcdef"), day, st.one_of(st.none(), st.integers(-50, 50)))
drops = st.tuples(st.sampled_from("abcdef"), st.none(), st.none())
looks = st.tuples(st.none(), day, day)
steps = st.lists(st.one_of(puts, drops, looks), max_size=40)


@given(steps, st.sampled_from(["count", "sum", "avg", "max", "min"]), st.booleans())
def test_running_numbers_are_those_of_a_scan(steps: list, agg: str, counted: bool) -> None:
    series, held = Series(), {}
    for name, first, second in steps:
        if name is None:
            low, high = sorted((first, second))
            rows = [v for at, v in held.values() if low <= at < high]
            got = series.number(agg, Bounds(start=low, end=high), counted=counted)
            assert got == scan(agg, rows, counted)
        elif first is None:
            series.drop(name)
            held.pop(name, None)
        else:
            series.put(name, first, second)
            held[name] = (first, second)


def scan(agg: str, rows: list, counted: bool) -> float | None:
    known = [v for v in rows if v is not None]
    if agg == "count":
        return len(rows) if counted else len(known)
    if agg == "sum":
        return sum(known)
    if not known:
        return None
    return {"avg": sum(known) / len(known), "max": max(known), "min": min(known)}[agg]


def test_a_change_compares_with_the_window_before() -> None:
    series = Series()
    for n, (at, value) in enumerate([("2026-01-02", 100), ("2026-01-12", 80)]):
        series.put(str(n), at, value)
    now = Bounds(start="2026-01-10", end="2026-01-20")
    before = Bounds(start="2026-01-01", end="2026-01-10")
    assert series.changed("sum", now, before, counted=False) == change(80, 100)
    assert series.changed("sum", before, now, counted=False) == change(100, 80)


def test_nothing_before_is_no_change() -> None:
    series = Series()
    series.put("a", "2026-01-12", 80)
    now = Bounds(start="2026-01-10", end="2026-01-20")
    assert series.changed("sum", now, Bounds(start=None, end="2026-01-10"), counted=False) is None
