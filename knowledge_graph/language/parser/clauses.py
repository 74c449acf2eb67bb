"""From a sentence to a row of items that covers it whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from knowledge_graph.language.coverage import is_covered
from knowledge_graph.language.parser import questions
from knowledge_graph.language.parser.asking import Asking, asked_at, wanted
from knowledge_graph.language.parser.atoms import atoms
from knowledge_graph.language.parser.ordering import orderings
from knowledge_graph.language.parser.periods import period_items, settled
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.parser.scopes import JOINTS, Item


@dataclass(slots=True)
class Rows:
    """Finds the first row of items that covers the sentence; remembers where reading fails."""

    r: Reading
    entity: str
    asking: Asking | None = None
    """What a question asks before its first word; None: a request that asks nothing but records."""
    dead: set[tuple[int, bool, Asking | None]] = field(default_factory=set)
    furthest: int = 0
    steps: int = 0

    def row(self) -> tuple[Item, ...] | None:
        """Return the items of the whole sentence, None when there is no such row or it is not clear."""
        items = self._row(0, noun=False, asking=self.asking)
        if items is None or _hangs(items) or _asks_for_head(self.r, items):
            return None
        second = _second_kind(self.r, self.entity, items)
        if second is not None:
            self.r.note(
                second.end, questions.one_kind(self.r, (self.entity, *_named(self.r, second)))
            )
            return None
        return settled(self.r, self.entity, items)

    def _row(self, i: int, *, noun: bool, asking: Asking | None) -> tuple[Item, ...] | None:
        """Return the items from i to the end of the sentence, None when there is no such row."""
        at = self.r.lattice.skip(i)
        if is_covered(self.r.lattice, at):
            fits = asking is None or wanted(self.r, self.entity, asking, single=False) is not None
            return () if fits else None
        if (at, noun, asking) in self.dead or self.steps > 4000:
            return None
        self.steps += 1
        self.furthest = max(self.furthest, at)
        for item in self._items(at, noun=noun, asking=asking):
            if item.end > at:
                rest = self._row(
                    item.end, noun=noun or item.mark == "noun", asking=item.asked or asking
                )
                if rest is not None:
                    return (item, *rest)
        self.dead.add((at, noun, asking))
        return None

    def _items(self, i: int, *, noun: bool, asking: Asking | None) -> Iterator[Item]:
        found = [*self._nouns(i, noun=noun), *self._content(i)]
        if asking is not None:
            asked = asked_at(self.r, self.entity, i, asking)
            found = [*(Item(i, end, asked=said) for said, end in asked), *found]
            found.sort(key=lambda item: item.mark != "noun" or self.entity == "employee")
        yield from sorted(found, key=lambda item: -item.end)
        for mark in JOINTS:
            for end in self.r.words(i, mark):
                yield Item(i, end, mark=mark)
        for end in self.r.words(i, "poss"):
            yield Item(i, end, mark="break")
        for end in self.r.words(
            i, "filler", "in_hand", "whose", "have", "prep", "be", "end", "one_of", "either"
        ):
            yield Item(i, end)

    def _content(self, i: int) -> Iterator[Item]:
        yield from period_items(self.r, self.entity, i)
        for condition, end in atoms(self.r, self.entity, i):
            yield Item(i, end, condition=condition)
        for ordering in orderings(self.r, self.entity, i, atoms):
            yield Item(i, ordering.end, ordering=ordering)

    def _nouns(self, i: int, *, noun: bool) -> Iterator[Item]:
        if not noun:
            for named, end in self.r.entities(i):
                if named == self.entity:
                    yield Item(i, self.r.maybe(end, "inside_of"), mark="noun")


def _hangs(items: tuple[Item, ...]) -> bool:
    """Whether a sentence ends in "and" or "or": something was to follow."""
    return bool(items) and items[-1].mark in {"and", "or", "unless"}


def _asks_for_head(r: Reading, items: tuple[Item, ...]) -> bool:
    """Whether a question takes its own head for a field: 订单最多的客户 asks for customers, not for orders."""
    ordered = any(item.ordering is not None and item.ordering.extreme for item in items)
    fields = (item for item in items if item.asked is not None and item.asked.fields)
    return ordered and any(
        end == item.end and r.has_kind(named)
        for item in fields
        for named, end in r.entities(item.start)
    )


def _second_kind(r: Reading, entity: str, items: tuple[Item, ...]) -> Item | None:
    """Return the piece of "customers and leads" that is another kind of record, though it is also a value."""
    for n, item in enumerate(items):
        beside = [*items[max(0, n - 1) : n], *items[n + 1 : n + 2]]
        joined = any(other.mark in {"and", "or", "comma"} for other in beside)
        if item.condition is not None and joined and set(_named(r, item)) - {entity}:
            around = [*items[max(0, n - 2) : n], *items[n + 1 : n + 3]]
            if any(other.mark == "noun" for other in around):
                return item
    return None


def _named(r: Reading, item: Item) -> tuple[str, ...]:
    return tuple(named for named, end in r.entities(item.start) if end == item.end)
