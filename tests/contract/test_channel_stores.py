"""The channels' stores, in memory and in SQLite, keep one contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from channels.clock import FixedClock
from channels.ports import Accounts, Buttons, Inbox, Transcripts
from channels.state.accounts import SqliteAccounts
from channels.state.buttons import SqliteButtons
from channels.state.inbox import SqliteInbox
from channels.state.transcripts import SqliteTranscripts
from channels.testing.stores import (
    InMemoryAccounts,
    InMemoryButtons,
    InMemoryInbox,
    InMemoryTranscripts,
)
from knowledge_graph.stores.sqlite.file import SqliteFile
from tests.contract.channel_contracts import (
    AccountsContract,
    ButtonsContract,
    InboxContract,
    TranscriptsContract,
)


@dataclass(frozen=True)
class Stores:
    accounts: Accounts
    inbox: Inbox
    buttons: Buttons
    transcripts: Transcripts


@pytest.fixture(params=["memory", "sqlite"])
async def stores(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock
) -> AsyncIterator[Stores]:
    if request.param == "memory":
        yield Stores(
            InMemoryAccounts(clock), InMemoryInbox(), InMemoryButtons(), InMemoryTranscripts()
        )
        return
    file = SqliteFile(tmp_path / "guanxi.db")
    await file.open()
    yield Stores(
        SqliteAccounts(file, clock), SqliteInbox(file), SqliteButtons(file), SqliteTranscripts(file)
    )
    await file.close()


class TestAccounts(AccountsContract):
    @pytest.fixture
    def accounts(self, stores: Stores) -> Accounts:
        return stores.accounts


class TestInbox(InboxContract):
    @pytest.fixture
    def inbox(self, stores: Stores) -> Inbox:
        return stores.inbox


class TestButtons(ButtonsContract):
    @pytest.fixture
    def buttons(self, stores: Stores) -> Buttons:
        return stores.buttons


class TestTranscripts(TranscriptsContract):
    @pytest.fixture
    def transcripts(self, stores: Stores) -> Transcripts:
        return stores.transcripts
