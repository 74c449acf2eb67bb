"""Changes in controlled words: `name = "Morgan Wilson"; owner = Raj Patel`."""

from __future__ import annotations

from dataclasses import replace

from knowledge_graph.expression.nodes import Assignment, Moment, Span
from knowledge_graph.language.readback import values as say
from knowledge_graph.language.results import Lang
from knowledge_graph.language.vocabulary import FieldInfo, Vocabulary

_FORMS = {
    "zh": {
        "set": "{f}改为{v}", "clear": "清空{f}", "add": "加上{f}{v}", "remove": "去掉{f}{v}",
        "append": "{f}追加{v}", "raise": "{f}增加{v}", "lower": "{f}减少{v}", "scale": "{f}乘以{v}",
        "later": "{f}推迟{v}", "earlier": "{f}提前{v}",
    },
    "en": {
        "set": "{f} = {v}", "clear": "clear {f}", "add": "add {f} {v}", "remove": "remove {f} {v}",
        "append": "append to {f} {v}", "raise": "raise {f} by {v}", "lower": "lower {f} by {v}",
        "scale": "multiply {f} by {v}", "later": "postpone {f} by {v}", "earlier": "bring forward {f} by {v}",
    },
}  # fmt: skip


def changes(node: tuple[Assignment, ...], vocabulary: Vocabulary, lang: Lang) -> str:
    """Return the changes, one after the other."""
    joint = "；" if lang == "zh" else "; "
    said = [c.value for c in node if c.field.endswith(".currency") and c.mode == "set"]
    if said and isinstance(said[0], str):
        vocabulary = replace(vocabulary, currency=said[0])
    return joint.join(_change(change, vocabulary, lang) for change in node)


def _change(change: Assignment, vocabulary: Vocabulary, lang: Lang) -> str:
    info = vocabulary.fields[change.field]
    label = info.label(lang)
    mode, value = change.mode, change.value
    form: str = mode
    if mode == "increase" and isinstance(value, int | float):
        form = "raise" if value >= 0 else "lower"
        change = replace(change, value=abs(value))
    if isinstance(value, Span):
        form = "later" if value.n >= 0 else "earlier"
    words = "" if mode == "clear" else _value(change, info, vocabulary, lang)
    if mode == "set" and _is_new(change, vocabulary):
        words += "（新值）" if lang == "zh" else " (new value)"
    return _FORMS[lang][form].format(f=label, v=words)


def _is_new(change: Assignment, vocabulary: Vocabulary) -> bool:
    """Whether a value is one that the enumeration has not held so far: shown, so that a slip is seen."""
    linked = vocabulary.values.get(change.field, {})
    known = {value for group in linked.values() for value in group}
    enum = vocabulary.fields[change.field].type == "enum"
    return enum and isinstance(change.value, str) and change.value not in known


def _value(change: Assignment, info: FieldInfo, vocabulary: Vocabulary, lang: Lang) -> str:
    value = change.value
    if change.mode == "increase" and info.type == "ratio" and isinstance(value, int | float):
        points = say.quantity(value, info, vocabulary.currency, lang).rstrip("%")
        return f"{points}个百分点" if lang == "zh" else f"{points} percentage points"
    if change.mode == "scale" and isinstance(value, int | float):
        return say.number(value)
    if isinstance(value, Span):
        return say.span(value, lang)
    if isinstance(value, tuple):
        joint = "、" if lang == "zh" else ", "
        return joint.join(say.scalar(v, info, vocabulary, lang) for v in value)
    if isinstance(value, str | int | float | Moment):
        return say.scalar(value, info, vocabulary, lang)
    return say.quoted("")
