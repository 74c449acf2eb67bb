"""The change log on its way up: sealed parts are opened and told field by field again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from knowledge_graph.keeping import KeyVault, Spot
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange, series_of
from knowledge_graph.ontology.record import Origin, Value
from knowledge_graph.sealing.content import Content, clear_keys
from knowledge_graph.sealing.layout import PREFIX, VALUES
from knowledge_graph.sealing.opening import Closed, contents_of
from knowledge_graph.sealing.texts import Text, opened_texts, sealed_texts


async def with_sealed_reason(vault: KeyVault, entry: ChangeSet) -> ChangeSet:
    """Return a change set whose reason, the user's own words, is sealed for the change set itself.

    The words may name anybody, so they have a key of their own, which an erasure can destroy.
    """
    text = Text(spot=_reason_spot(entry.id), text=entry.reason)
    (reason,) = await sealed_texts(vault, reason_holder(entry.id), [text])
    return replace(entry, reason=reason)


def reason_holder(change_id: str) -> str:
    """Return the holder of a change set's reason; the parts of a series share one."""
    return f"change:{series_of(change_id)}"


async def opened_reasons(vault: KeyVault, reasons: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return reasons as they were said; one that was erased is empty.

    Args:
        vault: Has the keys.
        reasons: Id and reason of change sets, as the store below has them.
    """
    texts = [Text(spot=_reason_spot(change_id), text=text) for change_id, text in reasons]
    return tuple(text or "" for text in await opened_texts(vault, texts))


def _reason_spot(change_id: str) -> Spot:
    return Spot(table="change", column="reason", row=change_id)


async def opened_log(vault: KeyVault, entries: Sequence[ChangeSet]) -> tuple[ChangeSet, ...]:
    """Return change sets as the workspace meant them; what was erased is left out.

    Args:
        vault: Has the keys.
        entries: As the store below has them.

    Returns:
        In the same order.
    """
    parts = list(dict.fromkeys(part for entry in entries for part in _parts(entry)))
    contents = dict(zip(parts, await contents_of(vault, parts), strict=True))
    reasons = await opened_reasons(vault, [(entry.id, entry.reason) for entry in entries])
    return tuple(
        replace(entry, reason=reason, changes=tuple(_opened(c, contents) for c in entry.changes))
        for entry, reason in zip(entries, reasons, strict=True)
    )


def _parts(entry: ChangeSet) -> Iterator[Closed]:
    for change in entry.changes:
        for values in (change.before, change.after):
            if values.get(VALUES):
                yield Closed(ref=change.ref, text=str(values[VALUES]))


def _opened(change: RecordChange, contents: Mapping[Closed, Content | None]) -> RecordChange:
    closed = (change.before.get(VALUES), change.after.get(VALUES))
    if not any(closed):
        return replace(change, before=_own(change.before), after=_own(change.after))
    old, new = (
        contents.get(Closed(ref=change.ref, text=str(text))) if text else None for text in closed
    )
    before, after = _own(change.before), _own(change.after)
    if change.action is Action.DELETE:
        before |= old.values if old else {}
    elif change.action is Action.CREATE:
        after |= new.values if new else {}
    elif new is not None:
        for name in new.values:
            if after.get(name, "") is None:  # it was in the clear before and moved
                before.pop(name, None)
                after.pop(name)
        for name in new.named:
            before[name] = old.values.get(name) if old else before.get(name)
            after[name] = new.values.get(name)
    known = new or old
    return replace(
        change,
        title=str(known.values.get("name") or change.ref.id) if known else change.ref.id,
        before=before,
        after=after,
        source_keys=clear_keys(change.source_keys, new or old),
        replaced_origins=_origins(change, old, before),
        replaced_source_keys=clear_keys(change.replaced_source_keys, old),
    )


def _own(values: Mapping[str, Value]) -> dict[str, Value]:
    return {n: v for n, v in values.items() if not n.startswith(PREFIX)}


def _origins(
    change: RecordChange, old: Content | None, before: Mapping[str, Value]
) -> dict[str, Origin]:
    found = {n: o for n, o in change.replaced_origins.items() if not n.startswith(PREFIX)}
    for name in old.values if old else ():
        origin = old.origin_of(name) if old else None
        if name in before and origin is not None and origin != found.get("*"):
            found[name] = origin
    return found
