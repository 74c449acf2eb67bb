"""The tables behind the name index: spellings, e-mail addresses, sounds and neighbours of spellings."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from knowledge_graph.language import names_text as texts
from knowledge_graph.ontology.record import NameEntry, RecordRef

EXACT, EMAIL, ALIAS, SHORT, FIRST, LAST, GIVEN, PREFIX, PINYIN, FUZZY = range(10)
"""How a spelling stands for its entry. GIVEN: a Chinese given name, never searched in running text;
PREFIX: the first words of an organisation's longer name."""
_CODES = 16
PERSON_KINDS = frozenset({"employee", "contact", "lead", "person", "user"})
_ORGANISATION_KINDS = frozenset({
    "account",
    "customer",
    "organisation",
    "dealer",
    "partner",
    "supplier",
})
_NEIGHBOURS = 20
_SHORTEST = 4
"""Letters of the beginning of an organisation's name that stands for it."""
Packed = tuple[int, ...] | list[int]
"""Entry numbers times 16 plus code; a list from the second on, so that common names cost no copies."""


class NameTable:
    """Spellings of many entries, built once."""

    def __init__(self, entries: Iterable[NameEntry]) -> None:
        self.entries = tuple(entries)
        self.keys: dict[str, Packed] = {}
        self.emails: dict[str, Packed] = {}
        self.heads: set[str] = set()
        self.longest = 1
        """Most words in one spelling."""
        self._sounds: dict[str, Packed] | None = None
        self._titles: dict[RecordRef, str] | None = None
        self._buckets: dict[str, list[str]] | None = None
        self._ordered: list[str] | None = None
        for number, entry in enumerate(self.entries):
            self._add(number * _CODES, entry)

    def titles(self) -> dict[RecordRef, str]:
        """Return the name of each record, from its field `name`; made on first use."""
        if self._titles is None:
            self._titles = {e.ref: e.name for e in reversed(self.entries) if e.field == "name"}
        return self._titles

    def unpack(self, packed: Iterable[int]) -> Iterator[tuple[int, NameEntry]]:
        """Return codes and entries."""
        for one in packed:
            yield one % _CODES, self.entries[one // _CODES]

    def _add(self, base: int, entry: NameEntry) -> None:
        if "@" in entry.name:
            address = texts.fold_name(entry.name).strip()
            self.emails[address] = (*self.emails.get(address, ()), base + EMAIL)
            return
        key = texts.key_of(entry.name)
        if not key:
            return
        self._put(key, base + (EXACT if entry.field == "name" else ALIAS))
        if entry.ref.kind in PERSON_KINDS:
            self._add_person(base, key)
        else:
            self._add_organisation(base, key, entry)

    def _add_person(self, base: int, key: tuple[str, ...]) -> None:
        parts = texts.person_parts(key)
        if parts is not None:
            surname, given = parts
            self._put(surname, base + LAST)
            if len(given) > 1:
                self._put(given, base + GIVEN)
        elif 2 <= len(key) <= 4:
            self._put(key[:1], base + FIRST)
            self._put(key[-1:], base + LAST)

    def _add_organisation(self, base: int, key: tuple[str, ...], entry: NameEntry) -> None:
        short = texts.without_suffix(key)
        if short != key:
            self._put(short, base + SHORT)
        if texts.HANZI.match(key[0]):
            for form in texts.short_forms(key):
                self._put(form, base + SHORT)
        elif entry.ref.kind in _ORGANISATION_KINDS:
            self._add_beginnings(base, short)
        if entry.ref.kind == "product":
            for form in texts.product_forms(key):
                self._put(form, base + SHORT)

    def _add_beginnings(self, base: int, key: tuple[str, ...]) -> None:
        for size in range(1, len(key)):
            if len("".join(key[:size])) >= _SHORTEST:
                self._put(key[:size], base + PREFIX)

    def _put(self, key: tuple[str, ...], packed: int) -> None:
        joined = "".join(key)
        known = self.keys.get(joined)
        if known is None:
            self.keys[joined] = (packed,)
        elif isinstance(known, list):
            known.append(packed)
        else:
            self.keys[joined] = [*known, packed]
        self.longest = max(self.longest, len(key))
        head = key[0]
        if len(key) > 1 and texts.HANZI.match(head):
            head = key[0] + key[1] if texts.HANZI.match(key[1]) else key[0]
        self.heads.add(head)
        if 1 < len(key) <= 3:
            self.heads.add(joined)

    def beginning(self, joined: str) -> Iterator[str]:
        """Yield the spellings that begin so, in order."""
        if self._ordered is None:
            self._ordered = sorted(self.keys)
        at = bisect_left(self._ordered, joined)
        while at < len(self._ordered) and self._ordered[at].startswith(joined):
            yield self._ordered[at]
            at += 1

    def sounds(self) -> dict[str, Packed]:
        """Return the sounds of all Chinese spellings, computed at the first call."""
        if self._sounds is None:
            sounds: dict[str, Packed] = {}
            for joined, packed in self.keys.items():
                if len(joined) < 2 or not texts.HANZI.match(joined):
                    continue
                named = tuple(one for one in packed if one % _CODES in {EXACT, ALIAS, SHORT})
                if named:
                    self._sound(sounds, joined, named)
            self._sounds = sounds
        return self._sounds

    def _sound(self, sounds: dict[str, Packed], joined: str, named: Packed) -> None:
        key = tuple(word for word, *_ in texts.words_of(joined))
        sound = texts.sound_of(key)
        sounds[sound] = (*sounds.get(sound, ()), *named)
        turned = texts.surname_last(key)
        if turned:
            other = texts.sound_of(turned)
            sounds[other] = (*sounds.get(other, ()), *named)

    def similar(self, joined: str) -> list[tuple[str, float]]:
        """Return spellings within one typing slip (two from 8 letters on), with their likeness 0..1."""
        least = 3 if texts.HANZI.match(joined) else 4
        if not least <= len(joined) <= 64:
            return []
        allowed = 1 if len(joined) < 8 else 2
        buckets = self._by_edge()
        near: dict[str, float] = {}
        for edge in ("^" + joined[:1], joined[-1:] + "$"):
            hits = process.extract_iter(
                joined, buckets.get(edge, ()), scorer=OSA.distance, score_cutoff=allowed
            )
            for spelling, distance, _ in hits:
                longer = spelling.startswith(joined) and any(
                    c.isdigit() for c in spelling[len(joined) :]
                )
                if (
                    0 < distance and len(spelling) >= least and not longer
                ):  # a model is no typing slip
                    near[spelling] = max(JaroWinkler.similarity(joined, spelling), 0.86)
        return sorted(near.items(), key=lambda one: (-one[1], one[0]))[:_NEIGHBOURS]

    def _by_edge(self) -> dict[str, list[str]]:
        if self._buckets is None:
            buckets: dict[str, list[str]] = {}
            for joined in self.keys:
                if len(joined) >= 3:
                    buckets.setdefault("^" + joined[0], []).append(joined)
                    buckets.setdefault(joined[-1] + "$", []).append(joined)
            self._buckets = buckets
        return self._buckets
