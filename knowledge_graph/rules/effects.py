"""What the actions of a rule change, and when each of them is taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from knowledge_graph.expression.nodes import And, Condition, Field, Not
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.rules.results import RuleAction
from knowledge_graph.language.rules.terms import conditions_of, leaves_in
from knowledge_graph.ontology.intent_contract import Branch
from knowledge_graph.rules.contract import RuleContract

Mode = Literal["set", "add", "remove"]
_VERBS: dict[str, Mode] = {"add": "add", "remove": "remove", "set": "set", "assign": "set"}


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A change of one target."""

    target: str
    """A field id where the dictionary has the field, e.g. customer.pools; else <entity>.<noun>."""
    mode: Mode
    """set: the target has one value; add, remove: it is a set."""
    value: str

    def contradicts(self, other: Effect) -> bool:
        """Return whether both cannot be true of one record at once."""
        if self.target != other.target:
            return False
        if self.mode == "set" and other.mode == "set":
            return self.value != other.value
        return self.value == other.value and {self.mode, other.mode} == {"add", "remove"}


@dataclass(frozen=True, kw_only=True)
class Act:
    """One action of a rule, with everything that must hold for it to be taken."""

    action: RuleAction
    condition: Condition | None
    """None: always."""
    effect: Effect | None
    """None: it changes no target, e.g. a notice."""


def effect_of(action: RuleAction, dictionary: Dictionary) -> Effect | None:
    """Return what an action changes; None: nothing that could be changed twice.

    `<noun>.add` and `<noun>.remove` change a set, an argument whose kind is a field sets that field, and
    `<noun>.assign` sets the noun.

    Args:
        action: Any action of the dictionary.
        dictionary: The kinds of its arguments.
    """
    term = dictionary.actions.get(action.action)
    if term is None or len(action.args) == 0:
        return None
    noun, _, verb = action.action.partition(".")
    for slot, kind in term.args.items():
        field = kind.removesuffix("?")
        if slot in action.args and field in dictionary.fields:
            return Effect(target=field, mode="set", value=str(action.args[slot]))
    if verb in _VERBS:
        value = str(next(iter(action.args.values())))
        return Effect(target=_target(noun, dictionary), mode=_VERBS[verb], value=value)
    return None


def _target(noun: str, dictionary: Dictionary) -> str:
    for name in (f"customer.{noun}s", f"customer.{noun}"):
        if name in dictionary.fields:
            return name
    return f"customer.{noun}"


def acts_of(rule: RuleContract, dictionary: Dictionary) -> tuple[Act, ...]:
    """Return every action of a rule with its whole condition: scope, branches before it, its own."""
    return tuple(
        Act(
            action=action,
            condition=_joined([*conditions, action.when]),
            effect=effect_of(action, dictionary),
        )
        for conditions, action in _branches(rule)
    )


def _branches(rule: RuleContract) -> Iterator[tuple[list[Condition | None], RuleAction]]:
    scope, own = rule.scope.filter, rule.contract.condition
    for action in rule.contract.actions:
        yield [scope, own], action
    before: list[Condition | None] = [scope]
    if own is not None:
        before.append(Not(arg=own))
    for item in rule.contract.otherwise:
        if isinstance(item, Branch):
            for action in item.actions:
                yield [*before, item.when], action
            before.append(Not(arg=item.when))
    for item in rule.contract.otherwise:
        if not isinstance(item, Branch):
            yield before, item


def _joined(conditions: list[Condition | None]) -> Condition | None:
    found = [c for c in conditions if c is not None]
    if len(found) < 2:
        return found[0] if found else None
    return And(args=tuple(found))


def reads_of(rule: RuleContract) -> tuple[str, ...]:
    """Return the ids of the dictionary fields that a rule's conditions look at, aggregates included."""
    found: dict[str, None] = {}
    conditions = [*conditions_of(rule.contract)]
    if rule.scope.filter is not None:
        conditions.append(rule.scope.filter)
    for condition in conditions:
        for leaf in leaves_in(condition):
            term = leaf.term
            name = term.id if isinstance(term, Field) else term.field
            if name is not None:
                found[name] = None
    return tuple(found)
