"""Users, passwords, secrets and links, in SQLite."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Literal, cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.sqlite import insert

from channels.ports import IssuedSecret, SecretUse, User
from knowledge_graph.errors import NotFoundError
from knowledge_graph.ontology.access import Role
from knowledge_graph.ports import Clock
from knowledge_graph.stores.sqlite.file import SqliteFile
from knowledge_graph.stores.sqlite.tables import LINKS, SECRETS, USERS

LINK_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""For codes typed by hand: no letters that look like digits."""
LINK_LENGTH = 10


class SqliteAccounts:
    """See `Accounts`. Passwords are argon2id hashes, secrets SHA-256 digests: neither can be read back.

    Args:
        file: The state file.
        clock: Decides what has expired.
    """

    def __init__(self, file: SqliteFile, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._hasher = PasswordHasher()
        self._decoy = ""

    async def add_user(self, user: User, *, password: str | None = None) -> None:
        """Add a user, or replace what is known of one; the password stays unless a new one is given."""
        known: dict[str, object] = {
            "role": user.role.value,
            "name": user.name,
            "lang": user.lang or "",
            "disabled": int(user.disabled),
        }
        if password is not None:
            known["password"] = await asyncio.to_thread(self._hasher.hash, password)

        def work(connection: Connection) -> None:
            connection.execute(
                insert(USERS)
                .values(id=user.id, **{"password": "", **known})
                .on_conflict_do_update(index_elements=["id"], set_=known)
            )

        await self._file.write(work)

    async def user(self, user_id: str) -> User:
        """Return a user.

        Raises:
            NotFoundError: There is none.
        """
        return await self._file.read(lambda connection: _user(connection, user_id))

    async def users(self) -> tuple[User, ...]:
        """Return all users, by id."""
        query = select(USERS).order_by(USERS.c.id)
        rows = await self._file.read(lambda connection: connection.execute(query).all())
        return tuple(_as_user(row) for row in rows)

    async def check_password(self, user_id: str, password: str) -> User | None:
        """Return the user when the password is right and the user is not disabled."""
        query = select(USERS).where(USERS.c.id == user_id)
        row = await self._file.read(lambda connection: connection.execute(query).one_or_none())
        kept = row.password if row is not None else ""
        right = await asyncio.to_thread(self._verify, kept, password)
        return _as_user(row) if right and row is not None and not row.disabled else None

    def _verify(self, kept: str, password: str) -> bool:
        self._decoy = self._decoy or self._hasher.hash(secrets.token_urlsafe(16))
        try:
            return self._hasher.verify(kept or self._decoy, password) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False

    async def issue(self, user_id: str, use: SecretUse, *, ttl: timedelta) -> IssuedSecret:
        """Return a new secret for one use.

        Raises:
            NotFoundError: There is no such user.
        """
        secret = (
            "".join(secrets.choice(LINK_ALPHABET) for _ in range(LINK_LENGTH))
            if use == "link"
            else secrets.token_urlsafe(32)
        )
        now = self._clock.now()
        expires_at = _stamp_of(now + ttl)

        def work(connection: Connection) -> None:
            _user(connection, user_id)
            connection.execute(delete(SECRETS).where(SECRETS.c.expires_at <= _stamp_of(now)))
            connection.execute(
                SECRETS.insert().values(
                    digest=_digest(secret), user_id=user_id, use=use, expires_at=expires_at
                )
            )

        await self._file.write(work)
        return IssuedSecret(secret=secret, expires_at=expires_at)

    async def holder(self, secret: str, use: SecretUse) -> User | None:
        """Return whose secret it is; None when unknown, expired, spent, revoked or the user is disabled."""
        now = _stamp_of(self._clock.now())
        return await self._file.read(lambda connection: _holder(connection, secret, use, now))

    async def spend(self, secret: str, use: SecretUse) -> User | None:
        """Return what `holder` does and make the secret worthless; of two at once only one gets the user."""
        now = _stamp_of(self._clock.now())

        def work(connection: Connection) -> User | None:
            user = _holder(connection, secret, use, now)
            if user is not None:
                connection.execute(delete(SECRETS).where(SECRETS.c.digest == _digest(secret)))
            return user

        return await self._file.write(work)

    async def revoke(self, secret: str) -> None:
        """Make a secret worthless; an unknown one is no error."""

        def work(connection: Connection) -> None:
            connection.execute(delete(SECRETS).where(SECRETS.c.digest == _digest(secret)))

        await self._file.write(work)

    async def link(self, channel: str, outside_id: str, user_id: str) -> None:
        """Bind a person of another system to a user; replaces an earlier link.

        Raises:
            NotFoundError: There is no such user.
        """

        def work(connection: Connection) -> None:
            _user(connection, user_id)
            connection.execute(
                insert(LINKS)
                .values(channel=channel, outside_id=outside_id, user_id=user_id)
                .on_conflict_do_update(
                    index_elements=["channel", "outside_id"], set_={"user_id": user_id}
                )
            )

        await self._file.write(work)

    async def linked(self, channel: str, outside_id: str) -> User | None:
        """Return the user that a person of another system is bound to, None when none or disabled."""
        query = (
            select(USERS)
            .join(LINKS, LINKS.c.user_id == USERS.c.id)
            .where(LINKS.c.channel == channel, LINKS.c.outside_id == outside_id)
        )
        row = await self._file.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None or row.disabled else _as_user(row)

    async def unlink(self, channel: str, outside_id: str) -> None:
        """Forget a link; a missing one is no error."""

        def work(connection: Connection) -> None:
            connection.execute(
                delete(LINKS).where(LINKS.c.channel == channel, LINKS.c.outside_id == outside_id)
            )

        await self._file.write(work)


def _stamp_of(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _holder(connection: Connection, secret: str, use: SecretUse, now: str) -> User | None:
    row = connection.execute(
        select(USERS)
        .join(SECRETS, SECRETS.c.user_id == USERS.c.id)
        .where(
            SECRETS.c.digest == _digest(secret), SECRETS.c.use == use, SECRETS.c.expires_at > now
        )
    ).one_or_none()
    return None if row is None or row.disabled else _as_user(row)


def _user(connection: Connection, user_id: str) -> User:
    row = connection.execute(select(USERS).where(USERS.c.id == user_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"no user {user_id!r}; nothing was changed")
    return _as_user(row)


def _as_user(row: Row[tuple[object, ...]]) -> User:
    return User(
        id=row.id,
        role=Role(row.role),
        name=row.name,
        lang=cast('Literal["zh", "en"]', row.lang) if row.lang else None,
        disabled=bool(row.disabled),
    )
