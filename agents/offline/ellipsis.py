"""Questions that leave out what they are about: "how much are they worth?", 她的电话呢, 合计多少."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from agents.model import ToolCall
from agents.offline.slots import SlotMiss, Slots
from knowledge_graph.expression.nodes import And, Condition, Query
from knowledge_graph.language.compiler import Question
from knowledge_graph.language.results import Lang
from knowledge_graph.language.vocabulary import entity_of
from tools.outcomes import Focus

_STAND_INS: Mapping[Lang, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:of (?:them|these|those|it)|among them|them|they|these|those|it|he|she|him|her|his|its|their|"
        r"this one|that one|the ones)(?:['’](?:s|re))?\b", re.I),
    "zh": re.compile(
        r"其中|其(?!他|它|余|实)|(?:这|那)(?:里面|里|当中|些里面|些里|些)|(?:他|她|它)们?"
        r"|(?:这|那)(?:个(?!月|季|星期|礼拜)|家|位|条|笔|张)"),
}  # fmt: skip
"""Words for what was spoken of."""
_EDGES: Mapping[Lang, re.Pattern[str]] = {
    "en": re.compile(r"^(?:and|so|ok|okay|then|also|what about|how about)\b[\s,]*|[\s?.!]+$", re.I),
    "zh": re.compile(r"^(?:那么|那|还有|然后|再)|^的|[呢吗？?。！!\s]+$"),
}


def elliptical(text: str, slots: Slots, focus: Focus) -> tuple[ToolCall, ...] | None:
    """Return the call that a question without a subject makes about what is in focus, None if it is none.

    Args:
        text: The message.
        slots: The slot reader of the turn.
        focus: What the conversation is about.
    """
    if focus.query is None and not focus.refs:
        return None
    entity = focus.query.entity if focus.query else entity_of(focus.refs[0].kind)
    stands_in = _STAND_INS[slots.lang].search(text) is not None
    bare = _bare(_STAND_INS[slots.lang].sub(" ", text) if stands_in else text, slots.lang)
    if not bare or (not stands_in and slots.has_subject(bare)):
        return None
    try:
        asked = slots.asked_of(bare, entity)
    except SlotMiss:
        return None
    if asked.wanted.grouped or (asked.wanted.rows and not asked.query.sort):
        return None
    return (_call(asked, slots, focus),)


def _bare(text: str, lang: Lang) -> str:
    before, text = "", text.strip()
    while text != before:
        before, text = text, _EDGES[lang].sub("", text).strip()
    return text


def _call(asked: Question, slots: Slots, focus: Focus) -> ToolCall:
    wanted, query = asked.wanted, asked.query
    measure = "; ".join([
        "count",
        *(f"{agg} of {slots.field_label(key)}" for agg, key in wanted.numbers),
    ])
    args: dict[str, object] = {"kind": query.entity}
    if focus.query is None or len(focus.refs) == 1:
        args["where"] = ", ".join(f"@{ref}" for ref in focus.refs)
    else:
        args["where"] = slots.language.readback(_within(focus.query, query), slots.lang)
    if wanted.counts:
        args["measure"] = measure
    if wanted.fields:
        args["fields"] = "; ".join(map(slots.field_label, wanted.fields))
    return ToolCall(name="find_records", args=args)


def _within(base: Query, more: Query) -> Query:
    """Return the records of the first query that the second one asks for too, in the order of the second."""
    both = (base.condition, more.condition)
    parts: list[Condition] = []
    for one in both:
        parts += () if one is None else one.args if isinstance(one, And) else (one,)
    condition = None if not parts else parts[0] if len(parts) == 1 else And(args=tuple(parts))
    limit = more.limit if more.limit is not None else base.limit
    return replace(base, condition=condition, sort=more.sort or base.sort, limit=limit)
