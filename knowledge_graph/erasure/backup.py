"""Backups without keys, and restores that repeat every erasure first.

A backup is the change log as the store below keeps it (ciphertext), a copy of the state file and a checkpoint
of the privacy ledger. It opens only with the keys, which travel another way and are never older than the last
erasure: a restore takes them as they are now.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from knowledge_graph.erasure.graph import GraphPlace
from knowledge_graph.erasure.journal import Erasure, ErasureJournal
from knowledge_graph.erasure.person import Person
from knowledge_graph.erasure.state import StatePlace
from knowledge_graph.errors import BadInputError, ConflictError, NotAllowedError
from knowledge_graph.keeping import Attestation
from knowledge_graph.ontology.change import ChangeSet
from knowledge_graph.ports import Clock, GraphStore
from knowledge_graph.sovereignty.crypto.digests import DigestAlgorithm, digest
from knowledge_graph.sovereignty.errors import LedgerError, NoteError
from knowledge_graph.stores.changelog import change_set_from, changes_from, head_of, parts_of
from knowledge_graph.stores.mapping import schema_from, schema_text

FORMAT = "guanxi-backup/1"
MANIFEST, CHANGES, STATE = "manifest.json", "changes.jsonl", "state.db"
_ALL = 10_000_000


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup says of itself."""

    at: str
    checkpoint: str
    """A signed checkpoint of the privacy ledger: a restore needs a ledger that continues it."""
    schema: str
    count: int
    """Change sets."""
    digests: Mapping[str, str]
    """SHA-256 by file."""


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What a restore did."""

    at: str
    """When the backup was made."""
    changes: int
    erasures: int
    """Erasures that were repeated."""
    blanked: int
    """Texts that were taken out, because they named somebody who was erased after the backup."""
    texts: int
    """Texts of conversations that do not open any more, removed."""


async def write_backup(
    folder: Path, *, below: GraphStore, state: Path, attestation: Attestation, clock: Clock
) -> Manifest:
    """Write a backup into a new folder, while the workspace is in use.

    Args:
        folder: It is made; it must not exist, or be empty.
        below: The store that keeps ciphertext.
        state: The state file.
        attestation: The privacy ledger.
        clock: Stamps.

    Returns:
        What the backup says of itself.

    Raises:
        BadInputError: The folder is in use.
    """
    await asyncio.to_thread(_make, folder)
    at = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    await attestation.attest("backup.made", at, {"format": FORMAT})
    checkpoint = await attestation.checkpoint()
    count = await _write_changes(folder / CHANGES, below)
    await asyncio.to_thread(_copy_state, state, folder / STATE)
    digests = {name: await asyncio.to_thread(_digest, folder / name) for name in (CHANGES, STATE)}
    schema = schema_text(await below.schema())
    manifest = Manifest(at=at, checkpoint=checkpoint, schema=schema, count=count, digests=digests)
    await asyncio.to_thread(_write_manifest, folder / MANIFEST, manifest)
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Return what a backup says of itself, after comparing its files with it.

    Args:
        folder: Of the backup.

    Raises:
        BadInputError: No backup, or a file of it was changed.
    """
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if found.pop("format") != FORMAT:
            raise BadInputError("this backup has another format; nothing was restored")
        manifest = Manifest(**found)
        whole = all(_digest(folder / name) == d for name, d in manifest.digests.items())
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadInputError(f"{str(folder)!r} is no backup; nothing was restored") from error
    if not whole:
        raise BadInputError("a file of this backup was changed or cut off; nothing was restored")
    return manifest


async def check_ledger(manifest: Manifest, attestation: Attestation) -> None:
    """Return when the ledger here continues the one that the backup was made with.

    Args:
        manifest: Of the backup.
        attestation: The ledger here.

    Raises:
        NotAllowedError: It is absent, another one, or older: erasures would be forgotten.
    """
    try:
        await attestation.check(manifest.checkpoint)
    except (LedgerError, NoteError) as error:
        raise NotAllowedError(
            "the keys and the erasure ledger of this backup's workspace are not here, or are older than the "
            f"backup ({error}). Without them erased people could come back: nothing was restored. "
            "Set GUANXI_KEYS to the folder of the keys as it is now."
        ) from error


@dataclass(frozen=True, kw_only=True)
class Restorer:
    """Fills an empty workspace from a backup.

    Args:
        below: The store that keeps ciphertext: empty.
        graph: Repeats erasures in the graph.
        state: Repeats them in the state file, which was put there before.
        journal: Which erasures there were.
    """

    below: GraphStore
    graph: GraphPlace
    state: StatePlace
    journal: ErasureJournal

    async def run(self, folder: Path, manifest: Manifest) -> Restored:
        """Write all changes, then repeat all erasures; nothing is opened before that.

        Args:
            folder: Of the backup.
            manifest: What `read_manifest` returned.

        Returns:
            What was done.

        Raises:
            ConflictError: The workspace is not empty; nothing was restored.
        """
        if await self.below.counts():
            raise ConflictError("there are records here already; nothing was restored")
        await self.below.save_schema(schema_from(manifest.schema))
        for change_set in read_changes(folder):
            await self.below.commit(change_set)
        erasures = self.journal.all()
        blanked = 0
        for erasure in erasures:
            person = Person(refs=erasure.refs, words=())
            await self.graph.wipe(person)
            blanked += await self.graph.blank(_spoken(erasure))
        return Restored(
            at=manifest.at,
            changes=manifest.count,
            erasures=len(erasures),
            blanked=blanked,
            texts=await self.state.sweep(),
        )


def put_state(folder: Path, state: Path) -> None:
    """Put the backup's state file in its place, which is empty.

    Args:
        folder: Of the backup.
        state: The state file of the home.
    """
    state.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(folder / STATE, state)


def _spoken(erasure: Erasure) -> Sequence[str]:
    places = json.loads(erasure.wiped).get("places", [])
    return [name for place in places for name in place.get("spoken", ())]


def _make(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise BadInputError(f"{str(folder)!r} is not empty; give a new folder")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


async def _write_changes(path: Path, below: GraphStore) -> int:
    newest_first = await below.history(limit=_ALL)
    with path.open("w", encoding="utf-8") as file:
        for entry in reversed(newest_first):
            whole = await below.change_set(entry.id)
            line = {"head": head_of(whole), "parts": list(parts_of(whole))}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return len(newest_first)


def read_changes(folder: Path) -> Iterator[ChangeSet]:
    """Yield the change sets of a backup, oldest first, as the store below keeps them."""
    with (folder / CHANGES).open(encoding="utf-8") as file:
        for line in file:
            found = json.loads(line)
            changes = [change for part in found["parts"] for change in changes_from(part)]
            yield change_set_from(found["head"], tuple(changes))


def _copy_state(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source, timeout=10)) as db:
        db.execute("VACUUM INTO ?", (str(target),))  # no free pages, no write-ahead log


def _write_manifest(path: Path, manifest: Manifest) -> None:
    found = {
        "format": FORMAT,
        "at": manifest.at,
        "checkpoint": manifest.checkpoint,
        "schema": manifest.schema,
        "count": manifest.count,
        "digests": dict(manifest.digests),
    }
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")


def _digest(path: Path) -> str:
    return digest(DigestAlgorithm.SHA256, path.read_bytes()).hex()
