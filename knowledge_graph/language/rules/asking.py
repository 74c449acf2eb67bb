"""The questions and refusals of rules, in the author's language."""

from __future__ import annotations

import re
from typing import Protocol

from knowledge_graph.expression.nodes import Aggregate, Compare, Condition, Field
from knowledge_graph.language import coverage
from knowledge_graph.language.compiler import Language, spelled
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.lexer import LONGEST, language_of
from knowledge_graph.language.meanings import Lexeme, WordMeaning
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.results import AskCode, Lang
from knowledge_graph.language.rules.offers import near_unknown, near_vague, units_of
from knowledge_graph.language.rules.parts import UnfitError
from knowledge_graph.language.rules.results import RuleAsk, RuleIntent, RuleRefused
from knowledge_graph.language.rules.terms import conditions_of, leaves_in
from knowledge_graph.language.rules.words import MONEY_FLOOR
from knowledge_graph.language.vocabulary import Vocabulary

_SCOPE = frozenset({
    "a second rule",
    "and/or behind otherwise",
    "and/or in the condition of an action",
})


class Tried(Protocol):
    """An attempt at a sentence that came to nothing."""

    @property
    def reading(self) -> Reading:
        """The sentence."""

    @property
    def furthest(self) -> int:
        """Where it stopped."""

    @property
    def unfit(self) -> UnfitError | None:
        """Why a row of tokens that covers the sentence makes no rule; None: no row covers it."""


def _ask(lang: str, reason: AskCode, zh: str, en: str, *about: str) -> RuleAsk:
    return RuleAsk(reason=reason, text=zh if lang == "zh" else en, about=about)


def refusal(line: str, dictionary: Dictionary, lang: Lang) -> RuleRefused:
    """Return the refusal by a red line."""
    known = dictionary.red_lines.get(line)
    said = (known.zh if lang == "zh" else known.en) if known else line
    zh = f"这条规则触及红线“{said}”（{line}），不能部署；没有任何改动。"
    en = f"This rule crosses a red line: {said} ({line}). It cannot be deployed; nothing was changed."
    return RuleRefused(red_line=line, text=zh if lang == "zh" else en)


def too_long(text: str) -> RuleAsk:
    """Return the question for a text that is no sentence."""
    lang = language_of(text[:LONGEST])
    if not text.strip():
        return _ask(lang, "missing_argument", "请输入一条规则。", "Please say a rule.")
    zh, en = (
        "这段话太长了，请用一句话说明规则。",
        "This is too long; please say the rule in one sentence.",
    )
    return _ask(lang, "leftover", zh, en, text[:40])


def question(tried: Tried, vocabulary: Vocabulary) -> RuleAsk:
    """Return the one question that a sentence that was not understood leads to."""
    r = tried.reading
    unknown = coverage.unknown_words(r.lattice)
    vague = _vague(r, unknown)
    if vague is not None:
        return _vague_ask(r, vague)
    if unknown:
        return _unknown(r, unknown, vocabulary)
    if r.doubtful:
        word, values = r.doubtful[min(r.doubtful)]
        listed = " / ".join(spelled(v, r.lattice.lang, r.context.timezone) for v in values)
        zh, en = f"“{word}”有几种理解：{listed}。", f"“{word}” can mean: {listed}."
        return _ask(r.lang, "ambiguous_term", zh, en, word)
    if r.notes:
        ask = max(r.notes, key=lambda note: note.at).ask
        offers = tuple(choice.label for choice in ask.choices)
        return RuleAsk(reason=ask.code, text=ask.text, about=ask.about, offers=offers)
    if tried.unfit is not None:
        if tried.unfit.about is not None:
            start, end = tried.unfit.about
            return _unknown(r, (r.lattice.text[start:end],), vocabulary)
        return _unfit(r, tried.unfit.why)
    late = _vague_behind(r, tried.furthest)
    if late is not None:
        return _vague_ask(r, late)
    return _unknown(r, coverage.leftover(r.lattice, tried.furthest), vocabulary)


