"""In-memory versions of the channels' stores; they pass the suites of tests/contract."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from channels.ports import (
    Button,
    InboxRow,
    IssuedSecret,
    SecretUse,
    ThreadSummary,
    TranscriptEntry,
    User,
)
from knowledge_graph.errors import NotFoundError
from knowledge_graph.ports import Clock

_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""No letters that look like digits."""


@dataclass(frozen=True)
class _Kept:
    user_id: str
    use: SecretUse
    expires: datetime


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class InMemoryAccounts:
    """Users and secrets in dictionaries. Passwords are hashed quickly, so never for real data."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._users: dict[str, User] = {}
        self._passwords: dict[str, str] = {}
        self._secrets: dict[str, _Kept] = {}
        self._links: dict[tuple[str, str], str] = {}

    async def add_user(self, user: User, *, password: str | None = None) -> None:
        """See `Accounts`."""
        self._users[user.id] = user
        if password is not None:
            self._passwords[user.id] = _digest(password)

    async def user(self, user_id: str) -> User:
        """Return what `Accounts` promises.

        Raises:
            NotFoundError: There is none.
        """
        if user_id not in self._users:
            raise NotFoundError(f"no user {user_id!r}")
        return self._users[user_id]

    async def users(self) -> tuple[User, ...]:
        """Return what `Accounts` promises."""
        return tuple(self._users[key] for key in sorted(self._users))

    async def check_password(self, user_id: str, password: str) -> User | None:
        """Return what `Accounts` promises."""
        right = secrets.compare_digest(self._passwords.get(user_id, ""), _digest(password))
        return self._enabled(user_id) if right else None

    async def issue(self, user_id: str, use: SecretUse, *, ttl: timedelta) -> IssuedSecret:
        """Return what `Accounts` promises."""
        await self.user(user_id)
        secret = (
            "".join(secrets.choice(_ALPHABET) for _ in range(10))
            if use == "link"
            else secrets.token_urlsafe(32)
        )
        expires = self._clock.now() + ttl
        self._secrets[_digest(secret)] = _Kept(user_id, use, expires)
        return IssuedSecret(secret=secret, expires_at=expires.strftime("%Y-%m-%dT%H:%M:%SZ"))

    async def holder(self, secret: str, use: SecretUse) -> User | None:
        """Return what `Accounts` promises."""
        kept = self._secrets.get(_digest(secret))
        if kept is None or kept.use != use or kept.expires <= self._clock.now():
            return None
        return self._enabled(kept.user_id)

    async def spend(self, secret: str, use: SecretUse) -> User | None:
        """Return what `Accounts` promises."""
        user = await self.holder(secret, use)
        if user is not None:
            await self.revoke(secret)
        return user

    async def revoke(self, secret: str) -> None:
        """See `Accounts`."""
        self._secrets.pop(_digest(secret), None)

    async def link(self, channel: str, outside_id: str, user_id: str) -> None:
        """See `Accounts`."""
        await self.user(user_id)
        self._links[channel, outside_id] = user_id

    async def linked(self, channel: str, outside_id: str) -> User | None:
        """Return what `Accounts` promises."""
        return self._enabled(self._links.get((channel, outside_id), ""))

    async def unlink(self, channel: str, outside_id: str) -> None:
        """See `Accounts`."""
        self._links.pop((channel, outside_id), None)

    def _enabled(self, user_id: str) -> User | None:
        user = self._users.get(user_id)
        return None if user is None or user.disabled else user


class InMemoryInbox:
    """Messages in a dictionary, in the order they came."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], InboxRow] = {}
        self._open: set[tuple[str, str]] = set()

    async def receive(self, row: InboxRow) -> bool:
        """Return what `Inbox` promises."""
        key = (row.channel, row.key)
        if key in self._rows:
            return False
        self._rows[key] = row
        self._open.add(key)
        return True

    async def begin(self, channel: str, key: str) -> int:
        """Return what `Inbox` promises."""
        row = self._rows[channel, key]
        self._rows[channel, key] = replace(row, attempts=row.attempts + 1)
        return row.attempts + 1

    async def finish(self, channel: str, key: str, *, failed: bool = False) -> None:
        """See `Inbox`."""
        self._open.discard((channel, key))
        self._rows[channel, key] = replace(self._rows[channel, key], body="")

    async def waiting(self, channel: str, *, limit: int = 1000) -> tuple[InboxRow, ...]:
        """Return what `Inbox` promises."""
        rows = [row for key, row in self._rows.items() if key in self._open and key[0] == channel]
        return tuple(rows[:limit])


class InMemoryButtons:
    """Buttons in a dictionary."""

    def __init__(self) -> None:
        self._buttons: dict[str, Button] = {}
        self._closed: set[str] = set()

    async def keep(self, buttons: Sequence[Button]) -> None:
        """See `Buttons`."""
        self._buttons.update({b.id: b for b in buttons})

    async def get(self, button_id: str) -> Button | None:
        """Return what `Buttons` promises."""
        return self._buttons.get(button_id)

    async def close(self, group: str) -> bool:
        """Return what `Buttons` promises."""
        known = any(b.group == group for b in self._buttons.values())
        if not known or group in self._closed:
            return False
        self._closed.add(group)
        return True


class InMemoryTranscripts:
    """Exchanges in a list."""

    def __init__(self) -> None:
        self._entries: list[TranscriptEntry] = []

    async def append(self, entry: TranscriptEntry) -> None:
        """See `Transcripts`."""
        self._entries.append(entry)

    async def threads(self, user_id: str, *, limit: int = 50) -> tuple[ThreadSummary, ...]:
        """Return what `Transcripts` promises."""
        found: dict[str, ThreadSummary] = {}
        for e in self._entries:
            if e.user_id == user_id:
                old = found.pop(e.thread, None)
                title = e.text[:80] if old is None else old.title
                turns = 1 if old is None else old.turns + 1
                found[e.thread] = ThreadSummary(
                    thread=e.thread, title=title, last_at=e.at, turns=turns
                )
        return tuple(reversed(found.values()))[:limit]

    async def entries(
        self, thread: str, user_id: str, *, limit: int = 200
    ) -> tuple[TranscriptEntry, ...]:
        """Return what `Transcripts` promises."""
        mine = [e for e in self._entries if e.thread == thread and e.user_id == user_id]
        return tuple(mine[-limit:])

    async def forget(self, thread: str, user_id: str) -> int:
        """Return what `Transcripts` promises."""
        kept = [e for e in self._entries if (e.thread, e.user_id) != (thread, user_id)]
        gone = len(self._entries) - len(kept)
        self._entries = kept
        return gone
