"""Why somebody asks, said in front of it: "Nadia is leaving, give all her customers to Sofia"."""

from __future__ import annotations

import re
from collections.abc import Mapping

from agents.offline.slots import SlotMiss, Slots
from knowledge_graph.language.results import Lang

_WHO = r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?"
_SHAPES: Mapping[Lang, re.Pattern[str]] = {
    "en": re.compile(
        rf"(?:since |as |because )?(?P<who>{_WHO}(?: and {_WHO})?)"
        r"(?:['’]s| is| are| has| have| was| were| will be| will)? (?:now |just |already |also )?"
        r"(?:leaving|left|quit|quitting|resigned|retired|retiring|gone|away|off|out|sick|ill|overloaded|"
        r"too busy|busy|at capacity|back|promoted|swapping|on (?:holiday|vacation|leave|[a-z]+ leave|a trip)|"
        r"going on|moving|changing|switching)(?: [a-z][^,.;:]{0,30})?[,.;:]+\s*"
        r"(?:(?:so|and|therefore|please|can you|could you),? )*(?P<rest>.+)", re.S),
    "zh": re.compile(
        r"(?:因为|由于)?(?P<who>[\u4e00-\u9fff]{2,4}?|[A-Z]\w+(?: [A-Z]\w+)?)"
        r"(?:已经|马上|即将|下周|下个月|月底|明天|今天|要|快|将|就|刚)*"
        r"(?:离职|辞职|休假|休产假|请假|调岗|调走|转岗|走|退休|生病|出差|忙不过来|升职)了?[，,。；]\s*"
        r"(?:(?:所以|请|麻烦|帮我)[，,]?)*(?P<rest>.+)", re.S),
}  # fmt: skip
_OWNS: Mapping[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:his|her|their)\b(?= (?!to\b|from\b|as\b|and\b)[a-z])", re.I),
    "zh": re.compile(r"(?:他|她)(?=的|名下|手上|手里|负责)"),
}  # fmt: skip


def without_preamble(text: str, slots: Slots) -> str:
    """Return a message without the reason in front of it; "her customers" become those of whom it spoke.

    Args:
        text: The message.
        slots: The slot reader of the turn.

    Returns:
        The message itself when it begins otherwise, or with somebody who is none of our people.
    """
    found = _SHAPES[slots.lang].fullmatch(text.strip())
    if found is None:
        return text
    people = re.split(r" and ", found["who"])
    try:
        for person in people:
            slots.assignee(person)
    except SlotMiss:
        return text
    if len(people) > 1:
        return found["rest"]
    return of_person(found["rest"], found["who"], slots.lang)


def of_person(text: str, who: str, lang: Lang) -> str:
    """Return a text in which "her customers" are those of the person just spoken of.

    >>> of_person("give all her customers to Raj", "Nadia", "en")
    "give all Nadia's customers to Raj"
    """
    return _OWNS[lang].sub(f"{who}'s" if lang == "en" else who, text)
