"""SM2 encryption of a short secret for one recipient (a grant's key for a data node, for example)."""

from __future__ import annotations

import gmssl_pyx

from knowledge_graph.sovereignty.crypto.curve import check_private, check_public
from knowledge_graph.sovereignty.errors import KeyFormatError, SealError

POINT, TAG = 64, 32
MAX_PLAINTEXT = 255


def encrypt_for(public: bytes, secret: bytes) -> bytes:
    """Encrypt a short secret.

    Args:
        public: X and Y of the recipient, 64 bytes.
        secret: 1..255 bytes.

    Returns:
        C1 (64 bytes), C3 (32 bytes), C2.

    Raises:
        KeyFormatError: No key, or a secret that is too long.

    Source: GB/T 32918.4-2016.
    """
    check_public(public)
    if not 1 <= len(secret) <= MAX_PLAINTEXT:
        raise KeyFormatError(f"SM2 encrypts 1 to {MAX_PLAINTEXT} bytes, not {len(secret)}")
    der = gmssl_pyx.sm2_encrypt(public, secret)
    x, rest = _take(_inner(der, 0x30), 0x02)
    y, rest = _take(rest, 0x02)
    tag, rest = _take(rest, 0x04)
    body, _ = _take(rest, 0x04)
    point = int.from_bytes(x, "big").to_bytes(32, "big") + int.from_bytes(y, "big").to_bytes(
        32, "big"
    )
    return point + tag + body


def decrypt_with(private: bytes, ciphertext: bytes) -> bytes:
    """Open what `encrypt_for` made.

    Args:
        private: 32 bytes.
        ciphertext: C1, C3, C2.

    Returns:
        The secret.

    Raises:
        SealError: C1 is no point of the curve, C3 does not fit, or it is cut off.
    """
    check_private(private)
    if not POINT + TAG + 1 <= len(ciphertext) <= POINT + TAG + MAX_PLAINTEXT:
        raise SealError("this SM2 ciphertext has no possible length")
    point, tag, body = (
        ciphertext[:POINT],
        ciphertext[POINT : POINT + TAG],
        ciphertext[POINT + TAG :],
    )
    try:
        check_public(point)
    except KeyFormatError:
        raise SealError("this SM2 ciphertext does not open") from None
    parts = (
        _tlv(0x02, _signed(point[:32])),
        _tlv(0x02, _signed(point[32:])),
        _tlv(0x04, tag),
        _tlv(0x04, body),
    )
    try:
        return bytes(gmssl_pyx.sm2_decrypt(private, _tlv(0x30, b"".join(parts))))
    except gmssl_pyx.GmsslInnerError:
        raise SealError("this SM2 ciphertext does not open") from None


def _signed(scalar: bytes) -> bytes:
    short = scalar.lstrip(b"\0") or b"\0"
    return b"\0" + short if short[0] & 0x80 else short


def _tlv(tag: int, value: bytes) -> bytes:
    length = len(value)
    if length < 0x80:
        return bytes((tag, length)) + value
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big") + value


def _take(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """Return the value of the first element, which has this tag, and what follows it."""
    if len(data) < 2 or data[0] != tag:
        raise KeyFormatError("the SM2 library gave no ciphertext")
    length, at = data[1], 2
    if length & 0x80:
        size = length & 0x7F
        length, at = int.from_bytes(data[2 : 2 + size], "big"), 2 + size
    return data[at : at + length], data[at + length :]


def _inner(data: bytes, tag: int) -> bytes:
    return _take(data, tag)[0]
