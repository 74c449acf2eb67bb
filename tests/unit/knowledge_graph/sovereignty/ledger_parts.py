"""What the tests of the ledger share."""

from __future__ import annotations

from knowledge_graph.sovereignty.ledger.entry import Draft, commit_to
from knowledge_graph.sovereignty.ledger.notes import NoteKey, NoteSigner

ORIGIN = "example.com/guanxi/sm3"
AT = "2026-11-23T09:00:00Z"


def draft(number: int = 0, subject: str = "s") -> Draft:
    """Return an entry that waits for its place."""
    commitment = commit_to({"n": number}).value
    return Draft(
        type="use.answered", at=AT, actor="a", commitment=commitment, subject=subject, sealed=b"x"
    )


def keys(signers: tuple[NoteSigner, ...]) -> list[NoteKey]:
    """Return what verifies the notes of these signers."""
    return [signer.note_key for signer in signers]
