"""The workspace's vocabulary as grounding asks it: closed words yes, names of records no."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowledge_graph.language.compiler import Language


class LanguageWords:
    """Looks words up in the vocabulary of a language.

    Args:
        language: The business language over the current vocabulary.
    """

    def __init__(self, language: Language) -> None:
        self._vocabulary = language.vocabulary

    @cached_property
    def _tokens(self) -> frozenset[str]:
        return frozenset(
            token
            for phrase in self._vocabulary.phrases
            for token in phrase.replace("-", " ").split()
        )

    def knows(self, word: str) -> bool:
        """Return whether a folded word is, or is a word of, a phrase of the language."""
        return word in self._vocabulary.phrases or word in self._tokens

    def names_in(self, text: str) -> tuple[str, ...]:
        """Return the names of records in running text, folded to lower case."""
        spans = self._vocabulary.names.spans(text)
        return tuple(text[s.start : s.end].lower() for s in spans)
