"""What compiling a rule can come to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from knowledge_graph.expression.nodes import Condition
from knowledge_graph.language.results import AskCode, Lang
from knowledge_graph.ontology.intent_contract import Action, Branch, IntentContract

RuleAction = Action[Condition]
RuleBranch = Branch[Condition]
RuleIntent = IntentContract[Condition]


def all_actions(contract: RuleIntent) -> Iterator[RuleAction]:
    """Yield every action of a contract, those of its other branches included."""
    yield from contract.actions
    for item in contract.otherwise:
        if isinstance(item, Branch):
            yield from item.actions
        else:
            yield item


@dataclass(frozen=True, kw_only=True)
class RuleCompiled:
    """The sentence was understood whole and may be shown for confirmation."""

    contract: RuleIntent
    readback: str
    """The same meaning in controlled words, in the language of the sentence."""
    lang: Lang


@dataclass(frozen=True, kw_only=True)
class RuleAsk:
    """One question back; nothing is deployed."""

    reason: AskCode
    text: str
    """The question, in the language of the sentence."""
    about: tuple[str, ...] = ()
    """The words in question."""
    readings: tuple[Condition, ...] = ()
    """For `ambiguous_scope`: the conditions that the sentence may mean."""
    offers: tuple[str, ...] = ()
    """What may be said instead: the readings in words, or the nearest terms."""


@dataclass(frozen=True, kw_only=True)
class RuleRefused:
    """A red line: nothing is deployed, and no confirmation can change that."""

    red_line: str
    text: str


RuleResult = RuleCompiled | RuleAsk | RuleRefused
