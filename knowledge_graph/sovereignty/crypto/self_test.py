"""Known answers, asked at start: with a wrong one nothing may run.

Source of the answers: GB/T 32905-2016 A.1, GB/T 32907-2016 A.1, GB/T 32918.5-2017 A.2, RFC 8998 A.1.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from knowledge_graph.sovereignty.crypto import gmssl_check
from knowledge_graph.sovereignty.crypto.digests import DigestAlgorithm, digest
from knowledge_graph.sovereignty.crypto.envelope import (
    Place,
    SealKey,
    gcm_open,
    gcm_seal,
    seal,
    unseal,
)
from knowledge_graph.sovereignty.crypto.signatures import PublicKey, SignatureAlgorithm, Sm2Signer
from knowledge_graph.sovereignty.crypto.transport import decrypt_with, encrypt_for
from knowledge_graph.sovereignty.errors import SealError, SelfTestError

_SM3_ABC = bytes.fromhex("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
_BLOCK = bytes.fromhex("681edf34d206965e86b3e94f536e4246")
_NONCE = bytes.fromhex("00001234567800000000abcd")
_AAD = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
_PLAIN = b"".join(bytes((c,)) * 8 for c in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
_SEALED = bytes.fromhex(
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d83de3541e4c2b58177e065a9bf7b62ec"
)
_PUBLIC = bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
_SIGNATURE = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
_MESSAGE = b"message digest"


def self_test() -> None:
    """Ask every known answer, of both implementations.

    Raises:
        SelfTestError: One is wrong; the message names it.
    """
    gmssl_check.secure_randomness()
    with _quiet_library():
        failed = [name for name, holds in _CHECKS.items() if not holds()]
    if failed:
        raise SelfTestError(f"cryptographic self-test failed: {failed[0]}; nothing was started")


def _sm3() -> bool:
    return digest(DigestAlgorithm.SM3, b"abc") == _SM3_ABC == gmssl_check.sm3_digest(b"abc")


def _sm4() -> bool:
    stream = gmssl_check.sm4_gcm_ciphertext(_KEY, _NONCE, _PLAIN)
    return gmssl_check.sm4_block(_KEY, _KEY) == _BLOCK and stream == _SEALED[: len(_PLAIN)]


def _gcm() -> bool:
    return gcm_seal(_KEY, _NONCE, _PLAIN, _AAD) == _SEALED


def _tampered_gcm() -> bool:
    changed = bytes((_SEALED[0] ^ 1,)) + _SEALED[1:]
    return _refuses(lambda: gcm_open(_KEY, _NONCE, changed, _AAD))


def _moved_envelope() -> bool:
    key = SealKey(id="test", secret=_KEY)
    place = Place(tenant="t", table="a", column="b", row="1", subject="s")
    other = Place(tenant="t", table="a", column="b", row="2", subject="s")
    sealed = seal(key, b"value", place)
    return unseal(key, sealed, place) == b"value" and _refuses(lambda: unseal(key, sealed, other))


def _sm2_vector() -> bool:
    key = PublicKey(algorithm=SignatureAlgorithm.SM2, raw=_PUBLIC)
    both = key.verifies(_MESSAGE, _SIGNATURE) and gmssl_check.sm2_verifies(
        _PUBLIC, _MESSAGE, _SIGNATURE
    )
    wrong = key.verifies(b"message digesT", _SIGNATURE) or key.verifies(
        _MESSAGE, _SIGNATURE + b"\0"
    )
    return both and not wrong


def _sm2_pair() -> bool:
    signer = Sm2Signer.generate()
    return gmssl_check.sm2_verifies(signer.public.raw, _MESSAGE, signer.sign(_MESSAGE))


def _sm2_tampered() -> bool:
    signer = Sm2Signer.generate()
    sealed = encrypt_for(signer.public.raw, b"pay 100 to alice")
    changed = sealed[:-9] + bytes((sealed[-9] ^ 8,)) + sealed[-8:]
    opened = decrypt_with(signer.secret(), sealed) == b"pay 100 to alice"
    return opened and _refuses(lambda: decrypt_with(signer.secret(), changed))


@contextmanager
def _quiet_library() -> Iterator[None]:
    """Keep the native library's complaint about our own bad input off standard error, at start only."""
    kept, sink = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(sink)


def _refuses(call: Callable[[], bytes]) -> bool:
    try:
        call()
    except SealError:
        return True
    return False


_CHECKS: Mapping[str, Callable[[], bool]] = {
    "SM3 of both libraries": _sm3,
    "SM4 block of the second library": _sm4,
    "SM4-GCM": _gcm,
    "a changed SM4-GCM ciphertext is refused": _tampered_gcm,
    "a moved envelope is refused": _moved_envelope,
    "the SM2 signature of the standard": _sm2_vector,
    "an SM2 signature across both libraries": _sm2_pair,
    "a changed SM2 ciphertext is refused": _sm2_tampered,
    "secure randomness of the second library": gmssl_check.is_secure,
}
