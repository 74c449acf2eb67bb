"""A whole request for records: which kind, under which condition, in which order, how many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from knowledge_graph.expression.nodes import And, Compare, Condition, Field, In, Query, Sort
from knowledge_graph.expression.resolve import fields_of
from knowledge_graph.expression.simplify import contradiction
from knowledge_graph.language.coverage import is_covered
from knowledge_graph.language.fields import FieldInfo, entity_of
from knowledge_graph.language.meanings import NameMeaning, RefMeaning
from knowledge_graph.language.parser.asking import Asking, Wanted, wanted
from knowledge_graph.language.parser.clauses import Rows
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.parser.scopes import Item, combined
from knowledge_graph.language.spelling import folded, singular_forms
from knowledge_graph.ontology.fields import NUMERIC


class Request:
    """What one reading of a sentence came to."""

    def __init__(
        self, query: Query, readings: tuple[Condition, ...], asked: Wanted | None = None
    ) -> None:
        self.query = query
        self.readings = readings
        """More than one: the scope of and/or is not clear."""
        self.wanted = asked or Wanted()

    def names_records(self) -> bool:
        """Whether it names the records that it is about one by one."""
        return is_named(self.query.condition)

    def reads_its_own(self) -> bool:
        """Whether all fields that it reads are fields of its own entity."""
        ids = fields_of(self.query)
        return all(field.partition(".")[0] == self.query.entity for field in ids)

    @property
    def contradiction(self) -> tuple[Condition, ...]:
        """Clauses that no record can satisfy together."""
        return contradiction(self.query.condition)


def read_request(r: Reading, entity: str, *, asking: bool = False) -> tuple[Request | None, int]:
    """Read the sentence as a request for records of one entity.

    Args:
        r: The sentence.
        entity: The entity in play.
        asking: Read it as a question, which may ask for numbers or fields of the records.

    Returns:
        The request, None when not every word was consumed; and how far the reading got.
    """
    rows = Rows(r, entity, Asking() if asking else None)
    items = rows.row()
    if items is None:
        return None, rows.furthest
    items = _explicit(r, items)
    scopes = combined(items)
    sort, limit = _ordered(r, items)
    condition = scopes.readings[0] if scopes else None
    query = Query(entity=entity, condition=condition, sort=sort, limit=limit)
    said = [item.asked for item in items if item.asked is not None]
    found = wanted(r, entity, said[-1], single=is_named(condition)) if said else None
    return Request(query, scopes.readings if scopes else (), found), r.lattice.end


def _explicit(r: Reading, items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return the items without what a noun implies and another word says: "qualified leads" are qualified."""
    kept = []
    for item in items:
        term = getattr(item.condition, "term", None)
        others = [other.condition for other in items if other is not item and other.condition]
        implied = any(end == item.end for _, end in r.entities(item.start))
        said = any(getattr(other, "term", None) == term for other in others)
        kept.append(
            replace(item, condition=None, mark="noun") if term and implied and said else item
        )
    return tuple(kept)


def is_named(condition: Condition | None) -> bool:
    """Whether a condition names records one by one."""
    parts = condition.args if isinstance(condition, And) else (condition,)
    return any(
        isinstance(part, Compare | In) and isinstance(part.term, Field) and part.term.name == "id"
        for part in parts
    )


def _ordered(r: Reading, items: tuple[Item, ...]) -> tuple[tuple[Sort, ...], int | None]:
    found = [item.ordering for item in items if item.ordering is not None]
    best = any(o.best for o in found)
    sort: list[Sort] = []
    for ordering in found:
        keys = ordering.sort
        if best and not ordering.directed:
            keys = tuple(replace(key, descending=_is_ranked(r, key)) for key in keys)
        sort.extend(key for key in keys if key not in sort)
    limits = [o.limit for o in found if o.limit is not None]
    if not limits and any(o.extreme for o in found) and _is_one(r, items):
        limits = [1]
    return tuple(sort), limits[0] if limits else None


