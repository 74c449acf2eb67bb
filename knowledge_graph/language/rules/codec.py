"""Intent contracts as JSON, the published form."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from typing import get_args

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.expression.codec import from_json, to_json
from knowledge_graph.expression.json_parts import (
    Json,
    JsonObject,
    as_list,
    as_object,
    as_text,
    as_whole,
    one_of,
    part,
)
from knowledge_graph.language.rules.results import (
    RuleAction,
    RuleBranch,
    RuleIntent,
    all_actions,
)
from knowledge_graph.ontology.intent_contract import (
    Action,
    ArgValue,
    Branch,
    Delay,
    IntentContract,
    Schedule,
    Trigger,
    TriggerKind,
)

_KINDS = frozenset(get_args(TriggerKind))


def contract_json(contract: RuleIntent) -> JsonObject:
    """Return a contract in the published form.

    Args:
        contract: Any contract.

    Returns:
        `trigger`, `condition`, `actions`, and `otherwise`, `data_sources` and `notes` where there are
        any; a note stands with the number of its action, those of the other branches counted on.
    """
    found: JsonObject = {
        "trigger": _trigger(contract.trigger),
        "condition": None if contract.condition is None else to_json(contract.condition),
        "actions": [action_json(action) for action in contract.actions],
    }
    if contract.otherwise:
        found["otherwise"] = [_otherwise(item) for item in contract.otherwise]
    if contract.data_sources:
        found["data_sources"] = list(contract.data_sources)
    noted = [(n, a.note) for n, a in enumerate(all_actions(contract)) if a.note is not None]
    if noted:
        found["notes"] = [{"action": n, "text": note} for n, note in noted]
    return found


def _trigger(trigger: Trigger) -> JsonObject:
    found: JsonObject = {"kind": trigger.kind}
    if trigger.event is not None:
        found["event"] = trigger.event
    if trigger.schedule is not None:
        found["schedule"] = schedule_json(trigger.schedule)
    return found


def schedule_json(schedule: Schedule) -> JsonObject:
    """Return a recurrence in the published form; what is not restricted is left out."""
    found: JsonObject = {"freq": schedule.freq}
    if schedule.interval != 1:
        found["interval"] = schedule.interval
    for name in ("byday", "bymonthday", "bymonth"):
        if values := getattr(schedule, name):
            found[name] = list(values)
    if schedule.time is not None:
        found["time"] = schedule.time
    found["tz"] = schedule.tz
    return found


def action_json(action: RuleAction) -> JsonObject:
    """Return an action in the published form."""
    found: JsonObject = {
        "action": action.action,
        "args": {slot: _value(value) for slot, value in action.args.items()},
    }
    if action.schedule is not None:
        found["schedule"] = schedule_json(action.schedule)
    if action.delay is not None:
        found["delay"] = {"n": action.delay.n, "unit": action.delay.unit}
    if action.when is not None:
        found["if"] = to_json(action.when)
    return found


def _value(value: ArgValue) -> Json:
    if isinstance(value, str) and value.startswith("{"):
        try:
            term: Json = json.loads(
                value
            )  # a term of the expression, e.g. what a rebate is a share of
        except json.JSONDecodeError:
            return value
        return term
    return value


def _otherwise(item: RuleAction | RuleBranch) -> JsonObject:
    if isinstance(item, Branch):
        return {"if": to_json(item.when), "then": [action_json(action) for action in item.actions]}
    return action_json(item)


# -- from JSON


def contract_from_json(value: Json) -> RuleIntent:
    """Return the contract that JSON in the published form stands for.

    Args:
        value: A JSON object; members that are not part of the meaning are passed over.

    Returns:
        The contract.

    Raises:
        InvalidValueError: It is not in the published form.
    """
    found = as_object(value)
    condition = found.get("condition")
    said = [as_object(note) for note in as_list(found.get("notes", []))]
    notes = {as_whole(part(note, "action")): as_text(part(note, "text")) for note in said}
    count = itertools.count()

    def read(item: Json) -> RuleAction:
        return replace(_action_from(item), note=notes.get(next(count)))

    return IntentContract(
        trigger=_trigger_from(part(found, "trigger")),
        condition=None if condition is None else from_json(condition),
        actions=tuple(read(item) for item in as_list(part(found, "actions"))),
        otherwise=tuple(
            _otherwise_from(item, read) for item in as_list(found.get("otherwise", []))
        ),
        data_sources=tuple(as_text(item) for item in as_list(found.get("data_sources", []))),
    )


def _trigger_from(value: Json) -> Trigger:
    found = as_object(value)
    event, schedule = found.get("event"), found.get("schedule")
    kind: TriggerKind = one_of(part(found, "kind"), _KINDS)  # type: ignore[assignment]  # just checked
    if (kind == "event") is (event is None) or (kind == "schedule") is (schedule is None):
        raise InvalidValueError(f"a trigger of kind {kind!r} does not fit {found!r}")
    return Trigger(
        kind=kind,
        event=None if event is None else as_text(event),
        schedule=None if schedule is None else schedule_from_json(schedule),
    )


def schedule_from_json(value: Json) -> Schedule:
    """Return the recurrence that JSON in the published form stands for.

    Raises:
        InvalidValueError: It is not in the published form.
    """
    found = as_object(value)
    time = found.get("time")
    return Schedule(
        freq=as_text(part(found, "freq")),
        interval=as_whole(found.get("interval", 1)),
        byday=tuple(as_text(d) for d in as_list(found.get("byday", []))),
        bymonthday=tuple(as_whole(d) for d in as_list(found.get("bymonthday", []))),
        bymonth=tuple(as_whole(m) for m in as_list(found.get("bymonth", []))),
        time=None if time is None else as_text(time),
        tz=as_text(found.get("tz", "Asia/Shanghai")),
    )


def delay_from_json(value: Json) -> Delay:
    """Return the duration that JSON in the published form stands for.

    Raises:
        InvalidValueError: It is not in the published form.
    """
    found = as_object(value)
    return Delay(n=as_whole(part(found, "n")), unit=as_text(part(found, "unit")))


def _action_from(value: Json) -> RuleAction:
    found = as_object(value)
    schedule, delay, when = found.get("schedule"), found.get("delay"), found.get("if")
    args = as_object(found.get("args", {}))
    return Action(
        action=as_text(part(found, "action")),
        args={slot: _arg_from(arg) for slot, arg in args.items()},
        schedule=None if schedule is None else schedule_from_json(schedule),
        delay=None if delay is None else delay_from_json(delay),
        when=None if when is None else from_json(when),
    )


def _arg_from(value: Json) -> ArgValue:
    if isinstance(value, str | int | float):
        return value
    return json.dumps(as_object(value), sort_keys=True, ensure_ascii=False)


def _otherwise_from(value: Json, read: Callable[[Json], RuleAction]) -> RuleAction | RuleBranch:
    found = as_object(value)
    if "then" not in found:
        return read(found)
    actions = tuple(read(item) for item in as_list(part(found, "then")))
    return Branch(when=from_json(part(found, "if")), actions=actions)
