"""Writing a confirmed proposal: all of it or nothing, and what has changed meanwhile when it cannot be."""

from __future__ import annotations

from knowledge_graph.errors import ConflictError, NotFoundError
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.change import Action, ChangeSet
from tools.context import RunContext

_NAMED = 5


class ChangeWriter:
    """Writes change sets through the gate.

    Args:
        graph: The gate to the graph.
    """

    def __init__(self, graph: KnowledgeGraph) -> None:
        self._graph = graph

    async def write(self, change_set: ChangeSet, context: RunContext) -> None:
        """Write all of it or nothing; acknowledged means durable.

        Args:
            change_set: What a person has confirmed.
            context: The facts of the turn in which he did.

        Raises:
            NotAllowedError: The actor may not; nothing was changed.
            ConflictError: Records have changed since; says which and how. Nothing was changed.
            StoreUnavailableError: Whether it was written is not known.
        """
        try:
            await self._graph.commit(change_set, context.access)
        except ConflictError as error:
            found = await self._differences(change_set, context)
            if not found:
                raise
            raise ConflictError(f"{'; '.join(found)}; nothing was changed") from error

    async def is_written(self, change_id: str, context: RunContext) -> bool:
        """Return whether a change set is in the change log."""
        try:
            await self._graph.change_set(change_id, context.access)
        except NotFoundError:
            return False
        return True

    async def _differences(self, change_set: ChangeSet, context: RunContext) -> list[str]:
        """Return how records differ from what the proposal has seen."""
        seen = await self._graph.get([c.ref for c in change_set.changes], context.access)
        now = {s.record.ref: s.record for s in seen}
        found = []
        for change in change_set.changes:
            record = now.get(change.ref)
            if change.action is Action.CREATE:
                if record is not None:
                    found.append(f"{change.title!r} exists already")
            elif record is None:
                found.append(f"{change.title!r} has been deleted meanwhile")
            else:
                found += [
                    f"{name!r} of {change.title!r} is now {record.get(name)!r}, it was {before!r}"
                    for name, before in change.before.items()
                    if (record.get(name) or None) != (before or None)
                ]
        return found[:_NAMED]
