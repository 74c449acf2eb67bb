"""What did not happen or is not there: "not contacted for 30 days", "nobody contacted", "with no email"."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge_graph.expression.nodes import And, Compare, Condition, During, Known, Op, Or
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.language.parser.build import field_term, negated
from knowledge_graph.language.parser.fields import fields_at
from knowledge_graph.language.parser.quantities import compared, plain
from knowledge_graph.language.parser.reading import Piece, Reading
from knowledge_graph.language.parser.times import during, windows
from knowledge_graph.language.recognisers.found import DateFound, DurationFound
from knowledge_graph.language.vocabulary import FieldInfo
from knowledge_graph.ontology.fields import NUMERIC

_NOUN_JOINTS = frozenset({"和", "与", "及", "、"})
_COUNTED = frozenset({"money", "integer"})
"""To "have" such a number is to have more than none of it."""


def known_fields(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield "with a phone number", "without an owner", "with overdue amounts"."""
    for role in ("no", "have"):
        for after in r.words(i, role):
            for info, end in fields_at(r, entity, r.maybe(after, "filler")):
                if info.entity == entity and (found := _present(info)) is not None:
                    said = found if role == "have" else negated(found)
                    yield said, end
                    yield from _and_field(r, info, role, said, end)
    for after in r.words(i, "neither"):
        for info, end in fields_at(r, entity, after):
            if info.entity == entity and (found := _present(info)) is not None:
                yield from _and_field(r, info, "no", negated(found), end)


def _and_field(r: Reading, first: FieldInfo, role: str, said: Condition, i: int) -> Iterator[Piece]:
    """Yield "no e-mail or phone" (neither), "with e-mail or phone"; English "without A and B" is not clear."""
    for joint, after in _joints(r, role, i):
        for info, end in fields_at(r, first.entity, after):
            found = _present(info) if info.entity == first.entity else None
            if found is not None and info.id != first.id and not _says_more(r, end):
                other = found if role == "have" else negated(found)
                either = joint == "or" and role == "have"
                both = Or(args=(said, other)) if either else And(args=(said, other))
                yield simplified(both), end


def _joints(r: Reading, role: str, i: int) -> Iterator[tuple[str, int]]:
    """Yield the connectives that join nouns: not 且, which joins clauses."""
    for joint in ("or", "nor", "and"):
        for after in r.words(i, joint):
            word = r.lattice.text[r.lattice.skip(i) : after]
            if joint != "and" or word in _NOUN_JOINTS or (role == "have" and r.lang == "en"):
                yield joint, after


def _says_more(r: Reading, i: int) -> bool:
    """Whether a statement about a field follows its name, which is then a clause of its own."""
    said = ("be", "isnot", "not", "cmp", "blank", "present", "contains", "starts", "ends")
    return r.word(i, *said) is not None


def _present(info: FieldInfo) -> Condition | None:
    if info.type in _COUNTED:
        return Compare(op="gt", term=field_term(info), value=0)
    return None if info.type in NUMERIC else Known(term=field_term(info))


def unseen(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield "not contacted for more than 30 days" and 近30天没有联系; nobody contacted ever counts too."""
    days = r.vocabulary.field_of(f"{entity}.days_since_contact")
    last = r.vocabulary.field_of(f"{entity}.last_contact_date")
    if days is None or last is None:
        return
    for after in _not_contacted(r, last, i):
        for op, value, end in _lengths(r, days, after):
            yield Compare(op=op, term=field_term(days), value=value), end
        yield from _not_during(r, last, after)
    for op, value, middle in _spans(r, days, i):
        for end in _not_contacted(r, last, middle):
            yield Compare(op=op, term=field_term(days), value=value), end
    for window, middle in windows(r, None, i):
        gone = negated(During(term=field_term(last), window=window))
        yield from ((gone, end) for info, end in r.named_fields(middle) if info.id == days.id)
        yield from ((gone, end) for end in _not_contacted(r, last, middle))


def _not_during(r: Reading, last: FieldInfo, i: int) -> Iterator[Piece]:
    """Yield "nobody contacted this quarter"; a span of days is counted in days."""
    for at in r.some(i, "on"):
        for window, end in windows(r, None, at):
            yield negated(during(field_term(last), window)), end


def never_seen(r: Reading, entity: str, i: int) -> Iterator[Piece]:
    """Yield "never contacted", "nobody contacted": there is no last contact."""
    last = r.vocabulary.field_of(f"{entity}.last_contact_date")
    if last is not None:
        for end in _not_contacted(r, last, i):
            yield negated(Known(term=field_term(last))), end


def _not_contacted(r: Reading, last: FieldInfo, i: int) -> Iterator[int]:
    for negative in dict.fromkeys(r.words(i, "not", "nobody", "no")):
        for info, end in r.named_fields(negative, verb=True):
            if info.id == last.id:
                yield end


def _lengths(r: Reading, days: FieldInfo, i: int) -> Iterator[tuple[Op, int | float, int]]:
    """Yield "in two weeks", "for more than 30 days"."""
    for at in r.some(i, "on"):
        yield from _spans(r, days, at)
    for at in r.words(i, "longer"):
        yield from (("gt", value, end) for _, value, end in _spans(r, days, at))


def _spans(r: Reading, days: FieldInfo, i: int) -> Iterator[tuple[Op, int | float, int]]:
    for op, quantity, end in compared(r, days, i):
        yield op, quantity.value, end
    for found, end in r.found(i):
        if isinstance(found, DurationFound):
            yield "ge", plain(found.days()), end
        elif isinstance(found, DateFound) and found.moment is not None and found.moment.n > 0:
            moment = found.moment  # "not talked to in two weeks": the weeks behind us
            if moment.edge == "none" and r.word(i, "on") is not None:
                span = DurationFound(n=moment.n, unit=moment.unit)
                yield "ge", plain(span.days()), end
