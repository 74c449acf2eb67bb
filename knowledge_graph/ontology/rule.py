"""Deployed rules and what they did: nodes of the graph, logged and undone like any other record."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge_graph.ontology.fields import FieldType as F
from knowledge_graph.ontology.fields import field_of

RULE_STATES = ("draft", "confirmed", "active", "paused", "retired")
FIRING_STATES = ("done", "waiting", "held", "failed")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One version of an intent contract; its id is `RULE@VERSION`."""

    rule: str = field_of(F.TEXT, required=True)
    """What people call it, the same for all versions: "R12"."""
    revision: int = field_of(F.INTEGER, required=True)
    state: str = field_of(F.ENUM, values=RULE_STATES, required=True)
    sentence: str = field_of(F.TEXT, required=True)
    """The author's own words."""
    spoken: str = field_of(F.TEXT)
    """The language of the sentence: zh or en."""
    said: str = field_of(F.TEXT)
    """The read-back that was confirmed."""
    contract: str = field_of(F.TEXT, required=True)
    """The whole contract as canonical JSON."""
    digest: str = field_of(F.TEXT)
    """SHA-256 of its meaning."""
    author: str = field_of(F.TEXT)
    supersedes: str | None = field_of(F.REFERENCE, target="rule")
    reason: str | None = field_of(F.TEXT)
    """Why it was paused or retired."""


@dataclass(frozen=True, kw_only=True)
class Firing:
    """One time that a rule acted on one customer, with everything that led to it."""

    rule: str = field_of(F.REFERENCE, target="rule")
    account: str | None = field_of(F.REFERENCE, target="account")
    opportunity: str | None = field_of(F.REFERENCE, target="opportunity")
    ticket: str | None = field_of(F.REFERENCE, target="ticket")
    task: str | None = field_of(F.REFERENCE, target="task")
    """The task it made, if it made one."""
    responsible: str | None = field_of(F.REFERENCE, target="employee")
    at: str = field_of(F.DATETIME)
    cause: str = field_of(F.TEXT)
    state: str = field_of(F.ENUM, values=FIRING_STATES)
    proof: str = field_of(F.TEXT)
    """JSON: facts read with their origin, the value of each clause, steps, services, effects."""
