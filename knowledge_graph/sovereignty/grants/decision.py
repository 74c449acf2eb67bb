"""The decision at use time: a pure function of the grant, the request and what is known of the grant since.

It trusts nothing that was checked at issue, and nothing that the requester says about time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from knowledge_graph.ontology.fields import Tier
from knowledge_graph.sovereignty.grants.grant import LONGEST, Answer, Grant

REVOCATIONS_FRESH = timedelta(minutes=5)
CLOCK_SKEW = timedelta(seconds=120)


@dataclass(frozen=True, kw_only=True)
class UseRequest:
    """One read under a grant. Purpose, tier and recipient come from the authenticated request."""

    at: datetime
    """The clock of whoever decides, UTC."""
    subject: str
    recipient: str
    purpose: str
    tier: Tier
    answer: str = Answer.SUMMARY
    """A value of `Answer`; everything else is refused."""
    node: str = "local"
    region: str = ""
    template: str = ""


@dataclass(frozen=True, kw_only=True)
class GrantState:
    """What has happened since the grant was issued, from the decider's own book."""

    uses: int = 0
    revoked_at: datetime | None = None
    revocations_as_of: datetime | None = None
    """When the signed list of revocations was made; None where the book itself is at hand."""
    latest_seen: datetime | None = None
    """The highest instant that this clock has shown: it may not go back."""


@dataclass(frozen=True, kw_only=True)
class UseDecision:
    """Yes, or no with a stable reason."""

    allowed: bool
    reason: str = ""


ALLOWED = UseDecision(allowed=True)


def decide(grant: Grant, request: UseRequest, state: GrantState) -> UseDecision:
    """Decide one use.

    Args:
        grant: Its signature has been verified against pinned keys.
        request: What is asked.
        state: What is known of the grant.

    Returns:
        Allowed, or the first reason against it.
    """
    for refusal in (_clock, _time, _scope, _place, _state):
        reason = refusal(grant, request, state)
        if reason:
            return UseDecision(allowed=False, reason=reason)
    return ALLOWED


def _clock(grant: Grant, request: UseRequest, state: GrantState) -> str:
    if request.at.utcoffset() is None:
        return "bad_time"
    if state.latest_seen is not None and request.at < state.latest_seen - CLOCK_SKEW:
        return "clock_back"
    fresh = state.revocations_as_of
    if fresh is None:
        return ""
    if fresh.utcoffset() is None or not -CLOCK_SKEW <= request.at - fresh <= REVOCATIONS_FRESH:
        return "stale_revocations"
    return ""


def _time(grant: Grant, request: UseRequest, state: GrantState) -> str:
    # Never earlier than what the clock has shown already: a small step back does not reopen a grant.
    at = request.at if state.latest_seen is None else max(request.at, state.latest_seen)
    if grant.expires - min(grant.issued, grant.consented) > LONGEST:
        return "over_72_hours"
    if request.at < grant.not_before or request.at < grant.issued:
        return "not_yet"
    if at >= grant.expires:
        return "expired"
    revoked = state.revoked_at
    if revoked is not None and (revoked.utcoffset() is None or at >= revoked):
        return "withdrawn"
    return ""


def _scope(grant: Grant, request: UseRequest, state: GrantState) -> str:
    if request.subject != grant.subject:
        return "other_subject"
    if request.recipient != grant.recipient:
        return "other_recipient"
    if request.purpose != grant.purpose:
        return "other_purpose"
    if request.tier not in grant.tiers:
        return "tier_not_granted"
    return "" if request.answer in set(Answer) else "raw_data"


def _place(grant: Grant, request: UseRequest, state: GrantState) -> str:
    if request.node != grant.node:
        return "other_node"
    if grant.region and request.region != grant.region:
        return "other_region"
    if grant.templates and request.template not in grant.templates:
        return "other_template"
    return ""


def _state(grant: Grant, request: UseRequest, state: GrantState) -> str:
    if state.uses < 0 or (grant.max_uses is not None and state.uses >= grant.max_uses):
        return "uses_spent"
    return ""
