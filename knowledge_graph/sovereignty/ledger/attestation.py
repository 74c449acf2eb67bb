"""The ledger file as erasures, backups and restores use it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from knowledge_graph.keeping import Attested
from knowledge_graph.sovereignty.crypto.digests import DigestAlgorithm, digest
from knowledge_graph.sovereignty.ledger.entry import Draft, commit_to
from knowledge_graph.sovereignty.ledger.notes import (
    NoteKey,
    NoteSigner,
    open_note,
    parse_checkpoint,
)
from knowledge_graph.sovereignty.ledger.store import SqliteLedger


class LedgerAttestation:
    """See `Attestation`.

    Args:
        ledger: The ledger.
        signers: Its keys.
    """

    def __init__(self, ledger: SqliteLedger, signers: Sequence[NoteSigner]) -> None:
        self._ledger = ledger
        self._signers = tuple(signers)

    async def attest(self, type: str, at: str, record: Mapping[str, str | int]) -> Attested:
        """Commit to a record."""
        actor = digest(DigestAlgorithm.SHA256, b"guanxi/privacy").hex()
        commitment = commit_to({"type": type, **record})
        draft = Draft(type=type, at=at, actor=actor, commitment=commitment.value)
        (place,) = await asyncio.to_thread(self._ledger.append, [draft])
        return Attested(seq=place, opening=commitment.opening.hex())

    async def forget(self, holders: Sequence[str]) -> int:
        """Drop what stands beside the entries of people who are erased."""
        return sum([await asyncio.to_thread(self._ledger.forget, holder) for holder in holders])

    async def checkpoint(self) -> str:
        """Return a signed checkpoint of the ledger as it is now."""
        return await asyncio.to_thread(self._ledger.checkpoint, self._signers)

    async def check(self, note: str) -> None:
        """Return when the ledger continues a checkpoint that it signed."""
        keys = [NoteKey(name=s.name, key=s.signer.public) for s in self._signers]
        published = parse_checkpoint(open_note(note, keys))
        await asyncio.to_thread(self._ledger.check, published)
