"""Words that messaging channels say themselves, zh and en; everything else comes with the turn."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tools.context import Lang

_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "confirm": ("Confirm", "确认"),
    "cancel": ("Cancel", "取消"),
    "undo": ("Undo", "撤销"),
    "working": ("Looking that up…", "正在查询…"),
    "proposal": ("Proposed change, nothing is written yet", "建议的修改，尚未写入"),
    "records": ("{n} records", "{n} 条记录"),
    "more": ("and {n} more records", "另有 {n} 条记录"),
    "more_rows": ("and {n} more rows", "另有 {n} 行"),
    "evidence": ("Evidence", "依据"),
    "pressed": ("{label}: received, working on it", "{label}：已收到，正在处理"),
    "not_yours": (
        "Only the person who asked may press this. Nothing was changed.",
        "只有提问的人可以按这个按钮。没有做任何修改。",
    ),
    "too_late": (
        "This was decided before, or is no longer known. Nothing was changed by this press.",
        "这一项已经处理过，或已失效。本次没有做任何修改。",
    ),
    "unlinked": (
        "I do not know yet who you are. Get a one-time code on the web page (Connect Slack or Telegram) or "
        "with `guanxi users link-code`, and send it to me here in a direct message: link CODE",
        "我还不知道你是谁。请在网页（连接 Slack 或 Telegram）或用 `guanxi users link-code` 取得一次性代码，"
        "然后在私信里发给我：link 代码",
    ),
    "linked": ("Connected: you are {user} ({role}) here.", "已连接：你在这里是 {user}（{role}）。"),
    "bad_code": (
        "This code is not right, used or too old. Ask for a new one. Nothing was changed.",
        "代码不正确、已使用或已过期，请重新获取。没有做任何修改。",
    ),
    "failed": ("This did not work ({code}): {message}", "没有成功（{code}）：{message}"),
    "text_only": ("I can read text messages only.", "我目前只能阅读文字消息。"),
})  # fmt: skip


def say(key: str, lang: Lang, **values: object) -> str:
    """Return words of ours.

    Args:
        key: Which.
        lang: In which language.
        **values: Fill the slots.

    >>> say("records", "en", n=3), say("records", "zh", n=3)
    ('3 records', '3 条记录')
    """
    en, zh = _WORDS[key]
    return (zh if lang == "zh" else en).format(**values)
