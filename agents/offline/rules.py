"""Messages about rules: what is said of a rule by its name, and sentences that are rules themselves.

Whether a sentence is a rule is decided by the language of rules: it consumes the sentence whole, or it asks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import yaml

from agents.model import ToolCall
from knowledge_graph.errors import BadInputError
from tools.rules.phrases import framed

if TYPE_CHECKING:
    from knowledge_graph.language.results import LanguageContext
    from knowledge_graph.language.rules.compiler import RuleCompiler
    from knowledge_graph.language.vocabulary import Vocabulary

_ENDS = " \t\r\n。.!！?？"
_LONGEST_COMMAND = 10_000


@dataclass(frozen=True, kw_only=True)
class _Said:
    tool: str
    says: re.Pattern[str]
    fixed: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class _Frames:
    said: tuple[_Said, ...]
    leads: re.Pattern[str]
    then: re.Pattern[str]
    asks: re.Pattern[str]
    lasting: re.Pattern[str]

    def states(self, text: str) -> bool:
        """Return whether a message has the form of a rule."""
        begins = self.leads.match(text.strip()) is not None
        return begins and bool(self.then.search(text)) and not self.asks.search(text)


@cache
def _frames() -> _Frames:
    source = resources.files("agents.offline.frames").joinpath("rules.yaml")
    data = yaml.safe_load(source.read_text(encoding="utf-8"))
    said = tuple(
        _Said(
            tool=entry["tool"],
            says=re.compile(entry["says"], re.IGNORECASE | re.DOTALL),
            fixed=entry.get("fixed", {}),
        )
        for entry in data["says"]
    )
    return _Frames(
        said=said,
        leads=re.compile("|".join(data["leads"].values()), re.IGNORECASE),
        then=re.compile(data["then"], re.IGNORECASE),
        asks=re.compile(data["asks"]),
        lasting=re.compile(data["lasting"], re.IGNORECASE),
    )


def about_rules(text: str) -> tuple[ToolCall, ...] | None:
    """Return the call that a message about rules asks for; None when it is about something else.

    >>> about_rules("列出规则")[0].name
    'list_rules'
    >>> about_rules("why did R12 not fire for Acme?")[0].args
    {'rule': 'R12', 'record': 'Acme'}
    """
    bare = text.strip(_ENDS)
    if len(bare) > _LONGEST_COMMAND:
        return None
    for said in _frames().said:
        match = said.says.fullmatch(bare)
        if match is not None:
            found = {k: v.strip() for k, v in match.groupdict().items() if v}
            return (ToolCall(name=said.tool, args={**found, **said.fixed}),)
    return None


class RuleReader:
    """Tells sentences that are rules from others; the compiler is kept while the vocabulary is the same."""

    def __init__(self) -> None:
        self._held: tuple[Vocabulary, RuleCompiler] | None = None

    def read(
        self, text: str, vocabulary: Vocabulary, context: LanguageContext
    ) -> tuple[ToolCall, ...] | None:
        """Return the deployment of a rule that a message states; None when it states none.

        A message that begins like a rule is one, even if something in it is not understood: the question
        back is then about the rule. One that does not say that it holds from now on is none: it asks for
        something to be done once.

        Args:
            text: The whole message.
            vocabulary: The workspace's words.
            context: The clock and the speaker.
        """
        from knowledge_graph.language.rules.results import RuleAsk  # noqa: PLC0415 - 60 ms, rarely

        if len(text) > _LONGEST_COMMAND:
            return None
        call = (ToolCall(name="deploy_rule", args={"sentence": text}),)
        found = self._compiler(vocabulary).compile(_bare(text), context)
        if not isinstance(found, RuleAsk):
            return call if _frames().lasting.search(text) else None
        return call if _frames().states(text) and _has_action(text, vocabulary) else None

    def _compiler(self, vocabulary: Vocabulary) -> RuleCompiler:
        from knowledge_graph.language.rules.compiler import RuleCompiler  # noqa: PLC0415 - as above

        if self._held is None or self._held[0] is not vocabulary:
            self._held = (vocabulary, RuleCompiler(vocabulary))
        return self._held[1]


def _bare(text: str) -> str:
    """Return a message without what it says of its rule as a whole: on leaving, from when to when."""
    try:
        return framed(text).sentence
    except BadInputError:
        return text


def _has_action(text: str, vocabulary: Vocabulary) -> bool:
    """Return whether a message names something that a rule may do."""
    lower = text.lower()
    return any(
        name.lower() in lower
        for action in vocabulary.dictionary.actions.values()
        for name in action.names.all
    )
