"""Turns the errors of the core into the outcome `ToolFailed`: typed, in the user's language."""

from __future__ import annotations

from collections.abc import Awaitable
from types import MappingProxyType

from knowledge_graph.errors import CrmError
from tools.context import Lang
from tools.outcomes import ToolFailed, ToolResult

_ZH = MappingProxyType({
    "E-KIND": "没有这类记录",
    "E-FIELD": "没有这个字段",
    "E-AMBIGUOUS": "这个字段有两种理解，请说得更具体",
    "E-VALUE": "这个值不能写入，什么都没有改动",
    "E-NOTFOUND": "没有找到",
    "E-SCOPE": "请先选择该商机可以使用哪些个人数据，没有写入任何内容",
    "E-WITHHELD": "这项个人数据没有可用的授权或法律依据，未予读取",
    "E-DENIED": "您没有权限这样做，什么都没有改动",
    "E-CONFLICT": "这些记录在此期间已被更改，本次什么都没有改动",
    "E-STORE": "现在连不上数据库",
    "E-PLATFORM": "本机不支持此功能",
    "E-MODEL": "模型没有回应",
    "E-INPUT": "这个输入无法使用，什么都没有改动",
})


async def told(call: Awaitable[ToolResult], lang: Lang) -> ToolResult:
    """Return the result of a use case; an error of the core becomes `ToolFailed` with its code.

    Args:
        call: The running use case.
        lang: The user's language.
    """
    try:
        return await call
    except CrmError as error:
        return ToolFailed(text=failure_text(error, lang), code=error.code)


def failure_text(error: CrmError, lang: Lang) -> str:
    """Return what a user is told about an error.

    >>> from knowledge_graph.errors import NotFoundError
    >>> failure_text(NotFoundError("no change 'x'"), "zh")
    "没有找到（no change 'x'）"
    """
    if lang == "en":
        text = str(error)
        return text[:1].upper() + text[1:]
    head = _ZH.get(error.code, "这一步没有成功")
    return f"{head}（{error}）" if str(error) else head
