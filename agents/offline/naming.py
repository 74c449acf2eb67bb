"""What a sentence may call something new: quoted words, or words whose shape can be a name."""

from __future__ import annotations

import re

from knowledge_graph.language.readback.values import quoted
from knowledge_graph.language.results import Lang

_QUOTES = "\"“”「」『』‘’'"
_NOT_A_NAME = {
    "en": re.compile(
        r"\b(?:who|whose|from|that|which|with|and|or|to|as|is|are|was|for|in|from|all|any|every|each|them|"
        r"him|her|it|new|a|an|the|of|by|at|interested|worth|email|phone|"
        r"closing|due|lead|leads|customer|customers)\b", re.I),
    "zh": re.compile(r"[的，,。；;：:]|^[把将给和与跟]|所有|全部|一个|他们|她们|"
                     r"^(?:客户|线索|联系人|商机)$|改为|改成|转给|添加|新建|新增|创建|录入|"
                     r"[\u4e00-\u9fff]\s+[\u4e00-\u9fff]|"
                     r"\s(?:公司|单位|客户|电话|手机|邮箱|职务|职位|来自|来源|负责人|金额|城市|行业|地址|微信)"),
}  # fmt: skip
_NAMES = re.compile(r"[\u4e00-\u9fff]{2,3}(?:[和与及、][\u4e00-\u9fff]{2,3})+")
"""Several Chinese names, not one."""
_NAME_SHAPE = re.compile(r"[\w·.&'’\-\u4e00-\u9fff]+(?: [\w·.&'’()\-\u4e00-\u9fff]+){0,5}")
_PARTS = re.compile(r"[,，、;；\n]|[(（].*[,，]")
_LEGAL_FORM = re.compile(r",\s*(?:inc|ltd|llc|gmbh|co|corp|limited|s\.?a)\b\.?", re.I)
_QUOTES_AROUND = re.compile(r"\"[^\"]*\"|“[^”]*”|「[^」]*」|『[^』]*』|‘[^’]*’")
_LONGEST = {"en": 60, "zh": 20}
"""Characters of a name."""


def is_quoted(text: str) -> bool:
    """Say whether a text stands between quotes."""
    bare = text.strip()
    return len(bare) > 2 and bare[0] in _QUOTES and bare[-1] in _QUOTES


def quoted_text(text: str) -> str:
    """Return a text as a literal of the business language; its own quotes are not part of it.

    >>> quoted_text("「重点」")
    '"重点"'
    """
    bare = text.strip()[1:-1].strip() if is_quoted(text) else text.strip()
    return quoted(bare)


def can_be_name(bare: str, lang: Lang, *, proper: bool) -> bool:
    """Say whether unquoted words can be the name of something new.

    Args:
        bare: The words.
        lang: The language of the sentence.
        proper: English words must begin with a capital: nothing but the shape says that it is a name.

    Returns:
        True if they can.

    >>> can_be_name("Jo Moore", "en", proper=True), can_be_name("Jo from Acme", "en", proper=True)
    (True, False)
    >>> can_be_name("郭晓燕 来自 远望集团", "zh", proper=False)
    False
    """
    if bare.count("(") != bare.count(")") or _NAMES.fullmatch(bare):
        return False
    if (
        len(bare) > _LONGEST[lang]
        or not _NAME_SHAPE.fullmatch(bare)
        or _NOT_A_NAME[lang].search(bare)
    ):
        return False
    return not (proper and any(word[0].islower() for word in bare.split()))


def runs_on(value: str, words: str) -> bool:
    """Say whether a value goes over a comma that nobody quoted.

    Args:
        value: What would be written.
        words: What it was read from.

    Returns:
        True if it does, but for the legal form of a company.

    >>> runs_on("Foo, give it to Raj", "Foo, give it to Raj"), runs_on("Foo, Inc.", "Foo, Inc.")
    (True, False)
    """
    parted = _PARTS.search(_LEGAL_FORM.sub("", value))
    return bool(parted) and not any(value in quote for quote in _QUOTES_AROUND.findall(words))
