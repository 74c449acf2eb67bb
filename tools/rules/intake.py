"""Events from outside: checked, and turned into what the mirror can count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import isfinite

from knowledge_graph.errors import BadInputError
from knowledge_graph.expression.periods import parse_instant
from knowledge_graph.expression.python import Row
from knowledge_graph.graph import Lens
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.ontology.fields import FieldType
from knowledge_graph.ontology.record import Record, Value
from knowledge_graph.ontology.schema import ENTITY_KINDS, TIME_FIELDS, WorkspaceSchema
from knowledge_graph.rule_ports import RuleEvent
from knowledge_graph.rules.facts import WITHHELD, FactValue

MOST_VALUES = 60
_LONGEST = 2000
_AHEAD = timedelta(minutes=10)
"""An event further in the future has a wrong clock, and would hold windows open."""
_KINDS = {"page_view": "usage_event", "api_call": "usage_event"}
_MAKES_RECORD = frozenset({
    "order.created",
    "order.paid",
    "contract.signed",
    "ticket.created",
    "page.viewed",
})
"""Events that stand for a record: it counts in windows before it is imported."""


def check_event(event: RuleEvent, dictionary: Dictionary, now: datetime) -> None:
    """Return when an event can be taken in.

    Args:
        event: As it was sent.
        dictionary: Its events and fields.
        now: The present.

    Raises:
        BadInputError: No such event, no id, a wrong time, too much.
    """
    if not event.id or len(event.id) > 200:
        raise BadInputError("an event needs an id of at most 200 characters")
    if event.kind not in dictionary.events:
        known = ", ".join(sorted(dictionary.events))
        raise BadInputError(f"no event {event.kind[:80]!r}; there are {known}")
    if len(event.values) > MOST_VALUES:
        raise BadInputError(f"an event carries at most {MOST_VALUES} values")
    if parse_instant(event.at) > now + _AHEAD:
        raise BadInputError(f"the event {event.id[:80]!r} lies in the future: {event.at}")
    for name, value in event.values.items():
        _check_value(name, value, dictionary)


def _check_value(name: str, value: Value, dictionary: Dictionary) -> None:
    if not _is_known(name, dictionary):
        raise BadInputError(f"no field {name[:80]!r} in the business dictionary")
    if isinstance(value, str) and len(value) > _LONGEST:
        raise BadInputError(f"the value of {name!r} is too long")
    if isinstance(value, float) and not isfinite(value):
        raise BadInputError(f"the value of {name!r} is no number")


def _is_known(name: str, dictionary: Dictionary) -> bool:
    return name in dictionary.fields or name.endswith(".id")


def event_facts(event: RuleEvent) -> Mapping[str, Value]:
    """Return what an event says, as facts."""
    facts: dict[str, Value] = dict(event.values)
    entity = event.kind.partition(".")[0]
    amount = event.values.get(f"{entity}.amount") or event.values.get(f"{entity}.value")
    if amount is not None:
        facts.setdefault("event.amount", amount)
    elif "event.amount" in event.values:
        facts.setdefault(f"{entity}.amount", event.values["event.amount"])
    return facts


def seen_facts(event: RuleEvent, lens: Lens, schema: WorkspaceSchema) -> dict[str, FactValue]:
    """Return what an event says, as facts that the owner of a rule may see.

    Args:
        event: What happened to whom.
        lens: The owner's.
        schema: The workspace's kinds and fields; what it has no kind for is nobody's record.
    """
    facts: dict[str, FactValue] = {**event_facts(event)}
    by_kind: dict[str, dict[str, str]] = {}
    for key in facts:
        entity, _, name = key.partition(".")
        entity = event.kind.partition(".")[0] if entity == "event" else entity
        kind = ENTITY_KINDS.get(entity, entity)
        if kind in schema.kinds and name in schema.kind(kind).fields:
            by_kind.setdefault(kind, {})[key] = name
    for kind, names in by_kind.items():
        link = {event.subject.kind: event.subject.id} if kind != event.subject.kind else {}
        record_id = event.id if link else event.subject.id
        values = {name: event_facts(event)[key] for key, name in names.items()}
        seen = lens(Record(kind=kind, id=record_id, values={**link, **values}))
        for key, name in names.items():
            if seen is None or name in seen.withheld:
                facts[key] = WITHHELD
    return facts


def event_row(event: RuleEvent, schema: WorkspaceSchema) -> tuple[str, Row] | None:
    """Return the record that an event stands for, as a kind and a row; None if it stands for none.

    Args:
        event: What happened to whom.
        schema: The workspace's kinds and fields.
    """
    if event.kind not in _MAKES_RECORD:
        return None
    entity = {"page": "page_view"}.get(head := event.kind.partition(".")[0], head)
    kind = _KINDS.get(entity, entity)
    specs = schema.kind(kind).fields
    facts = event_facts(event)
    row: dict[str, Value] = {
        name.partition(".")[2]: value
        for name, value in facts.items()
        if name.partition(".")[0] in {entity, kind} and name.partition(".")[2] in specs
    }
    link = next((r for r in schema.kind(kind).references if r.target == event.subject.kind), None)
    if link is None:
        return None
    stamp = TIME_FIELDS[kind]
    instant = specs[stamp].type is FieldType.DATETIME
    row.setdefault(stamp, event.at if instant else event.at[:10])
    row[link.name] = event.subject.id
    row["id"] = str(event.values.get(f"{entity}.id") or f"event:{event.id}")
    return kind, row
