"""A clause that says that two records are one → the act: which two, and which of them stays."""

from __future__ import annotations

import re

from agents.offline.acts import Merge
from agents.offline.grammar import Candidate
from agents.offline.slots import SlotMiss, Slots
from knowledge_graph.language.vocabulary import kind_of

_PAIR = 2
_KEPT = {
    "前者": 0,
    "后者": 1,
    "第一个": 0,
    "第二个": 1,
    "the first": 0,
    "the second": 1,
    "the former": 0,
    "the latter": 1,
}


def merge_of(candidate: Candidate, slots: Slots) -> Merge:
    """Return which records a clause makes one.

    Raises:
        SlotMiss: A slot is not consumed whole.
    """
    said = candidate.match.slots
    if "all" in said:
        one, other = _namesakes(said["all"], slots)
        return Merge(one=one, other=other)
    one, other = slots.record(said["one"]), slots.record(said["other"])
    if "keep" not in said:
        return Merge(one=one, other=other)
    kept = said["keep"].strip()
    place = _KEPT.get(kept.lower())
    ref = (one, other)[place] if place is not None else slots.record(kept)
    if ref not in {one, other}:
        raise SlotMiss
    return Merge(one=ref, other=other if ref == one else one)


def _namesakes(text: str, slots: Slots) -> tuple[str, str]:
    """Return the two records that a name stands for, as `@kind:id`: "Ann O'Neil leads".

    Raises:
        SlotMiss: It stands for none, one or more than two.
    """
    for cut in (len(text), *(m.start() for m in re.finditer(r"\s+|(?=[\u4e00-\u9fff])", text))):
        name, noun = text[:cut].strip(" 的"), text[cut:].strip()
        try:
            kinds = frozenset({kind_of(slots.kind(noun).entity)}) if noun else None
        except SlotMiss:
            continue
        found = slots.language.vocabulary.names.lookup(name, kinds) if name else ()
        refs = sorted({f"@{m.entry.ref}" for m in found if m.how in {"exact", "alias"}})
        if len(refs) == _PAIR:
            return refs[0], refs[1]
        if refs:
            slots.record(name)  # asks which of them
    raise SlotMiss
