"""The smallest conditions of a sentence about records of one entity."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from knowledge_graph.expression.nodes import (
    And,
    Compare,
    Condition,
    Field,
    HeldFor,
    Known,
    Moment,
)
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.language.dictionary import Names
from knowledge_graph.language.meanings import StateMeaning
from knowledge_graph.language.parser import contact_gaps, coordination, groups, questions, related
from knowledge_graph.language.parser.build import among, equals, field_term, negated
from knowledge_graph.language.parser.fields import fields_at, reference_fields
from knowledge_graph.language.parser.happened import as_happened
from knowledge_graph.language.parser.people import in_hand, is_listener, references
from knowledge_graph.language.parser.predicates import predicates
from knowledge_graph.language.parser.quantities import compared, plain
from knowledge_graph.language.parser.reading import Piece, Reading
from knowledge_graph.language.parser.states import state_condition
from knowledge_graph.language.parser.times import TIMES, TODAY, time_conditions, windows
from knowledge_graph.language.parser.values import value_lists
from knowledge_graph.language.phrases import YES_NO
from knowledge_graph.language.recognisers.found import (
    AmountFound,
    DurationFound,
    HeldFound,
    NumberFound,
    RangeFound,
)
from knowledge_graph.language.spelling import folded
from knowledge_graph.language.vocabulary import FieldInfo, kind_of
from knowledge_graph.ontology.fields import NUMERIC

_EVENTS = {
    "order": "ordered_on", "interaction": "happened_at", "ticket": "opened_at", "contract": "signed_on",
    "usage_event": "happened_at", "task": "due_on", "document": "published_on",
}  # fmt: skip
"""Entities whose records happen at one time: a bare period ("orders last month") means that time."""


def atoms(r: Reading, entity: str, i: int) -> list[Piece]:
    """Return the conditions that begin at i, those that reach furthest first."""
    start = r.lattice.skip(i)
    key = (entity, start, r.depth)
    if key in r.memo:
        return r.memo[key]
    r.memo[key] = []  # a condition that begins with itself is none
    found: dict[Piece, None] = {}
    for matcher in _MATCHERS:
        found.update(dict.fromkeys(matcher(r, entity, start)))
    pieces = sorted(found, key=lambda piece: -piece[1])
    pieces = sorted([*pieces, *_held(r, entity, start, pieces)], key=lambda piece: -piece[1])
    r.memo[key] = pieces
    return pieces


def _held(r: Reading, entity: str, i: int, pieces: list[Piece]) -> Iterator[Piece]:
    for condition, end in pieces:
        for found, after in r.found(end):
            if isinstance(found, HeldFound):
                yield HeldFor(arg=condition, n=found.n, unit=found.unit), after
    for found, after in r.found(i):
        if isinstance(found, HeldFound):
            for condition, end in atoms(r, entity, after):
                yield HeldFor(arg=condition, n=found.n, unit=found.unit), end


def _field_clauses(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    for start in r.words(i, "past_head"):  # past their close date, 过了截止日期
        for info, end in fields_at(r, entity, start):
            if info.type in TIMES:
                yield Compare(op="lt", term=field_term(info), value=TODAY), end
    for start in r.some(i, "have", "whose"):
        for info, end in fields_at(r, entity, start):
            yield from _said_of(r, info, end)


def _said_of(r: Reading, info: FieldInfo, i: int) -> Iterator[Piece]:
    """Yield what is said of a field, with "for 3 days running" between, or the field's name once more."""
    term = field_term(info)
    for condition, end in predicates(r, info, term, i):
        if info.type in {"enum", "set"}:
            yield from ((condition, e) for f, e in r.named_fields(end) if f.id == info.id)
        yield condition, end
    if info.type == "days":
        yield from _said_at(r, info, i)
    for found, after in r.found(i):
        if isinstance(found, HeldFound):
            for condition, end in predicates(r, info, term, after):
                yield HeldFor(arg=condition, n=found.n, unit=found.unit), end


def _said_at(r: Reading, info: FieldInfo, i: int) -> Iterator[Piece]:
    """Yield "stuck in negotiation for more than 21 days": the state stands before the time."""
    for place, middle in _bare_values(r, info.entity, i):
        for condition, end in predicates(r, info, field_term(info), middle):
            yield simplified(And(args=(place, condition))), end


