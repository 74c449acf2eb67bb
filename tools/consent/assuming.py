"""The legal bases that an import assumes when nobody says otherwise, and how they are said."""

from __future__ import annotations

from dataclasses import replace

from knowledge_graph.consent import LegalBasis, default_bases
from knowledge_graph.consent_ports import ConsentStore
from knowledge_graph.ontology.access import Access
from knowledge_graph.ontology.fields import Tier
from tools.context import Lang
from tools.grounds import tier_word


def review_day(at: str) -> str:
    """Return the day twelve months after an instant.

    >>> review_day("2026-11-23T09:00:00Z"), review_day("2028-02-29T00:00:00Z")
    ('2027-11-23', '2029-02-28')
    """
    year, rest = int(at[:4]) + 1, at[4:10]
    return f"{year}{'-02-28' if rest == '-02-29' else rest}"


async def record_assumed(
    store: ConsentStore, access: Access, declined: frozenset[Tier] = frozenset()
) -> tuple[LegalBasis, ...]:
    """Record the default bases where the workspace has none yet.

    Args:
        store: Where they are kept.
        access: Who imports, and when.
        declined: Tiers that somebody has said no to: a basis without purposes stands there for them.

    Returns:
        What was recorded now.
    """
    held = {b.tier for b in await store.bases() if b.person is None}
    made = []
    for basis in default_bases(access.at, review_day(access.at)):
        if basis.tier in held:
            continue
        now = replace(basis, recorded_by=str(access.actor))
        if basis.tier in declined:
            now = replace(now, purposes=frozenset(), assumed=False, why="declined at import")
        await store.record_basis(now)
        made.append(now)
    return tuple(made)


def assumed_lines(bases: tuple[LegalBasis, ...], lang: Lang) -> tuple[str, ...]:
    """Return what is said of the bases that were recorded."""
    if not bases:
        return ()
    lines = [_line(basis, lang) for basis in bases]
    zh = "情绪信息（如满意度、邮件打开率）：没有本人授权一律不显示；企业层面的信息不是个人数据"
    en = (
        "sentiment data (satisfaction, mail opens): always withheld without the person's consent; facts about"
        " companies are not personal"
    )
    return (*lines, zh if lang == "zh" else en)


def _line(basis: LegalBasis, lang: Lang) -> str:
    named = tier_word(basis.tier, lang)
    if not basis.purposes:
        return f"{named}：不使用" if lang == "zh" else f"{named}: not used"
    if basis.only_business:
        return (
            f"{named}：与企业的业务，依据“合同及订立合同前的步骤”，{basis.review_on} 前复核；私人客户的须有授权"
            if lang == "zh"
            else f"{named}: business with companies, on contract and the steps before one, to be reviewed by"
            f" {basis.review_on}; of private customers only with consent"
        )
    return (
        f"{named}：业务联系人，依据“正当利益”，{basis.review_on} 前复核"
        if lang == "zh"
        else f"{named}: business contacts, on legitimate interest, to be reviewed by {basis.review_on}"
    )
