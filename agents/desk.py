"""Decides on proposals for the person who asked: confirm, cancel, expire, and plain words for both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agents.commands import Command
from agents.graph import AgentGraph
from agents.model import PendingQuestion
from agents.replies import compose_settled, question_text, say
from agents.state import Answer, TurnContext, Verdict, Work
from agents.turn import Question, Refusal
from knowledge_graph.consent_ports import GrantedWords
from knowledge_graph.errors import NotFoundError
from knowledge_graph.ontology.access import Access
from knowledge_graph.ontology.change import Proposal, ProposalStatus
from knowledge_graph.ports import DecisionLog, ProposalStore
from tools.context import RunContext
from tools.outcomes import Option

WHICH_PROPOSAL = "which_proposal"
"""The code of the desk's own questions."""
LIFETIME = timedelta(hours=24)
"""A proposal that nobody has decided on for so long is not carried out any more."""


@dataclass(frozen=True, kw_only=True)
class ProposalDesk:
    """Finds the proposal that a person means and lets the agent graph act on it."""

    graph: AgentGraph
    proposals: ProposalStore
    decisions: DecisionLog
    granted: GrantedWords | None = None
    """Tells what rests on a consent that has ended; None: nothing does."""

    async def let_go(self, thread: str, access: Access) -> None:
        """Erase proposals that were drafted from data whose grant is over, with their interrupted runs.

        Args:
            thread: The conversation that they wait in.
            access: Who asks, when.
        """
        over = (await self.granted.ended(thread, access)).over if self.granted else frozenset()
        waiting = await self.proposals.pending(thread) if over else ()
        gone = [p.id for p in waiting if p.created_at in over]
        for proposal_id in gone:
            await self.graph.forget(proposal_id)
        await self.proposals.forget(gone)

    async def decide(self, command: Command, context: TurnContext) -> Work:
        """Return what /confirm, /cancel or a plain yes or no does."""
        run, verdict = context.run, _verdict(command)
        if command.arg:
            proposal = await self._own(command.arg, run)
            if proposal is None:
                return _refused(say("not_yours", run.lang, id=command.arg), "not_yours")
            return await self._settle(proposal, verdict, context)
        pending = await self.pending(run)
        if not pending:
            return await self._none_pending(command, context)
        just = await self._just_proposed(run)
        if len(pending) > 1 and (command.plain or not just):
            return _which(pending, run)
        asked = context.pending is not None and context.pending.code == WHICH_PROPOSAL
        if command.name == "confirm" and not just and not asked:
            return _sure(
                pending[0], run
            )  # other turns came between: what is confirmed is shown again
        return await self._settle(pending[0], verdict, context)

    async def drop_rejected(self, context: TurnContext, *, instead: str = "") -> None:
        """Cancel the proposal of the turn before: the person has just said that it is wrong.

        Args:
            context: The turn.
            instead: The proposal that stands in its place.
        """
        pending = [p for p in await self.pending(context.run) if p.id != instead]
        if pending and await self._just_proposed(context.run):
            await self._settle(pending[0], "cancel", context)

    async def pending(self, run: RunContext) -> tuple[Proposal, ...]:
        """Return the conversation's proposals that can still be confirmed, newest first."""
        found = await self.proposals.pending(run.thread)
        return tuple(p for p in _of(run, found) if not _is_expired(p, run.now))

    async def _own(self, proposal_id: str, run: RunContext) -> Proposal | None:
        try:
            proposal = await self.proposals.get(proposal_id)
            await self.let_go(proposal.thread, run.access)
            proposal = await self.proposals.get(proposal_id)
        except NotFoundError:
            return None
        # By its id a person decides from any conversation: from another device, or after a restart.
        return proposal if proposal.actor == str(run.actor) else None

    async def _none_pending(self, command: Command, context: TurnContext) -> Work:
        """Return what is said when nothing can be decided on; what waited too long was not carried out."""
        run = context.run
        late = _of(run, await self.proposals.pending(run.thread))
        if late and not command.plain:
            return await self._settle(late[0], _verdict(command), context)
        return _said(say("nothing_pending", run.lang))

    async def _settle(self, proposal: Proposal, verdict: Verdict, context: TurnContext) -> Work:
        run = context.run
        if proposal.status is ProposalStatus.PENDING and _is_expired(proposal, run.now):
            await self.proposals.move(
                proposal.id, expect=ProposalStatus.PENDING, to=ProposalStatus.EXPIRED
            )
            await self.graph.forget(proposal.id)
            text = say("expired", run.lang, summary=proposal.summary)
            return Work(answer=Answer(text=text, outcome="expired"))
        if proposal.status not in {ProposalStatus.PENDING, ProposalStatus.EXECUTING}:
            return Work(answer=compose_settled(proposal, run.lang))
        return await self.graph.decide(context.for_proposal(proposal.id), verdict)

    async def _just_proposed(self, run: RunContext) -> bool:
        latest = await self.decisions.latest(run.thread)
        return (
            latest is not None and latest.outcome == "proposed" and latest.actor == str(run.actor)
        )


def _of(run: RunContext, proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """Return those of the person who speaks: several people may write in one thread."""
    return tuple(p for p in proposals if p.actor == str(run.actor))


def _verdict(command: Command) -> Verdict:
    return "confirm" if command.name == "confirm" else "cancel"


def _is_expired(proposal: Proposal, now: datetime) -> bool:
    made = datetime.strptime(proposal.created_at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return now - made > LIFETIME


def _said(text: str) -> Work:
    return Work(answer=Answer(text=text, outcome="answered"))


def _refused(text: str, code: str) -> Work:
    refusal = Refusal(reason=text, id=code)
    return Work(answer=Answer(text=text, outcome="refused", refusal=refusal))


def _which(pending: Sequence[Proposal], run: RunContext) -> Work:
    options = tuple(
        Option(label=say("confirm_option", run.lang, summary=p.summary), reply=f"/confirm {p.id}")
        for p in pending[:9]
    )
    return _ask(say("which_pending", run.lang, count=len(pending)), options)


def _sure(proposal: Proposal, run: RunContext) -> Work:
    """Return a question back: a courtesy ("ok") after other turns does not write."""
    yes = say("confirm_option", run.lang, summary=proposal.summary)
    no = say("cancel_option", run.lang, summary=proposal.summary)
    options = (
        Option(label=yes, reply=f"/confirm {proposal.id}"),
        Option(label=no, reply=f"/cancel {proposal.id}"),
    )
    return _ask(say("sure_pending", run.lang, summary=proposal.summary), options)


def _ask(text: str, options: tuple[Option, ...]) -> Work:
    pending = PendingQuestion(text=text, options=options, code=WHICH_PROPOSAL)
    answer = Answer(
        text=question_text(text, options),
        outcome="asked",
        question=Question(text=text, options=options),
        pending=pending,
    )
    return Work(answer=answer)
