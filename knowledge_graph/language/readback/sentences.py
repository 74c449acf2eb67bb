"""Conditions, requests and changes in controlled words."""

from __future__ import annotations

from dataclasses import dataclass, replace

from knowledge_graph.expression.nodes import (
    Aggregate,
    And,
    Assignment,
    AtLeast,
    Compare,
    Condition,
    During,
    Field,
    Has,
    HeldFor,
    In,
    Known,
    Not,
    Or,
    Query,
    Sort,
    Term,
    Text,
)
from knowledge_graph.language.dictionary import Names
from knowledge_graph.language.readback import values as say
from knowledge_graph.language.readback.assignments import changes
from knowledge_graph.language.results import Lang
from knowledge_graph.language.spelling import plural_forms
from knowledge_graph.language.vocabulary import FieldInfo, Vocabulary

_OPS = {
    "zh": {"gt": "超过", "ge": "不低于", "lt": "低于", "le": "不超过", "eq": "是", "ne": "已知且不同于"},
    "en": {
        "gt": " is over ", "ge": " is at least ", "lt": " is under ", "le": " is at most ",
        "eq": " is ", "ne": " is known and differs from ",
    },
}  # fmt: skip
_TIME_OPS = {
    "zh": {"gt": "晚于", "ge": "不早于", "lt": "早于", "le": "不晚于", "eq": "是"},
    "en": {
        "gt": " is after ", "ge": " is on or after ", "lt": " is before ", "le": " is on or before ",
        "eq": " is on ",
    },
}  # fmt: skip
_AGGS = {
    "zh": {"sum": "合计", "avg": "平均值", "max": "最大值", "min": "最小值"},
    "en": {"sum": "total", "avg": "average", "max": "maximum", "min": "minimum"},
}
_MODES = {
    "zh": {"contains": "包含", "starts": "开头是", "ends": "结尾是"},
    "en": {"contains": " contains ", "starts": " starts with ", "ends": " ends with "},
}
_COUNT = FieldInfo(id="count", type="integer", names=Names())
_SHARE = FieldInfo(id="change", type="ratio", names=Names())


def read_back(
    node: Query | Condition | tuple[Assignment, ...], vocabulary: Vocabulary, lang: Lang
) -> str:
    """Return an expression in controlled words."""
    if isinstance(node, tuple):
        return changes(node, vocabulary, lang)
    if isinstance(node, Query):
        return _Speaker(vocabulary, lang, node.entity).query(node)
    return _Speaker(vocabulary, lang, None).condition(node)


