"""Every ledger keeps one contract: either hash, sealed or not, and two writers on one file."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from channels.state.custody import KeyPlace, open_custody
from knowledge_graph.consent_ports import Ledger, LedgerEvent
from knowledge_graph.errors import CrmError
from knowledge_graph.keeping import KeyVault
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.sovereignty.key_files import open_keys
from knowledge_graph.sovereignty.ledger.book import LedgerBook
from knowledge_graph.sovereignty.ledger.store import SqliteLedger
from knowledge_graph.sovereignty.verifier import verify_bundle

ANNA, BO = RecordRef(kind="contact", id="anna"), RecordRef(kind="lead", id="bo")
AT = "2026-11-23T09:00:00Z"


@dataclass(frozen=True)
class Two:
    """One ledger as two processes have it, and the keys that verify it."""

    here: Ledger
    there: Ledger
    keys: list[str]
    file: Path


@pytest.fixture(params=["sm3", "sha256", "sm3 unsealed"])
async def books(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Two]:
    algorithm, _, unsealed = str(request.param).partition(" ")
    async with AsyncExitStack() as parts:
        vault: KeyVault | None = None
        if not unsealed:
            vault = (await open_custody(KeyPlace(folder=tmp_path / "keys"), parts)).vault
        signing, file, made = open_keys(tmp_path / "signing.json"), tmp_path / "ledger.db", []
        for _ in range(2):
            tree = SqliteLedger(file, origin=f"example.com/ledger/{algorithm}")
            parts.callback(tree.close)
            made.append(LedgerBook(tree, signing, vault=vault))
        yield Two(made[0], made[1], [key.text() for key in made[0].keys], file)


def event(person: RecordRef = ANNA, what: str = "name") -> LedgerEvent:
    return LedgerEvent(
        type="use.answered", at=AT, actor="sales:lena", person=person, facts={"fields": (what,)}
    )


async def test_two_writers_continue_one_book(books: Two) -> None:
    assert await books.here.append([event(), event(BO)]) == (0, 1)
    assert await books.there.append([event(what="phone")]) == (2,)
    assert await books.here.append([event(what="email")]) == (3,)
    assert await books.here.append([]) == ()
    entries = await books.there.entries(ANNA)
    assert [(e.seq, e.n, e.facts["fields"]) for e in entries] == [
        (0, 1, ("name",)),
        (2, 2, ("phone",)),
        (3, 3, ("email",)),
    ]


async def test_a_bundle_verifies_and_continues_the_last_checkpoint(books: Two) -> None:
    await books.here.append([event()])
    note = await books.there.checkpoint(at=AT)
    await books.there.append([event(BO), event(what="phone")])
    report = verify_bundle(await books.here.bundle(ANNA, previous=note), books.keys, note)
    assert (report.problems, report.entries, report.continued) == ([], 2, True)
    assert not verify_bundle(
        await books.here.bundle(ANNA, previous=note), books.keys[:1] * 2, "x"
    ).ok
    with pytest.raises(CrmError):
        await books.here.bundle(ANNA, previous=note.replace("example.com", "example.org"))


async def test_a_bundle_holds_nothing_of_others(books: Two) -> None:
    await books.here.append([event(), event(BO, "secret-of-bo")])
    bundle = json.loads(await books.there.bundle(ANNA))
    assert len(bundle["entries"]) == 1
    assert "secret-of-bo" not in json.dumps(bundle)


async def test_an_unchanged_book_gives_the_same_checkpoint(books: Two) -> None:
    await books.here.append([event()])
    assert await books.here.checkpoint(at=AT) == await books.there.checkpoint(at=AT)


async def test_forgetting_blinds_a_person_and_keeps_the_tree(books: Two) -> None:
    await books.here.append([event(), event(BO), event(what="phone")])
    note = await books.here.checkpoint(at=AT)
    assert await books.there.forget(ANNA) == 2
    assert await books.there.forget(ANNA) == 0
    assert await books.here.entries(ANNA) == ()
    assert len(await books.here.entries(BO)) == 1
    report = verify_bundle(await books.here.bundle(BO, previous=note), books.keys, note)
    assert (report.problems, report.entries) == ([], 1)
    assert b"anna" not in b"".join(p.read_bytes() for p in books.file.parent.glob("ledger.db*"))
