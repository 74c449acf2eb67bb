"""The smallest conditions of a rule: those of any sentence, and the constructions that only rules use."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from knowledge_graph.expression.nodes import (
    Aggregate,
    And,
    AtLeast,
    Compare,
    Condition,
    Field,
    Has,
    HeldFor,
    Known,
    Not,
    Or,
)
from knowledge_graph.language.parser import groups, related
from knowledge_graph.language.parser.atoms import atoms
from knowledge_graph.language.parser.build import equals, field_term, negated
from knowledge_graph.language.parser.fields import fields_at
from knowledge_graph.language.parser.predicates import predicates
from knowledge_graph.language.parser.quantities import compared, quantities
from knowledge_graph.language.parser.reading import Piece, Reading
from knowledge_graph.language.parser.values import value_lists
from knowledge_graph.language.recognisers.found import (
    AmountFound,
    DurationFound,
    HeldFound,
)
from knowledge_graph.language.rules import days, measures
from knowledge_graph.language.rules.events import (
    event_absences,
    event_amounts,
    event_counts,
    long_absences,
    neither_happened,
    noun_counts,
)
from knowledge_graph.language.rules.misreadings import is_misread
from knowledge_graph.language.rules.numbers import changes, filtered_aggregates, own_aggregates
from knowledge_graph.language.rules.states import lasting_states
from knowledge_graph.language.rules.terms import leaves_in
from knowledge_graph.language.rules.tokens import after, tagged
from knowledge_graph.language.rules.words import MONEY_FLOOR, SUBJECT
from knowledge_graph.language.vocabulary import FieldInfo
from knowledge_graph.ontology.fields import NUMERIC


def rule_atoms(r: Reading, entity: str, i: int) -> list[Piece]:
    """Return the conditions that begin at i, those that reach furthest first.

    Args:
        r: The sentence.
        entity: The entity in play; the customer it belongs to may be spoken of as well.
        i: Where.
    """
    start = r.lattice.skip(i)
    key = (f"rule:{entity}", start, r.depth)
    if key in r.memo:
        return r.memo[key]
    r.memo[key] = []  # a condition that begins with itself is none
    found: dict[Piece, None] = dict.fromkeys(_own(r, entity, start))
    for piece in atoms(r, entity, start):
        found.setdefault(piece)
    if entity != SUBJECT:
        taken = {end for _, end in found}
        others = [*_own(r, SUBJECT, start), *atoms(r, SUBJECT, start)]
        found.update(
            dict.fromkeys(p for p in others if p[1] not in taken and not _is_of_all(p[0], entity))
        )
    kept = [(truth(r, c), end) for c, end in found if not is_misread(r, c, start, end)]
    pieces = sorted(_without_counted_money(kept), key=_reach)
    held = dict.fromkeys([*_held(r, entity, start, pieces), *pieces])
    r.memo[key] = sorted(held, key=_reach)
    return r.memo[key]


def _without_counted_money(pieces: list[Piece]) -> list[Piece]:
    """Drop "more than 10 million purchases" where the same words may say that they amount to it."""
    sums = {
        (c.term.over, c.term.window, c.op, c.value, end)
        for c, end in pieces
        if isinstance(c, Compare) and isinstance(c.term, Aggregate) and c.term.agg == "sum"
    }
    return [
        (c, end)
        for c, end in pieces
        if not (
            isinstance(c, Compare)
            and isinstance(c.term, Aggregate)
            and c.term.agg == "count"
            and isinstance(c.value, int | float)
            and c.value >= MONEY_FLOOR
            and (c.term.over, c.term.window, c.op, c.value, end) in sums
        )
    ]


def _reach(piece: Piece) -> tuple[int, bool]:
    """Order by reach; what is said of a field comes before a number over all time."""
    condition, end = piece
    over_all = any(
        isinstance(leaf.term, Aggregate) and leaf.term.window is None
        for leaf in leaves_in(condition)
    )
    return -end, over_all


def _is_of_all(node: Condition, entity: str) -> bool:
    """Whether it is a number over all records of the entity in play, where one of them is meant."""
    return any(
        isinstance(leaf.term, Aggregate) and leaf.term.over == entity and leaf.term.window is None
        for leaf in leaves_in(node)
    )


def _own(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    for matcher in _MATCHERS:
        yield from matcher(r, entity, i)
    for negative in r.words(i, "not"):
        for matcher in _MATCHERS:
            for condition, end in matcher(r, entity, negative):
                yield negated(condition), end
    yield from groups.grouped(r, entity, i, rule_atoms)
    yield from related.conditions(r, entity, i, rule_atoms)


def truth(r: Reading, node: Condition) -> Condition:
    """Say "has marketing consent" as a value: a rule tests a boolean, not whether it is known."""
    match node:
        case Not(arg=Known(term=Field() as term)) if _is_boolean(r, term):
            return Compare(op="eq", term=term, value=False)
        case Known(term=Field() as term) if _is_boolean(r, term):
            return Compare(op="eq", term=term, value=True)
        case And() | Or():
            return type(node)(args=tuple(truth(r, arg) for arg in node.args))
        case Not():
            return Not(arg=truth(r, node.arg))
        case AtLeast():
            return AtLeast(n=node.n, args=tuple(truth(r, arg) for arg in node.args))
        case HeldFor():
            return HeldFor(arg=truth(r, node.arg), n=node.n, unit=node.unit)
        case _:
            return node


def _is_boolean(r: Reading, term: Field) -> bool:
    info = r.vocabulary.field_of(term.id)
    return info is not None and info.type == "boolean"


def _held(r: Reading, entity: str, i: int, pieces: list[Piece]) -> Iterator[Piece]:
    """Yield what has held without a break: 连续3天 before, behind or within a condition."""
    for condition, end in pieces:
        if not isinstance(condition, HeldFor):
            yield from _held_behind(r, condition, end)
    for held, start in _spells(r, i):
        for condition, end in rule_atoms(r, entity, start):
            if not isinstance(condition, HeldFor):
                yield HeldFor(arg=condition, n=held.n, unit=held.unit), end
    for info, middle in fields_at(r, entity, i):
        if info.type in NUMERIC:
            yield from _held_within(r, info, middle)


def _spells(r: Reading, i: int) -> Iterator[tuple[HeldFound, int]]:
    for found, end in r.found(i):
        if isinstance(found, HeldFound):
            yield found, end


def _held_behind(r: Reading, condition: Condition, i: int) -> Iterator[Piece]:
    for held, last in _spells(r, i):
        yield HeldFor(arg=condition, n=held.n, unit=held.unit), last
    if not _is_measured(r, condition):
        return
    for _, start in tagged(r, i, "r_lasting"):
        for found, last in r.found(start):
            if isinstance(found, DurationFound):
                yield HeldFor(arg=condition, n=found.n, unit=found.unit), last


def _held_within(r: Reading, info: FieldInfo, i: int) -> Iterator[Piece]:
    for held, start in _spells(r, i):
        for op, quantity, end in compared(r, info, after(r, start, "be")):
            leaf = Compare(op=op, term=field_term(info), value=quantity.value)
            yield HeldFor(arg=leaf, n=held.n, unit=held.unit), end


def _is_measured(r: Reading, condition: Condition) -> bool:
    """Whether it compares a measured number, of which one can say that it holds for some days."""
    if not isinstance(condition, Compare) or not isinstance(condition.term, Field):
        return False
    info = r.vocabulary.field_of(condition.term.id)
    return info is not None and info.type in {"number", "ratio", "integer"}


def _bare_amounts(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield "a contract worth over 1 million", 超过100万元的订单: an amount of what has only one."""
    infos = list(_fields_of_type(r, entity, "money"))
    if len(infos) != 1 or entity == SUBJECT:
        return
    heads = [end for _, end in tagged(r, i, "r_worth")]
    for start in dict.fromkeys((i, *heads, *(after(r, head, "be") for head in heads))):
        for op, quantity, end in compared(r, infos[0], start):
            said = list(_values_within(r, start, end))
            clear = quantity.value >= r.vocabulary.money_floor
            if clear or any(isinstance(found, AmountFound) for found in said):
                leaf = Compare(op=op, term=field_term(infos[0]), value=quantity.value)
                if quantity.currency is None:
                    yield leaf, end


