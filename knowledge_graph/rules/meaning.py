"""What a rule means, apart from its words, its author and its life."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from knowledge_graph.expression.codec import to_json as condition_json
from knowledge_graph.expression.json_parts import Json, JsonObject, canonical
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.language.rules.codec import contract_json
from knowledge_graph.rules.contract import RuleContract


def content_hash(rule: RuleContract) -> str:
    """Return the SHA-256 of a rule's meaning: condition, trigger, actions, scope and validity.

    The order of clauses and actions, spans, words, authors and state play no part.

    Args:
        rule: Any contract.

    Returns:
        64 hexadecimal digits.
    """
    condition = rule.condition
    meaning: JsonObject = {
        **contract_json(replace(rule.contract, condition=None)),
        "condition": None if condition is None else condition_json(simplified(condition)),
        "entity": rule.scope.entity,
        "org": rule.scope.org,
        "from": None if rule.validity.start is None else rule.validity.start.isoformat(),
        "to": None if rule.validity.end is None else rule.validity.end.isoformat(),
    }
    return hashlib.sha256(canonical(_ordered(meaning)).encode()).hexdigest()


def _ordered(value: Json) -> Json:
    """Return JSON with its lists sorted, but for else-branches, and whole floats as whole numbers."""
    if isinstance(value, dict):
        return {
            name: [_ordered(item) for item in member]
            if name == "otherwise" and isinstance(member, list)
            else _ordered(member)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return sorted((_ordered(item) for item in value), key=canonical)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
