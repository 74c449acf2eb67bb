"""Who an outside person is: only an explicit link by a one-time code says so, never a name or a number."""

from __future__ import annotations

import re

from channels.inbound import guess_lang
from channels.ports import Accounts, User
from channels.words import say

_CODE = re.compile(r"^\s*(?:/?link\s+|/start\s+)?([A-Za-z0-9]{10})\s*$")
_ASKS = re.compile(r"^\s*(?:/?link|/start)\b", re.IGNORECASE)


def code_in(text: str) -> str | None:
    """Return the link code that a message consists of.

    >>> code_in("link ABCDE23456"), code_in("/start ABCDE23456"), code_in("show ABCDE23456 please")
    ('ABCDE23456', 'ABCDE23456', None)
    """
    found = _CODE.match(text)
    return found.group(1).upper() if found else None


class Linking:
    """Binds the people of one outside system to users."""

    def __init__(self, accounts: Accounts, channel: str) -> None:
        self._accounts = accounts
        self._channel = channel

    async def user(self, outside_id: str) -> User | None:
        """Return the user of an outside person, None when not linked."""
        return await self._accounts.linked(self._channel, outside_id)

    async def greet(self, outside_id: str, text: str) -> str:
        """Return the answer to a person who is not linked: a code links them, anything else explains how.

        Args:
            outside_id: Who writes.
            text: What they wrote, in private.
        """
        lang = guess_lang(text)
        code = code_in(text)
        if code is None:
            return say("unlinked", lang)
        user = await self._accounts.spend(code, "link")
        if user is None:
            return say("bad_code" if _ASKS.match(text) else "unlinked", lang)
        await self._accounts.link(self._channel, outside_id, user.id)
        name = user.name or user.id
        return say("linked", user.lang or lang, user=name, role=user.role.value)
