"""The consent authority over HTTP: what the CRM's adapter and the authority's service agree on."""

from __future__ import annotations

import httpx
import pytest

from channels.authority.app import build_authority
from channels.clock import FixedClock
from channels.state.authority_client import HttpAuthority
from knowledge_graph.consent_ports import ConsentRequest
from knowledge_graph.errors import BadInputError, NotAllowedError, NotFoundError, UnavailableError
from knowledge_graph.ontology.fields import Tier
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.sovereignty.authority.desk import TRIES, AuthorityDesk
from knowledge_graph.sovereignty.grants.book import HighWater, live_grants
from knowledge_graph.sovereignty.key_files import open_keys, public_text, read_public

MEI = RecordRef(kind="contact", id="p1")
RECIPIENT = "a" * 64
TX = frozenset({Tier.TRANSACTION})


def request(person: RecordRef = MEI, purpose: str = "quote") -> ConsentRequest:
    return ConsentRequest(
        id="", person=person, tiers=TX, purpose=purpose, hours=24, asked_by="", asked_at=""
    )


@pytest.fixture
async def office(tmp_path):
    keys, letters = open_keys(tmp_path / "keys.json"), []
    clock = FixedClock.parse("2026-11-23T09:00:00Z")
    desk = AuthorityDesk(tmp_path / "a.db", keys, clock, letters.append)
    transport = httpx.ASGITransport(app=build_authority(desk, keys))
    async with httpx.AsyncClient(transport=transport, base_url="http://authority") as client:
        yield HttpAuthority("http://authority", client), letters, keys, client
    desk.close()


async def test_a_grant_comes_back_signed_and_its_signature_holds(office):
    authority, letters, keys, client = office
    asked = await authority.ask(request(), recipient=RECIPIENT, notice="may we?")
    assert letters[-1].code not in asked.where
    grant = await authority.confirm(asked.id, letters[-1].code, TX)
    told = read_public((await client.get("/keys")).json()["keys"])
    assert public_text(told) == public_text(keys.public)
    live = live_grants([grant], told, RECIPIENT, HighWater())
    assert live.find(grant.id).grant.purpose == "quote"
    assert not live_grants([grant], open_keys_elsewhere(), RECIPIENT, HighWater()).by_person
    assert (await authority.withdraw(grant.id)) == "2026-11-23T09:00:00Z"
    assert grant.id in (await client.get("/withdrawn")).json()["withdrawn"]


def open_keys_elsewhere():
    from knowledge_graph.sovereignty.crypto.signatures import Ed25519Signer

    return (Ed25519Signer.generate().public,)


async def test_guessing_a_code_kills_the_request(office):
    authority, letters, _, _ = office
    asked = await authority.ask(request(), recipient=RECIPIENT, notice="may we?")
    for _ in range(TRIES):
        with pytest.raises(NotAllowedError):
            await authority.confirm(asked.id, "00000000", TX)
    with pytest.raises(NotAllowedError):
        await authority.confirm(asked.id, letters[-1].code, TX)


async def test_bad_requests_are_typed_errors(office):
    authority, letters, _, client = office
    with pytest.raises(BadInputError):
        await authority.ask(request(purpose="*"), recipient=RECIPIENT, notice="x")
    with pytest.raises(BadInputError):
        await authority.ask(
            request(RecordRef(kind="account", id="a1")), recipient=RECIPIENT, notice="x"
        )
    with pytest.raises(NotFoundError):
        await authority.confirm("0" * 16, "12345678", TX)
    asked = await authority.ask(request(), recipient=RECIPIENT, notice="x")
    with pytest.raises(NotAllowedError):
        await authority.confirm(asked.id, letters[-1].code, frozenset({Tier.SENTIMENT}))
    assert (await client.post("/requests", json={"person": "x"})).status_code == 422


async def test_an_authority_that_is_not_there_is_unavailable():
    with pytest.raises(UnavailableError):
        await HttpAuthority("http://127.0.0.1:9").ask(request(), recipient=RECIPIENT, notice="x")
