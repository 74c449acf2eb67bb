"""Access and portability: everything about one person as JSON Lines, with the schema, importable again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from knowledge_graph.expression.nodes import Compare, Field, Query
from knowledge_graph.gate import Seen
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.access import Access
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ontology.schema import SUBJECT_KINDS

FORMAT = "guanxi-person/1"
PURPOSE = "rights"
"""What is read to answer a person's own request needs no other ground; only the steward may say so."""
_MOST = 10_000


async def people_named(
    graph: KnowledgeGraph, text: str, access: Access, now: datetime
) -> tuple[RecordRef, ...]:
    """Return the contacts and leads that a text names: `kind:id`, a mail address or a whole name.

    Args:
        graph: The gate.
        text: What a steward typed.
        access: Who asks.
        now: Resolves nothing here; queries need it.
    """
    access = replace(access, purpose=PURPOSE)
    kind, _, record_id = text.partition(":")
    if kind in SUBJECT_KINDS and record_id:
        seen = await graph.get([RecordRef(kind=kind, id=record_id)], access)
        return tuple(s.record.ref for s in seen)
    field, value = ("email", text.strip().lower()) if "@" in text else ("name", text.strip())
    found: list[RecordRef] = []
    for name in sorted(SUBJECT_KINDS):
        condition = Compare(op="eq", term=Field(id=f"{name}.{field}"), value=value)
        page = await graph.find(
            Query(entity=name, condition=condition), access, now=now, limit=_MOST
        )
        found += [s.record.ref for s in page.records]
    return tuple(found)


async def person_export(graph: KnowledgeGraph, refs: Sequence[RecordRef], access: Access) -> str:
    """Return all data about a person as JSON: records, what refers to them, their history, the schema.

    Args:
        graph: The gate: what the actor may not see is named as withheld, never given.
        refs: The records that are the person.
        access: Who asks.
    """
    access = replace(access, purpose=PURPOSE)
    schema = await graph.schema()
    edges = await graph.references_to(refs, access)
    sources = tuple(dict.fromkeys(e.source for e in edges))
    seen = await graph.get((*refs, *sources), access)
    history = [entry for ref in refs for entry in await graph.history(access, ref=ref, limit=_MOST)]
    kinds = {s.record.kind for s in seen}
    found = {
        "format": FORMAT,
        "exported_at": access.at,
        "records": [_record(s) for s in seen],
        "history": [
            {
                "at": entry.at,
                "actor": entry.actor,
                "changes": [
                    {"record": str(c.ref), "action": c.action.value, "before": dict(c.before),
                     "after": dict(c.after)}
                    for c in entry.changes
                    if c.ref in refs
                ],
            }
            for entry in history
        ],
        "schema": {
            kind: {
                spec.name: {"type": spec.type.value, "tier": spec.tier.value if spec.tier else None}
                for spec in schema.kind(kind).fields.values()
            }
            for kind in sorted(kinds)
        },
    }  # fmt: skip
    return json.dumps(found, ensure_ascii=False, indent=1)


def _record(seen: Seen) -> dict[str, object]:
    record = seen.record
    return {
        "kind": record.kind,
        "id": record.id,
        "source_keys": list(record.source_keys),
        "values": dict(record.values),
        "origins": {
            name: {"system": o.system, "place": o.place, "observed_at": o.observed_at}
            for name, o in record.origins.items()
        },
        "withheld": {name: w.reason for name, w in seen.withheld.items()},
    }
