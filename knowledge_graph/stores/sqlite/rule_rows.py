"""Running rules as rows and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row as SqlRow

from knowledge_graph.ontology.record import RecordRef, Value
from knowledge_graph.rule_ports import Effect, FiringEntry, RuleEvent, RuleMessage, Standing

Cells = dict[str, str | int]
Row = SqlRow[Any]


def ref_of(text: str) -> RecordRef:
    """Return the reference that `kind:id` names."""
    kind, _, key = text.partition(":")
    return RecordRef(kind=kind, id=key)


def event_cells(event: RuleEvent) -> Cells:
    """Return an event as a row."""
    body = {
        "kind": event.kind,
        "subject": str(event.subject),
        "values": dict(event.values),
        "source": event.source,
    }
    return {"id": event.id, "at": event.at, "body": json.dumps(body, ensure_ascii=False)}


def event_of(row: Row) -> RuleEvent:
    """Return the event of a row."""
    body = json.loads(row.body)
    return RuleEvent(
        id=row.id,
        kind=body["kind"],
        subject=ref_of(body["subject"]),
        at=row.at,
        values={name: _value(value) for name, value in body["values"].items()},
        source=body["source"],
    )


def _value(value: object) -> Value:
    if isinstance(value, list):
        return tuple(str(v) for v in value)
    return value if isinstance(value, str | int | float | bool) else None


def standing_cells(standing: Standing) -> Cells:
    """Return a standing as a row."""
    return {
        "contract": standing.contract,
        "subject": str(standing.subject),
        "inside": int(standing.inside),
        "entries": standing.entries,
        "since": standing.since,
        "fired_at": standing.fired_at,
    }


def standing_of(row: Row) -> Standing:
    """Return the standing of a row."""
    return Standing(
        contract=row.contract,
        subject=ref_of(row.subject),
        inside=bool(row.inside),
        entries=row.entries,
        since=row.since,
        fired_at=row.fired_at,
    )


def firing_cells(firing: FiringEntry) -> Cells:
    """Return a firing as a row."""
    return {
        "id": firing.id,
        "contract": firing.contract,
        "subject": str(firing.subject),
        "at": firing.at,
        "received_at": firing.received_at,
        "cause": firing.cause,
        "proof": firing.proof,
    }


def firing_of(row: Row) -> FiringEntry:
    """Return the firing of a row."""
    return FiringEntry(
        id=row.id,
        contract=row.contract,
        subject=ref_of(row.subject),
        at=row.at,
        received_at=row.received_at,
        cause=row.cause,
        proof=row.proof,
    )


def effect_cells(effect: Effect) -> Cells:
    """Return an effect as a row."""
    return {
        "key": effect.key,
        "contract": effect.contract,
        "firing": effect.firing,
        "action": effect.action,
        "args": json.dumps(dict(effect.args), ensure_ascii=False),
        "subject": str(effect.subject),
        "due_at": effect.due_at,
        "state": effect.state,
        "note": effect.note,
        "change_id": effect.change_id,
        "attempts": effect.attempts,
    }


def effect_of(row: Row) -> Effect:
    """Return the effect of a row."""
    args: Mapping[str, str | int | float] = json.loads(row.args)
    return Effect(
        key=row.key,
        contract=row.contract,
        firing=row.firing,
        action=row.action,
        args=args,
        subject=ref_of(row.subject),
        due_at=row.due_at,
        state=row.state,
        note=row.note,
        change_id=row.change_id,
        attempts=row.attempts,
    )


def message_cells(message: RuleMessage) -> Cells:
    """Return a message as a row."""
    body = {
        "at": message.at,
        "title": message.title,
        "text": message.text,
        "subject": str(message.subject),
        "contract": message.contract,
        "kind": message.kind,
    }
    return {"key": message.key, "to": message.to, "body": json.dumps(body, ensure_ascii=False)}


def message_of(row: Row) -> RuleMessage:
    """Return the message of a row."""
    body = json.loads(row.body)
    return RuleMessage(
        key=row.key,
        to=row.to,
        at=body["at"],
        title=body["title"],
        text=body["text"],
        subject=ref_of(body["subject"]),
        contract=body["contract"],
        kind=body["kind"],
    )
