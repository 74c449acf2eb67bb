"""Run facts: who asks, where, in which language, when. Ports are given at build time, these at run time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from knowledge_graph.ontology.access import Access, Actor
from knowledge_graph.ontology.change import RecordChange
from tools.outcomes import Focus

Lang = Literal["zh", "en"]


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """The facts of one turn."""

    actor: Actor
    thread: str
    """A pseudonym: no name or address in it."""
    lang: Lang
    now: datetime
    """UTC, fixed for the whole turn."""
    timezone: str = "Asia/Shanghai"
    currency: str = "CNY"
    """The workspace's currency: amounts that name none are in it."""
    me: str | None = None
    """The employee id of the actor, if the actor is one of our people."""
    purpose: str = "service"
    tenant: str = "local"
    channel: str = "console"
    buttons: bool = False
    """The channel shows what can be done with a reply as buttons, so that no text names commands."""
    decision_id: str = ""
    user_text: str = ""
    """The user's own words: the reason in the change log, and what arguments are grounded in."""
    focus: Focus = field(default_factory=Focus)
    drafted: tuple[RecordChange, ...] = ()
    """What earlier calls of this turn have drafted: "log a call with her" may mean a lead not yet written."""

    @property
    def access(self) -> Access:
        """The request for data that the gate decides on."""
        stamp = self.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Access(
            actor=self.actor,
            purpose=self.purpose,
            at=stamp,
            tenant=self.tenant,
            turn=self.decision_id,
            thread=self.thread,
            channel=self.channel,
        )
