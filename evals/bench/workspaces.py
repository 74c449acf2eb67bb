"""Workspaces of any size for measuring, the same with every run."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from channels.bootstrap import App, build_app
from channels.clock import FixedClock
from channels.settings import Settings
from evals.bench.measuring import NOW
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import Origin, RecordRef, Value

CITIES = ("Berlin", "Hamburg", "Munich", "Paris", "苏州", "上海", "深圳", "成都", "Milan", "Oslo")
INDUSTRIES = ("pv_manufacturing", "medical_device", "saas", "food", "logistics", "machinery")
STAGES = ("qualification", "proposal", "negotiation", "won", "lost")
PEOPLE = ("Raj Patel", "Priya Nair", "Lena Schmidt", "Tom Becker", "李薇", "王芳", "张磊", "陈晨")
FIRST = ("Anna", "Marco", "Jonas", "Sofia", "Emma", "Lukas", "建国", "敏", "杰", "静", "丽", "涛")
LAST = ("Weber", "Rossi", "Keller", "Braun", "Dahl", "Clarke", "王", "赵", "周", "何", "孙", "吴")
WORDS = (
    "Aurora",
    "Boreal",
    "Cedar",
    "Delta",
    "Ember",
    "光华",
    "晶辉",
    "瑞康",
    "恒源",
    "云帆",
    "Fjord",
)
BATCH = 2000
ACCESS = Access(actor=Actor(role=Role.OWNER, id="owner"), at=NOW.strftime("%Y-%m-%dT%H:%M:%SZ"))


@asynccontextmanager
async def embedded(home: Path | None = None) -> AsyncIterator[App]:
    """Give an app over the embedded database, in a folder of its own unless one is given."""
    with TemporaryDirectory(prefix="guanxi-bench-") as folder:
        app = await build_app(Settings(home=home or Path(folder)), FixedClock(NOW))
        try:
            yield app
        finally:
            await app.close()


async def fill(app: App, records: int) -> None:
    """Write employees, accounts, contacts and opportunities, so many in all."""
    await commit_all(app, _changes(records))


async def commit_all(app: App, changes: Iterator[RecordChange]) -> None:
    """Write changes in sets of a bounded size."""
    batch: list[RecordChange] = []
    number = 0
    for change in changes:
        batch.append(change)
        if len(batch) == BATCH:
            await app.graph.commit(_set(batch, number), ACCESS)
            batch, number = [], number + 1
    if batch:
        await app.graph.commit(_set(batch, number), ACCESS)


def _set(changes: list[RecordChange], number: int) -> ChangeSet:
    return ChangeSet(
        id=f"bench{number}",
        at=ACCESS.at,
        actor="owner:bench",
        reason="benchmark",
        changes=tuple(changes),
        origin=Origin(system="bench", place="made", observed_at=ACCESS.at),
    )


def _changes(records: int) -> Iterator[RecordChange]:
    dice = random.Random(7)
    for number, name in enumerate(PEOPLE):
        yield new("employee", f"e{number}", {"name": name, "team": "sales"})
    rest = records - len(PEOPLE)
    accounts, contacts = rest // 5, rest * 2 // 5
    for n in range(accounts):
        yield new("account", f"a{n}", _account(dice, n))
    for n in range(contacts):
        name = f"{dice.choice(FIRST)} {dice.choice(LAST)}{n}"
        yield new(
            "contact", f"c{n}", {"name": name, "account": f"a{n % accounts}", "owner": _owner(dice)}
        )
    for n in range(rest - accounts - contacts):
        yield new("opportunity", f"o{n}", _opportunity(dice, n, accounts))


def _account(dice: random.Random, n: int) -> dict[str, Value]:
    return {
        "name": f"{dice.choice(WORDS)} {dice.choice(WORDS)} {n}",
        "city": dice.choice(CITIES),
        "industry": dice.choice(INDUSTRIES),
        "owner": _owner(dice),
        "employee_count": dice.randrange(5, 5000),
        "last_contact_date": f"2026-{dice.randrange(1, 12):02d}-{dice.randrange(1, 29):02d}",
    }


def _opportunity(dice: random.Random, n: int, accounts: int) -> dict[str, Value]:
    return {
        "name": f"{dice.choice(WORDS)} project {n}",
        "account": f"a{dice.randrange(accounts)}",
        "owner": _owner(dice),
        "stage": dice.choice(STAGES),
        "amount": dice.randrange(1, 500) * 1000,
        "close_date": f"2026-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}",
    }


def _owner(dice: random.Random) -> str:
    return f"e{dice.randrange(len(PEOPLE))}"


def new(kind: str, record_id: str, values: dict[str, Value]) -> RecordChange:
    """Return the creation of a record with a name."""
    return RecordChange(
        action=Action.CREATE,
        ref=RecordRef(kind=kind, id=record_id),
        title=str(values["name"]),
        before={},
        after=MappingProxyType(values),
    )


def contacts_csv(rows: int) -> str:
    """Return a CSV file of contacts as another CRM would export it."""
    dice = random.Random(11)
    lines = ["Contact ID,Full Name,Email,Phone,Title,City,Account Name,Last Contact Date,Notes"]
    for n in range(rows):
        name = f"{dice.choice(FIRST)} {dice.choice(LAST)}{n}"
        lines.append(
            f"X{n},{name},p{n}@c{n % 997}.example,+49 30 {5550000 + n},Buyer,{dice.choice(CITIES)},"
            f"Company {n % 997},2026-{dice.randrange(1, 12):02d}-{dice.randrange(1, 29):02d},Met at the fair"
        )
    return "\n".join(lines) + "\n"
