"""Rule tools without a conversation: for the command line and HTTP, with the roles of the chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from knowledge_graph.errors import BadInputError, NotAllowedError
from knowledge_graph.ontology.access import Actor, Role
from knowledge_graph.ontology.change import ChangeSet
from knowledge_graph.ontology.record import Origin, new_id
from knowledge_graph.policy import STAFF, WRITERS
from knowledge_graph.rule_ports import FiringEntry
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.facts import WITHHELD
from tools.asking import open_session
from tools.context import Lang, RunContext
from tools.failures import told
from tools.outcomes import ApprovalRequired, ToolFailed, ToolResult
from tools.rules.drawing import firing_svg
from tools.rules.exchanging import Exported, export_rules, import_rules
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
        self._check(caller, name, tool.roles)
        try:
            checked = tool.args.model_validate(args)
        except ValidationError as error:
            wrong = "; ".join(
                f"{e['loc'][0] if e['loc'] else ''}: {e['msg']}" for e in error.errors()
            )
            raise BadInputError(wrong) from None
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

    async def export(
        self, names: Sequence[str], format_: str, caller: Caller
    ) -> Exported | ToolFailed:
        """Return rules in another format.

        Args:
            names: "R12" or "R12@3"; none: all rules in force.
            format_: cel, dmn or jdm.
            caller: Who asks.

        Raises:
            NotAllowedError: The caller may not read rules.
            NotFoundError: There is no such rule.
            BadInputError: There is no such format.
        """
        self._check(caller, "export_rules", STAFF)
        shelf = await self.service.book.shelf()
        return export_rules(names, format_, shelf, caller.lang)

    async def bring(self, text: str, format_: str, caller: Caller) -> ToolResult:
        """Return the proposal to put the rules of a file in force.

        Args:
            text: The file.
            format_: cel, dmn or jdm.
            caller: Who will own them.

        Raises:
            NotAllowedError: The caller may not deploy rules.
            BadInputError: It is no file of rules.
        """
        self._check(caller, "import_rules", WRITERS)
        parts, run = self.service.parts, self._run(caller, f"import rules from {format_}")
        session = await open_session(parts.graph, parts.language, run)
        return await told(import_rules(text, format_, session, self.service), caller.lang)

    def _check(self, caller: Caller, what: str, roles: frozenset[Role]) -> None:
        if caller.actor.role not in roles:
            raise NotAllowedError(f"{caller.actor.role} may not call {what}; nothing was changed")

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
