"""A long conversation costs no more than a short one, and the file stays small."""

from __future__ import annotations

import time
from pathlib import Path

from agents.checkpoints import open_checkpoints
from tests.unit.agents.rig import FIND, UPDATE, Rig, drafts, found

TURNS = 1000


def _size(path: Path) -> int:
    return sum(p.stat().st_size for p in path.parent.glob(f"{path.name}*"))


async def test_a_thousand_turns_stay_flat(rig: Rig) -> None:
    rig.script(FIND)
    rig.tools.results["find_records"] = found()
    cpu: list[float] = []
    sizes: list[int] = []
    for _ in range(TURNS // 100):
        began = time.process_time()
        for _ in range(100):
            await rig.say("raj's leads")
        cpu.append(time.process_time() - began)
        sizes.append(_size(rig.path))
    assert min(cpu[-3:]) <= 2 * min(cpu[:3])
    assert max(sizes[5:]) <= 1.2 * max(sizes[:5])  # the write-ahead log has its full size by then
    assert sizes[-1] < 5_000_000
    async with rig.checkpoints.saver.conn.execute("SELECT count(*) FROM checkpoints") as rows:
        assert await rows.fetchone() == (0,)
    conversation = next(iter(rig.conversations.kept.values()))
    assert conversation.turns == TURNS
    assert len(conversation.messages) <= 16


async def test_waiting_runs_keep_one_checkpoint_each(rig: Rig) -> None:
    rig.script(UPDATE)
    rig.tools.results["update_records"] = drafts()
    for _ in range(3):
        await rig.say("give raj's lead to lena")
    query = "SELECT count(*), count(DISTINCT thread_id) FROM checkpoints"
    async with rig.checkpoints.saver.conn.execute(query) as rows:
        assert await rows.fetchone() == (3, 3)


async def test_the_file_may_hold_other_tables(tmp_path: Path) -> None:
    path = tmp_path / "guanxi.db"
    first = await open_checkpoints(path)
    await first.saver.conn.execute("CREATE TABLE mine (x INTEGER)")
    await first.close()
    second = await open_checkpoints(path)
    async with second.saver.conn.execute("SELECT count(*) FROM mine") as rows:
        assert await rows.fetchone() == (0,)
    await second.close()
