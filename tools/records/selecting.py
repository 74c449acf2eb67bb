"""From words to records: a filter sentence, a name, or `@kind:id`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from knowledge_graph.errors import BadInputError
from knowledge_graph.expression.nodes import Query
from knowledge_graph.graph import Seen
from knowledge_graph.language.results import Ask, Compiled
from knowledge_graph.language.spelling import folded, singular_forms
from knowledge_graph.language.vocabulary import Vocabulary, entity_of, kind_of
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ontology.schema import ENTITY_KINDS
from tools.asking import Session, question_of, readable
from tools.outcomes import ToolFailed, ToolQuestion, ToolRetry
from tools.records.currencies import one_currency
from tools.writing import say

MAX_BULK = 2000
"""Records that one proposal may touch: more than a person can check needs a narrower filter."""
_PAGE = 500
_REF = re.compile(r"@(?P<kind>[a-z_]+):(?P<id>[^\s;,；，、]+)")
_BETWEEN = re.compile(r"[\s;,；，、]*(?:and|和|及|以及)?[\s;,；，、]*")

Stop = ToolQuestion | ToolRetry | ToolFailed


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The records that words name."""

    records: tuple[Seen, ...]
    query: Query | None
    readback: str
    kind: str
    """The kind of the records."""


def entity_named(word: str, vocabulary: Vocabulary) -> str | None:
    """Return the entity that a word stands for, in either language and number; None for no word.

    Raises:
        BadInputError: No entity goes by that word.
    """
    spoken = folded(word)
    if not spoken:
        return None
    if spoken.replace(" ", "_") in {*vocabulary.schema.kinds, *ENTITY_KINDS}:
        return entity_of(spoken.replace(" ", "_"))
    for form in (spoken, *singular_forms(spoken)):
        for term in vocabulary.dictionary.entities.values():
            if form in {folded(name) for name in (term.id, *term.names.all)}:
                return term.id
    raise BadInputError(
        f"no kind {word!r}; there are {', '.join(map(entity_of, vocabulary.schema.kinds))}"
    )


def refs_in(text: str) -> tuple[RecordRef, ...]:
    """Return the records that a text names by `@kind:id` and nothing else, empty when it says more.

    >>> [str(r) for r in refs_in("@lead:a1; @lead:b2")]
    ['lead:a1', 'lead:b2']
    >>> refs_in("owner is @employee:3")
    ()
    """
    if not text.strip() or _BETWEEN.fullmatch(_REF.sub("", text).strip()) is None:
        return ()
    return tuple(RecordRef(kind=kind_of(m["kind"]), id=m["id"]) for m in _REF.finditer(text))


async def compile_query(kind: str, where: str, session: Session) -> Compiled[Query] | Stop:
    """Return the query that a filter sentence means, or what has to be asked first."""
    try:
        entity = entity_named(kind, session.language.vocabulary)
    except BadInputError as error:
        return ToolRetry(message=str(error))
    lang = session.run.lang
    if not where:
        if entity is None:
            return ToolQuestion(
                text=say(lang, "您指哪些记录？", "Which records do you mean?"),
                code="missing_argument",
                slot="where",
            )
        label = session.language.vocabulary.label(entity, lang)
        return Compiled(
            value=Query(entity=entity),
            readback=say(lang, f"全部{label}", f"all {label}"),
            lang=lang,
        )
    found = session.language.query(where, entity=entity, context=session.meaning)
    if isinstance(found, Ask):
        return question_of(found, "where")
    found = replace(found, value=await one_currency(found.value, session))
    words = session.language.readback(found.value, lang)
    return replace(found, readback=await readable(words, session), lang=lang)


async def select(kind: str, where: str, session: Session) -> Selection | Stop:
    """Return the records that are to be changed; an empty sentence selects nothing and asks.

    Args:
        kind: The entity word, or empty.
        where: A filter sentence, a name or `@kind:id`.
        session: The session of the call.
    """
    if not where:
        return ToolQuestion(
            text=say(session.run.lang, "要改动哪些记录？", "Which records shall be changed?"),
            code="missing_argument",
            slot="where",
        )
    refs = refs_in(where)
    if refs:
        return await _by_refs(refs, session, where)
    compiled = await compile_query(kind, where, session)
    if isinstance(compiled, Compiled):
        return await _by_query(compiled, session)
    if isinstance(compiled, ToolRetry):
        return compiled
    entity = entity_named(kind, session.language.vocabulary)
    kinds = None if entity is None else frozenset({kind_of(entity)})
    named = session.resolve(where, kinds=kinds)
    if isinstance(named, Compiled):
        return await _by_refs((named.value,), session, named.readback)
    return question_of(named, "where") if named.code == "ambiguous_name" else compiled


async def _by_refs(
    refs: tuple[RecordRef, ...], session: Session, readback: str
) -> Selection | Stop:
    """Return records by reference; the kinds must be one."""
    kinds = {ref.kind for ref in refs}
    if len(kinds) > 1:
        return ToolRetry(
            message=f"name records of one kind at a time, not {', '.join(sorted(kinds))}"
        )
    found = [await session.record(ref) for ref in dict.fromkeys(refs)]
    seen = tuple(s for s in found if s is not None)
    return Selection(records=seen, query=None, readback=readback, kind=kinds.pop())


async def _by_query(compiled: Compiled[Query], session: Session) -> Selection | Stop:
    """Return all records of a query, none left out."""
    query, run = compiled.value, session.run
    found: list[Seen] = []
    while True:
        page = await session.graph.find(
            query, run.access, now=run.now, offset=len(found), limit=_PAGE
        )
        if page.total > MAX_BULK:
            return ToolFailed(
                text=say(
                    run.lang,
                    f"条件涉及 {page.total} 条记录，超过一次可改的 {MAX_BULK} 条；什么都没有改动，请缩小范围。",
                    f"That is {page.total:,} records, more than the {MAX_BULK:,} that can be changed at "
                    "once. Nothing was changed; please narrow it down.",
                ),
                code="E-TOO-MANY",
            )
        found += page.records
        if not page.records or len(found) >= page.total:
            break
    kind = session.schema.kind(query.entity).name
    return Selection(records=tuple(found), query=query, readback=compiled.readback, kind=kind)
