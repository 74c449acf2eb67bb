"""Slot texts → records, people, values: each slot is consumed whole by the business language, or fails.

A failed slot raises `SlotMiss`; when the business language has a question about it, the question goes along,
so that the reader can ask it if no other frame consumes the clause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from agents.offline.acts import KindWord, Pronoun, Selection, Target
from agents.offline.firms import leads_of
from agents.offline.naming import can_be_name, is_quoted, runs_on
from agents.offline.pointing import APPOSED, NOUN_LAST, pronoun_of
from agents.offline.query_facts import implied, one_named
from knowledge_graph.expression.nodes import Assignment, Query
from knowledge_graph.language.meanings import FieldMeaning
from knowledge_graph.language.parser.asking import Wanted
from knowledge_graph.language.recognisers import AmountFound, recognise
from knowledge_graph.language.results import Ask, Compiled, Lang, LanguageContext
from knowledge_graph.language.spelling import folded
from knowledge_graph.language.vocabulary import entity_of, kind_of
from knowledge_graph.ontology.record import RecordRef

if TYPE_CHECKING:
    from knowledge_graph.language.compiler import Language, Question

_POSSESSIVE = {
    "en": re.compile(r"(?:his|her|its|their|whose)", re.I),
    "zh": re.compile(r"(?:他|她|它|他们|她们)的?"),
}
_DANGLING = {
    "en": re.compile(r"^(?:and|or|but)\b|\b(?:and|or|but|to|the|a)$|"
                     r"(?:\band|,|;)\s+(?:then\s+|please\s+)?(?:set|change|update|move|assign|mark|give|put|make|"
                     r"add|delete|remove|log|create|close|raise|lower|tag|note|remind)\b|"
                     r"^(?:they|he|she|it|we|i|you)"
                     r"(?:['’](?:re|s|m|ve|ll)|\s+(?:is|are|am|have|has|need|want)\b)", re.I),
    "zh": re.compile(r"^(?:和|与|或|并|而)|(?:和|与|或|并|而|把|将|给)$|.(?:并|然后|再|[，,])(?:把|将)"),
}  # fmt: skip
"""What is no noun phrase: it begins or ends with a joining word, or is or holds a request of its own."""
_SHORTEST = 4
"""Letters that the first word of a name needs to stand for the whole."""
_ME = re.compile(r"me|myself|i|us|我|我自己|自己|本人", re.I)
_VALUED = {
    "en": re.compile(
        r"(?P<value>[¥$€£]?\d[\w.,]*(?: (?:cny|rmb|usd|eur|gbp|million|thousand))?) (?P<noun>.+)", re.I),
    "zh": re.compile(r"(?P<value>[¥￥]?\d[\d.,]*[万亿千百]*(?:元|块)?)的?(?P<noun>.+)"),
}  # fmt: skip
_AND = re.compile(r"\s*(?:[,，、;；]\s*(?:and\s+)?|\s+(?:and|&|plus)\s+|和|与|及|跟)\s*", re.I)


class SlotMiss(Exception):  # noqa: N818 -- not an error: one reading of several does not hold
    """The slot's text is not consumed whole by its type.

    Args:
        ask: The question of the business language about it, if it has one.
    """

    def __init__(self, ask: Ask | None = None) -> None:
        super().__init__("slot not consumed")
        self.ask = ask


class Slots:
    """Reads slot texts for one turn; equal texts are compiled once."""

    def __init__(self, language: Language, context: LanguageContext, lang: Lang) -> None:
        self.language = language
        self.context = context
        self.lang = lang
        self._query = lru_cache(maxsize=512)(self._compile_query)
        self._resolve = lru_cache(maxsize=512)(self._compile_resolve)
        self._assign = lru_cache(maxsize=512)(self._compile_assignments)

    def target(self, text: str) -> Target:
        """Return the records that a text names: a pronoun, a record's name, or a selection.

        Raises:
            SlotMiss: Nothing consumes the text whole.
        """
        pronoun = self.pronoun_or_none(text)
        return pronoun if pronoun is not None else self.records(text)

    def pronoun_or_none(self, text: str) -> Pronoun | None:
        """Return the pronoun that a text is, or None."""
        return pronoun_of(text.strip(), self.lang, self._is_kind_noun)

    def pronoun(self, text: str) -> Pronoun:
        """Return the pronoun that a text is.

        Raises:
            SlotMiss: It is none.
        """
        found = self.pronoun_or_none(text)
        if found is None:
            raise SlotMiss
        return found

    def possessor(self, text: str) -> Target:
        """Return whose something is: "Acme's", "her", "李薇的".

        Raises:
            SlotMiss: Nothing consumes the text whole.
        """
        bare = re.sub(r"(?:'s|’s|'|’|的)$", "", text.strip())
        if bare == text.strip() and self.lang == "en":
            if _POSSESSIVE["en"].fullmatch(bare):
                return Pronoun(text=bare, plural=bare.lower() == "their")
            raise SlotMiss
        return self.target(bare)

    def records(self, text: str) -> Selection:
        """Return a selection of records.

        Raises:
            SlotMiss: Nothing consumes the text whole.
        """
        if _DANGLING[self.lang].search(text.strip()):
            raise SlotMiss
        named = self._named(text)
        if isinstance(named, Compiled):
            return Selection(entity=entity_of(named.value.kind), where=f"@{named.value}")
        compiled = self._query(text, None)
        if isinstance(compiled, Compiled):
            return Selection(entity=compiled.value.entity, where=compiled.readback)
        listed = self._listed(text) or leads_of(text, self.lang, self._resolve, self._query)
        if listed is None:
            raise SlotMiss(named if named.code == "ambiguous_name" else compiled)
        return listed

    def _listed(self, text: str) -> Selection | None:
        """Return several records of one kind by their names: "Jo Moore and Kim Lee", 郑凯和高洁.

        Raises:
            SlotMiss: One of the names means several records.
        """
        found = [self._named(part) for part in _AND.split(text.strip()) if part]
        refs = [one.value for one in found if isinstance(one, Compiled)]
        if len(refs) > 1 and len({ref.kind for ref in refs}) == 1:
            if len(refs) == len(found):
                where = ", ".join(f"@{ref}" for ref in refs)
                return Selection(entity=entity_of(refs[0].kind), where=where)
            raise SlotMiss(next(one for one in found if isinstance(one, Ask)))
        return None

    def _named(self, text: str) -> Compiled[RecordRef] | Ask:
        """Resolve a name, also one with its noun behind it ("林娜这条线索") or cut after its first word."""
        tail = APPOSED[self.lang].fullmatch(text.strip())
        if tail is not None:
            noun = self._query(tail["noun"], None)
            if isinstance(noun, Compiled) and noun.value.condition is None:
                name = tail["name"] or tail["about"]
                return self._resolve(name, frozenset({kind_of(noun.value.entity)}))
        behind = NOUN_LAST.fullmatch(text.strip()) if self.lang == "en" else None
        if behind is not None and not behind["noun"].endswith("s"):
            noun = self._query(behind["noun"], None)
            if isinstance(noun, Compiled) and noun.value.condition is None:
                found = self._resolve(behind["name"], frozenset({kind_of(noun.value.entity)}))
                if isinstance(found, Compiled):
                    return found
        named = self._resolve(text, None)
        return self._first_word(text, named) if isinstance(named, Ask) else named

    def _first_word(self, text: str, ask: Ask) -> Compiled[RecordRef] | Ask:
        """The first word of one single name is that name cut short: "Bluefin" is Bluefin Logistics."""
        words = text.strip().casefold()
        if len(ask.choices) != 1 or len(words) < _SHORTEST:
            return ask
        if not ask.choices[0].label.casefold().startswith(words + " "):
            return ask
        return self._resolve(ask.choices[0].text, None)

    def query(self, text: str, entity: str | None = None) -> Query:
        """Return the query that a text compiles to.

        Raises:
            SlotMiss: Nothing consumes the text whole.
        """
        compiled = self._query(text, entity)
        if isinstance(compiled, Ask):
            raise SlotMiss(compiled)
        return compiled.value

    def question(self, text: str) -> tuple[Selection, Wanted]:
        """Return the records that a question is about, and what it wants of them.

        Raises:
            SlotMiss: Nothing consumes the text whole.
        """
        compiled = self.language.question(text, context=self.context)
        if isinstance(compiled, Ask):
            raise SlotMiss(compiled)
        query = compiled.value.query
        named = one_named(query)
        where = compiled.readback if named is None else f"@{kind_of(query.entity)}:{named}"
        return Selection(entity=query.entity, where=where), compiled.value.wanted

    def asked_of(self, text: str, entity: str) -> Question:
        """Return what a question without a subject asks of records of an entity.

        Raises:
            SlotMiss: Nothing consumes the text whole.
        """
        compiled = self.language.question(text, entity=entity, context=self.context)
        if isinstance(compiled, Ask):
            raise SlotMiss(compiled)
        return compiled.value

    def has_subject(self, text: str) -> bool:
        """Return whether a text has a noun for records or a name."""
        return self.language.has_subject(text, context=self.context)

    def field_label(self, key: str) -> str:
        """Return a field's own name, as tools take it."""
        return key.partition(".")[2]

    def record(self, text: str) -> str:
        """Return the one record that a name stands for, as `@kind:id`.

        Raises:
            SlotMiss: No record or several go by it.
        """
        named = self._named(text)
        if isinstance(named, Ask):
            raise SlotMiss(named)
        return f"@{named.value}"

    def assignee(self, text: str) -> str:
        """Return one of our people, as `@employee:id`; "me" is who speaks.

        Raises:
            SlotMiss: No or several of our people go by it.
        """
        if _ME.fullmatch(text.strip()):
            if self.context.me is None:
                raise SlotMiss
            return f"@employee:{self.context.me}"
        if _AND.search(text.strip()) and self.lang == "en":
            raise SlotMiss  # "Sofia and mark": two people, or the next request
        named = self._resolve(text, frozenset({"employee"}))
        if isinstance(named, Ask):
            raise SlotMiss(named)
        return f"@{named.value}"

    def kind(self, text: str) -> KindWord:
        """Return what a noun says about a record to be made.

        Raises:
            SlotMiss: It is no noun for a kind of record.
        """
        compiled = self._query(text, None)
        if isinstance(compiled, Ask):
            return self._kind_with_value(text)
        query = compiled.value
        values = None if query.limit or query.sort else implied(query.condition)
        if values is None:
            raise SlotMiss
        return KindWord(entity=query.entity, values=self._assigned(values))

    def _kind_with_value(self, text: str) -> KindWord:
        """Return a noun with a value before it: "80k deal", 30万的商机.

        Raises:
            SlotMiss: It is none.
        """
        parts = _VALUED[self.lang].fullmatch(text.strip())
        if parts is None:
            raise SlotMiss
        kind = self.kind(parts["noun"])
        money = self.language.vocabulary.default_field(kind.entity, "money")
        if money is None or kind.values:
            raise SlotMiss
        values = self.assignments(f"{money.label(self.lang)} = {parts['value']}", kind.entity)
        return KindWord(entity=kind.entity, values=values)

    def new_name(self, text: str, *, proper: bool = False) -> str:
        """Return the name of something new: quoted, or a few words that can be a name.

        Args:
            text: The words.
            proper: English words must begin with a capital: nothing but the shape says that it is a name.

        Raises:
            SlotMiss: The words cannot be a name.
        """
        bare = text.strip()
        if is_quoted(bare):
            return bare[1:-1].strip()
        if not can_be_name(bare, self.lang, proper=proper):
            raise SlotMiss
        return bare

    def assignments(self, text: str, entity: str) -> str:
        """Return assignments in controlled words.

        Raises:
            SlotMiss: Nothing consumes the text whole.
        """
        compiled = self._assign(text, entity)
        if isinstance(compiled, Ask):
            raise SlotMiss(compiled)
        return compiled.readback

    def bare(self, text: str, entity: str) -> str:
        """Return the assignment that a value without a field is, which must mean just one: "won", "260k".

        Raises:
            SlotMiss: It means none or several: "set the customers in Berlin to paused" sets no city.
        """
        said = None
        try:
            said = self.assignments(text, entity)
        except SlotMiss as miss:
            for other in self._bare_readings(text, entity):
                if self.assigned(other, entity):
                    said = self.assignments(other, entity)
                    break
            if said is None:
                raise miss from None
        if len(self.assigned_fields(said, entity) - {"currency"}) != 1:
            raise SlotMiss
        return said

    def _bare_readings(self, text: str, entity: str) -> Iterator[str]:
        """Yield what a bare value may be beside the name of a state: 发货 for 已发货, an amount."""
        if self.lang == "zh":
            yield f"已{text}"
        money = self.language.vocabulary.default_field(entity, "money")
        whole = (
            found for found in recognise(text, self.context) if found.end - found.start == len(text)
        )
        if money is not None and any(isinstance(f.value, AmountFound) for f in whole):
            yield f"{money.label(self.lang)} = {text}"

    def field(self, text: str, entity: str | None) -> None:
        """Check that a text names a field (of the entity, if it is known).

        Raises:
            SlotMiss: It does not.
        """
        if not self.names_field(text, entity):
            raise SlotMiss

    def names_field(self, text: str, entity: str | None) -> bool:
        """Return whether a text names a field (of the entity, if it is known)."""
        meanings = self.language.vocabulary.phrases.get(folded(text.strip()), ())
        fields = [m.field for m in meanings if isinstance(m, FieldMeaning)]
        return any(entity in {None, field.partition(".")[0]} for field in fields)

    def assigned(self, text: str, entity: str) -> tuple[Assignment, ...]:
        """Return what an assignment sentence writes; nothing if it is none."""
        compiled = self._assign(text, entity)
        return () if isinstance(compiled, Ask) else compiled.value

    def assigned_fields(self, text: str, entity: str) -> frozenset[str]:
        """Return the names of the fields that an assignment sentence writes; empty if it is none."""
        return frozenset(a.field.partition(".")[2] for a in self.assigned(text, entity))

    def swallows(self, said: str, words: str, entity: str) -> bool:
        """Return whether a value runs over a comma that nobody quoted: no firm is called "Foo, give it to Raj".

        Args:
            said: Assignments in controlled words.
            words: What they were read from.
            entity: What they are about.
        """
        return any(
            isinstance(made.value, str)
            and self.language.vocabulary.fields[made.field].type != "long_text"
            and runs_on(made.value, words)
            for made in self.assigned(said, entity)
        )

    def _assigned(self, values: Mapping[str, str]) -> str:
        return "; ".join(
            f'{field.partition(".")[2]} = "{value}"' for field, value in values.items()
        )

    def _is_kind_noun(self, noun: str | None) -> bool:
        """True for no noun, or for one that stands for a whole kind of records."""
        if not noun or not noun.strip():
            return True
        compiled = self._query(noun.strip(), None)
        return isinstance(compiled, Compiled) and compiled.value.condition is None

    def _compile_query(self, text: str, entity: str | None) -> Compiled[Query] | Ask:
        return self.language.query(text, entity=entity, context=self.context)

    def _compile_assignments(
        self, text: str, entity: str
    ) -> Compiled[tuple[Assignment, ...]] | Ask:
        return self.language.assignments(text, entity=entity, context=self.context)

    def _compile_resolve(
        self, text: str, kinds: frozenset[str] | None
    ) -> Compiled[RecordRef] | Ask:
        return self.language.resolve(text, kinds=kinds, context=self.context)
