"""Previews, clauses and findings in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from knowledge_graph.expression.periods import parse_instant
from knowledge_graph.language.compiler import Language
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.results import Lang
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.evaluation import ClauseResult
from knowledge_graph.rules.facts import WITHHELD, FactValue
from knowledge_graph.rules.findings import Finding
from tools.rules.engine import UNDOABLE
from tools.rules.mirror import Mirror
from tools.rules.previewing import Preview, term_text
from tools.rules.wording import say, term_name

_STATES = {
    "draft": ("草稿", "draft"),
    "confirmed": ("等待委员会", "waiting for the committee"),
    "active": ("生效", "active"),
    "paused": ("已暂停", "paused"),
    "retired": ("已退役", "retired"),
}
_CLASSES = {
    "internal": ("内部", "internal"),
    "outbound": ("对外", "outbound"),
    "gated": ("需审批", "needs approval"),
    "forbidden": ("禁止", "forbidden"),
}
_MOST_FINDINGS = 8


def state_text(state: str, lang: str) -> str:
    """Return what a state is called."""
    return say(lang, *_STATES.get(state, (state, state)))


def local(stamp: str, timezone: str) -> str:
    """Return an instant as local time, to the minute, with its zone.

    >>> local("2026-11-27T02:00:00Z", "Asia/Shanghai")
    '2026-11-27 10:00 (Asia/Shanghai)'
    """
    if not stamp:
        return "-"
    wall: datetime = parse_instant(stamp).astimezone(ZoneInfo(timezone))
    return f"{wall:%Y-%m-%d %H:%M} ({timezone})"


def value_text(value: FactValue, lang: str) -> str:
    """Return a fact as people write it."""
    if value is WITHHELD:
        return say(lang, "（无权查看）", "(withheld)")
    if value is None or value == ():
        return say(lang, "未知", "unknown")
    if isinstance(value, bool):
        return say(lang, "是" if value else "否", "yes" if value else "no")
    if isinstance(value, tuple):
        return say(lang, "、", ", ").join(value)
    if isinstance(value, int | float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return str(value)


def clause_text(result: ClauseResult, language: Language, lang: Lang) -> str:
    """Return one clause with what was found, and by how much it fails.

    Args:
        result: The clause on one customer's facts.
        language: Its words.
        lang: The reader's language.
    """
    said = language.readback(result.clause, lang)
    if result.negated:
        said = say(lang, f"不是（{said}）", f"not ({said})")
    mark = {True: "✓", False: "✗"}.get(result.held, "?")  # type: ignore[arg-type]  # None is "?"
    if result.key is None:
        return f"{mark} {said}"
    found = say(lang, "实际", "is") + " " + value_text(result.value, lang)
    if result.gap is not None and result.held is not True:
        short = value_text(result.gap, lang)
        found += say(lang, f"，差 {short}", f", off by {short}")
    return f"{mark} {said} — {found}"


def preview_lines(
    shown: Preview, language: Language, dictionary: Dictionary, mirror: Mirror, lang: Lang
) -> tuple[str, ...]:
    """Return what a person has to know before saying yes.

    Args:
        shown: The preview.
        language: The words of clauses.
        dictionary: The names of terms.
        mirror: The names of customers.
        lang: The reader's language.
    """
    lines = [_hits(shown, lang)]
    if shown.misses:
        told = "；".join(f"{m.name}：{clause_text(m.clause, language, lang)}" for m in shown.misses)
        lines.append(say(lang, f"差一点：{told}", f"Narrow misses: {told}"))
    lines += finding_lines(shown.findings, mirror, lang)
    if not shown.findings:
        lines.append(say(lang, "与现有规则没有冲突。", "No conflict with the rules in force."))
    lines.append(_needs(shown.rule, dictionary, lang))
    if shown.unkept:
        names = ", ".join(term_text(t, dictionary, lang) for t in shown.unkept)
        lines.append(
            say(
                lang,
                f"本工作区没有保存：{names}；在事件带来这些数据之前，规则不会触发。",
                f"Not kept in this workspace: {names}; the rule cannot fire until events bring them.",
            )
        )
    lines += _rest(shown, lang)
    return tuple(lines)


def _hits(shown: Preview, lang: str) -> str:
    rule, joint = shown.rule, say(lang, "、", ", ")
    names = joint.join(shown.names)
    example = say(lang, f"，例：{names}", f", e.g. {names}") if names else ""
    if rule.contract.trigger.kind == "event":
        return say(
            lang,
            f"事件触发；今天符合其余条件的有 {shown.hits}/{shown.total} 家{example}。",
            f"It waits for an event; {shown.hits} of {shown.total} fit its other conditions today{example}.",
        )
    return say(
        lang,
        f"今天命中 {shown.hits}/{shown.total} 家{example}。",
        f"Hit today: {shown.hits} of {shown.total}{example}.",
    )


def finding_lines(findings: Sequence[Finding], mirror: Mirror, lang: Lang) -> list[str]:
    """Return findings, each with the customer that shows it."""
    lines = []
    for finding in findings[:_MOST_FINDINGS]:
        mark = "⛔" if finding.blocks else "⚠"
        text = f"{mark} {finding.told(lang)}"
        witness = finding.witness
        if witness is not None and witness.record is not None:
            name = mirror.title(witness.record)
            text += say(lang, f" 例：{name}", f" Example: {name}")
        elif witness is not None:
            facts = ", ".join(
                f"{k} = {value_text(v, lang)}" for k, v in list(witness.facts.items())[:4]
            )
            text += say(lang, f" 例（虚构）：{facts}", f" Example (made up): {facts}")
        lines.append(text)
    if len(findings) > _MOST_FINDINGS:
        more = len(findings) - _MOST_FINDINGS
        lines.append(say(lang, f"……还有 {more} 条。", f"… and {more} more."))
    return lines


def _needs(rule: RuleContract, dictionary: Dictionary, lang: str) -> str:
    joint = say(lang, "、", ", ")
    sources = [dictionary.data_sources[s] for s in rule.contract.data_sources]
    parts = [say(lang, "级别", "class") + " " + say(lang, *_CLASSES[rule.governance])]
    if sources:
        names = joint.join(term_name(s, lang) for s in sources)
        parts.append(say(lang, f"数据源 {names}", f"data from {names}"))
    if rule.needs.purposes:
        names = joint.join(rule.needs.purposes)
        parts.append(say(lang, f"授权目的 {names}", f"consent for {names}"))
    parts.append(say(lang, "权限", "permissions") + " " + joint.join(rule.needs.permissions))
    if rule.needs.approvers:
        names = joint.join(rule.needs.approvers)
        parts.append(say(lang, f"审批人 {names}", f"approved by {names}"))
    return say(lang, "需要：", "Needs: ") + say(lang, "；", "; ").join(parts)


def _rest(shown: Preview, lang: str) -> list[str]:
    rule, lines = shown.rule, []
    if shown.next_run:
        zone = next(
            (a.schedule.tz for a in rule.contract.actions if a.schedule is not None),
            "UTC" if rule.contract.trigger.schedule is None else rule.contract.trigger.schedule.tz,
        )
        when = local(shown.next_run, zone)
        lines.append(say(lang, f"下次定时：{when}", f"Next run: {when}"))
    undoable = any(a.action in UNDOABLE for a in rule.contract.actions)
    if undoable and rule.contract.trigger.kind == "state":
        lines.append(
            say(
                lang,
                "不再符合时：移出（撤回池与标签）。",
                "When it no longer holds: taken out again.",
            )
            if rule.on_exit == "undo"
            else say(
                lang,
                "不再符合时：保留在池中（要移出请说“不再符合时移出”）。",
                "When it no longer holds: kept (say “take them out when it no longer holds” otherwise).",
            )
        )
    if rule.validity.start or rule.validity.end:
        start, end = rule.validity.start or "…", rule.validity.end or "…"
        lines.append(say(lang, f"有效期：{start} 至 {end}", f"Valid: {start} to {end}"))
    if rule.budget is not None:
        lines.append(
            say(lang, f"每天最多 {rule.budget} 个动作", f"At most {rule.budget} actions a day")
        )
    if rule.cooldown is not None:
        rest = f"{rule.cooldown.n} {rule.cooldown.unit}"
        lines.append(say(lang, f"同一客户冷却 {rest}", f"Rests {rest} for the same customer"))
    return lines
