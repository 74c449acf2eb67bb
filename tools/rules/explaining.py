"""explain_rule: why a rule did, or did not, act on a customer, clause by clause."""

from __future__ import annotations

from knowledge_graph.language.results import Ask
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.rule_ports import Effect, FiringEntry
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.evaluation import clauses, failed
from tools.asking import Session, question_of, readable
from tools.outcomes import Focus, ToolOk, ToolResult
from tools.rules.args import ExplainRuleArgs
from tools.rules.force import subject_kind
from tools.rules.service import RuleService
from tools.rules.telling import clause_text, local, state_text
from tools.rules.wording import say

_MOST = 5
_NOTES = {
    "budget": ("已达每日动作上限", "the budget of the day is spent"),
    "loop": ("疑似规则循环，已停下", "stopped: it looks like a loop of rules"),
    "so": ("本来就是这样", "it was so already"),
    "nobody": ("没有找到唯一的负责人", "no single person fits the role"),
    "gone": ("客户已不存在", "the customer is gone"),
    "no longer in force": ("规则已不再生效", "the rule is no longer in force"),
}
_DONE = {
    "done": ("已完成", "done"),
    "waiting": ("等待中", "waiting"),
    "held": ("已挂起，等人处理", "held, a person has to look"),
    "failed": ("失败", "failed"),
}


async def explain_rule(args: ExplainRuleArgs, session: Session, service: RuleService) -> ToolResult:
    """Return why a rule did or did not act.

    Args:
        args: Which rule, for whom; without a record: what the rule has done lately.
        session: The session of the call.
        service: The rules.

    Raises:
        NotFoundError: There is no such rule.
    """
    shelf = await service.book.shelf()
    if args.record:
        found = session.resolve(args.record)
        if isinstance(found, Ask):
            return question_of(found, "record")
        if not args.rule:
            return await _all_rules(found.value, session, service)
        return await _one(shelf.get(args.rule).contract, found.value, session, service)
    if args.rule:
        return await _rule(shelf.get(args.rule).contract, session, service)
    recent = await service.parts.journal.firings(limit=_MOST)
    lang = session.run.lang
    lines = await _firing_lines(recent, session, service)
    text = say(lang, "最近的触发：", "Latest firings:")
    if not lines:
        text = say(lang, "还没有规则触发过。", "No rule has fired yet.")
    return ToolOk(text="\n".join([text, *lines]))


async def _one(
    rule: RuleContract, ref: RecordRef, session: Session, service: RuleService
) -> ToolOk:
    """Return why one rule does or does not act on one customer: every clause, nothing short-circuited."""
    lang, kind = session.run.lang, subject_kind(rule)
    mirror = await service.previewer.facts(rule, session.run.actor)
    title = mirror.title(ref.id)
    if ref.kind != kind or ref.id not in mirror.subjects:
        text = say(
            lang, f"规则 {rule.ref} 不涉及这类记录。", f"Rule {rule.ref} is not about such records."
        )
        return ToolOk(text=text)
    facts = mirror.facts(ref.id, service.runtime.frame())
    results = clauses(rule.condition, facts, service.runtime.frame())
    short = failed(results)
    entries = await service.parts.journal.firings(contract=rule.id, subject=ref, limit=_MOST)
    fits = say(lang, "符合", "satisfies") if not short else say(lang, "不符合", "does not satisfy")
    head = say(
        lang,
        f"{title} {fits}规则 {rule.ref}（{state_text(rule.status, lang)}）：",
        f"{title} {fits} rule {rule.ref} ({state_text(rule.status, lang)}):",
    )
    lines = [await readable(clause_text(r, session.language, lang), session) for r in results]
    if short and len(results) > 1:
        lines.append(
            say(
                lang,
                f"{len(results)} 个条件中有 {len(short)} 个不成立。",
                f"{len(short)} of {len(results)} conditions do not hold.",
            )
        )
    lines += await _firing_lines(entries, session, service)
    if not entries:
        lines.append(say(lang, "没有触发过。", "It has not fired for this customer."))
    return ToolOk(
        text="\n".join([head, *lines]),
        focus=Focus(refs=(ref,)),
        data={"holds": not short, "failed": len(short), "firings": len(entries)},
    )


