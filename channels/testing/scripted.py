"""A stand-in for the assistant that plays a list of replies, with proposals and decisions in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agents.turn import Progress, Refusal, TurnReply, TurnRequest
from channels.ports import ProgressSink
from knowledge_graph.errors import CrmError, NotFoundError
from knowledge_graph.ontology.change import Proposal, ProposalStatus
from knowledge_graph.ports import Decision


class InMemoryProposals:
    """Proposals in a dictionary."""

    def __init__(self) -> None:
        self._kept: dict[str, Proposal] = {}

    async def save(self, proposal: Proposal) -> None:
        """See `ProposalStore`."""
        self._kept[proposal.id] = proposal

    async def get(self, proposal_id: str) -> Proposal:
        """Return what `ProposalStore` promises.

        Raises:
            NotFoundError: There is none.
        """
        if proposal_id not in self._kept:
            raise NotFoundError(f"no proposal {proposal_id!r}")
        return self._kept[proposal_id]

    async def pending(self, thread: str) -> tuple[Proposal, ...]:
        """Return what `ProposalStore` promises."""
        found = [p for p in self._kept.values() if p.thread == thread]
        return tuple(p for p in reversed(found) if p.status is ProposalStatus.PENDING)

    async def move(self, proposal_id: str, *, expect: ProposalStatus, to: ProposalStatus) -> bool:
        """Return what `ProposalStore` promises."""
        kept = await self.get(proposal_id)
        if kept.status is not expect:
            return False
        self._kept[proposal_id] = replace(kept, status=to)
        return True

    async def forget(self, proposal_ids: Sequence[str]) -> None:
        """See `ProposalStore`."""
        for proposal_id in proposal_ids:
            self._kept.pop(proposal_id, None)


class InMemoryDecisions:
    """Decisions in a dictionary."""

    def __init__(self) -> None:
        self._kept: dict[str, Decision] = {}

    async def append(self, decision: Decision) -> None:
        """See `DecisionLog`."""
        self._kept[decision.id] = decision

    async def get(self, decision_id: str) -> Decision:
        """Return what `DecisionLog` promises.

        Raises:
            NotFoundError: There is none.
        """
        if decision_id not in self._kept:
            raise NotFoundError(f"no decision {decision_id!r}")
        return self._kept[decision_id]

    async def latest(self, thread: str) -> Decision | None:
        """Return what `DecisionLog` promises."""
        found = [d for d in self._kept.values() if d.thread == thread]
        return found[-1] if found else None


class ScriptedAssistant:
    """Answers known texts as scripted; carries out `/confirm`, `/cancel` and `/undo` of its own proposals.

    Args:
        script: The reply, or the error to raise, by the exact text.
        proposals: Where the proposals of scripted replies are kept.
        decisions: Where each turn is logged.
    """

    def __init__(
        self,
        script: Mapping[str, TurnReply | CrmError],
        proposals: InMemoryProposals,
        decisions: InMemoryDecisions,
    ) -> None:
        self.requests: list[TurnRequest] = []
        self.committed: list[str] = []
        """Proposals that were carried out."""
        self._script = script
        self._proposals = proposals
        self._decisions = decisions

    async def turn(self, request: TurnRequest, progress: ProgressSink | None = None) -> TurnReply:
        """Return the scripted reply.

        Raises:
            CrmError: Where the script says so.
        """
        self.requests.append(request)
        if progress is not None:
            await progress(Progress(step="looking up records"))
        verb, _, argument = request.text.partition(" ")
        if verb in {"/confirm", "/cancel"}:
            reply = await self._decide(request, verb, argument)
        elif verb == "/undo":
            reply = TurnReply(
                turn=0, reply=f"Taken back: {argument}.", lang="en", change_id="C-undo"
            )
        else:
            reply = await self._scripted(request)
        return await self._logged(request, reply)

    async def _scripted(self, request: TurnRequest) -> TurnReply:
        found = self._script.get(request.text)
        if isinstance(found, CrmError):
            raise found
        if found is None:
            return TurnReply(turn=0, reply=f"You said: {request.text}", lang=request.lang or "en")
        if found.proposal is not None:
            kept = replace(found.proposal, thread=request.thread, actor=str(request.actor))
            await self._proposals.save(kept)
            found = replace(found, proposal=kept)
        return found

    async def _decide(self, request: TurnRequest, verb: str, proposal_id: str) -> TurnReply:
        proposal = await self._proposals.get(proposal_id)
        if proposal.actor != str(request.actor):
            raise NotFoundError(f"no proposal {proposal_id!r}")
        to = ProposalStatus.DONE if verb == "/confirm" else ProposalStatus.CANCELLED
        if not await self._proposals.move(proposal_id, expect=ProposalStatus.PENDING, to=to):
            reason = "This was decided before; nothing was changed by this press."
            return TurnReply(
                turn=0, reply=reason, lang="en", refusal=Refusal(reason=reason, id="R1")
            )
        if verb == "/cancel":
            return TurnReply(turn=0, reply=f"Cancelled: {proposal.summary}.", lang="en")
        self.committed.append(proposal_id)
        done = f"Done: {proposal.summary}."
        return TurnReply(turn=0, reply=done, lang="en", change_id=proposal.change_set.id)

    async def _logged(self, request: TurnRequest, reply: TurnReply) -> TurnReply:
        number = len(self.requests)
        decision = Decision(
            id=f"D{number}",
            at="2026-11-23T03:00:00Z",
            thread=request.thread,
            actor=str(request.actor),
            input_digest="sha256:scripted",
            model="scripted",
            prompt_digest="",
            tools=tuple(
                {"name": c.name, "args": c.args, "outcome": c.outcome} for c in reply.tool_calls
            ),
            facts=tuple({"id": e.id, "origin": e.origin} for e in reply.evidence),
            outcome="answered",
        )
        await self._decisions.append(decision)
        return replace(reply, turn=number, decision_id=decision.id, ms=1)
