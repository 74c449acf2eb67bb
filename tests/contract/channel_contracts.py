"""What every version of the channels' stores must do. Subclass a suite and give it its fixture."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from channels.ports import (
    Accounts,
    Button,
    Buttons,
    Inbox,
    InboxRow,
    TranscriptEntry,
    Transcripts,
    User,
)
from knowledge_graph.errors import NotFoundError
from knowledge_graph.ontology.access import Role

LENA = User(id="lena@example.com", role=Role.SALES, name="Lena Fischer", lang="en")
RAJ = User(id="raj@example.com", role=Role.MANAGER, name="Raj Patel")
HOUR = timedelta(hours=1)


class MovableClock(Protocol):
    """A clock that moves when told."""

    def now(self) -> datetime:
        """Return its instant."""
        ...

    def advance(self, by: timedelta) -> None:
        """Move on."""
        ...


class AccountsContract:
    """Needs the fixtures `accounts` and `clock`; the accounts read that clock."""

    async def test_users_are_kept_and_replaced(self, accounts: Accounts) -> None:
        """What is known of a user is what was said last."""
        await accounts.add_user(LENA)
        await accounts.add_user(User(id=LENA.id, role=Role.STEWARD, name="L"))
        assert (await accounts.user(LENA.id)).role is Role.STEWARD
        assert LENA.id in {u.id for u in await accounts.users()}
        with pytest.raises(NotFoundError):
            await accounts.user("nobody@example.com")

    async def test_passwords_are_checked(self, accounts: Accounts) -> None:
        """Only the right password of an enabled user opens."""
        await accounts.add_user(LENA, password="correct horse battery")
        await accounts.add_user(RAJ)
        assert await accounts.check_password(LENA.id, "correct horse battery") == LENA
        assert await accounts.check_password(LENA.id, "wrong horse") is None
        assert await accounts.check_password(LENA.id, "") is None
        assert await accounts.check_password(RAJ.id, "") is None
        assert await accounts.check_password("nobody@example.com", "x") is None
        await accounts.add_user(LENA)
        assert await accounts.check_password(LENA.id, "correct horse battery") == LENA
        await accounts.add_user(User(id=LENA.id, role=Role.SALES, disabled=True))
        assert await accounts.check_password(LENA.id, "correct horse battery") is None

    async def test_secrets_serve_one_use_until_they_expire(
        self, accounts: Accounts, clock: MovableClock
    ) -> None:
        """A secret opens what it was made for, until its end or its revocation."""
        await accounts.add_user(LENA)
        first = (await accounts.issue(LENA.id, "api", ttl=HOUR)).secret
        second = (await accounts.issue(LENA.id, "session", ttl=HOUR)).secret
        assert first != second
        assert await accounts.holder(first, "api") == LENA
        assert await accounts.holder(first, "session") is None
        assert await accounts.holder("", "api") is None
        await accounts.revoke(first)
        await accounts.revoke("unknown")
        assert await accounts.holder(first, "api") is None
        clock.advance(HOUR)
        assert await accounts.holder(second, "session") is None
        with pytest.raises(NotFoundError):
            await accounts.issue("nobody@example.com", "api", ttl=HOUR)

    async def test_a_secret_is_spent_once(self, accounts: Accounts) -> None:
        """Of many at once only one gets the user."""
        await accounts.add_user(LENA)
        code = (await accounts.issue(LENA.id, "link", ttl=HOUR)).secret
        assert len(code) == 10
        assert code.isalnum()
        assert code == code.upper()
        spent = await asyncio.gather(*(accounts.spend(code, "link") for _ in range(5)))
        assert sorted(u is not None for u in spent) == [False] * 4 + [True]

    async def test_a_disabled_user_holds_nothing(self, accounts: Accounts) -> None:
        """Secrets and links of a disabled user are worthless."""
        await accounts.add_user(LENA)
        secret = (await accounts.issue(LENA.id, "api", ttl=HOUR)).secret
        await accounts.link("slack", "T1/U1", LENA.id)
        await accounts.add_user(User(id=LENA.id, role=Role.SALES, disabled=True))
        assert await accounts.holder(secret, "api") is None
        assert await accounts.linked("slack", "T1/U1") is None

    async def test_links_are_by_channel_and_replaced(self, accounts: Accounts) -> None:
        """A person of another system is one user or none."""
        await accounts.add_user(LENA)
        await accounts.add_user(RAJ)
        await accounts.link("slack", "T1/U1", LENA.id)
        assert await accounts.linked("telegram", "T1/U1") is None
        await accounts.link("slack", "T1/U1", RAJ.id)
        assert await accounts.linked("slack", "T1/U1") == RAJ
        await accounts.unlink("slack", "T1/U1")
        await accounts.unlink("slack", "T1/U1")
        assert await accounts.linked("slack", "T1/U1") is None
        with pytest.raises(NotFoundError):
            await accounts.link("slack", "T1/U1", "nobody@example.com")


def _row(key: str, channel: str = "slack") -> InboxRow:
    return InboxRow(
        channel=channel, key=key, body=f"body {key}", received_at="2026-11-23T03:00:00Z"
    )


class InboxContract:
    """Needs the fixture `inbox`."""

    async def test_a_repeat_is_known_even_when_done(self, inbox: Inbox) -> None:
        """(channel, key) is received once, ever."""
        assert await inbox.receive(_row("1"))
        assert not await inbox.receive(_row("1"))
        assert await inbox.receive(_row("1", "telegram"))
        await inbox.begin("slack", "1")
        await inbox.finish("slack", "1")
        assert not await inbox.receive(_row("1"))

    async def test_of_many_deliveries_at_once_one_is_received(self, inbox: Inbox) -> None:
        """Two deliveries of one message cannot both be worked."""
        got = await asyncio.gather(*(inbox.receive(_row("7")) for _ in range(5)))
        assert sorted(got) == [False] * 4 + [True]

    async def test_what_waits_is_in_order_and_counted(self, inbox: Inbox) -> None:
        """Unfinished rows come back in the order of receipt, with their attempts."""
        for key in ("b", "a", "c"):
            await inbox.receive(_row(key))
        assert await inbox.begin("slack", "a") == 1
        assert await inbox.begin("slack", "a") == 2
        await inbox.finish("slack", "b")
        await inbox.finish("slack", "c", failed=True)
        waiting = await inbox.waiting("slack")
        assert [(row.key, row.body, row.attempts) for row in waiting] == [("a", "body a", 2)]
        assert await inbox.waiting("telegram") == ()


def _button(number: int, group: str) -> Button:
    return Button(
        id=f"b{number}",
        channel="slack",
        thread="slack-1",
        user_id=LENA.id,
        text=f"/confirm P{number}",
        label="确认",
        group=group,
    )


class ButtonsContract:
    """Needs the fixture `buttons`."""

    async def test_buttons_come_back_as_kept(self, buttons: Buttons) -> None:
        """An unknown id is nothing."""
        await buttons.keep([_button(1, "g"), _button(2, "g")])
        await buttons.keep([])
        assert await buttons.get("b2") == _button(2, "g")
        assert await buttons.get("b9") is None

    async def test_a_group_closes_once(self, buttons: Buttons) -> None:
        """Of many presses at once one wins; an unknown group has no winner."""
        await buttons.keep([_button(1, "g"), _button(2, "g"), _button(3, "h")])
        won = await asyncio.gather(*(buttons.close("g") for _ in range(5)))
        assert sorted(won) == [False] * 4 + [True]
        assert await buttons.close("h")
        assert not await buttons.close("unknown")


def _entry(thread: str, text: str, user_id: str = LENA.id, minute: int = 0) -> TranscriptEntry:
    at = f"2026-11-23T03:{minute:02d}:00Z"
    return TranscriptEntry(thread=thread, user_id=user_id, at=at, text=text, reply="{}")


class TranscriptsContract:
    """Needs the fixture `transcripts`."""

    async def test_a_conversation_is_its_own_persons(self, transcripts: Transcripts) -> None:
        """Nobody reads or erases another's."""
        await transcripts.append(_entry("t1", "one"))
        await transcripts.append(_entry("t1", "theirs", RAJ.id, 1))
        await transcripts.append(_entry("t1", "two", minute=2))
        assert [e.text for e in await transcripts.entries("t1", LENA.id)] == ["one", "two"]
        assert [e.text for e in await transcripts.entries("t1", LENA.id, limit=1)] == ["two"]
        assert await transcripts.forget("t1", RAJ.id) == 1
        assert len(await transcripts.entries("t1", LENA.id)) == 2

    async def test_the_list_has_the_latest_first(self, transcripts: Transcripts) -> None:
        """Titles are first messages, cut."""
        await transcripts.append(_entry("t1", "x" * 200))
        await transcripts.append(_entry("t2", "second", minute=1))
        await transcripts.append(_entry("t1", "again", minute=2))
        found = await transcripts.threads(LENA.id)
        assert [(t.thread, t.turns) for t in found] == [("t1", 2), ("t2", 1)]
        assert found[0].title == "x" * 80
        assert found[0].last_at == "2026-11-23T03:02:00Z"
        assert len(await transcripts.threads(LENA.id, limit=1)) == 1
        assert await transcripts.threads(RAJ.id) == ()
