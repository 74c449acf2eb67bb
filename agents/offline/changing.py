"""A clause that changes records → the act: which records, and the assignments in controlled words.

What a frame fixes is a sentence of the business language with slots; literal slots go into it between quotes,
so that nothing in them is read as words of the language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from agents.offline.acts import Change, Pronoun, Selection, Target
from agents.offline.grammar import Candidate
from agents.offline.naming import is_quoted, quoted_text
from agents.offline.slots import SlotMiss, Slots
from agents.offline.wording import is_job_title
from knowledge_graph.expression.nodes import And, Query
from knowledge_graph.language.vocabulary import entity_of

_CHANGE_INSIDE = re.compile(
    r"改为|改成|设为|设成|更新为|标记为|转给|\b(?:set|change|update|raise|lower)\b.+\bto\b|^(?:and|then)\b",
    re.I,
)
_CHANGED = (
    "opportunity", "lead", "customer", "contact", "task", "ticket", "order", "contract", "product",
)  # fmt: skip
"""What people change by a pronoun and a value alone: "move it to negotiation"."""
_SEVERAL = re.compile(r"[,，、;；]|\band\b|和|并|且", re.I)
"""What stands between several changes."""
_LISTED = re.compile(r"\s*(?:,|，|、|;|；|&|/|\s+and\s+|和|与|及)\s*", re.I)


class ChangeReader:
    """Builds `Change` acts of one turn.

    Args:
        slots: The slot reader of the turn.
    """

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._handed_over = False

    def change(self, candidate: Candidate) -> Change:
        """Return what a clause changes.

        Raises:
            SlotMiss: A slot is not consumed whole.
        """
        slots = candidate.match.slots
        if "field" in slots:
            self._slots.field(slots["field"], None)
        if "who" not in slots:
            everyone: Target = Pronoun(text="", plural=True)
            return Change(who=everyone, changes=self._text(candidate))
        who = self._target(candidate)
        if "field" in slots and isinstance(who, Selection):
            self._slots.field(slots["field"], who.entity)
        if "old" in slots and isinstance(who, Selection):
            told = f"{slots['field']} = {slots['old']}" if "field" in slots else slots["old"]
            who = narrowed(who, told, self._slots)
        text, bare = self._text(candidate), candidate.type_of("value") == "bare"
        if isinstance(who, Selection):
            text = self._written(candidate, text, who.entity, bare=bare)
        elif not any(self._may_write(text, entity, bare=bare) for entity in _CHANGED):
            raise SlotMiss
        return Change(who=who, changes=text, bare=bare)

    def _written(self, candidate: Candidate, text: str, entity: str, *, bare: bool) -> str:
        """Return what is written, in controlled words.

        Raises:
            SlotMiss: The text is not consumed whole, or a value runs on into another request.
        """
        said = (self._slots.bare if bare else self._slots.assignments)(text, entity)
        value = candidate.match.slots.get("value", "")
        if (
            value
            and not _SEVERAL.search(value)
            and len(self._slots.assigned_fields(said, entity) - {"currency"}) > 1
        ):
            raise SlotMiss  # 推迟到一月底成交: the deal is not won
        if self._slots.swallows(said, " ".join(candidate.match.slots.values()), entity):
            raise SlotMiss
        return said

    def _may_write(self, text: str, entity: str, *, bare: bool) -> bool:
        try:
            (self._slots.bare if bare else self._slots.assignments)(text, entity)
        except SlotMiss:
            return False
        return True

    def gapped(self, candidate: Candidate) -> Change:
        """Return the change of a clause without a verb, which is read only behind a hand-over in the message.

        Raises:
            SlotMiss: There was none, or a slot is not consumed whole.
        """
        if not self._handed_over:
            raise SlotMiss
        return self.change(candidate)

    def _target(self, candidate: Candidate) -> Target:
        text, fixed = candidate.match.slots["who"], candidate.frame.fixed
        type_ = candidate.type_of("who")
        who = (self._slots.possessor if type_ == "possessor" else self._slots.target)(text)
        kinds = candidate.frame.kinds
        if not isinstance(who, Selection):
            return who
        if kinds and who.entity not in kinds:
            raise SlotMiss
        if (type_ == "record" or fixed.get("single")) and not who.where.startswith("@"):
            raise SlotMiss
        return who

    def _text(self, candidate: Candidate) -> str:
        """Return the sentence that says what is written; for a pronoun it is compiled later."""
        slots, fixed = self._filled(candidate), candidate.frame.fixed
        if "changes" in fixed:
            return fixed["changes"].format(**slots)
        if "in" in slots:
            return slots["in"]
        if "field" in slots:
            return f"{slots['field']} = {_one_value(slots['value'])}"
        return _one_value(slots.get("value") or slots["changes"])

    def _filled(self, candidate: Candidate) -> Mapping[str, str]:  # noqa: C901 -- one case a slot type
        """Return the slots as they go into the sentence.

        Raises:
            SlotMiss: One of them is not what its type says.
        """
        filled = dict(candidate.match.slots)
        for name, text in candidate.match.slots.items():
            match candidate.type_of(name):
                case "assignee":
                    filled[name] = self._slots.assignee(text)
                    self._handed_over = True
                case "literal" if name == "tag" and _LISTED.search(text) and not is_quoted(text):
                    raise SlotMiss
                case "literal" | "text" | "quotedname":
                    filled[name] = quoted_text(text)
                case "literals":
                    filled[name] = ", ".join(quoted_text(t) for t in _LISTED.split(text) if t)
                case "reason":
                    filled[name] = quoted_text(text)
                case "title":
                    if not is_job_title(text, self._slots.lang):
                        raise SlotMiss
                    filled[name] = quoted_text(text)
                case "record" if name == "in":
                    ref = self._slots.record(text)
                    filled[name] = f"{entity_of(ref[1:].partition(':')[0])} = {ref}"
        return filled


def narrowed(who: Selection, condition: str, slots: Slots) -> Selection:
    """Return the part of a selection that meets one more condition.

    Args:
        who: The selection.
        condition: In words.
        slots: The slot reader of the turn.

    Raises:
        SlotMiss: Nothing consumes the words whole.
    """
    base = slots.query(who.where, who.entity)
    extra = slots.query(condition, who.entity)
    parts = tuple(c for c in (base.condition, extra.condition) if c is not None)
    joined = And(args=parts) if len(parts) > 1 else parts[0]
    query = replace(base, condition=joined)
    return Selection(entity=who.entity, where=readback(query, slots))


def readback(query: Query, slots: Slots) -> str:
    """Return a query in controlled words."""
    return slots.language.readback(query, slots.lang)


def _one_value(text: str) -> str:
    """Return the text of a value; one that holds a change of its own is two clauses run together.

    Raises:
        SlotMiss: It does.
    """
    if _CHANGE_INSIDE.search(text) and not is_quoted(text):
        raise SlotMiss
    return text
