"""What a column header says: the kind it names, the field it names, its unit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import yaml

from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.ontology.fields import FieldType
from knowledge_graph.ontology.schema import ENTITY_KINDS, WorkspaceSchema

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BRACKETS = re.compile(r"[(\[【（]([^)\]】）]*)[)\]】）]")
_WORDS = re.compile(r"[^\w%]+|_+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_SCALES = {
    "万元": 1e4,
    "万": 1e4,
    "亿元": 1e8,
    "千元": 1e3,
    "百万": 1e6,
    "k": 1e3,
    "million": 1e6,
    "thousand": 1e3,
}
_CURRENCIES = {
    "元": "CNY",
    "rmb": "CNY",
    "cny": "CNY",
    "usd": "USD",
    "$": "USD",
    "eur": "EUR",
    "€": "EUR",
    "¥": "CNY",
}
_VAGUE = {"customer": ("account", "contact"), "user": ("contact", "employee")}
_OWN_ID = frozenset({"id", "record id", "ids", "uuid", "guid"})
_NAMED_BY_WORD = frozenset({
    "account",
    "contact",
    "customer",
    "lead",
    "opportunity",
    "product",
    "employee",
})
"""Kinds whose bare word as a header means a name: `Company`, `联系人`."""
_FILE = Path(__file__).parent / "data" / "headers.yaml"


def normal_header(header: str) -> str:
    """Return a header as lower-case words separated by one blank, without brackets and vendor suffixes.

    >>> normal_header("BillingPostalCode"), normal_header("Answer__c"), normal_header("预计金额（元）")
    ('billing postal code', 'answer', '预计金额')
    """
    text = unicodedata.normalize("NFKC", header)
    text = re.sub(r"__(c|r|kav|pc)\b", "", text)
    text = _BRACKETS.sub(" ", text)
    text = _CAMEL.sub(" ", text.replace("IDs", "Ids"))
    return " ".join(_WORDS.sub(" ", text).casefold().split())


@dataclass(frozen=True, kw_only=True)
class HeaderUnit:
    """What the brackets of a header say: `预计金额（万元）`, `Probability (%)`."""

    scale: float = 1.0
    percent: bool = False
    currency: str = ""


def unit_of(header: str) -> HeaderUnit:
    """Return the unit that a header names in brackets.

    >>> unit_of("金额（万元）").scale, unit_of("Probability (%)").percent
    (10000.0, True)
    """
    for inner in _BRACKETS.findall(header):
        text = unicodedata.normalize("NFKC", inner).strip().casefold()
        if text in _SCALES or text in _CURRENCIES:
            currency = _CURRENCIES.get(text, "CNY" if text.endswith("元") else "")
            return HeaderUnit(scale=_SCALES.get(text, 1.0), currency=currency)
        if "%" in text:
            return HeaderUnit(percent=True)
    return HeaderUnit(percent="%" in unicodedata.normalize("NFKC", header))


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """One reading of a header."""

    kind: str
    """Empty: no kind is named, any kind that has the field fits."""
    field: str
    """A field name, or `id`."""
    part: str = ""
    weight: float = 1.0
    qualified: bool = False
    """The header itself names the kind."""


@dataclass(frozen=True)
class HeaderWords:
    """The words that headers use; built from the shipped list, the schema and the business dictionary."""

    kind_words: Mapping[str, str]
    """Word to kind; `customer` may be account or contact."""
    fields: Mapping[str, Mapping[str, str]]
    """By kind: word to field name."""
    parts: Mapping[str, tuple[str, str]]
    fillers: frozenset[str]
    id_words: frozenset[str]
    systems: Mapping[str, frozenset[str]]
    values: Mapping[str, Mapping[str, str]]
    """By field id: value as others write it, to our value."""

    @classmethod
    def load(
        cls, schema: WorkspaceSchema, synonyms: Mapping[str, Iterable[str]] | None = None
    ) -> HeaderWords:
        """Read the shipped words.

        Args:
            schema: Its field names and labels count as words.
            synonyms: Words of the business dictionary by field id (`account.industry`).

        Returns:
            The words.
        """
        data = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
        kind_words = {
            normal_header(str(word)): str(kind)
            for kind, words in data["kind_words"].items()
            for word in (kind, *words)
        }
        parts = {
            normal_header(str(word)): (str(field), str(part))
            for field, named in data["parts"].items()
            for part, words in named.items()
            for word in words
        }
        return cls(
            kind_words=kind_words,
            fields=_field_words(schema, data["fields"], synonyms or {}),
            parts=parts,
            fillers=frozenset(map(str, data["fillers"])),
            id_words=frozenset(map(str, data["id_words"])),
            systems={name: frozenset(words) for name, words in data["systems"].items()},
            values={
                field: {
                    str(word).casefold(): str(value)
                    for value, words in named.items()
                    for word in words
                }
                for field, named in data["values"].items()
            },
        )

    @cached_property
    def _by_length(self) -> tuple[str, ...]:
        return tuple(sorted(self.kind_words, key=len, reverse=True))

    def outer_kind(self, header: str) -> str:
        """Return the kind that the outer object of a dotted header names, empty when it names none."""
        prefix, dot, _ = header.rpartition(".")
        return self.kind_words.get(normal_header(prefix), "") if dot else ""

    def meanings(self, header: str) -> tuple[Meaning, ...]:
        """Return all readings of a header, the most literal first.

        Args:
            header: As the file has it; dotted parts of nested objects stand for kinds.

        Returns:
            Readings; none when nothing is known about it.
        """
        prefix, dot, last = header.rpartition(".")
        outer = self.kind_words.get(normal_header(prefix), "") if dot else ""
        if dot and not outer and normal_header(prefix) not in {"name", "address"}:
            last = header
        text = normal_header(last)
        found = [*self._direct(text), *self._qualified(text)]
        if dot and last != header:
            found += [m for m in self._direct(normal_header(header)) if m.kind]
        bare = self._without_fillers(text)
        if bare != text and not found:
            found = [*self._direct(bare), *self._qualified(bare)]
        if outer:
            found = [m for m in found if m.kind in {"", outer}]
            found = [replace(m, kind=outer, qualified=True) for m in found]
        return tuple(dict.fromkeys(found))

    def kinds_in(self, text: str) -> tuple[str, ...]:
        """Return the kinds that a file or sheet name mentions, the last word first."""
        words = normal_header(re.sub(r"\d+", " ", text))
        if words in self.kind_words:
            return (self.kind_words[words],)
        hits: list[tuple[int, int, str]] = []
        for word in self._by_length:
            at = _find_word(words, word)
            if at >= 0 and not any(start <= at < start + size for start, size, _ in hits):
                hits.append((at, len(word), self.kind_words[word]))
        return tuple(dict.fromkeys(kind for _, _, kind in sorted(hits, reverse=True)))

    def _direct(self, text: str) -> list[Meaning]:
        found = []
        for kind, words in self.fields.items():
            if text in words:
                found.append(
                    Meaning(kind="" if kind == "*" else kind, field=words[text], weight=1.0)
                )
        if text in self.parts:
            field, part = self.parts[text]
            found.append(Meaning(kind="", field=field, part=part))
        if text in self.id_words:
            found.append(Meaning(kind="", field="id", weight=1.6 if text in _OWN_ID else 0.9))
        return found

    def _qualified(self, text: str) -> list[Meaning]:
        """Read "account name", "customer email", "客户名称", "联系人", "deal id"."""
        found: list[Meaning] = []
        for word in self._by_length:
            if not text.startswith(word):
                continue
            rest = text[len(word) :]
            if rest and not rest.startswith(" ") and not _HAN.match(word[-1]):
                continue
            rest, kind = rest.strip(), self.kind_words[word]
            found += self._rest(kind, self._without_fillers(rest))
            if found:
                break
        return found

    def _rest(self, kind: str, rest: str) -> list[Meaning]:
        if not rest and kind not in _NAMED_BY_WORD:
            return []
        if not rest:
            return [Meaning(kind=kind, field="name", weight=0.8, qualified=True)]
        if rest in self.id_words or rest.endswith(" id"):
            return [Meaning(kind=kind, field="id", qualified=True)]
        kinds = _VAGUE.get(kind, (kind,))
        found = []
        for one in kinds:
            words = {**self.fields.get("*", {}), **self.fields.get(one, {})}
            if rest in words:
                found.append(Meaning(kind=kind, field=words[rest], qualified=True))
        if rest in self.parts:
            field, part = self.parts[rest]
            found.append(Meaning(kind=kind, field=field, part=part, qualified=True))
        return list(dict.fromkeys(found))

    def _without_fillers(self, text: str) -> str:
        for word in sorted(self.fillers, key=len, reverse=True):
            if text.startswith(f"{word} "):
                return self._without_fillers(text[len(word) + 1 :])
            if _HAN.match(word) and text.startswith(word) and len(text) > len(word):
                return self._without_fillers(text[len(word) :])
        return text


def _find_word(text: str, word: str) -> int:
    if _HAN.match(word):
        return text.find(word)
    found = re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text)
    return found.start() if found else -1


def _field_words(
    schema: WorkspaceSchema,
    listed: Mapping[str, Mapping[str, list[str]]],
    synonyms: Mapping[str, Iterable[str]],
) -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = {kind: {} for kind in ("*", *schema.kinds)}
    for field_id, spoken in synonyms.items():
        kind, _, name = field_id.partition(".")
        if kind in words:
            for word in map(normal_header, spoken):
                if len(word) > 1:
                    words[kind].setdefault(word, name)
    for kind, fields in listed.items():
        for name, known in fields.items():
            words[kind].update({normal_header(str(word)): name for word in known})
    _add_own_names(words, schema)
    return words


def spoken_words(dictionary: Dictionary, schema: WorkspaceSchema) -> Mapping[str, tuple[str, ...]]:
    """Return the words of the business dictionary for stored fields, by field id of the schema.

    Args:
        dictionary: The business dictionary.
        schema: Its entities are our kinds, but for `customer`.
    """
    found: dict[str, tuple[str, ...]] = {}
    for term in dictionary.fields.values():
        entity, _, name = term.id.partition(".")
        kind = ENTITY_KINDS.get(entity, entity)
        fields = schema.kinds[kind].fields if kind in schema.kinds else {}
        if name in fields and fields[name].derivation is None and not term.rules_only:
            found[f"{kind}.{name}"] = term.names.all
    return found


def _add_own_names(words: dict[str, dict[str, str]], schema: WorkspaceSchema) -> None:
    for kind, spec in schema.kinds.items():
        for name, one in spec.fields.items():
            if one.derivation is None:
                words[kind][normal_header(name)] = name
                if one.type is FieldType.REFERENCE:
                    words[kind][normal_header(f"{name} id")] = name
            if one.label:
                words[kind][normal_header(one.label)] = name
