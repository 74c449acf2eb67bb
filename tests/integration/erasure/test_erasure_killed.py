"""Kill -9 at every step of an erasure: the next start completes it, and nothing is called done before.

The database is this process's own and outlives the children; each child makes a person, begins to erase the person and
kills itself at one step. Then a new process opens the home, which is all that it takes.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.bootstrap import App
from knowledge_graph.erasure.files import search
from knowledge_graph.erasure.journal import Step
from knowledge_graph.erasure.report import verifies
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import Origin, RecordRef, Value
from knowledge_graph.stores.local import start_or_join
from tests.integration.erasure.world import POINTS
from tests.integration.test_interrupted import ACCESS, Child, opened

ERASING = """
import asyncio, os, signal, sys
from pathlib import Path
from knowledge_graph.ontology.record import RecordRef
from tests.integration.test_interrupted import ACCESS, opened
from tests.integration.erasure.test_erasure_killed import filled

async def work():
    person, point = sys.argv[2], sys.argv[3]

    def killed(step):
        if step == point:
            os.kill(os.getpid(), signal.SIGKILL)

    async with opened(Path(sys.argv[1])) as app:
        await filled(app, person)
        app.eraser._fault = killed
        await app.eraser.erase([RecordRef(kind="contact", id=person)], ACCESS)

asyncio.run(work())
"""
STEPS = (*POINTS, "wiped grants, legal bases and openings of the ledger")


def name_of(person: str) -> str:
    """Return the canary of a person."""
    return f"Quixanne{person} Zorbl{person}"


async def filled(app: App, person: str) -> None:
    """Write a person and a call with the person."""
    made: dict[str, dict[str, Value]] = {
        f"account:a{person}": {"name": f"Company {person}"},
        f"contact:{person}": {"name": name_of(person), "account": f"a{person}"},
        f"interaction:i{person}": {
            "name": "call",
            "account": f"a{person}",
            "contact": person,
            "text": f"{name_of(person)} called",
        },
    }
    changes = tuple(
        RecordChange(
            action=Action.CREATE,
            ref=RecordRef(kind=ref.partition(":")[0], id=ref.partition(":")[2]),
            title=ref,
            before={},
            after=values,
        )
        for ref, values in made.items()
    )
    origin = Origin(system="test", place="made", observed_at=ACCESS.at)
    change_set = ChangeSet(
        id=f"made-{person}",
        at=ACCESS.at,
        actor=str(ACCESS.actor),
        reason=f"met {name_of(person)}",
        changes=changes,
        origin=origin,
    )
    await app.graph.commit(change_set, ACCESS)


@pytest.fixture
async def database(home: Path) -> AsyncIterator[None]:
    """The embedded database of the home, which no child takes with it."""
    server = await start_or_join(home)
    yield
    await server.close()


@pytest.mark.usefixtures("database")
async def test_kill_at_every_step_is_completed_by_the_next_start(home: Path) -> None:
    for number, point in enumerate(STEPS):
        person = f"p{number}"
        child = Child(ERASING, home, person, point)
        _, told = await asyncio.to_thread(child.process.communicate, timeout=120)
        assert child.process.returncode == -signal.SIGKILL, (point, told[-2000:])
        async with opened(home) as app:
            assert app.eraser is not None
            done = app.eraser.reports()[-1]
            assert (done.step, verifies(done.report)) == (Step.DONE, True), point
            assert [r.id for r in done.refs] == [person], point
            found = json.loads(done.report)["done"]
            assert not any(found["probes"].values()), point
            assert found["opened"].startswith("0 of"), point
            assert await app.graph.counts() == {"account": number + 1, "interaction": number + 1}
        assert search(home, [name_of(person)]) == {}, point
