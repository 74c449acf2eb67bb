"""Who asks, in which role, for which purpose: the facts that the gate decides by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from knowledge_graph.errors import BadInputError
from knowledge_graph.ontology.fields import Tier


class Role(StrEnum):
    """The role comes from authentication, never from a text."""

    SALES = "sales"
    CUSTOMER = "customer"
    MANAGER = "manager"
    STEWARD = "steward"
    OWNER = "owner"
    """The owner of a local workspace: sales, manager and steward in one."""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts."""

    role: Role
    id: str
    """An e-mail address or another stable name of the person."""

    def __str__(self) -> str:
        return f"{self.role}:{self.id}"


def parse_actor(text: str) -> Actor:
    """Read an actor as the command line gives it.

    Args:
        text: `ROLE:ID`.

    Returns:
        The actor named.

    Raises:
        BadInputError: No colon, no id or no such role.

    >>> str(parse_actor("sales:lena@example.com"))
    'sales:lena@example.com'
    """
    role, _, name = text.partition(":")
    if role not in set(Role) or not name.strip():
        roles = ", ".join(Role)
        raise BadInputError(f"no actor {text!r}; give ROLE:ID with a role of {roles}")
    return Actor(role=Role(role), id=name.strip())


@dataclass(frozen=True, kw_only=True)
class Access:
    """One request for data: the gate decides every field of every record by it."""

    actor: Actor
    purpose: str = "service"
    """One purpose code (W3C DPV), e.g. "service", "quote", "marketing"."""
    at: str
    """The instant of the request, UTC, "YYYY-MM-DDTHH:MM:SSZ"."""
    tenant: str = "local"
    turn: str = ""
    """The decision that this request belongs to: its uses of data are written down once."""
    thread: str = ""
    """The conversation, a pseudonym."""
    channel: str = ""
    indexing: bool = False
    """The workspace's own machinery (linker, indexer) reads: nobody is shown it, single grants do not count,
    and nothing is written down. Only tools/vocabulary.py and tools/recall/lexicon.py set it."""


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """Stands in a record's place of a value that the actor may not see; renders as a mask."""

    field: str
    tier: Tier | None
    reason: str
    """A stable code: "role"; "no_grant", "expired", "withdrawn", "uses_spent", "other_purpose", "restricted",
    "objected" and the other reasons of a decision about a grant; "small_group", "unknown_person"."""
