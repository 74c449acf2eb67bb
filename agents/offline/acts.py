"""What a clause does. Acts are what frames read and what discourse.py folds into tool calls."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Records that a clause is about, as a sentence of the business language."""

    entity: str
    where: str
    """Controlled words; empty: all records of the entity."""


@dataclass(frozen=True, kw_only=True)
class Pronoun:
    """A word such as them, her or 他们: stands for what was said before."""

    text: str
    plural: bool
    place: int | None = None
    """"the second one": its place in what was shown last, from 0; -1 is the last."""


Target = Selection | Pronoun


@dataclass(frozen=True, kw_only=True)
class KindWord:
    """A noun that says what is to be made: an entity and values that the noun implies ("trial customer")."""

    entity: str
    values: str
    """Assignments in controlled words, empty if the noun implies none."""


@dataclass(frozen=True, kw_only=True)
class Introduce:
    """Names somebody new: "we have a new lead called Jo Moore"."""

    kind: KindWord | None
    name: str
    values: tuple[str, ...] = ()
    """Attributes in the user's words."""


@dataclass(frozen=True, kw_only=True)
class Create:
    """Makes records; what the clause leaves out comes from other clauses of the message."""

    kind: KindWord | None = None
    names: tuple[str, ...] = ()
    """One record each; none: the one just introduced, or one whose name is among the values."""
    who: Pronoun | None = None
    values: tuple[str, ...] = ()
    """Assignments, as the clause has them; compiled when the entity is known."""
    links: tuple[str, ...] = ()
    """Names of, or pronouns for, records made in the same message that this one belongs to."""


@dataclass(frozen=True, kw_only=True)
class Describe:
    """Says something of the record just introduced: its kind or its values."""

    kind: KindWord | None = None
    values: tuple[str, ...] = ()
    name: str = ""
    """What it is to be called: "call it Line 5"."""
    everyone: bool = False
    """It holds for all records that the clause before made ("both for Raj")."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """Changes records."""

    who: Target
    changes: str
    bare: bool = False
    """The clause names no field: its value must mean just one."""


@dataclass(frozen=True, kw_only=True)
class Unfinished:
    """Asks for a change and leaves out what it is to be: "assign Derek", 把张敏的电话改一下."""

    ask: str
    """Which text asks for the rest."""
    so_far: str
    """The request as far as it goes; the answer is said behind it."""


@dataclass(frozen=True, kw_only=True)
class Remove:
    """Deletes records."""

    who: Target


@dataclass(frozen=True, kw_only=True)
class Select:
    """Brings records in focus and asks for nothing yet: "we no longer need these"."""

    who: Selection


@dataclass(frozen=True, kw_only=True)
class Endorse:
    """Asks for what other clauses of the message say: "can you make that change?"."""


@dataclass(frozen=True, kw_only=True)
class Find:
    """Reads records, or numbers over them."""

    who: Target
    measure: str = ""
    fields: str = ""
    """The fields that answer the question, separated by semicolons; empty: the rows themselves."""


@dataclass(frozen=True, kw_only=True)
class Show:
    """Reads one record, or one field of it."""

    one: Target
    field: str = ""


@dataclass(frozen=True, kw_only=True)
class Merge:
    """Makes one record of two."""

    one: str
    other: str


@dataclass(frozen=True, kw_only=True)
class Log:
    """Keeps an interaction."""

    party: str | Pronoun
    type: str
    when: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Undo:
    """Takes the last change back, or the last one of a record."""

    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Explain:
    """Asks why."""


@dataclass(frozen=True, kw_only=True)
class Recall:
    """Asks something that documents or interactions may answer."""

    question: str


@dataclass(frozen=True, kw_only=True)
class Consent:
    """Checks, asks for, gives or withdraws the consent of a person."""

    tool: str
    one: Target | None = None
    """Whose; None: the speaker's own, or the person talked about."""
    args: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Chat:
    """Greets, thanks or asks for help."""

    topic: str


Act = (
    Introduce | Create | Describe | Change | Unfinished | Remove | Select | Endorse | Find | Show | Merge | Log
    | Undo | Explain | Recall | Consent | Chat
)  # fmt: skip
