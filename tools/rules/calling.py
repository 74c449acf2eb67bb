"""Rule tools without a conversation: for the command line and HTTP, with the roles of the chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from knowledge_graph.errors import BadInputError, NotAllowedError
from knowledge_graph.ontology.access import Actor
from knowledge_graph.ontology.change import ChangeSet
from knowledge_graph.ontology.record import Origin, new_id
from knowledge_graph.rule_ports import FiringEntry
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.facts import WITHHELD
from tools.context import Lang, RunContext
from tools.outcomes import ApprovalRequired, ToolResult
from tools.rules.drawing import firing_svg
from tools.rules.proofs import without_facts
from tools.rules.service import RuleService
from tools.rules.tool import build_rule_tools


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who calls, in which language, from where."""

    actor: Actor
    lang: Lang
    channel: str = "console"


class RuleDesk:
    """Calls rule tools by name.

    Args:
        service: The rules.
    """

    def __init__(self, service: RuleService) -> None:
        self.service = service
        self._tools = {tool.name: tool for tool in build_rule_tools(service)}

    async def call(self, name: str, args: Mapping[str, object], caller: Caller) -> ToolResult:
        """Return what a tool comes to; nothing is written.

        Args:
            name: One of the rule tools.
            args: Its arguments.
            caller: Who calls.

        Raises:
            NotAllowedError: The caller's role may not.
            BadInputError: The arguments do not fit.
        """
        tool = self._tools[name]
        if caller.actor.role not in tool.roles:
            raise NotAllowedError(f"{caller.actor.role} may not call {name}; nothing was changed")
        try:
            checked = tool.args.model_validate(args)
        except ValidationError as error:
            told = "; ".join(
                f"{e['loc'][0] if e['loc'] else ''}: {e['msg']}" for e in error.errors()
            )
            raise BadInputError(told) from None
        said = args.get("sentence") or args.get("rule") or name
        return await tool.run(checked, self._run(caller, str(said)))

    async def carry_out(self, asked: ApprovalRequired, caller: Caller) -> str:
        """Return the id of the change that a tool has drafted and a person has confirmed, written.

        Raises:
            ConflictError: The rules have changed since.
            NotAllowedError: The caller may not.
        """
        run = self._run(caller, asked.summary)
        change_set = ChangeSet(
            id=new_id(),
            at=run.access.at,
            actor=str(caller.actor),
            reason=run.user_text[:500],
            changes=asked.changes,
            origin=Origin(system="rules", place=caller.channel, observed_at=run.access.at),
        )
        await self.service.parts.graph.commit(change_set, run.access)
        return change_set.id

    async def picture(self, firing: str, caller: Caller) -> str | None:
        """Return a firing as SVG; None when there is none."""
        journal = self.service.parts.journal
        entry = await journal.firing(firing)
        shelf = await self.service.book.shelf()
        kept = None if entry is None else shelf.kept.get(entry.contract)
        if entry is None or kept is None:
            return None
        run = self._run(caller, firing)
        seen = await self.service.parts.graph.get([entry.subject], run.access)
        title = seen[0].record.title if seen else str(entry.subject)
        effects = await journal.effects([firing])
        hidden = await self._hidden(kept.contract, entry, caller.actor)
        shown = replace(entry, proof=without_facts(entry.proof, hidden))
        return firing_svg(shown, kept.contract, effects, title, caller.lang)

    async def _hidden(
        self, rule: RuleContract, entry: FiringEntry, viewer: Actor
    ) -> Callable[[str], bool]:
        """Return which facts of a firing somebody may not see: its owner may have seen more."""
        mirror = await self.service.previewer.facts(rule, viewer)
        facts = mirror.facts(entry.subject.id, self.service.runtime.frame())
        return lambda key: facts.get(key, WITHHELD) is WITHHELD

    def _run(self, caller: Caller, said: str) -> RunContext:
        parts = self.service.parts
        return RunContext(
            actor=caller.actor,
            thread=f"rules:{caller.actor}",
            lang=caller.lang,
            now=parts.clock.now(),
            timezone=parts.timezone,
            channel=caller.channel,
            user_text=said,
        )
