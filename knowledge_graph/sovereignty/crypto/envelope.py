"""The envelope: one sealed value, bound to its place.

Bytes: version 1 | algorithm 1 | length of key id 1 | key id | nonce 12 | ciphertext | tag 16. The header
and the place are authenticated, so that a ciphertext that is moved to another cell, row, person or tenant
does not open.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.sovereignty.crypto.digests import KEY_BYTES, join
from knowledge_graph.sovereignty.errors import KeyFormatError, SealError

VERSION = 1
SM4_GCM = 1
NONCE_BYTES = 12
"""Source: NIST SP 800-38D section 8.2.2; with random nonces a key seals at most 2**32 values."""
TAG_BYTES = 16
_FIXED = 3 + NONCE_BYTES + TAG_BYTES


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a sealed value lives. All of it is authenticated, none of it is stored in the envelope."""

    tenant: str
    table: str
    column: str
    row: str
    subject: str
    """The subject's random handle, never a name."""

    def bound(self) -> bytes:
        """Return the bytes that the seal covers."""
        parts = (self.tenant, self.table, self.column, self.row, self.subject)
        return join(*(part.encode() for part in parts))


@dataclass(frozen=True, kw_only=True, slots=True)
class SealKey:
    """A 128-bit key and its public name."""

    id: str
    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise KeyFormatError(f"an SM4 key has {KEY_BYTES} bytes, not {len(self.secret)}")
        if not 1 <= len(self.id.encode()) <= 255:
            raise KeyFormatError("the id of a key has 1 to 255 bytes")

    def __repr__(self) -> str:
        return f"SealKey(id={self.id!r})"


def seal(key: SealKey, plaintext: bytes, place: Place) -> bytes:
    """Seal a value for one place.

    Args:
        key: With what.
        plaintext: Any bytes, also none.
        place: Where it will be kept.

    Returns:
        The envelope; two seals of the same value differ.
    """
    name = key.id.encode()
    header = bytes((VERSION, SM4_GCM, len(name))) + name
    nonce = secrets.token_bytes(NONCE_BYTES)
    return header + nonce + gcm_seal(key.secret, nonce, plaintext, join(header, place.bound()))


def unseal(key: SealKey, envelope: bytes, place: Place) -> bytes:
    """Open an envelope.

    Args:
        key: The key that `key_id_of` names.
        envelope: What `seal` returned.
        place: Where it was found.

    Returns:
        The value.

    Raises:
        SealError: Another key, another place, a changed byte, another version or algorithm.
    """
    name = key.id.encode()
    header = bytes((VERSION, SM4_GCM, len(name))) + name
    if not envelope.startswith(header) or len(envelope) < _FIXED + len(name):
        raise SealError("a sealed value does not open here")
    at = len(header)
    nonce, body = envelope[at : at + NONCE_BYTES], envelope[at + NONCE_BYTES :]
    return gcm_open(key.secret, nonce, body, join(header, place.bound()))


def key_id_of(envelope: bytes) -> str:
    """Return the id of the key that an envelope asks for; it is public and not yet authenticated.

    Args:
        envelope: What `seal` returned.

    Returns:
        The id.

    Raises:
        SealError: No envelope of this version and algorithm.
    """
    if len(envelope) < _FIXED + 1 or envelope[:2] != bytes((VERSION, SM4_GCM)):
        raise SealError("this is no envelope of a known version and algorithm")
    length = envelope[2]
    name = envelope[3 : 3 + length]
    if length == 0 or len(envelope) < _FIXED + length:
        raise SealError("this envelope is cut off")
    try:
        return name.decode()
    except UnicodeDecodeError as error:
        raise SealError("the key id of this envelope is no text") from error


def gcm_seal(secret: bytes, nonce: bytes, plaintext: bytes, bound: bytes) -> bytes:
    """Return ciphertext and tag of SM4-GCM.

    Args:
        secret: 16 bytes.
        nonce: 12 bytes, never used before with this key.
        plaintext: The value.
        bound: What is authenticated beside it.

    Returns:
        Ciphertext, then 16 bytes of tag.

    Source: GB/T 32907-2016, RFC 8998.
    """
    _check(secret, nonce)
    context = Cipher(SM4(secret), modes.GCM(nonce)).encryptor()
    context.authenticate_additional_data(bound)
    return context.update(plaintext) + context.finalize() + context.tag


def gcm_open(secret: bytes, nonce: bytes, body: bytes, bound: bytes) -> bytes:
    """Open ciphertext and tag of SM4-GCM.

    Args:
        secret: 16 bytes.
        nonce: 12 bytes.
        body: Ciphertext, then 16 bytes of tag.
        bound: What was authenticated beside it.

    Returns:
        The value.

    Raises:
        SealError: The tag is not right.
    """
    _check(secret, nonce)
    if len(body) < TAG_BYTES:
        raise SealError("a sealed value is cut off")
    mode = modes.GCM(nonce, body[-TAG_BYTES:])
    context = Cipher(SM4(secret), mode).decryptor()
    context.authenticate_additional_data(bound)
    opened = context.update(body[:-TAG_BYTES])
    try:
        return opened + context.finalize()
    except InvalidTag:
        raise SealError("a sealed value does not open here") from None


def _check(secret: bytes, nonce: bytes) -> None:
    if len(secret) != KEY_BYTES:
        raise KeyFormatError(f"an SM4 key has {KEY_BYTES} bytes, not {len(secret)}")
    if len(nonce) != NONCE_BYTES:
        raise InvalidValueError(f"a nonce has {NONCE_BYTES} bytes, not {len(nonce)}")
