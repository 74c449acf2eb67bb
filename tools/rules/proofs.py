"""What a firing keeps of the facts that it read: nobody may learn from it what he may not see."""

from __future__ import annotations

import json
from collections.abc import Callable

from knowledge_graph.ontology.schema import ENTITY_KINDS, WorkspaceSchema


def without_facts(proof: str, hidden: Callable[[str], bool]) -> str:
    """Return a proof without the values of some facts; that they were read stays.

    Args:
        proof: Of a firing, as JSON.
        hidden: Tells by a fact's key whether its value is left out.

    >>> without_facts('{"facts": {"a.b": 1, "c.d": 2}}', lambda key: key == "a.b")
    '{"facts": {"a.b": "***", "c.d": 2}}'
    """
    found = json.loads(proof)
    facts = {k: "***" if hidden(k) else v for k, v in found.get("facts", {}).items()}
    return json.dumps({**found, "facts": facts}, ensure_ascii=False)


def is_personal(key: str, schema: WorkspaceSchema) -> bool:
    """Return whether a fact says something of a person: it is kept where only its own gate shows it.

    Args:
        key: Of a field (`entity.name`) or of an aggregate (JSON).
        schema: The workspace's kinds and fields.
    """
    if key.startswith("{"):
        term = json.loads(key)
        field = str(term.get("field") or "")
        entity = field.partition(".")[0] or str(term.get("over"))
        return _has_tier(entity, field.partition(".")[2], schema)
    entity, _, name = key.partition(".")
    return _has_tier(entity, name, schema)


def _has_tier(entity: str, name: str, schema: WorkspaceSchema) -> bool:
    kind = ENTITY_KINDS.get(entity, entity)
    if kind not in schema.kinds:
        return False
    tiers = schema.kind(kind).tiers
    return name in tiers if name else bool(tiers)