def _is_one(r: Reading, items: tuple[Item, ...]) -> bool:
    """Whether one record is asked for: "the oldest lead", 哪个客户, "who"."""
    if not any(i.mark == "noun" for i in items) and any(
        i.asked and i.asked.wh == "who" for i in items
    ):
        return True
    if r.lang == "zh":  # 哪个客户营收最高
        return any(r.word(at, "which_one") is not None for at in r.lattice.edges)
    nouns = [r.lattice.text[i.start : i.end].strip() for i in items if i.mark == "noun"]
    return any(w.isascii() and not _is_plural(folded(w)) for w in nouns)


def _is_plural(word: str) -> bool:
    return word == "people" or bool(singular_forms(word))


def _is_ranked(r: Reading, key: Sort) -> bool:
    info = r.vocabulary.field_of(key.term.id) if isinstance(key.term, Field) else None
    return info is not None and info.type in NUMERIC


def kinds_joined(r: Reading) -> tuple[str, ...]:
    """Return two kinds that a sentence asks for at once ("customers and leads"): one query is of one kind.

    Only nouns in the head's place count, the first in English and the last in Chinese: "customers with orders
    and tickets" asks for customers.
    """
    nouns = sorted(at for at in r.lattice.edges for _ in r.entities(at))
    for at in nouns if r.lang == "zh" else nouns[:1]:
        for first, end in r.entities(at):
            for second, after in _joined_noun(r, end):
                ends = r.lang == "en" or is_covered(r.lattice, r.lattice.skip(after))
                if ends and second != first and r.has_kind(first) and r.has_kind(second):
                    return first, second
    return ()


def _joined_noun(r: Reading, i: int) -> Iterator[tuple[str, int]]:
    for joint in r.words(i, "and"):
        yield from r.entities(r.lattice.skip(joint))


def entities_named(r: Reading) -> tuple[str, ...]:
    """Return the entities whose nouns a sentence has, the likely head first: English first, Chinese last."""
    nouns: list[str] = []
    offsets = sorted(r.lattice.edges, reverse=r.lang == "zh")
    for at in offsets:
        for named, _ in r.entities(at):
            if named not in nouns and r.has_kind(named):
                nouns.append(named)
    return tuple(dict.fromkeys(replaced for noun in nouns for replaced in _held(r, noun)))


def _held(r: Reading, noun: str) -> tuple[str, ...]:
    """Return the entity that a noun means in this workspace.

    A noun whose kind has no records, but which is a value of the records that there are, means those: "leads"
    are the contacts with status Lead in a workspace that is one list of people.
    """
    counts = r.vocabulary.counts
    if not counts or counts.get(noun) or noun in r.vocabulary.held:
        return (noun,)
    valued = dict.fromkeys(info.entity for info in _values_of_noun(r, noun))
    kept = tuple(entity for entity in valued if counts.get(entity))
    return kept if len(kept) == 1 else (noun,)


def _values_of_noun(r: Reading, noun: str) -> Iterator[FieldInfo]:
    """Yield the fields that have the noun's own words as a value."""
    for at in r.lattice.edges:
        ends = {end for named, end in r.entities(at) if named == noun}
        for info, _, end in r.values(at):
            if end in ends:
                yield info


def entities_of_fields(r: Reading) -> tuple[str, ...]:
    """Return the entities that the fields, values and verbs of a sentence without a noun belong to."""
    found: dict[str, int] = {}
    for at in r.lattice.edges:
        here = {info.entity for info, _ in r.named_fields(at)}
        here |= {info.entity for info, _ in r.named_fields(at, verb=True)}
        here |= {info.entity for info, _, _ in r.values(at)}
        for entity in here:
            found[entity] = found.get(entity, 0) + 1
    counts = r.vocabulary.counts
    kept = [e for e in found if r.has_kind(e) and (not counts or counts.get(e))]
    return tuple(sorted(kept, key=lambda e: -found[e]))


def entities_of_names(r: Reading) -> tuple[str, ...]:
    """Return the entities whose records a sentence may name, in the order of the words."""
    found: dict[str, None] = {}
    for at in sorted(r.lattice.edges):
        for lexeme in r.lattice.edges[at]:
            for meaning in lexeme.meanings:
                if isinstance(meaning, NameMeaning):
                    found.update((entity_of(m.entry.ref.kind), None) for m in meaning.matches)
                elif isinstance(meaning, RefMeaning):
                    found[entity_of(meaning.ref.kind)] = None
    return tuple(entity for entity in found if r.has_kind(entity))
