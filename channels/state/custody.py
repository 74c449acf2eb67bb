"""Opens what a home keeps apart: its keys, the journal of erasures and the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from knowledge_graph.erasure.journal import ErasureJournal
from knowledge_graph.erasure.report import ReportSigner
from knowledge_graph.errors import StoreUnavailableError
from knowledge_graph.keeping import Attestation, ErasedPeople, KeyVault
from knowledge_graph.sealing.tombstones import BlindTombstones
from knowledge_graph.sovereignty.keys.sealed_files import (
    SealedFileRoots,
    key_file_key,
    passphrase_key,
)
from knowledge_graph.sovereignty.keys.sealer import VaultSealer
from knowledge_graph.sovereignty.keys.vault import SqliteKeys
from knowledge_graph.sovereignty.ledger.attestation import LedgerAttestation
from knowledge_graph.sovereignty.ledger.notes import NoteSigner
from knowledge_graph.sovereignty.ledger.store import SqliteLedger
from knowledge_graph.stores.local_home import HomeFolder

TENANT = "local"
ORIGIN = "guanxi.local/privacy/sm3"
KEY_NAME = "guanxi.local/privacy"


@dataclass(frozen=True, kw_only=True)
class Custody:
    """What seals, and what remembers erasures."""

    vault: KeyVault
    journal: ErasureJournal
    attestation: Attestation

    @property
    def erased(self) -> ErasedPeople:
        """Recognises who was erased."""
        return BlindTombstones(vault=self.vault, tombstones=self)

    async def buried(self, tokens: Sequence[str]) -> frozenset[str]:
        """Return those blind tokens that are of somebody who was erased."""
        return await asyncio.to_thread(self.journal.buried, tokens) if tokens else frozenset()


def keys_folder(home: HomeFolder, setting: str) -> Path:
    """Return the folder of the keys: the one that is set, else the one in the home."""
    return HomeFolder.at(Path(setting)).root if setting else home.keys


async def open_custody(keys: Path, passphrase: str, parts: AsyncExitStack) -> Custody:
    """Open or make the keys, the erasure journal and the privacy ledger of a workspace.

    Args:
        keys: Their folder; made if it is not there.
        passphrase: Seals the root keys; empty: a random key file in the folder does.
        parts: Closes the files.

    Returns:
        What was opened; an erasure of keys that was interrupted is finished.

    Raises:
        StoreUnavailableError: The folder cannot be used.
        KeyVaultError: The passphrase is not the one, or the key store is an old copy.
    """
    store = await asyncio.to_thread(_opened, keys, passphrase)
    parts.callback(store.close)
    vault = VaultSealer(store, tenant=TENANT)
    journal = await asyncio.to_thread(ErasureJournal, keys / "erasures.db")
    parts.callback(journal.close)
    ledger = await asyncio.to_thread(SqliteLedger, keys / "privacy-ledger.db", origin=ORIGIN)
    parts.callback(ledger.close)
    signer = await ReportSigner.of(vault, journal)
    attestation = LedgerAttestation(ledger, [NoteSigner(name=KEY_NAME, signer=signer.signer)])
    return Custody(vault=vault, journal=journal, attestation=attestation)


def _opened(folder: Path, passphrase: str) -> SqliteKeys:
    root = folder / "root"
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailableError(f"the folder of the keys cannot be used: {error}") from error
    sealing = passphrase_key(root, passphrase) if passphrase else key_file_key(root / "sealing.key")
    return SqliteKeys(folder / "keys.db", SealedFileRoots(root, sealing), tenant=TENANT)
