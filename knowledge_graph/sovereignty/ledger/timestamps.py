"""RFC 3161 time stamps: an authority outside signs that a checkpoint was there at a time.

The authority learns the digest of the checkpoint and nothing else. The answer is kept whole, so that anybody
can check it with `openssl ts -verify` and the authority's root certificate.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from knowledge_graph.errors import UnavailableError
from knowledge_graph.sovereignty.crypto.digests import DigestAlgorithm, digest
from knowledge_graph.sovereignty.ledger.anchor import AnchorReceipt

if TYPE_CHECKING:
    from rfc3161_client import TimeStampRequest, Verifier

TIMEOUT_S = 10.0
_TYPE = "application/timestamp-query"


class TimestampAnchor:
    """See `Anchor`.

    Args:
        url: Where the time-stamp authority takes requests.
        roots: Its root certificates, PEM; no time stamp is accepted that does not lead to one.
    """

    kind = "rfc3161"

    def __init__(self, url: str, *, roots: bytes) -> None:
        self._url = url
        self._roots = roots

    def submit(self, note: str, *, at: str) -> AnchorReceipt:
        """Have a signed checkpoint stamped.

        Args:
            note: A signed checkpoint.
            at: Not used: the authority has its own clock.

        Returns:
            The receipt; its proof is the authority's answer in base64.

        Raises:
            UnavailableError: The authority does not answer, or its stamp does not hold.
        """
        import httpx  # noqa: PLC0415 - only where a time-stamp authority is set
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # noqa: PLC0415 - an extra

        builder = TimestampRequestBuilder().data(note.encode()).cert_request(cert_request=True)
        request = builder.hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=True).build()
        try:
            answer = httpx.post(
                self._url,
                content=request.as_bytes(),
                headers={"content-type": _TYPE},
                timeout=TIMEOUT_S,
            ).raise_for_status()
        except httpx.HTTPError as error:
            raise UnavailableError(
                "the time-stamp authority does not answer; the checkpoint is not stamped"
            ) from error
        if not self._holds(note, answer.content, request):
            raise UnavailableError("the time stamp does not hold; the checkpoint is not stamped")
        return AnchorReceipt(
            kind=self.kind, digest=_digest(note), proof=base64.b64encode(answer.content).decode()
        )

    def verify(self, note: str, receipt: AnchorReceipt) -> bool:
        """Say whether the authority stamped this note."""
        if receipt.kind != self.kind or receipt.digest != _digest(note):
            return False
        try:
            answer = base64.b64decode(receipt.proof, validate=True)
        except (binascii.Error, ValueError):
            return False
        return self._holds(note, answer, None)

    def _holds(self, note: str, answer: bytes, request: TimeStampRequest | None) -> bool:
        from rfc3161_client import VerificationError, decode_timestamp_response  # noqa: PLC0415 - as above

        try:
            stamp = decode_timestamp_response(answer)
            return self._verifier(request).verify_message(stamp, note.encode())
        except (VerificationError, ValueError):
            return False

    def _verifier(self, request: TimeStampRequest | None) -> Verifier:
        from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415 - as above
        from rfc3161_client import VerifierBuilder  # noqa: PLC0415 - as above

        builder = VerifierBuilder() if request is None else VerifierBuilder.from_request(request)
        for certificate in load_pem_x509_certificates(self._roots):
            builder = builder.add_root_certificate(certificate)
        return builder.build()


def _digest(note: str) -> str:
    return digest(DigestAlgorithm.SHA256, note.encode()).hex()
