"""Numbers over records: what a measure reads, derived fields included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.expression import plan as p
from knowledge_graph.expression.comparison import stored
from knowledge_graph.expression.nodes import Agg, Measure
from knowledge_graph.expression.periods import TimeFrame, parse_date, parse_instant
from knowledge_graph.expression.python import Facts, Getter, Row, aggregate, getter
from knowledge_graph.expression.resolve import Resolver
from knowledge_graph.ontology.fields import NUMERIC, Derivation, FieldSpec
from knowledge_graph.ontology.record import Value


def measured(measure: Measure, resolver: Resolver) -> p.Read | None:
    """Return what a measure reads, None for a count of records.

    Args:
        measure: The measure; its field is `entity.name` or a name of the queried kind.
        resolver: For the queried kind.

    Returns:
        The field; it may be a derived one.

    Raises:
        InvalidValueError: The number needs a numeric field.
    """
    if measure.field is None:
        if measure.agg != "count":
            raise InvalidValueError(f"{measure.agg} needs a field")
        return None
    term = measure.field if "." in measure.field else f"{resolver.kind}.{measure.field}"
    read = resolver.field(term)
    if measure.agg != "count" and read.spec.type not in NUMERIC:
        raise InvalidValueError(f"{read.spec.id!r} holds no numbers; {measure.agg} needs some")
    return read


def derived_number(spec: FieldSpec, base: Value, frame: TimeFrame) -> int | float | None:
    """Return a derived number from the date it follows from.

    Args:
        spec: The derived field.
        base: An ISO date or instant.
        frame: What now and here are.

    Returns:
        Days (whole) or hours; None when the date is unknown.

    >>> from datetime import UTC
    >>> from knowledge_graph.ontology.fields import FieldType
    >>> spec = FieldSpec(kind="x", name="d", type=FieldType.DAYS, derivation=Derivation.DAYS_SINCE)
    >>> derived_number(spec, "2026-11-20", TimeFrame(now=datetime(2026, 11, 23, tzinfo=UTC)))
    3
    """
    if not isinstance(base, str) or not base:
        return None
    if spec.derivation is Derivation.HOURS_SINCE:
        then = parse_instant(base if "T" in base else frame.instant(
            datetime.combine(parse_date(base), time())
        ))  # fmt: skip
        return (frame.now.replace(microsecond=0) - then).total_seconds() / 3600
    day = frame.wall(base).date() if "T" in base else parse_date(base)
    days = (frame.today - day).days
    if spec.derivation is Derivation.DAYS_UNTIL:
        return -days
    return days + 1 if spec.derivation is Derivation.DAY_NUMBER else days


def measure_rows(
    measure: Measure, rows: Sequence[Row], resolver: Resolver, facts: Facts
) -> int | float | None:
    """Return a number over rows; derived fields are computed against the clock."""
    read = measured(measure, resolver)
    if read is None:
        return len(rows)
    if read.spec.derivation is None:
        return aggregate(measure.agg, rows, getter(read, facts))
    base, spec = getter(stored(read), facts), read.spec

    def derived(row: Row) -> Value:
        return derived_number(spec, base(row), resolver.frame)

    of: Getter = derived
    return aggregate(measure.agg, rows, of)


def weighted(agg: Agg, numbers: Mapping[int | float | None, int]) -> int | float | None:
    """Return a number over values that come with how often they occur.

    >>> weighted("avg", {2: 3, 6: 1})
    3.0
    """
    known = {value: times for value, times in numbers.items() if value is not None}
    count = sum(known.values())
    total = sum(value * times for value, times in known.items())
    if agg in {"count", "sum"}:
        return count if agg == "count" else total
    if not known:
        return None
    if agg == "avg":
        return total / count
    return max(known) if agg == "max" else min(known)
