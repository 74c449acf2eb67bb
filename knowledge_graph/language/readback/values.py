"""Values in words: numbers with their units, quoted texts, records, periods and instants."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from knowledge_graph.expression.nodes import (
    Between,
    Calendar,
    Moment,
    Rolling,
    Scalar,
    Span,
    Unit,
    Window,
)
from knowledge_graph.language.lexicon import function_words
from knowledge_graph.language.recognisers import DateFound, WindowFound, recognise
from knowledge_graph.language.results import LanguageContext
from knowledge_graph.language.spelling import folded
from knowledge_graph.language.vocabulary import QUOTES, FieldInfo, Vocabulary

_ZH_UNITS: dict[Unit, str] = {
    "minute": "分钟", "hour": "小时", "day": "天", "week": "周", "month": "个月", "quarter": "个季度",
    "year": "年",
}  # fmt: skip
_ZH_CALENDAR: dict[Unit, tuple[str, str, str]] = {
    "day": ("昨天", "今天", "明天"),
    "week": ("上周", "本周", "下周"),
    "month": ("上个月", "本月", "下个月"),
    "quarter": ("上季度", "本季度", "下季度"),
    "year": ("去年", "今年", "明年"),
}
_EN_DAYS = ("yesterday", "today", "tomorrow")
_CONTEXT = LanguageContext(now=datetime(2026, 3, 18, 4, 0, tzinfo=UTC))
"""A clock for trying out phrases: relative words mean the same at any time."""


def quoted(words: str) -> str:
    """Return literal text in quotes that it does not hold itself.

    >>> quoted('a "b"')
    '“a "b"”'
    """
    for left, right in QUOTES:
        if left not in words and right not in words:
            return f"{left}{words}{right}"
    return f'"{words.replace(chr(34), chr(39))}"'


def number(value: float | Fraction) -> str:
    """Return a number in digits, without exponent.

    >>> number(5000000), number(0.5), number(1e-7)
    ('5,000,000', '0.5', '0.0000001')
    """
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{Decimal(repr(value)):,f}"


def quantity(value: float | Fraction, info: FieldInfo, currency: str, lang: str) -> str:
    """Return a number with the unit of its field."""
    match info.type:
        case "money":
            return f"{number(value)} {currency}"
        case "ratio" if not isinstance(value, Fraction):
            scaled = (Decimal(repr(value)) * 100).normalize()
            return f"{scaled:f}%"
        case "days":
            return f"{number(value)}天" if lang == "zh" else f"{number(value)} days"
        case "hours":
            return f"{number(value)}小时" if lang == "zh" else f"{number(value)} hours"
    return number(value)


def scalar(value: Scalar, info: FieldInfo, vocabulary: Vocabulary, lang: str) -> str:
    """Return a value of a field in words."""
    if isinstance(value, Moment):
        return _bound(value, info, lang)
    if isinstance(value, bool):
        return _word(info, "true" if value else "false", vocabulary, lang)
    if isinstance(value, int | float | Fraction):
        return quantity(value, info, vocabulary.currency, lang)
    if info.type == "reference" or info.id.endswith(".id"):
        return record(str(value), info, vocabulary)
    if info.type in {"enum", "set", "boolean"}:
        return _word(info, value, vocabulary, lang)
    if info.type in {"date", "datetime"}:
        return value
    return quoted(value)


def _bound(value: Moment, info: FieldInfo, lang: str) -> str:
    if info.type == "datetime" and value.unit == "day":
        return f"<{value.edge} {value.n} {value.unit}>"  # a plain day would mean its first or last moment
    return moment(value, lang)


def record(key: str, info: FieldInfo, vocabulary: Vocabulary) -> str:
    """Return a record in words: the name that means it alone, else `@kind:id`."""
    kind = info.target or vocabulary.schema.kind(info.entity).name
    return vocabulary.name_of(kind, key) or f"@{kind}:{key}"


def _word(info: FieldInfo, value: str, vocabulary: Vocabulary, lang: str) -> str:
    label = vocabulary.value_label(info.id, value, lang)
    linked = vocabulary.values.get(info.id, {})
    plain = all(char.isalnum() or char in " -_" for char in label)
    spelled = folded(label)
    clear = spelled not in function_words() and not {"and", "or"} & set(spelled.split())
    if plain and clear and len(label) > 1 and linked.get(spelled) == (value,):
        return label
    return quoted(value)


def span(value: Span, lang: str) -> str:
    """Return a length of time without its direction.

    >>> span(Span(n=-2, unit="week"), "en"), span(Span(n=1, unit="month"), "zh")
    ('2 weeks', '1个月')
    """
    count = abs(value.n)
    if lang == "zh":
        return f"{count}{_ZH_UNITS[value.unit]}"
    return f"{count} {value.unit}{'' if count == 1 else 's'}"


def window(value: Window, lang: str) -> str:
    """Return a period in words that the recognisers read as the same period."""
    return _window_words(value, lang)


@lru_cache(maxsize=2048)
def _window_words(value: Window, lang: str) -> str:
    for words in _window_phrases(value, lang):
        found = recognise(words, _CONTEXT)
        if any(
            isinstance(f.value, WindowFound)
            and f.value.window == value
            and not (f.value.direction == "either" and isinstance(value, Rolling))
            and not f.others
            and (f.start, f.end) == (0, len(words))
            for f in found
        ):
            return words
    match value:
        case Rolling():
            return f"<rolling {value.n} {value.unit}>"
        case Calendar():
            return f"<calendar {value.offset} {value.unit}>"
        case Between():
            return f"<{value.start or '*'}..{value.end or '*'}>"


def _window_phrases(value: Window, lang: str) -> Iterator[str]:
    if isinstance(value, Rolling):
        if lang == "zh":
            yield f"{'近' if value.n > 0 else '未来'}{abs(value.n)}{_ZH_UNITS[value.unit]}"
        else:
            side = "last" if value.n > 0 else "next"
            yield f"in the {side} {abs(value.n)} {value.unit}s"
    elif isinstance(value, Between) and value.start and value.end:
        start, end = value.start, value.end
        yield f"{start}到{end}" if lang == "zh" else f"from {start} to {end}"
        yield f"{start}至{end}" if lang == "zh" else f"{start} to {end}"
    elif isinstance(value, Calendar) and value.offset in {-1, 0, 1}:
        if value.unit == "day" and lang == "en":
            yield _EN_DAYS[value.offset + 1]
        if value.unit in _ZH_CALENDAR and lang == "zh":
            yield _ZH_CALENDAR[value.unit][value.offset + 1]
        elif lang == "en":
            yield f"{('last', 'this', 'next')[value.offset + 1]} {value.unit}"


def moment(value: Moment, lang: str) -> str:
    """Return a relative instant in words that the recognisers read as the same instant."""
    return _moment_words(value, lang)


@lru_cache(maxsize=2048)
def _moment_words(value: Moment, lang: str) -> str:
    for words in _moment_phrases(value, lang):
        found = recognise(words, _CONTEXT)
        if any(
            isinstance(f.value, DateFound)
            and f.value.moment == value
            and not f.others
            and (f.start, f.end) == (0, len(words))
            for f in found
        ):
            return words
    return f"<{value.edge} {value.n} {value.unit}>"


def _moment_phrases(value: Moment, lang: str) -> Iterator[str]:
    if value.unit == "day" and value.n in {-1, 0, 1}:
        yield _ZH_CALENDAR["day"][value.n + 1] if lang == "zh" else _EN_DAYS[value.n + 1]
    count, unit = abs(value.n), _ZH_UNITS[value.unit]
    if lang == "zh":
        yield f"{count}{unit}{'前' if value.n < 0 else '后'}"
        if value.unit in _ZH_CALENDAR and value.n in {-1, 0, 1}:
            name = _ZH_CALENDAR[value.unit][value.n + 1]
            yield f"{name}{'初' if value.edge == 'start' else '底'}"
    else:
        plural = "" if count == 1 else "s"
        side = (
            f"{count} {value.unit}{plural} ago"
            if value.n < 0
            else f"in {count} {value.unit}{plural}"
        )
        yield side
        if value.n in {-1, 0, 1}:
            yield f"the {value.edge} of {('last', 'this', 'next')[value.n + 1]} {value.unit}"
