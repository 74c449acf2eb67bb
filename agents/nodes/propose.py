"""propose: keep the drafted changes as one proposal and show it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from langgraph.runtime import Runtime

from agents.drafts import propose_changes
from agents.replies import compose_proposal
from agents.routing import work_of
from agents.state import AgentState, TurnContext
from knowledge_graph.ports import ProposalStore


@dataclass(frozen=True, kw_only=True)
class Propose:
    """Saves the proposal; what is written later is exactly what was shown."""

    proposals: ProposalStore

    async def __call__(self, state: AgentState, runtime: Runtime[TurnContext]) -> AgentState:
        """Return the answer that shows the proposal, which is saved."""
        work, context = work_of(state), runtime.context
        proposal = propose_changes(work.results, context)
        await self.proposals.save(proposal)
        answer = compose_proposal(proposal, work.results, context.run)
        return {"proposal_id": proposal.id, "work": replace(work, answer=answer)}
