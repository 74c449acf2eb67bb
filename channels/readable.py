"""Writes proposed changes as people read them: labels, names behind references, amounts with currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from channels.inbound import stamp
from channels.ports import FieldWords
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.access import Access, Actor
from knowledge_graph.ontology.change import RecordChange
from knowledge_graph.ontology.fields import FieldSpec
from knowledge_graph.ontology.record import RecordRef, Value
from knowledge_graph.ontology.schema import WorkspaceSchema
from knowledge_graph.ports import Clock
from tools.context import Lang
from tools.vocabulary import LiveVocabulary
from tools.writing import Writer


@dataclass(frozen=True, kw_only=True)
class GraphChangeWords:
    """See `channels.ports.ChangeWords`."""

    graph: KnowledgeGraph
    language: LiveVocabulary
    clock: Clock
    currency: str

    async def words(
        self, changes: Sequence[RecordChange], actor: Actor, lang: Lang
    ) -> tuple[tuple[FieldWords, ...], ...]:
        """Return what `ChangeWords` promises."""
        schema = await self.graph.schema()
        refs = _references(changes, schema)
        titles = {change.ref: change.title for change in changes}
        access = Access(actor=actor, at=stamp(self.clock))
        unknown = [ref for ref in refs if ref not in titles]
        found = await self.graph.get(unknown, access) if unknown else ()
        titles.update({seen.record.ref: seen.record.title for seen in found})
        language = await self.language.current(actor=actor)
        writer = Writer(
            vocabulary=language.vocabulary, lang=lang, titles=titles, currency=self.currency
        )
        return tuple(_words(change, schema, writer) for change in changes)


def _references(changes: Sequence[RecordChange], schema: WorkspaceSchema) -> tuple[RecordRef, ...]:
    found: dict[RecordRef, None] = {}
    for change in changes:
        for spec in schema.kind(change.ref.kind).references:
            for values in (change.before, change.after):
                target = values.get(spec.name)
                if isinstance(target, str) and target and spec.target:
                    found[RecordRef(kind=spec.target, id=target)] = None
    return tuple(found)


def _words(change: RecordChange, schema: WorkspaceSchema, writer: Writer) -> tuple[FieldWords, ...]:
    specs = schema.kind(change.ref.kind).fields
    names = dict.fromkeys([*change.before, *change.after])
    currency = change.after.get("currency") or change.before.get("currency")

    def text(value: Value, spec: FieldSpec) -> str:
        return "" if value is None or value in {"", ()} else writer.value(value, spec, currency)

    return tuple(
        FieldWords(
            field=name,
            label=writer.label(specs[name]),
            before=text(change.before.get(name), specs[name]),
            after=text(change.after.get(name), specs[name]),
        )
        for name in names
        if name in specs
    )
