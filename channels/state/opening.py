"""Opens the state of a home: a file and its tables, no database server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from channels.ports import Accounts, Buttons, Inbox, Transcripts, User
from channels.state.accounts import SqliteAccounts
from channels.state.buttons import SqliteButtons
from channels.state.inbox import SqliteInbox
from channels.state.transcripts import SqliteTranscripts
from knowledge_graph.keeping import KeyVault
from knowledge_graph.ontology.access import Role
from knowledge_graph.ports import Clock, ConversationStore, DecisionLog, ProposalStore
from knowledge_graph.rule_ports import RuleJournal
from knowledge_graph.sealing.state import StateSeal
from knowledge_graph.stores.local_home import HomeFolder
from knowledge_graph.stores.sqlite.conversations import SqliteConversations
from knowledge_graph.stores.sqlite.decisions import SqliteDecisions
from knowledge_graph.stores.sqlite.file import SqliteFile
from knowledge_graph.stores.sqlite.proposals import SqliteProposals
from knowledge_graph.stores.sqlite.rule_journal import SqliteRuleJournal

LOCAL_OWNER = User(id="owner", role=Role.OWNER)
"""Who works on a workspace without signing in: the person at this machine."""


@dataclass(frozen=True, kw_only=True)
class State:
    """The operational state of a home."""

    file: SqliteFile
    accounts: Accounts
    inbox: Inbox
    buttons: Buttons
    transcripts: Transcripts
    proposals: ProposalStore
    decisions: DecisionLog
    conversations: ConversationStore
    journal: RuleJournal


async def open_state(
    home: HomeFolder, clock: Clock, parts: AsyncExitStack, *, vault: KeyVault | None = None
) -> State:
    """Open or make the state file; a new one knows the local owner.

    Args:
        home: The home folder, prepared.
        clock: Decides what has expired.
        vault: Seals conversations; None: only the accounts are used.
        parts: Closes the file.

    Returns:
        The stores.

    Raises:
        StoreUnavailableError: The file cannot be used; nothing was changed.
    """
    file = SqliteFile(home.database)
    parts.push_async_callback(file.close)
    await file.open()
    if vault is not None:
        file.texts = StateSeal(vault, file)
    accounts = SqliteAccounts(file, clock)
    if not await accounts.users():
        await accounts.add_user(LOCAL_OWNER)
    return State(
        file=file,
        accounts=accounts,
        inbox=SqliteInbox(file),
        buttons=SqliteButtons(file),
        transcripts=SqliteTranscripts(file),
        proposals=SqliteProposals(file),
        decisions=SqliteDecisions(file),
        conversations=SqliteConversations(file),
        journal=SqliteRuleJournal(file),
    )


@asynccontextmanager
async def open_accounts(home: Path, clock: Clock) -> AsyncIterator[Accounts]:
    """Open the users of a home without starting its database."""
    folder = HomeFolder.at(home)
    folder.prepare()
    async with AsyncExitStack() as parts:
        yield (await open_state(folder, clock, parts)).accounts
