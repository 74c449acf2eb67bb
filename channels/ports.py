"""What the channels need from outside: assistant, users and secrets, durable inbox, buttons, transcripts.

Everything a person can reach speaks to `TurnTaker` only. The stores here are operational state (one SQLite file
at first); their in-memory versions are in channels/testing, their contract suites in tests/contract.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from agents.turn import Progress, TurnReply, TurnRequest
from knowledge_graph.ontology.access import Actor, Role
from knowledge_graph.ontology.change import RecordChange
from tools.context import Lang

ProgressSink = Callable[[Progress], Awaitable[None]]


class TurnTaker(Protocol):
    """The assistant, as a channel sees it (agents/assistant.py)."""

    async def turn(self, request: TurnRequest, progress: ProgressSink | None = None) -> TurnReply:
        """Answer one message.

        Raises:
            CrmError: What failed; the message says what did and did not change.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class User:
    """A person who may sign in."""

    id: str
    """An e-mail address or another stable name; `Actor.id` of this person."""
    role: Role
    name: str = ""
    lang: Lang | None = None
    """None: the language of each message."""
    disabled: bool = False

    @property
    def actor(self) -> Actor:
        """This person as the assistant knows them; the role comes from here and nowhere else."""
        return Actor(role=self.role, id=self.id)


SecretUse = Literal["api", "session", "sign_in", "link"]
"""api: a bearer token; session: a browser cookie; sign_in: the one-time link of the first start;
link: the short code that binds a Slack or Telegram person to a user (typed by hand: 10 letters and digits)."""


@dataclass(frozen=True, kw_only=True)
class IssuedSecret:
    """A new secret: shown once, kept only as a hash."""

    secret: str
    expires_at: str
    """UTC, "YYYY-MM-DDTHH:MM:SSZ"."""


class Accounts(Protocol):
    """Users, their passwords (argon2), their secrets (hashed, expiring) and their ids in other systems."""

    async def add_user(self, user: User, *, password: str | None = None) -> None:
        """Add a user, or replace what is known of one; the password stays unless a new one is given."""
        ...

    async def user(self, user_id: str) -> User:
        """Return a user.

        Raises:
            NotFoundError: There is none.
        """
        ...

    async def users(self) -> tuple[User, ...]:
        """Return all users, by id."""
        ...

    async def check_password(self, user_id: str, password: str) -> User | None:
        """Return the user when the password is right and the user is not disabled.

        An unknown user costs the same time as a wrong password.
        """
        ...

    async def issue(self, user_id: str, use: SecretUse, *, ttl: timedelta) -> IssuedSecret:
        """Make a secret for one use.

        Raises:
            NotFoundError: There is no such user.
        """
        ...

    async def holder(self, secret: str, use: SecretUse) -> User | None:
        """Return whose secret it is; None when unknown, expired, spent, revoked or the user is disabled."""
        ...

    async def spend(self, secret: str, use: SecretUse) -> User | None:
        """Like `holder`, and the secret is worthless afterwards; of two at once only one gets the user."""
        ...

    async def revoke(self, secret: str) -> None:
        """Make a secret worthless; an unknown one is no error."""
        ...

    async def link(self, channel: str, outside_id: str, user_id: str) -> None:
        """Bind a person of another system ("slack", "T1/U1") to a user; replaces an earlier link.

        Raises:
            NotFoundError: There is no such user.
        """
        ...

    async def linked(self, channel: str, outside_id: str) -> User | None:
        """Return the user that a person of another system is bound to, None when none or disabled."""
        ...

    async def unlink(self, channel: str, outside_id: str) -> None:
        """Forget a link; a missing one is no error."""
        ...


@dataclass(frozen=True, kw_only=True)
class InboxRow:
    """One message from outside, as it came."""

    channel: str
    key: str
    """The outside id that a repeated delivery repeats: event_id, trigger_id, update_id."""
    body: str
    """The raw text; forgotten once the row is done, the key is kept."""
    received_at: str
    attempts: int = 0
    """How often work on it has begun."""


class Inbox(Protocol):
    """Messages are kept before they are acknowledged; what a crash left over is worked after the restart."""

    async def receive(self, row: InboxRow) -> bool:
        """Keep a message, durably; False when (channel, key) was received before."""
        ...

    async def begin(self, channel: str, key: str) -> int:
        """Count a start of work and return how many there have been, this one included."""
        ...

    async def finish(self, channel: str, key: str, *, failed: bool = False) -> None:
        """Work is over: the body is forgotten, the key stays, so that a repeat is still known."""
        ...

    async def waiting(self, channel: str, *, limit: int = 1000) -> tuple[InboxRow, ...]:
        """Return what is not finished, oldest first."""
        ...


@dataclass(frozen=True, kw_only=True)
class Button:
    """A button that was sent: what pressing it says, and who may press it where."""

    id: str
    """Opaque, at most 32 ASCII characters; the only thing that the outside system gets."""
    channel: str
    thread: str
    user_id: str
    text: str
    """What the press sends to the assistant: "/confirm P1" or the reply of an option."""
    label: str
    group: str = ""
    """Buttons of one message share it: one press closes all of them."""


class Buttons(Protocol):
    """Buttons outlive the process; each group can be pressed once."""

    async def keep(self, buttons: Sequence[Button]) -> None:
        """Keep new buttons, durably, before the message that shows them is sent."""
        ...

    async def get(self, button_id: str) -> Button | None:
        """Return a button, None when unknown."""
        ...

    async def close(self, group: str) -> bool:
        """Compare and set: True for the one caller that closes an open group, False for all later ones."""
        ...


@dataclass(frozen=True, kw_only=True)
class FieldWords:
    """One field of a change as a person reads it."""

    field: str
    """The field's own name."""
    label: str
    before: str
    """Empty: no value."""
    after: str


class ChangeWords(Protocol):
    """Writes changes for people: labels, names behind references, amounts with their currency."""

    async def words(
        self, changes: Sequence[RecordChange], actor: Actor, lang: Lang
    ) -> tuple[tuple[FieldWords, ...], ...]:
        """Return the fields of each change, in the order of the changes; only what the actor may see."""
        ...


@dataclass(frozen=True, kw_only=True)
class TranscriptEntry:
    """One exchange, as it was shown."""

    thread: str
    user_id: str
    at: str
    text: str
    """What the person wrote."""
    reply: str
    """What was answered: the JSON object of one turn (channels/wire.py)."""


@dataclass(frozen=True, kw_only=True)
class ThreadSummary:
    """A conversation in a list."""

    thread: str
    title: str
    """The first message, cut to 80 characters."""
    last_at: str
    turns: int


class Transcripts(Protocol):
    """What a person sees again when the page is reopened. Not the assistant's memory."""

    async def append(self, entry: TranscriptEntry) -> None:
        """Keep an exchange."""
        ...

    async def threads(self, user_id: str, *, limit: int = 50) -> tuple[ThreadSummary, ...]:
        """Return a person's conversations, latest first."""
        ...

    async def entries(
        self, thread: str, user_id: str, *, limit: int = 200
    ) -> tuple[TranscriptEntry, ...]:
        """Return the last exchanges of a conversation, oldest first; nothing of another person's."""
        ...

    async def forget(self, thread: str, user_id: str) -> int:
        """Erase a conversation and return how many exchanges there were."""
        ...
