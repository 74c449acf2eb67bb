"""Grounding: every word and number of a hosted model's argument has a source.

A source is what people and tools said in this conversation, or the closed words of the business language
(entity, field, value and operator words). Names of records, numbers and literal texts are never closed
words: they must have been said. Half of the calls of a small model carried an invented argument
(docs/adr), so this check is what lets such a model near the tools at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from agents.model import CallResult
from agents.state import TurnContext
from knowledge_graph.language.recognisers.numerals_en import MAGNITUDES, WORDS, parse_en
from knowledge_graph.language.recognisers.numerals_zh import parse_zh
from tools.outcomes import ApprovalRequired, Table, ToolFailed, ToolOk, ToolQuestion

_REF = re.compile(r"@[a-z_]+:\S+?(?=[;,，；。)\s]|$)")
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})(?:t[\d:]+z?)?\b")
_CODE = re.compile(
    r"[\w.+-]+@[\w.-]+\w|\b(?=\w*\d)(?=\w*[a-z])[a-z0-9]+(?:[-_][a-z0-9]+)*\b", re.ASCII
)
_NO_CODE_BEFORE = r"(?<![a-z0-9_@.+-])"
_NO_CODE_AFTER = r"(?![a-z0-9_@-]|\.[a-z0-9])"
_LONGEST_KNOWN = 40
"""Characters of the longest closed word that is looked for in running Chinese."""
_ZH_NUMERAL = r"[零一二两三四五六七八九十百千万亿点\d.,]{0,60}[零一二两三四五六七八九十百千万亿]"
_NUMBER = re.compile(
    rf"(?P<zh>{_ZH_NUMERAL})"
    rf"|(?P<num>\d{{1,60}}(?:,\d{{3}}){{0,20}}(?:\.\d{{1,60}})?)(?P<unit>\s*(?:million|billion|thousand|lakh|crore)|[kw](?![a-z])|m(?![a-z])|%)?"
    rf"|(?P<en>\b(?:{WORDS})(?:[\s-]+(?:{WORDS}|and))*\b)"
)
_LATIN = re.compile(r"[a-z][a-z'’]*", re.ASCII)
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_UNITS = {"k": 1000, "w": 10_000, "m": 1_000_000, **MAGNITUDES}
_FUNCTION_WORDS = (
    "a an the of in on at to by for from with and or not no is are was be has have than more less over "
    "under above below least most between before after since until within last next this past ago all any "
    "every each that which who whose whom them their they it its his her he she i me my mine our we you your "
    "as if so do does did been into out up down off only also then"
)
_CONTROLLED_WORDS = (
    "s set add remove clear increase decrease equals equal contains starts ends greater fewer up descending "
    "ascending asc desc sort count sum average avg max min total number name value true false yes empty "
    "unknown known day days week weeks month months quarter quarters year years hour hours today yesterday "
    "tomorrow now"
)
_SMALL_EN = frozenset((*_FUNCTION_WORDS.split(), *_CONTROLLED_WORDS.split()))
_SMALL_ZH = frozenset(
    "的了吗是为把给有在和与或且不非无没未于至到从起止内外前后大小高低多少超过等含并及其之所上下近本今明昨去该每各个"
    "条名家位天日周月季年时且将被由对按以最新旧全部任何设添加删除增减改成作"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def fold_words(text: str) -> str:
    """Return a text as it is compared: width and case folded, blanks single.

    >>> fold_words("Ａcme  Ltd")
    'acme ltd'
    """
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def numbers_in(text: str) -> frozenset[Fraction]:
    """Return the numbers that a text says, magnitudes applied.

    >>> sorted(map(int, numbers_in("500万 and 3 million, five")))
    [5, 3000000, 5000000]
    """
    found: set[Fraction] = set()
    for match in _NUMBER.finditer(fold_words(text)):
        value = _value(match)
        if value is not None:
            found.add(value)
    return frozenset(found)


def _value(match: re.Match[str]) -> Fraction | None:
    if match["zh"]:
        return parse_zh(match["zh"].replace(",", ""))
    if match["en"]:
        return parse_en(match["en"].removesuffix(" and"))
    number = Fraction(match["num"].replace(",", ""))
    unit = (match["unit"] or "").strip()
    return number / 100 if unit == "%" else number * _UNITS.get(unit, 1)


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """What was said, and which words are closed words of the business language."""

    said: str
    refs: frozenset[str] = frozenset()
    """`kind:id` of records that tools returned or the conversation is about."""
    known: Callable[[str], bool] = field(default=lambda _: False)
    """Tells whether a folded word belongs to the dictionary (never true of a record's name)."""

    def invented(self, value: object) -> tuple[str, ...]:
        """Return what of an argument has no source, empty if all of it has.

        >>> Grounds(said="move acme to won").invented("status = won; owner = Raj")
        ('status', 'owner', 'raj')
        """
        if value is None or isinstance(value, bool) or value == "":
            return ()
        rest, missing = fold_words(str(value)), []
        for pattern, has_source in (
            (_REF, self._ref_said), (_ISO, self._date_said), (_CODE, self._code_said),
            (_NUMBER, self._number_said), (_LATIN, self._word_said), (_CJK, self._run_said),
        ):  # fmt: skip
            missing += [m.group() for m in pattern.finditer(rest) if not has_source(m)]
            rest = pattern.sub(" ", rest)
        return tuple(dict.fromkeys(missing))

    def _ref_said(self, match: re.Match[str]) -> bool:
        return match.group()[1:] in self.refs or self._said_whole(match.group())

    def _code_said(self, match: re.Match[str]) -> bool:
        code = match.group()
        if self._said_whole(code):
            return True
        # "45k", "30days": a number that was said, and letters that were, too
        numbers, letters = numbers_in(code), _LATIN.finditer(_NUMBER.sub(" ", code))
        return bool(numbers) and numbers <= self._numbers and all(map(self._word_said, letters))

    def _said_whole(self, code: str) -> bool:
        """Return whether a code or an address stands in what was said, not only as a part of another one."""
        return bool(re.search(_NO_CODE_BEFORE + re.escape(code) + _NO_CODE_AFTER, self.said))

    def _date_said(self, match: re.Match[str]) -> bool:
        if match.group()[:10] in self.said:
            return True
        year, month, day = (Fraction(int(match[n])) for n in (1, 2, 3))
        named = _MONTHS[int(month) - 1] in self.said if 1 <= month <= 12 else False
        said = self._every_number
        return year in said and day in said and (named or month in said)

    def _number_said(self, match: re.Match[str]) -> bool:
        value = _value(match)
        if value is None:
            return match.group() in self.said
        return value in self._numbers or (match["zh"] is not None and match.group() in self.said)

    def _word_said(self, match: re.Match[str]) -> bool:
        word = match.group().rstrip("'’")
        return word in _SMALL_EN or word in self._words or self.known(word)

    def _run_said(self, match: re.Match[str]) -> bool:
        run, at = match.group(), 0
        while at < len(run):
            step = self._longest(run, at)
            if step == 0:
                return False
            at += step
        return True

    def _longest(self, run: str, at: int) -> int:
        """Return how many characters from `at` are covered by one word; a lone one must be a particle."""
        end = at + 2
        while end <= len(run) and run[at:end] in self.said:  # what was said, its beginning was, too
            end += 1
        covered = end - 1 - at
        longest = min(len(run) - at, _LONGEST_KNOWN)
        words = (n for n in range(longest, max(covered, 1), -1) if self.known(run[at : at + n]))
        covered = next(words, covered)
        return covered if covered > 1 else int(run[at] in _SMALL_ZH)

    @cached_property
    def _numbers(self) -> frozenset[Fraction]:
        return numbers_in(self.said)

    @cached_property
    def _every_number(self) -> frozenset[Fraction]:
        """Numbers as digits alone too: "3月2日" says 3 and 2."""
        return self._numbers | {Fraction(d) for d in re.findall(r"\d+", self.said)}

    @cached_property
    def _words(self) -> frozenset[str]:
        words = set(_LATIN.findall(self.said))
        return frozenset(words | {w.removesuffix("'s") for w in words})


def grounds_of(
    context: TurnContext, results: Sequence[CallResult], *, writes: bool = False
) -> Grounds:
    """Return the sources of this turn: what was said and returned, and the language.

    Args:
        context: The run facts.
        results: What tools returned in this turn.
        writes: For the arguments of a write only the person's own words count, and the names of records:
            a note that says "give everything to Mallory" is no source.
    """
    run = context.run
    lines = [run.user_text]
    lines += [h.text for h in context.history if h.role == "user" or not writes]
    if context.pending is not None:
        lines += [context.pending.text, context.pending.user_text]
        lines += [f"{o.label} {o.reply}" for o in context.pending.options]
    refs = {str(r) for r in run.focus.refs}
    for item in results:
        lines += _titles(item) if writes else said_in(item)
        refs |= _refs_in(item)
    return Grounds(
        said=fold_words(" \n ".join(lines)), refs=frozenset(refs), known=context.known_word
    )


def _titles(item: CallResult) -> Iterable[str]:
    if isinstance(item.result, ToolOk):
        yield from (e.source for e in item.result.evidence)


def said_in(item: CallResult) -> Iterable[str]:
    """Yield all texts of a result."""
    result = item.result
    if isinstance(result, ToolOk):
        yield result.text
        yield from result.warnings
        yield from _cells(result.table)
        yield from (str(v) for v in (result.data or {}).values())
        yield from (f"{e.source} {e.quote} {e.observed_at}" for e in result.evidence)
    elif isinstance(result, ToolQuestion | ToolFailed):
        yield result.text
    elif isinstance(result, ApprovalRequired):
        yield result.summary


def _cells(table: Table | None) -> Iterable[str]:
    if table is not None:
        yield from table.columns
        for row in table.rows:
            yield from row


def _refs_in(item: CallResult) -> set[str]:
    result = item.result
    refs = set()
    if isinstance(result, ToolOk):
        refs |= {str(r) for r in (result.table.refs if result.table else ())}
        refs |= {str(e.ref) for e in result.evidence if e.ref is not None}
    if isinstance(result, ToolOk | ApprovalRequired) and result.focus is not None:
        refs |= {str(r) for r in result.focus.refs}
    return refs
