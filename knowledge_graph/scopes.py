"""The usage scope of an opportunity: which tiers of its person somebody wants to use. A wish, not a grant.

It is asked for when a person is put on an opportunity, here, where no channel gets past: a write without it is
refused. Files that are imported are records of what is, not new opportunities; they may leave it open.
"""

from __future__ import annotations

from collections.abc import Mapping

from knowledge_graph.errors import ScopeMissingError
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.fields import Tier
from knowledge_graph.ontology.record import Record, RecordRef, Value

KIND = "opportunity"
NONE = "none"
"""Chosen when no personal data is to be used."""
SCOPES = frozenset({*Tier, NONE})


_OURS = frozenset({"chat", "web", "api", "rule"})
"""Origins of what people and rules change here; everything else was imported from another system's file."""


def is_imported(change_set: ChangeSet) -> bool:
    """Return whether a change set holds what a file of another system says."""
    return change_set.origin.system not in _OURS


def needs_scope(values: Mapping[str, Value]) -> bool:
    """Return whether an opportunity with these values names a person and lacks its usage scope."""
    return bool(values.get("contact")) and not values.get("usage_scope")


def check_scopes(change_set: ChangeSet, standing: Mapping[RecordRef, Record]) -> None:
    """Return when every opportunity that gets a person has its usage scope.

    Args:
        change_set: About to be committed.
        standing: The opportunities it changes, as they are.

    Raises:
        ScopeMissingError: One has none, or one that there is not; nothing is written.
    """
    if change_set.undoes or is_imported(change_set):
        return
    for change in change_set.changes:
        if change.ref.kind != KIND or change.action is Action.DELETE:
            continue
        if _asks(change, standing):
            raise ScopeMissingError(
                f"which personal data may be used for “{change.title}”? Choose from identity, transaction,"
                " sentiment, or none, as its usage scope. Nothing was written"
            )
        _check_known(change)


def _asks(change: RecordChange, standing: Mapping[RecordRef, Record]) -> bool:
    """Return whether a change puts a person on an opportunity that has no scope."""
    if not change.after.get("contact") and "usage_scope" not in change.after:
        return False
    held = standing.get(change.ref)
    values = {**(held.values if held is not None else {}), **change.after}
    return needs_scope(values)


def _check_known(change: RecordChange) -> None:
    chosen = change.after.get("usage_scope") or ()
    unknown = [s for s in chosen if s not in SCOPES] if isinstance(chosen, tuple) else [chosen]
    if unknown:
        raise ScopeMissingError(
            f"{unknown[0]!r} is no usage scope; choose from identity, transaction, sentiment, none."
            " Nothing was written"
        )
