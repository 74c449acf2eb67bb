"""What the web channel is built from, and the shapes of its HTTP answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from fastapi import APIRouter

from channels.inbound import Desk
from channels.ports import Accounts, Transcripts
from channels.web.limits import Rate
from channels.wire import QuestionOut, Wire
from knowledge_graph.consent_ports import GrantedWords
from knowledge_graph.ontology.access import Access
from knowledge_graph.ontology.record import Value
from knowledge_graph.ports import Clock, DecisionLog, ProposalStore
from tools.rules.calling import RuleDesk


class RecordOut(Wire):
    """One record, as the caller may see it."""

    kind: str
    id: str
    title: str
    values: dict[str, Value]
    withheld: dict[str, str]
    """Field name → why it is not shown."""
    updated_at: str


class RecordsOut(Wire):
    """Some records; `question` instead of a guess when the sentence was not understood whole."""

    records: tuple[RecordOut, ...]
    total: int
    readback: str
    question: QuestionOut | None


class Records(Protocol):
    """Reads records through the gate."""

    async def find(self, kind: str, where: str, *, limit: int, access: Access) -> RecordsOut:
        """Return the records of a kind that a sentence selects.

        Raises:
            UnknownKindError: There is no such kind.
            NotAllowedError: The actor may not read this kind.
        """
        ...

    async def show(self, kind: str, record_id: str, *, access: Access) -> RecordOut:
        """Return one record.

        Raises:
            NotFoundError: There is none that the actor may see.
        """
        ...


class Mount(Protocol):
    """Another channel that lives in the same HTTP service."""

    @property
    def router(self) -> APIRouter:
        """Its routes."""
        ...

    async def start(self) -> None:
        """Begin: work what an earlier process left."""
        ...

    async def stop(self) -> None:
        """End: finish the work in hand."""
        ...


@dataclass(frozen=True, kw_only=True)
class WebLimits:
    """Bounds on what one caller may ask."""

    body_bytes: int = 1_000_000
    body_timeout_s: float = 15
    calls: Rate = field(default_factory=lambda: Rate(burst=60, per_minute=120))
    """For each user."""
    addresses: Rate = field(default_factory=lambda: Rate(burst=300, per_minute=900))
    """For each address, signed in or not; people behind one gateway share it."""
    sign_ins: Rate = field(default_factory=lambda: Rate(burst=8, per_minute=2))
    """For each address, and for each user name."""
    ticker: Callable[[], float] = time.monotonic
    """Seconds, for the rates."""


@dataclass(frozen=True, kw_only=True)
class WebParts:
    """What `build_web` needs."""

    desk: Desk
    accounts: Accounts
    transcripts: Transcripts
    granted: GrantedWords
    """Which words of a conversation rest on a consent that has ended."""
    proposals: ProposalStore
    decisions: DecisionLog
    records: Records
    clock: Clock
    rules: RuleDesk | None = None
    """None: rules are not served."""
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    """Names the service answers to; another Host header gets 400 (DNS rebinding)."""
    secure_cookies: bool = False
    """True behind https."""
    limits: WebLimits = field(default_factory=WebLimits)
