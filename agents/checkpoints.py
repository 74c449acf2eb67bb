"""The checkpoint file: only runs that wait for a verdict, one checkpoint each, no personal data.

The state of a run holds ids and counters only (state.py), and the thread id is the proposal's random id, so
what lands in the file names nobody. Deserialisation is strict: nothing but plain values comes back.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

MAX_WAITING = 1000
"""Runs kept; a proposal whose run is gone can still be confirmed, from the proposal store alone."""
_KEPT_METADATA = frozenset({"source", "step", "parents"})
_KEPT_CONFIG = ("thread_id", "checkpoint_ns", "checkpoint_id")


class SlimSqliteSaver(AsyncSqliteSaver):
    """An SQLite saver that refuses foreign metadata and can prune a run."""

    def __init__(self, conn: aiosqlite.Connection) -> None:
        # None: strict. No class is brought to life from the file, whatever stands in it.
        super().__init__(conn, serde=JsonPlusSerializer(allowed_msgpack_modules=None))

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Return where a checkpoint is kept; of the metadata only what LangGraph needs stays.

        The base class copies every scalar of the run's config into the metadata, unencrypted.
        """
        slim: dict[str, object] = {k: v for k, v in metadata.items() if k in _KEPT_METADATA}
        given = config.get("configurable", {})
        own: dict[str, object] = {k: given[k] for k in _KEPT_CONFIG if k in given}
        return await super().aput(
            {"configurable": own}, checkpoint, cast("CheckpointMetadata", slim), new_versions
        )

    async def keep_newest(self, thread_id: str) -> None:
        """Drop all checkpoints of a run but the newest, and runs that nobody decided on for long."""
        await self.setup()
        newest = "SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?"
        waiting = "SELECT checkpoint_id FROM checkpoints ORDER BY checkpoint_id DESC LIMIT ?"
        async with self.lock:
            for table in ("checkpoints", "writes"):
                await self.conn.execute(
                    f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id < ({newest})",  # noqa: S608  # fixed names
                    (thread_id, thread_id),
                )
                await self.conn.execute(
                    f"DELETE FROM {table} WHERE checkpoint_id NOT IN ({waiting})",  # noqa: S608  # fixed names
                    (MAX_WAITING,),
                )
            await self.conn.commit()


class RunCheckpoints:
    """The saver with its connection; made by `open_checkpoints`."""

    def __init__(self, saver: SlimSqliteSaver) -> None:
        self.saver = saver

    async def keep_newest(self, run: str) -> None:
        """Keep one checkpoint of a run that waits."""
        await self.saver.keep_newest(run)

    async def finish(self, run: str) -> None:
        """Keep nothing of a run that is over."""
        await self.saver.adelete_thread(run)

    async def close(self) -> None:
        """Close the file."""
        await self.saver.conn.close()


async def open_checkpoints(path: Path) -> RunCheckpoints:
    """Return the checkpoints of a file, which is created if need be.

    Args:
        path: The SQLite file; other tables in it are left alone.
    """
    conn = await aiosqlite.connect(path)
    # WAL with NORMAL survives a killed process; the proposal store is what must survive a power cut.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "secure_delete=ON",
        "busy_timeout=5000",
    ):
        await conn.execute(f"PRAGMA {pragma}")
    return RunCheckpoints(SlimSqliteSaver(conn))
