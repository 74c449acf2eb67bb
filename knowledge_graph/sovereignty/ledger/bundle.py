"""The bundle a customer downloads: every use of the data, with all it takes to verify it without us.

`verifier.py` beside this package reads it; docs/security.md describes the format.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.sovereignty.canonical import Value, canonical
from knowledge_graph.sovereignty.ledger.anchor import AnchorReceipt
from knowledge_graph.sovereignty.ledger.entry import Commitment, opens
from knowledge_graph.sovereignty.ledger.notes import NoteKey, open_note, parse_checkpoint
from knowledge_graph.sovereignty.ledger.store import SqliteLedger

FORMAT = "guanxi-bundle/1"


@dataclass(frozen=True, kw_only=True)
class OpenedEntry:
    """One of the customer's entries with its record and opening."""

    seq: int
    record: Value
    """An object; its number "n" counts the customer's entries from 1, so that a gap shows."""
    opening: bytes


@dataclass(frozen=True, kw_only=True)
class Publication:
    """What was signed and published of the ledger."""

    note: str
    """The checkpoint that the proofs lead to."""
    keys: tuple[NoteKey, ...]
    previous: str | None = None
    """The customer's last checkpoint, if he has one."""
    anchors: tuple[AnchorReceipt, ...] = ()


def build_bundle(
    ledger: SqliteLedger, entries: Sequence[OpenedEntry], publication: Publication
) -> str:
    """Return a bundle as JSON text.

    Args:
        ledger: Where the entries are.
        entries: All of one customer's.
        publication: A checkpoint that covers them.

    Returns:
        JSON, indented, UTF-8.

    Raises:
        InvalidValueError: A record is not what was committed to, or the checkpoint does not cover it.
        NoteError: A checkpoint is not signed by the keys.
    """
    state = parse_checkpoint(open_note(publication.note, publication.keys))
    ledger.check(state)
    content: dict[str, Value] = {
        "format": FORMAT,
        "checkpoint": publication.note,
        "keys": [key.text() for key in publication.keys],
        "previous": _previous(ledger, publication, state.size),
        "anchors": [
            {"kind": a.kind, "digest": a.digest, "proof": a.proof} for a in publication.anchors
        ],
        "entries": [
            _entry(ledger, entry, state.size) for entry in sorted(entries, key=lambda e: e.seq)
        ],
    }
    canonical(content)
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _entry(ledger: SqliteLedger, entry: OpenedEntry, size: int) -> dict[str, Value]:
    if entry.seq >= size:
        raise InvalidValueError(f"entry {entry.seq} is newer than the checkpoint of {size}")
    leaf = ledger.entry(entry.seq).leaf
    value = bytes.fromhex(json.loads(leaf)["commitment"])
    if not opens(Commitment(value=value, opening=entry.opening), entry.record):
        raise InvalidValueError(f"entry {entry.seq} does not commit to this record")
    return {
        "seq": entry.seq,
        "leaf": leaf.decode(),
        "record": entry.record,
        "opening": entry.opening.hex(),
        "proof": [item.hex() for item in ledger.inclusion(entry.seq, size)],
    }


def _previous(ledger: SqliteLedger, publication: Publication, size: int) -> Value:
    if publication.previous is None:
        return None
    older = parse_checkpoint(open_note(publication.previous, publication.keys))
    ledger.check(older)
    proof = ledger.consistency(older.size, size) if older.size else ()
    return {"checkpoint": publication.previous, "proof": [item.hex() for item in proof]}
