"""Intent contracts as JSON, the published form."""

from __future__ import annotations

import json

from knowledge_graph.expression.codec import Json, JsonObject, to_json
from knowledge_graph.language.rules.results import RuleAction, RuleBranch, RuleContract
from knowledge_graph.ontology.intent_contract import ArgValue, Branch, Schedule, Trigger


def contract_json(contract: RuleContract) -> JsonObject:
    """Return a contract in the published form.

    Args:
        contract: Any contract.

    Returns:
        `trigger`, `condition`, `actions`, and `otherwise` and `data_sources` where there are any.
    """
    found: JsonObject = {
        "trigger": _trigger(contract.trigger),
        "condition": None if contract.condition is None else to_json(contract.condition),
        "actions": [_action(action) for action in contract.actions],
    }
    if contract.otherwise:
        found["otherwise"] = [_otherwise(item) for item in contract.otherwise]
    if contract.data_sources:
        found["data_sources"] = list(contract.data_sources)
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


def _action(action: RuleAction) -> JsonObject:
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
        return {"if": to_json(item.when), "then": [_action(action) for action in item.actions]}
    return _action(item)
