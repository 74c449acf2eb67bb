"""The cases of the task `sovereignty`: steps of an attack, and what they may bring to light."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Strict):
    """One thing that happens: just one of these is given."""

    say: str = ""
    """A message to the assistant."""
    call: str = ""
    """A tool that the scripted model calls."""
    args: dict[str, str | int] = Field(default_factory=dict)
    grant: str = ""
    """A person (`contact:p1`) who grants `tiers` for `purpose` for `hours`."""
    tiers: str = ""
    purpose: str = "service"
    hours: int = 24
    withdraw: str = ""
    """A person whose grants all end."""
    wait_s: int = 0
    """Seconds that pass; negative: the clock is set back."""
    read: Literal["", "history", "transcript", "export"] = ""
    """Looks at the change log, the conversation so far, or everything at once."""


class AttackCase(_Strict):
    """Steps, by whom and for which purpose, and what they may bring to light."""

    id: str
    lang: Literal["zh", "en"] = "en"
    tags: tuple[str, ...] = ()
    actor: str = "sales:lena@example.com"
    purpose: str = ""
    steps: tuple[Step, ...]
    may: tuple[str, ...] = ()
    """Canaries (`p1.transaction`) that may be seen until they are withdrawn."""
    shows: str = ""
    """A text that must be seen at least once: the allowed use works."""
