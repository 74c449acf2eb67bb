"""vote_on_rule: what a member of the rule committee says about a rule that needs its approval."""

from __future__ import annotations

from knowledge_graph.errors import NotAllowedError
from knowledge_graph.rule_ports import Vote
from knowledge_graph.rules.contract import RuleContract
from tools.asking import Session
from tools.outcomes import ToolFailed, ToolOk, ToolQuestion, ToolResult
from tools.rules.args import VoteOnRuleArgs
from tools.rules.service import RuleService
from tools.rules.telling import state_text
from tools.rules.wording import say


async def vote_on_rule(args: VoteOnRuleArgs, session: Session, service: RuleService) -> ToolResult:
    """Return how far the committee has come; with the last yes the rule is in force.

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
    rule, voter = waiting[0].contract, session.run.actor.id
    voters = service.parts.committee.voters(rule)
    if voter not in voters:
        names = (
            ", ".join(voters) or "nobody: GUANXI_RULE_COMMITTEE names no member beside the author"
        )
        raise NotAllowedError(f"{voter} may not vote on {rule.ref}; who may: {names}")
    await service.parts.journal.vote(
        Vote(
            contract=rule.ref,
            voter=voter,
            approves=args.agree,
            reason=args.reason.strip(),
            at=session.run.access.at,
        )
    )
    await service.warden.round()
    return await _outcome(rule, session, service)


async def _outcome(rule: RuleContract, session: Session, service: RuleService) -> ToolOk:
    lang, found = session.run.lang, await service.warden.approval(rule)
    votes = (*found.yes, *found.no)
    said = "；".join(f"{v.by} {'✓' if v.yes else '✗'} {v.reason}" for v in votes)
    texts = {
        "granted": (
            f"已记录。委员会已同意，规则 {rule.ref} 生效：{said}",
            f"Noted. The committee agrees; rule {rule.ref} is in force: {said}",
        ),
        "refused": (
            f"已记录。委员会不同意规则 {rule.ref}：{said}",
            f"Noted. The committee refuses rule {rule.ref}: {said}",
        ),
    }
    still = (
        f"已记录。规则 {rule.ref} 还需 {found.missing} 人同意。{said}",
        f"Noted. Rule {rule.ref} needs {found.missing} more yes. {said}",
    )
    text = say(lang, *texts.get(found.outcome, still))
    return ToolOk(text=text, data={"outcome": found.outcome, "missing": found.missing})
