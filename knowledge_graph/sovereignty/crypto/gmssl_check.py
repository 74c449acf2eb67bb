"""A strict wrapper around `gmssl` 3.2.2, used only as an independent second opinion.

The library draws SM2 nonces from `random`, strips 04 from keys, never compares C3, checks neither points nor
ranges nor padding and knows no authenticated mode. Each function here closes what it leaves open; `encrypt`,
`decrypt` of SM2 and the bare objects are not offered at all. It is slow and not constant in time: no
long-lived private key goes in.
"""

from __future__ import annotations

import secrets

from gmssl import func, sm2, sm3, sm4

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.sovereignty.crypto.curve import (
    N,
    check_private,
    check_public,
    from_der,
    is_signature,
)
from knowledge_graph.sovereignty.crypto.digests import KEY_BYTES
from knowledge_graph.sovereignty.crypto.envelope import (
    NONCE_BYTES,
    TAG_BYTES,
    Place,
    SealKey,
    unseal,
)
from knowledge_graph.sovereignty.errors import KeyFormatError, SealError

BLOCK = 16


def sm3_digest(data: bytes) -> bytes:
    """Return the SM3 digest of some bytes, 32 bytes."""
    return bytes.fromhex(sm3.sm3_hash(list(data)))


def sm2_sign(private: bytes, public: bytes, message: bytes) -> bytes:
    """Sign with a nonce of the operating system; for tests with keys that are thrown away.

    Args:
        private: 32 bytes.
        public: X and Y, 64 bytes.
        message: What is signed.

    Returns:
        r and s, 64 bytes.
    """
    check_private(private)
    signer = _sm2(private, public)
    while True:
        nonce = secrets.randbelow(N - 1) + 1
        signature = signer.sign_with_sm3(message, random_hex_str=f"{nonce:064x}")
        if signature is not None:
            return bytes.fromhex(signature)


def sm2_sign_with(private: bytes, public: bytes, message: bytes, nonce: int) -> bytes | None:
    """Sign with a given nonce: only to reproduce the vector of the standard."""
    signature = _sm2(check_private(private), public).sign_with_sm3(
        message, random_hex_str=f"{nonce:064x}"
    )
    return None if signature is None else bytes.fromhex(signature)


def sm2_verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether r and s (64 bytes, in range) are a signature of this key and message."""
    if not is_signature(signature):
        return False
    try:
        return bool(_sm2(None, public).verify_with_sm3(signature.hex(), message))
    except (
        TypeError,
        ValueError,
        IndexError,
    ):  # the library meets the point at infinity in this way
        return False


def sm2_verifies_der(public: bytes, message: bytes, der: bytes) -> bool:
    """Say whether a signature in the shortest DER form holds."""
    signature = from_der(der)
    return signature is not None and sm2_verifies(public, message, signature)


def sm4_block(key: bytes, block: bytes) -> bytes:
    """Encrypt one block of 16 bytes.

    Args:
        key: 16 bytes.
        block: 16 bytes.

    Returns:
        16 bytes.

    Raises:
        InvalidValueError: Not one block.
    """
    if len(block) != BLOCK:
        raise InvalidValueError(f"a block has {BLOCK} bytes, not {len(block)}")
    cipher = _sm4(key, sm4.SM4_ENCRYPT)
    return bytes(cipher.one_round(cipher.sk, list(block)))


def sm4_cbc_encrypt(key: bytes, iv: bytes, plaintext: bytes) -> bytes:
    """Encrypt with PKCS#7 padding; there is no tag, so nothing is kept in this form."""
    _check_iv(iv)
    return bytes(_sm4(key, sm4.SM4_ENCRYPT).crypt_cbc(iv, plaintext))


def sm4_cbc_decrypt(key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    """Decrypt, and check the padding, which the library does not.

    Args:
        key: 16 bytes.
        iv: 16 bytes.
        ciphertext: Whole blocks, at least one.

    Returns:
        The plaintext.

    Raises:
        SealError: No whole blocks, or wrong padding.
    """
    _check_iv(iv)
    if not ciphertext or len(ciphertext) % BLOCK:
        raise SealError("this is no SM4-CBC ciphertext")
    cipher = _sm4(key, sm4.SM4_DECRYPT)
    padded, previous = b"", iv
    for at in range(0, len(ciphertext), BLOCK):
        block = ciphertext[at : at + BLOCK]
        padded += bytes(
            a ^ b for a, b in zip(cipher.one_round(cipher.sk, list(block)), previous, strict=True)
        )
        previous = block
    size = padded[-1]
    if not 1 <= size <= BLOCK or padded[-size:] != bytes((size,)) * size:
        raise SealError("this SM4-CBC ciphertext does not open")
    return padded[:-size]


def sm4_gcm_ciphertext(key: bytes, nonce: bytes, plaintext: bytes) -> bytes:
    """Return the ciphertext of SM4-GCM without its tag, from the library's block cipher alone.

    It checks a sample of envelopes made by the other library.

    Source: NIST SP 800-38D section 6.5 with a 96-bit nonce.
    """
    cipher = _sm4(key, sm4.SM4_ENCRYPT)
    out = bytearray()
    for number, at in enumerate(range(0, len(plaintext), BLOCK), start=2):
        stream = cipher.one_round(cipher.sk, list(nonce + number.to_bytes(4, "big")))
        out += bytes(a ^ b for a, b in zip(plaintext[at : at + BLOCK], stream, strict=False))
    return bytes(out)


def secure_randomness() -> None:
    """Give the library the randomness of the operating system, should anybody call it past this wrapper."""
    func.random_hex = secure_hex


def secure_hex(digits: int) -> str:
    """Return so many random hexadecimal digits."""
    return secrets.token_hex((digits + 1) // 2)[:digits]


def is_secure() -> bool:
    """Say whether the library draws from the operating system now."""
    return func.random_hex is secure_hex


def _sm2(private: bytes | None, public: bytes) -> sm2.CryptSM2:
    check_public(public)
    engine = sm2.CryptSM2(private_key="" if private is None else private.hex(), public_key="")
    engine.public_key = public.hex()  # past the constructor, which strips 0s and 4s from the left
    return engine


def _sm4(key: bytes, mode: int) -> sm4.CryptSM4:
    if len(key) != KEY_BYTES:
        raise KeyFormatError(f"an SM4 key has {KEY_BYTES} bytes, not {len(key)}")
    cipher = sm4.CryptSM4()
    cipher.set_key(key, mode)
    return cipher


def _check_iv(iv: bytes) -> None:
    if len(iv) != BLOCK:
        raise InvalidValueError(f"an initialisation vector has {BLOCK} bytes, not {len(iv)}")


def agrees(key: SealKey, envelope: bytes, place: Place) -> bool:
    """Say whether an envelope that opens is, byte for byte, what this library would have encrypted.

    For a sample of envelopes; a thousand small ones take about a second.

    Args:
        key: Of the envelope.
        envelope: From `seal`.
        place: Where it was found.

    Returns:
        True when both libraries agree; an envelope that does not open raises, as in `unseal`.
    """
    plaintext = unseal(key, envelope, place)
    at = 3 + len(key.id.encode())
    nonce, body = envelope[at : at + NONCE_BYTES], envelope[at + NONCE_BYTES : -TAG_BYTES]
    return sm4_gcm_ciphertext(key.secret, nonce, plaintext) == body
