"""Orders that hang on what is there: "if Raj has more than 5 leads, …", "… to whoever has the fewest tasks".

Such an order takes two steps: a look (a read), then the order as the look has it. What lies ahead ("once they
sign") cannot be looked at and stays a restraint.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agents.model import CallResult, ToolCall
from agents.offline.preambles import of_person
from agents.offline.slots import SlotMiss, Slots
from agents.offline.texts import say
from knowledge_graph.expression.nodes import Query
from knowledge_graph.language.results import Lang
from tools.outcomes import Focus, ToolOk

_OPS = {
    "more than": "gt", "over": "gt", "above": "gt", "at least": "ge", "fewer than": "lt", "less than": "lt",
    "under": "lt", "below": "lt", "at most": "le", "no more than": "le", "exactly": "eq", "any": "some",
    "some": "some", "a": "some", "an": "some", "no": "none", "超过": "gt", "多于": "gt", "大于": "gt",
    "至少": "ge", "不少于": "ge", "不到": "lt", "少于": "lt", "不超过": "le", "最多": "le", "没有": "none",
}  # fmt: skip
_EN_OP = (
    "more than|over|above|at least|fewer than|less than|under|below|at most|no more than|exactly|"
    "any|some|an?|no"
)
_ZH_OP = "超过|多于|大于|至少|不少于|不到|少于|不超过|最多"
_IF: Mapping[Lang, re.Pattern[str]] = {
    "en": re.compile(
        r"(?:please )?if (?P<cond>.+?),\s*(?:then )?(?P<do>.+?)"
        r"(?:[.;,]\s*(?:otherwise|else|if not),?\s*(?P<other>.+?))?[.!]*", re.I | re.S),
    "zh": re.compile(
        r"(?:如果|要是|若|假如)(?P<cond>.+?)[，,](?:就|那就|则|那么)?(?P<do>.+?)"
        r"(?:[，,；;。]\s*(?:否则|不然|要不然)(?:就)?[，,]?(?P<other>.+?))?[。！]*", re.S),
}  # fmt: skip
_HAS: Mapping[Lang, tuple[re.Pattern[str], ...]] = {
    "en": (
        re.compile(
            rf"there (?:is|are) (?:(?P<op>{_EN_OP}) )?(?P<n>\d+ )?(?P<what>.+)", re.I),
        re.compile(
            rf"(?P<who>.+?) (?:has|have|owns|own|is responsible for) (?:got )?(?:(?P<op>{_EN_OP}) )?"
            r"(?P<n>\d+ )?(?P<what>.+)", re.I),
    ),
    "zh": (
        re.compile(
            rf"(?P<who>.+?)(?:名下|手上|手里)?(?:的)?(?:有|负责)(?P<op>{_ZH_OP})?(?P<n>\d+)"
            r"(?:个|条|家|位|笔|张)(?P<up>以上)?的?(?P<what>.+)"),
        re.compile(rf"(?P<what>.+?)(?P<op>{_ZH_OP})(?P<n>\d+)(?:个|条|家|位|笔|张)?"),
        re.compile(r"(?P<op>没有)(?P<what>.+?)"),
    ),
}  # fmt: skip
_MOST: Mapping[Lang, re.Pattern[str]] = {
    "en": re.compile(
        r"(?:whoever|"
        r"(?:the )?(?:person|colleague|employee|sales ?rep|rep|salesperson|teammate|one)(?: who| that)?)"
        r" (?:with|has|having|have) (?:the )?(?P<sup>fewest|least|most|smallest number of|lowest number of|"
        r"highest number of|largest number of) (?P<what>[a-z' -]+?)"
        r"(?=[.,;?!]|$| as | and | in the | to take | (?-i:[A-Z]))", re.I),
    "zh": re.compile(r"(?P<what>[\u4e00-\u9fff]{2,20}?)最(?P<sup>少|多)的(?:那个|那位)?(?:人|同事|销售|员工)"),
}  # fmt: skip
_SUPERLATIVES = {"fewest": "fewest", "least": "fewest", "smallest number of": "fewest",
                 "lowest number of": "fewest"}  # fmt: skip
_FIND_AND = re.compile(
    r"(?:find|identify|work out|figure out|see|check)(?: out)? (?:who is )?(?P<ref>@\w+:\S+?) and (?P<rest>.+)",
    re.I | re.S,
)
_TO_THEM = re.compile(r"\bto (?:them|him|her|that person)\b", re.I)
_HANDS = re.compile(r".*[给由让把将到]")


@dataclass(frozen=True, kw_only=True)
class Look:
    """What is looked at before the order, and how the order reads then."""

    call: ToolCall
    op: str
    n: int
    do: str
    other: str = ""
    particular: bool = True
    """The condition is about somebody by name: a rule speaks of any."""


def look(text: str, slots: Slots) -> Look | None:
    """Return what an order has to look at first, None if it hangs on nothing that can be looked at.

    Args:
        text: The message, without politeness.
        slots: The slot reader of the turn.
    """
    return _condition(text, slots) or _superlative(text, slots)


def order(found: Look, results: Sequence[CallResult]) -> str:
    """Return the order as the look has it, "" when nothing is to be done."""
    seen = results[-1].result
    if not isinstance(seen, ToolOk):
        return ""
    if found.op == "who":
        refs = seen.focus.refs if seen.focus else ()
        return found.do.format(who=f"@{refs[0]}") if refs else ""
    count = seen.data.get("count") if seen.data else None
    holds = isinstance(count, int) and _holds(found.op, count, found.n)
    return found.do if holds else found.other


def focus_of(results: Sequence[CallResult], before: Focus) -> Focus:
    """Return what the look was about: "reassign them" means these."""
    seen = results[-1].result
    return seen.focus if isinstance(seen, ToolOk) and seen.focus is not None else before


def nothing_done(lang: Lang) -> str:
    """Return the text for a condition that does not hold."""
    return say("not_so", lang)


def _holds(op: str, count: int, n: int) -> bool:
    return {
        "gt": count > n, "ge": count >= n, "lt": count < n, "le": count <= n, "eq": count == n,
        "some": count > 0, "none": count == 0,
    }[op]  # fmt: skip


def _condition(text: str, slots: Slots) -> Look | None:
    found = _IF[slots.lang].fullmatch(text.strip())
    if found is None:
        return None
    for shape in _HAS[slots.lang]:
        said = shape.fullmatch(found["cond"].strip())
        if said is None:
            continue
        parts = said.groupdict()
        op, n = _counted(parts)
        query = _records(parts.get("who") or "", parts["what"], slots)
        if query is None or not op:
            continue
        who, call = parts.get("who") or "", _counting(query, slots)
        if who and not _is_somebody(who, slots):
            continue
        do, other = (of_person(p or "", who, slots.lang) if who else p or ""
                     for p in (found["do"], found["other"]))  # fmt: skip
        return Look(call=call, op=op, n=n, do=do, other=other, particular=bool(who))
    return None


def _is_somebody(who: str, slots: Slots) -> bool:
    for named in (slots.assignee, slots.record):
        try:
            named(who)
        except SlotMiss:
            continue
        return True
    return False


def _counted(parts: Mapping[str, str | None]) -> tuple[str, int]:
    """Return the comparison and its number; no comparison for a wording that has none or half of one."""
    op = _OPS.get((parts.get("op") or "").lower(), "")
    number = (parts.get("n") or "").strip()
    if parts.get("up"):
        op = "ge"
    if op in {"some", "none"}:
        return ("", 0) if number else (op, 0)
    if not number:
        return "", 0
    return op or "eq", int(number)


def _records(who: str, what: str, slots: Slots) -> Query | None:
    en = slots.lang == "en"
    words = f"{who}'s {what}" if en and who else f"{who}的{what}" if who else what
    try:
        return slots.query(words)
    except SlotMiss:
        return None


def _counting(query: Query, slots: Slots) -> ToolCall:
    where = slots.language.readback(query, slots.lang)
    args = {"kind": query.entity, "where": where, "measure": "count"}
    return ToolCall(name="find_records", args=args)


def _superlative(text: str, slots: Slots) -> Look | None:
    found = _MOST[slots.lang].search(text)
    if found is None:
        return None
    if slots.lang == "en":
        most = _SUPERLATIVES.get(found["sup"].lower(), "most")
        words, start = f"the employee with the {most} {found['what']}", found.start()
    else:
        lead = _HANDS.match(found["what"])
        start = found.start() + (lead.end() if lead else 0)
        words = f"{text[start : found.end('what')]}最{found['sup']}的同事"
    try:
        query = slots.query(words, None)
    except SlotMiss:
        return None
    if query.entity != "employee" or not query.sort:
        return None
    where = slots.language.readback(replace(query, limit=1), slots.lang)
    call = ToolCall(name="find_records", args={"kind": "employee", "where": where})
    before, after = (
        part.replace("{", "{{").replace("}", "}}") for part in (text[:start], text[found.end() :])
    )
    told = _FIND_AND.fullmatch(f"{before}@who:x{after}".strip())
    if told is not None:
        return Look(call=call, op="who", n=0, do=_TO_THEM.sub("to {who}", told["rest"]))
    return Look(call=call, op="who", n=0, do=f"{before}{{who}}{after}")
