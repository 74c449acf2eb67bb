"""execute: carry out or drop a proposal, once, whatever happens in between."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from langgraph.runtime import Runtime

from agents.replies import (
    compose_executed,
    compose_settled,
    compose_unknown,
    error_text,
    merged_evidence,
    say,
)
from agents.routing import work_of
from agents.state import AgentState, Answer, TurnContext
from knowledge_graph.errors import ConflictError, CrmError, UnavailableError
from knowledge_graph.ontology.change import ChangeSet, Proposal, ProposalStatus
from knowledge_graph.ports import ProposalStore
from tools.context import RunContext


class ChangeWriter(Protocol):
    """Writes confirmed change sets through the gate."""

    async def write(self, change_set: ChangeSet, context: RunContext) -> None:
        """Write all of it or nothing; acknowledged means durable.

        Raises:
            NotAllowedError: The actor may not.
            ConflictError: The records have changed since.
            StoreUnavailableError: Whether it was written is not known.
        """
        ...

    async def is_written(self, change_id: str, context: RunContext) -> bool:
        """Tell whether a change set is in the change log."""
        ...


@dataclass(frozen=True, kw_only=True)
class Execute:
    """Compares and sets the proposal's status before it writes, so that nothing is written twice."""

    proposals: ProposalStore
    writer: ChangeWriter

    async def __call__(self, state: AgentState, runtime: Runtime[TurnContext]) -> AgentState:
        """Return what came of the verdict."""
        run = runtime.context.run
        proposal = await self.proposals.get(state["proposal_id"])
        if state.get("verdict") == "confirm":
            answer = await self._confirm(proposal, run)
        else:
            answer = await self._cancel(proposal, run)
        work, basis = work_of(state), proposal.change_set.decision_id
        answer = replace(answer, evidence=merged_evidence(work.results), basis=basis)
        return {"work": replace(work, answer=answer)}

    async def _cancel(self, proposal: Proposal, run: RunContext) -> Answer:
        moved = await self._move(proposal, ProposalStatus.PENDING, ProposalStatus.CANCELLED)
        if not moved:
            return compose_settled(await self.proposals.get(proposal.id), run.lang)
        text = say("cancelled", run.lang, summary=proposal.summary)
        return Answer(text=text, outcome="cancelled")

    async def _confirm(self, proposal: Proposal, run: RunContext) -> Answer:
        if not await self._move(proposal, ProposalStatus.PENDING, ProposalStatus.EXECUTING):
            proposal = await self.proposals.get(proposal.id)
            if proposal.status is not ProposalStatus.EXECUTING:
                return compose_settled(proposal, run.lang)
            # A process ended between the status and the write: the change log tells which it was.
            if await self.writer.is_written(proposal.change_set.id, run):
                return await self._done(proposal, run)
        try:
            await self.writer.write(replace(proposal.change_set, at=run.access.at), run)
        except UnavailableError as error:
            return self._unknown(proposal, run, error)
        except ConflictError as error:
            if await self.writer.is_written(proposal.change_set.id, run):
                return await self._done(proposal, run)
            return await self._failed(proposal, run, error)
        except CrmError as error:
            return await self._failed(proposal, run, error)
        return await self._done(proposal, run)

    async def _done(self, proposal: Proposal, run: RunContext) -> Answer:
        # Written is written: when the status cannot be set, the next /confirm finds it in the change log.
        with suppress(UnavailableError):
            await self._move(proposal, ProposalStatus.EXECUTING, ProposalStatus.DONE)
        return compose_executed(proposal, run)

    async def _failed(self, proposal: Proposal, run: RunContext, error: CrmError) -> Answer:
        await self._move(proposal, ProposalStatus.EXECUTING, ProposalStatus.FAILED)
        words = error_text(error, run.lang)
        text = say("commit_failed", run.lang, summary=proposal.summary, error=words)
        return Answer(text=text, outcome="failed")

    def _unknown(self, proposal: Proposal, run: RunContext, error: CrmError) -> Answer:
        """Return the doubt; the status stays `executing`, the next /confirm looks into the change log."""
        return compose_unknown(proposal, error, run)

    async def _move(self, proposal: Proposal, expect: ProposalStatus, to: ProposalStatus) -> bool:
        return await self.proposals.move(proposal.id, expect=expect, to=to)