def _unfit(r: Reading, why: str) -> RuleAsk:
    if why in _SCOPE:
        zh = "条件的范围不清楚，请拆成两条规则，或用括号说明。"
        en = (
            "The scope of the conditions is not clear; please say it as two rules, or use brackets."
        )
        return _ask(r.lang, "ambiguous_scope", zh, en)
    reasons = {
        "no action": ("没有看到要执行的动作。", "I see no action."),
        "no condition": ("没有看到触发条件。", "I see no condition."),
        "an argument is missing": (
            "动作缺少对象（例如角色、客户池或模板）。", "The action lacks its object (a role, a pool …).",
        ),
        "a choice of actions": ("请说明要执行哪个动作。", "Please say which of the actions to run."),
    }  # fmt: skip
    zh, en = reasons.get(
        why,
        (
            "这句话的结构没有看懂，请分开说明条件和动作。",
            "Please say the condition and the actions apart.",
        ),
    )
    return _ask(r.lang, "missing_argument", zh, en, why)


def _unknown(r: Reading, words: tuple[str, ...], vocabulary: Vocabulary) -> RuleAsk:
    near_by = [near_unknown(r, word, vocabulary) for word in words[:3]]
    said = tuple(dict.fromkeys(phrase for phrase, _ in near_by)) or words
    offers = near_by[0][1] if near_by else ()
    listed = "、".join(said) if r.lang == "zh" else ", ".join(said)
    near = ("、" if r.lang == "zh" else ", ").join(offers)
    zh = f"没有看懂：{listed}。" + (f"您是指：{near}？" if near else "")
    en = f"I did not understand: {listed}." + (f" Did you mean: {near}?" if near else "")
    return RuleAsk(
        reason="unknown_term", text=zh if r.lang == "zh" else en, about=words, offers=offers
    )


def _vague(r: Reading, unknown: tuple[str, ...]) -> str | None:
    """Return a vague word that nothing else explains; before an unknown word it is no matter."""
    covered: set[int] = set()
    for at in sorted(r.lattice.edges):
        for piece in r.lattice.edges[at]:
            if "vague" not in piece.roles() and len(piece.text) > 1:
                covered.update(range(piece.start, piece.end))
    for at in sorted(r.lattice.edges):
        for piece in r.lattice.edges[at]:
            if not _only_vague(piece) or set(range(piece.start, piece.end)) <= covered:
                continue
            rest = r.lattice.text[piece.end :].lstrip()
            if not any(rest.startswith(word) for word in unknown):
                return piece.text
    return None


def _only_vague(piece: Lexeme) -> bool:
    """Whether nothing but vagueness is known of a word; "dormant" is a pool as well."""
    known = {m.role if isinstance(m, WordMeaning) else "other" for m in piece.meanings}
    return "vague" in known and not known & {"other", "r_pool", "r_template", "r_role", "r_event"}


def _vague_behind(r: Reading, furthest: int) -> str | None:
    """Return a vague word where the reading stopped or behind it, though it may mean something else too."""
    for at in sorted(at for at in r.lattice.edges if at >= furthest):
        longest = max(r.lattice.edges[at], key=lambda piece: piece.end)
        if "vague" in longest.roles():
            return longest.text
    return None


def _vague_ask(r: Reading, word: str) -> RuleAsk:
    offers = near_vague(r, word)
    listed = ("、" if r.lang == "zh" else ", ").join(offers)
    zh = f"“{word}”没有定义，请给出条件，例如：{listed}。"
    en = f"“{word}” has no definition; please say what it means, for example: {listed}."
    return RuleAsk(
        reason="vague_term", text=zh if r.lang == "zh" else en, about=(word,), offers=offers
    )


