"""The words of rules: function words, and the dictionary's events, roles, pools, templates and actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from types import MappingProxyType

import yaml

from knowledge_graph.language.dictionary import Dictionary, Term
from knowledge_graph.language.meanings import Meaning, WordMeaning
from knowledge_graph.language.names import NameIndex
from knowledge_graph.language.rules.event_words import Form, spoken_forms
from knowledge_graph.language.spelling import folded, plural_forms
from knowledge_graph.language.vocabulary import Vocabulary, kind_of
from knowledge_graph.ontology.fields import FieldSpec, FieldType
from knowledge_graph.ontology.schema import KindSpec, WorkspaceSchema

_FILE = Path(__file__).parent / "lexicon.yaml"
MONEY_FLOOR = 10_000.0
"""Bare amounts below it are asked back in a rule: 超500 may be 500 or 500万, and a rule acts unattended."""
SUBJECT = "customer"
"""The entity that rules are about unless they name another."""
_LINK = "rule_subject"
_PREPOSITIONS = ("to", "in", "as", "from", "out of", "by", "into", "at")
_SHARED = {
    "be": "be",
    "unless": "unless",
    "filler": "filler",
    "avg": "avg",
    "against_prev": "against_prev",
}


@cache
def lexicon() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return the function words of rules by role and language."""
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # base: "on" and "no" are words
    raw = yaml.load(_FILE.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 -- base loader
    return MappingProxyType({
        role: {lang: tuple(words) for lang, words in languages.items()}
        for role, languages in raw.items()
    })


@dataclass(frozen=True)
class DictionarySchema(WorkspaceSchema):
    """A schema read off a dictionary alone: every entity is a kind, and belongs to a customer."""

    entities: tuple[str, ...] = ()

    @cached_property
    def kinds(self) -> Mapping[str, KindSpec]:
        """Every entity as a kind; the fields are the dictionary's."""
        found = {}
        for entity in self.entities:
            kind = kind_of(entity)
            fields = {}
            if entity != SUBJECT:
                fields[_LINK] = FieldSpec(
                    kind=kind,
                    name=_LINK,
                    type=FieldType.REFERENCE,
                    target=kind_of(SUBJECT),
                    label=f"@{_LINK}",
                )
            found[kind] = KindSpec(kind, MappingProxyType(fields))
        return MappingProxyType(found)


def rule_vocabulary(source: Dictionary | Vocabulary) -> Vocabulary:
    """Return the words that rules may use.

    Args:
        source: A dictionary alone, or the vocabulary of a workspace.

    Returns:
        A vocabulary with the words of rules added.
    """
    if isinstance(source, Dictionary):
        schema = DictionarySchema(entities=tuple(source.entities))
        source = Vocabulary.build(source, schema, {}, NameIndex(()))
    phrases: dict[str, tuple[Meaning, ...]] = dict(source.phrases)
    for words, meaning in _all_words(source.dictionary):
        key = folded(words)
        if key and meaning not in phrases.get(key, ()):
            phrases[key] = (*phrases.get(key, ()), meaning)
    return replace(source, phrases=phrases, lengths=_lengths(phrases), money_floor=MONEY_FLOOR)


def _lengths(phrases: Mapping[str, tuple[Meaning, ...]]) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for phrase in phrases:
        found.setdefault(phrase[0], set()).add(len(phrase))
    return {first: tuple(sorted(sizes, reverse=True)) for first, sizes in found.items()}


def _all_words(dictionary: Dictionary) -> Iterator[tuple[str, WordMeaning]]:
    yield from _function_words(dictionary)
    sections = {
        "r_role": dictionary.roles,
        "r_pool": dictionary.pools,
        "r_template": dictionary.templates,
        "r_source": dictionary.data_sources,
    }
    for role, terms in sections.items():
        for term in terms.values():
            for word in _forms(term):
                yield word, WordMeaning(role, term.id)
    yield from _event_words(dictionary)
    for action in dictionary.actions.values():
        for name in action.names.all:
            for words in _verb_forms(name):
                yield words, WordMeaning("r_verb", action.id)


def _event_words(dictionary: Dictionary) -> Iterator[tuple[str, WordMeaning]]:
    for event, term in dictionary.events.items():
        for spoken in spoken_forms(event, term.names, dictionary):
            yield spoken.words, WordMeaning(_EVENT_ROLES[spoken.form], event)


_EVENT_ROLES: Mapping[Form, str] = {
    "whole": "r_event", "verb": "r_event_verb", "done": "r_event_done", "tail": "r_event_tail",
}  # fmt: skip


def _forms(term: Term) -> Iterator[str]:
    for word in term.names.all:
        yield word
        yield from plural_forms(word)


def _verb_forms(name: str) -> Iterator[str]:
    """Yield an action's name, and without the preposition that its object may stand before."""
    yield name
    for preposition in _PREPOSITIONS:
        if name.endswith(f" {preposition}"):
            yield name.removesuffix(f" {preposition}")


def _function_words(dictionary: Dictionary) -> Iterator[tuple[str, WordMeaning]]:
    for role, languages in lexicon().items():
        meaning = _meaning(role, dictionary)
        if meaning is not None:
            yield from ((word, meaning) for word in chain.from_iterable(languages.values()))


def _meaning(role: str, dictionary: Dictionary) -> WordMeaning | None:
    """Return what the words of a role mean; None: of an event or action that the dictionary has not."""
    group, _, name = role.partition("_")
    match group:
        case "cmp":
            return WordMeaning("cmp", name)
        case "noun":
            return WordMeaning("r_noun", name)
        case "done":
            return WordMeaning("r_event_done", name) if name in dictionary.events else None
        case "verbs":
            return WordMeaning("r_verb", name) if name in dictionary.actions else None
        case _:
            return WordMeaning(_SHARED.get(role, f"r_{role}"))
