"""Joins what the write tools of one turn have drafted to one proposal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agents.model import CallResult
from agents.state import TurnContext
from knowledge_graph.ontology.change import Action, ChangeSet, Proposal, RecordChange
from knowledge_graph.ontology.record import Origin, RecordRef, new_id
from tools.outcomes import ApprovalRequired


def drafted_by(results: Sequence[CallResult]) -> tuple[RecordChange, ...]:
    """Return all changes drafted so far, one per record."""
    approvals = [r.result for r in results if isinstance(r.result, ApprovalRequired)]
    return join_changes([change for a in approvals for change in a.changes])


def join_changes(changes: Sequence[RecordChange]) -> tuple[RecordChange, ...]:
    """Return one change per record with the same effect as these in order.

    A record created and then updated is created with the new values; one created and deleted is not
    touched at all.
    """
    joined: dict[RecordRef, RecordChange] = {}
    for change in changes:
        earlier = joined.get(change.ref)
        merged = change if earlier is None else _merge(earlier, change)
        if merged is None:
            del joined[change.ref]
        else:
            joined[change.ref] = merged
    return tuple(joined.values())


def _merge(first: RecordChange, second: RecordChange) -> RecordChange | None:
    if second.action is Action.DELETE:
        if first.action is Action.CREATE:
            return None
        return replace(second, before={**second.before, **first.before})
    if first.action is Action.DELETE:
        return second
    return replace(
        first,
        title=second.title,
        before=first.before if first.action is Action.CREATE else {**second.before, **first.before},
        after={**first.after, **second.after},
        source_keys=second.source_keys or first.source_keys,
        origins={**first.origins, **_origins(second)},
    )


def _origins(change: RecordChange) -> Mapping[str, Origin]:
    """Return by field where the new values came from, as far as the change says it."""
    own = {} if change.origin is None else dict.fromkeys(change.after, change.origin)
    return {**own, **change.origins}


def propose_changes(results: Sequence[CallResult], context: TurnContext) -> Proposal:
    """Return the one proposal of a turn.

    Args:
        results: The results of this turn; at least one is `ApprovalRequired`.
        context: The run facts; the proposal takes its id from there.
    """
    run = context.run
    approvals = [r.result for r in results if isinstance(r.result, ApprovalRequired)]
    stamp = run.access.at
    change_set = ChangeSet(
        id=new_id(),
        at=stamp,
        actor=str(run.actor),
        reason=run.user_text,
        changes=drafted_by(results),
        origin=Origin(system="chat", place=run.channel, observed_at=stamp),
        decision_id=run.decision_id,
        undoes=next((a.undoes for a in approvals if a.undoes), ""),
    )
    return Proposal(
        id=context.proposal_id,
        thread=run.thread,
        actor=str(run.actor),
        created_at=stamp,
        summary=("；" if run.lang == "zh" else "; ").join(a.summary for a in approvals),
        lang=run.lang,
        change_set=change_set,
        warnings=tuple(dict.fromkeys(w for a in approvals for w in a.warnings)),
    )
