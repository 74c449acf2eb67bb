"""Opens the legal grounds of a home: bases and grants, the ledger of uses, and the authority it trusts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from knowledge_graph.consent_ports import ConsentAuthority, ConsentStore, Ledger
from knowledge_graph.errors import BadInputError
from knowledge_graph.graph import Grounds
from knowledge_graph.keeping import KeyVault
from knowledge_graph.sovereignty.crypto.self_test import self_test
from knowledge_graph.sovereignty.crypto.signatures import PublicKey
from knowledge_graph.sovereignty.grants.book import ConsentBook
from knowledge_graph.sovereignty.key_files import open_keys, read_public
from knowledge_graph.sovereignty.ledger.anchor import Anchor
from knowledge_graph.sovereignty.ledger.book import LedgerBook
from knowledge_graph.sovereignty.ledger.store import SqliteLedger
from knowledge_graph.sovereignty.ledger.uses import LedgerUses
from knowledge_graph.stores.local_home import HomeFolder
from knowledge_graph.stores.sqlite.consents import SqliteConsents
from knowledge_graph.stores.sqlite.file import SqliteFile
from tools.consent.service import ConsentDesk

ORIGIN = "guanxi.local/ledger/{key}/sm3"
"""Names a workspace's ledger on its checkpoints: with the first digits of its key."""


@dataclass(frozen=True, kw_only=True)
class Trust:
    """The consent authority that this workspace trusts; pinned by whoever runs the workspace."""

    url: str = ""
    keys: tuple[PublicKey, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sovereignty:
    """What decides on personal data, and what is written down of it."""

    grounds: Grounds
    consents: ConsentStore
    book: ConsentBook
    ledger: Ledger
    desk: ConsentDesk
    """The use cases of consent, for tools, the web API and commands."""
    public_keys: tuple[str, ...]
    """By which customers verify their bundles, as `--trust` takes them."""


async def open_grounds(
    home: HomeFolder,
    keys: Path,
    vault: KeyVault,
    parts: AsyncExitStack,
    *,
    anchors: Sequence[Anchor] = (),
) -> Sovereignty:
    """Open or make the grounds of a home.

    Args:
        home: The home folder, prepared.
        keys: The folder of the keys.
        vault: Seals what opens the ledger's entries.
        parts: Closes the files.
        anchors: Where checkpoints of the ledger are published.

    Returns:
        Everything that the gate needs beside the roles.

    Raises:
        SelfTestError: The cryptography gives wrong answers on this machine.
        StoreUnavailableError: A file cannot be used.
        BadInputError: The file of the trusted authority cannot be read.
    """
    await asyncio.to_thread(self_test)
    file = SqliteFile(home.consents)
    parts.push_async_callback(file.close)
    store = SqliteConsents(file)
    await store.open()
    signing = await asyncio.to_thread(open_keys, keys / "signing.json")
    trust = read_trust(home.trust)
    book = ConsentBook(store, pinned=lambda: trust.keys, recipient=signing.thumbprint)
    tree = SqliteLedger(home.ledger, origin=ORIGIN.format(key=signing.thumbprint[:16]))
    parts.callback(tree.close)
    ledger = LedgerBook(tree, signing, vault=vault, anchors=anchors)
    return Sovereignty(
        grounds=Grounds(consents=book, uses=LedgerUses(ledger, store, book), groups=store),
        consents=store,
        book=book,
        ledger=ledger,
        desk=ConsentDesk(store=store, book=book, ledger=ledger, authority=_authority(trust)),
        public_keys=tuple(key.text() for key in ledger.keys),
    )


def read_trust(path: Path) -> Trust:
    """Return the pinned authority; none when there is no such file.

    Raises:
        BadInputError: The file is not as `guanxi consent-authority` writes it.
    """
    if not path.exists():
        return Trust()
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return Trust(url=str(held["url"]), keys=read_public(list(held["keys"])))
    except (ValueError, KeyError, TypeError) as error:
        raise BadInputError(
            f"{path.name} does not name a consent authority; write it anew with"
            " `guanxi consent-authority`. No grant is accepted until then."
        ) from error


def _authority(trust: Trust) -> ConsentAuthority | None:
    if not trust.url:
        return None
    from channels.state.authority_client import HttpAuthority  # noqa: PLC0415 - httpx is not needed to chat

    return HttpAuthority(trust.url)
