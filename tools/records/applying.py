"""What assignments make of a record: values checked, no-ops dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.expression.comparison import GREATEST
from knowledge_graph.expression.nodes import Assignment, Moment, Span
from knowledge_graph.expression.periods import TimeFrame, moment_wall, parse_date, shift
from knowledge_graph.language.results import LanguageContext
from knowledge_graph.ontology.fields import NUMERIC, FieldSpec, FieldType
from knowledge_graph.ontology.record import Record, Value
from knowledge_graph.ontology.schema import WorkspaceSchema


def frame_of(meaning: LanguageContext) -> TimeFrame:
    """Return what now and here are for a sentence."""
    return TimeFrame(now=meaning.now, zone=ZoneInfo(meaning.timezone))


def today(meaning: LanguageContext) -> str:
    """Return the user's date, "YYYY-MM-DD"."""
    return frame_of(meaning).today.isoformat()


def applied(
    record: Record,
    assignments: Sequence[Assignment],
    schema: WorkspaceSchema,
    meaning: LanguageContext,
) -> Mapping[str, Value]:
    """Return the fields whose value changes, with their new values.

    Args:
        record: The record as it is.
        assignments: What is to be written; later ones build on earlier ones.
        schema: The workspace's fields.
        meaning: What now and here are.

    Returns:
        New values by field name; empty when nothing changes.

    Raises:
        InvalidValueError: A field cannot be set, or not to this value.
        UnknownFieldError: The kind has no such field.
    """
    values = dict(record.values)
    touched: dict[str, None] = {}
    for assignment in assignments:
        entity, _, name = assignment.field.partition(".")
        if schema.kind(entity).name != record.kind:
            raise InvalidValueError(f"{assignment.field!r} is no field of a {record.kind!r}")
        spec = schema.field(record.kind, name)
        values[name] = _assigned(values.get(name), assignment, spec, meaning)
        touched[name] = None
    changed = {n: values[n] for n in touched if not _same(values[n], record.get(n))}
    if "stage" in changed and "stage_since" in schema.kind(record.kind).fields:
        changed.setdefault("stage_since", today(meaning))
        if changed["stage_since"] == record.get("stage_since"):
            del changed["stage_since"]
    return changed


def _same(new: Value, old: Value) -> bool:
    """Return whether two stored values say the same; an empty text or set is no value."""
    return new == old or (new in {None, "", ()} and old in {None, "", ()})


def _assigned(
    old: Value, assignment: Assignment, spec: FieldSpec, meaning: LanguageContext
) -> Value:
    """Return the new value of one field.

    Raises:
        InvalidValueError: The field cannot be set this way.
    """
    if not spec.writable or spec.derivation is not None:
        raise InvalidValueError(f"{spec.id!r} cannot be set by hand; nothing was changed")
    match assignment.mode:
        case "clear":
            return _cleared(spec)
        case "set":
            return _stored(assignment.value, spec, meaning)
        case "add" | "remove":
            return _member(old, assignment, spec, meaning)
        case "append":
            line = str(_stored(assignment.value, spec, meaning))
            return f"{old}\n{line}" if old else line
        case "increase" | "scale":
            return _calculated(old, assignment, spec)
        case "shift":
            return _moved(old, assignment, spec, meaning)


def _cleared(spec: FieldSpec) -> Value:
    """Return the empty value of a field.

    Raises:
        InvalidValueError: It may not be empty.
    """
    if spec.required:
        raise InvalidValueError(f"{spec.id!r} cannot be empty; nothing was changed")
    return () if spec.type is FieldType.SET else None


def _member(old: Value, assignment: Assignment, spec: FieldSpec, meaning: LanguageContext) -> Value:
    """Return a set with members added or removed.

    Raises:
        InvalidValueError: The field is no set.
    """
    if spec.type is not FieldType.SET:
        raise InvalidValueError(f"{spec.id!r} holds one value, not several; nothing was changed")
    had = set(old) if isinstance(old, tuple) else set()
    given = _stored(assignment.value, spec, meaning)
    members = set(given) if isinstance(given, tuple) else {str(given)}
    return tuple(sorted(had | members if assignment.mode == "add" else had - members))


