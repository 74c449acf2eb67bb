"""Every store of grounds keeps one contract; also when two processes share it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from knowledge_graph.consent import Ground, LegalBasis
from knowledge_graph.consent_ports import ConsentRequest, ConsentStore, GrantUse, KeptGrant
from knowledge_graph.errors import NotFoundError
from knowledge_graph.ontology.fields import Tier
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.stores.sqlite.consents import SqliteConsents
from knowledge_graph.stores.sqlite.file import SqliteFile

ANNA, BO = RecordRef(kind="contact", id="anna"), RecordRef(kind="lead", id="bo")
AT, LATER = "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z"


@dataclass(frozen=True)
class Two:
    """One store as two processes have it: what is written in one is read in the other."""

    here: ConsentStore
    there: ConsentStore


@pytest.fixture(params=["one connection", "two connections"])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Two]:
    files = [SqliteFile(tmp_path / "consents.db")]
    if request.param == "two connections":
        files.append(SqliteFile(tmp_path / "consents.db"))
    made = [SqliteConsents(file) for file in files]
    for store in made:
        await store.open()
    yield Two(made[0], made[-1])
    for file in files:
        await file.close()


def basis(basis_id: str = "b1", person: RecordRef | None = ANNA) -> LegalBasis:
    return LegalBasis(
        id=basis_id,
        person=person,
        tier=Tier.TRANSACTION,
        ground=Ground.CONTRACT,
        purposes=frozenset({"service"}),
        why="the order of May",
        recorded_at=AT,
        recorded_by="steward:kim",
        review_on="2027-11-23",
    )


def grant(grant_id: str = "g1", person: RecordRef = ANNA) -> KeptGrant:
    return KeptGrant(id=grant_id, person=person, body=b"{}", signatures=(("k", b"s"),))


def asked(request_id: str = "r1", person: RecordRef = ANNA) -> ConsentRequest:
    return ConsentRequest(
        id=request_id,
        person=person,
        tiers=frozenset({Tier.TRANSACTION}),
        purpose="quote",
        hours=24,
        asked_by="sales:lena",
        asked_at=AT,
    )


def use(turn: str, grant_id: str = "g1", thread: str = "t") -> GrantUse:
    return GrantUse(grant=grant_id, turn=turn, thread=thread, at=AT)


async def test_bases_are_kept_replaced_and_ended(stores: Two) -> None:
    await stores.here.record_basis(basis())
    await stores.here.record_basis(replace(basis(), ground=Ground.LEGAL_DUTY))
    await stores.here.record_basis(basis("b2", None))
    assert {b.id: b.ground for b in await stores.there.bases()} == {
        "b1": Ground.LEGAL_DUTY,
        "b2": Ground.CONTRACT,
    }
    await stores.there.end_basis("b1", at=LATER)
    assert [b.id for b in await stores.here.bases()] == ["b2"]
    with pytest.raises(NotFoundError):
        await stores.here.end_basis("none", at=LATER)


async def test_a_grant_stays_as_it_came_and_its_first_withdrawal_stands(stores: Two) -> None:
    await stores.here.add_grant(grant())
    await stores.there.add_grant(replace(grant(), body=b"another", person=BO))
    await stores.here.revoke("g1", at=AT)
    await stores.there.revoke("g1", at=LATER)
    (kept,) = await stores.here.grants()
    assert (kept.body, kept.person, kept.signatures, kept.revoked_at) == (
        b"{}",
        ANNA,
        (("k", b"s"),),
        AT,
    )
    with pytest.raises(NotFoundError):
        await stores.here.revoke("none", at=LATER)


async def test_uses_are_counted_once_a_turn(stores: Two) -> None:
    await stores.here.add_grant(grant())
    assert await stores.here.spend(use("1"), most=2)
    assert await stores.there.spend(use("1"), most=2)
    assert await stores.there.spend(use("2"), most=2)
    assert not await stores.here.spend(use("3"), most=2)
    assert await stores.here.spend(use("3"), most=None)
    assert {u.turn for u in await stores.there.used_in("t")} == {"1", "2", "3"}
    assert await stores.there.used_in("another") == ()


async def test_restrictions_are_lifted_by_an_empty_reason(stores: Two) -> None:
    await stores.here.restrict(ANNA, "objected")
    await stores.here.restrict(ANNA, "restricted")
    assert dict(await stores.there.restricted()) == {ANNA: "restricted"}
    await stores.there.restrict(ANNA, "")
    assert dict(await stores.here.restricted()) == {}


async def test_requests_are_newest_first_and_take_their_new_status(stores: Two) -> None:
    await stores.here.add_request(asked("r1"))
    await stores.there.add_request(asked("r2", BO))
    await stores.here.add_request(replace(asked("r1"), status="granted", grant="g1"))
    assert {r.id: r.status for r in await stores.there.requests()} == {
        "r1": "granted",
        "r2": "waiting",
    }
    assert [r.id for r in await stores.there.requests(BO)] == ["r2"]


async def test_the_mark_changes_with_every_change(stores: Two) -> None:
    marks = [await stores.there.mark()]
    for change in (
        stores.here.record_basis(basis()),
        stores.here.add_grant(grant()),
        stores.here.revoke("g1", at=AT),
        stores.here.restrict(BO, "objected"),
        stores.here.end_basis("b1", at=LATER),
        stores.here.restrict(BO, ""),
    ):
        await change
        marks.append(await stores.there.mark())
    assert len(set(marks)) == len(marks)
    assert await stores.there.mark() == marks[-1]


async def test_the_clock_goes_forward_only(stores: Two) -> None:
    assert await stores.here.latest_seen(LATER) == LATER
    assert await stores.there.latest_seen(AT) == LATER
    assert await stores.there.latest_seen("") == LATER


async def test_forgetting_takes_everything_of_one_person(stores: Two) -> None:
    for person, number in ((ANNA, "1"), (BO, "2")):
        await stores.here.record_basis(basis(f"b{number}", person))
        await stores.here.add_grant(grant(f"g{number}", person))
        await stores.here.spend(use("1", f"g{number}"), most=None)
        await stores.here.restrict(person, "objected")
        await stores.here.add_request(asked(f"r{number}", person))
    assert await stores.there.forget(ANNA) >= 4
    assert [b.person for b in await stores.here.bases()] == [BO]
    assert [g.person for g in await stores.here.grants()] == [BO]
    assert [u.grant for u in await stores.here.used_in("t")] == ["g2"]
    assert dict(await stores.here.restricted()) == {BO: "objected"}
    assert [r.person for r in await stores.here.requests()] == [BO]
    assert await stores.there.forget(ANNA) == 0
