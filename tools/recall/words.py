"""Content words, what means the same in both languages, and how much of a question's words a text has."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_TOKEN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9][a-z0-9.+/-]*[a-z0-9]|[a-z0-9]")
_STOP_EN = frozenset({
    "a", "an", "the", "of", "in", "on", "at", "to", "by", "for", "from", "with", "and", "or", "not", "no",
    "is", "are", "was", "were", "be", "been", "being", "am", "do", "does", "did", "has", "have", "had",
    "it", "its", "this", "that", "these", "those", "he", "she", "his", "her", "him", "they", "them",
    "their", "we", "our", "us", "you", "your", "i", "me", "my", "mine", "there", "here", "what", "which",
    "who", "whom", "whose", "when", "where", "why", "how", "much", "many", "long", "often", "any", "some",
    "all", "each", "every", "as", "if", "so", "than", "then", "can", "could", "will", "would", "shall",
    "should", "may", "might", "must", "about", "into", "over", "under", "out", "up", "down", "also",
    "please", "tell", "say", "said", "know", "anything", "something", "get", "got", "give", "per",
    "there's", "what's", "far", "fast", "soon", "offer", "time", "thing", "things", "one", "once",
    "find", "anyone", "anybody", "ever", "exactly", "s", "t", "re", "ve", "ll", "m", "d",
})  # fmt: skip
_STOP_ZH = re.compile(
    r"什么|怎么样|怎么|怎样|如何|多少|多久|多长|多大|哪些|哪个|哪里|哪家|哪天|为什么|是否|有没有|能不能|可不可以|可以|请问|请|告诉|一下|"
    r"我们|你们|他们|她们|它们|这个|那个|这款|那款|这些|那些|如果|或者|以后|还是|应该|没有|"
    r"吗|呢|吧|的|了|是|在|有|和|与|对|给|把|被|就|都|也|要|会|能|几|没|还|再|得|多|啥|"
    r"我|你|他|她|它|这|那|说|过|着|到|从|上|里|及|或|为|之|其|个|款|台|家|张|次|天|年|月|日|内|后|前|时|不|做|下来|公司|时间|日期|情况|东西|事情"
)
_UNITS = (
    ("=weight", re.compile(r"\d\s*(?:kg|t|吨|公斤|千克)(?![a-z])")),
    ("=temperature", re.compile(r"°\s?c(?![a-z])|摄氏")),
    (
        "=price",
        re.compile(
            r"\d\s*(?:万|亿)?(?:元|美元|欧元|euros?|eur|usd|cny|dollars?)(?![a-z])|[€$¥£]\s?\d"
        ),
    ),
    ("=percent", re.compile(r"\d\s*%|百分之")),
    ("=noise", re.compile(r"\d\s*db(?![a-z])|分贝")),
    ("=size", re.compile(r"\d[\s-]*(?:mm|cm|m|inch(?:es)?|毫米|厘米|米)(?![a-z])")),
    ("=power", re.compile(r"\d\s*(?:kw|mw|w|千瓦|瓦)(?![a-z])")),
)
"""What an amount is of can be seen from its unit."""
_CJK = re.compile(r"[\u3400-\u9fff]")
_SYNONYMS = Path(__file__).parent / "data" / "synonyms.txt"


_LEFT_OVER = 0.5


@dataclass(frozen=True, kw_only=True)
class Synonyms:
    """Groups of words that mean the same, in both languages."""

    english: Mapping[str, tuple[str, ...]]
    """Groups by stem."""
    chinese: Mapping[str, tuple[str, ...]]
    """Groups by word."""
    pattern: re.Pattern[str]
    """Finds the Chinese words, longest first."""


@lru_cache(maxsize=1)
def synonyms(path: Path = _SYNONYMS) -> Synonyms:
    """Return the shipped groups; read once."""
    english: dict[str, list[str]] = {}
    chinese: dict[str, list[str]] = {}
    lines = path.read_text("utf-8").splitlines()
    groups = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    for group in groups:
        for word in group:
            if _CJK.match(word):
                chinese.setdefault(word, []).append(f"={group[0]}")
            else:
                english.setdefault(_stem(word), []).append(f"={group[0]}")
    longest = sorted(chinese, key=lambda w: (-len(w), w))
    return Synonyms(
        english={k: tuple(dict.fromkeys(v)) for k, v in english.items()},
        chinese={k: tuple(dict.fromkeys(v)) for k, v in chinese.items()},
        pattern=re.compile("|".join(map(re.escape, longest))),
    )


def is_chinese(text: str) -> bool:
    """Return whether a text has Chinese characters."""
    return _CJK.search(text) is not None


def content_words(text: str) -> tuple[str, ...]:
    """Return the words of a text that carry meaning: English stems, Chinese pairs, codes, numbers.

    >>> content_words("How long is the warranty of SG110CX?")
    ('warranty', 'sg110cx')
    >>> content_words("逆变器的质保期是多久？")
    ('逆变', '变器', '质保', '保期')
    """
    return tuple(dict.fromkeys(w for token in _tokens(text) for w in _words(token)))


def terms(text: str) -> frozenset[str]:
    """Return the words of a text and the groups of synonyms that they belong to.

    >>> sorted(terms("净重 85 kg") & terms("how heavy"))
    ['=weight']
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    found = {name for name, unit in _UNITS if unit.search(folded)}
    known = synonyms()
    for token in _TOKEN.findall(folded):
        found.update(_words(token))
        if _CJK.match(token):
            for start in range(len(token)):
                match = known.pattern.match(token, start)
                found.update(known.chinese[match[0]] if match else ())
        else:
            found.update(known.english.get(_stem(token), ()))
    return frozenset(found)


