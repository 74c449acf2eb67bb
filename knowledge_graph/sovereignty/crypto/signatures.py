"""Signatures of two algorithms behind one interface: SM2 with SM3, and Ed25519.

A signature of SM2 is r and s, 64 bytes; a public key is X and Y, 64 bytes without prefix. Verifying never
raises for a bad signature: it is false.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import gmssl_pyx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from knowledge_graph.sovereignty.crypto.curve import (
    POINT_BYTES,
    check_private,
    check_public,
    from_der,
    is_signature,
    to_der,
)
from knowledge_graph.sovereignty.crypto.digests import DigestAlgorithm, digest
from knowledge_graph.sovereignty.errors import KeyFormatError

SIGNER_ID = b"1234567812345678"
"""Source: GM/T 0009-2012 section 10: the default identity of a signer."""
ED25519_BYTES = 32


class SignatureAlgorithm(StrEnum):
    """What signs."""

    SM2 = "sm2-sm3"
    ED25519 = "ed25519"


@dataclass(frozen=True, kw_only=True)
class PublicKey:
    """A key that verifies; checked when made.

    Raises:
        KeyFormatError: The bytes are no key of the algorithm.
    """

    algorithm: SignatureAlgorithm
    raw: bytes
    """SM2: X and Y, 64 bytes; Ed25519: 32 bytes."""

    def __post_init__(self) -> None:
        if self.algorithm is SignatureAlgorithm.SM2:
            check_public(self.raw)
        elif len(self.raw) != ED25519_BYTES:
            raise KeyFormatError(f"an Ed25519 key has {ED25519_BYTES} bytes, not {len(self.raw)}")

    @property
    def thumbprint(self) -> str:
        """The SHA-256 of algorithm and key, in hexadecimal: names a key everywhere."""
        named = self.algorithm.encode() + b"\n" + self.raw
        return digest(DigestAlgorithm.SHA256, named).hex()

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Say whether a signature is of this key and message.

        Args:
            message: What was signed.
            signature: 64 bytes; any other length is false.

        Returns:
            True when it holds.
        """
        if self.algorithm is SignatureAlgorithm.SM2:
            return _sm2_holds(self.raw, message, signature)
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer(Protocol):
    """A private key that can sign; it may live in a device."""

    @property
    def public(self) -> PublicKey:
        """The key that verifies."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return a signature, 64 bytes."""
        ...


class Ed25519Signer:
    """See `Signer`.

    Args:
        secret: 32 bytes.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) != ED25519_BYTES:
            raise KeyFormatError("this is no Ed25519 private key")
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        raw = self._key.public_key().public_bytes_raw()
        self.public = PublicKey(algorithm=SignatureAlgorithm.ED25519, raw=raw)

    @classmethod
    def generate(cls) -> Ed25519Signer:
        """Make a new key."""
        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    def secret(self) -> bytes:
        """Return the private key, 32 bytes; only to seal it."""
        return self._key.private_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return a signature, 64 bytes."""
        return self._key.sign(message)


class Sm2Signer:
    """See `Signer`.

    Args:
        secret: 32 bytes.
        public: X and Y of the same key, 64 bytes; a pair that does not fit is refused.
    """

    def __init__(self, secret: bytes, public: bytes) -> None:
        self._secret = check_private(secret)
        self.public = PublicKey(algorithm=SignatureAlgorithm.SM2, raw=public)
        if not self.public.verifies(b"pair", self.sign(b"pair")):
            raise KeyFormatError("private and public SM2 key are not of one pair")

    @classmethod
    def generate(cls) -> Sm2Signer:
        """Make a new key."""
        public, secret = gmssl_pyx.sm2_key_generate()
        return cls(secret, public)

    def secret(self) -> bytes:
        """Return the private key, 32 bytes; only to seal it."""
        return self._secret

    def sign(self, message: bytes) -> bytes:
        """Return r and s, 64 bytes.

        Raises:
            KeyFormatError: The library gave something that is no signature.
        """
        der = gmssl_pyx.sm2_sign(self._secret, self.public.raw, message, SIGNER_ID)
        signature = from_der(der)
        if signature is None:
            raise KeyFormatError("the SM2 library gave no signature")
        return signature


def sm2_verifies_der(public: bytes, message: bytes, der: bytes) -> bool:
    """Say whether a signature in DER holds; only the shortest form is read."""
    signature = from_der(der)
    return signature is not None and _sm2_holds(check_public(public), message, signature)


def _sm2_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    # All checks come before the call: the library prints its complaints to standard error.
    if len(signature) != POINT_BYTES or not is_signature(signature):
        return False
    try:
        return bool(gmssl_pyx.sm2_verify(public, message, to_der(signature), SIGNER_ID))
    except gmssl_pyx.GmsslInnerError:
        return False
