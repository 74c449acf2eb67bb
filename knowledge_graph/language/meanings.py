"""What a piece of a sentence may mean, before the parser decides."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge_graph.language.names import NameMatch
from knowledge_graph.language.recognisers.found import FoundValue
from knowledge_graph.ontology.record import RecordRef


@dataclass(frozen=True, slots=True)
class EntityMeaning:
    """A noun for a kind of record."""

    entity: str


@dataclass(frozen=True, slots=True)
class FieldMeaning:
    """A name of a field; `verb`: a word that stands for the field with a time, a value or a person."""

    field: str
    verb: bool = False


@dataclass(frozen=True, slots=True)
class ValueMeaning:
    """A value of an enumerated field: the stored forms that the words stand for."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StateMeaning:
    """A state of the dictionary, e.g. `opportunity.open`."""

    state: str


@dataclass(frozen=True, slots=True)
class WordMeaning:
    """A function word and what it does; `op` for comparators."""

    role: str
    op: str = ""


@dataclass(frozen=True, slots=True)
class NameMeaning:
    """A name of one or more records."""

    matches: tuple[NameMatch, ...]


@dataclass(frozen=True, slots=True)
class FoundMeaning:
    """A number, an amount, a date, a window … that a recogniser read whole."""

    value: FoundValue
    others: tuple[FoundValue, ...] = ()


@dataclass(frozen=True, slots=True)
class QuoteMeaning:
    """Literal text between quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class RefMeaning:
    """`@kind:id`: exactly one record."""

    ref: RecordRef


Meaning = (
    EntityMeaning
    | FieldMeaning
    | ValueMeaning
    | StateMeaning
    | WordMeaning
    | NameMeaning
    | FoundMeaning
    | QuoteMeaning
    | RefMeaning
)


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A piece of the sentence with all its candidate meanings; none: nobody knows the words."""

    start: int
    end: int
    text: str
    meanings: tuple[Meaning, ...]

    def roles(self) -> frozenset[str]:
        """The roles it has as a function word."""
        return frozenset(m.role for m in self.meanings if isinstance(m, WordMeaning))
