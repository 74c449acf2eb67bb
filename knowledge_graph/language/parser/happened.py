"""Verbs of what has happened: "closed last month" asks for closed deals, not for those that were to close.

A date such as the close date is a plan until it comes true. A verb about it that speaks of the past says,
beside the date, that it came true: the state of the dictionary that lists the verb under `done` or `past`.
"""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from knowledge_graph.expression.nodes import (
    And,
    Between,
    Calendar,
    Compare,
    Condition,
    During,
    Moment,
    Or,
    Rolling,
)
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.language.dictionary import StateTerm
from knowledge_graph.language.fields import FieldInfo
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.parser.states import state_condition
from knowledge_graph.language.spelling import folded

_PAST, _NOW, _AHEAD = -1, 0, 1
_MODALS = ("要", "将", "会", "能", "该", "预计", "计划", "准备", "有望", "可以", "打算")
"""Chinese words before a verb that make it a plan."""


def as_happened(r: Reading, info: FieldInfo, verb: tuple[int, int], said: Condition) -> Condition:
    """Return what a verb and a time say of a date: that it came true, where the verb says so.

    Args:
        r: The sentence.
        info: The date field of the verb.
        verb: Where the verb begins and ends.
        said: The condition on the date.
    """
    start = r.lattice.skip(verb[0])
    words = folded(r.lattice.text[start : verb[1]])
    tense = _tense(r, said)
    if tense == _AHEAD or r.lattice.text[:start].rstrip().endswith(_MODALS):
        return said
    for state in r.vocabulary.dictionary.states.values():
        if state.date == info.id and _says(r, state, words, tense):
            return simplified(And(args=(*_parts(state_condition(state)), said)))
    return said


def _says(r: Reading, state: StateTerm, words: str, tense: int) -> bool:
    if words in {folded(word) for word in state.done.all}:
        return True
    told = tense == _PAST or any(
        folded(x.text) == "did" for xs in r.lattice.edges.values() for x in xs
    )
    return told and words in {folded(word) for word in state.past.all}


def _parts(condition: Condition) -> tuple[Condition, ...]:
    return condition.args if isinstance(condition, And) else (condition,)


def _tense(r: Reading, said: Condition) -> int:
    """Return whether a condition on a date speaks of the past, of now, or of what lies ahead."""
    today = r.context.now.astimezone(ZoneInfo(r.context.timezone)).date()
    match said:
        case During(window=Calendar(offset=offset)):
            return (offset > 0) - (offset < 0)
        case During(window=Rolling(n=n)):
            return _PAST if n > 0 else _AHEAD
        case During(window=Between(start=start, end=end)):
            return _between(start, end, today)
        case Compare(value=Moment(n=n, edge=edge)):
            return _AHEAD if n == 0 and edge == "end" else (n > 0) - (n < 0)
        case Compare(value=str() as day):
            return _AHEAD if day[:10] > today.isoformat() else _PAST
        case Or(args=args):
            return max(_tense(r, arg) for arg in args)
    return _NOW


def _between(start: str | None, end: str | None, today: date) -> int:
    day = today.isoformat()
    if end is not None and end[:10] < day:
        return _PAST
    return _AHEAD if start is not None and start[:10] > day else _NOW
