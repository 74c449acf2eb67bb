"""list_rules: rules, the versions of one, what rules have told people, and the dictionary."""

from __future__ import annotations

from knowledge_graph.ontology.access import Actor, Role
from knowledge_graph.rules.difference import differences
from knowledge_graph.rules.governance import person_of
from tools.asking import Session, readable
from tools.outcomes import Table, ToolFailed, ToolOk, ToolResult
from tools.rules.args import ListRulesArgs
from tools.rules.service import RuleService
from tools.rules.telling import local, state_text
from tools.rules.warden import COMMITTEE_INBOX
from tools.rules.wording import say, term_name

_MOST = 50
_MOST_TERMS = 200


async def list_rules(args: ListRulesArgs, session: Session, service: RuleService) -> ToolResult:
    """Return rules as a table.

    Args:
        args: Which, and of what.
        session: The session of the call.
        service: The rules.
    """
    if args.what == "inbox":
        return await _inbox(session, service)
    if args.what == "dictionary":
        return _dictionary(session, service)
    if args.what == "diff":
        return await _differ(args, session, service)
    if args.rule:
        return await _versions(args.rule, session, service)
    lang, shelf = session.run.lang, await service.book.shelf()
    kept = sorted(shelf.newest.values(), key=lambda k: (len(k.contract.id), k.contract.id))
    live = sum(k.contract.status == "active" for k in kept)
    rows = tuple(
        (
            k.contract.ref,
            state_text(k.contract.status, lang),
            k.contract.source.readback,
            str(len(service.runtime.inside(k.contract.ref))),
            k.contract.author,
        )
        for k in kept[:_MOST]
    )
    text = say(
        lang,
        f"共有 {len(kept)} 条规则，{live} 条生效。",
        f"There are {len(kept)} rules, {live} of them active.",
    )
    if shelf.broken:
        names = ", ".join(shelf.broken[:5])
        text += say(lang, f" 无法读取：{names}。", f" Unreadable: {names}.")
    columns = (
        say(lang, "规则", "Rule"),
        say(lang, "状态", "State"),
        say(lang, "含义", "Meaning"),
        say(lang, "当前命中", "Inside now"),
        say(lang, "作者", "Author"),
    )
    return ToolOk(
        text=text,
        table=Table(columns=columns, rows=rows) if rows else None,
        data={"count": len(kept), "active": live},
    )


async def _versions(name: str, session: Session, service: RuleService) -> ToolOk:
    lang, shelf = session.run.lang, await service.book.shelf()
    kept = shelf.versions(shelf.get(name).contract.id)
    rows = tuple(
        (
            k.contract.ref,
            state_text(k.contract.status, lang),
            k.contract.source.readback,
            k.contract.confirmed_by or k.contract.author,
            local(k.contract.confirmed_at or "", session.run.timezone),
            str(k.record.get("reason") or ""),
        )
        for k in kept
    )
    columns = (
        say(lang, "版本", "Version"),
        say(lang, "状态", "State"),
        say(lang, "含义", "Meaning"),
        say(lang, "确认人", "Confirmed by"),
        say(lang, "时间", "At"),
        say(lang, "原因", "Reason"),
    )
    text = say(lang, f"{kept[0].contract.id} 共 {len(kept)} 个版本。",
               f"{kept[0].contract.id} has {len(kept)} version(s).")  # fmt: skip
    return ToolOk(text=text, table=Table(columns=columns, rows=rows), data={"count": len(kept)})


async def _differ(args: ListRulesArgs, session: Session, service: RuleService) -> ToolResult:
    """Return what differs between two versions or rules, in words.

    Raises:
        NotFoundError: There is no such rule.
    """
    lang, shelf = session.run.lang, await service.book.shelf()
    one = shelf.get(args.rule).contract
    if args.against:
        other = shelf.get(args.against).contract
    else:
        older = [k for k in shelf.versions(one.id) if k.contract.version < one.version]
        if not older:
            text = say(
                lang, f"规则 {one.ref} 没有更早的版本。", f"Rule {one.ref} has no earlier version."
            )
            return ToolFailed(text=text, code="rule_state")
        other = older[0].contract
    if one.id == other.id and one.version < other.version:
        one, other = other, one
    vocabulary = service.drafter.compiler(session.language.vocabulary).vocabulary
    found = differences(other, one, vocabulary, lang) or (
        say(lang, "没有差别。", "No difference."),
    )
    head = say(lang, f"{one.ref} 与 {other.ref} 相比：", f"{one.ref} against {other.ref}:")
    lines = [await readable(f"· {line}", session) for line in found]
    return ToolOk(
        text="\n".join([head, *lines]),
        data={"rule": one.ref, "against": other.ref, "differences": list(found)},
    )


def _is_member(actor: Actor, service: RuleService) -> bool:
    return actor.id in {person_of(m) for m in service.parts.committee.members}


async def _inbox(session: Session, service: RuleService) -> ToolOk:
    """Return what rules have told the speaker; the owner of the workspace without a record sees all."""
    lang, me, actor = session.run.lang, session.meaning.me, session.run.actor
    to: tuple[str, ...] = ()
    if me or actor.role is not Role.OWNER:
        to = (f"user:{actor.id}", *((f"person:{me}",) if me else ()))
    if to and (actor.role is Role.OWNER or _is_member(actor, service)):
        to = (*to, COMMITTEE_INBOX)
    found = await service.parts.journal.messages(to, limit=_MOST)
    rows = tuple(
        (local(m.at, session.run.timezone), m.to, m.title, m.text, m.contract) for m in found
    )
    columns = (
        say(lang, "时间", "At"),
        say(lang, "收件人", "To"),
        say(lang, "标题", "Title"),
        say(lang, "内容", "Text"),
        say(lang, "规则", "Rule"),
    )
    text = say(lang, f"规则发来 {len(found)} 条消息。", f"{len(found)} message(s) from rules.")
    return ToolOk(
        text=text,
        table=Table(columns=columns, rows=rows) if rows else None,
        data={"count": len(found)},
    )


def _dictionary(session: Session, service: RuleService) -> ToolOk:
    lang, dictionary = session.run.lang, session.language.vocabulary.dictionary
    sections = {
        say(lang, "客户池", "pool"): dictionary.pools,
        say(lang, "事件", "event"): dictionary.events,
        say(lang, "角色", "role"): dictionary.roles,
        say(lang, "模板", "template"): dictionary.templates,
        say(lang, "数据源", "data source"): dictionary.data_sources,
    }
    rows = [
        (name, term_name(term, lang), say(lang, "、", ", ").join(term.names.all))
        for name, terms in sections.items()
        for term in terms.values()
    ]
    rows += [
        (say(lang, "字段", "field"), key, say(lang, "、", ", ").join(term.names.all[:6]))
        for key, term in dictionary.fields.items()
        if key.startswith("customer.")
    ]
    columns = (
        say(lang, "类别", "Kind"),
        say(lang, "名称", "Name"),
        say(lang, "也可以说", "Also"),
    )
    text = say(
        lang,
        f"业务词典第 {dictionary.version} 版，{len(dictionary.fields)} 个字段，"
        f"{len(dictionary.actions)} 种动作。",
        f"Business dictionary, version {dictionary.version}: {len(dictionary.fields)} fields, "
        f"{len(dictionary.actions)} actions.",
    )
    return ToolOk(text=text, table=Table(columns=columns, rows=tuple(rows[:_MOST_TERMS])))
