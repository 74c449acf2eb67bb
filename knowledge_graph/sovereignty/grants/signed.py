"""Signed grants: the canonical form with signatures of the subject or of a consent authority."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from knowledge_graph.sovereignty.crypto.signatures import PublicKey, Signer
from knowledge_graph.sovereignty.errors import GrantError
from knowledge_graph.sovereignty.grants.grant import Grant, read_grant

CONTEXT = b"guanxi grant v1\n"
"""Stands before what is signed, so that a signature of something else is never one of a grant."""
MAX_SIGNATURES = 8


@dataclass(frozen=True, kw_only=True)
class GrantSignature:
    """A signature and the thumbprint of its key."""

    key: str
    value: bytes


@dataclass(frozen=True, kw_only=True)
class SignedGrant:
    """What travels. Nothing in it may be used before `open_grant`."""

    body: bytes
    signatures: tuple[GrantSignature, ...]


def sign_grant(grant: Grant, signers: Sequence[Signer]) -> SignedGrant:
    """Sign a grant; `check_issue` comes first.

    Args:
        grant: What is signed.
        signers: At least one, best one of each algorithm.

    Returns:
        Body and signatures.

    Raises:
        GrantError: Nobody signs.
    """
    if not signers:
        raise GrantError("unsigned", "a grant needs a signature")
    body = grant.to_json()
    signed = (
        GrantSignature(key=s.public.thumbprint, value=s.sign(CONTEXT + body)) for s in signers
    )
    return SignedGrant(body=body, signatures=tuple(signed))


def open_grant(signed: SignedGrant, pinned: Iterable[PublicKey], *, needed: int = 1) -> Grant:
    """Return the grant whose signatures hold.

    Args:
        signed: From anywhere.
        pinned: Keys that may sign for this subject, known beforehand.
        needed: So many different pinned keys have to have signed.

    Returns:
        The grant.

    Raises:
        GrantError: A pinned key's signature does not hold, too few have signed, or the body is no grant.
    """
    keys: Mapping[str, PublicKey] = {key.thumbprint: key for key in pinned}
    if len(signed.signatures) > MAX_SIGNATURES:
        raise GrantError("malformed", f"a grant has at most {MAX_SIGNATURES} signatures")
    held = set()
    for signature in signed.signatures:
        key = keys.get(signature.key)
        if key is None:
            continue
        if not key.verifies(CONTEXT + signed.body, signature.value):
            raise GrantError("bad_signature", "a signature of this grant does not hold")
        held.add(signature.key)
    if len(held) < max(needed, 1):
        raise GrantError("unsigned", f"{len(held)} trusted keys have signed, {needed} are needed")
    return read_grant(signed.body)