def _values_within(r: Reading, start: int, end: int) -> Iterator[object]:
    for at in range(start, end):
        if at in r.lattice.edges:
            yield from (found for found, _ in r.found(at))


def _event_fields(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield 本单金额超过5万元: a field of whatever happened."""
    for info, end in r.named_fields(i):
        if info.entity == "event":
            yield from predicates(r, info, field_term(info), end)


def _booleans(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    for role, value in (
        ("have", True),
        ("be", True),
        ("no", False),
        ("not", False),
        ("isnot", False),
    ):
        for start in r.words(i, role):
            for at in dict.fromkeys((after(r, start, "be", "have"), start)):
                yield from _flag(r, entity, at, value)
    yield from _flag(r, entity, i, True)


def _flag(r: Reading, entity: str, i: int, value: bool) -> Iterator[Piece]:
    for info, end in fields_at(r, entity, i):
        if info.type == "boolean":
            yield Compare(op="eq", term=field_term(info), value=value), end


def _holding(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield 签约了设备远程诊断服务, "has bought training": a set that holds what was signed for."""
    for role in ("holding", "not_holding"):
        for _, start in tagged(r, i, f"r_{role}"):
            for info in _fields_of_type(r, entity, "set"):
                for found in value_lists(r, info, start):
                    condition = equals(field_term(info), info, found.groups, found.joint)
                    said = condition if role == "holding" else negated(condition)
                    for named, end in r.named_fields(found.end):
                        if named.id == info.id:
                            yield said, end
                    yield said, found.end


def _fields_of_type(r: Reading, entity: str, kind: str) -> Iterator[FieldInfo]:
    return (info for info in r.vocabulary.entity_fields(entity) if info.type == kind)


def _tagged(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    info = r.vocabulary.field_of(f"{entity}.tags")
    if info is None:
        return
    for _, start in tagged(r, i, "r_tagged"):
        literal = r.quoted(start)
        if literal is not None:
            yield Has(term=field_term(info), value=literal[0]), literal[1]


def _quantity_fields(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield "has no sub-accounts", 没有子账号, 有欠款: a number that is zero, or is not."""
    for role, op, types in (
        ("no", "eq", {"integer", "number", "money"}),
        ("have", "gt", {"money"}),
    ):
        for start in r.words(i, role):
            for info, end in fields_at(r, entity, start):
                if info.type in types:
                    yield Compare(op=op, term=field_term(info), value=0), end  # type: ignore[arg-type]  # an Op
    for start in dict.fromkeys(r.some(i, "have")):
        for said, at in r.operators(start):
            yield from _number_first(r, entity, said, at)


def _number_first(r: Reading, entity: str, op: str, i: int) -> Iterator[Piece]:
    for info in r.vocabulary.entity_fields(entity):
        if info.type in {"integer", "number"}:
            for quantity, end in quantities(r, info, i):
                for named, last in r.named_fields(end):
                    if named.id == info.id:
                        yield Compare(op=op, term=field_term(info), value=quantity.value), last  # type: ignore[arg-type]  # an Op


def _noun_counts(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    yield from noun_counts(r, entity, i, rule_atoms)


def _event_counts(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    yield from event_counts(r, entity, i, rule_atoms)


def _neither(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield "neither A nor B": not one and not the other."""
    for _, start in tagged(r, i, "r_neither"):
        for first, middle in rule_atoms(r, entity, start):
            for _, second in tagged(r, after(r, middle, "comma"), "r_nor"):
                for other, end in rule_atoms(r, entity, after(r, second, "r_skip")):
                    yield And(args=(negated(first), negated(other))), end


def _outside(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield 在中国以外: another value than this one."""
    for start in dict.fromkeys(r.some(i, "prep", "on")):
        for info in _fields_of_type(r, entity, "enum"):
            for found in value_lists(r, info, start):
                for _, end in tagged(r, after(r, found.end, "poss"), "r_unless_zh_tail"):
                    yield negated(equals(field_term(info), info, found.groups, found.joint)), end


def _long_absences(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    yield from long_absences(r, entity, i, rule_atoms)
    yield from neither_happened(r, entity, i, rule_atoms)


def _changes(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    yield from changes(r, entity, i, rule_atoms)


_MATCHERS: tuple[Callable[[Reading, str, int], Iterator[Piece]], ...] = (
    _bare_amounts,
    _event_fields,
    _booleans,
    _holding,
    _tagged,
    days.ordinal_days,
    days.dwelling,
    days.in_state_for,
    lasting_states,
    measures.signed,
    measures.listed,
    measures.shortened,
    measures.by_way,
    days.day_windows,
    days.days_before,
    _quantity_fields,
    _event_counts,
    event_absences,
    event_amounts,
    _neither,
    _outside,
    _long_absences,
    _noun_counts,
    _changes,
    own_aggregates,
    filtered_aggregates,
)
