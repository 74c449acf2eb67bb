"""How long something has been so: 超过48小时未解决, "unresolved for more than 4 hours".

An entity that keeps the age of its records (`ticket.age_hours`) or the days in a state (`days_in_stage`) is
compared by that number; of every other state the rule itself watches how long it has held.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from knowledge_graph.expression.nodes import And, Compare, Condition, HeldFor, Op, Rolling
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.language.parser.build import equals, field_term
from knowledge_graph.language.parser.quantities import plain
from knowledge_graph.language.parser.reading import Piece, Reading
from knowledge_graph.language.parser.values import value_lists
from knowledge_graph.language.recognisers.found import DurationFound, WindowFound
from knowledge_graph.language.rules.tokens import after, tagged
from knowledge_graph.language.vocabulary import FieldInfo

_NOT_YET = ("未", "没", "尚未", "还没", "还未", "仍未")
_LONGER: frozenset[Op] = frozenset({"gt", "ge"})
Lasting = tuple[Op, DurationFound]


def lasting_states(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield a value of an enumeration and for how long it has been so, in either order."""
    for start in dict.fromkeys((after(r, i, "be", "have"), i)):
        for info, where, middle in _states(r, entity, start):
            for at in dict.fromkeys(_gaps(r, middle)):
                for lasting, end in _lastings(r, at):
                    yield from _lasted(r, info, where, lasting, end)
        created = [end for _, end in tagged(r, start, "r_since_created")]
        for lasting, middle in (p for at in (start, *created) for p in _lastings(r, at)):
            for at in dict.fromkeys((after(r, middle, "be", "filler"), middle)):
                for info, where, end in _states(r, entity, at):
                    yield from _lasted(r, info, where, lasting, end)
        yield from _overdue(r, entity, start)


def _states(r: Reading, entity: str, i: int) -> Iterator[tuple[FieldInfo, Condition, int]]:
    for info in r.vocabulary.entity_fields(entity):
        if info.type == "enum":
            for found in value_lists(r, info, i):
                yield info, equals(field_term(info), info, found.groups, found.joint), found.end


def _gaps(r: Reading, i: int) -> Iterator[int]:
    """Yield the places behind the words that may stand between a state and its length."""
    for first in dict.fromkeys((after(r, i, "poss"), i)):
        for second in dict.fromkeys((after(r, first, "be", "filler"), first)):
            yield from (end for _, end in tagged(r, second, "r_lasting"))
            yield from r.words(second, "on", "prep")
            yield second


def _lastings(r: Reading, i: int) -> Iterator[tuple[Lasting, int]]:
    for op, start in r.operators(i):
        for found, end in r.found(start):
            if isinstance(found, DurationFound):
                yield (op, found), end  # type: ignore[misc]  # an Op
    for found, start in r.found(i):
        if isinstance(found, DurationFound):
            for op, end in r.operators(start):
                yield (op, found), end  # type: ignore[misc]  # an Op
            yield ("ge", found), start


def _overdue(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield 24小时内未解决: what has not happened within a time has lasted longer than it."""
    for found, middle in r.found(i):
        window = found.window if isinstance(found, WindowFound) else None
        if not isinstance(window, Rolling) or not r.lattice.text.startswith(
            _NOT_YET, r.lattice.skip(middle)
        ):
            continue
        for info, where, end in _states(r, entity, middle):
            yield from _lasted(
                r, info, where, ("gt", DurationFound(n=abs(window.n), unit=window.unit)), end
            )


def _lasted(
    r: Reading, info: FieldInfo, where: Condition, lasting: Lasting, end: int
) -> Iterator[Piece]:
    op, length = lasting
    age = _age(r, info, where)
    if age is not None:
        unit = 24 if age.type == "hours" else 1
        value = plain(Fraction(length.days()) * unit)
        leaf = Compare(op=op, term=field_term(age), value=value)
        yield simplified(And(args=(where, leaf))), end
    elif op in _LONGER and isinstance(length.n, int):
        yield HeldFor(arg=where, n=length.n, unit=length.unit), end


def _age(r: Reading, info: FieldInfo, where: Condition) -> FieldInfo | None:
    """Return the field that counts how long a value of this one has been so."""
    entity, _, name = info.id.partition(".")
    value = where.value if isinstance(where, Compare) else None
    if (day := r.vocabulary.field_of(f"{entity}.{value}_day")) is not None:
        return day
    if (own := r.vocabulary.field_of(f"{entity}.days_in_{name}")) is not None:
        return own
    if not name.endswith("status"):
        return None
    for unit in ("hours", "days"):
        if (age := r.vocabulary.field_of(f"{entity}.age_{unit}")) is not None:
            return age
    return None
