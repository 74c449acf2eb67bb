"""A clause that makes records → the act: the kind, the name, and what else is said of it.

People name what they make in front ("new lead Jane Doe from Foo"), behind ("add Jane Doe as a lead"), in a
list whose first piece is the name ("new contact at X: NAME, mail, title"), or in their own words (tasks).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from agents.offline.acts import Create, Introduce, KindWord
from agents.offline.attributes import attributes, split_due, titled
from agents.offline.grammar import Candidate
from agents.offline.naming import is_quoted, quoted_text
from agents.offline.slots import SlotMiss, Slots
from agents.offline.wording import time_of_day, without_daypart
from knowledge_graph.language.vocabulary import entity_of

_NAMED_AFTER = frozenset({"opportunity"})
"""What may go by the name of the record that it is for."""
_LIKELY = ("lead", "contact", "customer", "opportunity")
"""What somebody new is when the message has not said it yet."""
_TITLED = frozenset({"task", "ticket"})
"""What is named by a sentence of the user."""
_WORDED = frozenset({"opportunity", "contract", "product", "document"})
"""What goes by a name of several common words."""
_LABEL = re.compile(
    r"^(?:(?:its |the )?(?:name|title|subject)(?: is|:|=)?|called|named|"
    r"(?:名字|姓名|名称|标题|主题|内容)(?:是|为|叫|[:：=])?|叫做|名叫|叫|是)\s*",
    re.I,
)
_FIRST = re.compile(r"\s*[,，;；(（]\s*|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
_SEVERAL = 2
_BETWEEN = re.compile(r"\s*(?:,\s*and|[,，、;；]|\sand\s|&|和|与|及)\s*")


class CreateReader:
    """Builds `Create` and `Introduce` acts of one turn.

    Args:
        slots: The slot reader of the turn.
        introduced: Names that the message has given to new records so far; added to.
    """

    def __init__(self, slots: Slots, introduced: set[str]) -> None:
        self._slots = slots
        self._introduced = introduced
        self._entity = ""

    def fits(self, text: str) -> bool:
        """Say whether a clause can be an attribute of what the message has introduced before."""
        if not self._introduced:
            return False
        for entity in (self._entity,) if self._entity else _LIKELY:
            try:
                attributes(text, entity, self._slots)
            except SlotMiss:
                continue
            return True
        return False

    def introduce(self, candidate: Candidate) -> Introduce:
        """Return whom a clause introduces.

        Raises:
            SlotMiss: A slot is not consumed whole.
        """
        slots = candidate.match.slots
        kind = self._kind(slots, candidate.frame.fixed)
        if kind is None and self._is_known(slots["name"]):
            raise SlotMiss
        told = tuple(slots[name] for name in ("middle", "extras") if name in slots)
        name = self._named(slots["name"])
        self._introduced.add(name)
        return Introduce(kind=kind, name=name, values=told)

    def _is_known(self, name: str) -> bool:
        """Say whether a record goes by a name already: "I met Maria" tells of somebody known."""
        found = self._slots.language.vocabulary.names.lookup(name.strip())
        if any(match.how in {"exact", "alias"} for match in found):
            return True
        try:
            self._slots.record(name)
        except SlotMiss:
            return False
        return True

    def create(self, candidate: Candidate) -> Create:
        """Return what a clause makes.

        Raises:
            SlotMiss: A slot is not consumed whole.
        """
        slots, fixed = candidate.match.slots, candidate.frame.fixed
        if fixed.get("unknown") and self._is_known(slots["name"]):
            raise SlotMiss  # "assign Morgan to Sofia as …" gives away who is there
        who = self._slots.pronoun(slots["who"]) if "who" in slots else None
        kind = self._kind(slots, fixed)
        names, values = self._names(candidate, kind)
        links = self._links(slots, fixed)
        values += self._values(slots, fixed)
        for part in ("middle", "extras"):
            if part in slots:
                if kind is None:
                    raise SlotMiss
                values.append(attributes(slots[part], kind.entity, self._slots))
        if not names and kind is not None and "about" in slots and kind.entity in _NAMED_AFTER:
            noun = self._slots.language.vocabulary.label(kind.entity, self._slots.lang)
            names = [f"{slots['about']} {noun}"]
        self._introduced.update(names)
        return Create(kind=kind, names=tuple(names), who=who, values=tuple(values), links=links)

    def _names(self, candidate: Candidate, kind: KindWord | None) -> tuple[list[str], list[str]]:
        """Return the names, and what the words of a name say besides: a due date, the rest of a list."""
        slots = candidate.match.slots
        if "title" in slots:
            return self._titled(slots["title"], "task", slots.get("when", ""))
        if "names" in slots:
            if candidate.type_of("kind") == "kinds" and not _is_plural(
                slots["kind"], self._slots.lang
            ):
                raise SlotMiss
            parts = [p for p in _BETWEEN.split(slots["names"]) if p.strip()]
            if len(parts) < _SEVERAL:
                raise SlotMiss
            return [self._named(part, proper=True) for part in parts], []
        if "pieces" in slots:
            return self._listed(slots["pieces"], kind)
        if "name" not in slots:
            return [], []
        shaped = candidate.type_of("name") == "propername"
        if shaped and kind is not None and kind.entity in _WORDED and slots["name"][:1].isupper():
            shaped = False  # "deal Harbor phase two": only people and firms are all capitals
        return [self._named(slots["name"], proper=shaped)], []

    def _listed(self, text: str, kind: KindWord | None) -> tuple[list[str], list[str]]:
        """Return the name and the attributes of a list: "NAME, mail, title" or "name: …, mail: …"."""
        if kind is None:
            raise SlotMiss
        if kind.entity in _TITLED:
            return self._titled(_LABEL.sub("", text), kind.entity, "")
        try:
            labelled = attributes(text, kind.entity, self._slots)
        except SlotMiss:
            labelled = ""
        if labelled and "name" in self._slots.assigned_fields(labelled, kind.entity):
            return [], [labelled]
        first, comma, rest = _first_piece(text)
        values = [attributes(rest, kind.entity, self._slots)] if comma and rest.strip() else []
        return [self._named(first)], values

    def _titled(self, text: str, entity: str, when: str) -> tuple[list[str], list[str]]:
        title, values = (text, []) if is_quoted(text) else titled(text, entity, self._slots)
        due = ""
        if entity == "task" and not is_quoted(title):
            title, due = split_due(title, self._slots)
        due = due or when
        if due:
            values.append(self._due(due))
            time = time_of_day(due, self._slots.context)
            values += [f"notes = {quoted_text(time)}"] if time else []
        title = title.strip(' "“”「」')
        if not title:
            raise SlotMiss
        return [title], values

    def _links(self, slots: Mapping[str, str], fixed: Mapping[str, str]) -> tuple[str, ...]:
        """Return the new records of this message that the new one belongs to, as they were named."""
        about = slots.get("about", "")
        if about in self._introduced or (about and self._slots.pronoun_or_none(about)):
            return (about,)
        return ("",) if slots.get("there") or fixed.get("linked") else ()

    def _values(self, slots: Mapping[str, str], fixed: Mapping[str, str]) -> list[str]:
        values = []
        if "about" in slots and not self._links(slots, fixed):
            about = self._slots.record(slots["about"])
            if about.startswith("@employee:"):  # 帮我新建: nothing belongs to one of us so
                raise SlotMiss
            values.append(f"{entity_of(about[1:].partition(':')[0])} = {about}")
        if "to" in slots:
            values.append(f"owner = {self._slots.assignee(slots['to'])}")
        if fixed.get("mine") and self._slots.context.me:
            values.append(f"owner = @employee:{self._slots.context.me}")
        return values

    def _due(self, when: str) -> str:
        bare = without_daypart(
            re.sub(r"^(?:on|by|before|at|for|在|于)\s*", "", when.strip(), flags=re.I)
        )
        bare = re.sub(r"(?:之前|以前|前|内)$", "", bare)
        text = f"due date = {bare}" if self._slots.lang == "en" else f"截止日期 = {bare}"
        return self._slots.assignments(text, "task")

    def _kind(self, slots: Mapping[str, str], fixed: Mapping[str, str]) -> KindWord | None:
        """Return what is made.

        Raises:
            SlotMiss: The noun stands for nothing that is made this way.
        """
        if "kind" in fixed:
            self._entity = fixed["kind"]
            return KindWord(entity=self._entity, values="")
        kind = self._slots.kind(slots["kind"]) if "kind" in slots else None
        self._entity = "" if kind is None else kind.entity
        if self._entity == "interaction":  # kept by log frames, with the dates that follow from it
            raise SlotMiss
        return kind

    def _named(self, text: str, *, proper: bool = False) -> str:
        return self._slots.new_name(_LABEL.sub("", text.strip()) or text, proper=proper)


def _first_piece(text: str) -> tuple[str, str, str]:
    """Return what stands before the first comma or bracket, the comma, and the rest."""
    found = None if is_quoted(text) else _FIRST.search(text)
    if found is None:
        return text, "", ""
    return text[: found.start()], found[0], text[found.end() :]


def _is_plural(text: str, lang: str) -> bool:
    return lang == "zh" or text.strip().lower().endswith("s") or text.strip().lower() == "people"
