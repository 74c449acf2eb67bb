"""The fields that a question asks of the records found: "when do Acme's contracts end"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge_graph.graph import Seen
from knowledge_graph.language.vocabulary import entity_of
from knowledge_graph.ontology.fields import FieldSpec
from tools.asking import Session
from tools.outcomes import ToolQuestion
from tools.records.field_words import field_named, unknown_field
from tools.writing import Writer, say

MOST_LINES = 5
"""Records whose answers are sentences; more of them are read in the table."""


def asked_fields(words: str, kind: str, session: Session) -> tuple[FieldSpec, ...] | ToolQuestion:
    """Return the fields that words name, or the question which is meant.

    Args:
        words: Names of fields, separated by semicolons or commas.
        kind: The kind of the records.
        session: The session of the call.
    """
    entity, found = entity_of(kind), []
    for part in filter(None, re.split(r"\s*[;；,，、]\s*", words.strip())):
        info = field_named(part, entity, session.language.vocabulary)
        spec = info and session.schema.kind(kind).fields.get(info.id.partition(".")[2])
        if not spec:
            return unknown_field(part, entity, session, slot="fields")
        found.append(spec)
    return tuple(found)


def answers(records: Sequence[Seen], fields: Sequence[FieldSpec], write: Writer) -> str:
    """Return one line for each of a few records: its name and what was asked; empty for many records."""
    if not fields or len(records) > MOST_LINES:
        return ""
    return "\n".join(_line(seen, fields, write) for seen in records)


def _line(seen: Seen, fields: Sequence[FieldSpec], write: Writer) -> str:
    colon, comma = say(write.lang, "：", ": "), say(write.lang, "，", ", ")
    said = comma.join(f"{write.label(spec)}{colon}{_shown(seen, spec, write)}" for spec in fields)
    return f"{seen.record.title} · {said}"


def _shown(seen: Seen, spec: FieldSpec, write: Writer) -> str:
    if spec.name in seen.withheld:
        return "•••"
    value = seen.record.get(spec.name)
    if value in {None, "", ()}:
        return say(write.lang, "没有记录", "not on file")
    return " ".join(write.value(value, spec, seen.record.get("currency")).split())
