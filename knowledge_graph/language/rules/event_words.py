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


def _nouns(event: str, dictionary: Dictionary) -> tuple[str, ...]:
    term = dictionary.entities.get(event_entity(event, dictionary))
    return term.names.all if term else ()


def _split_zh(name: str, nouns: tuple[str, ...]) -> Iterator[Spoken]:
    for noun in nouns:
        if name.endswith(noun) and name != noun:
            verb = name.removesuffix(noun)
            for words in (verb, f"{verb}了"):
                yield Spoken(words=words, form="verb")
            for words in (verb, f"{verb}了", f"{verb}过", f"已{verb}"):
                yield Spoken(words=words, form="done")
        if name.startswith(noun) and name != noun:
            yield Spoken(words=f"{noun}被{name.removeprefix(noun)}", form="whole")
            for words in (name.removeprefix(noun), f"被{name.removeprefix(noun)}"):
                yield Spoken(words=words, form="tail")
    for words in (name, f"{name}了", f"{name}过"):
        yield Spoken(words=words, form="done")


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
