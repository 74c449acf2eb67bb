"""Contracts as JSON, the published form (docs/bic.schema.json); `canonical(to_json(rule))` is one text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import cast, get_args

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.expression.codec import from_json as condition_from_json
from knowledge_graph.expression.codec import to_json as condition_json
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
from knowledge_graph.expression.nodes import And, AtLeast, Condition, HeldFor, Not, Or
from knowledge_graph.language.results import Lang
from knowledge_graph.language.rules.codec import contract_from_json, contract_json, delay_from_json
from knowledge_graph.language.rules.results import RuleIntent
from knowledge_graph.rules.contract import (
    Example,
    Governance,
    Lineage,
    Needs,
    OnExit,
    RuleContract,
    Scope,
    Source,
    Status,
    Validity,
)
from knowledge_graph.rules.facts import FactValue, fact_json, fact_value
from knowledge_graph.rules.meaning import content_hash

FORM = "1.0"
"""The version of the published form."""


def to_json(rule: RuleContract) -> JsonObject:
    """Return a contract in the published form; what is empty is left out.

    Args:
        rule: Any contract.

    Returns:
        A JSON object that `from_json` reads back to an equal contract.
    """
    found: JsonObject = {
        "bic": FORM,
        "id": rule.id,
        "version": rule.version,
        "status": rule.status,
        "content_hash": content_hash(rule),
        "source": {
            "text": rule.source.text,
            "lang": rule.source.lang,
            "readback": rule.source.readback,
        },
        "author": rule.author,
        "scope": _scope_json(rule.scope),
        **contract_json(rule.contract),
        "needs": {
            "purposes": list(rule.needs.purposes),
            "permissions": list(rule.needs.permissions),
            "approvers": list(rule.needs.approvers),
        },
        "governance": {"class": rule.governance},
        "dictionary_version": rule.dictionary_version,
        "validity": {
            "from": None if rule.validity.start is None else rule.validity.start.isoformat(),
            "to": None if rule.validity.end is None else rule.validity.end.isoformat(),
        },
    }
    found.update(_optional_json(rule))
    return found


def _optional_json(rule: RuleContract) -> JsonObject:
    spans = [None if s is None else list(s) for s in _spans(rule.contract.condition)]
    optional: JsonObject = {
        "supersedes": rule.supersedes,
        "owner_role": rule.owner_role,
        "confirmed_by": rule.confirmed_by,
        "confirmed_at": rule.confirmed_at,
        "budget": None if rule.budget is None else {"max_actions_per_day": rule.budget},
        "cooldown": None
        if rule.cooldown is None
        else {"n": rule.cooldown.n, "unit": rule.cooldown.unit},
        "on_exit": rule.on_exit,
        "spans": spans if any(spans) else None,
        "examples": [{"facts": fact_json(e.facts), "fires": e.fires} for e in rule.examples]
        or None,
        "lineage": _lineage_json(rule.lineage) or None,
    }
    return {name: value for name, value in optional.items() if value is not None}


def _lineage_json(lineage: Lineage) -> JsonObject:
    found: JsonObject = {"from": lineage.parent, "imported": lineage.imported}
    return {name: value for name, value in found.items() if value is not None}


def _scope_json(scope: Scope) -> JsonObject:
    return {
        "entity": scope.entity,
        "filter": None if scope.filter is None else condition_json(scope.filter),
        "org": scope.org,
    }


def from_json(value: Json) -> RuleContract:
    """Return the contract that JSON in the published form stands for.

    Args:
        value: A JSON object.

    Returns:
        The contract.

    Raises:
        InvalidValueError: It is not in the published form, or its hash is not that of its meaning.
    """
    found = as_object(value)
    one_of(part(found, "bic"), frozenset({FORM}))
    source, needs = as_object(found.get("source", {})), as_object(found.get("needs", {}))
    supersedes, budget = found.get("supersedes"), found.get("budget")
    cooldown, on_exit = found.get("cooldown"), found.get("on_exit")
    governance = as_object(found.get("governance", {}))
    rule = RuleContract(
        id=as_text(part(found, "id")),
        version=as_whole(part(found, "version")),
        supersedes=None if supersedes is None else as_whole(supersedes),
        status=cast(Status, one_of(part(found, "status"), _STATUSES)),
        contract=_with_spans(contract_from_json(found), found.get("spans")),
        source=Source(
            text=as_text(source.get("text", "")),
            lang=cast(Lang, one_of(source.get("lang", "zh"), _LANGS)),
            readback=as_text(source.get("readback", "")),
        ),
        author=as_text(found.get("author", "")),
        owner_role=_text_or_none(found, "owner_role"),
        confirmed_by=_text_or_none(found, "confirmed_by"),
        confirmed_at=_text_or_none(found, "confirmed_at"),
        scope=_scope_from(found.get("scope", {})),
        needs=Needs(**{name: _texts(needs.get(name, [])) for name in _NEEDS}),
        governance=cast(Governance, one_of(governance.get("class", "internal"), _CLASSES)),
        dictionary_version=as_whole(found.get("dictionary_version", 1)),
        lineage=_lineage_from(found.get("lineage", {})),
        examples=tuple(_example_from(item) for item in as_list(found.get("examples", []))),
        validity=_validity_from(found.get("validity", {})),
        budget=None if budget is None else as_whole(part(as_object(budget), "max_actions_per_day")),
        cooldown=None if cooldown is None else delay_from_json(cooldown),
        on_exit=None if on_exit is None else cast(OnExit, one_of(on_exit, _EXITS)),
    )
    if "content_hash" in found and found["content_hash"] != content_hash(rule):
        raise InvalidValueError(f"the content hash of {rule.ref!r} is not that of its meaning")
    return rule


_STATUSES = frozenset(get_args(Status))
_LANGS = frozenset(get_args(Lang))
_CLASSES = frozenset(get_args(Governance))
_EXITS = frozenset(get_args(OnExit))
_NEEDS = ("purposes", "permissions", "approvers")


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(as_text(item) for item in as_list(value))


def _text_or_none(found: JsonObject, name: str) -> str | None:
    value = found.get(name)
    return None if value is None else as_text(value)


def _scope_from(value: Json) -> Scope:
    found = as_object(value)
    condition = found.get("filter")
    return Scope(
        entity=as_text(found.get("entity", "customer")),
        filter=None if condition is None else condition_from_json(condition),
        org=_text_or_none(found, "org"),
    )


def _lineage_from(value: Json) -> Lineage:
    found = as_object(value)
    return Lineage(parent=_text_or_none(found, "from"), imported=_text_or_none(found, "imported"))


def _example_from(value: Json) -> Example:
    found = as_object(value)
    facts: dict[str, FactValue] = {
        key: fact_value(fact) for key, fact in as_object(part(found, "facts")).items()
    }
    return Example(facts=facts, fires=part(found, "fires") is True)


def _validity_from(value: Json) -> Validity:
    found = as_object(value)
    try:
        days = [
            None if (text := _text_or_none(found, name)) is None else date.fromisoformat(text)
            for name in ("from", "to")
        ]
    except ValueError as error:
        raise InvalidValueError(f"no validity {found!r}; give dates as YYYY-MM-DD") from error
    return Validity(start=days[0], end=days[1])


# -- spans: where in the sentence each leaf of the condition was said


def _leaves(node: Condition | None) -> Iterator[Condition]:
    match node:
        case None:
            return
        case And() | Or() | AtLeast():
            for arg in node.args:
                yield from _leaves(arg)
        case Not() | HeldFor():
            yield from _leaves(node.arg)
        case _:
            yield node


def _spans(node: Condition | None) -> list[tuple[int, int] | None]:
    return [getattr(leaf, "span", None) for leaf in _leaves(node)]


def _with_spans(intent: RuleIntent, value: Json) -> RuleIntent:
    if value is None or intent.condition is None:
        return intent
    spans = [
        None if item is None else tuple(as_whole(n) for n in as_list(item))
        for item in as_list(value)
    ]
    if len(spans) != len(list(_leaves(intent.condition))):
        raise InvalidValueError("the spans do not fit the condition")
    rest = iter(spans)

    def spanned(node: Condition) -> Condition:
        match node:
            case And() | Or() | AtLeast():
                return replace(node, args=tuple(spanned(a) for a in node.args))
            case Not() | HeldFor():
                return replace(node, arg=spanned(node.arg))
            case _:
                span = next(rest)
                return replace(node, span=None if span is None else (span[0], span[-1]))

    return replace(intent, condition=spanned(intent.condition))
