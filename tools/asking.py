"""From the business language to tool outcomes: a question back, and what one turn's sentences mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge_graph.expression.nodes import Compare, Field, Or, Query
from knowledge_graph.graph import KnowledgeGraph, Seen
from knowledge_graph.language.compiler import Language
from knowledge_graph.language.results import Ask, Compiled, LanguageContext
from knowledge_graph.language.vocabulary import kind_of
from knowledge_graph.ontology.access import Actor, Role
from knowledge_graph.ontology.change import Action
from knowledge_graph.ontology.record import Record, RecordRef
from knowledge_graph.ontology.schema import WorkspaceSchema
from tools.context import RunContext
from tools.outcomes import Option, ToolQuestion
from tools.vocabulary import LiveVocabulary

_REF = re.compile(r"@(?P<kind>[a-z_]+):(?P<id>[^\s;,；，、。)）\"”]+)")


@dataclass(frozen=True, kw_only=True)
class Session:
    """What the use cases of one call share."""

    graph: KnowledgeGraph
    language: Language
    schema: WorkspaceSchema
    meaning: LanguageContext
    run: RunContext

    async def record(self, ref: RecordRef) -> Seen | None:
        """Return a record as the actor may see it; one drafted earlier in this turn counts too."""
        for change in reversed(self.run.drafted):
            if change.ref == ref and change.action is Action.CREATE:
                draft = Record(kind=ref.kind, id=ref.id, values=change.after)
                return Seen(record=draft, withheld={})
        found = await self.graph.get([ref], self.run.access)
        return found[0] if found else None

    async def own_record(self) -> RecordRef | None:
        """Return the contact that the speaking customer is, None when we keep none."""
        me = self.run.actor.id
        condition = Or(
            args=(
                Compare(op="eq", term=Field(id="contact.email"), value=me.lower()),
                Compare(op="eq", term=Field(id="contact.id"), value=me),
            )
        )
        query = Query(entity="contact", condition=condition)
        page = await self.graph.find(query, self.run.access, now=self.run.now, limit=1)
        return page.records[0].record.ref if page.records else None

    def resolve(
        self, text: str, *, kinds: frozenset[str] | None = None
    ) -> Compiled[RecordRef] | Ask:
        """Return the one record that words name, or the question back."""
        return self.language.resolve(text, kinds=kinds, context=self.meaning)


async def open_session(
    graph: KnowledgeGraph, words: LiveVocabulary, context: RunContext
) -> Session:
    """Return the session of one tool call.

    Args:
        graph: The gate to the graph.
        words: The workspace's language.
        context: The facts of the turn.
    """
    language = await words.current(context.drafted, actor=context.actor, access=context.access)
    me = context.me or speaker(language, context.actor)
    meaning = LanguageContext(
        now=context.now, timezone=context.timezone, me=me, currency=context.currency
    )
    return Session(
        graph=graph,
        language=language,
        schema=await graph.schema(),
        meaning=meaning,
        run=context,
    )


def speaker(language: Language, actor: Actor) -> str | None:
    """Return which of our own people an actor is, by e-mail address, name or id; None if none of them.

    The names are in memory, so this costs no query.
    """
    if actor.role is Role.CUSTOMER:
        return None
    found = language.vocabulary.names.lookup(actor.id, frozenset({"employee"}))
    known = {m.entry.ref.id for m in found if m.how in {"email", "exact"}}
    return known.pop() if len(known) == 1 else None


async def readable(text: str, session: Session) -> str:
    """Return controlled words for people: records by their names instead of `@kind:id`.

    Args:
        text: A read-back of the business language.
        session: The session of the call.
    """
    titles = {}
    for match in _REF.finditer(text):
        ref = RecordRef(kind=kind_of(match["kind"]), id=match["id"])
        seen = await session.record(ref)
        titles[match[0]] = seen.record.title if seen else match[0]
    return _REF.sub(lambda match: titles[match[0]], text)


def question_of(ask: Ask, slot: str = "") -> ToolQuestion:
    """Return the question back that an unclear sentence leads to.

    Args:
        ask: What the language could not decide.
        slot: The tool argument that the answer fills.
    """
    options = tuple(Option(label=c.label, reply=c.text) for c in ask.choices)
    return ToolQuestion(text=ask.text, options=options, code=ask.code, slot=slot, about=ask.about)
