"""Whole conversations of `conversations/*.yaml` through the real app, on ArcadeDB and on real Neo4j.

A step is one of: `import` (a file), `say` (a message; keys of a turn of docs/evals.md, with `as` and `thread`),
`records` (what must stand in the database now) and `restart` (the app is closed and built anew on the same home).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from agents.turn import TurnRequest
from channels.bootstrap import App, build_app
from channels.clock import FixedClock
from channels.settings import Settings
from evals.cases import ExpectedRecord, Scalar, Turn
from evals.chat import shown, turn_faults
from evals.state import compare
from evals.worlds import given_records
from knowledge_graph.ontology.access import Access, parse_actor
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.stores.local import BoltAddress

CONVERSATIONS = sorted((Path(__file__).parent / "conversations").glob("*.yaml"))
OWNER = "owner:owner"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class File(_Strict):
    """A file to import."""

    name: str
    text: str


class Step(_Strict):
    """One step of a conversation."""

    file: File | None = Field(default=None, alias="import")
    say: str | None = None
    actor: str = Field(default=OWNER, alias="as")
    thread: str = "main"
    expect: str = "any"
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    count: int | None = None
    records: tuple[ExpectedRecord, ...] = ()
    restart: bool = False


class Conversation(_Strict):
    """A file of conversations/."""

    now: str
    given: tuple[dict[str, Scalar | list[str]], ...] = ()
    steps: tuple[Step, ...]


@dataclass(kw_only=True)
class Stage:
    """The app that a conversation runs on; it can be restarted."""

    settings: Settings
    now: str
    folder: Path
    app: App | None = None
    imported: int = field(default=0)

    async def restart(self) -> App:
        """Close the app and build it anew on the same home and database."""
        await self.close()
        self.app = await build_app(self.settings, FixedClock(datetime.fromisoformat(self.now)))
        return self.app

    async def close(self) -> None:
        if self.app is not None:
            await self.app.close()
            self.app = None

    @property
    def access(self) -> Access:
        return Access(actor=parse_actor(OWNER), at="2026-11-20T03:00:00Z")

    async def play(self, step: Step) -> list[str]:
        """Do one step and return what was wrong."""
        app = self.app or await self.restart()
        if step.restart:
            await self.restart()
        if step.file is not None:
            path = self.folder / step.file.name
            path.write_text(step.file.text, encoding="utf-8")
            plan = await app.transfer.propose([path], self.access)
            await app.transfer.apply(plan, self.access)
        if step.say is not None:
            return await self._say(app, step)
        return await self._look(app, step.records)

    async def _say(self, app: App, step: Step) -> list[str]:
        request = TurnRequest(
            text=step.say or "", thread=step.thread, actor=parse_actor(step.actor), channel="test"
        )
        reply = await app.assistant.turn(request)
        wanted = Turn.model_validate({
            "user": step.say,
            **step.model_dump(include={"expect", "contains", "lacks", "count"}),
        })
        return [f"{step.say}: {w}; {shown(reply)}" for w in turn_faults(wanted, reply)]

    async def _look(self, app: App, expected: tuple[ExpectedRecord, ...]) -> list[str]:
        refs = [RecordRef(kind=r.kind, id=r.id or "") for r in expected]
        held = {s.record.ref: s.record for s in await app.graph.get(refs, self.access)}
        gone = [f"{r.kind}:{r.id} is still there" for r, ref in zip(expected, refs, strict=True)
                if r.deleted and ref in held]  # fmt: skip
        standing = [r for r in expected if not r.deleted]
        return [*gone, *compare(held, held, standing, nothing_else=False).missing]


@asynccontextmanager
async def staged(home: Path, address: BoltAddress, now: str) -> AsyncIterator[Stage]:
    """Give a stage on a database that is there already."""
    settings = Settings(
        home=home,
        neo4j_uri=address.uri,
        neo4j_user=address.user,
        neo4j_password=SecretStr(address.password),
        neo4j_database=address.database,
    )
    stage = Stage(settings=settings, now=now, folder=home)
    try:
        yield stage
    finally:
        await stage.close()


def read(path: Path) -> Conversation:
    """Return the conversation of a file."""
    return Conversation.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("talk", [pytest.param(read(p), id=p.stem) for p in CONVERSATIONS])
async def test_conversation(talk: Conversation, home: Path, clean_graph: BoltAddress) -> None:
    async with staged(home, clean_graph, talk.now) as stage:
        app = await stage.restart()
        if talk.given:
            await app.graph.commit(given_records(talk.given, talk.now), stage.access)
        for number, step in enumerate(talk.steps, 1):
            faults = await stage.play(step)
            assert not faults, f"step {number}: {faults}"
