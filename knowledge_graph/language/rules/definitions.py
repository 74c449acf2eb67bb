"""New words by sentence: "'大客户' means tier A or purchases over 10 million a year".

The meaning is the condition half of a rule and is read by the same grammar with the same checks, so that a
definition crosses no red line, has no vague word and no open scope. It becomes a state of the dictionary: rules
and queries use the word, and the condition is put in its place when they are compiled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType

from knowledge_graph.expression.nodes import Condition
from knowledge_graph.language.compiler import Language
from knowledge_graph.language.dictionary import Dictionary, Names, StateTerm
from knowledge_graph.language.lexer import language_of
from knowledge_graph.language.meanings import WordMeaning
from knowledge_graph.language.results import Lang, LanguageContext
from knowledge_graph.language.rules.compiler import RuleCompiler
from knowledge_graph.language.rules.results import RuleAsk, RuleCompiled, RuleRefused
from knowledge_graph.language.rules.words import SUBJECT
from knowledge_graph.language.spelling import folded, plural_forms

_LONGEST_NAME = 24
_QUOTED = r"[“\"'‘「『](?P<quoted>[^”\"'’」』]{1,40})[”\"'’」』]"
_ZH = r"(?:是指|指的是|指|的意思是|意思是|的定义是|定义为|定义成|就是|即|是|[:：=＝])"
_ZH_SURE = r"(?:是指|指的是|的意思是|的定义是|定义为|定义成)"
_EN = r"(?:means?|is defined as|are defined as|refers? to|stands? for|is|are|[:=])"
_EN_SURE = r"(?:means?|is defined as|are defined as|refers? to|stands? for)"
_FORMS = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"^\s*(?:(?:请?把|将)\s*)?{_QUOTED}\s*(?:{_ZH}|{_EN}(?!\w))\s*(?P<meaning>.+)$",
        rf"^\s*(?:by |a |an |the )?{_QUOTED}\s*,?\s*(?:we|i) mean\s+(?P<meaning>.+)$",
        rf"^\s*(?P<plain>[^，,。.:：“”\"']{{1,24}}?)\s*{_ZH_SURE}\s*(?P<meaning>.+)$",
        rf"^\s*(?:a |an |the )?(?P<plain>[^，,。.:：“”\"']{{1,40}}?)\s+{_EN_SURE}\s+(?P<meaning>.+)$",
    )
)
_TAIL = re.compile(r"(?:的)?(?:那些)?客户[。.!！\s]*$")
_LEAD = re.compile(
    r"^(?:any |a |all )?customers? (?:(?:that|which|who) )?(?=(?:is|are|has|have|whose|with|in|of|on)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A new word and the condition that it stands for."""

    name: str
    condition: Condition
    readback: str
    """The meaning in controlled words, in the language of the sentence."""
    lang: Lang
    entity: str = SUBJECT

    @property
    def id(self) -> str:
        """The id of the state that it becomes."""
        return f"{self.entity}.{folded(self.name).replace(' ', '_')}"


def is_definition(text: str) -> bool:
    """Return whether a sentence has the form of a definition.

    >>> is_definition("“大客户”是指A级客户"), is_definition("通知大客户的负责人")
    (True, False)
    """
    return _split(text) is not None


def define(
    text: str, compiler: RuleCompiler, context: LanguageContext
) -> Definition | RuleAsk | RuleRefused:
    """Compile a definition.

    Args:
        text: The sentence, Chinese or English or both.
        compiler: The words that the meaning may use.
        context: The clock, the time zone and the currency.

    Returns:
        The definition, one question, or the red line that its meaning crosses.
    """
    lang = language_of(text[:_LONGEST_NAME])
    parts = _split(text)
    if parts is None:
        zh, en = "请这样说：“大客户”是指……", "Please say: “big customer” means …"
        return RuleAsk(reason="missing_argument", text=zh if lang == "zh" else en)
    name, meaning = parts
    if taken := _taken(name, compiler):
        zh = f"“{name}”在词典里已经有意思（{taken}），请换一个词。"
        en = f"“{name}” already means something ({taken}); please choose another word."
        return RuleAsk(reason="ambiguous_term", text=zh if lang == "zh" else en, about=(name,))
    found = _condition(meaning, compiler, context)
    if isinstance(found, RuleAsk | RuleRefused):
        return found
    readback = Language(compiler.vocabulary).readback(found, lang)
    return Definition(name=name, condition=found, readback=readback, lang=lang)


