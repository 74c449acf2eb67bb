"""The decision log entry of a turn, and the reply that channels show."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from agents.model import CallResult
from agents.state import Answer, Work
from agents.turn import Outcome, ToolCallRecord
from knowledge_graph.ontology.evidence import Evidence
from knowledge_graph.ontology.record import new_id
from knowledge_graph.ports import Decision
from tools.context import RunContext
from tools.outcomes import ApprovalRequired, ToolFailed, ToolOk, ToolResult

__all__ = ["decision_of", "input_digest", "new_id", "on_basis", "records_of"]


def input_digest(text: str) -> str:
    """Return the digest that stands for a message in the decision log.

    >>> input_digest("hello")[:14]
    'sha256:2cf24db'
    """
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _outcome(result: ToolResult) -> Outcome:
    if isinstance(result, ToolOk):
        return "ok"
    if isinstance(result, ApprovalRequired):
        return "approval"
    return "failed" if isinstance(result, ToolFailed) else "retry"


def records_of(results: tuple[CallResult, ...]) -> tuple[ToolCallRecord, ...]:
    """Return the calls as they happened; a question counts as `retry`, nothing was done."""
    return tuple(
        ToolCallRecord(name=r.call.name, args=dict(r.call.args), outcome=_outcome(r.result))
        for r in results
    )


def decision_of(run: RunContext, work: Work, answer: Answer) -> Decision:
    """Return the decision log entry of a turn.

    Args:
        run: The run facts.
        work: Calls, results and models of the turn.
        answer: What came of it.
    """
    calls = records_of((*work.discarded, *work.results))
    return Decision(
        id=run.decision_id,
        at=run.access.at,
        thread=run.thread,
        actor=str(run.actor),
        input_digest=input_digest(run.user_text),
        model=", ".join(dict.fromkeys(work.models)) or "none",
        prompt_digest=work.prompt_digest or "none",
        tools=tuple({"name": c.name, "args": dict(c.args), "outcome": c.outcome} for c in calls),
        facts=tuple(_fact(e) for e in answer.evidence),
        outcome="refused" if answer.outcome == "expired" else answer.outcome,
        change_ids=(answer.change_id,) if answer.change_id else (),
    )


def on_basis(decision: Decision, basis: Decision) -> Decision:
    """Return a decision about a proposal with what the proposal rested on.

    Args:
        decision: The confirmation or cancellation; no model took part in it.
        basis: The decision that proposed.
    """
    return replace(
        decision,
        model=basis.model,
        prompt_digest=basis.prompt_digest,
        tools=basis.tools,
        facts=basis.facts,
    )


def _fact(evidence: Evidence) -> Mapping[str, object]:
    """Return the fact by name, without its value: the log must outlive an erasure."""
    return {"id": evidence.id, "origin": evidence.origin, "observed_at": evidence.observed_at}
