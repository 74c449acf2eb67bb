"""Names that people type, and the records they may stand for.

Similarity ranks offers and never links: a caller may take `exact`, `alias`, `short` and `email` as
naming a record when they name only one; `first_name` and `last_name` when the workspace has only one;
`pinyin` and `fuzzy` are questions to put to the user.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from knowledge_graph.language import names_text as texts
from knowledge_graph.language.names_common import COMMON_WORDS
from knowledge_graph.language.names_table import (
    ALIAS,
    EMAIL,
    EXACT,
    FIRST,
    FUZZY,
    GIVEN,
    LAST,
    PINYIN,
    PREFIX,
    SHORT,
    NameTable,
)
from knowledge_graph.ontology.record import NameEntry, RecordRef

How = Literal[
    "exact", "alias", "short", "first_name", "last_name", "email", "pinyin", "translit", "fuzzy"
]
_HOW: dict[int, How] = {
    EXACT: "exact",
    EMAIL: "email",
    ALIAS: "alias",
    SHORT: "short",
    FIRST: "first_name",
    GIVEN: "first_name",
    LAST: "last_name",
    PINYIN: "pinyin",
    PREFIX: "fuzzy",
    FUZZY: "fuzzy",
}
_SCORES = {
    EXACT: 1.0,
    EMAIL: 1.0,
    ALIAS: 0.98,
    SHORT: 0.95,
    FIRST: 0.9,
    GIVEN: 0.9,
    LAST: 0.88,
    PINYIN: 0.87,
    PREFIX: 0.86,
}
_LOOKUP_LIMIT = 50
_ENOUGH = 200
"""Records after which a name is too common to go on: the caller has to ask in any case."""
_OVERLAY_LIMIT = 2_000
_MAX_WORDS = 24
_APOSTROPHES = 2
"""Words that a name has more in running text than in its key: "O'Neil" is two there."""
_EMAIL = re.compile(r"(?<![a-z0-9_.+-])[a-z0-9_.+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_NICKNAME_ZH = re.compile(r"[小老阿]([\u3400-\u9fff])")
_TITLE_ZH = re.compile(rf"(?<=[\u3400-\u9fff])(?:{texts.TITLES_ZH})")
_TITLED = frozenset({"opportunity", "task", "ticket", "contract", "product", "document", "order"})
"""Kinds whose records have titles, which people cut short."""
_BEGINNING = 4
"""Words (in Chinese, characters) that the beginning of a title has at least."""
_SPAN_HOWS = frozenset({EXACT, ALIAS, SHORT, FIRST, LAST})


@dataclass(frozen=True, kw_only=True)
class NameMatch:
    """A record that words may stand for; see the module about which of them name it."""

    entry: NameEntry
    how: How
    score: float
    """0..1, comparable within one lookup."""


@dataclass(frozen=True, kw_only=True)
class NameSpan:
    """Words of a sentence that name one or more records: `text[start:end]`."""

    start: int
    end: int
    matches: tuple[NameMatch, ...]


class NameIndex:
    """Looks up names among the records of one workspace. Immutable.

    >>> ref = RecordRef(kind="contact", id="c1")
    >>> index = NameIndex([NameEntry(name="李薇", ref=ref, field="name")])
    >>> [(m.how, m.entry.ref.id) for m in index.lookup("li wei")]
    [('pinyin', 'c1')]
    """

    def __init__(self, entries: Iterable[NameEntry] = ()) -> None:
        self._base = NameTable(entries)
        self._overlay = NameTable(())
        self._gone: frozenset[RecordRef] = frozenset()

    def __len__(self) -> int:
        return len(self._overlay.entries) + len(self._base.entries)

    def entries(self) -> Iterator[NameEntry]:
        """Yield all entries."""
        for table, gone in self._tables():
            yield from (entry for entry in table.entries if entry.ref not in gone)

    def with_entries(self, entries: Iterable[NameEntry]) -> NameIndex:
        """Return an index that holds these entries too; cheap, since the large part is shared.

        A record that was renamed is first dropped: `index.without({ref}).with_entries(new)`.
        """
        return self._changed((*self._overlay.entries, *entries), self._gone)

    def without(self, refs: Iterable[RecordRef]) -> NameIndex:
        """Return an index that knows none of these records."""
        dropped = frozenset(refs)
        kept = tuple(entry for entry in self._overlay.entries if entry.ref not in dropped)
        return self._changed(kept, self._gone | dropped)

    def _changed(self, overlay: tuple[NameEntry, ...], gone: frozenset[RecordRef]) -> NameIndex:
        if len(overlay) + len(gone) > max(_OVERLAY_LIMIT, len(self._base.entries) // 10):
            kept = (entry for entry in self._base.entries if entry.ref not in gone)
            return NameIndex((*kept, *overlay))
        changed = NameIndex.__new__(NameIndex)
        changed._base, changed._overlay, changed._gone = self._base, NameTable(overlay), gone
        return changed

    def lookup(self, text: str, kinds: frozenset[str] | None = None) -> tuple[NameMatch, ...]:
        """Return the records that the whole text may name, best first, each record once.

        Args:
            text: A name as somebody typed it, nothing else.
            kinds: Only records of these kinds; None for all.

        Returns:
            Up to 50 matches; those by spelling before those by sound, before similar ones.
        """
        folded = texts.without_title(texts.fold_name(text).strip())
        best: dict[RecordRef, tuple[float, int, NameEntry]] = {}
        for table, gone in self._tables():
            for code, score, entry in _search(table, folded):
                if len(best) >= _ENOUGH:
                    break
                if entry.ref in gone or (kinds is not None and entry.ref.kind not in kinds):
                    continue
                known = best.get(entry.ref)
                if known is None or known[0] < score:
                    best[entry.ref] = (score, code, entry)
        return _ranked(best)

    def spans(self, text: str) -> tuple[NameSpan, ...]:
        """Return the names in running text: whole words in English, anywhere in Chinese.

        Longer names come first at each place; shorter names inside them are left out, names that overlap
        in part are all returned. Nothing is matched by sound or similarity.
        """
        folded = texts.fold_name(text)
        words = texts.words_of(folded)
        found: dict[tuple[int, int], dict[RecordRef, tuple[float, int, NameEntry]]] = {}
        for table, gone in self._tables():
            for start, end, code, entry in _occurrences(table, text, folded, words):
                if entry.ref in gone:
                    continue
                best = found.setdefault((start, end), {})
                known = best.get(entry.ref)
                if known is None or known[0] < _SCORES[code]:
                    best[entry.ref] = (_SCORES[code], code, entry)
        ordered = sorted(found, key=lambda place: (place[0], -place[1]))
        reach, kept = -1, []
        for start, end in ordered:
            if end <= reach:
                continue
            reach = end
            kept.append(NameSpan(start=start, end=end, matches=_ranked(found[start, end])))
        return tuple(kept)

    def containing(self, words: str, kinds: frozenset[str] | None = None) -> tuple[NameMatch, ...]:
        """Return records with the words inside a longer name ("EnerCube" of "EnerCube 215"): offers only.

        Args:
            words: One or more whole words.
            kinds: Only records of these kinds; None for all.

        Returns:
            At most 50 records; names that begin with the words first.
        """
        key = texts.key_of(texts.fold_name(words))
        joined = "".join(key)
        best: dict[RecordRef, tuple[float, int, NameEntry]] = {}
        if len(joined) < (2 if joined and texts.HANZI.match(joined) else 3):
            return ()
        for table, gone in self._tables():
            for spelling, packed in table.keys.items():
                if joined not in spelling or len(best) >= _LOOKUP_LIMIT:
                    continue
                score = _SCORES[PREFIX] if spelling.startswith(joined) else 0.5
                for _, entry in table.unpack(packed):
                    if entry.ref in gone or (kinds is not None and entry.ref.kind not in kinds):
                        continue
                    if _holds(entry.name, key):
                        best[entry.ref] = (score, FUZZY, entry)
        return _ranked(best)

    def name_of(self, ref: RecordRef) -> str | None:
        """Return the name that a record goes by, None when it has none here."""
        name = self._overlay.titles().get(ref)
        if name is None and ref not in self._gone:
            name = self._base.titles().get(ref)
        return name

    def _tables(self) -> Iterator[tuple[NameTable, frozenset[RecordRef]]]:
        yield self._base, self._gone
        if self._overlay.entries:
            yield self._overlay, frozenset()


def _ranked(best: dict[RecordRef, tuple[float, int, NameEntry]]) -> tuple[NameMatch, ...]:
    ordered = sorted(best.values(), key=lambda one: (-one[0], one[2].name, one[2].ref))
    return tuple(
        NameMatch(entry=entry, how=_HOW[code], score=round(score, 3))
        for score, code, entry in ordered[:_LOOKUP_LIMIT]
    )


def _holds(name: str, key: tuple[str, ...]) -> bool:
    """Whether a name has the words one behind the other."""
    own = texts.key_of(texts.fold_name(name))
    return any(own[n : n + len(key)] == key for n in range(len(own)))


_Scored = tuple[int, float, NameEntry]


def _search(table: NameTable, folded: str) -> Iterator[_Scored]:
    if "@" in folded:
        yield from _scored(table, table.emails.get(folded.strip(), ()), {EMAIL})
        return
    key = texts.key_of(folded)
    if not key:
        return
    spelled = list(_spelled(table, folded, key))
    yield from spelled
    sounded = list(_sounded(table, key))
    yield from sounded
    if not any(code in {EXACT, ALIAS, SHORT} for code, *_ in spelled):
        yield from _similar(table, "".join(key))


def _scored(
    table: NameTable, packed: Iterable[int], codes: set[int] | None = None
) -> Iterator[_Scored]:
    for code, entry in table.unpack(packed):
        if codes is None or code in codes:
            yield code, _SCORES[code], entry


def _spelled(table: NameTable, folded: str, key: tuple[str, ...]) -> Iterator[_Scored]:
    joined = "".join(key)
    yield from _scored(table, table.keys.get(joined, ()))
    short = "".join(texts.without_suffix(key))
    if short != joined:
        for code, entry in table.unpack(table.keys.get(short, ())):
            if code in {EXACT, ALIAS, SHORT}:
                yield SHORT, _SCORES[SHORT] - 0.01, entry
    surname = texts.surname_with_title(folded)
    nickname = _NICKNAME_ZH.fullmatch(folded)
    for name in filter(None, (surname, nickname and nickname[1])):
        yield from _scored(table, table.keys.get(str(name), ()), {LAST})


def _sounded(table: NameTable, key: tuple[str, ...]) -> Iterator[_Scored]:
    if any(texts.HANZI.match(part) for part in key):
        sound = texts.sound_of(key)
        turned = texts.surname_last(key)
        spellings = (sound, texts.sound_of(turned)) if turned else (sound,)
        for spelling in spellings:
            for code, entry in table.unpack(table.keys.get(spelling, ())):
                if code in {EXACT, ALIAS}:
                    yield PINYIN, _SCORES[PINYIN], entry
    else:
        sound = "".join(key)
    if len(sound) >= 4:
        for _, entry in table.unpack(table.sounds().get(sound, ())):
            yield PINYIN, _SCORES[PINYIN], entry


def _similar(table: NameTable, joined: str) -> Iterator[_Scored]:
    for spelling, score in table.similar(joined):
        for code, entry in table.unpack(table.keys.get(spelling, ())):
            weight = 0.95 if code in {EXACT, ALIAS, SHORT} else 0.85
            yield FUZZY, score * weight, entry


_Occurrence = tuple[int, int, int, NameEntry]


def _occurrences(
    table: NameTable, text: str, folded: str, words: list[tuple[str, int, int]]
) -> Iterator[_Occurrence]:
    for match in _EMAIL.finditer(folded):
        for code, entry in table.unpack(table.emails.get(match.group().rstrip("."), ())):
            yield match.start(), match.end(), code, entry
    for at, (word, start, _) in enumerate(words):
        head = word if not texts.HANZI.match(word) else folded[start : start + 2]
        if head in table.heads or word in table.heads:
            yield from _from_word(table, text, words, at)
    for match in _TITLE_ZH.finditer(folded):
        yield from _titled(table, folded, match.start(), match.end())


def _titled(table: NameTable, folded: str, title: int, end: int) -> Iterator[_Occurrence]:
    """Find the surname in front of a title: 李 in 分给李总, 欧阳 in 欧阳经理."""
    for size in range(min(2, title), 0, -1):
        surname = texts.surname_with_title(folded[title - size : end])
        packed = table.keys.get(surname or "", ())[:_ENOUGH]
        people = [entry for code, entry in table.unpack(packed) if code == LAST]
        if people:
            for entry in people:
                yield title - size, end, LAST, entry
            return


def _from_word(
    table: NameTable, text: str, words: list[tuple[str, int, int]], at: int
) -> Iterator[_Occurrence]:
    joined = ""
    start, before = words[at][1], words[at][1]
    for word, first, end in words[at : at + min(_MAX_WORDS, table.longest + _APOSTROPHES)]:
        if first - before > 3 or "\n" in text[before:first]:
            return
        joined, before = joined + word, end
        packed = table.keys.get(joined)
        if packed is None or (len(joined) == 1 and texts.HANZI.match(joined)):
            continue
        if not _meant_as_name(text, start, end, joined):
            continue
        for code, entry in table.unpack(packed[:_ENOUGH]):
            if code in _SPAN_HOWS:
                yield start, end, code, entry
            elif code == PREFIX and len(packed) == 1 and text[start:end][:1].isupper():
                yield start, end, SHORT, entry  # "Seabright" for the only name that begins with it
    yield from _begun(table, words, at)


def _begun(table: NameTable, words: list[tuple[str, int, int]], at: int) -> Iterator[_Occurrence]:
    """Find the beginning of one record's title: 光华二期 for 光华二期逆变器采购."""
    joined, longest = "", None
    for size, (word, _, end) in enumerate(words[at : at + min(_MAX_WORDS, table.longest)], 1):
        joined += word
        if next(table.beginning(joined), None) is None:
            break
        if size >= _BEGINNING and len(joined) >= _BEGINNING * (1 if texts.HANZI.match(word) else 3):
            longest = joined, end
    if longest is None or longest[0] in table.keys:
        return
    keys = list(islice(table.beginning(longest[0]), _ENOUGH))
    named = {
        entry for key in keys for code, entry in table.unpack(table.keys[key]) if code == EXACT
    }
    if len({entry.ref for entry in named}) == 1:
        for entry in named:
            if entry.ref.kind in _TITLED:
                yield words[at][1], longest[1], SHORT, entry


def _meant_as_name(text: str, start: int, end: int, joined: str) -> bool:
    """Whether an ordinary word is written as a name: with a capital, and not only as a sentence's first."""
    if joined not in COMMON_WORDS:
        return True
    before = text[:start].rstrip()
    return text[start:end][:1].isupper() and bool(before) and before[-1] not in ".!?。！？:：\n"
