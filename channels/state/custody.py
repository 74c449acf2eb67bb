"""Opens the keys of a home: the key store and the root keys that wrap it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from knowledge_graph.errors import StoreUnavailableError
from knowledge_graph.keeping import KeyVault
from knowledge_graph.sovereignty.keys.sealed_files import (
    SealedFileRoots,
    key_file_key,
    passphrase_key,
)
from knowledge_graph.sovereignty.keys.sealer import VaultSealer
from knowledge_graph.sovereignty.keys.vault import SqliteKeys

TENANT = "local"


async def open_vault(folder: Path, passphrase: str, parts: AsyncExitStack) -> KeyVault:
    """Open or make the keys of a workspace.

    Args:
        folder: Of the keys; made if it is not there.
        passphrase: Seals the root keys; empty: a random key file in the folder does.
        parts: Closes the key store.

    Returns:
        The vault; an erasure that was interrupted is finished.

    Raises:
        StoreUnavailableError: The folder cannot be used.
        KeyVaultError: The passphrase is not the one, or the key store is an old copy.
    """
    keys = await asyncio.to_thread(_opened, folder, passphrase)
    parts.callback(keys.close)
    return VaultSealer(keys, tenant=TENANT)


def _opened(folder: Path, passphrase: str) -> SqliteKeys:
    root = folder / "root"
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailableError(f"the folder of the keys cannot be used: {error}") from error
    sealing = passphrase_key(root, passphrase) if passphrase else key_file_key(root / "sealing.key")
    return SqliteKeys(folder / "keys.db", SealedFileRoots(root, sealing), tenant=TENANT)
