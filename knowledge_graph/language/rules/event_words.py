"""How an event of the dictionary is said: as one phrase, or with something between its verb and its noun.

提交工单 is also said 提交P1工单, "opens a ticket" also "opens a P1 ticket", and counted "has opened 3".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from knowledge_graph.language.dictionary import Dictionary, Names
from knowledge_graph.language.spelling import folded, plural_forms

_IRREGULAR = {
    "pays": "paid",
    "withdraws": "withdrew",
    "buys": "bought",
    "sends": "sent",
    "makes": "made",
}
_PASSIVES = (" is ", " gets ", " was ", " has been ", " are ", " being ")


_VERB_AND_OBJECT = 2
"""下单 is also said 下过单: two characters, a verb and its object."""
Form = Literal["whole", "verb", "done", "tail"]


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """One way to say an event: whole, its verb before or behind its noun, or as something done."""

    words: str
    form: Form


def spoken_forms(event: str, names: Names, dictionary: Dictionary) -> Iterator[Spoken]:
    """Yield the ways to say an event.

    Args:
        event: Its id.
        names: Its names in the dictionary.
        dictionary: For the noun of the thing that the event happens to.

    Yields:
        Words and what they are.
    """
    nouns = _nouns(event, dictionary)
    for name in names.zh:
        yield Spoken(words=name, form="whole")
        yield from _split_zh(name, nouns)
    for name in names.en:
        for words in _voices(name):
            yield Spoken(words=words, form="whole")
            yield from _tail_en(words, nouns)
        yield from _split_en(name, nouns)


def event_entity(event: str, dictionary: Dictionary) -> str:
    """Return the entity that an event happens to; events of nothing in particular happen to a customer."""
    name = event.partition(".")[0]
    if name in dictionary.entities:
        return name
    return next((e for e in dictionary.entities if e.startswith(f"{name}_")), "customer")


def _part_of_noun(word: str, nouns: tuple[str, ...]) -> bool:
    """Whether a word is the first half of a noun: 页面 of 页面访问."""
    return len(word) > 1 and any(noun.startswith(word) and noun != word for noun in nouns)


def _nouns(event: str, dictionary: Dictionary) -> tuple[str, ...]:
    term = dictionary.entities.get(event_entity(event, dictionary))
    return term.names.all if term else ()


def _split_zh(name: str, nouns: tuple[str, ...]) -> Iterator[Spoken]:
    verb, rest = name[:_VERB_AND_OBJECT], name[_VERB_AND_OBJECT:]
    if _part_of_noun(rest, nouns):
        yield from _all((verb, f"{verb}了", f"{verb}过"), "done")
    for noun in nouns:
        if name.endswith(noun) and name != noun:
            yield from _verb_zh(name.removesuffix(noun))
        if name.startswith(noun) and name != noun:
            tail = name.removeprefix(noun)
            yield Spoken(words=f"{noun}被{tail}", form="whole")
            yield from _all((tail, f"被{tail}"), "tail")
    inside = (f"{name[0]}{mark}{name[1]}" for mark in "过了" if len(name) == _VERB_AND_OBJECT)
    yield from _all((name, f"{name}了", f"{name}过", *inside), "done")


def _verb_zh(verb: str) -> Iterator[Spoken]:
    yield from _all((verb, f"{verb}了"), "verb")
    yield from _all((verb, f"{verb}了", f"{verb}过", f"已{verb}"), "done")
    yield from _all((verb, f"被{verb}"), "tail")


def _all(words: tuple[str, ...], form: Form) -> Iterator[Spoken]:
    return (Spoken(words=said, form=form) for said in words)


def _voices(name: str) -> Iterator[str]:
    yield name
    if " is " in name:
        for passive in _PASSIVES:
            yield name.replace(" is ", passive)
    first, _, rest = name.partition(" ")
    if first.endswith("s") and rest and first not in {"is"} and not first.endswith("ss"):
        yield f"{_base(first)} {rest}"
        yield f"{_past(first)} {rest}"
        yield f"has {_past(first)} {rest}"


def _tail_en(words: str, nouns: tuple[str, ...]) -> Iterator[Spoken]:
    """Yield "is signed" of "contract is signed": something may stand behind the noun."""
    for noun in nouns:
        if words.startswith(f"{noun} "):
            yield Spoken(words=words.removeprefix(f"{noun} "), form="tail")


def _split_en(name: str, nouns: tuple[str, ...]) -> Iterator[Spoken]:
    verb, _, rest = name.partition(" ")
    if not verb.endswith("s") or verb == "is":
        return
    bare = rest.removeprefix("a ").removeprefix("an ")
    said = {folded(noun) for noun in nouns} | {f for n in nouns for f in plural_forms(folded(n))}
    if rest and folded(bare) not in said and bare != "page":
        return
    for words in (verb, _base(verb)):
        yield Spoken(words=words, form="verb")
    for passive in ("is", "was", "gets", "has been"):
        yield Spoken(words=f"{passive} {_past(verb)}", form="tail")
    for words in (_past(verb), f"has {_past(verb)}", f"have {_past(verb)}", verb, _base(verb)):
        yield Spoken(words=words, form="done")


def _base(verb: str) -> str:
    return verb[:-1]


def _past(verb: str) -> str:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    base = _base(verb)
    if base == "submit":
        return "submitted"
    return f"{base}d" if base.endswith("e") else f"{base}ed"