def asked(question: str) -> tuple[frozenset[str], ...]:
    """Return what a question asks for: for each of its words, the terms of which a text needs one.

    >>> [sorted(u) for u in asked("净重是多少？")]
    [['=weight', '净重']]
    """
    known = synonyms()
    found: list[frozenset[str]] = []
    for token in _tokens(question):
        if _CJK.match(token):
            found += _asked_chinese(token, known)
        elif token not in _STOP_EN:
            found.append(frozenset({_stem(token), *known.english.get(_stem(token), ())}))
    return tuple(dict.fromkeys(found))


def _asked_chinese(token: str, known: Synonyms) -> Iterator[frozenset[str]]:
    """Yield the units of a Chinese run: known words whole, the rest in pairs."""
    at = 0
    for match in known.pattern.finditer(token):
        for pair in _words(token[at : match.start()]):
            yield frozenset({pair})
        own = {match[0]} if len(match[0]) <= 2 else set()
        yield frozenset({*known.chinese[match[0]], *own})
        at = match.end()
    for pair in _words(token[at:]):
        yield frozenset({pair})


def _tokens(text: str) -> Iterator[str]:
    """Yield the runs of one script."""
    yield from _TOKEN.findall(unicodedata.normalize("NFKC", text).lower())


def _words(token: str) -> Iterator[str]:
    """Yield the words of a run."""
    if not token:
        return
    if not _CJK.match(token):
        if token not in _STOP_EN:
            yield _stem(token)
        return
    for run in filter(None, _STOP_ZH.split(token)):
        if len(run) == 1:
            yield run
        else:
            yield from (run[i : i + 2] for i in range(len(run) - 1))


def _stem(word: str) -> str:
    """Return an English word without its commonest endings."""
    if not word.isalpha() or len(word) < 4:
        return word
    for end, instead in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
        if word.endswith(end) and not word.endswith("ss") and len(word) - len(end) >= 3:
            stem = word[: -len(end)] + instead
            return stem[:-1] if stem[-1:] == "e" else stem
    return word.removesuffix("e")


def weights(texts: Iterable[str]) -> Mapping[str, float]:
    """Return how telling each term is among these texts: rare ones weigh more."""
    counts: Counter[str] = Counter()
    total = 0
    for text in texts:
        counts.update(terms(text))
        total += 1
    return {w: math.log(1 + total / n) for w, n in counts.items()}


def coverage(
    units: Iterable[frozenset[str]], has: frozenset[str], weight: Mapping[str, float]
) -> float:
    """Return the share, 0..1, of a question's words that a text has, by weight.

    Args:
        units: From `asked`.
        has: The `terms` of the text.
        weight: How telling each term is; a word that no text has weighs as much as the rarest.
    """
    rare = max(weight.values(), default=1.0)
    got = total = 0.0
    for unit in units:
        # the commonest of the alternatives says how telling the word is
        value = min((weight[t] for t in unit if t in weight), default=rare)
        if all(len(t) == 1 for t in unit):  # a left-over character may be half of another word
            value *= _LEFT_OVER
        total += value
        got += value if not unit.isdisjoint(has) else 0.0
    return got / total if total else 0.0
