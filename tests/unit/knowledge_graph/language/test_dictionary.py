"""The shipped dictionary names every field, and nothing that does not exist."""

from pathlib import Path

import pytest

from knowledge_graph.errors import BadInputError
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.lexicon import function_words
from knowledge_graph.language.vocabulary import entity_of, kind_of
from knowledge_graph.ontology.schema import MACHINERY, WorkspaceSchema

DICTIONARY = Dictionary.load()
SCHEMA = WorkspaceSchema()


def test_every_field_has_names_in_both_languages() -> None:
    for kind in SCHEMA.kinds.values():
        if kind.name in MACHINERY:
            continue
        for spec in kind.fields.values():
            term = DICTIONARY.fields.get(f"{entity_of(kind.name)}.{spec.name}")
            assert term is not None, spec.id
            assert term.names.zh, spec.id
            assert term.names.en, spec.id
            assert term.type == spec.type.value, spec.id


def test_every_dictionary_field_exists_or_is_for_rules() -> None:
    for term in DICTIONARY.fields.values():
        if not term.rules_only:
            SCHEMA.field(kind_of(term.entity), term.id.partition(".")[2])


def test_closed_values_are_the_schemas() -> None:
    for kind in SCHEMA.kinds.values():
        if kind.name in MACHINERY:
            continue
        for spec in kind.fields.values():
            term = DICTIONARY.fields[f"{entity_of(kind.name)}.{spec.name}"]
            if spec.values:
                assert set(term.values) == set(spec.values), spec.id


def test_names_of_one_entity_are_told_apart() -> None:
    for entity in DICTIONARY.entities:
        for lang in ("zh", "en"):
            firsts = [
                names[0]
                for term in DICTIONARY.fields.values()
                if term.entity == entity and (names := getattr(term.names, lang))
            ]
            assert len(firsts) == len(set(firsts)), (entity, lang)


def test_states_and_defaults_name_fields() -> None:
    for state in DICTIONARY.states.values():
        assert all(clause.field in DICTIONARY.fields for clause in state.where)
    for fields in DICTIONARY.defaults.values():
        assert set(fields.values()) <= set(DICTIONARY.fields)


def test_function_words_are_read_as_words() -> None:
    assert {word.role for word in function_words()["no"]} >= {"no"}


@pytest.mark.parametrize(
    "text", ["[]", "fields: {x: {type: text}}", "fields: 3", "a: [", "version: x"]
)
def test_a_broken_dictionary_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError):
        Dictionary.load(path)
