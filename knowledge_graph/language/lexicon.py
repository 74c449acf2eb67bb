"""The closed class of function words, read from data/lexicon.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from knowledge_graph.language.meanings import WordMeaning
from knowledge_graph.language.spelling import folded

_FILE = Path(__file__).parent / "data" / "lexicon.yaml"


@cache
def function_words() -> Mapping[str, tuple[WordMeaning, ...]]:
    """Return every function word, folded, with its roles."""
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # base: "no" and "on" are words here
    raw = yaml.load(_FILE.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 -- base loader
    words: dict[str, list[WordMeaning]] = {}
    for role, languages in raw.items():
        for word in dict.fromkeys([*languages.get("zh", ()), *languages.get("en", ())]):
            words.setdefault(folded(word), []).append(WordMeaning(role))
    return {word: tuple(roles) for word, roles in words.items()}