def _calculated(old: Value, assignment: Assignment, spec: FieldSpec) -> Value:
    """Return a number made from the old one.

    Raises:
        InvalidValueError: There is no number to begin with.
    """
    by = assignment.value
    if isinstance(old, bool) or not isinstance(old, (int, float)):
        raise InvalidValueError(f"{spec.id!r} has no number to change; nothing was changed")
    if isinstance(by, bool) or not isinstance(by, (int, float)):
        raise InvalidValueError(f"{by!r} is no number; nothing was changed")
    try:
        result = round(old + by if assignment.mode == "increase" else old * by, 6)
        whole = round(result)
    except OverflowError:
        raise InvalidValueError(f"{spec.id!r} cannot be so great; nothing was changed") from None
    _check_bounds(result, spec)
    return whole if spec.type is FieldType.INTEGER or result == whole else result


def _moved(old: Value, assignment: Assignment, spec: FieldSpec, meaning: LanguageContext) -> Value:
    """Return a date so much later or earlier than the one that is there.

    Raises:
        InvalidValueError: There is no date to begin with, or the field holds none.
    """
    by = assignment.value
    if spec.type not in {FieldType.DATE, FieldType.DATETIME} or not isinstance(by, Span):
        raise InvalidValueError(f"{spec.id!r} holds no date; nothing was changed")
    if not isinstance(old, str) or not old:
        raise InvalidValueError(f"{spec.id!r} has no date to move; nothing was changed")
    if spec.type is FieldType.DATE:
        return shift(datetime.fromisoformat(old), by.n, by.unit).date().isoformat()
    frame = frame_of(meaning)
    return frame.instant(frame.shifted(frame.wall(old), by.n, by.unit))


def _check_bounds(value: Value, spec: FieldSpec) -> None:
    """Return when a number is one that the field can have.

    Raises:
        InvalidValueError: It is not, such as a probability of 150%.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return
    if isinstance(value, int) and abs(value) > GREATEST:
        raise InvalidValueError(f"{spec.id!r} cannot be so great; nothing was changed")
    if spec.bounds is None:
        return
    low, high = spec.bounds
    if not low <= value <= high:
        said = f"{value:.0%}" if spec.type is FieldType.RATIO else f"{value:g}"
        ends = (f"{b:.0%}" if spec.type is FieldType.RATIO else f"{b:g}" for b in spec.bounds)
        raise InvalidValueError(
            f"{spec.id!r} cannot be {said}: it lies between {' and '.join(ends)}; nothing was changed"
        )


def _stored(
    value: str | float | bool | tuple[str, ...] | Moment | Span | None,
    spec: FieldSpec,
    meaning: LanguageContext,
) -> Value:
    """Return a value in the form its field stores.

    Raises:
        InvalidValueError: The field cannot hold it.
    """
    if isinstance(value, Moment):
        return _stored_moment(value, spec, meaning)
    if spec.type is FieldType.SET:
        return tuple(sorted(set(value))) if isinstance(value, tuple) else (str(value),)
    if spec.type is FieldType.EMAIL:
        return str(value).strip().lower()
    if (
        spec.type is FieldType.DATETIME
        and isinstance(value, str)
        and len(value) == len("2026-01-01")
    ):
        return frame_of(meaning).instant(datetime.combine(parse_date(value), time()))
    _check_type(value, spec)
    return None if isinstance(value, Span) else value


def _stored_moment(moment: Moment, spec: FieldSpec, meaning: LanguageContext) -> Value:
    """Return a relative moment as the date or instant it is now.

    Raises:
        InvalidValueError: The field holds no date.
    """
    wall = moment_wall(moment, frame_of(meaning))
    if spec.type is FieldType.DATE:
        return wall.date().isoformat()
    if spec.type is FieldType.DATETIME:
        return frame_of(meaning).instant(wall)
    raise InvalidValueError(f"{spec.id!r} holds no date; nothing was changed")


def _check_type(value: object, spec: FieldSpec) -> None:
    """Return when a value fits its field.

    Raises:
        InvalidValueError: It does not.
    """
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if spec.type in NUMERIC:
        fits = is_number
    elif spec.type is FieldType.BOOLEAN:
        fits = isinstance(value, bool)
    else:
        fits = isinstance(value, str) and bool(value.strip())
    if not fits:
        raise InvalidValueError(
            f"{spec.id!r} cannot be {value!r}: it holds {spec.type.value}; nothing was changed"
        )
    if isinstance(value, (int, float)):
        _check_bounds(value, spec)
