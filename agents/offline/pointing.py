"""Words that point at what was said or shown before: them, the second one, 他们, 第二个."""

from __future__ import annotations

import re
from collections.abc import Callable

from agents.offline.acts import Pronoun
from knowledge_graph.language.results import Lang

_PLURAL = {
    "en": re.compile(
        r"(?:all (?:of )?)?(?:them|they|those|these|both|both of them|the (?:same )?ones)(?: all)?"
        r"|(?:all (?:of )?)?(?:those|these|the same) (?P<noun>[a-z -]+)", re.I),
    "zh": re.compile(r"(?:他们|她们|它们|这些|那些|上面这些|这几个|那几个|这批|那批|刚才那些|刚才这些)"
                     r"(?P<noun>[\u4e00-\u9fff]{0,4}?)(?:都|全部|全)?"),
}  # fmt: skip
_SINGLE = {
    "en": re.compile(
        r"him|her|it|he|she|this|that|this one|that one|(?:this|that|the same|the) (?P<noun>[a-z -]+)",
        re.I),
    "zh": re.compile(
        r"(?:他|她|它|这个|那个|这位|那位|这家|那家|这条|那条|这单|那单|该)(?P<noun>[\u4e00-\u9fff]{0,4})"),
}  # fmt: skip
_ORDINAL = {
    "en": re.compile(
        r"(?:the )?(?P<n>first|second|third|fourth|fifth|last)(?: one| of (?:them|these|those))?", re.I),
    "zh": re.compile(
        r"第(?P<n>[一二三四五])(?:个|家|条|位|笔|张|单|项)?|(?P<last>最后一?(?:个|家|条|位|笔|张|单|项))"),
}  # fmt: skip
_PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1,
           "一": 0, "二": 1, "三": 2, "四": 3, "五": 4}  # fmt: skip
APPOSED = {
    "en": re.compile(
        r"(?:the |that |this |our )?(?P<noun>[a-z-]+(?: [a-z-]+)?) (?:(?:called|named|titled) (?P<name>.+)|"
        r"(?:about|regarding|concerning) (?:the |a |an )?(?P<about>.+))", re.I),
    "zh": re.compile(
        r"(?:(?:关于|有关)(?P<about>.+?)的(?:(?:那|这)(?:条|个|位|家|张|笔|单|项))?"
        r"|(?P<name>.+?)(?:这|那)(?:条|个|位|家|张|笔|单|项))(?P<noun>[\u4e00-\u9fff]{1,6})"),
}  # fmt: skip
"""A name with its noun: 林娜这条线索, the ticket about the broken fan."""
NOUN_LAST = re.compile(r"(?:the |that |this |our )?(?P<name>.+) (?P<noun>[a-z]{4,})", re.I)
"""The Copper Pan pilot opportunity."""


def pronoun_of(bare: str, lang: Lang, is_kind: Callable[[str | None], bool]) -> Pronoun | None:
    """Return the pronoun that words are, or None.

    Args:
        bare: The words.
        lang: The language of the sentence.
        is_kind: Tells whether a noun ("those leads") stands for a whole kind of records, or is absent.
    """
    placed = _ORDINAL[lang].fullmatch(bare)
    if placed:
        place = _PLACES.get((placed["n"] or "last").lower(), -1)
        return Pronoun(text=bare, plural=False, place=place)
    for plural, shapes in ((True, _PLURAL), (False, _SINGLE)):
        found = shapes[lang].fullmatch(bare)
        if found and is_kind(found.groupdict().get("noun")):
            return Pronoun(text=bare, plural=plural)
    return None
