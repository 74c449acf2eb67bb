"""What rules say to people, in the language of the rule's author."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, pstdev
from typing import Literal

from knowledge_graph.language.dictionary import Term
from knowledge_graph.language.results import Lang
from knowledge_graph.ontology.record import Record
from knowledge_graph.rule_ports import Reading
from knowledge_graph.rules.contract import RuleContract

MessageKind = Literal["notice", "briefing", "approval", "draft"]


def say(lang: str, zh: str, en: str) -> str:
    """Return the text of a language."""
    return zh if lang == "zh" else en


def term_name(term: Term, lang: str) -> str:
    """Return what a term of the dictionary is called."""
    names = term.names.zh if lang == "zh" else term.names.en
    return (names or term.names.all or (term.id,))[0]


def because(rule: RuleContract) -> str:
    """Return why something was done: the rule and its read-back."""
    return say(
        rule.source.lang,
        f"依据规则 {rule.ref}：{rule.source.readback}",
        f"By rule {rule.ref}: {rule.source.readback}",
    )


def notice_title(rule: RuleContract, customer: Record) -> str:
    """Return the subject line of a notice."""
    return say(
        rule.source.lang,
        f"{customer.title}：规则 {rule.id} 已触发",
        f"{customer.title}: rule {rule.id} has fired",
    )


def task_title(rule: RuleContract, customer: Record) -> str:
    """Return the name of a task that a rule makes without naming it."""
    return say(
        rule.source.lang,
        f"跟进 {customer.title}（规则 {rule.id}）",
        f"Follow up with {customer.title} (rule {rule.id})",
    )


def approval_title(rule: RuleContract, customer: Record) -> str:
    """Return the subject line of a request for approval."""
    return say(
        rule.source.lang,
        f"请审批：{customer.title}（规则 {rule.id}）",
        f"Approval needed: {customer.title} (rule {rule.id})",
    )


def briefing_title(rule: RuleContract, template: Term, customer: Record) -> str:
    """Return the subject line of a briefing."""
    name = term_name(template, rule.source.lang)
    return say(rule.source.lang, f"{customer.title} · {name}", f"{customer.title} · {name}")


def mail_title(rule: RuleContract, template: Term, customer: Record) -> str:
    """Return the subject line of a draft that a person may send."""
    name = term_name(template, rule.source.lang)
    return say(
        rule.source.lang,
        f"待发送草稿：{name} → {customer.title}（未外发，请确认授权后发送）",
        f"Draft to send: {name} → {customer.title} (not sent; check consent first)",
    )


def rebate_title(rule: RuleContract, customer: Record, rate: float, base: float) -> str:
    """Return the subject line of a rebate statement."""
    amount = f"{base:,.2f} × {rate * 100:g}% = {base * rate:,.2f}"
    return say(
        rule.source.lang,
        f"返点核算草稿：{customer.title} {amount}（仅核算与建议，不记账）",
        f"Rebate draft: {customer.title} {amount} (computed and proposed, not booked)",
    )


def briefing_text(lang: Lang, reading: Reading) -> str:
    """Return what a data source said, in a few lines, with where and when it was read.

    Args:
        lang: The reader's language.
        reading: Values, and numbers over time.
    """
    lines = [f"{name}: {_number(value)}" for name, value in reading.values.items()]
    lines += [_series_line(lang, name, numbers) for name, numbers in reading.series.items()]
    kept = say(lang, "（缓存）", " (cached)") if reading.cached else ""
    lines.append(
        say(
            lang,
            f"来源：{reading.place}，观测于 {reading.at}{kept}",
            f"Source: {reading.place}, observed {reading.at}{kept}",
        )
    )
    return "\n".join(lines)


def _series_line(lang: str, name: str, numbers: Sequence[float]) -> str:
    if not numbers:
        return say(lang, f"{name}：无数据", f"{name}: no data")
    low, high, middle = min(numbers), max(numbers), mean(numbers)
    swing = pstdev(numbers)
    return say(
        lang,
        f"{name}：{len(numbers)} 个点，均值 {_number(middle)}，最低 {_number(low)}，最高 {_number(high)}，"
        f"波动 ±{_number(swing)}，最新 {_number(numbers[-1])}",
        f"{name}: {len(numbers)} points, mean {_number(middle)}, low {_number(low)}, "
        f"high {_number(high)}, swing ±{_number(swing)}, latest {_number(numbers[-1])}",
    )


def _number(value: object) -> str:
    if isinstance(value, float):
        return f"{value * 100:.1f}%" if 0 < abs(value) <= 1 else f"{value:,.2f}"
    return str(value)
