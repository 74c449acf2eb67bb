"""The report of an erasure: what was done, what could not be, signed by the workspace."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

from knowledge_graph.erasure.journal import Erasure, ErasureJournal
from knowledge_graph.errors import StoreUnavailableError
from knowledge_graph.keeping import KeyVault, Spot
from knowledge_graph.sealing.texts import Text, opened_texts, sealed_texts
from knowledge_graph.sovereignty.canonical import Value, canonical
from knowledge_graph.sovereignty.crypto.digests import DigestAlgorithm, digest
from knowledge_graph.sovereignty.crypto.signatures import (
    Ed25519Signer,
    PublicKey,
    SignatureAlgorithm,
)

FORMAT = "guanxi-erasure/1"
WORKSPACE = "workspace"
_SECRET = "report-signing"  # noqa: S105 - a name
PROMISE = (
    "Attestation and tests, not a mathematical proof. Not covered: copies that people took outside this "
    "workspace, memory and swap of running processes, blocks that an SSD keeps of overwritten files."
)


@dataclass(frozen=True, kw_only=True)
class ReportSigner:
    """Signs reports with a key that is kept sealed."""

    signer: Ed25519Signer

    @classmethod
    async def of(cls, vault: KeyVault, journal: ErasureJournal) -> ReportSigner:
        """Return the signer of a workspace; the first call makes its key.

        Args:
            vault: Seals the key.
            journal: Keeps it.

        Raises:
            StoreUnavailableError: The key does not open any more.
        """
        place = Spot(table="erasure", column="secret", row=_SECRET)
        sealed = journal.secret(_SECRET)
        if not sealed:
            made = Ed25519Signer.generate().secret().hex()
            (new,) = await sealed_texts(vault, WORKSPACE, [Text(spot=place, text=made)])
            sealed = journal.keep_secret(_SECRET, new)
        (secret,) = await opened_texts(vault, [Text(spot=place, text=sealed)])
        if secret is None:
            raise StoreUnavailableError("the key that signs reports does not open")
        return cls(signer=Ed25519Signer(bytes.fromhex(secret)))

    @staticmethod
    def digest(text: str) -> str:
        """Return the SHA-256 of a report, hexadecimal."""
        return digest(DigestAlgorithm.SHA256, text.encode()).hex()


def report_text(erasure: Erasure, done: Mapping[str, Value], at: str, signer: ReportSigner) -> str:
    """Return the signed report as JSON.

    Args:
        erasure: What was asked for.
        done: What was done and found.
        at: When it was finished, UTC.
        signer: The workspace's key.
    """
    body: dict[str, Value] = {
        "format": FORMAT,
        "id": erasure.id,
        "requested_at": erasure.at,
        "requested_by": erasure.actor,
        "completed_at": at,
        "records": [str(ref) for ref in erasure.refs],
        "done": dict(done),
        "not_done": list(_not_done(done)),
        "promise": PROMISE,
    }
    signature = signer.signer.sign(canonical(body))
    signed = {
        **body,
        "signature": {
            "algorithm": "ed25519",
            "key": signer.signer.public.raw.hex(),
            "value": base64.b64encode(signature).decode(),
        },
    }
    return json.dumps(signed, ensure_ascii=False, indent=1)


def _not_done(done: Mapping[str, Value]) -> list[str]:
    """Return what the person has to be told, in words."""
    told: list[str] = []
    places, files, probes = done["places"], done["files"], done["probes"]
    for place in places if isinstance(places, list) else ():
        told += place["kept"]
    if isinstance(files, Mapping):
        told += [
            f"{name}: {n} hits of the person's words in the bytes" for name, n in files.items()
        ]
    if isinstance(probes, Mapping):
        told += [f"{name}: {n} copies were still found" for name, n in probes.items() if n]
    return told


def verifies(text: str) -> bool:
    """Return whether a report is as it was signed, by the key that it names.

    Args:
        text: A report.
    """
    try:
        body = json.loads(text)
        signature = body.pop("signature")
        key = PublicKey(algorithm=SignatureAlgorithm.ED25519, raw=bytes.fromhex(signature["key"]))
        return key.verifies(canonical(body), base64.b64decode(signature["value"]))
    except (ValueError, KeyError, TypeError):
        return False
