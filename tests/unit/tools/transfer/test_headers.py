"""The words of column headers: one source for each."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.ontology.schema import WorkspaceSchema
from tools.transfer import headers


def repeated(listed: Mapping[str, Mapping[str, list[str]]]) -> set[str]:
    """Return the listed words that the business dictionary or the schema already has for the same field."""
    schema = WorkspaceSchema()
    words = headers.HeaderWords.load(schema).fields | {"*": {}}
    spoken = headers.spoken_words(Dictionary.load(), schema)
    found = set()
    for kind, fields in listed.items():
        for name, said in fields.items():
            known = {headers.normal_header(word) for word in spoken.get(f"{kind}.{name}", ())}
            known |= {headers.normal_header(name)} & set(words[kind])
            found |= {
                f"{kind}.{name}: {word}"
                for word in said
                if headers.normal_header(str(word)) in known
            }
    return found


def test_no_header_word_is_kept_in_two_places() -> None:
    listed = yaml.safe_load(headers._FILE.read_text(encoding="utf-8"))["fields"]
    assert not repeated(listed)


def test_a_word_kept_twice_is_found() -> None:
    assert repeated({"account": {"name": ["客户名称", "trade name"]}}) == {"account.name: 客户名称"}
