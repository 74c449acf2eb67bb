"""What compiling a sentence can come to: a value that was understood whole, or one question back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

T = TypeVar("T")
Lang = Literal["zh", "en"]
AskCode = Literal[
    "ambiguous_scope",
    "vague_term",
    "unknown_term",
    "missing_unit",
    "contradiction",
    "ambiguous_name",
    "ambiguous_term",
    "leftover",
    "missing_argument",
]


@dataclass(frozen=True, kw_only=True)
class LanguageContext:
    """What a sentence may refer to without saying it."""

    now: datetime
    """UTC."""
    timezone: str = "Asia/Shanghai"
    me: str | None = None
    """The employee id of the person who speaks ("my deals")."""
    currency: str = "CNY"
    """The workspace's currency: amounts that name none are in it."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One reading: what the button says, and the controlled words that choose it."""

    label: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Ask:
    """The sentence was not understood whole: one question, with the readings where there are some."""

    code: AskCode
    text: str
    """The question, in the language of the sentence."""
    choices: tuple[Choice, ...] = ()
    about: tuple[str, ...] = ()
    """The words in question (for `leftover`: those that nothing consumed)."""


@dataclass(frozen=True, kw_only=True)
class Compiled(Generic[T]):
    """The sentence was consumed whole."""

    value: T
    readback: str
    """The same meaning in controlled words, in the language of the sentence."""
    lang: Lang
