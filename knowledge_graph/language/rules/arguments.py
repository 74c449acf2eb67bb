"""The arguments of a rule's actions, and when an action is due."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain

from knowledge_graph.expression.nodes import Rolling
from knowledge_graph.language.meanings import FoundMeaning, WordMeaning
from knowledge_graph.language.parser.quantities import plain
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.parser.values import value_lists
from knowledge_graph.language.recognisers.found import (
    DateFound,
    DurationFound,
    FoundValue,
    OrdinalFound,
    RatioFound,
    ScheduleFound,
    WindowFound,
)
from knowledge_graph.language.rules.tokens import Token, after, tagged
from knowledge_graph.language.spelling import folded, is_cjk, is_word_char
from knowledge_graph.ontology.intent_contract import Delay, Schedule

_BARE_TAG = 40
"""Characters of a tag without quotes."""
_BOUNDS = (
    "comma", "end", "and", "or", "open", "close", "unless", "r_if", "r_stop", "r_otherwise", "r_else_if",
    "r_joint", "r_also", "r_tag_tail",
)  # fmt: skip


def arguments(r: Reading, i: int, wanted: frozenset[str]) -> Iterator[Token]:
    """Yield the arguments that begin at i.

    Args:
        r: The sentence.
        i: Where.
        wanted: The slots of the verb before, where there is one.
    """
    for slot in ("role", "pool", "template"):
        yield from _named(r, i, slot)
    for _, start in tagged(r, i, "r_from_pool"):
        for token in _named(r, start, "pool"):
            yield replace(token, start=i, slot="pool_from")
    if "rate" not in wanted:
        yield from (token for token in _rates(r, i) if token.end and r.word(i, "r_rate_head"))
    if "due_days" not in wanted:
        yield from _due_first(r, i)
    for slot in sorted(wanted):
        reader = _READERS.get(slot)
        if reader is not None:
            yield from reader(r, i)


def schedules(r: Reading, i: int) -> Iterator[Token]:
    """Yield the recurrences and the delays that begin at i."""
    for found, end in (*r.found(i), *_morning(r, i)):
        if isinstance(found, ScheduleFound):
            schedule = Schedule(
                freq=found.freq,
                interval=found.interval,
                byday=found.byday,
                bymonthday=found.bymonthday,
                bymonth=found.bymonth,
                time=found.time,
                tz=found.tz,
            )
            yield from _timed(r, Token(start=i, end=end, kind="schedule", schedule=schedule))
    yield from _delays(r, i)


_TIME = re.compile(
    r",? *(?:(?:at )? *(?P<h>[01]?\d|2[0-3]):(?P<m>[0-5]\d)|at (?P<at>\d{1,2})(?![%\w./:-]"
    r"| ?(?:%|percent|[ap]\.?m|o.clock|or|to|and|points?|days?|weeks?|months?)(?![a-z])))"
    r"(?! *[ap]\.?m|[\d:])",
    re.IGNORECASE,
)
_FIRST_CLEAR_HOUR = 7
_HOURS, _NOON = 24, 12
"""A bare 4:30 may be in the afternoon; 7:00 and later, and 04:30, are read on the 24-hour clock."""


def _morning(r: Reading, i: int) -> Iterator[tuple[FoundValue, int]]:
    """Yield "every Monday at 9": an hour without its half of the day is a morning hour from 7 on."""
    for lexeme in r.lattice.at(i):
        for meaning in lexeme.meanings:
            if not isinstance(meaning, FoundMeaning) or not meaning.others:
                continue
            said = [v for v in (meaning.value, *meaning.others) if isinstance(v, ScheduleFound)]
            same = {replace(v, time=None) for v in said}
            early = [v for v in said if v.time and _FIRST_CLEAR_HOUR <= int(v.time[:2]) < _NOON]
            if len(said) == len(meaning.others) + 1 and len(same) == 1 and len(early) == 1:
                yield early[0], lexeme.end


def _timed(r: Reading, token: Token) -> Iterator[Token]:
    """Yield a recurrence, with the time of the 24-hour clock that stands behind it."""
    schedule = token.schedule
    found = _TIME.match(r.lattice.text, token.end)
    if schedule is not None and schedule.time is None and found is not None:
        hour = found["h"] or found["at"]
        if (len(hour) > 1 or int(hour) >= _FIRST_CLEAR_HOUR) and int(hour) < _HOURS:
            time = f"{int(hour):02}:{found['m'] or '00'}"
            yield replace(token, end=found.end(), schedule=replace(schedule, time=time))
        return
    yield token


def _delays(r: Reading, i: int) -> Iterator[Token]:
    heads = [end for _, end in tagged(r, i, "r_delay_head")]
    for start in (i, *heads):
        for found, end in r.found(start):
            if isinstance(found, DateFound) and found.moment and found.moment.edge == "none":
                if found.moment.n > 0:
                    delay = Delay(n=found.moment.n, unit=found.moment.unit)
                    yield Token(start=i, end=end, kind="delay", delay=delay)
            elif isinstance(found, OrdinalFound) and found.unit in {"day", "week", "month"}:
                yield Token(
                    start=i, end=end, kind="delay", delay=Delay(n=found.value, unit=found.unit)
                )
            elif isinstance(found, DurationFound):
                ends = [last for _, last in tagged(r, end, "r_delay_tail")]
                for last in (*ends, *((end,) if start != i else ())):
                    delay = Delay(n=found.n, unit=found.unit)
                    yield Token(start=i, end=last, kind="delay", delay=delay)


def sources(r: Reading, i: int) -> Iterator[Token]:
    """Yield 数据源：IoT平台API and "(source: ERP)"."""
    for _, start in tagged(r, i, "r_source_head"):
        for source, end in said(r, start, "r_source"):
            ends = [last for _, last in tagged(r, end, "r_source_tail")]
            for last in (*ends, end):
                yield Token(start=i, end=last, kind="source", values=(source,))
    for opened in r.words(i, "open"):
        for token in sources(r, opened):
            yield Token(start=i, end=token.end, kind="source", values=token.values)


def said(r: Reading, i: int, role: str) -> Iterator[tuple[str, int]]:
    """Yield the dictionary terms of one section that begin at i, in quotes or without."""
    yield from tagged(r, i, role)
    literal = r.quoted(i)
    if literal is None:
        return
    for words in _spellings(literal[0]):
        for meaning in r.vocabulary.phrases.get(folded(words), ()):
            if isinstance(meaning, WordMeaning) and meaning.role == role:
                yield meaning.op, literal[1]


def approvals(r: Reading, i: int) -> Iterator[Token]:
    """Yield 需销售总监审批: a verb around its argument."""
    if "approval.request" not in r.vocabulary.dictionary.actions:
        return
    for _, start in tagged(r, i, "r_approval_head"):
        for role, middle in said(r, start, "r_role"):
            for _, end in tagged(r, middle, "r_approval_tail"):
                yield Token(
                    start=i,
                    end=end,
                    kind="verb",
                    actions=("approval.request",),
                    slot="role",
                    values=(role,),
                )


def _spellings(words: str) -> tuple[str, ...]:
    bare = words.strip()
    return (bare, bare.removesuffix("池"), bare.removesuffix(" pool"))


def _starts(r: Reading, i: int, heads: str) -> Iterator[int]:
    """Yield the places behind the words that may stand before an argument."""
    yield i
    firsts = dict.fromkeys([i, *(end for _, end in tagged(r, i, heads))])
    for first in firsts:
        yield first
        for _, end in chain(tagged(r, first, "r_of_object"), tagged(r, first, "r_object")):
            yield end
            for _, later in tagged(r, end, "r_of_object"):
                yield later
            yield from r.words(end, "poss")


def _named(r: Reading, i: int, slot: str) -> Iterator[Token]:
    heads = {"role": "r_to_role", "pool": "r_to_pool", "template": "r_of_object"}[slot]
    for start in dict.fromkeys(_starts(r, i, heads)):
        for values, end in _lists(r, start, f"r_{slot}", ()):
            yield Token(start=i, end=end, kind="arg", slot=slot, values=values)


def _lists(
    r: Reading, i: int, role: str, so_far: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], int]]:
    for value, end in said(r, i, role):
        values = (*so_far, value)
        tails = [last for _, last in tagged(r, end, f"{role}_tail")]
        for last in (*tails, end):
            if len(values) < 6:
                for joint in (*r.words(last, "and"), *r.words(last, "comma")):
                    for start in dict.fromkeys((*_starts(r, joint, "r_to_role"), joint)):
                        yield from _lists(r, start, role, values)
            yield values, last


def _tags(r: Reading, i: int) -> Iterator[Token]:
    heads = [end for _, end in tagged(r, i, "r_tag_head")]
    for start in dict.fromkeys((i, *heads)):
        literal = r.quoted(start)
        if literal is not None:
            tails = [last for _, last in tagged(r, literal[1], "r_tag_tail")]
            for last in (*tails, literal[1]):
                yield Token(start=i, end=last, kind="arg", slot="tag", values=(literal[0],))
        elif r.lang == "zh" or (
            start != i and r.lattice.text[r.lattice.skip(i) :][:3].lower() == "as "
        ):
            yield from _bare_tags(r, i, r.lattice.skip(start))


def _bare_tags(r: Reading, i: int, start: int) -> Iterator[Token]:
    text, at = r.lattice.text, start
    while at < r.lattice.end and at - start < _BARE_TAG and not _bounded(r, at):
        at += 1
        while at < r.lattice.end and is_word_char(text[at]) and is_word_char(text[at - 1]):
            at += 1
    words = text[start:at].strip()
    if any(_says_something(r, place) for place in range(start, at)):
        return
    if words and any(is_cjk(c) or c.isalnum() for c in words):
        tails = [last for _, last in tagged(r, at, "r_tag_tail")]
        yield Token(start=i, end=tails[0] if tails else at, kind="arg", slot="tag", values=(words,))


def _says_something(r: Reading, at: int) -> bool:
    """Whether a comparison begins here: then the words are no name of a tag."""
    return any(True for _ in r.operators(at)) and not r.lattice.text[at].isspace()


def _bounded(r: Reading, at: int) -> bool:
    if r.lattice.text[at].isspace():
        return False
    return r.word(at, *_BOUNDS) is not None


def _values_of(field: str, slot: str) -> Callable[[Reading, int], Iterator[Token]]:
    def read(r: Reading, i: int) -> Iterator[Token]:
        info = r.vocabulary.field_of(field)
        if info is None:
            return
        heads = [*r.words(i, "prep", "to", "set_to"), *(e for _, e in tagged(r, i, "r_to_role"))]
        bare = (i,) if _follows_target_word(r, i) else ()
        for start in dict.fromkeys((*bare, *heads)):
            for found in value_lists(r, info, start):
                if len(found.groups) == 1 and len(found.groups[0]) == 1:
                    value = str(found.groups[0][0])
                    yield Token(start=i, end=found.end, kind="arg", slot=slot, values=(value,))

    return read


def _follows_target_word(r: Reading, i: int) -> bool:
    """Whether a value stands behind 为 or "to": in "promote tier C customers" it says who, not to what."""
    before = r.lattice.text[: r.lattice.skip(i)].rstrip().casefold()
    return r.lang == "zh" or before.endswith((" to", " as", " tier", " priority", ":", "="))


def _due(r: Reading, i: int) -> Iterator[Token]:
    heads = [end for _, end in tagged(r, i, "r_due_head")]
    for start in dict.fromkeys((*heads, i)):
        for found, end in r.found(start):
            days = _days(found)
            if days is None:
                continue
            tails = [last for _, last in tagged(r, end, "r_due_tail")]
            for last in (*tails, *((end,) if start != i or isinstance(found, WindowFound) else ())):
                yield Token(start=i, end=last, kind="arg", slot="due_days", values=(days,))


def _due_first(r: Reading, i: int) -> Iterator[Token]:
    """Yield 7天内 before "create a task": by when it is to be done."""
    for found, end in r.found(i):
        days = _days(found) if isinstance(found, WindowFound) else None
        if days is not None:
            yield Token(start=i, end=end, kind="arg", slot="due_days", values=(days,))


def _days(found: object) -> int | None:
    if isinstance(found, DateFound) and found.moment and found.moment.edge == "none":
        found = DurationFound(n=found.moment.n, unit=found.moment.unit)
    if isinstance(found, WindowFound) and isinstance(found.window, Rolling):
        found = DurationFound(n=abs(found.window.n), unit=found.window.unit)
    if not isinstance(found, DurationFound):
        return None
    days = plain(found.days())
    return days if isinstance(days, int) and days > 0 else None


def _rates(r: Reading, i: int) -> Iterator[Token]:
    heads = [end for _, end in tagged(r, i, "r_rate_head")]
    for start in dict.fromkeys((*heads, i)):
        for found, end in r.found(start):
            if isinstance(found, RatioFound) and found.form == "share":
                value = plain(found.value)
                yield Token(start=i, end=end, kind="arg", slot="rate", values=(value,))


def _bases(r: Reading, i: int) -> Iterator[Token]:
    """Yield "of the sell-out amount", 基于出货额: the number that a rate is taken of."""
    for _, start in tagged(r, i, "r_base_head"):
        for at in dict.fromkeys((after(r, start, "r_skip", "r_of_object"), start)):
            for info, end in r.named_fields(at):
                if info.type == "money":
                    yield Token(start=i, end=end, kind="arg", slot="base", values=(info.id,))


_READERS: dict[str, Callable[[Reading, int], Iterator[Token]]] = {
    "tag": _tags,
    "tier": _values_of("customer.tier", "tier"),
    "priority": _values_of("ticket.priority", "priority"),
    "due_days": _due,
    "rate": _rates,
    "base": _bases,
}