async def _all_rules(ref: RecordRef, session: Session, service: RuleService) -> ToolOk:
    lang = session.run.lang
    entries = await service.parts.journal.firings(subject=ref, limit=_MOST)
    lines = await _firing_lines(entries, session, service)
    head = say(lang, "规则对它做过：", "What rules did here:")
    if not lines:
        head = say(lang, "没有规则对它触发过。", "No rule has fired here.")
    return ToolOk(text="\n".join([head, *lines]), focus=Focus(refs=(ref,)))


async def _rule(rule: RuleContract, session: Session, service: RuleService) -> ToolOk:
    lang = session.run.lang
    entries = await service.parts.journal.firings(contract=rule.id, limit=_MOST)
    head = say(
        lang,
        f"规则 {rule.ref}（{state_text(rule.status, lang)}，作者 {rule.author}）：{rule.source.readback}",
        f"Rule {rule.ref} ({state_text(rule.status, lang)}, by {rule.author}): {rule.source.readback}",
    )
    said = say(lang, f"原话：{rule.source.text}", f"Said: {rule.source.text}")
    inside = len(service.runtime.inside(rule.ref))
    now = say(lang, f"当前命中 {inside} 个。", f"{inside} inside now.")
    lines = await _firing_lines(entries, session, service)
    return ToolOk(
        text="\n".join([head, said, now, *lines]),
        data={"rule": rule.ref, "state": rule.status, "firings": len(entries)},
    )


async def _firing_lines(
    entries: tuple[FiringEntry, ...], session: Session, service: RuleService
) -> list[str]:
    lang = session.run.lang
    effects: dict[str, list[Effect]] = {}
    for effect in await service.parts.journal.effects([e.id for e in entries]):
        effects.setdefault(effect.firing, []).append(effect)
    lines = []
    for entry in entries:
        seen = await session.record(entry.subject)
        title = seen.record.title if seen else str(entry.subject)
        when = local(entry.at, session.run.timezone)
        did = say(lang, "；", "; ").join(effect_text(e, lang) for e in effects.get(entry.id, []))
        lines.append(
            say(
                lang,
                f"· {when} {entry.contract} 触发于 {title}（{cause_text(entry.cause, lang)}）：{did}",
                f"· {when} {entry.contract} fired for {title} ({cause_text(entry.cause, lang)}): {did}",
            )
        )
    return lines


def effect_text(effect: Effect, lang: str) -> str:
    """Return what came of an effect."""
    args = " ".join(str(v) for k, v in effect.args.items() if not k.startswith("_"))
    note = effect.note
    if note.startswith("writer:"):
        other = note.partition(":")[2]
        note = say(lang, f"规则 {other} 已写同一字段", f"rule {other} writes the same field")
    elif note.startswith("source:"):
        other = note.partition(":")[2]
        note = say(lang, f"未配置数据源 {other}", f"the data source {other} is not configured")
    elif note.startswith("owner:"):
        other = note.partition(":")[2]
        note = say(
            lang,
            f"负责人 {other} 已不在或无权修改",
            f"its owner {other} is gone or may not change records",
        )
    elif note.startswith("rights:"):
        other = note.partition(" ")[0].partition(":")[2].rstrip(":")
        note = say(lang, f"负责人 {other} 没有这项权限", f"its owner {other} may not do this")
    else:
        note = say(lang, *_NOTES.get(note, (note, note)))
    if note == "changed":
        note = ""
    state = say(lang, *_DONE[effect.state])
    return f"{effect.action} {args}".strip() + f" → {state}" + (f"（{note}）" if note else "")


def cause_text(cause: str, lang: str) -> str:
    """Return why a rule was looked at."""
    kind, _, what = cause.partition(":")
    texts = {
        "in": ("条件开始成立", "its condition began to hold"),
        "out": ("条件不再成立", "its condition no longer holds"),
        "event": (f"事件 {what}", f"event {what}"),
        "due": (f"定时 {what.partition('#')[0]}", f"due {what.partition('#')[0]}"),
    }
    return say(lang, *texts.get(kind, (cause, cause)))
