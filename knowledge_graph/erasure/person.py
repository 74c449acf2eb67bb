"""The person who is to be erased: which records it is, and by which words texts speak of him or her."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from knowledge_graph.ontology.record import RecordRef, Value

MASK = "█"
_NAMING = ("name", "aliases", "email", "phone", "wechat")
_LEAST_LATIN = 4
_LEAST_OTHER = 2
_WORD = re.compile(r"\w+", re.UNICODE)


@dataclass(frozen=True, kw_only=True)
class Person:
    """One natural person."""

    refs: tuple[RecordRef, ...]
    """The records that are the person, merged ones included."""
    words: tuple[str, ...]
    """Names, addresses and numbers, present and former."""
    keys: tuple[str, ...] = ()
    """Source keys."""

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """Finds the words, in any case, also as JSON writes them; None when there are none."""
        return _pattern([*self.words, *(_escaped(w) for w in self.words)])

    @cached_property
    def parts(self) -> re.Pattern[str] | None:
        """Finds also parts of names: for texts that are known to speak of the person."""
        parts = [p for word in self.words for p in _WORD.findall(word)]
        return _pattern([*self.words, *map(_escaped, self.words), *parts])

    @cached_property
    def ids(self) -> re.Pattern[str]:
        """Finds the records as `kind:id` and as JSON has them; a bare id may be any number."""
        one = "|".join(
            rf'(?P<k{n}>(?<!\w){r.kind}:|(?:"kind":\s*|\[)"{r.kind}",\s*(?:"id":\s*)?")'
            rf"{re.escape(r.id)}(?!\w)"
            for n, r in enumerate(self.refs)
        )
        return re.compile(one or "(?!)")

    def is_in(self, text: str) -> bool:
        """Return whether a text speaks of the person."""
        by_name = self.pattern is not None and self.pattern.search(text) is not None
        return by_name or self.ids.search(text) is not None

    def masked(self, text: str) -> str:
        """Return a text that speaks of the person without what tells who it is."""
        text = self.ids.sub(lambda hit: f"{hit[str(hit.lastgroup)]}erased", text)
        return text if self.parts is None else self.parts.sub(MASK, text)


def words_of(values: Iterable[Mapping[str, Value]]) -> tuple[str, ...]:
    """Return what people call a person, from the values of the records, longest first.

    >>> words_of([{"name": "Anna Bauer", "phone": "+49 30 1", "city": "Bonn"}])
    ('Anna Bauer', '+49 30 1', '49301')
    """
    found: dict[str, None] = {}
    for held in values:
        for field in _NAMING:
            value = held.get(field)
            for word in value if isinstance(value, tuple) else (value,):
                if isinstance(word, str):
                    found |= dict.fromkeys((word.strip(), *_digits(field, word)))
    return tuple(sorted((w for w in found if _tells(w)), key=lambda w: (-len(w), w)))


def _digits(field: str, word: str) -> tuple[str, ...]:
    digits = "".join(ch for ch in word if ch.isdigit())
    return (digits,) if field == "phone" and digits != word else ()


def _tells(word: str) -> bool:
    """Return whether a word is long enough to be looked for."""
    return len(word) >= (_LEAST_LATIN if word.isascii() else _LEAST_OTHER)


def _escaped(word: str) -> str:
    return json.dumps(word)[1:-1]


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    kept = sorted({w for w in words if _tells(w)}, key=lambda w: (-len(w), w))
    if not kept:
        return None
    return re.compile("|".join(map(_bounded, kept)), re.IGNORECASE)


def _bounded(word: str) -> str:
    """Return a pattern that finds a word of letters that are set apart, and other scripts anywhere."""
    before = r"(?<![^\W_])" if word[0].isascii() and word[0].isalnum() else ""
    after = r"(?![^\W_])" if word[-1].isascii() and word[-1].isalnum() else ""
    return f"{before}{re.escape(word)}{after}"
