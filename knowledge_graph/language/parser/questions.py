"""The questions back, in both languages. Each names the words it is about and offers readings."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge_graph.language.names import NameMatch
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.results import Ask, AskCode, Choice
from knowledge_graph.language.vocabulary import FieldInfo, entity_of
from knowledge_graph.ontology.record import RecordRef


def ask(
    r: Reading,
    code: AskCode,
    *,
    zh: str,
    en: str,
    about: Iterable[str] = (),
    choices: Iterable[Choice] = (),
) -> Ask:
    """Return a question in the language of the sentence."""
    text = zh if r.lang == "zh" else en
    return Ask(code=code, text=text, about=tuple(about), choices=tuple(choices))


def missing_unit(r: Reading, info: FieldInfo, value: float) -> Ask:
    """Ask what a bare small amount means."""
    field, money = info.label(r.lang), r.context.currency
    choices = [
        Choice(label=f"{value:,} {money}", text=f"{value} {money}"),
        Choice(label=f"{value}万 {money}", text=f"{value}万")
        if r.lang == "zh"
        else Choice(label=f"{value} thousand {money}", text=f"{value}k"),
    ]
    return ask(
        r,
        "missing_unit",
        zh=f"{field} {value}：单位是什么？",
        en=f"{field} {value}: in which unit?",
        about=[str(value)],
        choices=choices,
    )


def missing_percent(r: Reading, info: FieldInfo, value: float) -> Ask:
    """Ask whether a number on a ratio is a percentage."""
    field = info.label(r.lang)
    return ask(
        r,
        "missing_unit",
        zh=f"{field} {value}：是 {value}% 吗？",
        en=f"{field} {value}: do you mean {value}%?",
        about=[str(value)],
        choices=[Choice(label=f"{value}%", text=f"{value}%")],
    )


def ambiguous_name(r: Reading, words: str, matches: Iterable[NameMatch], *, sure: bool) -> Ask:
    """Ask which of several records a name means (`sure`), or whether a near one was meant."""
    found: dict[RecordRef, tuple[str, str]] = {}
    for match in matches:
        found.setdefault(match.entry.ref, (match.entry.name, match.entry.hint))
    choices = [
        Choice(label=f"{name} ({_facts(r, ref, hint)})", text=f"@{ref}")
        for ref, (name, hint) in list(found.items())[:5]
    ]
    if sure:
        zh, en = f"“{words}”有多个匹配，是哪一个？", f"Which “{words}” do you mean?"
    else:
        zh, en = f"没有找到“{words}”。您是指：", f"There is no “{words}”. Did you mean:"
    return ask(r, "ambiguous_name", zh=zh, en=en, about=[words], choices=choices)


def _facts(r: Reading, ref: RecordRef, hint: str) -> str:
    """Return what tells a record from a namesake: its kind and where it belongs, or its id."""
    label = r.vocabulary.label(entity_of(ref.kind), r.lang)
    if hint.startswith("@"):
        kind, _, key = hint[1:].partition(":")
        hint = r.vocabulary.names.name_of(RecordRef(kind=kind, id=key)) or ""
    return (" · " if hint else " ").join((label, hint or ref.id))


def no_name(r: Reading, words: str) -> Ask:
    """Say that no record has the name."""
    return ask(
        r,
        "unknown_term",
        zh=f"没有名为“{words}”的记录。",
        en=f"No record is called “{words}”.",
        about=[words],
    )


def which_period(r: Reading) -> Ask:
    """Ask for the period of a change."""
    return ask(
        r,
        "missing_argument",
        zh="与哪个时间段相比？请说明时间段，例如“近3个月”。",
        en="Over which period? Please say one, such as “in the last 3 months”.",
    )


def several_readings(r: Reading, words: str, readings: Iterable[str]) -> Ask:
    """Ask which of several readings of a date or a number is meant."""
    return ask(
        r,
        "ambiguous_term",
        zh=f"“{words}”有多种理解，您指的是哪一种？",
        en=f"“{words}” can be read in several ways. Which one do you mean?",
        about=[words],
        choices=[Choice(label=text, text=text) for text in readings],
    )


def which_date(r: Reading, words: str, dates: Iterable[FieldInfo]) -> Ask:
    """Ask which date a period means."""
    choices = [
        Choice(label=f"{info.label('zh')}：{words}", text=f"{info.label('zh')}在{words}")
        if r.lang == "zh"
        else Choice(label=f"{info.label('en')}: {words}", text=f"{info.label('en')} is {words}")
        for info in dates
    ][:5]
    return ask(
        r,
        "ambiguous_term",
        zh=f"“{words}”指的是哪个日期？",
        en=f"Which date does “{words}” mean?",
        about=[words],
        choices=choices,
    )


def no_such_day(r: Reading, days: Iterable[str]) -> Ask:
    """Say that the calendar has no such day."""
    words = tuple(days)
    return ask(
        r,
        "contradiction",
        zh=f"日历上没有“{'、'.join(words)}”这一天，请确认日期。",
        en=f"There is no {', '.join(words)} in the calendar. Which date do you mean?",
        about=words,
    )


def one_kind(r: Reading, entities: Iterable[str]) -> Ask:
    """Ask which of several kinds of records is wanted: a request is about one."""
    labels = [r.vocabulary.label(entity, r.lang) for entity in dict.fromkeys(entities)]
    return ask(
        r,
        "missing_argument",
        zh=f"一次只能查一类记录：{'还是'.join(labels)}？",
        en=f"One kind of record at a time, please: {' or '.join(labels)}?",
        choices=[Choice(label=label, text=label) for label in labels],
    )


def who(r: Reading, words: str) -> Ask:
    """Ask who "his" or "her" is."""
    return ask(
        r,
        "missing_argument",
        zh=f"“{words}”指的是谁？请说出姓名。",
        en=f"Whose? Please say the name instead of “{words}”.",
        about=[words],
    )


def not_writable(r: Reading, info: FieldInfo) -> Ask:
    """Say that a field cannot be set."""
    field = info.label(r.lang)
    return ask(
        r,
        "unknown_term",
        zh=f"{field}不能直接修改。",
        en=f"{field} cannot be set.",
        about=[field],
    )


def set_twice(r: Reading, info: FieldInfo) -> Ask:
    """Ask which of two values a field is to have."""
    field = info.label(r.lang)
    return ask(
        r,
        "contradiction",
        zh=f"{field}给了两个不同的值，以哪个为准？",
        en=f"{field} is given two different values. Which one holds?",
        about=[field],
    )


def whose(r: Reading) -> Ask:
    """Ask who "me" is when nobody is signed in."""
    return ask(
        r,
        "missing_argument",
        zh="“我”是哪位同事？请说出姓名。",
        en="Which colleague is “me”? Please say the name.",
        about=["我" if r.lang == "zh" else "me"],
    )


def ambiguous_value(r: Reading, words: str, fields: Iterable[FieldInfo]) -> Ask:
    """Ask which field a value belongs to."""
    choices = [
        Choice(
            label=f"{info.label(r.lang)}: {words}",
            text=f"{info.label(r.lang)}是{words}"
            if r.lang == "zh"
            else f"{info.label(r.lang)} is {words}",
        )
        for info in fields
    ]
    return ask(
        r,
        "ambiguous_term",
        zh=f"“{words}”是指哪个字段？",
        en=f"Which field does “{words}” belong to?",
        about=[words],
        choices=choices,
    )


def unknown_value(r: Reading, info: FieldInfo, words: str, valid: Iterable[str]) -> Ask:
    """Say that a closed field has no such value, and which it has."""
    field = info.label(r.lang)
    labels = list(dict.fromkeys(r.vocabulary.value_label(info.id, v, r.lang) for v in valid))
    choices = [Choice(label=label, text=label) for label in labels[:8]]
    return ask(
        r,
        "unknown_term",
        zh=f"{field}没有“{words}”这个值。可选：{'、'.join(labels[:8])}。",
        en=f"{field} has no value “{words}”. Valid: {', '.join(labels[:8])}.",
        about=[words],
        choices=choices,
    )
