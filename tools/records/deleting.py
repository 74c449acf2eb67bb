"""delete_records: drafts a deletion, and the clearing of what points to the deleted records."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge_graph.errors import ConflictError, NotAllowedError
from knowledge_graph.ontology.change import Action, RecordChange
from knowledge_graph.ontology.evidence import evidence_of
from knowledge_graph.ontology.record import RecordRef
from tools.asking import Session
from tools.context import Lang
from tools.outcomes import ApprovalRequired, Focus, ToolResult
from tools.records.args import DeleteRecordsArgs
from tools.records.selecting import Selection, select
from tools.records.updating import nothing_matches
from tools.writing import say, writer_for_refs

_NAMED = 3


async def delete_records(args: DeleteRecordsArgs, session: Session) -> ToolResult:
    """Return the draft of a deletion of all records that a filter names; nothing is deleted.

    Args:
        args: Which records, in words.
        session: The session of the call.

    Raises:
        NotAllowedError: A record holds fields that the actor's role may not see. What is withheld for lack of
            a ground goes along behind the gate, and comes back with an undo.
    """
    chosen = await select(args.kind, args.where, session)
    if not isinstance(chosen, Selection):
        return chosen
    if not chosen.records:
        return nothing_matches(chosen, session)
    hidden = [seen for seen in chosen.records if seen.withheld]
    if any(w.reason == "role" for seen in hidden for w in seen.withheld.values()):
        raise NotAllowedError(
            "a record with withheld fields cannot be deleted; nothing was changed"
        )
    drafted = {c.ref for c in session.run.drafted if c.action is Action.CREATE}
    gone = tuple(s.record.ref for s in chosen.records)
    stored = tuple(ref for ref in gone if ref not in drafted)
    cleared = await clear_references(stored, session)
    write = await writer_for_refs(session, ())
    lang = session.run.lang
    titles = [s.record.title for s in chosen.records[:_NAMED]]
    named = say(lang, "、", ", ").join(titles) + ("…" if len(gone) > _NAMED else "")
    counted = write.counted(len(gone), chosen.kind)
    return ApprovalRequired(
        summary=say(lang, f"删除{counted}（{named}）", f"delete {counted} ({named})"),
        changes=(
            *cleared,
            *(
                RecordChange(
                    action=Action.DELETE,
                    ref=s.record.ref,
                    title=s.record.title,
                    before=dict(s.record.values),
                    after={},
                )
                for s in chosen.records
            ),
        ),
        warnings=_warnings(cleared, len(hidden), lang),
        evidence=tuple(evidence_of(s.record) for s in chosen.records[:20]),
        focus=Focus(query=chosen.query, refs=gone[:50]),
    )


def _warnings(cleared: Sequence[RecordChange], hidden: int, lang: Lang) -> tuple[str, ...]:
    found = []
    if cleared:
        first = say(lang, "、", ", ").join(c.title for c in cleared[:_NAMED])
        more = "…" if len(cleared) > _NAMED else ""
        found.append(
            say(
                lang,
                f"有 {len(cleared)} 条记录引用它们（{first}{more}），这些引用会被清空。",
                f"{len(cleared)} records refer to them ({first}{more}); those links are cleared.",
            )
        )
    if hidden:
        found.append(
            say(
                lang,
                f"其中 {hidden} 条含有未显示的个人数据，会一并删除。",
                f"{hidden} of them hold personal data that is not shown; it is deleted too.",
            )
        )
    return tuple(found)


async def clear_references(
    gone: tuple[RecordRef, ...], session: Session
) -> tuple[RecordChange, ...]:
    """Return the changes that clear what points to records about to be deleted.

    Args:
        gone: The records about to be deleted.
        session: The session of the call.

    Raises:
        ConflictError: A record cannot be without its reference.
    """
    edges = await session.graph.references_to(gone, session.run.access)
    fields: dict[RecordRef, list[str]] = {}
    for edge in edges:
        if edge.source in gone:
            continue
        if session.schema.field(edge.source.kind, edge.field).required:
            raise ConflictError(
                f"{edge.source} needs its {edge.field!r}; delete it first. Nothing was changed"
            )
        fields.setdefault(edge.source, []).append(edge.field)
    seen = await session.graph.get(tuple(fields), session.run.access)
    return tuple(
        RecordChange(
            action=Action.UPDATE,
            ref=s.record.ref,
            title=s.record.title,
            before={n: s.record.get(n) for n in fields[s.record.ref]},
            after=dict.fromkeys(fields[s.record.ref]),
        )
        for s in seen
    )
