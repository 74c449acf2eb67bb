"""Records that may be the same person or organisation: found, scored, proposed, never merged by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import lazy_pinyin
from rapidfuzz import fuzz

from knowledge_graph.ontology.record import RecordRef
from tools.transfer.directory import Card
from tools.transfer.drafting import normal_name

_COMPARED = frozenset({"account", "contact", "lead"})
_SUFFIXES = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|集团公司|集团|公司)|"
    r"\b(incorporated|inc|limited|ltd|llc|gmbh|corporation|corp|company|co|group|plc|ag|bv|sa|pte|holdings?)\b"
)
_PLACES = re.compile(
    r"[（(][^（）()]{1,8}[)）]|^(广东|江苏|浙江|山东|河南|河北|湖南|湖北|四川|安徽|福建|江西|陕西|辽宁)?省?"
    r"(深圳|广州|北京|上海|天津|重庆|石家庄|沈阳|苏州|杭州|南京|武汉|成都|西安|合肥|无锡|常州|宁波|青岛|厦门|长沙|郑州|东莞|佛山)?市?"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ENOUGH = 88.0
_MOST_IN_BLOCK = 200


@dataclass(frozen=True, kw_only=True)
class Duplicate:
    """Two records that may be one; a person decides."""

    first: RecordRef
    second: RecordRef
    first_name: str
    second_name: str
    score: float
    """0..1."""
    reasons: tuple[str, ...]
    """email, phone, code, name, similar_name, sound."""


def find_duplicates(cards: Iterable[Card], fresh: frozenset[RecordRef]) -> tuple[Duplicate, ...]:
    """Return pairs of records that may be the same, likeliest first.

    Args:
        cards: All records of the workspace that are compared.
        fresh: Only pairs with one of these are looked for: the records just imported.

    Returns:
        Each pair once; names alone count for persons only within one organisation.
    """
    blocks: dict[tuple[str, str, str], list[Card]] = {}
    for card in cards:
        if card.ref.kind in _COMPARED:
            for key in _block_keys(card):
                blocks.setdefault(key, []).append(card)
    found: dict[tuple[RecordRef, RecordRef], Duplicate] = {}
    for block in blocks.values():
        for first, second in _pairs(block[:_MOST_IN_BLOCK], fresh):
            pair = (first.ref, second.ref) if first.ref < second.ref else (second.ref, first.ref)
            if pair not in found:
                verdict = compare(first, second)
                if verdict is not None:
                    found[pair] = verdict
    return tuple(sorted(found.values(), key=lambda d: (-d.score, d.first, d.second)))


def _pairs(block: list[Card], fresh: frozenset[RecordRef]) -> Iterable[tuple[Card, Card]]:
    for i, first in enumerate(block):
        for second in block[i + 1 :]:
            if first.ref in fresh or second.ref in fresh:
                yield first, second


def _block_keys(card: Card) -> Iterable[tuple[str, str, str]]:
    kind = "person" if card.ref.kind != "account" else "account"
    if card.email:
        yield kind, "email", card.email
    if len(card.phone) >= 7:
        yield kind, "phone", card.phone
    if card.code:
        yield kind, "code", card.code
    core = core_name(card.name) if kind == "account" else normal_name(card.name)
    if core:
        sound = by_sound(core)
        yield kind, "sound", sound[:6]
        words = sound.split() if kind == "person" else []
        if len(words) > 1:
            yield kind, "last", words[-1]


def compare(first: Card, second: Card) -> Duplicate | None:
    """Return the verdict on two records, None when they are not likely the same.

    Args:
        first: One record.
        second: Another of the same sort.

    Returns:
        The pair with its score and reasons.
    """
    reasons = [
        name
        for name, a, b in (
            ("email", first.email, second.email),
            ("phone", first.phone, second.phone),
            ("code", first.code, second.code),
        )
        if a and a == b
    ]
    person = first.ref.kind != "account"
    name_reason, likeness = _names(first.name, second.name, person)
    apart = bool(first.email and second.email and first.email != second.email)
    same_place = first.account == second.account or not (first.account and second.account)
    score = 0.0
    if reasons:
        score = 0.75 + 0.25 * likeness if "phone" not in reasons or likeness > 0.5 else 0.0
    elif name_reason and (not person or (same_place and first.account)):
        score = likeness * (0.8 if apart else 0.92)
    if name_reason:
        reasons.append(name_reason)
    if score < 0.7 or first.ref.kind != second.ref.kind:
        return None
    return Duplicate(
        first=first.ref, second=second.ref, first_name=first.name, second_name=second.name,
        score=round(min(score, 1.0), 2), reasons=tuple(reasons),
    )  # fmt: skip


def _names(first: str, second: str, person: bool) -> tuple[str, float]:
    a, b = (normal_name(n) if person else core_name(n) for n in (first, second))
    if not a or not b:
        return "", 0.0
    if not person and _apart(first, second):
        return "", 0.0
    if a == b:
        return "name", 1.0
    if _HAN.search(a) and _HAN.search(b) and len(a) <= 6 and len(a) != len(b):
        return "", 0.0
    sounds = by_sound(a), by_sound(b)
    if sounds[0].replace(" ", "") == sounds[1].replace(" ", ""):
        return "sound", 0.95
    likeness = fuzz.ratio(a, b) if person or _HAN.search(a) else fuzz.token_sort_ratio(a, b)
    reversed_ = person and sorted(a.split()) == sorted(b.split())
    if likeness >= _ENOUGH or reversed_:
        return "similar_name", max(likeness, 95.0 if reversed_ else 0.0) / 100
    return "", likeness / 100


def _apart(first: str, second: str) -> bool:
    """Return whether two organisations name different places: two hospitals of one number, two branches."""
    places = tuple(_PLACES.match(normal_name(name)) for name in (first, second))
    words = {m.group(0).rstrip("市") for m in places if m is not None and m.group(0)}
    return len(words) > 1


@lru_cache(maxsize=65_536)
def core_name(name: str) -> str:
    """Return the name of an organisation without legal form and place.

    >>> core_name("苏州晶能光伏科技有限公司"), core_name("Acme Corp.")
    ('晶能光伏科技', 'acme')
    """
    text = normal_name(name)
    bare = _SUFFIXES.sub(" ", text)
    bare = re.sub(r"[^\w\s()（）]", " ", bare)
    placed = _PLACES.sub("", bare.strip())
    return " ".join((placed if len(placed.strip()) >= 2 else bare).split())


@lru_cache(maxsize=65_536)
def by_sound(text: str) -> str:
    """Return a name in Latin letters, Chinese by pinyin.

    >>> by_sound("李薇")
    'li wei'
    """
    return " ".join(" ".join(lazy_pinyin(text)).split()) if _HAN.search(text) else text
