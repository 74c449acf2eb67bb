"""Arguments of the rule tools: sentences and names of rules."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tools.spec import ToolArgs

Sentence = Annotated[
    str,
    Field(
        max_length=10_000,
        description="The rule as the person said it, in Chinese or English, word for word.",
    ),
]
RuleName = Annotated[
    str, Field(max_length=40, description="R12, or R12@3 for one version; empty: a new rule.")
]


class PreviewRuleArgs(ToolArgs):
    """Arguments of preview_rule."""

    sentence: Sentence
    rule: RuleName = ""


class DeployRuleArgs(ToolArgs):
    """Arguments of deploy_rule."""

    sentence: Sentence
    rule: RuleName = ""
    on_exit: Annotated[
        Literal["", "keep", "undo"],
        Field(description="What becomes of pools and tags when a customer no longer qualifies."),
    ] = ""
    limits: Annotated[
        str,
        Field(
            max_length=200,
            description="budget=200; cooldown=7 day; from=2026-03-01; to=2026-12-31",
        ),
    ] = ""


class ListRulesArgs(ToolArgs):
    """Arguments of list_rules."""

    rule: RuleName = ""
    what: Annotated[
        Literal["", "rules", "versions", "diff", "inbox", "dictionary"],
        Field(
            description="rules, the versions of one, what differs between two (diff), the messages of "
            "rules, or the terms."
        ),
    ] = ""
    against: Annotated[
        str, Field(max_length=40, description="diff: the other one, R12@2; empty: the one before.")
    ] = ""


class ExplainRuleArgs(ToolArgs):
    """Arguments of explain_rule."""

    rule: RuleName = ""
    record: Annotated[
        str, Field(max_length=300, description="The customer, as the person named it.")
    ] = ""


class RetireRuleArgs(ToolArgs):
    """Arguments of retire_rule."""

    rule: Annotated[str, Field(min_length=1, max_length=40, description="R12")]
    to: Annotated[
        Literal["retired", "paused", "active", "rollback", "taken_over"],
        Field(
            description="retired for good, paused, active again, rollback to the last one, or taken over: "
            "the person becomes its owner."
        ),
    ] = "retired"
    reason: Annotated[str, Field(max_length=500)] = ""


class VoteOnRuleArgs(ToolArgs):
    """Arguments of vote_on_rule."""

    rule: Annotated[str, Field(min_length=1, max_length=40, description="R12")]
    agree: bool = True
    reason: Annotated[str, Field(max_length=500, description="Why, in the person's own words.")] = (
        ""
    )


class RuleHealthArgs(ToolArgs):
    """Arguments of rule_health."""

    rule: RuleName = ""
    days: Annotated[int, Field(ge=1, le=400)] = 30
    month: Annotated[
        str,
        Field(max_length=20, description="A monthly report instead: 2026-11, this or last."),
    ] = ""
