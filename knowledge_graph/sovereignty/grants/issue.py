"""Issuing: the checks that need more than the grant itself."""

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
