"""Lines that act on the conversation itself: slash commands, and a plain yes or no to one proposal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tools.context import Lang

CommandName = Literal["confirm", "cancel", "undo", "why", "help", "unknown"]

_NAMES: frozenset[str] = frozenset({"confirm", "cancel", "undo", "why", "help"})
_YES = frozenset({
    "yes", "yep", "yeah", "yup", "confirm", "confirmed", "i confirm", "confirm it", "confirm that",
    "yes please", "yes, please", "yes do it", "yes, do it", "yes, go ahead", "yes go ahead", "yes, confirm",
    "please confirm", "please do", "please proceed", "proceed", "apply", "apply it", "apply that",
    "go for it", "that's right", "that is right", "that's correct", "correct", "looks good", "looks right",
    "make it so", "save it", "确认", "确定", "是", "是的", "执行", "同意", "确认执行", "是的，执行",
    "确认吧", "对，执行", "可以，执行", "好，确认", "好的，确认", "执行吧", "对", "对的", "没错", "没问题",
    "就这样", "就这么办", "就这样吧", "确认无误", "改吧", "确认修改", "确认删除", "好，执行", "好的，执行",
    "就这么改", "按这个执行", "照办",
})  # fmt: skip
_NO = frozenset({
    "no", "nope", "cancel", "no thanks", "no, thanks", "no thank you", "no, cancel", "cancel that",
    "cancel it", "don't", "do not", "stop", "never mind", "nevermind", "forget it", "forget that",
    "forget about it", "leave it", "not now", "don't do it", "don't do that", "no, don't", "discard",
    "discard it", "drop it", "abort", "skip it", "not yet", "neither", "none", "none of them",
    "none of these", "none of those", "取消", "不", "不要", "不用了", "算了", "放弃", "先不要", "不执行",
    "取消吧", "别改了", "不用", "不了", "先不改", "不改了", "别执行", "先别", "先别改", "不用改了",
    "先不改了", "不确认", "不同意", "不对", "不行", "先放着", "还是算了", "先算了", "不要了", "作罢",
    "都不是", "都不对", "以上都不是",
})  # fmt: skip
_MAYBE_YES = frozenset({
    "ok", "okay", "y", "sure", "go ahead", "do it", "好", "好的", "可以", "行", "嗯", "可以的", "行吧",
    "好吧", "嗯嗯",
})  # fmt: skip
_TRIM = " \t\r\n.!。！~，,"

_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN = re.compile(r"[A-Za-z]{2,}")
_FRAME_WORDS = (
    "the a an of is are was has have how what who which show find list with in to for and all my "
    "me do does please give tell about from by many much add create update delete log set"
)
_EN_FRAME: frozenset[str] = frozenset(_FRAME_WORDS.split())
_ZH_FRAME = re.compile(r"[的了吗是把给有在和查找改为哪几多少谁]")


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command and what it is about."""

    name: CommandName
    arg: str = ""
    word: str = ""
    """What was typed."""
    plain: Literal["", "clear", "weak"] = ""
    """A plain word instead of a slash: clear ("yes"), or weak ("ok", which may just be courtesy)."""


_REJECTS = re.compile(
    r"(?:no|nope|wrong|wait|hold on|stop|not that|sorry|oops|don['’]?t|do not|never ?mind|forget|scratch that|"
    r"i (?:misspoke|mistyped)|correction|actually)\b"
    r"|不对|不是|错了|弄错|搞错|说错|等等|等一下|先别|别|不要|算了|哦不|更正|改一下",
    re.IGNORECASE,
)


def rejects(text: str) -> bool:
    """Say whether a message begins by taking back what was just proposed.

    Returns:
        True for words such as no, wait, don't and 不对 at its start.

    >>> rejects("no wait, I meant Lena"), rejects("不对，是谈判"), rejects("now show me the leads")
    (True, True, False)
    """
    return bool(_REJECTS.match(text.strip()))


def parse_command(text: str) -> Command | None:
    """Return the command of a line, None if it is a sentence.

    >>> parse_command("/confirm abc").arg
    'abc'
    >>> parse_command("确认！").name
    'confirm'
    >>> parse_command("yes, and add a lead") is None
    True
    """
    line = text.strip()
    if line.startswith("/"):
        word, _, arg = line.partition(" ")
        name = word[1:].lower()
        if name in _NAMES:
            return Command(name=name, arg=arg.strip(), word=word)  # type: ignore[arg-type]  # checked above
        return Command(name="unknown", word=word)
    plain = line.strip(_TRIM).lower()
    if plain in _YES:
        return Command(name="confirm", word=line, plain="clear")
    if plain in _NO:
        return Command(name="cancel", word=line, plain="clear")
    if plain in _MAYBE_YES:
        return Command(name="confirm", word=line, plain="weak")
    return None


def language_of(text: str, before: str = "") -> Lang:
    """Return the language of a message: zh if it has Chinese in it, but for a name in an English sentence.

    Args:
        text: The message.
        before: The conversation's language, for messages that show none (commands, numbers).

    >>> language_of("上海有多少客户"), language_of("how many leads?"), language_of("2", "zh")
    ('zh', 'en', 'zh')
    >>> language_of("how many leads does 李薇 have")
    'en'
    """
    line = "" if text.lstrip().startswith("/") else text
    words = [w.lower() for w in _LATIN.findall(line)]
    if _CJK.search(line):
        framed = sum(w in _EN_FRAME for w in words) >= 2 and not _ZH_FRAME.search(line)
        return "en" if framed else "zh"
    if words:
        return "en"
    return "zh" if before == "zh" else "en"
