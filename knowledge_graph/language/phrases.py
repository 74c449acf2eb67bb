"""The words of a vocabulary: what each phrase of the dictionary and of the workspace may mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from knowledge_graph.language.dictionary import Dictionary, FieldTerm, Names
from knowledge_graph.language.fields import FieldInfo, kind_of
from knowledge_graph.language.meanings import (
    EntityMeaning,
    FieldMeaning,
    Meaning,
    StateMeaning,
    ValueMeaning,
    WordMeaning,
)
from knowledge_graph.language.spelling import folded, plural_forms, singular_forms
from knowledge_graph.ontology.schema import WorkspaceSchema

Phrases = Mapping[str, tuple[Meaning, ...]]


def terms_of(dictionary: Dictionary, fields: Iterable[FieldInfo]) -> Iterator[tuple[str, Meaning]]:  # noqa: C901 -- one loop per part of the phrase
    """Yield the dictionary's own words with what they mean."""
    for entity in dictionary.entities.values():
        for word in _forms(entity.names):
            yield word, EntityMeaning(entity.id)
    for info in fields:
        for word in _forms(info.names):
            yield word, FieldMeaning(info.id)
        for verb in _verbs(dictionary, info):
            yield verb, FieldMeaning(info.id, verb=True)
    for state in dictionary.states.values():
        for word in state.names.all:
            yield word, StateMeaning(state.id)
    for op, names in dictionary.comparators.items():
        for word in (*names.all, *_SIGNS[op]):
            yield word, WordMeaning("cmp", op)


_SIGNS: Mapping[str, tuple[str, ...]] = {
    "gt": (">", "＞"), "ge": (">=", "≥"), "lt": ("<", "＜"), "le": ("<=", "≤"),
}  # fmt: skip


def _forms(names: Names) -> Iterator[str]:
    for word in names.all:
        yield word
        yield from plural_forms(word)


_INTEREST = {"interest": ("interested in", "感兴趣于", "感兴趣")}
"""Verb forms of the last word of a workspace's own field: "Product interest" is asked as "interested in"."""


def _verbs(dictionary: Dictionary, info: FieldInfo) -> tuple[str, ...]:
    term = dictionary.fields.get(info.id)
    if term is not None:
        return term.verbs.all
    last = folded(info.names.all[0]).split(" ")[-1]
    return _INTEREST.get(last, ())


YES_NO: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("true", "yes", "是"), ("true",)),
    **dict.fromkeys(("false", "no", "否"), ("false",)),
}


def value_words(
    info: FieldInfo, term: FieldTerm | None, used: tuple[str, ...], schema: WorkspaceSchema
) -> Mapping[str, tuple[str, ...]]:
    """Link words to stored values: a dictionary value stands for the spellings of it that are in use."""
    if info.type not in {"enum", "set", "boolean"}:
        return {}
    words: dict[str, tuple[str, ...]] = dict(YES_NO) if info.type == "boolean" else {}
    kind = schema.kinds.get(kind_of(info.entity))
    spec = kind.fields.get(info.id.partition(".")[2]) if kind else None
    in_use = (*(spec.values if spec else ()), *used)
    known: dict[str, tuple[str, ...]] = {folded(v): (v,) for v in in_use}
    for value, names in term.values.items() if term else ():
        spelled = [folded(w) for w in (value, value.replace("_", " "), *names.all)]
        stored = tuple(dict.fromkeys(s for w in spelled for s in known.get(w, ())))
        if not stored and term is not None and term.only_used:
            continue
        for word in spelled:
            words[word] = tuple(sorted(stored)) or (value,)
    for word, stored_values in known.items():
        words.setdefault(word, stored_values)
        words.setdefault(word.replace("_", " "), stored_values)
    for word, stored_values in tuple(words.items()):
        for form in (*plural_forms(word), *singular_forms(word)):
            words.setdefault(form, stored_values)
    return words


def with_values(static: Phrases, linked: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Phrases:
    """Return the phrases with those of the values in use added."""
    phrases = dict(static)
    for key, words in linked.items():
        for word, stored in words.items():
            if word:
                phrases[word] = (*phrases.get(word, ()), ValueMeaning(key, stored))
    return phrases


def lengths_of(phrases: Iterable[str]) -> Mapping[str, tuple[int, ...]]:
    """Return, by first character, the lengths of the phrases that begin with it, longest first."""
    found: dict[str, set[int]] = {}
    for phrase in phrases:
        found.setdefault(phrase[:1], set()).add(len(phrase))
    return {first: tuple(sorted(sizes, reverse=True)) for first, sizes in found.items()}
