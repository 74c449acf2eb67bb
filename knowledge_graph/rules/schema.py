"""The JSON Schema of contracts, docs/bic.schema.json: `python -m knowledge_graph.rules.schema` prints it.

Built from the same literals as the code, so that it cannot list another status, unit or operator.
"""

from __future__ import annotations

import json
import sys
from typing import get_args

from knowledge_graph.expression import nodes as e
from knowledge_graph.expression.json_parts import Json, JsonObject
from knowledge_graph.language.results import Lang
from knowledge_graph.ontology.intent_contract import TriggerKind
from knowledge_graph.rules.codec import FORM
from knowledge_graph.rules.contract import Governance, OnExit, Status

_TEXT: JsonObject = {"type": "string"}
_WHOLE: JsonObject = {"type": "integer"}
_COUNT: JsonObject = {"type": "integer", "minimum": 1}
_DATE: JsonObject = {"type": ["string", "null"], "pattern": "^\\d{4}-\\d{2}-\\d{2}$"}


def bic_schema() -> JsonObject:
    """Return the schema (JSON Schema 2020-12) of a contract in the published form."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Business intent contract",
        **_object(_contract(), required=("bic", "id", "version", "status", "trigger", "actions")),
        "$defs": {**_conditions(), **_meaning()},
    }


def _contract() -> JsonObject:
    texts = _list(_TEXT)
    return {
        "bic": {"const": FORM},
        "id": {"type": "string", "minLength": 1},
        "version": _COUNT,
        "supersedes": _COUNT,
        "status": _enum(Status),
        "content_hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "source": _object({"text": _TEXT, "lang": _enum(Lang), "readback": _TEXT}),
        "author": _TEXT,
        "owner_role": _TEXT,
        "confirmed_by": _TEXT,
        "confirmed_at": _TEXT,
        "scope": _object({
            "entity": _TEXT,
            "filter": _or_null(_ref("condition")),
            "org": {"type": ["string", "null"]},
        }),
        "trigger": _ref("trigger"),
        "condition": _or_null(_ref("condition")),
        "spans": _list(_or_null(_list(_WHOLE, exactly=2))),
        "actions": _list(_ref("action")),
        "otherwise": _list({"anyOf": [_ref("action"), _ref("branch")]}),
        "data_sources": texts,
        "notes": _list(_object({"action": _WHOLE, "text": _TEXT}, required=("action", "text"))),
        "needs": _object({"purposes": texts, "permissions": texts, "approvers": texts}),
        "governance": _object({"class": _enum(Governance)}),
        "dictionary_version": _WHOLE,
        "lineage": _object({"from": _TEXT, "imported": _TEXT}),
        "examples": _list(
            _object(
                {"facts": {"type": "object"}, "fires": {"type": "boolean"}},
                required=("facts", "fires"),
            )
        ),
        "validity": _object({"from": _DATE, "to": _DATE}),
        "budget": _object({"max_actions_per_day": _WHOLE}, required=("max_actions_per_day",)),
        "cooldown": _ref("duration"),
        "on_exit": _enum(OnExit),
    }


def _meaning() -> JsonObject:
    action: JsonObject = {
        "action": _TEXT,
        "args": {"type": "object"},
        "schedule": _ref("schedule"),
        "delay": _ref("duration"),
        "if": _ref("condition"),
    }
    numbers = _list(_WHOLE)
    schedule: JsonObject = {
        "freq": _TEXT,
        "interval": _COUNT,
        "byday": _list(_TEXT),
        "bymonthday": numbers,
        "bymonth": numbers,
        "time": {"type": "string", "pattern": "^\\d{2}:\\d{2}$"},
        "tz": _TEXT,
    }
    trigger: JsonObject = {
        "kind": _enum(TriggerKind),
        "event": _TEXT,
        "schedule": _ref("schedule"),
    }
    branch: JsonObject = {"if": _ref("condition"), "then": _list(_ref("action"))}
    return {
        "trigger": _object(trigger, required=("kind",)),
        "action": _object(action, required=("action",)),
        "branch": _object(branch, required=("if", "then")),
        "schedule": _object(schedule, required=("freq",)),
        "duration": _object({"n": _WHOLE, "unit": _enum(e.Unit)}, required=("n", "unit")),
    }


def _conditions() -> JsonObject:
    conditions, term = _list(_ref("condition")), _ref("term")
    value: JsonObject = {"type": ["string", "number", "boolean", "object"]}
    forms = [
        _node(("and", "or", "not"), args=conditions),
        _node(("at_least",), n=_COUNT, args=conditions),
        _node(("held_for",), n=_COUNT, unit=_enum(e.Unit), args=conditions),
        _node(get_args(e.Op), term=term, value=value),
        _node(("in",), term=term, values=_list(_TEXT)),
        _node(("has", "contains", "starts", "ends"), term=term, value=_TEXT),
        _node(("during",), term=term, window=_ref("window")),
        _node(("known",), term=term),
    ]
    aggregate: JsonObject = {
        "agg": _enum(e.Agg),
        "over": _TEXT,
        "field": _TEXT,
        "window": _ref("window"),
        "where": _ref("condition"),
        "change": {"const": "pct_prev"},
    }
    unit: JsonObject = _enum(e.Unit)
    ends: JsonObject = {"type": ["string", "null"]}
    windows: list[JsonObject] = [
        {"kind": {"const": "rolling"}, "n": _WHOLE, "unit": unit},
        {"kind": {"const": "calendar"}, "unit": unit, "offset": _WHOLE},
        {"kind": {"const": "between"}, "start": ends, "end": ends},
    ]
    return {
        "condition": {"oneOf": forms},
        "term": {"anyOf": [_TEXT, _object(aggregate, required=("agg", "over"))]},
        "window": {"oneOf": [_object(w, required=("kind",)) for w in windows]},
    }


def _node(ops: tuple[str, ...], **parts: Json) -> JsonObject:
    return _object({"op": {"enum": list(ops)}, **parts}, required=("op", *parts))


def _object(properties: JsonObject, *, required: tuple[str, ...] = ()) -> JsonObject:
    found: JsonObject = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**found, "required": list(required)} if required else found


def _list(items: Json, *, exactly: int | None = None) -> JsonObject:
    found: JsonObject = {"type": "array", "items": items}
    return found if exactly is None else {**found, "minItems": exactly, "maxItems": exactly}


def _enum(literal: object) -> JsonObject:
    return {"enum": list(get_args(literal))}


def _ref(name: str) -> JsonObject:
    return {"$ref": f"#/$defs/{name}"}


def _or_null(schema: Json) -> JsonObject:
    return {"anyOf": [schema, {"type": "null"}]}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(bic_schema(), indent=1, ensure_ascii=False) + "\n")
