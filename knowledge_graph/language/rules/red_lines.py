"""Red lines: refused by name, by words before a sentence is read and by its contract afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import yaml

from knowledge_graph.expression.nodes import (
    And,
    AtLeast,
    Compare,
    Condition,
    HeldFor,
    Not,
    Or,
)
from knowledge_graph.expression.resolve import fields_of
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.rules.results import RuleIntent, all_actions
from knowledge_graph.language.spelling import folded, is_cjk
from knowledge_graph.ontology.intent_contract import Branch

_FILE = Path(__file__).parent / "red_lines.yaml"
_LITERAL = re.compile(
    r"(打上?标签|贴上?标签|标记为|标为|标签为?|标题为?|\b(?:tag|label|mark|titled|called)\b[\w ]{0,24}?)"
    r"\s*(\"[^\"]*\"|“[^”]*”|「[^」]*」|‘[^’]*’|'[^']*')",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[\"“”「」‘’*_~·\u200b\u200c\u200d\ufeff]")
_BETWEEN = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
CONSENT, SPECIAL = "outbound_without_consent", "special_category"


@cache
def _patterns() -> Mapping[str, tuple[re.Pattern[str], ...]]:
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    raw = yaml.load(_FILE.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 -- base loader
    return {line: tuple(re.compile(p) for p in patterns) for line, patterns in raw.items()}


def crossed_in_words(text: str, dictionary: Dictionary) -> str | None:
    """Return the red line that a sentence crosses, whatever else it says; None when there is none.

    Args:
        text: The sentence as it was given; tags and titles in quotes are literal text and not read.
        dictionary: Its red lines, and the names of forbidden actions and fields.
    """
    plain = folded(_MARKS.sub("", _LITERAL.sub(r"\1", text)))
    plain = _BETWEEN.sub("", plain)
    for line, patterns in _patterns().items():
        if line in dictionary.red_lines and any(p.search(plain) for p in patterns):
            return line
    for line, word in _forbidden_words(dictionary):
        if _has_word(plain, folded(word)):
            return line
    return None


def _has_word(text: str, word: str) -> bool:
    at = text.find(word)
    if at < 0 or is_cjk(word[0]):
        return at >= 0
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _forbidden_words(dictionary: Dictionary) -> Iterator[tuple[str, str]]:
    for line in dictionary.red_lines.values():
        for action in line.actions:
            if action in dictionary.actions:
                yield from ((line.id, word) for word in dictionary.actions[action].names.all)
        for field in line.fields:
            if field in dictionary.fields:
                yield from ((line.id, word) for word in dictionary.fields[field].names.all)
    for action_term in dictionary.actions.values():
        if action_term.governance == "forbidden":
            yield from (("forbidden_action", word) for word in action_term.names.all)


def crossed_by_contract(contract: RuleIntent, dictionary: Dictionary) -> str | None:
    """Return the red line that a contract crosses by what it reads or does; None when there is none."""
    conditions = [contract.condition, *(item.when for item in all_actions(contract))]
    conditions += [item.when for item in contract.otherwise if isinstance(item, Branch)]
    for field in (f for condition in conditions for f in fields_of(condition)):
        for line in dictionary.red_lines.values():
            if field in line.fields:
                return line.id
        term = dictionary.fields.get(field)
        if term is not None and term.sensitivity == "special" and SPECIAL in dictionary.red_lines:
            return SPECIAL
    return _by_action(contract, dictionary)


def _by_action(contract: RuleIntent, dictionary: Dictionary) -> str | None:
    for action in all_actions(contract):
        term = dictionary.actions[action.action]
        for line in dictionary.red_lines.values():
            if action.action in line.actions:
                return line.id
        if term.governance == "forbidden":
            return "forbidden_action"
        if term.governance == "outbound" and _asks_for_no_consent(contract.condition, action.when):
            return CONSENT
    return None


def _asks_for_no_consent(*conditions: Condition | None) -> bool:
    return any(c is not None and _refused(c, positive=True) for c in conditions)


def _refused(node: Condition, *, positive: bool) -> bool:
    """Whether a condition selects customers who have given no consent."""
    match node:
        case And() | Or() | AtLeast():
            return any(_refused(arg, positive=positive) for arg in node.args)
        case Not():
            return _refused(node.arg, positive=not positive)
        case HeldFor():
            return _refused(node.arg, positive=positive)
        case Compare() if any(".consent" in f for f in fields_of(node)):
            return (node.value is False) is positive
        case _:
            return False
