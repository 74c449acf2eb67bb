"""Signing keys in files: a pair of Ed25519 and SM2 keys, readable by their owner alone."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from knowledge_graph.sovereignty.crypto.signatures import (
    Ed25519Signer,
    PublicKey,
    SignatureAlgorithm,
    Signer,
    Sm2Signer,
)
from knowledge_graph.sovereignty.errors import KeyFormatError


@dataclass(frozen=True, kw_only=True)
class KeyPairOfTwo:
    """One holder's keys: both sign, so that either algorithm alone is enough to verify."""

    ed25519: Ed25519Signer
    sm2: Sm2Signer

    @property
    def signers(self) -> tuple[Signer, ...]:
        """Both keys."""
        return (self.ed25519, self.sm2)

    @property
    def public(self) -> tuple[PublicKey, ...]:
        """Both public keys."""
        return (self.ed25519.public, self.sm2.public)

    @property
    def thumbprint(self) -> str:
        """Names the holder: the thumbprint of the Ed25519 key."""
        return self.ed25519.public.thumbprint


def open_keys(path: Path) -> KeyPairOfTwo:
    """Return the keys of a file; a file that is not there is made, with new keys.

    Args:
        path: The file; its folder is made with mode 0700.

    Returns:
        The keys.

    Raises:
        KeyFormatError: The file holds no keys; it was not changed.
    """
    if not path.exists():
        return _made(path)
    try:
        held = json.loads(path.read_text(encoding="ascii"))
        return KeyPairOfTwo(
            ed25519=Ed25519Signer(bytes.fromhex(held["ed25519"])),
            sm2=Sm2Signer(bytes.fromhex(held["sm2"]), bytes.fromhex(held["sm2_public"])),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise KeyFormatError(f"{path.name} holds no signing keys; it was not changed") from error


def _made(path: Path) -> KeyPairOfTwo:
    keys = KeyPairOfTwo(ed25519=Ed25519Signer.generate(), sm2=Sm2Signer.generate())
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = {
        "ed25519": keys.ed25519.secret().hex(),
        "sm2": keys.sm2.secret().hex(),
        "sm2_public": keys.sm2.public.raw.hex(),
    }
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return open_keys(path)  # another process was first
    with os.fdopen(handle, "w", encoding="ascii") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    return keys


def public_text(keys: tuple[PublicKey, ...]) -> list[str]:
    """Return public keys as one shares them: algorithm and hexadecimal key."""
    return [f"{key.algorithm}:{key.raw.hex()}" for key in keys]


def read_public(texts: list[str]) -> tuple[PublicKey, ...]:
    """Read what `public_text` returned.

    Args:
        texts: One a key.

    Returns:
        The keys.

    Raises:
        KeyFormatError: A text is no key.
    """
    found = []
    for text in texts:
        name, _, raw = str(text).partition(":")
        if name not in set(SignatureAlgorithm):
            raise KeyFormatError(f"no signature algorithm {name!r}")
        try:
            found.append(PublicKey(algorithm=SignatureAlgorithm(name), raw=bytes.fromhex(raw)))
        except ValueError as error:
            raise KeyFormatError("a public key is written in hexadecimal") from error
    return tuple(found)
