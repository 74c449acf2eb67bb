"""A clause → the one act that consumes it whole.

**The coverage rule.** A clause is read only if every word of it is consumed: literal words by a frame, slot
texts by the business language (which has the same rule for sentences), politeness by the listed fillers. There
is no "close enough": a clause with a word left over is not read, and the words are named in the question back.
This rule, not a threshold of similarity, is what makes a wrong write impossible.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import islice

from agents.offline.acts import (
    Act,
    Chat,
    Consent,
    Describe,
    Endorse,
    Explain,
    Find,
    Log,
    Pronoun,
    Remove,
    Select,
    Selection,
    Show,
    Undo,
    Unfinished,
)
from agents.offline.changing import ChangeReader, narrowed
from agents.offline.clauses import strip_fillers
from agents.offline.consents import consent_args
from agents.offline.creating import CreateReader
from agents.offline.exclusions import Excluding, excluding, left_out
from agents.offline.grammar import Candidate, Grammar
from agents.offline.merging import merge_of
from agents.offline.naming import is_quoted
from agents.offline.slots import SlotMiss, Slots
from agents.offline.texts import say
from agents.offline.unread import Unread, is_clearer
from agents.offline.wording import (
    interaction_type,
    is_reason,
    just_now,
    leading_day,
    said_day,
    trailing_day,
    what_was_said,
    when_phrase,
)
from knowledge_graph.language.results import Ask

MAX_CANDIDATES = 120
"""Readings of one clause that are tried."""

_PARTED = re.compile(r"[,，;；。]")
_THERE = re.compile(r"there|(?:for|to|at) (?:it|them|that company)", re.I)
_BRIEF = frozenset({"field", "interaction", "spoke", "pronoun"})
MAX_BRIEF = 120
"""Characters of the name of a field or of a sort of contact; the header of a column can be a sentence."""
_WEAK = frozenset({"recall"})
_READS = frozenset({"find", "count", "show"})
_MAKES = frozenset({"create", "introduce"})
"""Acts with free words: what reads whole as a question is one ("open deals in Osaka" makes no customer)."""


_MAKING = re.compile(
    r"(?:add|create|register|insert|make|set up|record)\b|"
    r"新建|新增|新加|添加|创建|录入|登记|增加|[加建](?:一|个|条)",
    re.I,
)


class Reader:
    """Reads clauses of one turn."""

    def __init__(self, grammar: Grammar, slots: Slots) -> None:
        self._grammar = grammar
        self._slots = slots
        self._introduced: set[str] = set()
        self._changes = ChangeReader(slots)
        self._checks: Mapping[str, Callable[[str], bool]] = {
            "field": lambda text: slots.names_field(text, None),
            "interaction": lambda text: interaction_type(text, slots.lang) is not None,
            "wrote": lambda text: interaction_type(text, slots.lang) in {"email", "message"},
            "spoke": lambda text: interaction_type(text, slots.lang) is not None,
            "pronoun": lambda text: slots.pronoun_or_none(text) is not None,
            "quotedname": is_quoted,
            "when": lru_cache(maxsize=256)(lambda text: when_phrase(text, slots.context)),
            "kind": self._is_kind,
            "kinds": self._is_kind,
            "reason": lambda text: is_reason(text, slots.lang),
            "there": lambda text: _THERE.fullmatch(text) is not None,
            "told": lambda text: _PARTED.search(text) is None,
            "pair": lambda text: _PARTED.search(text) is None,
            "run": lambda text: not text[:1].isupper(),  # a capital goes on with the name before it
            "aside": lambda text: not text[:1].isupper() and _PARTED.search(text) is None,
        }
        self._creates = CreateReader(slots, self._introduced)
        self._builders: Mapping[str, Callable[[Candidate], Act]] = {
            "change": self._changes.change,
            "gapped": self._changes.gapped,
            "describe": self._describe,
            "introduce": self._creates.introduce,
            "create": self._creates.create,
            "unfinished": self._unfinished,
            "remove": lambda c: Remove(who=self._slots.target(c.match.slots["who"])),
            "select": lambda c: Select(who=self._slots.records(c.match.slots["who"])),
            "endorse": self._endorse,
            "find": self._find,
            "count": self._find,
            "show": self._show,
            "merge": lambda c: merge_of(c, self._slots),
            "log": self._log,
            "undo": self._undo,
            "consent_check": lambda c: self._consent("check_consent", c),
            "data_card": lambda c: self._consent("show_data_card", c),
            "data_uses": lambda c: self._consent("show_data_uses", c),
            "consent_request": lambda c: self._consent("request_consent", c),
            "consent_withdraw": lambda c: self._consent("withdraw_consent", c),
            "explain": lambda _: Explain(),
            "help": lambda _: Chat(topic="help"),
            "greet": lambda _: Chat(topic="greet"),
            "outside": lambda c: Chat(topic=c.frame.fixed["topic"]),
        }

    def introduced(self) -> frozenset[str]:
        """Return the names that the message has given to new records so far."""
        return frozenset(self._introduced)

    def forget_all_but(self, names: frozenset[str]) -> None:
        """Forget the names that a reading introduced which did not hold."""
        self._introduced.intersection_update(names)

    def read(self, clause: str, *, whole: bool = True) -> Act | Unread:
        """Return the act of a clause, or what stood in the way.

        Args:
            clause: A sentence or a part of one, politeness included.
            whole: It is the whole sentence. A part of one asks for nothing by a noun phrase alone: "closing in
                March" behind a request is a part of the request, not another one.
        """
        bare = strip_fillers(clause, self._grammar.fillers, self._grammar.lang)
        parted = excluding(bare, self._grammar.lang)
        less = None if parted is None else self._read_excluding(parted)
        if less is not None:
            return less
        nearest = Unread(clause=clause, ask=None, act="")
        for text in dict.fromkeys((clause.strip(), bare)):
            outcome = self._read_as(text, nearest, whole=whole)
            if not isinstance(outcome, Unread):
                return outcome
            nearest = outcome
        if nearest.act == "grouped" or not whole:
            return nearest
        return self._bare_selection(bare, nearest)

    def _read_excluding(self, parted: Excluding) -> Act | Unread | None:
        """Return an order without what it leaves out; None when its first part is no order over records."""
        act = self.read(parted.order)
        if isinstance(act, Unread):
            return None
        try:
            return left_out(act, parted.rest, self._slots)
        except SlotMiss as miss:
            return Unread(clause=parted.rest, ask=miss.ask, act="change", literal=len(parted.order))

    def _read_as(self, text: str, nearest: Unread, *, whole: bool) -> Act | Unread:
        asked = False
        for candidate in islice(self._grammar.candidates(text, self._accepts), MAX_CANDIDATES):
            act = candidate.frame.act
            if act in _WEAK or (whole and candidate.frame.fixed.get("part")):
                continue
            if self._may_ask(act, text) and not asked and not _is_card(candidate):
                asked = True
                found = self._question(text, nearest)
                if not isinstance(found, Unread):
                    return found
                nearest = found
            if act == "grouped":
                ask = Ask(code="missing_argument", text=say("no_groups", self._slots.lang))
                return Unread(clause=text, ask=ask, act=act, literal=candidate.match.literal)
            try:
                return self._builders[act](candidate)
            except SlotMiss as miss:
                literal = candidate.match.literal
                if miss.ask is not None and is_clearer(miss.ask, literal, nearest):
                    nearest = Unread(clause=text, ask=miss.ask, act=act, literal=literal)
        return nearest if asked or not whole else self._question(text, nearest)

    @staticmethod
    def _may_ask(act: str, text: str) -> bool:
        """Say whether a clause may as well be a question: "add a lead" may not, "open deals" may."""
        return act in _READS or act == "grouped" or (act in _MAKES and not _MAKING.match(text))

    def _question(self, text: str, nearest: Unread) -> Act | Unread:
        """Read a clause as a question about records (`Language.question`)."""
        try:
            return self._asked(text)
        except SlotMiss as miss:
            if miss.ask is not None and is_clearer(miss.ask, 0, nearest):
                return Unread(clause=text, ask=miss.ask, act="find")
            return nearest

    def _asked(self, text: str) -> Act:
        who, wanted = self._slots.question(text)
        if wanted.grouped:
            text = say("no_groups", self._slots.lang)
            raise SlotMiss(Ask(code="missing_argument", text=text))
        name = self._slots.field_label
        if wanted.counts:
            numbers = [f"{agg} of {name(key)}" for agg, key in wanted.numbers]
            return Find(who=who, measure="; ".join(["count", *numbers]))
        fields = "; ".join(name(key) for key in wanted.fields)
        if who.where.startswith("@"):
            return (
                Show(one=who, field=fields)
                if len(wanted.fields) < 2
                else Find(who=who, fields=fields)
            )
        return Find(who=who, fields=fields)

    def _is_kind(self, text: str) -> bool:
        try:
            self._slots.kind(text)
        except SlotMiss:
            return False
        return True

    def _accepts(self, type_: str, text: str) -> bool:
        """Return whether a text may fill a slot; only what is cheap to tell is told."""
        if type_ in _BRIEF and len(text) > MAX_BRIEF:
            return False
        check = self._checks.get(type_)
        return check is None or check(text)

    def _bare_selection(self, text: str, nearest: Unread) -> Act | Unread:
        """A noun phrase alone asks to see what it names: "open deals in Berlin", "Acme"."""
        try:
            who = self._slots.target(text)
        except SlotMiss as miss:
            if nearest.ask is None and miss.ask is not None:
                return Unread(clause=text, ask=miss.ask, act="find")
            return nearest
        if isinstance(who, Selection) and who.where.startswith("@"):
            return Show(one=who)
        return Find(who=who)

    def _first(self, who: Selection) -> Selection:
        """Return the first in order: which is the largest deal asks for one, which deals asks for all."""
        if who.where.startswith("@"):
            return who
        query = self._slots.query(who.where, who.entity)
        if not query.sort or query.limit is not None:
            return who
        text = self._slots.language.readback(replace(query, limit=1), self._slots.lang)
        return Selection(entity=who.entity, where=text)

    def _ungrouped(self, who: Selection) -> None:
        """Refuse "count leads by status": a number over all of them would be the answer to another question."""
        if who.where.startswith("@"):
            return
        query = self._slots.query(who.where, who.entity)
        if query.sort and query.limit is None:
            text = say("no_groups", self._slots.lang)
            raise SlotMiss(Ask(code="missing_argument", text=text))

    def _describe(self, candidate: Candidate) -> Act:
        slots, fixed = candidate.match.slots, candidate.frame.fixed
        if "who" in slots:
            self._possible_pronoun(candidate)
        if "kind" in slots:
            return Describe(kind=self._slots.kind(slots["kind"]))
        if "name" in slots:
            return Describe(name=self._slots.new_name(slots["name"]))
        if "to" in slots:
            slots = {**slots, "to": self._slots.assignee(slots["to"])}
        if "changes" in fixed:
            return Describe(values=(fixed["changes"].format(**slots),))
        if "field" in slots:
            return Describe(values=(f"{slots['field']} = {slots['value']}",))
        if fixed.get("introduced") and not self._creates.fits(slots["extras"]):
            raise SlotMiss
        return Describe(values=(slots["extras"],), everyone=bool(fixed.get("everyone")))

    def _unfinished(self, candidate: Candidate) -> Act:
        slots, fixed = candidate.match.slots, candidate.frame.fixed
        possessed = _is_type(candidate, "who", "possessor")
        who = (self._slots.possessor if possessed else self._slots.target)(slots["who"])
        if (
            isinstance(who, Pronoun) and fixed["ask"] == "which_owner"
        ):  # "reassign them": said before
            raise SlotMiss
        if "field" in slots:
            self._slots.field(slots["field"], who.entity if isinstance(who, Selection) else None)
        return Unfinished(ask=fixed["ask"], so_far=fixed["so_far"].format(**slots))

    def _possible_pronoun(self, candidate: Candidate) -> None:
        text = candidate.match.slots["who"]
        if _is_type(candidate, "who", "pronoun"):
            self._slots.pronoun(text)
        elif not isinstance(self._slots.possessor(text), Pronoun):
            raise SlotMiss

    def _endorse(self, candidate: Candidate) -> Act:
        if "who" in candidate.match.slots:
            self._slots.pronoun(candidate.match.slots["who"])
        return Endorse()

    def _find(self, candidate: Candidate) -> Act:
        slots, fixed = candidate.match.slots, candidate.frame.fixed
        if "predicate" in slots:
            lead = "customers who " if self._slots.lang == "en" else ""
            return Find(who=self._slots.records(lead + slots["predicate"]))
        if fixed.get("implied"):
            return Find(who=Pronoun(text="", plural=True), measure=fixed["measure"])
        who = self._slots.target(fixed["who"].format(**slots) if "who" in fixed else slots["who"])
        if fixed.get("single") and isinstance(who, Selection):
            who = self._first(who)
        if "owner" in slots and isinstance(who, Selection):
            owner = self._slots.assignee(slots["owner"])
            who = narrowed(who, f"owner = {owner}", self._slots)
        measure = fixed.get("measure", "").format(**slots)
        if measure and isinstance(who, Selection):
            self._ungrouped(who)
        single = isinstance(who, Selection) and who.where.startswith("@")
        if single and not measure and isinstance(who, Selection):
            return Show(one=who)
        return Find(who=who, measure=measure)

    def _show(self, candidate: Candidate) -> Act:
        slots, fixed = candidate.match.slots, candidate.frame.fixed
        possessed = _is_type(candidate, "one", "possessor")
        one = self._slots.possessor(slots["one"]) if possessed else self._slots.target(slots["one"])
        if isinstance(one, Selection) and not one.where.startswith("@"):
            raise SlotMiss
        field = fixed.get("field") or slots.get("field", "")
        if field:
            self._slots.field(field, one.entity if isinstance(one, Selection) else None)
        return Show(one=one, field=field)

    def _log(self, candidate: Candidate) -> Act:
        slots, fixed = candidate.match.slots, candidate.frame.fixed
        kind = fixed.get("type") or interaction_type(slots.get("type", ""), self._slots.lang)
        if kind is None:
            if not fixed.get("inbound"):
                raise SlotMiss
            kind = "call"
        when = " ".join(slots[key] for key in ("when", "when2") if key in slots)
        if when and not when_phrase(when, self._slots.context):
            raise SlotMiss
        text = what_was_said(slots.get("text", ""))
        if not when:
            when, text = leading_day(text, self._slots.context)
        if not when and candidate.type_of("text") == "run":
            when, text = trailing_day(text, self._slots.context)
        when = "" if just_now(when) else said_day(when)
        party = self._party(slots["one"]) if "one" in slots else Pronoun(text="", plural=False)
        return Log(party=party, type=kind, when=when, text=text)

    def _undo(self, candidate: Candidate) -> Act:
        """Return what is taken back: the last change, or the last one of a record that may be gone by now."""
        about = candidate.match.slots.get("about", "")
        if not about or self._slots.pronoun_or_none(about):
            return Undo()
        try:
            return Undo(about=self._slots.record(about))
        except SlotMiss:
            return Undo(about=about.strip(' "“”「」'))

    def _consent(self, tool: str, candidate: Candidate) -> Act:
        slots = candidate.match.slots
        one = self._slots.target(slots["one"]) if "one" in slots else None
        if isinstance(one, Selection) and not one.where.startswith("@"):
            raise SlotMiss
        return Consent(tool=tool, one=one, args=consent_args(slots))

    def _party(self, text: str) -> str | Pronoun:
        """A record, a pronoun, or somebody whom this message has just introduced."""
        if text in self._introduced:
            return text
        return self._slots.pronoun_or_none(text) or self._slots.record(text)


def _is_card(candidate: Candidate) -> bool:
    """Whether a wording asks for a whole record by its name: 看看晶澜的资料 asks for no documents."""
    said = {*candidate.frame.fixed, *candidate.match.slots}
    return candidate.frame.act == "show" and "field" not in said


def _is_type(candidate: Candidate, slot: str, type_: str) -> bool:
    return candidate.type_of(slot).startswith(type_)
