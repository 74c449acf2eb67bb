"""One sentence to one contract, one question, or a refusal. Pure: no clock but the context's, no I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from knowledge_graph.expression.boxes import clash, equivalent
from knowledge_graph.expression.nodes import Aggregate, And, Condition
from knowledge_graph.language.compiler import Language
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.lexer import LONGEST, Lattice, language_of, lex
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.results import LanguageContext
from knowledge_graph.language.rules import asking
from knowledge_graph.language.rules.assembly import Assembled, assemble
from knowledge_graph.language.rules.containment import can_hold
from knowledge_graph.language.rules.domains import domains_of
from knowledge_graph.language.rules.event_words import event_entity
from knowledge_graph.language.rules.offsets import in_the_text
from knowledge_graph.language.rules.parts import UnfitError
from knowledge_graph.language.rules.readback import read_back
from knowledge_graph.language.rules.red_lines import crossed_by_contract, crossed_in_words
from knowledge_graph.language.rules.results import (
    RuleAsk,
    RuleCompiled,
    RuleIntent,
    RuleRefused,
    RuleResult,
)
from knowledge_graph.language.rules.rows import Rows
from knowledge_graph.language.rules.terms import leaves_in, terms_of
from knowledge_graph.language.rules.words import SUBJECT, rule_vocabulary
from knowledge_graph.language.vocabulary import Vocabulary

_MOST_PIECES = 500
_MOST_ROWS = 80
_DIRECT = ("opportunity", "ticket", "dealer", "device")
"""Entities whose own fields a rule may watch; others happen once and are spoken of by their event."""


@dataclass(frozen=True)
class _Attempt:
    """What reading a sentence about one entity came to."""

    entity: str
    assembled: Assembled | None
    furthest: int
    unfit: UnfitError | None
    """Why a row of tokens that covers the sentence makes no rule; None: no row covers it."""
    reading: Reading


class RuleCompiler:
    """Compiles the rules of one dictionary or one workspace.

    Args:
        source: The dictionary alone, or the vocabulary of a workspace.
    """

    def __init__(self, source: Dictionary | Vocabulary) -> None:
        self.vocabulary = rule_vocabulary(source)
        self.language = Language(self.vocabulary)
        self.domains = domains_of(self.vocabulary.dictionary)

    def compile(self, text: str, context: LanguageContext) -> RuleResult:
        """Compile one sentence.

        Args:
            text: The sentence, Chinese or English or both.
            context: The clock, the time zone and the currency.

        Returns:
            The contract with its read-back, one question, or the red line that was crossed.
        """
        dictionary = self.vocabulary.dictionary
        line = crossed_in_words(text[: 5 * LONGEST], dictionary)
        if line is not None:
            return asking.refusal(line, dictionary, language_of(text[:LONGEST]))
        if len(text) > LONGEST or not text.strip():
            return asking.too_long(text)
        line = _one_line(text)
        lattice = lex(line, self.vocabulary, context)
        if len(lattice.edges) > _MOST_PIECES:
            return asking.too_long(text)
        attempts = self._attempts(lattice, context)
        best = next((a for a in attempts if a.assembled is not None), None)
        if best is None or best.assembled is None:
            return asking.question(max(attempts, key=lambda a: a.furthest), self.vocabulary)
        result = self._checked(best, best.assembled)
        return _placed(result, line, text) if isinstance(result, RuleCompiled) else result

    def _attempts(self, lattice: Lattice, context: LanguageContext) -> list[_Attempt]:
        found: list[_Attempt] = []
        for entity in self._entities(lattice, context):
            attempt = self._attempt(lattice, context, entity)
            found.append(attempt)
            if attempt.assembled is not None and not _is_loose(attempt.assembled):
                return [attempt]
        return sorted(found, key=lambda a: a.assembled is None)

    def _entities(self, lattice: Lattice, context: LanguageContext) -> tuple[str, ...]:
        """Return the entities a sentence may be about, the likeliest first."""
        dictionary = self.vocabulary.dictionary
        probe = Reading(lattice=lattice, vocabulary=self.vocabulary, context=context)
        events = [event_entity(e, dictionary) for e in terms_of(probe, "r_event", "r_event_verb")]
        named = [n for at in lattice.edges for n, _ in probe.entities(at)]
        named += [info.entity for at in lattice.edges for info, _ in probe.named_fields(at)]
        direct = [e for e in _DIRECT if e in named]
        rest = [e for e in named if e not in _DIRECT]
        return tuple(dict.fromkeys([*events, SUBJECT, *direct, *rest]))[:8]

    def _attempt(self, lattice: Lattice, context: LanguageContext, entity: str) -> _Attempt:
        r = Reading(lattice=lattice, vocabulary=self.vocabulary, context=context, budget=12000)
        rows = Rows(r, entity)
        unfit: UnfitError | None = None
        loose: _Attempt | None = None
        for n, row in enumerate(rows.rows()):
            if n >= _MOST_ROWS:
                break
            try:
                assembled = assemble(row, self.vocabulary.dictionary)
            except UnfitError as error:
                unfit = unfit or error
                continue
            if r.budget > 0 and self._fits(assembled, entity, lattice):
                found = _Attempt(entity, assembled, lattice.end, None, r)
                if not _is_loose(assembled):
                    return found
                loose = loose or found
        return loose or _Attempt(entity, None, rows.furthest, unfit, r)

    def _fits(self, assembled: Assembled, entity: str, lattice: Lattice) -> bool:
        """Whether the reading is about the entity: what happens to it, or what it is."""
        event = assembled.event_entity_used
        if event is not None:
            return event_entity(event, self.vocabulary.dictionary) == entity
        return True

    def _checked(self, attempt: _Attempt, assembled: Assembled) -> RuleResult:
        r = attempt.reading
        dictionary, lang = self.vocabulary.dictionary, r.lattice.lang
        contract = assembled.contracts[0]
        for one in assembled.contracts:
            line = crossed_by_contract(one, dictionary)
            if line is not None:
                return asking.refusal(line, dictionary, lang)
        unclear = asking.missing_unit(r, contract) or asking.money_as_count(r, contract)
        if unclear is not None:
            return unclear
        if len(assembled.contracts) > 1 and not self._all_equal(assembled.contracts):
            return asking.ambiguous(assembled.contracts, self.language, lang)
        contradiction = self._contradiction(contract)
        if contradiction:
            return asking.contradiction(contradiction, self.language, lang)
        text = read_back(contract, self.vocabulary, lang)
        return RuleCompiled(contract=contract, readback=text, lang=lang)

    def _all_equal(self, contracts: tuple[RuleIntent, ...]) -> bool:
        conditions = [c.condition for c in contracts if c.condition is not None]
        first = conditions[0]
        return all(equivalent(first, other, self.domains) is True for other in conditions[1:])

    def _contradiction(self, contract: RuleIntent) -> tuple[Condition, ...]:
        base = contract.condition
        if base is not None and (found := self._clash(base)):
            return found
        for action in contract.actions:
            if action.when is not None:
                both = action.when if base is None else And(args=(base, action.when))
                if found := self._clash(both):
                    return found
        return ()

    def _clash(self, condition: Condition) -> tuple[Condition, ...]:
        found = clash(condition, self.domains)
        if not found and can_hold(condition, self.domains) is False:
            return (condition,)
        return found


def compile_rule(
    text: str, source: Dictionary | Vocabulary, context: LanguageContext
) -> RuleCompiled | RuleAsk | RuleRefused:
    """Compile one sentence; `RuleCompiler` is the same for many.

    Args:
        text: The sentence.
        source: A dictionary alone, or the vocabulary of a workspace.
        context: The clock, the time zone and the currency.

    Returns:
        The contract with its read-back, one question, or the red line that was crossed.
    """
    return RuleCompiler(source).compile(text, context)


def _is_loose(assembled: Assembled) -> bool:
    """Whether a number over related records is taken over all time: a field of theirs may be meant."""
    condition = assembled.contracts[0].condition
    return condition is not None and any(
        isinstance(leaf.term, Aggregate) and leaf.term.window is None and leaf.term.agg != "count"
        for leaf in leaves_in(condition)
    )


def _placed(result: RuleCompiled, line: str, text: str) -> RuleCompiled:
    condition = result.contract.condition
    if condition is None or line == text:
        return result
    placed = replace(result.contract, condition=in_the_text(condition, line, text))
    return replace(result, contract=placed)


_CONTRACTED = re.compile(
    r"\b(is|are|was|were|has|have|had|do|does|did|should)n['’]t\b", re.IGNORECASE
)


_NUMBER_WHEN = re.compile(
    r"((?:低于|高于|超过?|不足|不到|达到?|小于|大于|少于|多于|等于|不满|满|跌破|突破)\s*-?[\d.]+)(?=时)"
)
_LAST_DAY = re.compile(r"(每个?(?:月|季度?|年)度?的?)最后(?:一|1)天")
_FROM_BEFORE = re.compile(
    r"((?:%|percent|half|twofold)(?: or (?:more|less))?) from (?=last |the (?:previous|prior) )",
    re.IGNORECASE,
)


_A_YEAR = re.compile(
    r"(\d ?(?:k|m|thousand|million|billion)?(?: (?:rmb|cny|yuan))?) (?:a|per) (month|quarter|year)\b",
    re.IGNORECASE,
)


def _one_line(text: str) -> str:
    """Return the sentence on one line, in the spellings that the recognisers read whole."""
    line = re.sub(r"[\r\n\t]", " ", text)
    line = _NUMBER_WHEN.sub(r"\1 ", line)  # 低于0时 names no hour
    line = _LAST_DAY.sub(r"\1末", line)
    line = _FROM_BEFORE.sub(r"\1 versus ", line)
    line = _A_YEAR.sub(r"\1 in the last 1 \2", line)
    return _CONTRACTED.sub(r"\1 not", line)
