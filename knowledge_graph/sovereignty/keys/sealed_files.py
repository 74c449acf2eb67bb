"""Root keys in a folder: one file a version, sealed by a passphrase or by a random key file.

The folder must not be in any backup of the workspace: who has a copy of a version's file and of the
passphrase (or key file) can open copies of the key store of that epoch. On an SSD overwriting is best effort.
Both stand in the receipt. An HSM or KMS behind the same port has neither limit.
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from knowledge_graph.sovereignty.crypto.digests import KEY_BYTES, expand_sm3
from knowledge_graph.sovereignty.crypto.envelope import Place, SealKey, seal, unseal
from knowledge_graph.sovereignty.errors import KeyVaultError, SealError
from knowledge_graph.sovereignty.keys.roots import DestroyReceipt

SCRYPT_COST = 2**15
"""Source: OWASP password storage sheet, scrypt N = 2**15, r = 8, p = 3."""
SALT_BYTES = 16
KEY_FILE_BYTES = 32
MIN_PASSPHRASE = 12
LIMITS = (
    "a copy of the sealed file made before, or blocks that an SSD keeps, could hold the version; "
    "they open only with the passphrase or key file"
)


class SealedFileRoots:
    """See `RootKeys`.

    Args:
        folder: Made with mode 0700 if it is not there.
        sealing: 16 bytes that seal every version, from `passphrase_key` or `key_file_key`.
    """

    def __init__(self, folder: Path, sealing: bytes) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._key = SealKey(id="sealing", secret=sealing)

    def versions(self) -> tuple[int, ...]:
        """Return the versions that can still unwrap, lowest first."""
        names = (path.stem.removeprefix("root-") for path in self._folder.glob("root-*.key"))
        return tuple(sorted(int(name) for name in names if name.isdecimal()))

    def create(self, version: int) -> None:
        """Make a version; one that is there stays as it is."""
        if not self._path(version).exists():
            sealed = seal(self._key, secrets.token_bytes(KEY_BYTES), _place("root", str(version)))
            _write_private(self._path(version), sealed)

    def wrap(self, version: int, secret: bytes, bound: str) -> bytes:
        """Wrap a secret under a version."""
        return seal(self._root(version), secret, _place("wrapped", bound))

    def unwrap(self, version: int, wrapped: bytes, bound: str) -> bytes:
        """Return what was wrapped."""
        return unseal(self._root(version), wrapped, _place("wrapped", bound))

    def destroy(self, version: int) -> DestroyReceipt:
        """Overwrite and remove a version's file; one that is gone already is no error."""
        path = self._path(version)
        with suppress(FileNotFoundError):  # another worker may destroy the same version now
            with path.open("r+b") as file:
                file.write(secrets.token_bytes(os.fstat(file.fileno()).st_size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        _sync_folder(self._folder)
        return DestroyReceipt(
            version=version, kind="sealed file", effective="at once", limits=LIMITS
        )

    def _root(self, version: int) -> SealKey:
        try:
            sealed = self._path(version).read_bytes()
        except FileNotFoundError:
            raise KeyVaultError(
                f"root version {version} is not here; it may be destroyed"
            ) from None
        try:
            secret = unseal(self._key, sealed, _place("root", str(version)))
        except SealError:
            raise KeyVaultError("the root keys do not open: wrong passphrase or key file") from None
        return SealKey(id=f"root-{version}", secret=secret)

    def _path(self, version: int) -> Path:
        return self._folder / f"root-{version}.key"


def passphrase_key(folder: Path, passphrase: str) -> bytes:
    """Return the sealing key of a passphrase; the salt is kept in the folder.

    Args:
        folder: The folder of the root keys.
        passphrase: At least 12 characters.

    Returns:
        16 bytes.

    Raises:
        KeyVaultError: The passphrase is too short, or the salt cannot be read.
    """
    if len(passphrase) < MIN_PASSPHRASE:
        raise KeyVaultError(f"a passphrase has at least {MIN_PASSPHRASE} characters")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "salt.json"
    if not path.exists():
        text = json.dumps({"v": 1, "salt": secrets.token_hex(SALT_BYTES), "n": SCRYPT_COST})
        _write_private(path, text.encode())
    try:
        kept = json.loads(path.read_bytes())
        salt, cost = bytes.fromhex(kept["salt"]), int(kept["n"])
    except (ValueError, KeyError, TypeError) as error:
        raise KeyVaultError("the salt of the root keys cannot be read") from error
    if len(salt) != SALT_BYTES or cost < SCRYPT_COST:
        raise KeyVaultError("the salt of the root keys was weakened; nothing was opened")
    return Scrypt(salt=salt, length=KEY_BYTES, n=cost, r=8, p=3).derive(passphrase.encode())


def key_file_key(path: Path) -> bytes:
    """Return the sealing key of a random key file, which is made with mode 0600 if it is not there.

    Args:
        path: Best on another volume than the workspace.

    Returns:
        16 bytes.

    Raises:
        KeyVaultError: The file is not private or not whole.
    """
    if not path.exists():
        _write_private(path, secrets.token_bytes(KEY_FILE_BYTES))
    if path.stat().st_mode & 0o077:
        raise KeyVaultError(f"{path.name} can be read by others; set its mode to 0600")
    data = path.read_bytes()
    if len(data) != KEY_FILE_BYTES:
        raise KeyVaultError(f"{path.name} is no key file of {KEY_FILE_BYTES} bytes")
    return expand_sm3(data, "guanxi/sealing/1")


def _write_private(path: Path, data: bytes) -> None:
    """Write a whole new file with mode 0600, or none: it appears under its name when it is on disk."""
    draft = path.with_name(path.name + ".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _place(use: str, name: str) -> Place:
    return Place(tenant="", table="root-keys", column=use, row=name, subject="")
