"""What differs between two versions of a rule, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from knowledge_graph.expression.nodes import Aggregate, Condition, Field, HeldFor
from knowledge_graph.language.results import Lang
from knowledge_graph.language.rules.readback import Speaker
from knowledge_graph.language.vocabulary import Vocabulary
from knowledge_graph.ontology.intent_contract import Branch
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.evaluation import clauses_in
from knowledge_graph.rules.meaning import content_hash


def differences(
    before: RuleContract, after: RuleContract, vocabulary: Vocabulary, lang: Lang
) -> tuple[str, ...]:
    """Return what differs between two versions, one sentence a difference.

    Args:
        before: The older version.
        after: The newer one.
        vocabulary: The names of what they speak of (`RuleCompiler.vocabulary`).
        lang: The language of the reader.

    Returns:
        The differences in the order trigger, condition, actions, limits; none: they are the same but for
        their words. Where only the words differ, one sentence says so.
    """
    teller = _Teller(Speaker(vocabulary, lang), lang)
    found = (
        *teller.trigger(before, after),
        *teller.conditions(before, after),
        *teller.actions(before, after),
        *teller.otherwise(before, after),
        *teller.limits(before, after),
    )
    if not found and before.source.text != after.source.text:
        same = content_hash(before) == content_hash(after)
        if same:
            return (
                teller.say(
                    "只改了说法，意思相同。", "Only the words changed; the meaning is the same."
                ),
            )
    return found


@dataclass(frozen=True)
class _Teller:
    speaker: Speaker
    lang: Lang

    def say(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def changed(self, what: tuple[str, str], before: str, after: str) -> Iterator[str]:
        if before != after:
            none = self.say("无", "none")
            yield self.say(
                f"{what[0]}由“{before or none}”改为“{after or none}”。",
                f"{what[1]} changes from “{before or none}” to “{after or none}”.",
            )

    def trigger(self, before: RuleContract, after: RuleContract) -> Iterator[str]:
        texts = [self._trigger(rule) for rule in (before, after)]
        yield from self.changed(("触发时机", "The trigger"), *texts)

    def _trigger(self, rule: RuleContract) -> str:
        trigger = rule.contract.trigger
        if trigger.schedule is not None:
            return self.speaker.schedule(trigger.schedule)
        if trigger.event is not None:
            return self.speaker.event(trigger.event)
        return self.say("数据变化时", "whenever the data changes")

    def conditions(self, before: RuleContract, after: RuleContract) -> Iterator[str]:
        old, new = (dict(self._clauses(rule.condition)) for rule in (before, after))
        gone = {text: terms for text, terms in old.items() if text not in new}
        come = {text: terms for text, terms in new.items() if text not in old}
        for text, terms in gone.items():
            instead = next((t for t, theirs in come.items() if terms and theirs == terms), None)
            if instead is None:
                yield self.say(f"去掉条件：{text}。", f"Condition removed: {text}.")
            else:
                del come[instead]
                yield from self.changed(("条件", "A condition"), text, instead)
        for text in come:
            yield self.say(f"新增条件：{text}。", f"Condition added: {text}.")

    def _clauses(self, condition: Condition | None) -> Iterator[tuple[str, str]]:
        for node, negated in clauses_in(condition):
            yield self.speaker.clause(node, negated=negated), _subject(node)

    def actions(self, before: RuleContract, after: RuleContract) -> Iterator[str]:
        old, new = (
            [self.speaker.action(action) for action in rule.contract.actions]
            for rule in (before, after)
        )
        for text in _without(old, new):
            yield self.say(f"不再执行：{text}。", f"No longer done: {text}.")
        for text in _without(new, old):
            yield self.say(f"新增执行：{text}。", f"Newly done: {text}.")

    def otherwise(self, before: RuleContract, after: RuleContract) -> Iterator[str]:
        texts = [self._otherwise(rule) for rule in (before, after)]
        yield from self.changed(("否则部分", "What is done otherwise"), *texts)

    def _otherwise(self, rule: RuleContract) -> str:
        parts = []
        for item in rule.contract.otherwise:
            if isinstance(item, Branch):
                actions = "; ".join(self.speaker.action(action) for action in item.actions)
                parts.append(f"{self.speaker.condition(item.when)} → {actions}")
            else:
                parts.append(self.speaker.action(item))
        return "; ".join(parts)

    def limits(self, before: RuleContract, after: RuleContract) -> Iterator[str]:
        for what, read in _LIMITS:
            yield from self.changed(what, read(before), read(after))
        for rule, other, zh, en in (
            (before, after, "不再读取数据源", "No longer reads"),
            (after, before, "新增数据源", "Newly reads"),
        ):
            for source in _without(rule.contract.data_sources, other.contract.data_sources):
                yield self.say(f"{zh}：{source}。", f"{en} {source}.")


def _validity(rule: RuleContract) -> str:
    start, end = rule.validity.start, rule.validity.end
    return "" if start is None and end is None else f"{start or '…'} – {end or '…'}"


_LIMITS: tuple[tuple[tuple[str, str], Callable[[RuleContract], str]], ...] = (
    (("有效期", "The time it is valid"), _validity),
    (("每日动作上限", "The daily budget"), lambda r: "" if r.budget is None else str(r.budget)),
    (
        ("冷却时间", "The cool-down"),
        lambda r: "" if r.cooldown is None else f"{r.cooldown.n} {r.cooldown.unit}",
    ),
    (("离开条件后", "What becomes of its effects afterwards"), lambda r: r.on_exit or ""),
    (("负责角色", "The owner"), lambda r: r.owner_role or ""),
    (("适用组织", "The organisation"), lambda r: r.scope.org or ""),
)


def _subject(node: Condition) -> str:
    """Return what a clause is about, so that a changed value is told as one change."""
    inner = node.arg if isinstance(node, HeldFor) else node
    term = getattr(inner, "term", None)
    if isinstance(term, Field):
        return term.id
    if isinstance(term, Aggregate):
        return f"{term.agg} {term.over} {term.field}"
    return ""


def _without(items: Iterable[str], others: Sequence[str]) -> list[str]:
    return [item for item in items if item not in others]
