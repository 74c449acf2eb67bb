"""What a rule needs before it may run: its class, consent purposes, permissions, and a committee's yes.

All of it is read from the dictionary: the class, purpose and approver of every action, the sensitivity and
purpose of every field, the red lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.rules.red_lines import crossed_by_contract
from knowledge_graph.language.rules.results import all_actions
from knowledge_graph.ontology.access import Role
from knowledge_graph.rules.contract import Governance, Needs, RuleContract
from knowledge_graph.rules.effects import effect_of, reads_of

_STRICTNESS: Mapping[Governance, int] = {"internal": 0, "outbound": 1, "gated": 2, "forbidden": 3}
CLASSES: tuple[Governance, ...] = ("internal", "outbound", "gated")
"""From the mildest; what is forbidden is not approved."""
SERVICE = "service"
_PERSONAL = frozenset({"behaviour", "special"})
"""Sensitivities of data that may only be read for a consented purpose."""


def class_of(rule: RuleContract, dictionary: Dictionary) -> Governance:
    """Return the strictest class among a rule's actions, those of its other branches included."""
    found: list[Governance] = [
        dictionary.actions[action.action].governance
        for action in all_actions(rule.contract)
        if action.action in dictionary.actions
    ]
    return max(found, key=_STRICTNESS.__getitem__, default="internal")


def needs_of(rule: RuleContract, dictionary: Dictionary) -> Needs:
    """Return what a rule needs: purposes of what it reads and sends, its actions, their approvers."""
    actions = [
        dictionary.actions[action.action]
        for action in all_actions(rule.contract)
        if action.action in dictionary.actions
    ]
    fields = [dictionary.fields[f] for f in reads_of(rule) if f in dictionary.fields]
    purposes = {term.purpose for term in fields} | {term.purpose for term in actions}
    return Needs(
        purposes=tuple(sorted(purpose for purpose in purposes if purpose is not None)),
        permissions=tuple(dict.fromkeys(term.id for term in actions)),
        approvers=tuple(dict.fromkeys(t.approver for t in actions if t.approver is not None)),
    )


def purposes_of(rule: RuleContract) -> tuple[str, ...]:
    """Return the purposes for which a rule reads and acts; one that names none serves the customer.

    >>> from knowledge_graph.ontology.intent_contract import IntentContract, Trigger
    >>> plain = IntentContract(trigger=Trigger(), condition=None, actions=())
    >>> purposes_of(RuleContract(id="R1", contract=plain, needs=Needs(purposes=("marketing", "service"))))
    ('marketing',)
    """
    return tuple(p for p in rule.needs.purposes if p != SERVICE) or (SERVICE,)


def without_purpose(rule: RuleContract, dictionary: Dictionary) -> tuple[str, ...]:
    """Return the personal fields that a rule reads and for which it names no consent purpose.

    Args:
        rule: The contract; `needs.purposes` is what it names.
        dictionary: The sensitivity and purpose of the fields.
    """
    found = []
    for name in reads_of(rule):
        term = dictionary.fields.get(name)
        if term is None:
            continue
        missing = term.purpose is not None and term.purpose not in rule.needs.purposes
        if missing or (term.sensitivity in _PERSONAL and term.purpose is None):
            found.append(name)
    return tuple(found)


def red_line_of(rule: RuleContract, dictionary: Dictionary) -> str | None:
    """Return the red line that a rule crosses by what it reads, does or writes; None: none."""
    line = crossed_by_contract(rule.contract, dictionary)
    if line is not None:
        return line
    for action in all_actions(rule.contract):
        effect = effect_of(action, dictionary)
        term = None if effect is None else dictionary.fields.get(effect.target)
        if term is not None and not term.writable:
            return "read_only_field"
    return None


# -- the committee


@dataclass(frozen=True, kw_only=True)
class CommitteePolicy:
    """For which classes a committee decides, and how."""

    classes: frozenset[Governance] = frozenset({"outbound", "gated"})
    members: tuple[str, ...] = ()
    """User ids of the committee."""
    quorum: int = 2
    """How many of them have to say yes."""
    days: int = 14
    """How long they may take; then the rule ends without having run."""

    def voters(self, rule: RuleContract) -> tuple[str, ...]:
        """Return who may vote on a rule: the members but its author."""
        author = person_of(rule.author)
        return tuple(m for m in dict.fromkeys(map(person_of, self.members)) if m != author)


def person_of(actor: str) -> str:
    """Return the user id of an actor: a person stays the same in another role.

    >>> person_of("owner:ann"), person_of("ann")
    ('ann', 'ann')
    """
    role, colon, user = actor.partition(":")
    return user if colon and role in set(Role) else actor


@dataclass(frozen=True, kw_only=True)
class Vote:
    """What one member of the committee said, and why."""

    by: str
    yes: bool
    reason: str


Outcome = Literal["not_needed", "open", "granted", "refused"]


@dataclass(frozen=True, kw_only=True)
class Approval:
    """How far the committee has come with one version of a rule."""

    outcome: Outcome
    yes: tuple[Vote, ...] = ()
    no: tuple[Vote, ...] = ()
    missing: int = 0
    """How many more have to say yes."""


def approval_of(
    rule: RuleContract, votes: Sequence[Vote], policy: CommitteePolicy = CommitteePolicy()
) -> Approval:
    """Return how far the committee has come.

    A member's last vote counts; the author's own does not, nor one without a reason, nor a stranger's.

    Args:
        rule: The version that was voted on.
        votes: All votes on it, oldest first.
        policy: Who decides, and how many of them.

    Returns:
        refused, once too few are left to say yes; granted, once enough have.
    """
    if rule.governance not in policy.classes:
        return Approval(outcome="not_needed")
    members = policy.voters(rule)
    last = {person_of(v.by): v for v in votes if v.reason.strip()}
    last = {member: last[member] for member in members if member in last}
    yes = tuple(v for v in last.values() if v.yes)
    no = tuple(v for v in last.values() if not v.yes)
    missing = max(0, policy.quorum - len(yes))
    outcome: Outcome = "open"
    if not missing:
        outcome = "granted"
    elif no and len(members) - len(no) < policy.quorum:
        outcome = "refused"
    return Approval(outcome=outcome, yes=yes, no=no, missing=missing)
