"""undo_change: drafts the inverse of a committed change, unless later changes stand on it."""

from __future__ import annotations

from contextlib import suppress
from itertools import count

from knowledge_graph.errors import ConflictError, NotAllowedError, NotFoundError
from knowledge_graph.ontology.access import Role
from knowledge_graph.ontology.change import (
    Action,
    ChangeSet,
    RecordChange,
    joined,
    part_id,
    series_of,
)
from knowledge_graph.ontology.evidence import evidence_of
from knowledge_graph.ontology.record import Record, RecordRef, Value
from tools.asking import Session, readable
from tools.outcomes import ApprovalRequired, Focus, ToolOk, ToolResult
from tools.records.args import UndoChangeArgs
from tools.writing import say

_LOOK_BACK = 50


async def undo_change(args: UndoChangeArgs, session: Session) -> ToolResult:
    """Return the draft of the undo of a change; nothing is written.

    Args:
        args: Which change; empty: the user's last one that is not undone yet.
        session: The session of the call.

    Raises:
        NotAllowedError: It is somebody else's change.
    """
    graph, run = session.graph, session.run
    chosen = args.change or await _last(session, args.about)
    if chosen is None:
        about = await readable(args.about, session)
        text = (
            say(
                run.lang, f"您没有改过“{about}”。", f'You have made no change to "{about}" to undo.'
            )
            if about
            else say(run.lang, "您没有可以撤销的改动。", "There is no change of yours to undo.")
        )
        return ToolOk(text=text, data={"count": 0})
    done = await _whole(chosen, session)
    if run.actor.role is Role.SALES and done.actor != str(run.actor):
        raise NotAllowedError(f"change {done.id} is not yours; ask its author or a steward")
    changes = await inverse(done, session)
    seen = await graph.get([c.ref for c in done.changes[:20]], run.access)
    head = done.reason if len(done.reason) <= 80 else done.reason[:79] + "…"
    return ApprovalRequired(
        summary=say(
            run.lang,
            f"撤销改动 {done.id}（{head}，{done.at[:10]}，{len(changes)} 条记录）",
            f"undo change {done.id} ({head}; {done.at[:10]}; {len(changes)} records)",
        ),
        changes=changes,
        evidence=tuple(evidence_of(s.record) for s in seen),
        focus=Focus(refs=tuple(c.ref for c in changes[:50])),
        undoes=done.id,
    )


async def _last(session: Session, about: str) -> str | None:
    """Return the id of the user's last change that is neither an undo nor undone.

    Args:
        session: The session of the call.
        about: Only changes of this record: `@kind:id`, or its title, which a deleted record still has.
    """
    run = session.run
    mine = await session.graph.history(run.access, actor=str(run.actor), limit=_LOOK_BACK)
    every = await session.graph.history(run.access, limit=_LOOK_BACK)
    undone = {series_of(c.undoes) for c in every} - {""}
    meant = (c for c in mine if not about or any(_concerns(change, about) for change in c.changes))
    return next((c.id for c in meant if not c.undoes and series_of(c.id) not in undone), None)


def _concerns(change: RecordChange, about: str) -> bool:
    """Return whether a change is one of the record that words name."""
    title, said = change.title.casefold(), about.strip().casefold()
    return f"@{change.ref}" == about or title == said or title.startswith(f"{said} ")


async def _whole(change_id: str, session: Session) -> ChangeSet:
    """Return a change; of one that was written in parts (an import) all parts as one.

    Raises:
        NotFoundError: There is no such change for this actor.
    """
    graph, access = session.graph, session.run.access
    series, parts = series_of(change_id), []
    if series == change_id:
        with suppress(NotFoundError):
            return await graph.change_set(change_id, access)
    for number in count(1):
        try:
            parts.append(await graph.change_set(part_id(series, number), access))
        except NotFoundError:
            break
    if not parts:
        raise NotFoundError(f"no change {change_id!r}")
    return joined(parts)


async def inverse(done: ChangeSet, session: Session) -> tuple[RecordChange, ...]:
    """Return the changes that take a change set back.

    Args:
        done: A committed change set, whole.
        session: The session of the call.

    Raises:
        ConflictError: It is undone already, or later changes stand on it.
        NotFoundError: It changed nothing.
    """
    if not done.changes:
        raise NotFoundError(f"the change {done.id!r} changed no record")
    refs = tuple(dict.fromkeys(c.ref for c in done.changes))
    seen = await session.graph.get(refs, session.run.access)
    now = {s.record.ref: s.record for s in seen}
    for change in reversed(done.changes):
        _check(change, now.get(change.ref), done)
    await _check_referrers(done, session)
    return tuple(_inverted(change, now) for change in reversed(done.changes))


def _check(change: RecordChange, now: Record | None, done: ChangeSet) -> None:
    """Return when a record is as the change left it.

    Raises:
        ConflictError: It is not.
    """
    if change.action is Action.DELETE:
        if now is not None:
            raise ConflictError(f"“{change.title}” exists again; change {done.id} cannot be undone")
        return
    if now is None:
        raise ConflictError(
            f"“{change.title}” has been deleted since; change {done.id} cannot be undone"
        )
    fields = change.after.keys() | (now.values.keys() if change.action is Action.CREATE else set())
    for name in sorted(fields):
        if _plain(now.get(name)) != _plain(change.after.get(name)):
            raise ConflictError(
                f"{name!r} of “{change.title}” has been changed since (it is {now.get(name)!r}, was "
                f"{change.after.get(name)!r}); undo the later change first. Nothing was changed"
            )


async def _check_referrers(done: ChangeSet, session: Session) -> None:
    """Return when nothing from outside the change set points to what it created.

    Raises:
        ConflictError: Something does.
    """
    created = [c.ref for c in done.changes if c.action is Action.CREATE]
    if not created:
        return
    touched = {(c.ref, name) for c in done.changes for name in c.after}
    for edge in await session.graph.references_to(created, session.run.access):
        if (edge.source, edge.field) not in touched:
            raise ConflictError(
                f"{edge.source} points to {edge.target}, which change {done.id} created; undo the later "
                "change first. Nothing was changed"
            )


def _inverted(change: RecordChange, now: dict[RecordRef, Record]) -> RecordChange:
    """Return the change of one record, turned round."""
    if change.action is Action.CREATE:
        return RecordChange(
            action=Action.DELETE,
            ref=change.ref,
            title=change.title,
            before=dict(now[change.ref].values),
            after={},
        )
    create = change.action is Action.DELETE
    return RecordChange(
        action=Action.CREATE if create else Action.UPDATE,
        ref=change.ref,
        title=change.title,
        before={} if create else {n: now[change.ref].get(n) for n in change.after},
        after=dict(change.before),
        source_keys=change.replaced_source_keys,
        origins=change.replaced_origins,
    )


def _plain(value: Value) -> Value:
    """Return a value as it compares: no value and an empty one are the same."""
    return None if value in {"", ()} else value
