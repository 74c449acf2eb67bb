"""Files as places of copies: reports, logs, exports we keep; and the search of every byte of the home."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge_graph.erasure.person import Person
from knowledge_graph.erasure.places import Wiped

_CHUNK = 32 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class FilePlace:
    """See `Place`.

    Args:
        folders: Searched with all folders below.
        but: Names of files that are left alone: reports of erasures.
    """

    folders: Sequence[Path]
    but: str = "erasure-*.json"
    name: str = "reports, logs and exports in the home"

    async def wipe(self, person: Person) -> Wiped:
        """Overwrite the files that speak of the person: texts without him or her, others as a whole."""
        return await asyncio.to_thread(self._wipe, person)

    async def probe(self, person: Person) -> int:
        """Return how many files still speak of the person."""
        return await asyncio.to_thread(lambda: len(list(self._speaking(person))))

    def _speaking(self, person: Person) -> Iterator[Path]:
        for folder in self.folders:
            for path in sorted(folder.rglob("*")):
                if path.is_file() and not path.match(self.but) and _hits(path, person.words):
                    yield path

    def _wipe(self, person: Person) -> Wiped:
        rewritten = deleted = 0
        for path in self._speaking(person):
            text = _text(path)
            if text is None:
                _overwrite(path, b"")
                path.unlink()
                deleted += 1
            else:
                _overwrite(path, person.masked(text).encode())
                rewritten += 1
        return Wiped(
            place=self.name, found=rewritten + deleted, deleted=deleted, rewritten=rewritten
        )


def search(root: Path, words: Sequence[str]) -> dict[str, int]:
    """Return by file below a folder how often the words stand in its bytes, in any usual encoding.

    Args:
        root: A home, or a backup.
        words: What to look for.
    """
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and (hits := _hits(path, words)):
            found[str(path.relative_to(root))] = hits
    return found


def _hits(path: Path, words: Sequence[str]) -> int:
    needles = {n for word in words for n in _spellings(word)}
    longest = max(map(len, needles), default=0)
    hits, tail = 0, b""
    try:
        with path.open("rb") as file:
            while needles and (chunk := file.read(_CHUNK)):
                data = tail + chunk
                hits += sum(data.count(needle) for needle in needles)
                tail = data[len(data) - longest + 1 :] if longest > 1 else b""
    except FileNotFoundError:  # a database may drop a file meanwhile
        return hits
    return hits


def _spellings(word: str) -> Iterator[bytes]:
    yield word.encode()
    yield word.encode("utf-16-le")
    yield json.dumps(word)[1:-1].encode()


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def _overwrite(path: Path, data: bytes) -> None:
    """Write over the bytes of a file, then cut it to the new length; best effort on an SSD."""
    with path.open("r+b") as file:
        size = os.fstat(file.fileno()).st_size
        file.write(data[:size].ljust(size, b"\0"))
        file.write(data[size:])
        file.flush()
        os.fsync(file.fileno())
        file.truncate(len(data))
        os.fsync(file.fileno())
