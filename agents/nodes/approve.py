"""approve: stop until the person who asked has decided."""

from __future__ import annotations

from langgraph.types import interrupt

from agents.state import AgentState


async def approve(state: AgentState) -> AgentState:
    """Return the verdict; until there is one the run is interrupted with the proposal's id."""
    if state.get("verdict"):
        return {}
    verdict = interrupt({"proposal": state["proposal_id"]})
    return {"verdict": "confirm" if verdict == "confirm" else "cancel"}
