"""What tiers, purposes and reasons are called in Chinese and English, and how people say them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from knowledge_graph.ontology.fields import Tier
from tools.context import Lang

TIERS: Mapping[Tier, tuple[str, str]] = {
    Tier.IDENTITY: ("身份信息", "identity data"),
    Tier.TRANSACTION: ("交易信息", "transaction data"),
    Tier.SENTIMENT: ("情绪信息", "sentiment data"),
}
_TIER_WORDS: Mapping[Tier, str] = {
    Tier.IDENTITY: r"identit|contact details?|身份|联系方式|联系信息",
    Tier.TRANSACTION: r"transaction|purchase|order|trade|交易|订单|购买|往来",
    Tier.SENTIMENT: r"sentiment|mood|emotion|satisfaction|情绪|情感|满意|态度",
}
PURPOSES: Mapping[str, tuple[str, str]] = {
    "service": ("服务", "service"),
    "quote": ("报价", "quote"),
    "order": ("订单处理", "order"),
    "customer-care": ("客户关怀", "customer care"),
    "account-management": ("客户管理", "account management"),
    "claims": ("投诉处理", "claims"),
    "payment": ("付款", "payment"),
    "credit-check": ("信用审查", "credit check"),
    "marketing": ("营销", "marketing"),
    "marketing-email": ("邮件营销", "e-mail marketing"),
    "personalisation": ("个性化", "personalisation"),
    "analytics": ("分析", "analytics"),
    "identity-check": ("身份核验", "identity check"),
    "legal": ("法律义务", "legal duty"),
    "rights": ("个人权利", "the person's rights"),
    "quote-generation": ("报价生成", "quote generation"),
}
_PURPOSE_WORDS: Mapping[str, str] = {
    "quote": r"\bquot(?:e|ing|ation)|报价|offer",
    "marketing-email": r"newsletter|e-?mail marketing|邮件营销",
    "marketing": r"marketing|advertis|营销|推广|广告",
    "credit-check": r"credit|信用",
    "customer-care": r"customer care|关怀",
    "claims": r"claim|complaint|投诉|理赔",
    "payment": r"payment|付款|支付",
    "order": r"\border|订单处理",
    "analytics": r"analy|统计|分析",
    "personalisation": r"personali|个性化",
    "account-management": r"account management|客户管理",
    "service": r"service|support|服务|支持",
}
REASONS: Mapping[str, tuple[str, str]] = {
    "no_grant": ("没有授权", "no consent"),
    "expired": ("授权已到期", "the consent has expired"),
    "withdrawn": ("授权已撤回", "the consent was withdrawn"),
    "uses_spent": ("授权次数已用完", "the consent's uses are spent"),
    "other_purpose": ("用途不符", "not for this purpose"),
    "not_yet": ("授权尚未生效", "the consent has not begun"),
    "restricted": ("本人要求限制使用", "restricted at the person's request"),
    "objected": ("本人反对使用", "the person objected"),
    "small_group": ("人数太少", "too few people"),
    "unknown_person": ("无法确定是谁的信息", "whose data it is cannot be told"),
    "role": ("无权查看", "not for your role"),
}


def tier_word(tier: Tier, lang: Lang) -> str:
    """Return what a tier is called.

    >>> tier_word(Tier.TRANSACTION, "zh")
    '交易信息'
    """
    return TIERS[tier][lang == "en"]


def purpose_word(purpose: str, lang: Lang) -> str:
    """Return what a purpose is called; its code if it has no other name."""
    return PURPOSES.get(purpose, (purpose, purpose))[lang == "en"]


def reason_word(reason: str, lang: Lang) -> str:
    """Return why something is withheld.

    >>> reason_word("withdrawn", "en")
    'the consent was withdrawn'
    """
    return REASONS.get(reason, (reason, reason))[lang == "en"]


def tiers_in(text: str) -> frozenset[Tier]:
    """Return the tiers that words name; none is implied by another.

    >>> sorted(tiers_in("交易和情绪信息"))
    [<Tier.SENTIMENT: 'sentiment'>, <Tier.TRANSACTION: 'transaction'>]
    """
    return frozenset(
        tier for tier, words in _TIER_WORDS.items() if re.search(words, text, re.IGNORECASE)
    )


def purposes_in(text: str) -> tuple[str, ...]:
    """Return the purposes that words name, the most telling first.

    >>> purposes_in("for the quote"), purposes_in("推广"), purposes_in("quote and marketing")
    (('quote',), ('marketing',), ('quote', 'marketing'))
    """
    code = text.strip().lower()
    if code in PURPOSES:
        return (code,)
    found = [p for p, words in _PURPOSE_WORDS.items() if re.search(words, text, re.IGNORECASE)]
    if "marketing-email" in found and "marketing" in found:
        found.remove("marketing")
    return tuple(found)
