"""Binds the rule use cases to their ports: the tools that a model may call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

from knowledge_graph.ontology.access import Role
from tools.asking import Session, open_session
from tools.context import RunContext
from tools.failures import told
from tools.outcomes import ToolResult
from tools.rules import args as a
from tools.rules.deploying import deploy_rule, preview_rule
from tools.rules.explaining import explain_rule
from tools.rules.health import rule_health
from tools.rules.listing import list_rules
from tools.rules.retiring import retire_rule
from tools.rules.service import RuleService
from tools.rules.voting import vote_on_rule
from tools.spec import ToolArgs, ToolSpec

STAFF = frozenset({Role.SALES, Role.MANAGER, Role.STEWARD, Role.OWNER})
WRITERS = frozenset({Role.SALES, Role.OWNER})
A = TypeVar("A", bound=ToolArgs)
UseCase = Callable[[A, Session, RuleService], Awaitable[ToolResult]]


def build_rule_tools(service: RuleService) -> tuple[ToolSpec, ...]:
    """Return the rule tools, bound to their ports."""

    def spec(
        name: str,
        args: type[A],
        use_case: UseCase[A],
        *,
        does: str,
        effect: Literal["read", "write"] = "read",
    ) -> ToolSpec:
        async def run(given: ToolArgs, context: RunContext) -> ToolResult:
            checked = args.model_validate(given.model_dump())

            async def call() -> ToolResult:
                parts = service.parts
                session = await open_session(parts.graph, parts.language, context)
                return await use_case(checked, session, service)

            return await told(call(), context.lang)

        roles = STAFF if effect == "read" else WRITERS
        return ToolSpec(name=name, description=does, args=args, effect=effect, roles=roles, run=run)

    return (
        spec("preview_rule", a.PreviewRuleArgs, preview_rule, does=_PREVIEW),
        spec("deploy_rule", a.DeployRuleArgs, deploy_rule, does=_DEPLOY, effect="write"),
        spec("list_rules", a.ListRulesArgs, list_rules, does=_LIST),
        spec("explain_rule", a.ExplainRuleArgs, explain_rule, does=_EXPLAIN),
        spec("retire_rule", a.RetireRuleArgs, retire_rule, does=_RETIRE, effect="write"),
        spec("vote_on_rule", a.VoteOnRuleArgs, vote_on_rule, does=_VOTE, effect="write"),
        spec("rule_health", a.RuleHealthArgs, rule_health, does=_HEALTH),
    )


_PREVIEW = (
    "Show what a business rule would do (when …, then …): whom it hits today, near misses, conflicts. "
    "Nothing is kept."
)
_DEPLOY = (
    "Draft the deployment of a business rule in the person's own words. A person confirms the read-back "
    "before it runs. Name `rule` to change an existing one."
)
_LIST = (
    "List the rules, the versions of one, what rules have told people (inbox), or the dictionary."
)
_EXPLAIN = "Explain why a rule did or did not act on a customer, clause by clause."
_RETIRE = "Draft to retire, pause, resume or roll back a rule. A person confirms it first."
_VOTE = "Note what a member of the rule committee says about a rule that waits for approval, with a reason."
_HEALTH = "Tell how rules are doing: success rate, latency, human intervention, stale rules."
