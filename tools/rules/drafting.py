"""From a sentence to the draft of a contract, or to the question or refusal that the language has for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from knowledge_graph.errors import BadInputError
from knowledge_graph.expression.nodes import Field
from knowledge_graph.expression.periods import iso_instant
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.results import LanguageContext
from knowledge_graph.language.rules.compiler import RuleCompiler
from knowledge_graph.language.rules.results import RuleAsk, RuleIntent, RuleRefused
from knowledge_graph.language.rules.terms import conditions_of, leaves_in
from knowledge_graph.language.vocabulary import Vocabulary
from knowledge_graph.ontology.intent_contract import Delay
from knowledge_graph.rules.contract import Lineage, RuleContract, Scope, Source
from knowledge_graph.rules.governance import class_of, needs_of
from tools.context import RunContext
from tools.rules.book import Shelf
from tools.rules.phrases import framed

_OWN = frozenset({"opportunity", "ticket", "lead", "contact", "dealer", "device", "task"})
"""Entities that a rule may be about when it says nothing of a customer."""
_LIMIT = re.compile(r"^\s*(budget|cooldown|from|to)\s*=\s*(.+?)\s*$")
_DELAY = re.compile(r"^(\d{1,4})\s*(minute|hour|day|week|month|quarter|year)s?$")


@dataclass
class Drafter:
    """Compiles sentences; the compiler is kept while the vocabulary is the same."""

    _held: tuple[Vocabulary, RuleCompiler] | None = None

    def compiler(self, vocabulary: Vocabulary) -> RuleCompiler:
        """Return the compiler over a vocabulary."""
        if self._held is None or self._held[0] is not vocabulary:
            self._held = (vocabulary, RuleCompiler(vocabulary))
        return self._held[1]

    def draft(
        self, sentence: str, vocabulary: Vocabulary, shelf: Shelf, run: RunContext, *, of: str = ""
    ) -> RuleContract | RuleAsk | RuleRefused:
        """Return the draft of a contract: nothing of it is kept.

        Args:
            sentence: As the person said it.
            vocabulary: The workspace's words.
            shelf: The rules there are.
            run: Who speaks, when and where.
            of: The rule that it changes; empty: a new one.

        Raises:
            NotFoundError: There is no rule `of`.
        """
        context = LanguageContext(
            now=run.now, timezone=run.timezone, me=run.me, currency=run.currency
        )
        said = framed(sentence)
        found = self.compiler(vocabulary).compile(said.sentence, context)
        if isinstance(found, RuleAsk | RuleRefused):
            return found
        dictionary = vocabulary.dictionary
        before = shelf.get(of).contract if of else None
        version = 1 if before is None else shelf.versions(before.id)[0].contract.version + 1
        rule = RuleContract(
            id=shelf.next_id() if before is None else before.id,
            version=version,
            supersedes=None if before is None else before.version,
            contract=found.contract,
            source=Source(text=sentence, lang=found.lang, readback=found.readback),
            author=str(run.actor),
            owner_role=run.actor.role.value,
            confirmed_by=str(run.actor),
            confirmed_at=iso_instant(run.now),
            scope=Scope(entity=subject_entity(found.contract)),
            dictionary_version=dictionary.version,
            lineage=Lineage(parent=None if before is None else before.ref),
        )
        return said.applied(classified(rule, dictionary))


def classified(rule: RuleContract, dictionary: Dictionary) -> RuleContract:
    """Return a contract with its class and its needs, as the dictionary has them."""
    return replace(rule, needs=needs_of(rule, dictionary), governance=class_of(rule, dictionary))


def subject_entity(intent: RuleIntent) -> str:
    """Return the entity that a rule is about: the customer, unless it speaks of another thing only."""
    if intent.trigger.kind == "event":
        return "customer"
    leaves = [leaf for c in conditions_of(intent) for leaf in leaves_in(c)]
    fields = [leaf.term.entity for leaf in leaves if isinstance(leaf.term, Field)]
    if len(fields) < len(leaves) or "customer" in fields:
        return "customer"
    return next((entity for entity in fields if entity in _OWN), "customer")


def limited(rule: RuleContract, limits: str) -> RuleContract:
    """Return a contract with limits on how often and from when to when it acts.

    Args:
        rule: The contract.
        limits: `budget=200; cooldown=7 day; from=2026-03-01; to=2026-12-31`.

    Raises:
        BadInputError: It is no such list.

    >>> from knowledge_graph.ontology.intent_contract import IntentContract, Trigger
    >>> rule = RuleContract(id="R1", contract=IntentContract(trigger=Trigger(), condition=None, actions=()))
    >>> limited(rule, "budget=5; cooldown=7 days").cooldown
    Delay(n=7, unit='day')
    """
    for part in filter(None, (p.strip() for p in limits.split(";"))):
        match = _LIMIT.match(part)
        if match is None:
            raise BadInputError(f"no limit {part!r}; give budget, cooldown, from or to")
        rule = _LIMITS[match[1]](rule, match[2])
    return rule


def _with_budget(rule: RuleContract, text: str) -> RuleContract:
    if not text.isdecimal() or not 0 < int(text) <= 1_000_000:
        raise BadInputError(f"no budget {text!r}; give actions a day")
    return replace(rule, budget=int(text))


def _with_cooldown(rule: RuleContract, text: str) -> RuleContract:
    match = _DELAY.match(text)
    if match is None:
        raise BadInputError(f"no duration {text!r}; give for example 7 day")
    return replace(rule, cooldown=Delay(n=int(match[1]), unit=match[2]))


def _with_start(rule: RuleContract, text: str) -> RuleContract:
    return replace(rule, validity=replace(rule.validity, start=_day(text)))


def _with_end(rule: RuleContract, text: str) -> RuleContract:
    return replace(rule, validity=replace(rule.validity, end=_day(text)))


_LIMITS: Mapping[str, Callable[[RuleContract, str], RuleContract]] = {
    "budget": _with_budget,
    "cooldown": _with_cooldown,
    "from": _with_start,
    "to": _with_end,
}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInputError(f"no date {text!r}; give YYYY-MM-DD") from None
