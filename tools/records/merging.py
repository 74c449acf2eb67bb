"""merge_records: drafts that several records become one."""

from __future__ import annotations

import re

from knowledge_graph.errors import NotAllowedError
from knowledge_graph.graph import Seen
from knowledge_graph.language.results import Ask
from knowledge_graph.language.vocabulary import entity_of
from knowledge_graph.ontology.evidence import evidence_of
from knowledge_graph.ontology.merge import Referrer, merge_changes
from knowledge_graph.ontology.record import RecordRef
from tools.asking import Session, question_of
from tools.outcomes import ApprovalRequired, Focus, ToolFailed, ToolQuestion, ToolResult
from tools.records.args import MergeRecordsArgs
from tools.records.selecting import refs_in
from tools.writing import say, writer_for_refs

_BETWEEN = re.compile(r"\s*[;；、\n]\s*")


async def merge_records(args: MergeRecordsArgs, session: Session) -> ToolResult:
    """Return the draft of a merge of records that stand for one thing; nothing is written.

    Args:
        args: Which records, and which of them stays.
        session: The session of the call.

    Raises:
        NotAllowedError: A record holds fields that the actor may not see.
    """
    refs = _resolved(args.records, "records", session)
    if isinstance(refs, ToolQuestion):
        return refs
    keep = _resolved(args.keep, "keep", session) if args.keep else refs[:1]
    if isinstance(keep, ToolQuestion):
        return keep
    wanted = tuple(dict.fromkeys((*keep[:1], *refs)))
    found = [s for ref in wanted if (s := await session.record(ref)) is not None]
    lang = session.run.lang
    if len({s.record.ref for s in found}) < 2 or len({s.record.kind for s in found}) > 1:
        text = say(
            lang,
            "合并需要两条以上同类的记录，什么都没有改动。",
            "A merge needs two or more records of one kind. Nothing was changed.",
        )
        return ToolFailed(text=text, code="E-INPUT")
    if any(s.withheld for s in found):
        raise NotAllowedError("a record with withheld fields cannot be merged; nothing was changed")
    return await _draft(found, session)


async def _draft(found: list[Seen], session: Session) -> ApprovalRequired:
    """Return the draft; the first record stays."""
    keep, *others = [s.record for s in found]
    edges = await session.graph.references_to([o.ref for o in others], session.run.access)
    sources = await session.graph.get(
        tuple(dict.fromkeys(e.source for e in edges)), session.run.access
    )
    records = {s.record.ref: s.record for s in sources}
    referrers = [Referrer(record=records[e.source], field=e.field) for e in edges]
    write, lang = await writer_for_refs(session, ()), session.run.lang
    noun = write.vocabulary.label(entity_of(keep.kind), lang)
    names = say(lang, "、", ", ").join(f"“{o.title}”" for o in others)
    return ApprovalRequired(
        summary=say(
            lang,
            f"将{noun}{names}并入“{keep.title}”",
            f"merge {noun} {names} into “{keep.title}”",
        ),
        changes=merge_changes(keep, others, referrers, session.schema),
        evidence=tuple(evidence_of(r) for r in (keep, *others)),
        focus=Focus(refs=(keep.ref,)),
    )


def _resolved(text: str, slot: str, session: Session) -> tuple[RecordRef, ...] | ToolQuestion:
    """Return the records that a list of names means, or the question back."""
    refs = refs_in(text)
    if refs:
        return refs
    found = []
    for part in filter(None, _BETWEEN.split(text.strip())):
        one = refs_in(part)
        named = one[0] if one else session.resolve(part)
        if isinstance(named, Ask):
            return question_of(named, slot)
        found.append(named if isinstance(named, RecordRef) else named.value)
    return tuple(found)
