"""What an answer does to the question before it: which option it names, and the words it stands for.

A question is about words of a sentence ("Which “Raj” do you mean?"), and an option's reply replaces just these
words, so that the rest of what the person said keeps its meaning.
"""

from __future__ import annotations

import re
from dataclasses import replace

from agents.model import PendingQuestion, ToolCall
from tools.outcomes import Option

_ARTICLE = re.compile(r"^(?:i mean |i meant |it's |that's )?(?:the |that |our )?")
_HANZI = re.compile(r"[\u4e00-\u9fff]")
_QUOTED = re.compile(r"[“\"「‘]([^”\"」’]+)[”\"」’]")
_LITERAL = re.compile(r"\"[^\"]*\"|“[^”]*”|「[^」]*」|‘[^’]*’|@\w+:\S+")
_ASIDE = re.compile(r"\s*[(（][^()（）]*[)）]\s*$")
_WHOLE = frozenset({"ambiguous_scope"})
"""Questions whose options say the whole sentence again."""
_PLACES = {
    **{f"第{c}{m}": n for n, c in enumerate("一二三四五六七八九", 1) for m in "个家位条笔张项"},
    **{
        f"{the}{w}{o}": n
        for n, w in enumerate(("first", "second", "third", "fourth", "fifth"), 1)
        for the in ("the ", "")
        for o in ("", " one")
    },
    **{
        f"{w}{n}": n
        for n in range(1, 10)
        for w in ("number ", "option ", "no. ", "#", "选", "选项")
    },
    **dict.fromkeys(("the former", "former", "the former one", "前者", "前一个", "前面那个"), 1),
}
_LAST = frozenset({
    "the last", "last", "the last one", "the latter", "latter", "the latter one",
    "后者", "后一个", "后面那个", "最后一个",
})  # fmt: skip
_KIND = (
    "one|guy|person|man|woman|lady|contact|lead|customer|account|company|deal|colleague|task|ticket"
)
_DESCRIBED = (
    re.compile(
        rf"(?:i mean |i meant |it['’]?s |that['’]?s )?(?:(?:the|that) )?(?:{_KIND})? ?"
        r"(?:(?:who |that |which )?(?:is |works |working )?(?:at|from|of|in|with|for|by|called|named) )"
        r"(?:the )?(?P<what>.+)"
    ),
    re.compile(rf"(?:the|that) (?P<what>.+?) (?:{_KIND})"),
    re.compile(
        r"(?:我说的是|我指的是|指的是|是)?(?:在)?(?P<what>.+?)(?:公司)?的?"
        r"(?:那|这)(?:个|位|家|一个|条|笔|张)(?:人|客户|联系人|线索|商机|公司)?"
    ),
)
"""Ways to tell one of several apart by where it belongs: the one at Harbor, 华芯的那个."""


def chosen_option(pending: PendingQuestion, text: str) -> Option | None:
    """Return the option that a message names: by number, label, reply, or words of just one label.

    >>> options = (Option(label="Raj Patel (employee e1)", reply="@employee:e1"),)
    >>> ask = PendingQuestion(text="Which?", options=options)
    >>> [chosen_option(ask, t) is not None for t in ("1", "raj patel", "Patel", "@employee:e1", "the others")]
    [True, True, True, True, False]
    """
    said = _bare(text)
    place = _PLACES.get(said, int(said) if said.isascii() and said.isdigit() else 0)
    if said in _LAST and pending.options:
        place = len(pending.options)
    if 1 <= place <= len(pending.options):
        return pending.options[place - 1]
    for names in (_exact, _words, _described, _said_of):
        named = [o for o in pending.options if said and names(said, o)]
        if named and len({o.reply for o in named}) == 1:
            return named[0]
    return None


def _exact(said: str, option: Option) -> bool:
    return said in {_bare(option.label), _bare(option.reply), _bare(_ASIDE.sub("", option.label))}


def _words(said: str, option: Option) -> bool:
    label = _bare(_ASIDE.sub("", option.label))
    if not said.isascii():
        return len(said) >= 2 and said in label
    return len(said) >= 3 and bool(re.search(rf"(?<!\w){re.escape(said)}(?!\w)", label))


