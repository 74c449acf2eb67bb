"""Opens what a home keeps apart: its keys, the journal of erasures and the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from channels.settings import Settings
from knowledge_graph.erasure.journal import ErasureJournal
from knowledge_graph.erasure.report import ReportSigner
from knowledge_graph.errors import StoreUnavailableError
from knowledge_graph.keeping import Attestation, ErasedPeople, KeyVault, RowSeal
from knowledge_graph.sealing.tombstones import BlindTombstones
from knowledge_graph.sovereignty.keys.roots import RootKeys
from knowledge_graph.sovereignty.keys.sealed_files import (
    SealedFileRoots,
    key_file_key,
    passphrase_key,
)
from knowledge_graph.sovereignty.keys.sealer import VaultSealer
from knowledge_graph.sovereignty.keys.subject_key import KeyUse
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
    vectors: RowSeal
    """Seals vectors on disk: a vector tells its text."""

    @property
    def erased(self) -> ErasedPeople:
        """Recognises who was erased."""
        return BlindTombstones(vault=self.vault, tombstones=self)

    async def buried(self, tokens: Sequence[str]) -> frozenset[str]:
        """Return those blind tokens that are of somebody who was erased."""
        return await asyncio.to_thread(self.journal.buried, tokens) if tokens else frozenset()


@dataclass(frozen=True, kw_only=True)
class KeyPlace:
    """Where the keys are, and what opens them."""

    folder: Path
    passphrase: str = ""
    """Seals the root keys; empty: a random key file in the folder does."""
    hsm: tuple[str, str, str] | None = None
    """PKCS#11 library, token and PIN, when the root keys are in an HSM."""

    def __repr__(self) -> str:
        return f"KeyPlace(folder={str(self.folder)!r})"


def key_place(home: HomeFolder, settings: Settings) -> KeyPlace:
    """Return where the settings say that the keys of a home are."""
    folder = HomeFolder.at(Path(settings.keys)).root if settings.keys else home.keys
    pin = settings.keys_hsm_pin.get_secret_value()
    module, token = settings.keys_hsm_module, settings.keys_hsm_token
    return KeyPlace(
        folder=folder,
        passphrase=settings.keys_passphrase.get_secret_value(),
        hsm=(module, token, pin) if module else None,
    )


async def open_custody(place: KeyPlace, parts: AsyncExitStack) -> Custody:
    """Open or make the keys, the erasure journal and the privacy ledger of a workspace.

    Args:
        place: Where they are; the folder is made if it is not there.
        parts: Closes the files.

    Returns:
        What was opened; an erasure of keys that was interrupted is finished.

    Raises:
        StoreUnavailableError: The folder cannot be used.
        KeyVaultError: The passphrase is not the one, or the key store is an old copy.
    """
    keys = place.folder
    roots = await asyncio.to_thread(_roots, place)
    if isinstance(roots, Closing):
        parts.callback(roots.close)
    store = await asyncio.to_thread(SqliteKeys, keys / "keys.db", roots, tenant=TENANT)
    parts.callback(store.close)
    vault = VaultSealer(store, tenant=TENANT)
    journal = await asyncio.to_thread(ErasureJournal, keys / "erasures.db")
    parts.callback(journal.close)
    ledger = await asyncio.to_thread(SqliteLedger, keys / "privacy-ledger.db", origin=ORIGIN)
    parts.callback(ledger.close)
    signer = await ReportSigner.of(vault, journal)
    attestation = LedgerAttestation(ledger, [NoteSigner(name=KEY_NAME, signer=signer.signer)])
    vectors = await asyncio.to_thread(vault.rows, KeyUse.VECTOR)
    return Custody(vault=vault, journal=journal, attestation=attestation, vectors=vectors)


@runtime_checkable
class Closing(Protocol):
    """Something that has to be closed."""

    def close(self) -> None:
        """Close it."""
        ...


def _roots(place: KeyPlace) -> RootKeys:
    root = place.folder / "root"
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailableError(f"the folder of the keys cannot be used: {error}") from error
    if place.hsm is not None:
        from knowledge_graph.sovereignty.keys.hsm import HsmRoots  # noqa: PLC0415 - an extra

        module, token, pin = place.hsm
        return HsmRoots(module, token, pin, name=TENANT)
    passphrase = place.passphrase
    sealing = passphrase_key(root, passphrase) if passphrase else key_file_key(root / "sealing.key")
    return SealedFileRoots(root, sealing)
