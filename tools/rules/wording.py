"""What rules say to people, in the language of the rule's author."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
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


# -- the life of a rule


def orphaned(rule: RuleContract, why: Literal["gone", "role"]) -> str:
    """Return why a rule has paused itself."""
    zh, en = {
        "gone": ("已停用或不在", "may not sign in any more"),
        "role": ("已无权修改记录", "may not change records any more"),
    }[why]
    return say(
        rule.source.lang,
        f"规则已自动暂停：负责人 {rule.author} {zh}。可说“接管规则{rule.id}”由他人接手。",
        f"Paused by itself: its owner {rule.author} {en}. Somebody else may say “take over rule {rule.id}”.",
    )


def orphan_title(rule: RuleContract) -> str:
    """Return the subject line about a rule behind which nobody stands."""
    return say(rule.source.lang, f"规则 {rule.ref} 已暂停", f"Rule {rule.ref} has paused")


def refused(rule: RuleContract, said: str) -> str:
    """Return why a rule never ran: the committee refused it."""
    return say(
        rule.source.lang, f"规则委员会不同意：{said}", f"The rule committee refuses it: {said}"
    )


def lapsed(rule: RuleContract, days: int) -> str:
    """Return why a rule never ran: the committee left it lying."""
    return say(
        rule.source.lang,
        f"规则 {rule.ref} 在 {days} 天内没有得到规则委员会的足够同意，已失效。",
        f"Rule {rule.ref} was not approved by the rule committee within {days} days and has lapsed.",
    )


def waiting_title(rule: RuleContract) -> str:
    """Return the subject line about a rule that waits for the committee."""
    return say(rule.source.lang, f"请审批规则 {rule.ref}", f"Please decide on rule {rule.ref}")


def waiting_text(rule: RuleContract, members: Sequence[str], quorum: int, until: date) -> str:
    """Return who has to agree to a rule, until when, and how that is said.

    Args:
        rule: The version that waits.
        members: Who may vote on it.
        quorum: How many of them have to agree.
        until: The last local day.
    """
    lang = rule.source.lang
    said = rule.source.readback
    if len(members) < quorum:
        return say(
            lang,
            f"规则 {rule.ref} 需要规则委员会 {quorum} 人同意，但除作者外只有 {len(members)} 名委员，无法通过；"
            f"请设置 GUANXI_RULE_COMMITTEE。到 {until} 仍未通过则失效。{said}",
            f"Rule {rule.ref} needs {quorum} members of the rule committee to agree, and there are only "
            f"{len(members)} beside its author: set GUANXI_RULE_COMMITTEE. It lapses after {until}. {said}",
        )
    names = say(lang, "、", ", ").join(members)
    return say(
        lang,
        f"规则 {rule.ref} 需要 {names} 中 {quorum} 人同意，{until} 前有效。"
        f"请说“批准规则{rule.id}，因为……”或“反对规则{rule.id}，因为……”。{said}",
        f"Rule {rule.ref} needs {quorum} of {names} to agree by {until}. Say “approve rule {rule.id} "
        f"because …” or “reject rule {rule.id} because …”. {said}",
    )
