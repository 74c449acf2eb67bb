"""What a person is asked to do, in the author's own words: 提醒负责销售跟进, "a task to call the customer".

The words are not read: they stand in the contract as a task's title or an action's note, and in the read-back.
They end where something begins that the rule itself reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from knowledge_graph.language.meanings import WordMeaning
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.rules.tokens import Token, after, tagged
from knowledge_graph.language.spelling import folded, is_word_char

NOTE = "note"
"""The slot of words that no argument of the action takes."""
_MOST = 80
"""Characters."""
_BOUNDS = (
    "comma", "end", "and", "or", "open", "close", "unless", "r_if", "r_stop", "r_otherwise", "r_else_if",
    "r_joint", "r_also", "r_relative",
)  # fmt: skip


def notes(
    r: Reading, i: int, wanted: frozenset[str], begins: Callable[[int], bool]
) -> Iterator[Token]:
    """Yield what someone is asked to do, where it is said at i.

    Args:
        r: The sentence.
        i: Where: behind a verb, and behind whom it is about unless the verb takes a title.
        wanted: The slots of the verb that are open.
        begins: Whether a condition, an argument or a time begins at a place.
    """
    if NOTE not in wanted:
        return
    for _, start in tagged(r, i, "r_title_head"):
        literal = r.quoted(r.maybe(start, "be"))
        if literal is not None:
            known = r.vocabulary.phrases.get(folded(literal[0]), ())
            usual = WordMeaning("r_follow_up") in known
            yield _said(i, literal[1], literal[0], wanted - {"title"} if usual else wanted)
    if "role" in wanted and "title" not in wanted:
        return
    for start in _asked(r, i):
        end = _end(r, start, begins)
        words = r.lattice.text[start:end].strip()
        if any(char.isalnum() for char in words) and not _selects(r, start, end):
            usual = _is_follow_up(r, start, end)
            yield _said(i, end, words, wanted - {"title"} if usual else wanted)


def _said(start: int, end: int, words: str, wanted: frozenset[str]) -> Token:
    slot = "title" if "title" in wanted else NOTE
    return Token(start=start, end=end, kind="arg", slot=slot, values=(words,))


def _asked(r: Reading, i: int) -> Iterator[int]:
    """Yield where the words begin: behind "to", at a Chinese verb of what people do."""
    start = r.lattice.skip(i)
    if r.lang == "zh":
        lead = after(r, start, "r_skip")
        if any(r.word(at, "r_purpose") is not None for at in (start, lead)):
            yield start
    elif r.lattice.text[start : start + 3].casefold() == "to ":
        yield r.lattice.skip(start + 3)


def _end(r: Reading, start: int, begins: Callable[[int], bool]) -> int:
    at, within = start, start
    while at < r.lattice.end and at - start < _MOST:
        at += 1
        while at < r.lattice.end and _is_inside_a_word(r.lattice.text, at):
            at += 1
        if at >= r.lattice.end or r.lattice.text[at].isspace():
            continue
        if r.word(at, *_BOUNDS) is not None or (at >= within and begins(at)):
            break
        if r.lang == "en":  # "add them to key accounts" is one piece
            for _, place in tagged(r, at, "r_onto_pool"):
                within = max(within, r.lattice.skip(place) + 1)
    return at


def _is_inside_a_word(text: str, at: int) -> bool:
    return text[at - 1].isascii() and is_word_char(text[at - 1]) and is_word_char(text[at])


def _selects(r: Reading, start: int, end: int) -> bool:
    """Whether the words say which records are meant: a comparison, 未关闭的P1工单, "P1 tickets"."""
    for at in range(start, end):
        if r.lattice.text[at].isspace():
            continue
        if any(True for _ in r.operators(at)):
            return True
        for info, _, behind in r.values(at):
            noun = r.maybe(behind, "poss")
            if (
                noun < end
                and info.type == "enum"
                and any(True for _ in (*r.entities(noun), *r.values(noun)))
            ):
                return True
    return False


def _is_follow_up(r: Reading, start: int, end: int) -> bool:
    """Whether the words say no more than that the customer is followed up, as every such task does."""
    for _, said in tagged(r, after(r, start, "r_skip"), "r_follow_up"):
        last = after(r, after(r, said, "r_skip"), "r_object")
        if r.lattice.skip(last) >= end:
            return True
    return False
