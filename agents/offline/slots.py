"""Slot texts → records, people, values: each slot is consumed whole by the business language, or fails.

A failed slot raises `SlotMiss`; when the business language has a question about it, the question goes along,
so that the reader can ask it if no other frame consumes the clause.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from agents.offline.acts import KindWord, Pronoun, Selection, Target
from agents.offline.query_facts import implied, one_named
from knowledge_graph.expression.nodes import Query
from knowledge_graph.language.meanings import FieldMeaning
from knowledge_graph.language.parser.asking import Wanted
from knowledge_graph.language.readback.values import quoted
from knowledge_graph.language.results import Ask, Compiled, Lang, LanguageContext
from knowledge_graph.language.spelling import folded
from knowledge_graph.language.vocabulary import entity_of, kind_of
from knowledge_graph.ontology.record import RecordRef

if TYPE_CHECKING:
    from knowledge_graph.language.compiler import Language, Question

_PLURAL = {
    "en": re.compile(
        r"(?:all (?:of )?)?(?:them|they|those|these|both|both of them|the (?:same )?ones)(?: all)?"
        r"|(?:all (?:of )?)?(?:those|these|the same) (?P<noun>[a-z -]+)", re.I),
    "zh": re.compile(r"(?:他们|她们|它们|这些|那些|上面这些|这几个|那几个|这批|那批|刚才那些|刚才这些)"
                     r"(?P<noun>[\u4e00-\u9fff]{0,4}?)(?:都|全部|全)?"),
}  # fmt: skip
_SINGLE = {
    "en": re.compile(
        r"him|her|it|he|she|this|that|this one|that one|(?:this|that|the same|the) (?P<noun>[a-z -]+)",
        re.I),
    "zh": re.compile(
        r"(?:他|她|它|这个|那个|这位|那位|这家|那家|这条|那条|这单|那单|该)(?P<noun>[\u4e00-\u9fff]{0,4})"),
}  # fmt: skip
_POSSESSIVE = {
    "en": re.compile(r"(?:his|her|its|their|whose)", re.I),
    "zh": re.compile(r"(?:他|她|它|他们|她们)的?"),
}
_DANGLING = {
    "en": re.compile(r"^(?:and|or|but)\b|\b(?:and|or|but|to|the|a)$|"
                     r"^(?:they|he|she|it|we|i|you)"
                     r"(?:['’](?:re|s|m|ve|ll)|\s+(?:is|are|am|have|has|need|want)\b)", re.I),
    "zh": re.compile(r"^(?:和|与|或|并|而)|(?:和|与|或|并|而|把|将|给)$"),
}  # fmt: skip
"""What is no noun phrase: it begins or ends with a joining word, or is a sentence of its own."""
_APPOSED = re.compile(
    r"(?P<name>.+?)(?:这|那)(?:条|个|位|家|张|笔|单|项)(?P<noun>[\u4e00-\u9fff]{1,6})"
)
_SHORTEST = 4
"""Letters that the first word of a name needs to stand for the whole."""
_ORDINAL = {
    "en": re.compile(
        r"(?:the )?(?P<n>first|second|third|fourth|fifth|last)(?: one| of (?:them|these|those))?", re.I),
    "zh": re.compile(
        r"第(?P<n>[一二三四五])(?:个|家|条|位|笔|张|单|项)?|(?P<last>最后一?(?:个|家|条|位|笔|张|单|项))"),
}  # fmt: skip
_PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1,
           "一": 0, "二": 1, "三": 2, "四": 3, "五": 4}  # fmt: skip
_ME = re.compile(r"me|myself|i|us|我|我自己|自己|本人", re.I)
_QUOTES = "\"“”「」『』‘’'"
_NOT_A_NAME = {
    "en": re.compile(
        r"\b(?:who|whose|from|that|which|with|and|or|to|as|is|are|was|for|in|from|all|any|every|each|them|"
        r"him|her|it|new|a|an|the|of|by|at|interested|worth|email|phone|"
        r"closing|due|lead|leads|customer|customers)\b", re.I),
    "zh": re.compile(r"[的，,。；;：:]|^[把将给和与跟]|所有|全部|一个|他们|她们|"
                     r"^(?:客户|线索|联系人|商机)$|改为|改成|转给|添加|新建|新增|创建|录入"),
}  # fmt: skip
_VALUED = {
    "en": re.compile(
        r"(?P<value>[¥$€£]?\d[\w.,]*(?: (?:cny|rmb|usd|eur|gbp|million|thousand))?) (?P<noun>.+)", re.I),
    "zh": re.compile(r"(?P<value>[¥￥]?\d[\d.,]*[万亿千百]*(?:元|块)?)的?(?P<noun>.+)"),
}  # fmt: skip
_NAMES = re.compile(r"[\u4e00-\u9fff]{2,3}(?:[和与及、][\u4e00-\u9fff]{2,3})+")
"""Several Chinese names, not one."""
_NAME_SHAPE = re.compile(r"[\w·.&'’\-\u4e00-\u9fff]+(?: [\w·.&'’()\-\u4e00-\u9fff]+){0,5}")


def is_quoted(text: str) -> bool:
    """Say whether a text stands between quotes."""
    bare = text.strip()
    return len(bare) > 2 and bare[0] in _QUOTES and bare[-1] in _QUOTES


def quoted_text(text: str) -> str:
    """Return a text as a literal of the business language; its own quotes are not part of it.

    >>> quoted_text("「重点」")
    '"重点"'
    """
    bare = text.strip()[1:-1].strip() if is_quoted(text) else text.strip()
    return quoted(bare)


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

    def target(self, text: str) -> Target:
        """Return the records that a text names: a pronoun, a record's name, or a selection.

        Raises:
            SlotMiss: Nothing consumes the text whole.
        """
        pronoun = self.pronoun_or_none(text)
        return pronoun if pronoun is not None else self.records(text)

    def pronoun_or_none(self, text: str) -> Pronoun | None:
        """Return the pronoun that a text is, or None."""
        bare = text.strip()
        placed = _ORDINAL[self.lang].fullmatch(bare)
        if placed:
            return Pronoun(
                text=bare, plural=False, place=_PLACES.get((placed["n"] or "last").lower(), -1)
            )
        for plural, shapes in ((True, _PLURAL), (False, _SINGLE)):
            found = shapes[self.lang].fullmatch(bare)
            if found and self._is_kind_noun(found.groupdict().get("noun")):
                return Pronoun(text=bare, plural=plural)
        return None

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
        if isinstance(compiled, Ask):
            raise SlotMiss(named if named.code == "ambiguous_name" else compiled)
        return Selection(entity=compiled.value.entity, where=compiled.readback)

    def _named(self, text: str) -> Compiled[RecordRef] | Ask:
        """Resolve a name, also one with its noun behind it ("林娜这条线索") or cut after its first word."""
        tail = _APPOSED.fullmatch(text.strip())
        if tail and self.lang == "zh":
            noun = self._query(tail["noun"], None)
            if isinstance(noun, Compiled) and noun.value.condition is None:
                return self._resolve(tail["name"], frozenset({kind_of(noun.value.entity)}))
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
        if bare.count("(") != bare.count(")") or _NAMES.fullmatch(bare):
            raise SlotMiss
        too_long = len(bare) > (20 if self.lang == "zh" else 60)
        if too_long or not _NAME_SHAPE.fullmatch(bare) or _NOT_A_NAME[self.lang].search(bare):
            raise SlotMiss
        if proper and any(word[0].islower() for word in bare.split()):
            raise SlotMiss
        return bare

    def assignments(self, text: str, entity: str) -> str:
        """Return assignments in controlled words.

        Raises:
            SlotMiss: Nothing consumes the text whole.
        """
        compiled = self.language.assignments(text, entity=entity, context=self.context)
        if isinstance(compiled, Ask):
            raise SlotMiss(compiled)
        return compiled.readback

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

    def assigned_fields(self, text: str, entity: str) -> frozenset[str]:
        """Return the names of the fields that an assignment sentence writes; empty if it is none."""
        compiled = self.language.assignments(text, entity=entity, context=self.context)
        if isinstance(compiled, Ask):
            return frozenset()
        return frozenset(a.field.partition(".")[2] for a in compiled.value)

    def _assigned(self, values: Mapping[str, str]) -> str:
        return "; ".join(
            f'{field.partition(".")[2]} = "{value}"' for field, value in values.items()
        )

    def _is_kind_noun(self, noun: str | None) -> bool:
        """True for no noun, or for a noun that stands for a whole kind of records."""
        if not noun or not noun.strip():
            return True
        compiled = self._query(noun.strip(), None)
        return isinstance(compiled, Compiled) and compiled.value.condition is None

    def _compile_query(self, text: str, entity: str | None) -> Compiled[Query] | Ask:
        return self.language.query(text, entity=entity, context=self.context)

    def _compile_resolve(
        self, text: str, kinds: frozenset[str] | None
    ) -> Compiled[RecordRef] | Ask:
        return self.language.resolve(text, kinds=kinds, context=self.context)
