"""A home with a person in every place, to be erased."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from channels.clock import FixedClock
from channels.ports import TranscriptEntry
from channels.state.custody import Custody, KeyPlace, open_custody
from channels.state.erasing import eraser_ports
from channels.state.opening import State, open_state
from knowledge_graph.erasure.eraser import Eraser
from knowledge_graph.erasure.files import search
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.ports import Conversation, Message
from knowledge_graph.sealing.graph_store import SealedGraphStore
from knowledge_graph.stores.local_home import HomeFolder
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from knowledge_graph.testing.sample import changes_of, create, ref, update
from knowledge_graph.vectors.chroma import ChromaVectorMemory

STEWARD = Access(actor=Actor(role=Role.STEWARD, id="s"), at="2026-11-23T09:00:00Z")
SALES = Access(actor=Actor(role=Role.SALES, id="l"), at="2026-11-23T09:00:00Z")
NAME, MAIL, PHONE = "Quixanne Zorbl", "quix@zorbl.example", "+49 30 5559871"

POINTS = (
    "requested", "wiped vectors", "wiped reports, logs and exports in the home",
    "wiped conversations, proposals, decisions and inbox", "wiped graph database and its change log",
    "wiped", "destroyed", "done",
)  # fmt: skip


class KilledError(Exception):
    """The process ended here."""


@dataclass(kw_only=True)
class World:
    """A home whose graph outlives the process in memory."""

    below: InMemoryGraphStore
    store: SealedGraphStore
    state: State
    vectors: ChromaVectorMemory
    custody: Custody
    eraser: Eraser
    home: HomeFolder
    parts: AsyncExitStack


async def open_world(
    folder: Path,
    clock: FixedClock,
    below: InMemoryGraphStore,
    fault: Callable[[str], None] = lambda step: None,
) -> World:
    parts = AsyncExitStack()
    home = HomeFolder.at(folder)
    home.prepare()
    custody = await open_custody(KeyPlace(folder=home.keys), parts)
    state = await open_state(home, clock, parts, vault=custody.vault)
    store = SealedGraphStore(below, custody.vault, tombstones=custody)
    await store.migrate()
    vectors = ChromaVectorMemory(home.root / "vectors.db", version="v", dim=2)
    parts.push_async_callback(vectors.close)
    ports = eraser_ports(home, clock, custody, state, store=store, vectors=vectors)
    return World(
        below=below,
        store=store,
        state=state,
        vectors=vectors,
        custody=custody,
        eraser=Eraser(ports, fault),
        home=home,
        parts=parts,
    )


async def fill(world: World) -> None:
    person = {"name": NAME, "email": MAIL, "phone": PHONE, "account": "a1", "notes": "Zimtsterne"}
    await world.store.commit(
        changes_of(
            "c1",
            create("account:a1", {"name": "Zorbl AG", "notes": f"{NAME} decides"}),
            create("contact:c1", {**person, "name": "Quixanne Alt"}, ["crm|contact|7"]),
            create(
                "contact:c2", {"name": "Other Person", "account": "a1", "notes": f"knows {NAME}"}
            ),
            create("contact:c3", {"name": NAME, "account": "a1"}),
            create("lead:l1", {"name": "Q. Zorbl", "email": MAIL}),
            create("interaction:i1", {"contact": "c1", "account": "a1", "text": f"{NAME} called"}),
            create("interaction:i2", {"contact": "c1", "text": "private"}),
            create("interaction:i3", {"contact": "c2", "lead": "l1", "text": f"{NAME} and Other"}),
            create("order:o1", {"contact": "c1", "account": "a1", "amount": 10}),
        )
    )
    await world.store.commit(
        changes_of("c4", update("contact:c1", {"name": "Quixanne Alt"}, {"name": NAME}))
    )
    spoken = Message(role="user", text=f"call {NAME}", at="2026-11-23T09:00:00Z")
    other = Message(role="user", text="weather in Bonn", at="2026-11-23T09:00:00Z")
    await world.state.conversations.append(
        Conversation(thread="t1", turns=1, focus='{"refs":["contact:c1"]}'), [spoken, other]
    )
    await world.state.conversations.append(Conversation(thread="t2", turns=1), [other])
    await world.state.transcripts.append(
        TranscriptEntry(
            thread="t1", user_id="u", at="2026-11-23T09:00:00Z", text="who?", reply=f"{MAIL}"
        )
    )
    await world.vectors.add({
        "contact:c1#notes.0~x": (1.0, 0.0),
        "interaction:i1#text.0~x": (0.0, 1.0),
    })
    await world.vectors.add({"contact:c2#notes.0~x": (1.0, 0.0)})
    world.home.reports.mkdir(exist_ok=True)
    (world.home.reports / "import.csv").write_text(f"row,value\n1,{MAIL}\n2,fine\n")


async def gone(world: World) -> None:
    """Nothing of the person is left, and the others are whole."""
    people = [ref(n) for n in ("contact:c1", "lead:l1")]
    assert await world.store.get(people) == ()
    first, second, third = await world.store.get(
        [ref(f"interaction:i{n}") for n in (1, 2, 3)] + [ref("order:o1")]
    )
    assert dict(first.values) == {"account": "a1"}
    assert (second.ref, second.get("text"), second.get("lead")) == (
        ref("interaction:i3"),
        "█ and Other",
        None,
    )
    assert dict(third.values) == {"account": "a1", "amount": 10}
    other, namesake = await world.store.get([ref("contact:c2"), ref("contact:c3")])
    assert (other.get("name"), other.get("notes")) == ("Other Person", "knows █")
    assert namesake.get("name") == NAME
    assert [m.text for m in (await world.state.conversations.load("t1")).messages] == [
        "call █",
        "weather in Bonn",
    ]
    assert (await world.state.conversations.load("t2")).messages[0].text == "weather in Bonn"
    assert (await world.state.transcripts.entries("t1", "u"))[0].reply == "█"
    assert await world.vectors.ids() == ("contact:c2#notes.0~x",)
    assert search(world.home.root, [NAME, MAIL, PHONE, "Zimtsterne"]) == {}
    logged = [c for e in await world.store.history(ref=ref("contact:c1")) for c in e.changes]
    assert NAME not in repr(logged)
    assert MAIL not in repr(logged)
