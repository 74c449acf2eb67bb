"""What may be said instead of words that are unknown or vague, or a number without its unit: the nearest three.

Offers are ranked by spelling and never linked: the author says the sentence again.
"""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz import fuzz, process

from knowledge_graph.language.dictionary import Dictionary, Names
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.spelling import folded, is_cjk
from knowledge_graph.language.vocabulary import Vocabulary

MOST = 3
_LEAST_LIKE = 50.0
"""Of 100; below it a term has little more than a letter in common."""
_AROUND = 5
"""Characters on either side of an unknown Chinese word that may belong to it."""
_TIMES = frozenset({
    "最近", "近期", "近来", "很久", "好久", "长期", "不久", "太久", "一段时间", "马上", "快要", "快", "即将",
    "recently", "recent", "lately", "soon", "long", "shortly", "a while", "for a while", "a long time",
    "long time", "for long", "long ago",
})  # fmt: skip


def near_unknown(r: Reading, word: str, vocabulary: Vocabulary) -> tuple[str, tuple[str, ...]]:
    """Return the phrase that an unknown word belongs to, and the three terms that are spelt most like it.

    Args:
        r: The sentence.
        word: The piece that nobody knows.
        vocabulary: The terms.

    Returns:
        The phrase (the word itself where nothing is near) and at most three terms, the nearest first.
    """
    terms = [t for t in _terms(vocabulary) if r.lang == "zh" or not any(map(is_cjk, t))]
    if folded(word) in terms:
        return word, ()  # it is known, and stands where it is not understood
    best: dict[str, float] = {}
    phrase, top = word, 0.0
    for window in _windows(r.lattice.text, word):
        for term, score, _ in process.extract(
            folded(window), terms, scorer=fuzz.ratio, limit=MOST, score_cutoff=_LEAST_LIKE
        ):
            if term == folded(window):
                continue
            best[term] = max(best.get(term, 0.0), score)
            if score > top:
                phrase, top = window, score
    ranked = sorted(best, key=lambda term: -best[term])
    return phrase, tuple(ranked[:MOST])


def _windows(text: str, word: str) -> Iterator[str]:
    at = text.find(word)
    yield word
    if at < 0:
        return
    end = at + len(word)
    if is_cjk(word[0]):
        for left in range(_AROUND):
            for right in range(_AROUND):
                piece = text[max(0, at - left) : end + right]
                if all(is_cjk(char) for char in piece):
                    yield piece
        return
    before, after = text[:at].split(" ")[-2:-1], text[end:].split(" ")[1:2]
    yield " ".join([*before, word])
    yield " ".join([word, *(w.strip(",.;:") for w in after)])


def _terms(vocabulary: Vocabulary) -> list[str]:
    dictionary = vocabulary.dictionary
    sections = (
        dictionary.roles, dictionary.pools, dictionary.templates, dictionary.data_sources, dictionary.events,
        {k: a for k, a in dictionary.actions.items() if a.governance != "forbidden"}, dictionary.states,
    )  # fmt: skip
    named = [folded(w) for section in sections for term in section.values() for w in term.names.all]
    return list(dict.fromkeys([*vocabulary.terms, *named]))


def near_vague(r: Reading, word: str) -> tuple[str, ...]:
    """Return three ways to say a vague word: periods, groups of customers, or ends of a named number.

    Args:
        r: The sentence.
        word: The vague word.
    """
    if word.casefold() in _TIMES:
        zh, en = ("近7天", "近30天", "近90天"), ("last 7 days", "last 30 days", "last 90 days")
        return zh if r.lang == "zh" else en
    if word.endswith(("客户", "customer", "customers", "account", "accounts")):
        return _groups(r.vocabulary.dictionary, word, r.lang)
    return tuple(_ends(r))[:MOST] or _groups(r.vocabulary.dictionary, word, r.lang)


def _groups(dictionary: Dictionary, word: str, lang: str) -> tuple[str, ...]:
    """Return the groups that the dictionary has: defined words, pools and tiers, the nearest first."""
    tiers = dictionary.fields.get("customer.tier")
    names = [s.names for s in dictionary.states.values() if s.condition is not None]
    names += [pool.names for pool in dictionary.pools.values()]
    names += list(tiers.values.values()) if tiers else []
    labels = [label for n in names if (label := _label(n, lang))]
    found = process.extract(word, labels, scorer=fuzz.ratio, limit=MOST)
    return tuple(label for label, _, _ in found)


def _ends(r: Reading) -> Iterator[str]:
    seen: dict[str, None] = {}
    for at in sorted(r.lattice.edges):
        for info, _ in r.named_fields(at):
            if info.type in {"money", "number", "integer", "ratio", "days", "hours"}:
                seen.setdefault(_label(info.names, r.lang))
    for name in seen:
        yield from (
            (f"{name}低于……", f"{name}高于……")
            if r.lang == "zh"
            else (f"{name} below …", f"{name} above …")
        )


def _label(names: Names, lang: str) -> str:
    return ((names.zh if lang == "zh" else names.en) or names.all or ("",))[0]


def units_of(value: str, lang: str) -> tuple[str, ...]:
    """Return a bare number of a time with each unit that it may have."""
    if lang == "zh":
        return tuple(f"{value}{unit}" for unit in ("天", "周", "个月"))
    return tuple(f"{value} {unit}" for unit in ("days", "weeks", "months"))
