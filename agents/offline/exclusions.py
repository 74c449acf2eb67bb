"""An order and what it leaves out: "move them to won, but not the ones in Berlin", 除了上海的，都转给王强."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from agents.offline.acts import Act, Change, Remove, Selection
from agents.offline.slots import SlotMiss, Slots
from knowledge_graph.expression.nodes import And, Condition, Not
from knowledge_graph.language.results import Lang

_SHAPES: Mapping[Lang, tuple[re.Pattern[str], ...]] = {
    "en": (
        re.compile(
            r"(?P<order>.+?)[,;]?\s+(?:but (?:not|leave out|skip|exclude|leave|keep)|except(?: for)?|excluding|"
            r"apart from|aside from|other than)\s+(?P<rest>.+?)"
            r"(?: (?:alone|as (?:they are|it is)|out))?[.!]*", re.I),
        re.compile(
            r"(?:except(?: for)?|apart from|aside from|other than|excluding)\s+(?P<rest>.+?),"
            r"\s*(?P<order>.+)", re.I),
    ),
    "zh": (
        re.compile(r"(?:除了|除|排除|不包括|不含)(?P<rest>.+?)(?:以外|之外|外)?[，,]\s*(?:其他的?|其余的?)?(?P<order>.+)"),
        re.compile(r"(?P<order>.+?)[，,]\s*(?:但是?|不过|只是)?(?P<rest>.+?)(?:除外|不算|不包括在内|不动|不要动|别动)[。！]*"),
        re.compile(
            r"(?P<order>.+?)[，,]\s*(?:但是?|不过|只是)?(?:不包括|不含|不要动|别动|排除|除了|除)(?P<rest>.+?)"
            r"(?:以外|之外|外)?[。！]*"),
    ),
}  # fmt: skip
_ONES = re.compile(
    r"^(?:the ones?|those|these|them|any|all|everyone|everybody|anyone|anything)\b\s*"
    r"(?:(?:that|who|which) (?:are|is|have|has) |(?:that|who|which) )?|^(?:那些|其中|里面)|的$",
    re.I,
)


@dataclass(frozen=True, kw_only=True)
class Excluding:
    """An order in two parts."""

    order: str
    rest: str
    """What it leaves out."""


def excluding(text: str, lang: Lang) -> Excluding | None:
    """Return the parts of an order that leaves something out, None for any other sentence.

    >>> excluding("move all new leads to contacted, but not those in Berlin", "en").rest
    'those in Berlin'
    >>> excluding("除了上海的，都转给王强", "zh").order
    '都转给王强'
    """
    for shape in _SHAPES[lang]:
        found = shape.fullmatch(text.strip())
        if found:
            return Excluding(order=found["order"], rest=found["rest"])
    return None


def left_out(act: Act, rest: str, slots: Slots) -> Act | None:
    """Return an order without the records that it leaves out; None when it is no order over a selection.

    Raises:
        SlotMiss: What is left out is not consumed whole.
    """
    if not isinstance(act, Change | Remove) or not isinstance(act.who, Selection):
        return None
    base = slots.query(act.who.where, act.who.entity)
    conditions = [*_parts(base.condition), Not(arg=_condition(rest, act.who.entity, slots))]
    joined = conditions[0] if len(conditions) == 1 else And(args=tuple(conditions))
    where = slots.language.readback(replace(base, condition=joined), slots.lang)
    return replace(act, who=Selection(entity=act.who.entity, where=where))


def _parts(condition: Condition | None) -> tuple[Condition, ...]:
    if condition is None:
        return ()
    return condition.args if isinstance(condition, And) else (condition,)


def _condition(rest: str, entity: str, slots: Slots) -> Condition:
    miss = SlotMiss()
    for words in dict.fromkeys(_readings(rest)):
        try:
            query = slots.query(words, entity)
        except SlotMiss as caught:
            miss = miss if miss.ask else caught
            continue
        if query.condition is not None and query.limit is None:
            return query.condition
    raise miss


def _readings(rest: str) -> Iterator[str]:
    yield rest
    bare = rest.strip()
    for _ in range(3):
        bare = _ONES.sub("", bare).strip()
        yield bare
