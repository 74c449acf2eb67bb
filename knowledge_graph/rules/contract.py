"""The business intent contract (BIC): a rule's meaning with its life, owner, needs and history.

codec.py has its published form (docs/bic.schema.json), meaning.py the hash of what it means.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from knowledge_graph.expression.nodes import And, Condition
from knowledge_graph.language.results import Lang
from knowledge_graph.language.rules.results import RuleIntent
from knowledge_graph.ontology.intent_contract import Delay
from knowledge_graph.rules.facts import Facts

Status = Literal["draft", "confirmed", "active", "paused", "retired"]
OnExit = Literal["keep", "undo"]
Governance = Literal["internal", "outbound", "gated", "forbidden"]


@dataclass(frozen=True, kw_only=True)
class Source:
    """The sentence that a contract was compiled from, and its read-back."""

    text: str = ""
    lang: Lang = "zh"
    readback: str = ""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which records a rule may look at."""

    entity: str = "customer"
    filter: Condition | None = None
    """Holds together with the rule's own condition."""
    org: str | None = None


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What must be granted before the rule may run."""

    purposes: tuple[str, ...] = ()
    """Consent purposes of the data it reads and of what it sends out."""
    permissions: tuple[str, ...] = ()
    """The actions it takes."""
    approvers: tuple[str, ...] = ()
    """Roles that its actions name as approvers."""


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """Where a contract came from."""

    parent: str | None = None
    """"id@version" of the contract that it was made from."""
    imported: str | None = None
    """The format that it was imported from."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """Facts, and whether the condition holds on them."""

    facts: Facts
    fires: bool


@dataclass(frozen=True, kw_only=True)
class Validity:
    """The local days on which a contract is in force, both included; an open end is None."""

    start: date | None = None
    end: date | None = None

    def holds_on(self, day: date) -> bool:
        """Return whether the contract is in force on a day.

        >>> Validity(start=date(2026, 3, 1)).holds_on(date(2026, 2, 28))
        False
        """
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@dataclass(frozen=True, kw_only=True)
class RuleContract:
    """One version of one rule."""

    id: str
    version: int = 1
    supersedes: int | None = None
    """The version that this one takes the place of."""
    status: Status = "draft"
    contract: RuleIntent
    """What the rule means."""
    source: Source = field(default_factory=Source)
    author: str = ""
    owner_role: str | None = None
    confirmed_by: str | None = None
    confirmed_at: str | None = None
    """UTC, ISO."""
    scope: Scope = field(default_factory=Scope)
    needs: Needs = field(default_factory=Needs)
    governance: Governance = "internal"
    """The strictest class among its actions."""
    dictionary_version: int = 1
    lineage: Lineage = field(default_factory=Lineage)
    examples: tuple[Example, ...] = ()
    validity: Validity = field(default_factory=Validity)
    budget: int | None = None
    """At most so many actions on one local day; None: no limit."""
    cooldown: Delay | None = None
    """How long it rests for one record after it fired for it."""
    on_exit: OnExit | None = None
    """What becomes of its effects when a record no longer satisfies it; None: not asked yet, kept."""

    @property
    def ref(self) -> str:
        """The pinned name of this version, e.g. "bic_01@3"."""
        return f"{self.id}@{self.version}"

    @property
    def condition(self) -> Condition | None:
        """The rule's condition within its scope; None: always."""
        parts = [c for c in (self.scope.filter, self.contract.condition) if c is not None]
        if len(parts) < 2:
            return parts[0] if parts else None
        return And(args=tuple(parts))

    def with_status(self, status: Status) -> RuleContract:
        """Return the same version in another state."""
        return replace(self, status=status)


def in_force(versions: Iterable[RuleContract], day: date) -> tuple[RuleContract, ...]:
    """Return the version of each rule that is in force on a day.

    An active version whose time has come takes the place of the one before; until then that one stays, and
    after its end it comes back.

    Args:
        versions: Versions of any number of rules, in any order.
        day: A local day.

    Returns:
        At most one version a rule, in the order in which the rules are first seen.
    """
    found: dict[str, RuleContract | None] = {}
    for rule in versions:
        best = found.setdefault(rule.id, None)
        valid = rule.status == "active" and rule.validity.holds_on(day)
        if valid and (best is None or rule.version > best.version):
            found[rule.id] = rule
    return tuple(rule for rule in found.values() if rule is not None)
