"""Follow-ups that change the last selection: "and in Berlin?", "only those over 100k", "不对，是上个月"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agents.model import ToolCall
from agents.offline.again import corrected, repeated
from agents.offline.ellipsis import elliptical
from agents.offline.slots import SlotMiss, Slots
from knowledge_graph.expression.nodes import (
    Aggregate,
    And,
    AtLeast,
    Compare,
    Condition,
    During,
    Field,
    Has,
    HeldFor,
    In,
    Known,
    Not,
    Or,
    Query,
    Term,
    Text,
)
from tools.outcomes import Focus

_MARK = {
    "en": re.compile(
        r"^(?P<mark>(?:no|nope|wrong|sorry|not that|i mean|i meant(?: to say)?|actually|rather|make that|"
        r"make it|oops|wait|hold on|scratch that|correction|i misspoke|i mistyped|it should be|"
        r"that should be|should be|change (?:that|it) to|or rather)\b"
        r"|(?:and|what about|how about|and what about|and how about|same for|the same for|also)\b"
        r"|(?:only|just|of those|of these|among those|among them|narrow (?:it|that|them) (?:down )?to|"
        r"filter (?:it|that|them) (?:by|to))\b)[\s,:]*",
        re.I),
    "zh": re.compile(r"^(?P<mark>不对|不是|错了|我是说|我的意思是|应该是|应该|改成看|换成|说错了|我说错了"
                     r"|弄错了|搞错了|哦不|等等|等一下|更正一下|更正|纠正一下|改一下|不好意思|抱歉"
                     r"|那么|那|再看看|还有|同样的|换|再看"
                     r"|只看|只要|其中|里面|这里面|这些里|这些里面|这些当中|其中只看)[，,\s:：]*(?:是|看)?"),
}  # fmt: skip
_REWRITTEN = {
    "en": re.compile(
        r"(?:(?:then|so|well|ok|okay|please|just)[\s,]+)*(?:change|set|make|put|move|update|switch) "
        r"(?:it|that|this|him|her|them) (?:to|for|into|back to)? ?(?P<what>.+?)"
        r"(?: instead| then| please)?[.!]*", re.I),
    "zh": re.compile(
        r"(?:那就|那|还是|就|再)?(?:改成|改为|改到|换成|换到|换为|调成|调到|调为|定在|定为|定到|设成|设为)"
        r"(?P<what>.+?)(?:吧|好了|算了|了)?[。！]*"),
}  # fmt: skip
"""The last value once more, without a word of what it is: 改成160万吧."""
_KEEPS = re.compile(r"only|just|of th|among|narrow|filter|只|其中|里面|这里|这些", re.I)
_CORRECTS = re.compile(
    r"no|nope|wrong|sorry|i m|actually|rather|or r|make|oops|wait|hold|scratch|corr|it s|that s|should|change|"
    r"不|错|我|应该|改|说错|弄错|搞错|哦不|等|更正|纠正|抱歉|换成",
    re.I,
)
_ONES = re.compile(
    r"^(?:(?:the |those |these )?(?:ones?|those|these|them)\s+)?(?:(?:that|which|who) (?:are|is|have|has)\s+)?",
    re.I,
)
_TAIL = {
    "en": re.compile(r"\s*(?:then|instead|please|\?|\.)*$", re.I),
    "zh": re.compile(r"(?:的|呢|吧|吗|？|\?|。)*$"),
}
_ALONE = re.compile(r"(?P<what>[^，。！？]{1,20})呢[？?]?")
_OF_THEM = {
    "en": re.compile(
        r"(?:(?:show|list|give|tell)(?: me)? |which |what are |and )?(?:the )?(?P<rest>.+?)"
        r" of (?:them|those|these)",
        re.I),
    "zh": re.compile(r"(?:看看|列出|显示)?(?:他们|它们|这些|那些)(?:里面|当中|里|中)?(?P<rest>.+)"),
}  # fmt: skip
_HOW_MANY = {
    "en": re.compile(r"how many (?:of (?:them|these|those) )?(?:are |have )?", re.I),
    "zh": re.compile(r"有?(?:几|多少)(?:家|个|条|位|笔|张|单|项)?(?:是)?"),
}
_REDO = frozenset({"find_records", "update_records", "delete_records"})


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """How a message relates to the selection before it."""

    fragment: str
    mode: Literal["narrow", "replace"]
    corrects: bool
    """It takes back what was asked before, so that a pending write is asked for anew."""


def split_mark(text: str, lang: Literal["zh", "en"]) -> tuple[FollowUp, ...]:
    """Return the ways to read a message as a follow-up, the most marked first.

    >>> split_mark("and those in Berlin?", "en")[0].fragment
    'in Berlin'
    """
    found: list[FollowUp] = []
    rest, narrow, corrects = text.strip(), False, False
    part = _OF_THEM[lang].fullmatch(_TAIL[lang].sub("", rest))
    if part:
        found.append(FollowUp(fragment=part["rest"], mode="narrow", corrects=False))
    marked = _MARK[lang].match(rest)
    while marked:
        narrow = narrow or bool(_KEEPS.match(marked["mark"]))
        corrects = corrects or bool(_CORRECTS.match(marked["mark"]))
        rest = rest[marked.end() :]
        bare = _TAIL[lang].sub("", rest)
        bare = _ONES.sub("", bare) if lang == "en" else bare
        if bare:
            mode: Literal["narrow", "replace"] = "narrow" if narrow else "replace"
            found.insert(0, FollowUp(fragment=bare, mode=mode, corrects=corrects))
        marked = _MARK[lang].match(rest)
    alone = _ALONE.fullmatch(text.strip()) if lang == "zh" else None
    if alone:  # 韩冰呢？
        found.append(FollowUp(fragment=alone["what"], mode="replace", corrects=False))
    return tuple(found)


def meant_instead(text: str, slots: Slots, last: Sequence[ToolCall]) -> tuple[ToolCall, ...] | None:
    """Return the last write as a correction has it: "no, 50k", 改成160万吧; None if the message is none.

    Args:
        text: The message, without politeness.
        slots: The slot reader of the turn.
        last: The calls of the turn before.
    """
    said = [r.fragment for r in split_mark(text, slots.lang) if r.corrects]
    rewritten = _REWRITTEN[slots.lang].fullmatch(text.strip())
    if rewritten is not None:
        said.append(rewritten["what"])
    return corrected(said, slots, last)


def follow_up(
    text: str, slots: Slots, focus: Focus, last: Sequence[ToolCall]
) -> tuple[ToolCall, ...] | None:
    """Return the calls that a follow-up asks for, None if the message is none.

    Args:
        text: The message, without politeness.
        slots: The slot reader of the turn.
        focus: What the conversation is about.
        last: The calls of the turn before.
    """
    readings = split_mark(text, slots.lang)
    fixed = repeated(text, slots, last)
    if fixed is None:
        fixed = elliptical(text, slots, focus)
    if fixed is not None or focus.query is None:
        return fixed
    base = focus.query
    for reading in readings:
        counted = _HOW_MANY[slots.lang].match(reading.fragment)
        extra = _more(reading.fragment[counted.end() if counted else 0 :], base, slots)
        if extra is None or (extra.condition is None and not extra.sort):
            continue
        query = Query(
            entity=base.entity,
            condition=combined(base.condition, extra.condition, reading.mode),
            sort=extra.sort or base.sort,
            limit=extra.limit if extra.sort else base.limit,
        )
        calls = _again(query, reading, slots, last)
        if _OF_THEM[slots.lang].fullmatch(_TAIL[slots.lang].sub("", text.strip())):
            calls = (
                ToolCall(
                    name="find_records",
                    args={"kind": query.entity, "where": calls[0].args["where"]},
                ),
            )
        if counted and calls[0].name == "find_records":
            calls = (ToolCall(name="find_records", args={**calls[0].args, "measure": "count"}),)
        return calls
    return None


def _more(fragment: str, base: Query, slots: Slots) -> Query | None:
    """Return what a fragment says of the records; a bare period is about a date that they were chosen by."""
    try:
        return slots.query(fragment, base.entity)
    except SlotMiss:
        return _dated(fragment, base, slots)


def _dated(fragment: str, base: Query, slots: Slots) -> Query | None:
    """Read "sorry, in October" as one of the dates that the selection is about."""
    names = () if base.condition is None else sorted(terms(base.condition))
    for name in names:
        info = slots.language.vocabulary.field_of(name)
        if info is not None and info.type in {"date", "datetime"}:
            said = info.label(slots.lang)
            for joint in ("在", "") if slots.lang == "zh" else (" ", " is "):
                try:
                    return slots.query(f"{said}{joint}{fragment}", base.entity)
                except SlotMiss:
                    continue
    return None


def _again(
    query: Query, reading: FollowUp, slots: Slots, last: Sequence[ToolCall]
) -> tuple[ToolCall, ...]:
    """Ask the last call again over the new selection; a write only when the message corrects it."""
    where = slots.language.readback(query, slots.lang)
    again = next((c for c in reversed(last) if c.name in _REDO), None)
    if again is not None and (again.name == "find_records" or reading.corrects):
        return (
            ToolCall(name=again.name, args={**again.args, "kind": query.entity, "where": where}),
        )
    return (ToolCall(name="find_records", args={"kind": query.entity, "where": where}),)


def combined(
    old: Condition | None, new: Condition | None, mode: Literal["narrow", "replace"]
) -> Condition | None:
    """Return the condition after a follow-up.

    Args:
        old: The condition before.
        new: What the follow-up says.
        mode: `narrow` keeps all of the old one; `replace` drops its parts about the same terms.
    """
    if new is None:
        return old
    parts = old.args if isinstance(old, And) else () if old is None else (old,)
    if mode == "replace":
        about = terms(new)
        parts = tuple(part for part in parts if not (terms(part) & about))
    added = new.args if isinstance(new, And) else (new,)
    everything = tuple(dict.fromkeys((*parts, *added)))
    return everything[0] if len(everything) == 1 else And(args=everything)


def terms(condition: Condition) -> frozenset[str]:
    """Return what a condition is about: its field ids and the entities it aggregates over."""
    match condition:
        case And(args=args) | Or(args=args) | AtLeast(args=args):
            return frozenset().union(*(terms(arg) for arg in args))
        case Not(arg=arg) | HeldFor(arg=arg):
            return terms(arg)
        case Compare(term=term) | In(term=term) | Has(term=term) | Text(term=term):
            return frozenset({_name(term)})
        case During(term=term) | Known(term=term):
            return frozenset({_name(term)})


def _name(term: Term) -> str:
    match term:
        case Field(id=name):
            return name
        case Aggregate(over=over, field=field):
            return f"{over}:{field or ''}"