def _described(said: str, option: Option) -> bool:
    """The words behind "the one at …" stand anywhere in the label, with what it says about the record."""
    label = _bare(option.label)
    for shape in _DESCRIBED:
        found = shape.fullmatch(said)
        what = found["what"].strip("的 ") if found else ""
        if len(what) < 2:
            continue
        if what.isascii() and re.search(rf"(?<!\w){re.escape(what)}(?!\w)", label):
            return True
        if not what.isascii() and what in label:
            return True
    return False


def _said_of(said: str, option: Option) -> bool:
    """The words stand whole in what the label says about the record: "the clinic manager", "in Berlin"."""
    aside = _ASIDE.search(_bare(option.label))
    what = _ARTICLE.sub("", said)
    if aside is None or len(what) < (3 if what.isascii() else 2):
        return False
    if not what.isascii():
        return what in aside[0]
    return bool(re.search(rf"(?<!\w){re.escape(what)}(?!\w)", aside[0]))


def _bare(text: str) -> str:
    return " ".join(text.strip(' \t\r\n.。!！?？"“”').lower().split())


def filled(pending: PendingQuestion, reply: str) -> tuple[ToolCall, ...] | None:
    """Return the calls of the turn that asked, with the answer in its place; None if it has none.

    Args:
        pending: The question; it belongs to the argument `slot` of `calls[asked]`.
        reply: An option's reply, or the person's own words for what was asked.
    """
    if not pending.slot or pending.asked >= len(pending.calls):
        return None
    calls = list(pending.calls)
    asked = calls[pending.asked]
    value = str(asked.args.get(pending.slot) or "")
    told = reply if not value or pending.code in _WHOLE else reworded(value, pending, reply)
    if told is None:
        return None
    calls[pending.asked] = replace(asked, args={**asked.args, pending.slot: told})
    return tuple(calls)


def completed(pending: PendingQuestion, text: str) -> tuple[str, ...]:
    """Return what a request and the answer to the question about it may say together, the likeliest first.

    >>> ask = PendingQuestion(text="What is the name?", user_text="add a lead", code="missing_argument")
    >>> completed(ask, "Jo Moore")[0]
    'add a lead called Jo Moore'
    """
    said, answer = pending.user_text.strip(" .。!！?？"), text.strip(" .。!！?？")
    if not said:
        return ()
    again = reworded(said, pending, answer)
    whole = () if again is None else (again,)
    if pending.code != "missing_argument":
        return whole
    more: tuple[str, ...]
    if not _HANZI.search(said):
        more = (
            f"{said} called {answer}",
            f"{said} as {answer}",
            f"{said} to {answer}",
            f"{said}: {answer}",
            f"{said} {answer}",
        )
    else:
        more = (
            f"{said}，叫{answer}",
            f"{said}作为{answer}",
            f"{said}{answer}",
            f"{said}，{answer}",
            f"{said}的{answer}",
            f"{said}改为{answer}",
        )
    return (*whole, *more)


def reworded(sentence: str, pending: PendingQuestion, reply: str) -> str | None:
    """Return a sentence with the words that were asked about replaced; None if they are not in it.

    Literal texts in quotes and records by id stay as they are.

    >>> ask = PendingQuestion(text="Which “Raj” do you mean?")
    >>> reworded('name = "Raj"; owner = Raj', ask, "@employee:e1")
    'name = "Raj"; owner = @employee:e1'
    """
    for words in pending.about or tuple(_QUOTED.findall(pending.text)):
        if words == sentence.strip():
            return reply
        literal = [match.span() for match in _LITERAL.finditer(sentence)]
        edge = r"(?<![A-Za-z0-9_])", r"(?![A-Za-z0-9_])"
        bounds = edge if words[:1].isascii() and words[-1:].isascii() else ("", "")
        pattern = re.compile(bounds[0] + re.escape(words) + bounds[1], re.IGNORECASE)
        for match in pattern.finditer(sentence):
            if not any(start <= match.start() < end for start, end in literal):
                return sentence[: match.start()] + reply + sentence[match.end() :]
    return None
