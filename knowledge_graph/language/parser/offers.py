"""What a question back offers for words that were not understood: values, fields and names near them."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge_graph.language import coverage
from knowledge_graph.language.parser import questions
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.results import Ask, Choice
from knowledge_graph.language.spelling import folded, is_cjk
from knowledge_graph.language.vocabulary import FieldInfo, kind_of

_MOST = 5
_NEGATIVES = ("un", "non-", "non", "not-", "in", "dis", "未", "非", "没", "不")
"""Prefixes that turn a value into its opposite: "unpaid" is offered as "not paid", never read as it."""


def unknown(r: Reading, words: tuple[str, ...], entities: tuple[str, ...]) -> Ask:
    """Return the question about words that nobody knows.

    Args:
        r: The sentence.
        words: The words, in order.
        entities: The entities that the sentence speaks of.
    """
    for size in range(len(words), 0, -1):
        said = (" " if words[0].isascii() else "").join(words[:size])
        choices = tuple(dict.fromkeys(_values_with(r, said, entities)))[:_MOST]
        if choices:
            return _did_you_mean(r, said, choices)
    word = words[0]
    choices = tuple(_opposites(r, word, entities))[:_MOST]
    if choices:
        return _did_you_mean(r, word, choices)
    names = r.vocabulary.names
    kinds = _kinds(r, entities)
    near = (names.lookup(word) or names.containing(word, kinds)) if len(word) > 1 else ()
    if near:
        return questions.ambiguous_name(r, word, near, sure=False)
    offers = coverage.nearest_terms(word, r.vocabulary)
    return _not_known(r, words, tuple(Choice(label=offer, text=offer) for offer in offers))


def misplaced(r: Reading, words: tuple[str, ...], furthest: int, entities: tuple[str, ...]) -> Ask:
    """Return the question about words that are known but do not fit, such as a field of another kind."""
    listed = ("、" if r.lang == "zh" else ", ").join(words)
    info = _field_near(r, furthest)
    if info is not None and entities and _is_foreign(r, furthest, entities):
        field, kind = info.label(r.lang), r.vocabulary.label(entities[0], r.lang)
        owner = ("、" if r.lang == "zh" else ", ").join(_owners(r, furthest))
        return questions.ask(
            r,
            "unknown_term",
            zh=f"{kind}没有“{field}”；{owner}有。",
            en=f"A {kind} has no “{field}”; that is kept for: {owner}.",
            about=words,
        )
    return questions.ask(
        r,
        "unknown_term",
        zh=f"“{listed}”在这里没有看懂，请换个说法。",
        en=f"I could not fit “{listed}” into the request. Please say it another way.",
        about=words,
    )


def _kinds(r: Reading, entities: tuple[str, ...]) -> frozenset[str] | None:
    """Return the kinds that records of the entity point to, and its own; None when no entity is in play."""
    if not entities:
        return None
    targets = {info.target for info in r.vocabulary.references(entities[0]) if info.target}
    return frozenset({kind_of(entities[0]), *targets})


def _did_you_mean(r: Reading, words: str, choices: tuple[Choice, ...]) -> Ask:
    return questions.ask(
        r,
        "unknown_term",
        zh=f"没有“{words}”。您是指：",
        en=f"There is no “{words}”. Did you mean:",
        about=[words],
        choices=choices,
    )


def _not_known(r: Reading, words: tuple[str, ...], choices: tuple[Choice, ...]) -> Ask:
    listed = ("、" if r.lang == "zh" else ", ").join(words)
    return questions.ask(
        r,
        "unknown_term",
        zh=f"没有看懂“{listed}”。" + ("您是指：" if choices else "请换个说法。"),
        en=f"I do not know “{listed}”. "
        + ("Did you mean:" if choices else "Please say it another way."),
        about=words,
        choices=choices,
    )


def _values_with(r: Reading, words: str, entities: tuple[str, ...]) -> Iterator[Choice]:
    """Yield the stored values that have the words inside: "fair" for "Trade fair 2026"."""
    said = folded(words)
    if len(said) < (2 if is_cjk(said[:1]) else 3):
        return
    for entity in entities[:2]:
        for info in r.vocabulary.entity_fields(entity):
            for value in _stored(r, info):
                if _has_inside(folded(value), said):
                    yield _is_value(r, info, value)


def _has_inside(value: str, words: str) -> bool:
    return words in value if is_cjk(words[:1]) else f" {words} " in f" {value} "


def _opposites(r: Reading, word: str, entities: tuple[str, ...]) -> Iterator[Choice]:
    said = folded(word)
    for prefix in _NEGATIVES:
        rest = said.removeprefix(prefix)
        if rest == said or not rest:
            continue
        for entity in entities[:2]:
            for info in r.vocabulary.entity_fields(entity):
                for value in r.vocabulary.values.get(info.id, {}).get(rest, ()):
                    yield _is_value(r, info, value, negated=True)


def _stored(r: Reading, info: FieldInfo) -> Iterator[str]:
    linked = r.vocabulary.values.get(info.id, {})
    yield from dict.fromkeys(value for group in linked.values() for value in group)


def _is_value(r: Reading, info: FieldInfo, value: str, *, negated: bool = False) -> Choice:
    field, shown = info.label(r.lang), r.vocabulary.value_label(info.id, value, r.lang)
    if r.lang == "zh":
        text = f"{field}{'不是' if negated else '是'}“{value}”"
        return Choice(label=f"{field}{'不是' if negated else '：'}{shown}", text=text)
    text = f'{field} is {"not " if negated else ""}"{value}"'
    return Choice(label=f"{field}: {'not ' if negated else ''}{shown}", text=text)


def _field_near(r: Reading, i: int) -> FieldInfo | None:
    """Return the field that is named at the place, or behind a "with", "no" or "whose" there."""
    for at in dict.fromkeys((*r.words(i, "no", "have", "whose", "not"), i)):
        nouns = {end for _, end in r.entities(at)}
        for info, end in r.named_fields(at):
            if end not in nouns:
                return info
    return None


def _is_foreign(r: Reading, i: int, entities: tuple[str, ...]) -> bool:
    """Whether no field that is named at the place belongs to records that the sentence speaks of."""
    places = dict.fromkeys((*r.words(i, "no", "have", "whose", "not"), i))
    return not any(info.entity in entities for at in places for info, _ in r.named_fields(at))


def _owners(r: Reading, i: int) -> tuple[str, ...]:
    found = [
        r.vocabulary.label(info.entity, r.lang)
        for at in dict.fromkeys((*r.words(i, "no", "have", "whose", "not"), i))
        for info, _ in r.named_fields(at)
        if r.has_kind(info.entity)
    ]
    return tuple(dict.fromkeys(found))[:4]