def with_definition(dictionary: Dictionary, definition: Definition) -> Dictionary:
    """Return the next version of a dictionary, in which a new word means what its definition says."""
    en = (
        ()
        if language_of(definition.name) == "zh"
        else (definition.name, *plural_forms(definition.name))
    )
    names = Names(zh=() if en else (definition.name,), en=en)
    state = StateTerm(id=definition.id, names=names, where=(), condition=definition.condition)
    states = MappingProxyType({**dictionary.states, state.id: state})
    return replace(dictionary, states=states, version=dictionary.version + 1)


def without_definition(dictionary: Dictionary, state_id: str) -> Dictionary:
    """Return the next version of a dictionary without a defined word."""
    states = {key: state for key, state in dictionary.states.items() if key != state_id}
    return replace(dictionary, states=MappingProxyType(states), version=dictionary.version + 1)


def _split(text: str) -> tuple[str, str] | None:
    for form in _FORMS:
        match = form.match(text.strip())
        if match is not None:
            parts = match.groupdict()
            name = (parts.get("quoted") or parts.get("plain") or "").strip()
            if 0 < len(name) <= 2 * _LONGEST_NAME:
                return name, parts["meaning"].strip().rstrip("。.!！ ")
    return None


def _taken(name: str, compiler: RuleCompiler) -> str | None:
    """Return what a word means already; a vague word or a defined one may be given a meaning."""
    vocabulary = compiler.vocabulary
    for meaning in vocabulary.phrases.get(folded(name), ()):
        if isinstance(meaning, WordMeaning) and meaning.role in {"vague", "filler"}:
            continue
        state = getattr(meaning, "state", None)
        if state is not None and vocabulary.dictionary.states[state].condition is not None:
            continue
        return str(getattr(meaning, "field", None) or getattr(meaning, "op", None) or name)
    return None


def _condition(
    meaning: str, compiler: RuleCompiler, context: LanguageContext
) -> Condition | RuleAsk | RuleRefused:
    asked: list[RuleAsk] = []
    for sentence in _as_rules(meaning):
        result = compiler.compile(sentence, context)
        if isinstance(result, RuleRefused):
            return result
        if isinstance(result, RuleAsk):
            asked.append(result)
        elif (found := _whole(result)) is not None:
            return found
    understood = [ask for ask in asked if ask.reason not in _NOT_READ]
    return (*understood, *asked, RuleAsk(reason="missing_argument", text=meaning))[0]


_NOT_READ = frozenset({"unknown_term", "leftover", "missing_argument"})
"""Questions that only say that this way of putting it was not read."""


def _as_rules(meaning: str) -> Iterator[str]:
    """Yield rules of which the meaning is the condition."""
    if language_of(meaning) == "zh":
        bare = _TAIL.sub("", meaning)
        yield f"如果{bare}，则打标签“x”。"
        yield f"{bare}的客户打标签“x”。"
        return
    bare = _LEAD.sub("", meaning)
    yield f"If {bare}, tag the customer as “x”."
    yield f"If the customer {bare}, tag as “x”."


def _whole(result: RuleCompiled) -> Condition | None:
    """Return the condition, where the meaning is all of it: no event, no condition on the action."""
    contract = result.contract
    if contract.trigger.kind != "state" or len(contract.actions) != 1 or contract.otherwise:
        return None
    return contract.condition if contract.actions[0].when is None else None
