"""What a question is about: whom it names, what sort of contact, and the rest of its words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge_graph.language.names import NameIndex
from knowledge_graph.ontology.record import RecordRef
from tools.recall.relevance import CODE

_PARTIES = frozenset({"account", "contact", "lead", "opportunity"})
_PEOPLE = frozenset({"employee"})
_MOST = 3
"""A name that stands for more records is no lead to any of them."""
_TYPES = (
    ("email", r"\be-?mails?\b|\bmails?\b|邮件|来信|信里|邮箱"),
    ("call", r"\bcalls?\b|\bcalled\b|\bphoned?\b|\bon the phone\b|电话|通话|来电"),
    ("meeting", r"\bmeetings?\b|\bmet\b|会议|开会|会上|见面"),
    ("visit", r"\bvisits?\b|\bvisited\b|拜访|来访|走访"),
    ("message", r"\bmessages?\b|\bchats?\b|\bwe ?chat\b|\bwhatsapp\b|微信|短信|聊天|消息"),
    ("note", r"\bnotes?\b|备注|笔记"),
)
_NEWEST = re.compile(
    r"\b(?:last|latest|newest|most recent|recent|recently|lately)\b"
    r"|最近一次|最近|上次|上一次|上一封|最新|最后一次|最后|近期|刚刚",
    re.I,
)
_SAYING = re.compile(
    r"\b(?:did|does|do|has|have|had|what|which|when|wrote|written|write|writes|say|said|says|tell|told|mention|mentioned|"
    r"talk|talked|speak|spoke|discuss|discussed|report|reported|about|us|we|with|their|there|them|they|hear|heard|from|"
    r"contact|contacted|conversation|communication|interaction|content|contents)\b|"
    r"说了|说过|说|写了|写|提到|提过|提了|谈了|谈到|谈|聊了|聊|讲了|讲|内容|什么|联系|沟通|发来|发了|里面|一封|一次|的|里|中|我们|跟|和|与|时候|时|客户",
    re.I,
)

_BRAND = re.compile(
    r"(?<![A-Za-z])[A-Z][a-z]+[A-Z][A-Za-z]*|(?<=[\s\u3400-\u9fff])[A-Z][A-Za-z]{2,}"
)
"""A word written as a name."""
_WORD = re.compile(r"[A-Za-z\d][A-Za-z\d./-]*|[\u3400-\u9fff]{2,}")


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A question taken apart."""

    parties: tuple[RecordRef, ...]
    """The customers, people at customers and sales that it names."""
    personal: bool
    """It names a customer or a person: what was said with them comes before documents."""
    rest: str
    """The question without the names of records."""
    plain: str
    """The rest without words of time, of sorts of contact and of saying: what is asked about."""
    types: frozenset[str]
    """The sorts of contact it speaks of."""
    newest: bool
    """It asks for the last one."""


def subject_of(question: str, names: NameIndex, about: RecordRef | None) -> Subject:
    """Return what a question is about.

    Args:
        question: In the user's words.
        names: The names of the workspace's records.
        about: The record that the caller names.
    """
    rest, personal = question, False
    parties: list[RecordRef] = []
    for span in reversed(names.spans(question)):
        refs = tuple(dict.fromkeys(m.entry.ref for m in span.matches))
        mine = [r for r in refs if r.kind in _PARTIES]
        people = any(r.kind in _PARTIES | _PEOPLE for r in refs)
        if not mine and not people and not any(r.kind == "product" for r in refs):
            continue
        rest = f"{rest[: span.start]} {rest[span.end :]}"
        personal = personal or people
        parties = [*(mine if len(mine) <= _MOST else []), *parties]
    if not parties:
        rest, parties = _by_part_of_name(rest, names)
        personal = personal or bool(parties)
    rest = _without_products(question, rest, names)
    types = frozenset(name for name, pattern in _TYPES if re.search(pattern, rest, re.I))
    plain = _NEWEST.sub(" ", rest)
    for name, pattern in _TYPES:
        plain = re.sub(pattern, " ", plain, flags=re.I) if name in types else plain
    return Subject(
        parties=(about,) if about else tuple(dict.fromkeys(parties)),
        personal=personal or (about is not None and about.kind in _PARTIES),
        rest=rest,
        plain=_SAYING.sub(" ", plain),
        types=types,
        newest=_NEWEST.search(rest) is not None,
    )


def _by_part_of_name(rest: str, names: NameIndex) -> tuple[str, list[RecordRef]]:
    """Return the rest and the one customer that a word written as a name is part of the name of."""
    for match in _BRAND.finditer(rest):
        found = [m.entry.ref for m in names.containing(match.group())]
        refs = tuple(dict.fromkeys(r for r in found if r.kind == "account"))
        if any(r.kind == "product" for r in found):
            continue
        if len(refs) == 1:
            return f"{rest[: match.start()]} {rest[match.end() :]}", list(refs)
    return rest, []


def _without_products(question: str, rest: str, names: NameIndex) -> str:
    """Return what is left of a question when the words of the products that it names are taken out."""
    named = {m.group() for pattern in (CODE, _BRAND) for m in pattern.finditer(question)}
    words = {w.lower() for w in named if CODE.fullmatch(w)}
    for word in named:
        products = [m for m in names.containing(word) if m.entry.ref.kind == "product"]
        for match in products[:_MOST]:
            words |= {w.lower() for w in _WORD.findall(match.entry.name)}
    kept = _WORD.sub(lambda m: " " if m.group().lower() in words else m.group(), rest)
    return CODE.sub(" ", kept)
