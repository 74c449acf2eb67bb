"""Reads records for HTTP through the gate, by the same sentences as the chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from channels.web.parts import RecordOut, RecordsOut
from channels.wire import OptionOut, QuestionOut
from knowledge_graph.errors import NotFoundError
from knowledge_graph.expression.nodes import Query
from knowledge_graph.graph import KnowledgeGraph, Seen
from knowledge_graph.language.results import Ask, LanguageContext
from knowledge_graph.language.vocabulary import entity_of
from knowledge_graph.ontology.access import Access
from knowledge_graph.ontology.record import RecordRef
from tools.vocabulary import LiveVocabulary


@dataclass(frozen=True, kw_only=True)
class GraphRecords:
    """See `channels.web.parts.Records`."""

    graph: KnowledgeGraph
    language: LiveVocabulary
    timezone: str
    currency: str

    async def find(self, kind: str, where: str, *, limit: int, access: Access) -> RecordsOut:
        """Return the records of a kind that a sentence selects, or the question back."""
        entity = entity_of((await self.graph.schema()).kind(kind).name)
        now = datetime.fromisoformat(access.at)
        query, readback = Query(entity=entity), ""
        if where.strip():
            context = LanguageContext(now=now, timezone=self.timezone, currency=self.currency)
            language = await self.language.current(actor=access.actor, access=access)
            meant = language.query(where, entity=entity, context=context)
            if isinstance(meant, Ask):
                return _asked(meant)
            query, readback = meant.value, meant.readback
        page = await self.graph.find(query, access, now=now, limit=limit)
        return RecordsOut(
            records=tuple(_shown(seen) for seen in page.records),
            total=page.total,
            readback=readback,
            question=None,
        )

    async def show(self, kind: str, record_id: str, *, access: Access) -> RecordOut:
        """Return one record.

        Raises:
            NotFoundError: There is none that the actor may see.
        """
        ref = RecordRef(kind=(await self.graph.schema()).kind(kind).name, id=record_id)
        found = await self.graph.get([ref], access)
        if not found:
            raise NotFoundError(f"no record {ref}")
        return _shown(found[0])


def _asked(ask: Ask) -> RecordsOut:
    options = tuple(OptionOut(label=c.label, reply=c.text) for c in ask.choices)
    return RecordsOut(
        records=(), total=0, readback="", question=QuestionOut(text=ask.text, options=options)
    )


def _shown(seen: Seen) -> RecordOut:
    return RecordOut(
        kind=seen.record.kind,
        id=seen.record.id,
        title=seen.record.title,
        values=dict(seen.record.values),
        withheld={name: withheld.reason for name, withheld in seen.withheld.items()},
        updated_at=seen.record.updated_at,
    )
