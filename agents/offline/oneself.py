"""What a customer asks about himself in plain words: "what's my phone number", 你们有我的哪些资料."""

from __future__ import annotations

import re
from collections.abc import Mapping

from agents.model import ToolCall
from agents.offline.slots import Slots
from knowledge_graph.language.results import Lang

_FIELD: Mapping[Lang, tuple[re.Pattern[str], ...]] = {
    "en": (
        re.compile(
            r"(?:(?:please |can you |could you )?(?:tell|show|give|send) me |"
            r"what(?:['’]s| is| are| was)? |which is |do you (?:have|know) |is |and )*my (?P<field>[a-z -]+?)"
            r"(?: (?:on file|in your (?:system|records|crm)|that you have|you have|right|correct|again))*"
            r"[?.! ]*", re.I),
        re.compile(
            r"(?:what|which) (?P<field>[a-z -]+?) (?:do you have|have you got|did i give you|do you hold|"
            r"is registered|is on file|is stored|do you use)(?: (?:for|of|about|on|from) me)?"
            r"(?: on file)?[?.! ]*", re.I),
    ),
    "zh": (
        re.compile(
            r"(?:请问|请|麻烦|帮我|查一下|查查|看一下|看看|告诉我)*(?:你们?|贵司)?(?:这里|这边|系统里|系统)?"
            r"(?:登记|记录|保存|留|存|填)?(?:的|了)?(?:我的|我)(?P<field>[\u4e00-\u9fff]+?)"
            r"(?:是|为)?(?:多少|什么|哪个|哪里|几号|啥|对吗)?[呢吗啊?？。 ]*"),
    ),
}  # fmt: skip
_ALL: Mapping[Lang, re.Pattern[str]] = {
    "en": re.compile(
        r"(?:please |can you |could you )?(?:"
        r"what (?:exactly )?(?:do you|information do you|data do you|details do you|personal data do you)"
        r" (?:know|have|hold|store|keep|save)(?: on file)? (?:about|on|of|for) me(?: on file)?|"
        r"(?:(?:show|send|give|tell) me )?(?:what is |what['’]s )?(?:all |everything )?(?:of )?my (?:own )?"
        r"(?:personal )?(?:data|record|records|details|profile|information|info|card|file|contact details)|"
        r"who am i|(?:tell|show) me (?:everything |what )?(?:you know|you have|you hold) (?:about|on) me)"
        r"(?: please)?[?.! ]*", re.I),
    "zh": re.compile(
        r"(?:请问|请|麻烦|帮我|查一下|看一下|看看|告诉我)*(?:"
        r"你们?(?:都)?(?:知道|有|保存|存|掌握|记录|登记)(?:了)?(?:关于)?我的?(?:哪些|什么|啥)?(?:个人)?"
        r"(?:信息|资料|数据|情况|东西|事)?|"
        r"(?:关于)?我(?:自己)?的?(?:全部|所有)?(?:个人)?(?:信息|资料|数据|档案|记录)(?:是什么|有哪些|有什么)?|我是谁|"
        r"你们?对我(?:都)?(?:了解|知道)(?:些)?(?:什么|多少|哪些))[呢吗啊?？。 ]*"),
}  # fmt: skip


def about_oneself(text: str, slots: Slots) -> tuple[ToolCall, ...] | None:
    """Return the look at the customer's own record that a message asks for; None when it asks for none.

    Args:
        text: What the customer said.
        slots: The slot reader of the turn.
    """
    bare = text.strip()
    if _ALL[slots.lang].fullmatch(bare):
        return (ToolCall(name="show_record", args={"record": "me"}),)
    for shape in _FIELD[slots.lang]:
        found = shape.fullmatch(bare)
        if found and slots.names_field(found["field"], "contact"):
            return (ToolCall(name="show_record", args={"record": "me", "field": found["field"]}),)
    return None
