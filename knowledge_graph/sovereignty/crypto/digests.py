"""Digests, message authentication and key derivation."""

from __future__ import annotations

import hmac as constant_time
from enum import StrEnum

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

DIGEST_BYTES = 32
KEY_BYTES = 16
"""SM4 has 128-bit keys only."""


class DigestAlgorithm(StrEnum):
    """Both give 32 bytes."""

    SM3 = "sm3"
    SHA256 = "sha256"


def digest(algorithm: DigestAlgorithm, data: bytes) -> bytes:
    """Return the 32-byte digest of some bytes.

    >>> digest(DigestAlgorithm.SM3, b"abc").hex()[:16]
    '66c7f0f462eeedd9'
    """
    context = hashes.Hash(_hash(algorithm))
    context.update(data)
    return context.finalize()


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """Return the 32-byte HMAC-SM3 of some bytes.

    Source: RFC 2104 with GB/T 32905-2016.
    """
    context = HMAC(key, hashes.SM3())
    context.update(data)
    return context.finalize()


def hmac_sm3_is(key: bytes, data: bytes, tag: bytes) -> bool:
    """Say whether a tag is the HMAC-SM3 of some bytes, in constant time.

    Args:
        key: The key.
        data: What was authenticated.
        tag: 16 to 32 bytes; a shorter one is never accepted.

    Returns:
        True when it is.
    """
    if not KEY_BYTES <= len(tag) <= DIGEST_BYTES:
        return False
    return constant_time.compare_digest(hmac_sm3(key, data)[: len(tag)], tag)


def expand_sm3(key: bytes, label: str, *, length: int = KEY_BYTES) -> bytes:
    """Derive a key from a secret that is already uniformly random (the second half of HKDF)."""
    return HKDFExpand(algorithm=hashes.SM3(), length=length, info=label.encode()).derive(key)


def join(*parts: bytes) -> bytes:
    """Return parts as one text from which they can be told apart: each after its length.

    >>> join(b"ab", b"c") != join(b"a", b"bc")
    True
    """
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _hash(algorithm: DigestAlgorithm) -> hashes.HashAlgorithm:
    return hashes.SM3() if algorithm is DigestAlgorithm.SM3 else hashes.SHA256()
