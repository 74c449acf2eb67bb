"""From text to a lattice: at every place of the sentence, all pieces that somebody knows a meaning of.

Nothing is decided here. Chinese needs no word segmenter: a piece is a phrase of the vocabulary, a name, a
finding of the recognisers, or literal text; English pieces begin and end at word boundaries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from knowledge_graph.expression.nodes import Between, Calendar, Moment, Rolling, Unit
from knowledge_graph.language.lexicon import function_words
from knowledge_graph.language.meanings import (
    FoundMeaning,
    Lexeme,
    Meaning,
    NameMeaning,
    QuoteMeaning,
    RefMeaning,
    ValueMeaning,
    WordMeaning,
)
from knowledge_graph.language.names import NameMatch, NameSpan
from knowledge_graph.language.recognisers import recognise
from knowledge_graph.language.recognisers.found import DateFound, Found, FoundValue, WindowFound
from knowledge_graph.language.results import Lang, LanguageContext
from knowledge_graph.language.spelling import folded, is_cjk, is_word_char
from knowledge_graph.language.vocabulary import Vocabulary, kind_of
from knowledge_graph.ontology.record import NameEntry, RecordRef

LONGEST = 2000
"""Characters; a longer text is no request (documents go through import)."""

_QUOTED = re.compile(r'"([^"]*)"|“([^”]*)”|「([^」]*)」|‘([^’]*)’|(?<![\w])\'([^\']*)\'(?![\w])')
_REFERENCE = re.compile(r"@([a-z_]+):([\w.\-]+)", re.ASCII)
_CONTROLLED = re.compile(
    r"<(?P<kind>rolling|calendar|none|start|end) (?P<n>-?\d+) "
    r"(?P<unit>minute|hour|day|week|month|quarter|year)>"
)
_PERIOD = re.compile(r"<(?P<start>\*|\d{4}-\d\d-\d\d)\.\.(?P<end>\*|\d{4}-\d\d-\d\d)>")
_SIDES = frozenset({"before", "after", "since", "until"})
_LATIN = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Lattice:
    """A sentence and the pieces that begin at each of its offsets, longest first."""

    text: str
    lang: Lang
    edges: Mapping[int, tuple[Lexeme, ...]]
    blanks: tuple[int, ...]
    """By offset: the next offset that is no white space."""

    def skip(self, i: int) -> int:
        """Return the first offset from i on that is no white space."""
        return self.blanks[i]

    def at(self, i: int) -> tuple[Lexeme, ...]:
        """Return the pieces that begin at i or after the white space there."""
        return self.edges.get(self.blanks[i], ())

    @property
    def end(self) -> int:
        """The offset behind the last character."""
        return len(self.text)


def language_of(text: str) -> Lang:
    """Return the language that a text is mostly in; what stands in quotes or in @kind:id does not count.

    >>> language_of("李薇的 leads"), language_of('customers named "光伏"')
    ('zh', 'en')
    """
    bare = unquoted(text)
    chinese = sum(map(is_cjk, bare))
    return "zh" if chinese and chinese >= len(_LATIN.findall(bare)) else "en"


def unquoted(text: str) -> str:
    """Return a text with blanks in place of what stands in quotes or in @kind:id."""
    return _REFERENCE.sub(" ", _QUOTED.sub(" ", text))


def lex(text: str, vocabulary: Vocabulary, context: LanguageContext) -> Lattice:
    """Return the lattice of a sentence.

    Args:
        text: At most `LONGEST` characters.
        vocabulary: What the workspace knows.
        context: The clock that dates are resolved against.
    """
    spelled = folded(text)
    found: dict[tuple[int, int], list[Meaning]] = {}
    literal = _literals(text, found)
    names = [s for s in vocabulary.names.spans(text) if not _inside(s.start, s.end, literal)]
    for at, matches in _named(names, text, vocabulary).items():
        if not _inside(*at, literal):
            found.setdefault(at, []).append(NameMeaning(matches))
    for finding in recognise(text, context):
        if not _inside(finding.start, finding.end, literal):
            for part in (finding, *_bounded_dates(text, finding, context)):
                meaning = FoundMeaning(part.value, part.others)
                found.setdefault((part.start, part.end), []).append(meaning)
    taken = [
        (s.start, s.end) for s in names if _is_surely(s) and _is_whole_name(text[s.start : s.end])
    ]
    for start, end, meanings in _phrases(text, spelled, vocabulary):
        if not _inside(start, end, literal) and not _strictly_inside(start, end, taken):
            found.setdefault((start, end), []).extend(meanings)
    return Lattice(text, language_of(text), _edges(text, found), _blanks(text))


_ID = re.compile(r"(?<![\w@:.-])(?=[\w-]*\d)[A-Za-z][\w-]{1,31}(?![\w-])", re.ASCII)
"""What the ids that the product prints look like: D0401, o4."""


def _named(
    names: Sequence[NameSpan], text: str, vocabulary: Vocabulary
) -> dict[tuple[int, int], tuple[NameMatch, ...]]:
    """Return what names a record by its place: names, and ids, so that words that are both are asked about."""
    named = {(span.start, span.end): span.matches for span in names}
    for at, matches in _ids(text, vocabulary):
        named[at] = (*named.get(at, ()), *matches)
    return named


def _ids(
    text: str, vocabulary: Vocabulary
) -> Iterator[tuple[tuple[int, int], tuple[NameMatch, ...]]]:
    """Yield the ids of records, as names that are exact."""
    for match in _ID.finditer(text):
        refs = (RecordRef(kind=kind, id=match[0]) for kind in vocabulary.schema.kinds)
        held = {ref: name for ref in refs if (name := vocabulary.names.name_of(ref)) is not None}
        if held:
            yield (
                match.span(),
                tuple(
                    NameMatch(
                        entry=NameEntry(name=name, ref=ref, field="id"), how="exact", score=1.0
                    )
                    for ref, name in held.items()
                ),
            )


def _literals(text: str, found: dict[tuple[int, int], list[Meaning]]) -> list[tuple[int, int]]:
    spans = []
    for match in _QUOTED.finditer(text):
        words = next((g for g in match.groups() if g is not None), "")
        found.setdefault(match.span(), []).append(QuoteMeaning(words))
        spans.append(match.span())
    for match in _REFERENCE.finditer(text):
        if not _inside(*match.span(), spans):
            ref = RecordRef(kind=kind_of(match[1]), id=match[2].rstrip("."))
            span = (match.start(), match.start(2) + len(ref.id))
            found.setdefault(span, []).append(RefMeaning(ref))
            spans.append(span)
    for match in (*_CONTROLLED.finditer(text), *_PERIOD.finditer(text)):
        if not _inside(*match.span(), spans):
            found.setdefault(match.span(), []).append(FoundMeaning(_controlled(match)))
            spans.append(match.span())
    return spans


def _controlled(match: re.Match[str]) -> FoundValue:
    """Read a period or an instant that has no plain words: `<rolling 3 month>`, `<end -2 quarter>`."""
    if match.re is _PERIOD:
        start, end = (None if day == "*" else day for day in match.group("start", "end"))
        return WindowFound(window=Between(start=start, end=end))
    kind, n, unit = match["kind"], int(match["n"]), cast("Unit", match["unit"])
    if kind == "rolling":
        return WindowFound(window=Rolling(n=n, unit=unit))
    if kind == "calendar":
        return WindowFound(window=Calendar(unit=unit, offset=n))
    edge = cast("Literal['none', 'start', 'end']", kind)
    return DateFound(iso="", moment=Moment(n=n, unit=unit, edge=edge))


def _bounded_dates(text: str, finding: Found, context: LanguageContext) -> Iterator[Found]:  # noqa: C901 -- one loop per part of the phrase
    """Yield the relative date within "after today": a comparison with it stays true tomorrow."""
    value = finding.value
    if not isinstance(value, WindowFound) or not isinstance(value.window, Between):
        return
    if value.window.start is not None and value.window.end is not None:
        return
    words = function_words()
    spelled = folded(text[finding.start : finding.end])
    for size in range(1, len(spelled)):
        roles = {word.role for word in words.get(spelled[:size].strip(), ())}
        if roles & _SIDES:
            start = finding.start + size
            for part in recognise(text[start : finding.end], context):
                if isinstance(part.value, DateFound):
                    yield replace(part, start=part.start + start, end=part.end + start)
    for size in range(1, min(len(spelled), 4)):
        roles = {word.role for word in words.get(spelled[-size:], ())}
        if roles & _SIDES:
            for part in recognise(text[finding.start : finding.end - size], context):
                if isinstance(part.value, DateFound):
                    yield replace(
                        part, start=part.start + finding.start, end=part.end + finding.start
                    )


def _inside(start: int, end: int, spans: list[tuple[int, int]]) -> bool:
    return any(start < e and s < end for s, e in spans)


def _strictly_inside(start: int, end: int, spans: list[tuple[int, int]]) -> bool:
    return any(s <= start and end <= e and (s, e) != (start, end) for s, e in spans)


def _is_surely(span: NameSpan) -> bool:
    """Whether a name is more than a surname with a title; its signs may be other words: 多少张工单."""
    return any(match.how not in {"last_name", "first_name"} for match in span.matches)


def _is_whole_name(words: str) -> bool:
    return len(words) >= 3 or (len(words) == 2 and is_cjk(words[0]))


def _phrases(
    text: str, spelled: str, vocabulary: Vocabulary
) -> Iterator[tuple[int, int, tuple[Meaning, ...]]]:
    phrases, lengths, size = vocabulary.phrases, vocabulary.lengths, len(spelled)
    for start in range(size):
        first = spelled[start]
        if start and is_word_char(first) and is_word_char(spelled[start - 1]):
            continue
        for length in lengths.get(first, ()):
            end = start + length
            if end > size:
                continue
            meanings = phrases.get(spelled[start:end])
            if meanings is None or not _ends_word(spelled, end):
                continue
            yield start, end, _fitting(text[start:end], meanings)


def _ends_word(spelled: str, end: int) -> bool:
    return end == len(spelled) or not (
        is_word_char(spelled[end - 1]) and is_word_char(spelled[end])
    )


def _fitting(words: str, meanings: tuple[Meaning, ...]) -> tuple[Meaning, ...]:
    # one Latin letter is a value (tier A, A tier) only as a capital: "a" is an article
    if words.partition(" ")[0] == "a" or (len(words) == 1 and words.islower()):
        return tuple(m for m in meanings if not isinstance(m, ValueMeaning))
    return meanings


def _edges(
    text: str, found: Mapping[tuple[int, int], list[Meaning]]
) -> Mapping[int, tuple[Lexeme, ...]]:
    edges: dict[int, list[Lexeme]] = {}
    for (start, end), meanings in sorted(found.items(), key=lambda item: -item[0][1]):
        edges.setdefault(start, []).append(Lexeme(start, end, text[start:end], tuple(meanings)))
    return {start: tuple(lexemes) for start, lexemes in edges.items()}


def _blanks(text: str) -> tuple[int, ...]:
    blanks = [len(text)] * (len(text) + 1)
    for i in range(len(text) - 1, -1, -1):
        blanks[i] = blanks[i + 1] if text[i].isspace() else i
    return tuple(blanks)


__all__ = ["LONGEST", "Lattice", "WordMeaning", "language_of", "lex"]
