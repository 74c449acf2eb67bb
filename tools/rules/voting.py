"""vote_on_rule: what a member of the rule committee says about a rule that needs its approval."""

from __future__ import annotations

from knowledge_graph.errors import NotAllowedError
from knowledge_graph.ontology.change import RecordChange
from knowledge_graph.ontology.record import new_id
from knowledge_graph.rule_ports import Vote
from knowledge_graph.rules import governance
from tools.asking import Session
from tools.outcomes import ApprovalRequired, ToolFailed, ToolOk, ToolQuestion, ToolResult
from tools.rules.args import VoteOnRuleArgs
from tools.rules.book import Kept, Shelf, state_change
from tools.rules.service import RuleService
from tools.rules.telling import state_text
from tools.rules.wording import say


async def vote_on_rule(args: VoteOnRuleArgs, session: Session, service: RuleService) -> ToolResult:
    """Return how far the committee has come; the last yes gives the proposal to put the rule in force.

    Args:
        args: Which rule, for or against it, and why.
        session: The session of the call.
        service: The rules.

    Raises:
        NotFoundError: There is no such rule.
        NotAllowedError: The speaker is no member of the committee, or wrote the rule.
    """
    lang, shelf = session.run.lang, await service.book.shelf()
    waiting = [
        k
        for k in shelf.versions(shelf.get(args.rule).contract.id)
        if k.contract.status == "confirmed"
    ]
    if not waiting:
        now = state_text(shelf.get(args.rule).contract.status, lang)
        text = say(lang, f"规则 {args.rule} 现在是“{now}”，无需表决。",
                   f"Rule {args.rule} is {now}; there is nothing to vote on.")  # fmt: skip
        return ToolFailed(text=text, code="rule_state")
    if not args.reason.strip():
        text = say(lang, "请写明理由。", "Please give a reason.")
        return ToolQuestion(text=text, code="missing_argument", slot="reason")
    kept, voter = waiting[0], str(session.run.actor)
    if voter not in service.parts.committee.members or voter == kept.contract.author:
        raise NotAllowedError(f"{voter} may not vote on {kept.contract.ref}")
    await service.parts.journal.vote(
        Vote(
            contract=kept.contract.ref,
            voter=voter,
            approves=args.agree,
            reason=args.reason,
            at=session.run.access.at,
        )
    )
    return await _outcome(kept, shelf, session, service)


async def _outcome(kept: Kept, shelf: Shelf, session: Session, service: RuleService) -> ToolResult:
    lang, rule = session.run.lang, kept.contract
    votes = [
        governance.Vote(by=v.voter, yes=v.approves, reason=v.reason)
        for v in await service.parts.journal.votes(rule.ref)
    ]
    found = governance.approval_of(rule, votes, service.parts.committee)
    said = "；".join(f"{v.by} {'✓' if v.yes else '✗'} {v.reason}" for v in votes)
    if found.outcome == "granted":
        changes: list[RecordChange] = [state_change(kept, "active")]
        if rule.supersedes is not None:
            before = shelf.kept.get(f"{rule.id}@{rule.supersedes}")
            if before is not None and before.contract.status in {"active", "paused"}:
                changes.append(state_change(before, "retired"))
        return ApprovalRequired(
            summary=say(
                lang,
                f"委员会已同意，启用规则 {rule.ref}",
                f"the committee agrees; put rule {rule.ref} in force",
            ),
            changes=tuple(changes),
            warnings=(said,),
        )
    if found.outcome == "refused":
        text = say(
            lang,
            f"委员会不同意规则 {rule.ref}：{said}",
            f"The committee refuses rule {rule.ref}: {said}",
        )
    else:
        text = say(
            lang,
            f"已记录。规则 {rule.ref} 还需 {found.missing} 人同意。{said}",
            f"Noted. Rule {rule.ref} needs {found.missing} more yes. {said}",
        )
    return ToolOk(
        text=text, data={"outcome": found.outcome, "missing": found.missing, "id": new_id()}
    )