def _itself(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield "record is @account:a1", the read-back of a record named by itself."""
    kind = kind_of(entity)
    info = FieldInfo(id=f"{entity}.id", type="reference", names=Names(), target=kind)
    for end in r.words(i, "itself"):
        yield from predicates(r, info, field_term(info), end)


def _bare_values(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    for start in dict.fromkeys(r.some(i, "prep", "be", "have")):
        for info in _fields_of_value(r, entity, start):
            for found in value_lists(r, info, start):
                condition = equals(field_term(info), info, found.groups, found.joint)
                for named, end in r.named_fields(found.end):
                    if named.id == info.id:
                        yield condition, end
                yield condition, found.end


def _fields_of_value(r: Reading, entity: str, i: int) -> tuple[FieldInfo, ...]:
    """Return the one field that the value at i belongs to; several of one entity become a question."""
    found = [(info, end) for info, _, end in r.values(i)]
    if not found:
        return ()
    longest = max(end for _, end in found)
    infos = dict.fromkeys(info for info, end in found if end == longest and info.type != "boolean")
    said = folded(r.lattice.text[r.lattice.skip(i) : longest])
    flags = tuple(
        f for f, _ in found if f.type == "boolean" and f.entity == entity and said not in YES_NO
    )
    own = [info for info in infos if info.entity == entity]
    near = own or [
        f for f in infos if f.entity not in {entity, "employee"} and r.leads_to(entity, f.entity)
    ]
    if len(near) > 1:
        named = [f for f in near if _named_after(r, f, longest)]
        if len(named) != 1:
            start = r.lattice.skip(i)
            r.note(start, questions.ambiguous_value(r, r.lattice.text[start:longest], near))
            return flags
        near = named
    return (*near, *flags)


def _named_after(r: Reading, info: FieldInfo, end: int) -> bool:
    return any(named.id == info.id for named, _ in r.named_fields(end))


def _states(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    for start in r.some(i, "be"):
        for lexeme in r.lattice.at(start):
            for meaning in lexeme.meanings:
                if isinstance(meaning, StateMeaning):
                    state = r.vocabulary.dictionary.states[meaning.state]
                    if state.entity == entity:
                        yield state_condition(state), lexeme.end


def _verbs(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    yield from contact_gaps.unseen(r, entity, i)
    for start in dict.fromkeys(r.some(i, "be", "have")):
        for info, after in r.named_fields(start, verb=True):
            if info.entity != entity:
                continue
            if info.type in TIMES:
                for said, end in time_conditions(r, info, after):
                    yield as_happened(r, info, (start, after), said), end
            elif info.type in NUMERIC:
                yield from predicates(r, info, field_term(info), after)
            else:
                at = r.maybe(after, "prep")
                yield from _listed_verb(r, info, r.maybe(at, "filler"), i)
    yield from _leading(r, entity, i)


def _listed_verb(r: Reading, info: FieldInfo, i: int, at: int) -> Iterator[Piece]:
    for found in value_lists(r, info, i):
        condition = equals(field_term(info), info, found.groups, found.joint)
        yield from ((condition, end) for end in _named_behind(r, info, found.end))
        yield condition, found.end
    if info.type == "reference":
        for after in r.words(i, "nobody"):
            yield negated(Known(term=field_term(info))), after
    for after in r.words(i, "neither"):
        for condition, end in predicates(r, info, field_term(info), i):
            if end > after:
                yield condition, end


def _named_behind(r: Reading, info: FieldInfo, i: int) -> Iterator[int]:
    """Yield the end of the field's own name behind its value: works in the East team."""
    yield from (end for named, end in r.named_fields(i) if named.id == info.id)


def _leading(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield what comes before its verb: 李薇负责, 上个月创建, 对软件感兴趣."""
    start = r.maybe(i, "prep", "on", "be") if r.lang == "zh" else i
    for info in r.vocabulary.entity_fields(entity):
        if info.type in NUMERIC:
            yield from _numbers_before(r, info, i)
        if not _has_verbs(r, info):
            continue
        for at in dict.fromkeys((i, start)):
            for condition, end in _said_before(r, info, at):
                for verb in _its_verb(r, info, end):
                    yield as_happened(r, info, verb, condition), verb[1]


def _its_verb(r: Reading, info: FieldInfo, i: int) -> Iterator[tuple[int, int]]:
    for start in _before_verb(r, i):
        for named, after in r.named_fields(start, verb=True):
            if named.id == info.id:
                yield start, after


def _before_verb(r: Reading, i: int) -> Iterator[int]:
    """Yield where a verb may stand behind what it is about: at once, or behind "is", "has been", 在, 所."""
    seen = [i]
    for at in seen:
        found = [
            end for end in r.words(at, "prep", "on", "filler", "be", "have") if end not in seen
        ]
        seen += found if len(seen) < 8 else ()
    yield from seen


def _numbers_before(r: Reading, info: FieldInfo, i: int) -> Iterator[Piece]:
    """Yield a number before its field: 超过14天未联系, 30天未联系, more than 500 employees."""
    term = field_term(info)
    for op, quantity, end in compared(r, info, i):
        for named, after in r.named_fields(end):
            if named.id == info.id:
                yield Compare(op=op, term=term, value=quantity.value), after
    for found, end in r.found(i):
        if isinstance(found, DurationFound):
            for named, after in r.named_fields(end):
                if named.id == info.id:
                    yield Compare(op="ge", term=term, value=plain(found.days())), after


def _has_verbs(r: Reading, info: FieldInfo) -> bool:
    if info.type in NUMERIC:
        return False
    term = r.vocabulary.dictionary.fields.get(info.id)
    return info.custom or bool(term and term.verbs.all)


def _said_before(r: Reading, info: FieldInfo, i: int) -> Iterator[Piece]:
    if info.type in TIMES:
        yield from time_conditions(r, info, i)
    else:
        yield from _listed_verb(r, info, i, i)


def _names(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield conditions from a bare name: Lena's leads, the deals of Acme, 晶澜的订单."""
    yield from in_hand(r, entity, i)
    for start in dict.fromkeys(r.some(i, "of", "prep")):
        if is_listener(r, start):
            continue
        for at in dict.fromkeys((*_after_noun(r, start), start)):
            for info in reference_fields(r, entity):
                for found in value_lists(r, info, at):
                    condition = equals(field_term(info), info, found.groups, found.joint)
                    yield condition, r.maybe(found.end, "poss") if r.lang == "en" else found.end
            if start == i:
                for ref, end in references(r, frozenset({kind_of(entity)}), at):
                    yield among(Field(id=f"{entity}.id"), [ref.id]), end


def _after_noun(r: Reading, i: int) -> Iterator[int]:
    for _, end in r.entities(i):
        yield end


def _defaults(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield comparisons that name no field: over 500k, older than 48 hours, 50万以上."""
    defaults = r.vocabulary.dictionary.defaults.get(entity, {})
    money = r.vocabulary.field_of(defaults.get("money", ""))
    if money is not None and any(isinstance(f, AmountFound | NumberFound) for f in _amounts(r, i)):
        yield from predicates(r, money, field_term(money), i)
    for role, op in (("older", "gt"), ("newer", "lt")):
        for after in r.words(i, role):
            for found, end in r.found(after):
                if isinstance(found, DurationFound):
                    yield from _aged(r, entity, op, found, end)


def _amounts(r: Reading, i: int) -> Iterator[object]:
    for _, after in r.operators(i):
        yield from (found for found, _ in r.found(after))
    for found, end in (*r.found(i), *r.found(r.maybe(i, "between"))):
        if isinstance(found, RangeFound):
            yield found.low
        elif any(True for _ in r.words(end, "to")) or any(True for _ in r.operators(end)):
            yield found


def _aged(r: Reading, entity: str, op: str, found: DurationFound, end: int) -> Iterator[Piece]:
    defaults = r.vocabulary.dictionary.defaults.get(entity, {})
    if "hours" in defaults:
        value = plain(found.days() * 24)
        yield Compare(op=op, term=Field(id=defaults["hours"]), value=value), end  # type: ignore[arg-type]
    elif "created" in defaults:
        value_ = Moment(n=-found.n, unit=found.unit)
        turned = "lt" if op == "gt" else "gt"
        yield Compare(op=turned, term=Field(id=defaults["created"]), value=value_), end  # type: ignore[arg-type]


def _periods(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    name = _EVENTS.get(entity)
    info = r.vocabulary.field_of(f"{entity}.{name}") if name else None
    if info is not None and any(True for start in r.some(i, "on") for _ in windows(r, info, start)):
        yield from time_conditions(r, info, i)


def _negations(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    for after in r.words(i, "not", "isnot"):
        for condition, end in atoms(r, entity, after):
            yield negated(condition), end
    for after in r.words(i, "neither"):
        for condition, end in atoms(r, entity, after):
            yield from _nor(r, entity, negated(condition), end, 1)


def _nor(r: Reading, entity: str, so_far: Condition, i: int, size: int) -> Iterator[Piece]:
    for at in r.some(i, "comma"):
        for after in r.words(at, "nor"):
            for condition, end in atoms(r, entity, after):
                both = simplified(And(args=(so_far, negated(condition))))
                yield from _nor(r, entity, both, end, size + 1)
    if size > 1:
        yield so_far, i


def _related(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    yield from coordination.coordinated(r, entity, i, atoms)
    yield from coordination.implied(r, entity, i, atoms)
    yield from related.conditions(r, entity, i, atoms)


def _grouped(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    yield from groups.grouped(r, entity, i, atoms)


_MATCHERS: tuple[Callable[[Reading, str, int], Iterator[Piece]], ...] = (
    _field_clauses,
    contact_gaps.known_fields,
    _states,
    _bare_values,
    _verbs,
    _names,
    _defaults,
    _periods,
    _related,
    _negations,
    _grouped,
    contact_gaps.never_seen,
    _itself,
)
