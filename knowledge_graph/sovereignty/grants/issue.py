"""Issuing: the checks that need more than the grant itself, and narrowing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from knowledge_graph.ontology.fields import Tier
from knowledge_graph.sovereignty.errors import GrantError
from knowledge_graph.sovereignty.grants.decision import CLOCK_SKEW
from knowledge_graph.sovereignty.grants.grant import Grant


def check_issue(
    grant: Grant,
    *,
    now: datetime,
    clicked: Iterable[Tier],
    acts: Mapping[str, str],
) -> None:
    """Refuse a grant that may not be signed.

    Args:
        grant: It keeps the rules that it can keep alone.
        now: The signer's clock, UTC.
        clicked: Tiers that the person chose, each by an act of its own.
        acts: By act id, the grant that was issued for it: an act is good for one grant.

    Raises:
        GrantError: Back-dated or post-dated, a tier that was not clicked, an act used before, no notice.
    """
    if not -CLOCK_SKEW <= now - grant.issued <= CLOCK_SKEW:
        raise GrantError("bad_time", "a grant is issued now, not earlier or later")
    if not grant.tiers <= frozenset(clicked):
        raise GrantError("tier_not_clicked", "each tier needs its own click, sentiment above all")
    if grant.legal_basis == "consent" and not grant.notice:
        raise GrantError("no_notice", "consent needs the text that the person was shown")
    if acts.get(grant.act, grant.id) != grant.id and acts[grant.act] != grant.parent:
        raise GrantError("act_used", "this act of the person has its grant already; ask again")


def check_narrowing(child: Grant, parent: Grant) -> None:
    """Refuse a child that allows anything its parent does not.

    Args:
        child: Names the parent.
        parent: Its signature has been verified.

    Raises:
        GrantError: Wider somewhere; the message says where.
    """
    same = ("subject", "recipient", "purpose", "node", "legal_basis", "notice", "act", "consented")
    wider = [name for name in same if getattr(child, name) != getattr(parent, name)]
    inside = {
        "parent": child.parent == parent.id,
        "tiers": child.tiers <= parent.tiers,
        "not_before": child.not_before >= parent.not_before,
        "expires": child.expires <= parent.expires,
        "region": parent.region in {"", child.region},
        "templates": not parent.templates
        or (bool(child.templates) and child.templates <= parent.templates),
        "max_uses": parent.max_uses is None
        or (child.max_uses is not None and child.max_uses <= parent.max_uses),
        "k": child.k >= parent.k,
    }
    wider += [name for name, holds in inside.items() if not holds]
    if wider:
        raise GrantError("wider", f"a narrowed grant is wider in {', '.join(wider)}")
