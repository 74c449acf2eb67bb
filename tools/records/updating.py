"""update_records: drafts a change of all records that a filter names."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge_graph.expression.nodes import Assignment
from knowledge_graph.language.results import Ask
from knowledge_graph.language.vocabulary import entity_of
from knowledge_graph.ontology.change import Action, RecordChange
from knowledge_graph.ontology.evidence import evidence_of
from tools.asking import Session, question_of, readable
from tools.outcomes import ApprovalRequired, Focus, ToolOk, ToolQuestion, ToolResult
from tools.records.applying import applied
from tools.records.args import UpdateRecordsArgs
from tools.records.selecting import Selection, select
from tools.writing import Writer, say, writer_for_refs

_CITED = 20


async def update_records(args: UpdateRecordsArgs, session: Session) -> ToolResult:
    """Return the draft of a change of all records that a filter names; nothing is written.

    Args:
        args: Which records and what changes, in words.
        session: The session of the call.
    """
    chosen = await select(args.kind, args.where, session)
    if not isinstance(chosen, Selection):
        return chosen
    if not chosen.records:
        return nothing_matches(chosen, session)
    if not args.changes:
        text = say(session.run.lang, "要改成什么？", "What shall be changed?")
        return ToolQuestion(text=text, code="missing_argument", slot="changes")
    entity = entity_of(chosen.kind)
    found = session.language.assignments(args.changes, entity=entity, context=session.meaning)
    if isinstance(found, Ask):
        return question_of(found, "changes")
    changes = _changes(chosen, found.value, session)
    write = await writer_for_refs(session, ())
    words = await readable(session.language.readback(found.value, session.run.lang), session)
    if not changes:
        return _already_so(chosen, words, write)
    return _draft(chosen, changes, words, write)


def nothing_matches(chosen: Selection, session: Session) -> ToolOk:
    """Return that no record is meant, so nothing was changed."""
    lang = session.run.lang
    return ToolOk(
        text=say(
            lang,
            f"没有符合条件的记录（{chosen.readback}），什么都没有改动。",
            f"No record matches ({chosen.readback}); nothing was changed.",
        ),
        focus=Focus(query=chosen.query),
        data={"count": 0},
    )


def _changes(
    chosen: Selection, assignments: Sequence[Assignment], session: Session
) -> tuple[RecordChange, ...]:
    """Return the change of each record for which something changes."""
    found = []
    for seen in chosen.records:
        after = applied(seen.record, assignments, session.schema, session.meaning)
        if after:
            found.append(
                RecordChange(
                    action=Action.UPDATE,
                    ref=seen.record.ref,
                    title=seen.record.title,
                    before={name: seen.record.get(name) for name in after},
                    after=after,
                )
            )
    return tuple(found)


def _already_so(chosen: Selection, readback: str, write: Writer) -> ToolOk:
    """Return that all records are as wanted already."""
    counted = write.counted(len(chosen.records), chosen.kind)
    refs = tuple(s.record.ref for s in chosen.records[:50])
    return ToolOk(
        text=say(
            write.lang,
            f"{counted}已经是这样（{readback}），什么都没有改动。",
            f"{counted} already so ({readback}); nothing was changed.",
        ),
        evidence=tuple(evidence_of(s.record) for s in chosen.records[:_CITED]),
        focus=Focus(query=chosen.query, refs=refs),
        data={"count": 0, "unchanged": len(chosen.records)},
    )


def _draft(
    chosen: Selection, changes: tuple[RecordChange, ...], readback: str, write: Writer
) -> ApprovalRequired:
    """Return the draft: object, number, and what was dropped because it is so already."""
    lang, same = write.lang, len(chosen.records) - len(changes)
    what = write.counted(len(changes), chosen.kind)
    if len(changes) == 1:
        noun = write.vocabulary.label(entity_of(chosen.kind), lang)
        what = say(lang, f"{noun}“{changes[0].title}”", f'{noun} "{changes[0].title}"')
    warnings = []
    if same:
        warnings.append(
            say(
                lang,
                f"另有 {same} 条已经是这样，不再改动。",
                f"{same} more already so; they are not touched.",
            )
        )
    return ApprovalRequired(
        summary=say(lang, f"更改{what}：{readback}", f"change {what}: {readback}"),
        changes=changes,
        warnings=tuple(warnings),
        evidence=tuple(evidence_of(s.record) for s in chosen.records[:_CITED]),
        focus=Focus(query=chosen.query, refs=tuple(c.ref for c in changes[:50])),
    )
