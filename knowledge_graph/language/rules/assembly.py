"""From a row of tokens to a contract: what triggers it, under which conditions, what is done.

A sentence has branches (otherwise, else if); a branch has a condition part and, from its first verb on, an
action part. Conditions in the action part belong to the whole branch unless an "if" follows an action that is
complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, product

from knowledge_graph.expression.nodes import Aggregate, And, Condition
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.language.dictionary import ActionTerm, Dictionary
from knowledge_graph.language.parser.scopes import Item, combined
from knowledge_graph.language.rules.event_words import event_entity
from knowledge_graph.language.rules.notes import NOTE
from knowledge_graph.language.rules.parts import Part, UnfitError, Unit, read_part
from knowledge_graph.language.rules.results import RuleAction, RuleBranch, RuleIntent
from knowledge_graph.language.rules.terms import conditions_of, leaves_in
from knowledge_graph.language.rules.tokens import Token
from knowledge_graph.language.rules.words import SUBJECT
from knowledge_graph.ontology.intent_contract import (
    Action,
    Branch,
    IntentContract,
    Trigger,
)


@dataclass(frozen=True, kw_only=True)
class Assembled:
    """The contracts that a row may mean: more than one where the scope of and/or is not clear."""

    contracts: tuple[RuleIntent, ...]
    event_entity_used: str | None = None


def assemble(row: Sequence[Token], dictionary: Dictionary) -> Assembled:
    """Return the contracts that a row of tokens means.

    Args:
        row: Tokens that cover a sentence.
        dictionary: For the arguments that actions take.

    Returns:
        One contract, or the two that the scope of and/or leaves open.

    Raises:
        UnfitError: The row makes no rule.
    """
    sources = tuple(str(v) for t in row if t.kind == "source" for v in t.values)
    tokens = [t for t in row if t.kind not in {"skip", "source"}]
    branches = _branches(tokens)
    parts = [read_part(branch) for branch, _ in branches]
    main = parts[0]
    if not main.units:
        raise UnfitError("no action", row[-1].end if row else 0)
    trigger = _trigger(main)
    readings = _readings(main)
    if trigger.kind == "state" and readings == (None,):
        raise UnfitError("no condition", row[0].start)
    actions = _actions(main.units, dictionary)
    otherwise = tuple(
        item
        for part, (_, conditional) in zip(parts[1:], branches[1:], strict=True)
        for item in _otherwise(part, dictionary, conditional=conditional)
    )
    contracts = tuple(
        IntentContract(
            trigger=trigger,
            condition=condition,
            actions=actions,
            otherwise=otherwise,
            data_sources=tuple(dict.fromkeys(sources)),
        )
        for condition in readings
    )
    _reflect(tokens, contracts[0], dictionary)
    return Assembled(
        contracts=contracts, event_entity_used=main.event.event if main.event else None
    )


def _reflect(tokens: Sequence[Token], contract: RuleIntent, dictionary: Dictionary) -> None:
    """Hold every noun of a row to the contract: the conditions or the event speak of such a record.

    Raises:
        UnfitError: A noun was said that the contract says nothing about.
    """
    spoken_of = {SUBJECT}
    if contract.trigger.event is not None:
        spoken_of.add(event_entity(contract.trigger.event, dictionary))
    for leaf in chain.from_iterable(map(leaves_in, conditions_of(contract))):
        over = leaf.term.over if isinstance(leaf.term, Aggregate) else leaf.term.id
        spoken_of.add(over.partition(".")[0])
    for token in tokens:
        if token.kind != "noun" or token.values[0] in spoken_of:
            continue
        raise UnfitError("said of nothing", token.start, (token.start, token.end))


def _branches(tokens: list[Token]) -> list[tuple[list[Token], bool]]:
    """Split at "otherwise" and "else if"; "unless A, otherwise B" is one branch."""
    found: list[tuple[list[Token], bool]] = [([], False)]
    for n, token in enumerate(tokens):
        if token.mark == "otherwise":
            current = found[-1][0]
            if any(t.mark == "unless" for t in current) and not any(
                t.kind == "verb" for t in current
            ):
                if not current or current[-1].mark != "comma":
                    current.append(replace(token, mark="comma"))
                continue
            follows = next((t.mark for t in tokens[n + 1 :] if t.mark != "comma"), None)
            found.append(([], follows in {"if", "unless"}))
        elif token.mark == "else_if":
            found.append(([replace(token, mark="if")], True))
        else:
            found[-1][0].append(token)
    return found


def _trigger(part: Part) -> Trigger:
    if part.event is not None:
        if part.leading is not None:
            raise UnfitError("an event and a schedule", part.event.start)
        return Trigger(kind="event", event=part.event.event)
    if part.leading is not None:
        return Trigger(kind="schedule", schedule=part.leading)
    only = part.units[0] if len(part.units) == 1 else None
    conditional = any(item.condition is not None for item in part.before)
    if only is not None and only.schedule is not None and not conditional:
        schedule, only.schedule = only.schedule, None
        return Trigger(kind="schedule", schedule=schedule)
    return Trigger()


def _readings(part: Part) -> tuple[Condition | None, ...]:
    scoped = (_scoped(part.before), *(_scoped(group) for group in part.behind))
    found = [readings for readings in scoped if readings]
    if not found:
        return (None,)
    return tuple(
        dict.fromkeys(
            row[0] if len(row) == 1 else simplified(And(args=tuple(row))) for row in product(*found)
        )
    )


def _scoped(items: list[Item]) -> tuple[Condition, ...]:
    while items and items[-1].condition is None:
        items = items[:-1]
    items = _without_joined_nouns(items)
    scopes = combined(tuple(items)) if any(item.condition for item in items) else None
    return scopes.readings if scopes else ()


def _without_joined_nouns(items: list[Item]) -> list[Item]:
    """Drop nouns that stand at an and/or: 华东的客户或者A级客户 is one list, not two blocks."""
    kept: list[Item] = []
    at = 0
    while at < len(items):
        end = at
        while end < len(items) and items[end].mark in {"noun", "break"}:
            end += 1
        if end == at:
            kept.append(items[at])
            at += 1
            continue
        behind = [i.mark for i in items[end : end + 2] if i.mark]
        joined = behind[:1] in (["and"], ["or"]) or behind in (["comma", "and"], ["comma", "or"])
        if not joined and not (kept and kept[-1].mark in {"and", "or"}):
            kept.extend(items[at:end])
        at = end
    return kept


def _otherwise(
    part: Part, dictionary: Dictionary, *, conditional: bool
) -> tuple[RuleAction | RuleBranch, ...]:
    if not part.units:
        if part.before or part.behind:
            raise UnfitError("a condition without an action")
        return ()
    if part.event is not None or part.leading is not None:
        raise UnfitError("a trigger behind otherwise")
    readings = _readings(part)
    if len(readings) > 1:
        raise UnfitError("and/or behind otherwise")
    actions = _actions(part.units, dictionary)
    condition = readings[0]
    if condition is None:
        return actions
    if not conditional:
        raise UnfitError("a condition behind otherwise without if")
    return (Branch(when=condition, actions=actions),)


def _actions(units: list[Unit], dictionary: Dictionary) -> tuple[RuleAction, ...]:
    return tuple(action for unit in units for action in _spread(unit, dictionary))


def _spread(unit: Unit, dictionary: Dictionary) -> tuple[RuleAction, ...]:
    slots = {_slot(unit, token) for token in unit.args} - {NOTE}
    term = _chosen(unit, slots, dictionary)
    when = None
    if unit.when:
        readings = _scoped(unit.when)
        if len(readings) != 1:
            raise UnfitError("and/or in the condition of an action", unit.verb.start)
        when = readings[0]
    note = next((str(t.values[0]) for t in unit.args if t.slot == NOTE), None)
    args = [t for t in unit.args if t.slot != NOTE]
    if len({_slot(unit, t) for t in args}) < len(args):
        raise UnfitError("an argument twice", unit.verb.start)
    rows = product(*[[(_slot(unit, t), v) for v in dict.fromkeys(t.values)] for t in args])
    return tuple(
        Action(
            action=term.id,
            args=dict(row),
            schedule=unit.schedule,
            delay=unit.delay,
            when=when,
            note=note,
        )
        for row in rows
    )


def _slot(unit: Unit, token: Token) -> str:
    """Return the slot of an argument; "from a pool" is one only of what takes out of it."""
    if token.slot == "pool_from" and "pool.remove" in unit.verb.actions:
        return "pool"
    return token.slot


def _chosen(unit: Unit, slots: set[str], dictionary: Dictionary) -> ActionTerm:
    fitting = []
    for name in unit.verb.actions:
        term = dictionary.actions[name]
        required = {slot for slot, kind in term.args.items() if not kind.endswith("?")}
        if term.id == "rebate.draft":
            required -= {"base"}
        if slots <= set(term.args) and required <= slots:
            fitting.append(term)
    if not fitting:
        raise UnfitError("an argument is missing", unit.verb.start)
    if len(fitting) > 1:
        raise UnfitError("an action that is not clear", unit.verb.start)
    return fitting[0]
