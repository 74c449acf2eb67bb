"""retire_rule: retire, pause, resume or roll back a rule, as a proposal with what it means for customers."""

from __future__ import annotations

from dataclasses import replace

from knowledge_graph.expression.periods import iso_instant
from knowledge_graph.ontology.change import RecordChange
from knowledge_graph.rules.contract import RuleContract
from tools.asking import Session
from tools.context import Lang
from tools.outcomes import ApprovalRequired, ToolFailed, ToolResult
from tools.rules.args import RetireRuleArgs
from tools.rules.book import Kept, Shelf, node_change, state_change
from tools.rules.drafting import classified
from tools.rules.service import RuleService
from tools.rules.telling import state_text
from tools.rules.wording import say

_WORDS = {
    "retired": ("退役", "retire"),
    "paused": ("暂停", "pause"),
    "active": ("恢复", "resume"),
    "rollback": ("回滚", "roll back"),
}


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
    if kept.contract.status == args.to or (
        args.to == "active" and kept.contract.status != "paused"
    ):
        now = state_text(kept.contract.status, lang)
        text = say(lang, f"规则 {kept.contract.ref} 现在是“{now}”，没有改动。",
                   f"Rule {kept.contract.ref} is {now}; nothing was changed.")  # fmt: skip
        return ToolFailed(text=text, code="rule_state")
    verb, said = say(lang, *_WORDS[args.to]), kept.contract.source.readback.rstrip("。.")
    return ApprovalRequired(
        summary=say(
            lang,
            f"{verb}规则 {kept.contract.ref}：{said}",
            f"{verb} rule {kept.contract.ref}: {said}",
        ),
        changes=(state_change(kept, args.to, args.reason),),
        warnings=()
        if args.to == "active"
        else await _impact(kept, shelf, lang, service, after=None),
    )


async def _impact(
    kept: Kept, shelf: Shelf, lang: Lang, service: RuleService, *, after: RuleContract | None
) -> tuple[str, ...]:
    """Return whom the change affects; what the rule has done stays."""
    found = await service.previewer.affected(kept.contract, after, shelf)
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
    lang, versions = session.run.lang, shelf.versions(kept.contract.id)
    older = [k for k in versions if k.contract.version < kept.contract.version]
    if not older:
        text = say(lang, f"规则 {kept.contract.id} 没有更早的版本。",
                   f"Rule {kept.contract.id} has no earlier version.")  # fmt: skip
        return ToolFailed(text=text, code="rule_state")
    before = older[0].contract
    said = before.source.readback.rstrip("。.")
    again = replace(
        classified(before, service.parts.dictionary),
        version=versions[0].contract.version + 1,
        supersedes=kept.contract.version,
        status="active",
        confirmed_by=str(session.run.actor),
        confirmed_at=iso_instant(session.run.now),
        lineage=replace(before.lineage, parent=before.ref),
    )
    changes: tuple[RecordChange, ...] = (
        node_change(again, reason=reason),
        state_change(kept, "retired", reason),
    )
    return ApprovalRequired(
        summary=say(
            lang,
            f"回滚规则 {kept.contract.ref} 到 {before.ref} 的含义（新版本 {again.ref}）：{said}",
            f"roll rule {kept.contract.ref} back to the meaning of {before.ref} "
            f"(new version {again.ref}): {said}",
        ),
        changes=changes,
        warnings=await _impact(kept, shelf, lang, service, after=again),
    )
