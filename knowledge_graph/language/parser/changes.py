"""Changes of fields: `stage to won`, 负责人改成李薇, add the tag VIP, raise the amount by 10%."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from knowledge_graph.expression.nodes import Assignment, Span
from knowledge_graph.language.coverage import is_covered
from knowledge_graph.language.parser import questions
from knowledge_graph.language.parser.contents import Content, contents, members
from knowledge_graph.language.parser.people import references
from knowledge_graph.language.parser.quantities import plain, quantities
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.parser.values import written_until
from knowledge_graph.language.recognisers.found import DurationFound, NumberFound, RatioFound
from knowledge_graph.language.vocabulary import FieldInfo
from knowledge_graph.ontology.fields import NUMERIC, FieldType

Change = tuple[tuple[Assignment, ...], int]
_SCALABLE = NUMERIC - {FieldType.RATIO}
"""A ratio is not scaled by a share: "raise the margin by 5 %" has two readings."""


@dataclass(slots=True)
class Changes:
    """Finds a row of changes that covers the text; remembers where reading fails."""

    r: Reading
    entity: str
    dead: set[int]
    furthest: int = 0

    def row(self, i: int = 0) -> tuple[Assignment, ...] | None:
        """Return the changes from i to the end of the text, None when there is no such row."""
        at = self.r.lattice.skip(i)
        if is_covered(self.r.lattice, at):
            return ()
        if at in self.dead:
            return None
        self.furthest = max(self.furthest, at)
        for matcher in _MATCHERS:
            for made, end in matcher(self.r, self.entity, at):
                rest = self.row(end) if end > at else None
                if rest is not None:
                    return (*made, *rest)
        for end in self.r.words(at, "comma", "and", "end", "set_word", "filler"):
            rest = self.row(end)
            if rest is not None:
                return rest
        self.dead.add(at)
        return None


def own_fields(r: Reading, entity: str, i: int) -> Iterator[tuple[FieldInfo, int]]:
    """Yield the entity's own fields named at i, with or without the entity's noun before."""
    starts = [i, *(end for end in r.words(i, "set_word", "filler"))]
    for start in dict.fromkeys(starts):
        for info, end in r.named_fields(start):
            if info.entity == entity:
                yield info, end
        for named, noun_end in r.entities(start):
            if named == entity:
                for at in r.some(noun_end, "poss"):
                    yield from ((f, e) for f, e in r.named_fields(at) if f.entity == entity)


def _made(info: FieldInfo, content: Content) -> tuple[Assignment, ...]:
    first = Assignment(field=info.id, value=content.value)
    if content.currency is None:
        return (first,)
    return (first, Assignment(field=f"{info.entity}.currency", value=content.currency))


def _sets(r: Reading, entity: str, i: int) -> Iterator[Change]:
    for info, end in own_fields(r, entity, i):
        if not info.writable:
            r.note(i, questions.not_writable(r, info))
            continue
        told = list(r.words(end, "set_to"))
        for at in told:
            for blank in r.words(at, "blank"):
                yield (Assignment(field=info.id, mode="clear"),), blank
        spaced = [after for at in told for after in r.words(at, "set_word")]
        for at in dict.fromkeys((*told, *spaced, end)):
            for content in contents(r, info, at, explicit=at != end):
                yield _made(info, content), content.end


def _adds(r: Reading, entity: str, i: int) -> Iterator[Change]:  # noqa: C901 -- one loop per part of the phrase
    for role in ("add", "remove"):
        for after in r.words(i, role):
            for info, end in own_fields(r, entity, after):
                if info.type == "set" and info.writable:
                    at = r.maybe(end, "set_to")
                    yield from _members(info, role, members(r, info, at))
            for info in r.vocabulary.entity_fields(entity):
                if info.type == "set" and info.writable:
                    yield from _members_before(r, info, role, after)
    for info, end in r.named_fields(i, verb=True):
        if info.entity == entity and info.type == "set":
            at = r.maybe(end, "set_to")
            if not _is_state(r, info, at):
                yield from _members(info, "add", members(r, info, at))


def _is_state(r: Reading, tags: FieldInfo, i: int) -> bool:
    """Whether "mark as …" names a known value of another field, and no known tag."""
    known = [info for info, _, _ in r.values(i) if info.entity == tags.entity]
    return any(info.type == "enum" for info in known) and tags not in known


def _members(
    info: FieldInfo, role: str, found: Iterator[tuple[tuple[str, ...], int]]
) -> Iterator[Change]:
    for values, end in found:
        mode = "add" if role == "add" else "remove"
        yield tuple(Assignment(field=info.id, mode=mode, value=v) for v in values), end  # type: ignore[arg-type]


def _members_before(r: Reading, info: FieldInfo, role: str, i: int) -> Iterator[Change]:
    for values, end in members(r, info, r.maybe(i, "set_word")):
        for named, after in r.named_fields(end):
            if named.id == info.id:
                yield from _members(info, role, iter([(values, after)]))


def _clears(r: Reading, entity: str, i: int) -> Iterator[Change]:
    for after in r.words(i, "clear"):
        for info, end in own_fields(r, entity, after):
            if info.writable:
                yield (Assignment(field=info.id, mode="clear"),), end


def _scales(r: Reading, entity: str, i: int) -> Iterator[Change]:
    for role, sign in (("raise", 1), ("lower", -1), ("times", 0)):
        for after in r.words(i, role):
            for info, end in own_fields(r, entity, after):
                for at in r.words(end, "by"):
                    yield from _by(r, info, sign, at)
            default = r.vocabulary.default_field(entity, "money")
            if default is not None:
                yield from _by(r, default, sign, r.maybe(after, "by"))
        for info, field_end in own_fields(r, entity, i):
            for after in r.words(field_end, role):
                yield from _by(r, info, sign, r.maybe(after, "by"))


def _folds(r: Reading, entity: str, i: int) -> Iterator[Change]:
    """Yield "double the amount", 金额翻倍."""
    for role, factor in (("double", 2), ("halve", 0.5)):
        found = [pair for at in r.words(i, role) for pair in own_fields(r, entity, at)]
        found += [(f, at) for f, end in own_fields(r, entity, i) for at in r.words(end, role)]
        default = r.vocabulary.default_field(entity, "money")
        if default is not None:
            found += [(default, at) for at in r.words(i, role)]
        for info, end in found:
            if info.type in _SCALABLE and info.writable:
                yield (Assignment(field=info.id, mode="scale", value=factor),), end


def _shifts(r: Reading, entity: str, i: int) -> Iterator[Change]:  # noqa: C901 -- one loop per part of the phrase
    """Yield "postpone the close date by two weeks", 截止日期提前三天; without a field, of the default date."""
    for role, sign in (("later", 1), ("earlier", -1)):
        for after in r.words(i, role):
            for info, end in own_fields(r, entity, after):
                for at in dict.fromkeys((*r.words(end, "by", "aside"), end)):
                    yield from _spans(r, info, sign, r.maybe(at, "by"))
            default = r.vocabulary.default_field(entity, "due")
            if default is not None:
                for at in dict.fromkeys((*r.words(after, "aside"), after)):
                    yield from _spans(r, default, sign, r.maybe(at, "by"))
        for info, field_end in own_fields(r, entity, i):
            for after in r.words(field_end, role):
                yield from _spans(r, info, sign, r.maybe(after, "by"))
    yield from _rescheduled(r, entity, i)


def _rescheduled(r: Reading, entity: str, i: int) -> Iterator[Change]:
    """Yield "postpone to 5 May", 改到下周五: a new date without a field is that of the default one."""
    info = r.vocabulary.default_field(entity, "due")
    if info is None:
        return
    for at in dict.fromkeys(r.some(i, "later", "earlier")):
        for start in r.words(at, "set_to"):
            for content in contents(r, info, start, explicit=True):
                yield _made(info, content), content.end


def _spans(r: Reading, info: FieldInfo, sign: int, i: int) -> Iterator[Change]:
    if info.type not in {"date", "datetime"} or not info.writable:
        return
    for found, end in r.found(i):
        if isinstance(found, DurationFound) and found.n:
            by = Span(n=sign * found.n, unit=found.unit)
            yield (Assignment(field=info.id, mode="shift", value=by),), r.maybe(end, "aside")


def _by(r: Reading, info: FieldInfo, sign: int, i: int) -> Iterator[Change]:  # noqa: C901 -- one loop per part of the phrase
    if info.type not in NUMERIC or not info.writable:
        return
    for found, end in r.found(i):
        if sign == 0 and isinstance(found, NumberFound):
            yield (Assignment(field=info.id, mode="scale", value=plain(found.value)),), end
        if isinstance(found, RatioFound) and sign and info.type in _SCALABLE:
            factor = plain(1 + sign * found.value)
            yield (Assignment(field=info.id, mode="scale", value=_tidy(factor)),), end
        if isinstance(found, RatioFound) and found.form == "points" and sign:
            yield (
                (Assignment(field=info.id, mode="increase", value=plain(sign * found.value)),),
                end,
            )
    if sign and info.type in _SCALABLE:
        for quantity, end in quantities(r, info, i):
            if quantity.currency is None:
                yield (
                    (Assignment(field=info.id, mode="increase", value=sign * quantity.value),),
                    end,
                )


def _tidy(factor: float) -> int | float:
    return plain(round(factor, 10))


def _appends(r: Reading, entity: str, i: int) -> Iterator[Change]:
    for after in r.words(i, "append", "add"):
        for info, end in own_fields(r, entity, after):
            if info.type == "long_text":
                yield from _lines(r, info, r.maybe(end, "set_to"))
    for info, field_end in own_fields(r, entity, i):
        if info.type == "long_text":
            for after in r.words(field_end, "append"):
                yield from _lines(r, info, r.maybe(after, "set_to"))


def _lines(r: Reading, info: FieldInfo, i: int) -> Iterator[Change]:
    for words, end in written_until(r, i):
        yield (Assignment(field=info.id, mode="append", value=words),), end


def _verbs(r: Reading, entity: str, i: int) -> Iterator[Change]:
    for info, end in r.named_fields(i, verb=True):
        if info.entity == entity and info.writable and info.type != "set":
            for at in r.some(end, "on", "set_to"):
                for content in contents(r, info, at, explicit=False):
                    yield _made(info, content), content.end


def _bare(r: Reading, entity: str, i: int) -> Iterator[Change]:
    """Yield a value or a colleague without a field: mark as won, to Raj Patel."""
    for at in dict.fromkeys(r.some(i, "set_to", "prep")):
        infos = dict.fromkeys(
            f for f, _, _ in r.values(at) if f.entity == entity and f.type == "enum"
        )
        if len(infos) > 1:
            start = r.lattice.skip(at)
            word = max((e for _, _, e in r.values(at)), default=start)
            r.note(at, questions.ambiguous_value(r, r.lattice.text[start:word], infos))
        elif infos:
            info = next(iter(infos))
            if info.writable:
                for content in contents(r, info, at, explicit=False):
                    yield _made(info, content), content.end
        owner = r.vocabulary.field_of(f"{entity}.owner")
        if owner is not None and at != i:
            for ref, end in references(r, frozenset({"employee"}), at):
                yield (Assignment(field=owner.id, value=ref.id),), end


_MATCHERS: tuple[Callable[[Reading, str, int], Iterator[Change]], ...] = (
    _scales,
    _folds,
    _shifts,
    _adds,
    _appends,
    _clears,
    _sets,
    _verbs,
    _bare,
)
