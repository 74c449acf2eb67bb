"""Binds the rule use cases to their ports: the tools that a model may call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from knowledge_graph.policy import STAFF
from tools.asking import Session
from tools.binding import ToolBinder, UseCase
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

A = TypeVar("A", bound=ToolArgs)
RuleUseCase = Callable[[A, Session, RuleService], Awaitable[ToolResult]]


def build_rule_tools(service: RuleService) -> tuple[ToolSpec, ...]:
    """Return the rule tools, bound to their ports."""
    tools = ToolBinder(graph=service.parts.graph, language=service.parts.language)

    def on(use_case: RuleUseCase[A]) -> UseCase[A]:
        return lambda given, session: use_case(given, session, service)

    return (
        tools.reads("preview_rule", a.PreviewRuleArgs, on(preview_rule), does=_PREVIEW),
        tools.writes("deploy_rule", a.DeployRuleArgs, on(deploy_rule), does=_DEPLOY),
        tools.reads("list_rules", a.ListRulesArgs, on(list_rules), does=_LIST),
        tools.reads("explain_rule", a.ExplainRuleArgs, on(explain_rule), does=_EXPLAIN),
        tools.writes("retire_rule", a.RetireRuleArgs, on(retire_rule), does=_RETIRE),
        tools.writes("vote_on_rule", a.VoteOnRuleArgs, on(vote_on_rule), does=_VOTE, roles=STAFF),
        tools.reads("rule_health", a.RuleHealthArgs, on(rule_health), does=_HEALTH),
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