@dataclass(frozen=True, slots=True)
class _Speaker:
    vocabulary: Vocabulary
    lang: Lang
    entity: str | None

    def _pick(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def query(self, node: Query) -> str:
        noun = self.vocabulary.label(node.entity, self.lang)
        parts = [noun if self.lang == "zh" else (plural_forms(noun) or (noun,))[0]]
        if node.condition is not None:
            words = self.condition(node.condition)
            if self.lang == "zh":
                parts.append(f"条件：{words}")
            else:
                parts[0] += f" where {words}"
        if node.sort:
            keys = self._pick("和", " and ").join(self._key(s) for s in node.sort)
            parts.append(self._pick(f"按{keys}", f"sorted by {keys}"))
        if node.limit is not None:
            parts.append(self._pick(f"前{node.limit}个", f"first {node.limit}"))
        return self._pick("，", ", ").join(parts)

    def _key(self, sort: Sort) -> str:
        term, _ = self._term(sort.term)
        if self.lang == "zh":
            return f"{term}{'降序' if sort.descending else '升序'}"
        return f"{term} {'descending' if sort.descending else 'ascending'}"

    def condition(self, node: Condition) -> str:
        match node:
            case And():
                inner = self._in_currency(node)
                return self._pick("且", " and ").join(inner._part(a) for a in node.args)
            case Or():
                return self._pick("或", " or ").join(self._part(a) for a in node.args)
            case Not():
                return self._not(node.arg)
            case AtLeast():
                listed = self._pick("；", "; ").join(self._part(a) for a in node.args)
                return self._pick(
                    f"满足以下任意{node.n}项：{listed}", f"at least {node.n} of: {listed}"
                )
            case HeldFor():
                held = self._bracketed(self.condition(node.arg))
                unit = say._ZH_UNITS[node.unit]
                return self._pick(
                    f"{held}连续{node.n}{unit}", f"{held} for {node.n} consecutive {node.unit}s"
                )
            case _:
                return self._leaf(node, negative=False)

    def _in_currency(self, node: And) -> _Speaker:
        """Return a speaker of amounts in the currency that a conjunction names."""
        for arg in node.args:
            if not isinstance(arg, Compare) or not isinstance(arg.term, Field):
                continue
            if arg.term.name == "currency" and arg.op == "eq":
                spoken = replace(self.vocabulary, currency=str(arg.value))
                return replace(self, vocabulary=spoken)
        return self

    def _part(self, node: Condition) -> str:
        words = self.condition(node)
        simple = isinstance(node, Not) and self._is_plain_negation(node.arg)
        if isinstance(node, And | Or | AtLeast | HeldFor) or (isinstance(node, Not) and not simple):
            return self._bracketed(words)
        return words

    def _bracketed(self, words: str) -> str:
        return self._pick(f"（{words}）", f"({words})")

    @staticmethod
    def _is_plain_negation(node: Condition) -> bool:
        return isinstance(node, Known | In | Has) or (
            isinstance(node, Compare) and node.op == "eq" and isinstance(node.value, str)
        )

    def _not(self, node: Condition) -> str:
        if self._is_plain_negation(node):
            return self._leaf(node, negative=True)  # type: ignore[arg-type]  # a leaf, see above
        return self._pick(f"不满足（{self.condition(node)}）", f"not ({self.condition(node)})")

    def _leaf(self, node: Compare | In | Has | Text | During | Known, *, negative: bool) -> str:
        term, info = self._term(node.term)
        match node:
            case Compare():
                return self._compare(node, term, info, negative=negative)
            case In():
                listed = self._pick("或", " or ").join(self._value(v, info) for v in node.values)
                return f"{term}{self._is(negative=negative)}{listed}"
            case Has():
                verb = self._pick(
                    "不包含" if negative else "包含",
                    " does not include " if negative else " includes ",
                )
                return f"{term}{verb}{self._value(node.value, info)}"
            case Text():
                return f"{term}{_MODES[self.lang][node.mode]}{say.quoted(node.value)}"
            case During():
                return f"{term}{self._pick('在', ' is ')}{say.window(node.window, self.lang)}"
            case Known():
                empty = self._pick("为空", " is empty")
                return f"{term}{empty if negative else self._pick('不为空', ' is not empty')}"

    def _is(self, *, negative: bool) -> str:
        return self._pick("不是" if negative else "是", " is not " if negative else " is ")

    def _value(self, value: str, info: FieldInfo) -> str:
        return say.scalar(value, info, self.vocabulary, self.lang)

    def _compare(self, node: Compare, term: str, info: FieldInfo, *, negative: bool) -> str:
        if isinstance(node.term, Aggregate) and node.term.change is not None:
            return self._change(node, term)
        if negative:
            return f"{term}{self._is(negative=True)}{self._value(str(node.value), info)}"
        ops = _TIME_OPS if info.type in {"date", "datetime"} else _OPS
        words = say.scalar(node.value, info, self.vocabulary, self.lang)
        return f"{term}{ops[self.lang][node.op]}{words}"

    def _change(self, node: Compare, term: str) -> str:
        words = say.scalar(node.value, _SHARE, self.vocabulary, self.lang)
        against = self._pick("环比变化率", " against the previous period change")
        return f"{term}{against}{_OPS[self.lang][node.op]}{words}"

    def _term(self, term: Term) -> tuple[str, FieldInfo]:
        if isinstance(term, Aggregate):
            return self._aggregate(term)
        info = self.vocabulary.field_of(term.id)
        if info is None:
            return self._identity(term)
        return self._name(info, qualified=info.entity != self.entity), info

    def _identity(self, term: Field) -> tuple[str, FieldInfo]:
        label = self._pick("记录", "record")
        info = FieldInfo(id=term.id, type="reference", names=Names(),
                         target=self.vocabulary.schema.kind(term.entity).name)  # fmt: skip
        return label if term.entity == self.entity else self._of(term.entity, label), info

    def _name(self, info: FieldInfo, *, qualified: bool) -> str:
        label = info.label(self.lang)
        return self._of(info.entity, label) if qualified else label

    def _of(self, entity: str, label: str) -> str:
        noun = self.vocabulary.label(entity, self.lang)
        if entity == "event":  # of whatever happened: its names say so themselves
            return label
        return self._pick(f"{noun}的{label}", f"{noun}'s {label}")

    def _aggregate(self, term: Aggregate) -> tuple[str, FieldInfo]:
        inner = _Speaker(self.vocabulary, self.lang, term.over)
        where = "" if term.where is None else self._bracketed(inner.condition(term.where))
        period = "" if term.window is None else say.window(term.window, self.lang)
        if term.field is None:
            noun = self.vocabulary.label(term.over, self.lang)
            if self.lang == "zh":
                return f"{period}{noun}{where}数量", _COUNT
            noun = (plural_forms(noun) or (noun,))[0]
            return _spaced("number of", noun, where, period), _COUNT
        info = self.vocabulary.fields[term.field]
        label, noun = info.label(self.lang), self.vocabulary.label(info.entity, self.lang)
        name = self._name(info, qualified=not label.startswith(noun))
        agg = _AGGS[self.lang][term.agg]
        if self.lang == "zh":
            return f"{period}{name}{where}{agg}", info
        return _spaced(agg, name, where, period), info


def _spaced(*words: str) -> str:
    return " ".join(word for word in words if word)
