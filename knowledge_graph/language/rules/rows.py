"""From a sentence to rows of tokens that cover it whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from knowledge_graph.expression.nodes import Condition, Field, Has
from knowledge_graph.language.coverage import is_covered
from knowledge_graph.language.meanings import EntityMeaning
from knowledge_graph.language.parser.build import negated
from knowledge_graph.language.parser.reading import Reading
from knowledge_graph.language.rules.arguments import approvals, arguments, schedules, sources
from knowledge_graph.language.rules.conditions import rule_atoms
from knowledge_graph.language.rules.ellipsis import elliptical
from knowledge_graph.language.rules.events import events_at
from knowledge_graph.language.rules.notes import NOTE, notes
from knowledge_graph.language.rules.terms import spanned
from knowledge_graph.language.rules.tokens import MarkName, Token, tagged
from knowledge_graph.language.rules.words import SUBJECT

_MOST_STEPS = 6000
_MARKS: tuple[tuple[str, MarkName], ...] = (
    ("unless", "unless"), ("r_else_if", "else_if"), ("r_otherwise", "otherwise"), ("r_nothing", "nothing"),
    ("r_if", "if"), ("r_then", "then"), ("r_when_tail", "when_tail"), ("r_stop", "stop"), ("r_also", "also"),
    ("and", "and"), ("or", "or"), ("r_joint", "and"), ("comma", "comma"), ("poss", "break"),
)  # fmt: skip
_SKIPPED = ("end", "be", "either", "r_skip", "r_of_object")
_ORDER = (
    "arg", "source", "cond", "event", "verb", "schedule", "delay", "noun", "mark", "object", "skip",
)  # fmt: skip
_RANK = {kind: rank for rank, kind in enumerate(_ORDER)}
Row = tuple[Token, ...]
_NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True)
class Rows:
    """Finds the rows of tokens that cover a sentence about one entity; remembers how far it got."""

    r: Reading
    entity: str
    steps: int = 0
    furthest: int = 0
    dead: set[tuple[int, frozenset[str]]] = field(default_factory=set)
    memo: dict[tuple[int, frozenset[str]], list[Token]] = field(default_factory=dict)

    def rows(self, i: int = 0, wanted: frozenset[str] = _NOTHING) -> Iterator[Row]:
        """Yield rows from i to the end of the sentence, those with the longest pieces first."""
        at = self.r.lattice.skip(i)
        if is_covered(self.r.lattice, at):
            yield ()
            return
        if (at, wanted) in self.dead or self.steps > _MOST_STEPS:
            return
        self.steps += 1
        self.furthest = max(self.furthest, at)
        some = False
        for token in self.tokens(at, wanted):
            for rest in self.rows(token.end, self._wanted(token, wanted)):
                some = True
                yield (token, *rest)
        if not some:
            self.dead.add((at, wanted))

    def _wanted(self, token: Token, wanted: frozenset[str]) -> frozenset[str]:
        if token.kind == "verb":
            actions = self.r.vocabulary.dictionary.actions
            slots = frozenset(slot for name in token.actions for slot in actions[name].args)
            open_slots = slots - {token.slot}
            return open_slots | {NOTE} if "role" in slots else open_slots
        if token.slot in {NOTE, "title"}:
            return wanted - {NOTE, "title"}
        return wanted - {token.slot} if token.kind == "arg" else wanted

    def tokens(self, i: int, wanted: frozenset[str]) -> list[Token]:
        """Return the tokens that begin at i, longest first."""
        key = (i, wanted)
        if key not in self.memo:
            found = dict.fromkeys(self._tokens(i, wanted))
            kept = [token for token in found if token.end > i]
            self.memo[key] = sorted(kept, key=lambda t: (-t.end, _RANK[t.kind]))
        return self.memo[key]

    def _tokens(self, i: int, wanted: frozenset[str]) -> Iterator[Token]:
        yield from arguments(self.r, i, wanted)
        yield from notes(self.r, i, wanted, lambda at: self._begins(at, wanted))
        yield from schedules(self.r, i)
        yield from sources(self.r, i)
        yield from self._verbs(i)
        for said in events_at(self.r, i, rule_atoms):
            yield Token(start=i, end=said.end, kind="event", event=said.event, where=said.where)
        yield from self._conditions(i)
        yield from self._marks(i)

    def _begins(self, i: int, wanted: frozenset[str]) -> bool:
        """Whether something begins at i that the rule reads: a condition, a time, an open argument."""
        if any(token.slot in wanted for token in arguments(self.r, i, wanted)):
            return True
        if self.r.lang == "en" and self.r.word(i, "r_onto_pool", "r_due_head") is not None:
            return False
        return any(True for _ in schedules(self.r, i)) or bool(rule_atoms(self.r, self.entity, i))

    def _conditions(self, i: int) -> Iterator[Token]:
        heads = (*self.r.words(i, "unless"), *(e for _, e in tagged(self.r, i, "r_if")))
        longest = max((piece.end for piece in self.r.lattice.at(i)), default=i)
        if longest in heads:  # the mark is a token of its own; 当天 is none
            return
        for condition, end in rule_atoms(self.r, self.entity, i):
            if not self._is_order(i, condition):
                said = spanned(condition, (i, end))
                yield Token(start=i, end=end, kind="cond", condition=said)
        for condition, end in elliptical(self.r, self.entity, i):
            yield Token(start=i, end=end, kind="cond", condition=condition)
        for _, start in tagged(self.r, i, "r_unless_zh_head"):
            for condition, middle in rule_atoms(self.r, self.entity, start):
                at = self._noun_end(middle)
                for _, end in tagged(self.r, at, "r_unless_zh_tail"):
                    yield Token(start=i, end=end, kind="cond", condition=negated(condition))

    def _is_order(self, i: int, condition: Condition) -> bool:
        """Whether "tag as X" or "from pool X" stands here, which does not ask what something is."""
        if self.r.word(i, "r_from_pool", "r_onto_pool") is not None:
            return isinstance(condition, Has)
        if self.r.word(i, "r_verb") is None or self.r.word(i, "r_tagged") is not None:
            return False
        return isinstance(condition, Has) and isinstance(condition.term, Field)

    def _noun_end(self, i: int) -> int:
        at = self.r.maybe(i, "poss")
        ends = [end for named, end in self.r.entities(at) if named in {self.entity, SUBJECT}]
        return ends[0] if ends else i

    def _verbs(self, i: int) -> Iterator[Token]:
        found: dict[int, list[str]] = {}
        for action, end in tagged(self.r, i, "r_verb"):
            if action not in found.setdefault(end, []):
                found[end].append(action)
        for end, actions in found.items():
            yield Token(start=i, end=end, kind="verb", actions=tuple(actions))
        yield from approvals(self.r, i)

    def _says_subject(self, i: int, end: int) -> bool:
        """Whether the word names the subject of rules; a workspace of leads alone calls those customers."""
        found = (m for lexeme in self.r.lattice.at(i) if lexeme.end == end for m in lexeme.meanings)
        return any(isinstance(m, EntityMeaning) and m.entity == SUBJECT for m in found)

    def _marks(self, i: int) -> Iterator[Token]:
        for role, mark in _MARKS:
            for end in self.r.words(i, role):
                yield Token(start=i, end=end, kind="mark", mark=mark)
        own = [
            (SUBJECT if self._says_subject(i, end) else n, end)
            for n, end in self.r.entities(i)
            if n in {self.entity, SUBJECT}
        ]
        for named, end in (*own, *tagged(self.r, i, "r_noun")):
            yield Token(start=i, end=end, kind="noun", values=(named,))
        for end in self.r.words(i, "r_object"):
            yield Token(start=i, end=end, kind="object")
        for end in self.r.words(i, *_SKIPPED):
            yield Token(start=i, end=end, kind="skip")
