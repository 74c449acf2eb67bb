"""Which field a word means when records of one entity are spoken of."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.vocabulary import FieldInfo, kind_of

_PREFERRED = ("owner", "account", "contact", "opportunity", "product", "lead", "document")
"""Where several references point to one kind, a name alone stands for the first of these."""


def fields_at(r: Reading, entity: str, i: int) -> Iterator[tuple[FieldInfo, int]]:
    """Yield the fields named at i: the entity's own, then those of records that it points to.

    A field of another entity is said with its entity, unless the words name no field of the entity in play.
    """
    others: list[tuple[FieldInfo, int]] = []
    own: set[int] = set()
    for info, end in r.named_fields(i):
        if info.entity == entity:
            own.add(end)
            yield info, end
        elif info.entity != "employee" and r.leads_to(entity, info.entity):
            others.append((info, end))
    yield from _qualified(r, entity, i)
    loose = [(info, end) for info, end in others if end not in own]
    for info, end in loose:
        if len({other.id for other, at in loose if at == end}) == 1:
            yield info, end


def _qualified(r: Reading, entity: str, i: int) -> Iterator[tuple[FieldInfo, int]]:
    for named, noun_end in r.entities(i):
        if named != entity and not r.leads_to(entity, named):
            continue
        for at in r.some(noun_end, "poss"):
            for info, end in r.named_fields(at):
                if info.entity == named:
                    yield info, end


def children(r: Reading, entity: str) -> tuple[str, ...]:
    """Return the entities whose records point to records of this one, in exactly one way."""
    return r.vocabulary.children.get(entity, ())


def reference_fields(r: Reading, entity: str) -> tuple[FieldInfo, ...]:
    """Return for each kind that records of the entity point to the one field that a bare name stands for."""
    chosen: dict[str, FieldInfo] = {}
    infos = r.vocabulary.references(entity)
    for info in sorted(infos, key=lambda f: _rank(f.id.partition(".")[2])):
        if info.target is not None and info.target != kind_of(entity):
            chosen.setdefault(info.target, info)
    return tuple(chosen.values())


def _rank(name: str) -> int:
    return _PREFERRED.index(name) if name in _PREFERRED else len(_PREFERRED)
