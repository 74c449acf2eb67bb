"""One sentence → its acts: whole, or in the parts that joining words leave."""

from __future__ import annotations

from agents.offline.acts import Act, Change, Create, Log, Remove, Selection
from agents.offline.clauses import groupings, joined, order_behind, rejoin
from agents.offline.exclusions import excluding
from agents.offline.reading import Reader
from agents.offline.unread import Unread
from knowledge_graph.language.results import Lang

MAX_PARTS = 8
"""Joined parts of one sentence that are tried in other groupings."""


def read_sentence(reader: Reader, sentence: str, lang: Lang) -> list[Act] | Unread:
    """Read a sentence whole, else in parts; the first grouping that is consumed whole holds.

    Args:
        reader: The reader of the turn.
        sentence: One sentence.
        lang: Its language.

    Returns:
        Its acts, or what stood in the way.
    """
    # what an order leaves out belongs to it: never read as a request of its own
    parts = (sentence,) if excluding(sentence, lang) else joined(sentence, lang)
    nearest: Unread | None = None
    known = reader.introduced()
    for grouping in groupings(parts[:MAX_PARTS]) if parts else ():
        if len(parts) > MAX_PARTS and len(grouping) > 1:
            break
        acts: list[Act] = []
        reader.forget_all_but(known)
        for run in grouping:
            whole = len(grouping) == 1
            clause = sentence if whole else rejoin(sentence, parts, run)
            read = reader.read(clause, whole=whole)
            if isinstance(read, Unread):
                nearest = nearest or read
                break
            acts.append(read)
        else:
            return _told_apart(reader, sentence, acts, lang)
    return nearest or Unread(clause=sentence, ask=None, act="")


def _told_apart(reader: Reader, sentence: str, acts: list[Act], lang: Lang) -> list[Act]:
    """Part what somebody said from the order behind it: "he agreed, and move the deal to won"."""
    if len(acts) != 1 or not isinstance(acts[0], Log):
        return acts
    for head, tail in order_behind(sentence, lang):
        log, rest = reader.read(head, whole=False), read_sentence(reader, tail, lang)
        if isinstance(log, Log) and not isinstance(rest, Unread) and all(map(_is_explicit, rest)):
            return [log, *rest]
    return acts


def _is_explicit(act: Act) -> bool:
    """True for a change of records by name, or a new record: no words that somebody reported."""
    if isinstance(act, Change | Remove):
        return isinstance(act.who, Selection) and act.who.where.startswith("@")
    return isinstance(act, Create) and bool(act.names)