def missing_unit(r: Reading, contract: RuleIntent) -> RuleAsk | None:
    """Return the question about a quantity whose unit the sentence leaves open, None when there is none.

    A count of days compared with a bare number may be weeks; an amount in another currency needs a rate.
    """
    for condition in conditions_of(contract):
        for leaf in leaves_in(condition):
            term = leaf.term
            if isinstance(term, Field) and term.name == "currency":
                zh, en = (
                    "请用本位币说明金额：没有汇率可用。",
                    "Please say the amount in the workspace's currency.",
                )
                return _ask(r.lang, "missing_unit", zh, en, term.id)
            if isinstance(term, Field) and isinstance(leaf, Compare) and _is_bare(r, term):
                value = str(leaf.value)
                offers = units_of(value, r.lang)
                zh = f"{value} 的单位是什么：{'、'.join(offers)}？"
                en = f"What is the unit of {value}: {', '.join(offers)}?"
                text = zh if r.lang == "zh" else en
                return RuleAsk(reason="missing_unit", text=text, about=(value,), offers=offers)
    return None


_PRICED = frozenset({"opportunity", "order", "contract"})
_COUNT_WORDS = re.compile(
    r"数量|个数|笔数|单数|[\d万千百十]\s*(?:个(?!月)|[笔份条单])|\b(?:number|count|many)\b", re.I
)


def money_as_count(r: Reading, contract: RuleIntent) -> RuleAsk | None:
    """Return the question whether "a deal over 50k" means its amount, None when nothing reads as such a number.

    Nobody has so many of what has a price, unless the sentence says that it counts them.
    """
    if _COUNT_WORDS.search(r.lattice.text):
        return None
    for condition in conditions_of(contract):
        for leaf in leaves_in(condition):
            term = leaf.term
            if not (isinstance(leaf, Compare) and isinstance(term, Aggregate)):
                continue
            if term.agg != "count" or term.over not in _PRICED:
                continue
            if not isinstance(leaf.value, int | float):
                continue
            if leaf.value >= MONEY_FLOOR or _names_amount(r, leaf.span, term.over):
                value = f"{leaf.value:,.0f}"
                zh = f"{value} 是金额还是数量？请写明“金额”或“数量”。"
                en = (
                    f"Is {value} an amount or a number of records? Please say “amount” or “number”."
                )
                return _ask(r.lang, "missing_unit", zh, en, value)
    return None


def _names_amount(r: Reading, span: tuple[int, int] | None, entity: str) -> bool:
    """Whether "purchases over 300" names an amount of the entity before it compares."""
    start, end = span or (0, 0)
    named = [
        at for at in range(start, end) for info, _ in r.named_fields(at)
        if info.type == "money" and info.entity == entity and not r.lattice.text[at].isspace()
    ]  # fmt: skip
    return any(True for at in range(min(named, default=end), end) for _ in r.operators(at))


_TIME_WORDS = ("天", "日", "周", "月", "年", "小时", "day", "week", "month", "year", "hour")


def _is_bare(r: Reading, term: Field) -> bool:
    info = r.vocabulary.field_of(term.id)
    if info is None or info.type not in {"days", "hours"}:
        return False
    return not any(word in r.lattice.text.lower() for word in _TIME_WORDS)


def ambiguous(contracts: tuple[RuleIntent, ...], language: Language, lang: Lang) -> RuleAsk:
    """Return the question which of the readings is meant."""
    readings = tuple(c.condition for c in contracts if c.condition is not None)
    offers = tuple(language.readback(reading, lang) for reading in readings)
    zh = "“且”和“或”的先后不清楚，您指的是哪一种？" + "；或者：".join(offers)
    en = "“and” and “or” can be read in two ways. Which one do you mean: " + "; or: ".join(offers)
    return RuleAsk(
        reason="ambiguous_scope", text=zh if lang == "zh" else en, readings=readings, offers=offers
    )


def contradiction(clauses: tuple[Condition, ...], language: Language, lang: Lang) -> RuleAsk:
    """Return the question about clauses that no record can satisfy together."""
    words = tuple(language.readback(clause, lang) for clause in clauses)
    zh = f"条件永远不会成立：{'；'.join(words)}。"
    en = f"The condition can never be true: {'; '.join(words)}."
    return RuleAsk(reason="contradiction", text=zh if lang == "zh" else en, about=words)
