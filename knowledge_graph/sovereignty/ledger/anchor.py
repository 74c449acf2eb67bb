"""Anchors: places outside the database where checkpoints are published.

With one nobody can cut the ledger back unseen.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.sovereignty.canonical import canonical, parse_canonical
from knowledge_graph.sovereignty.crypto.digests import DigestAlgorithm, digest
from knowledge_graph.sovereignty.errors import LedgerError


@dataclass(frozen=True, kw_only=True)
class AnchorReceipt:
    """What an anchor gave for a checkpoint."""

    kind: str
    """Which kind of place: "file", "rfc3161"."""
    digest: str
    """SHA-256 of the note, hexadecimal."""
    proof: str
    """The anchor's own proof as text."""


class Anchor(Protocol):
    """A place that keeps checkpoints. It learns sizes and times of checkpoints, never of single uses."""

    @property
    def kind(self) -> str:
        """Which kind of place, as its receipts name it."""
        ...

    def submit(self, note: str, *, at: str) -> AnchorReceipt:
        """Publish a signed checkpoint.

        Raises:
            UnavailableError: The place cannot be reached; the checkpoint stays valid, unanchored.
        """
        ...

    def verify(self, note: str, receipt: AnchorReceipt) -> bool:
        """Say whether this note was published as the receipt says."""
        ...


class FileAnchor:
    """A file of lines, each of which covers the one before; best on another disk or machine.

    Args:
        path: The file; its folder exists.
    """

    kind = "file"

    def __init__(self, path: Path) -> None:
        self._path = path

    def submit(self, note: str, *, at: str) -> AnchorReceipt:
        """Append the checkpoint and return when it is on the disk.

        Args:
            note: A signed checkpoint.
            at: UTC, "YYYY-MM-DDTHH:MM:SSZ".

        Returns:
            The receipt; its proof is the digest of the line.
        """
        lines = self._lines()
        line = canonical({"at": at, "before": _digest(lines[-1]) if lines else "", "note": note})
        with self._path.open("ab") as file:
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return AnchorReceipt(kind=self.kind, digest=_digest(note.encode()), proof=_digest(line))

    def verify(self, note: str, receipt: AnchorReceipt) -> bool:
        """Say whether this note stands in the file as the receipt says, and the file is whole."""
        if receipt.kind != self.kind or receipt.digest != _digest(note.encode()):
            return False
        hits = [line for line in self._lines() if _digest(line) == receipt.proof]
        return any(_note(line) == note for line in hits)

    def last(self) -> str | None:
        """Return the note published last, if there is one.

        Raises:
            LedgerError: The file was changed.
        """
        lines = self._lines()
        return _note(lines[-1]) if lines else None

    def _lines(self) -> list[bytes]:
        """Return the whole lines; half a line at the end is of a writer that died, and is cut off.

        Raises:
            LedgerError: A line does not cover the one before.
        """
        if not self._path.exists():
            return []
        data = self._path.read_bytes()
        whole, _, rest = data.rpartition(b"\n")
        if rest:
            with self._path.open("r+b") as file:
                file.truncate(len(data) - len(rest))
        lines = whole.split(b"\n") if whole else []
        before = ""
        for line in lines:
            if _field(line, "before") != before:
                raise LedgerError("the anchor file was changed: its lines do not follow each other")
            before = _digest(line)
        return lines


def _note(line: bytes) -> str:
    return _field(line, "note")


def _field(line: bytes, name: str) -> str:
    try:
        value = parse_canonical(line)
    except InvalidValueError as error:
        raise LedgerError("the anchor file was changed: a line cannot be read") from error
    text = value.get(name) if isinstance(value, dict) else None
    if not isinstance(text, str):
        raise LedgerError("the anchor file was changed: a line cannot be read")
    return text


def _digest(data: bytes) -> str:
    return digest(DigestAlgorithm.SHA256, data).hex()
