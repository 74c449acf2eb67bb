"""The SM2 curve as far as checks need it: ranges, points, and one strict form of a signature.

Nothing secret is computed here, so that plain integers will do.
"""

from __future__ import annotations

from knowledge_graph.sovereignty.errors import KeyFormatError

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
"""Source of the four: GB/T 32918.5-2017, recommended curve."""
POINT_BYTES = 64
SCALAR_BYTES = 32


def check_public(point: bytes) -> bytes:
    """Return a public point, which is checked to be on the curve.

    Args:
        point: X and Y, 64 bytes without a prefix: X itself may begin with 04.

    Returns:
        The same bytes.

    Raises:
        KeyFormatError: Wrong length, out of range or not on the curve.
    """
    if len(point) != POINT_BYTES:
        raise KeyFormatError(f"an SM2 public key has {POINT_BYTES} bytes, not {len(point)}")
    x, y = int.from_bytes(point[:32], "big"), int.from_bytes(point[32:], "big")
    if not (x < P and y < P and (y * y - (x * x * x + A * x + B)) % P == 0):
        raise KeyFormatError("this SM2 public key is not a point of the curve")
    return point


def check_private(scalar: bytes) -> bytes:
    """Return a private key, which is checked to be in 1..n-2.

    Args:
        scalar: 32 bytes.

    Returns:
        The same bytes.

    Raises:
        KeyFormatError: Wrong length or out of range.
    """
    if len(scalar) != SCALAR_BYTES or not 1 <= int.from_bytes(scalar, "big") <= N - 2:
        raise KeyFormatError("this is no SM2 private key")
    return scalar


def is_signature(signature: bytes) -> bool:
    """Say whether 64 bytes r and s are in range: 1 <= r, s < n and r + s is not n."""
    if len(signature) != POINT_BYTES:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    return 1 <= r < N and 1 <= s < N and r + s != N


def to_der(signature: bytes) -> bytes:
    """Return r and s (64 bytes) in DER."""
    body = _integer(signature[:32]) + _integer(signature[32:])
    return b"\x30" + bytes((len(body),)) + body


def from_der(der: bytes) -> bytes | None:
    """Return r and s (64 bytes) of strict DER, or None for anything else.

    Only the one shortest form is read: what is read is encoded again and compared.
    """
    if len(der) < 8 or der[0] != 0x30 or der[2] != 0x02:
        return None
    split = 4 + der[3]
    if split + 2 > len(der):
        return None
    r, s = int.from_bytes(der[4:split], "big"), int.from_bytes(der[split + 2 :], "big")
    if r >= N or s >= N:
        return None
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return signature if to_der(signature) == der else None


def _integer(scalar: bytes) -> bytes:
    short = scalar.lstrip(b"\0") or b"\0"
    if short[0] & 0x80:
        short = b"\0" + short
    return b"\x02" + bytes((len(short),)) + short
