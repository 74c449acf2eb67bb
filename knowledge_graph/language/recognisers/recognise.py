"""One call over a sentence: all findings of all kinds."""

from __future__ import annotations

from knowledge_graph.language.recognisers.calendar import Today
from knowledge_graph.language.recognisers.clock import read_times
from knowledge_graph.language.recognisers.dates import DateReader
from knowledge_graph.language.recognisers.durations import read_durations
from knowledge_graph.language.recognisers.folding import fold
from knowledge_graph.language.recognisers.found import Found
from knowledge_graph.language.recognisers.money import read_amounts
from knowledge_graph.language.recognisers.numbers import read_numbers, say_numbers
from knowledge_graph.language.recognisers.ranges import read_ranges
from knowledge_graph.language.recognisers.ratios import read_fractions, read_ratios
from knowledge_graph.language.recognisers.schedules import ScheduleReader
from knowledge_graph.language.recognisers.stream import Stream
from knowledge_graph.language.recognisers.weekdays import read_weekdays
from knowledge_graph.language.recognisers.windows import WindowReader
from knowledge_graph.language.results import LanguageContext


def recognise(text: str, context: LanguageContext) -> tuple[Found, ...]:
    """Find every number, amount, ratio, duration, window, date and schedule in a sentence.

    Args:
        text: The sentence, in Chinese, English or both.
        context: Now, the time zone and the workspace's currency.

    Returns:
        The findings by place. None lies within a longer one of another kind, and none overlaps another of
        its own kind; different kinds may share a span.
    """
    stream = Stream(text, fold(text))
    today = Today(context)
    read_fractions(stream)
    DateReader(today).read(stream)
    read_weekdays(stream)
    read_times(stream)
    read_numbers(stream)
    read_ratios(stream)
    read_amounts(stream, context)
    read_durations(stream)
    ScheduleReader(context.timezone).read(stream)
    WindowReader(today).read(stream)
    read_ranges(stream)
    say_numbers(stream)
    return _maximal(stream.found)


def _maximal(found: list[Found]) -> tuple[Found, ...]:
    """Drop every finding that lies within a longer one; keep one a kind and span."""
    kept: list[Found] = []
    reach = -1
    start = -1
    for one in sorted(found, key=lambda f: (f.start, -f.end)):
        longest = (start, reach)
        if one.end > reach:
            start, reach = one.start, one.end
        elif (one.start, one.end) != longest:
            continue
        if not any(
            k.kind == one.kind and k.start == one.start and k.end == one.end for k in kept[-8:]
        ):
            kept.append(one)
    return tuple(kept)
