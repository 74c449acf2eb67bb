"""retire_rule: retire, pause, resume or roll back a rule, as a proposal with what it means for customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from knowledge_graph.expression.periods import iso_instant
from knowledge_graph.rules.contract import RuleContract, Status
from tools.asking import Session
from tools.context import Lang
from tools.outcomes import ApprovalRequired, ToolFailed, ToolResult
from tools.rules.args import RetireRuleArgs
from tools.rules.book import Kept, Shelf, state_change
from tools.rules.drafting import classified
from tools.rules.entering import entering
from tools.rules.service import RuleService
from tools.rules.telling import state_text
from tools.rules.wording import say

_WORDS = {
    "retired": ("退役", "retire"),
    "paused": ("暂停", "pause"),
    "active": ("恢复", "resume"),
    "rollback": ("回滚", "roll back"),
}


_FROM: Mapping[str, frozenset[Status]] = {
    "retired": frozenset({"draft", "confirmed", "active", "paused"}),
    "paused": frozenset({"active"}),
    "active": frozenset({"paused"}),
}
"""From which states a state is reached; what waits for the committee runs only by its yes."""


async def retire_rule(args: RetireRuleArgs, session: Session, service: RuleService) -> ToolResult:
    """Return the proposal to change a rule's state.

    Args:
        args: Which rule, to what, and why.
        session: The session of the call.
        service: The rules.

    Raises:
        NotFoundError: There is no such rule.
    """
    shelf, lang = await service.book.shelf(), session.run.lang
    kept = shelf.get(args.rule)
    if args.to == "rollback":
        return await _rolled_back(kept, shelf, args.reason, session, service)
    if args.to == "taken_over":
        return await _taken_over(kept, shelf, args.reason, session, service)
    if kept.contract.status not in _FROM[args.to]:
        now = state_text(kept.contract.status, lang)
        text = say(lang, f"规则 {kept.contract.ref} 现在是“{now}”，没有改动。",
                   f"Rule {kept.contract.ref} is {now}; nothing was changed.")  # fmt: skip
        return ToolFailed(text=text, code="rule_state")
    if args.to == "active" and await _is_orphan(kept.contract, service):
        return _orphan(kept.contract, lang)
    verb, said = say(lang, *_WORDS[args.to]), kept.contract.source.readback.rstrip("。.")
    running = kept.contract.status == "active"
    after = kept.contract if args.to == "active" else None
    return ApprovalRequired(
        summary=say(
            lang,
            f"{verb}规则 {kept.contract.ref}：{said}",
            f"{verb} rule {kept.contract.ref}: {said}",
        ),
        changes=(state_change(kept, args.to, args.reason),),
        warnings=await _impact(kept if running else None, shelf, session, service, after=after)
        if running or after
        else (),
    )


async def _is_orphan(rule: RuleContract, service: RuleService) -> bool:
    await service.owners.learn([rule])
    return service.owners.unable(rule) is not None


def _orphan(rule: RuleContract, lang: Lang) -> ToolFailed:
    text = say(
        lang,
        f"规则 {rule.ref} 的负责人 {rule.author} 已不在或无权修改，可说“接管规则{rule.id}”。",
        f"The owner of rule {rule.ref}, {rule.author}, is gone or may not change records; "
        f"say “take over rule {rule.id}”.",
    )
    return ToolFailed(text=text, code="rule_owner")


async def _impact(
    kept: Kept | None,
    shelf: Shelf,
    session: Session,
    service: RuleService,
    *,
    after: RuleContract | None,
) -> tuple[str, ...]:
    """Return whom the change affects; what the rule has done stays."""
    lang, viewer = session.run.lang, session.run.actor
    before = None if kept is None else kept.contract
    found = await service.previewer.affected(before, after, shelf, viewer)
    told = found.told(lang)
    return (
        say(
            lang,
            f"影响：{told}已做的更改保留。",
            f"Impact: {told} What it has done stays.",
        ),
    )


async def _rolled_back(
    kept: Kept, shelf: Shelf, reason: str, session: Session, service: RuleService
) -> ToolResult:
    """Return the proposal to put the meaning of the version before in force again, as a new version."""
    lang = session.run.lang
    versions = shelf.versions(kept.contract.id)
    older = [k for k in versions if k.contract.version < kept.contract.version]
    if not older:
        text = say(lang, f"规则 {kept.contract.id} 没有更早的版本。",
                   f"Rule {kept.contract.id} has no earlier version.")  # fmt: skip
        return ToolFailed(text=text, code="rule_state")
    before = older[0].contract
    said = before.source.readback.rstrip("。.")
    again = _again(before, kept, shelf, session, service)
    changes, waits = entering(again, shelf, service, reason=reason)
    return ApprovalRequired(
        summary=say(
            lang,
            f"回滚规则 {kept.contract.ref} 到 {before.ref} 的含义（新版本 {again.ref}）：{said}",
            f"roll rule {kept.contract.ref} back to the meaning of {before.ref} "
            f"(new version {again.ref}): {said}",
        ),
        changes=changes,
        warnings=(*await _impact(kept, shelf, session, service, after=again), *waits),
    )


async def _taken_over(
    kept: Kept, shelf: Shelf, reason: str, session: Session, service: RuleService
) -> ToolResult:
    """Return the proposal to let the same rule run with the speaker as its owner, as a new version."""
    lang, rule = session.run.lang, kept.contract
    if rule.status not in {"active", "paused"} or rule.author == str(session.run.actor):
        text = say(lang, f"规则 {rule.ref} 不需要接管，没有改动。",
                   f"Rule {rule.ref} need not be taken over; nothing was changed.")  # fmt: skip
        return ToolFailed(text=text, code="rule_state")
    again = _again(rule, kept, shelf, session, service)
    changes, waits = entering(again, shelf, service, reason=reason)
    said = rule.source.readback.rstrip("。.")
    return ApprovalRequired(
        summary=say(
            lang,
            f"接管规则 {rule.ref}（原负责人 {rule.author}，新版本 {again.ref}）：{said}",
            f"take over rule {rule.ref} (from {rule.author}, new version {again.ref}): {said}",
        ),
        changes=changes,
        warnings=(*await _impact(kept, shelf, session, service, after=again), *waits),
    )


def _again(
    meaning: RuleContract, kept: Kept, shelf: Shelf, session: Session, service: RuleService
) -> RuleContract:
    """Return a new version of a rule with the meaning of an older one; the speaker is its owner."""
    return replace(
        classified(meaning, service.parts.dictionary),
        version=shelf.versions(kept.contract.id)[0].contract.version + 1,
        supersedes=kept.contract.version,
        status="active",
        author=str(session.run.actor),
        owner_role=session.run.actor.role.value,
        confirmed_by=str(session.run.actor),
        confirmed_at=iso_instant(session.run.now),
        lineage=replace(meaning.lineage, parent=meaning.ref),
    )
