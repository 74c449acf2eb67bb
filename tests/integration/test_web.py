"""The HTTP service over a real loopback socket: proof of who one is, turns, streams, limits, errors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from agents.turn import TurnReply, TurnRequest
from channels.inbound import Desk
from channels.ports import ProgressSink
from channels.testing.loopback import serving
from channels.web.app import build_web
from channels.web.auth import SESSION_COOKIE, csrf_token
from channels.web.limits import Rate
from channels.web.parts import WebLimits
from tests.integration.channel_bench import PASSWORD, Bench


@pytest.fixture
async def bench() -> Bench:
    made = Bench()
    await made.people()
    return made


@pytest.fixture
async def http(bench: Bench) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(build_web(bench.parts)) as base,
        httpx.AsyncClient(base_url=base, trust_env=False) as client,
    ):
        yield client


async def bearer(http: httpx.AsyncClient, user: str = "lena@example.com") -> dict[str, str]:
    answer = await http.post("/v1/login", json={"user": user, "password": PASSWORD})
    assert answer.status_code == 200
    return {"authorization": f"Bearer {answer.json()['token']}"}


async def say(
    http: httpx.AsyncClient, who: dict[str, str], text: str, **more: str
) -> dict[str, object]:
    answer = await http.post("/v1/chat", json={"text": text, **more}, headers=who)
    assert answer.status_code == 200, answer.text
    body: dict[str, object] = answer.json()
    return body


async def test_a_turn_as_one_json_object_has_the_documented_shape(http: httpx.AsyncClient) -> None:
    turn = await say(http, await bearer(http), "What are Priya's open opportunities?")
    assert {"turn", "reply", "lang", "tool_calls", "proposal", "question", "refusal", "evidence",
            "decision_id", "ms"} <= set(turn)  # fmt: skip
    assert [e["id"] for e in turn["evidence"]] == ["opportunity:O7", "interaction:I3#body"]
    assert turn["tool_calls"] == [
        {"name": "find_records", "args": {"kind": "opportunity"}, "outcome": "ok"}
    ]


async def test_the_purpose_of_a_message_reaches_the_gate(
    bench: Bench, http: httpx.AsyncClient
) -> None:
    await say(http, await bearer(http), "hello", purpose="quote")
    assert [r.purpose for r in bench.assistant.requests] == ["quote"]


async def test_a_turn_as_events_shows_progress_parts_and_the_whole(http: httpx.AsyncClient) -> None:
    who = await bearer(http) | {"accept": "text/event-stream"}
    answer = await http.post("/v1/chat", json={"text": "Reassign Lena's leads to Raj"}, headers=who)
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = [b.split("\n") for b in answer.text.strip().split("\n\n")]
    events = [
        (b[0].removeprefix("event: "), json.loads(b[1].removeprefix("data: "))) for b in blocks
    ]
    assert [name for name, _ in events] == ["progress", "progress", "reply", "proposal", "done"]
    assert events[1][1]["step"] == "looking up records"
    assert events[-1][1]["proposal"]["count"] == 9


async def test_an_error_of_ours_is_typed_and_in_the_language_of_the_user(
    http: httpx.AsyncClient,
) -> None:
    who = await bearer(http)
    plain = await http.post("/v1/chat", json={"text": "break", "lang": "zh"}, headers=who)
    assert plain.status_code == 503
    assert plain.json()["code"] == "E-STORE"
    assert plain.json()["message"].startswith("数据库没有响应")
    stream = {**who, "accept": "text/event-stream"}
    events = (await http.post("/v1/chat", json={"text": "break"}, headers=stream)).text
    assert "event: error" in events
    assert "Traceback" not in events


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/chat"),
        ("POST", "/v1/proposals/P1/confirm"),
        ("POST", "/v1/proposals/P1/cancel"),
        ("POST", "/v1/changes/C1/undo"),
        ("GET", "/v1/records?kind=lead"),
        ("GET", "/v1/records/lead/L1"),
        ("GET", "/v1/decisions/D1"),
        ("GET", "/v1/threads"),
        ("GET", "/v1/threads/x"),
        ("DELETE", "/v1/threads/x"),
        ("POST", "/v1/tokens"),
        ("POST", "/v1/link-codes"),
        ("POST", "/v1/logout"),
    ],
)
async def test_nothing_is_open_to_the_anonymous(
    http: httpx.AsyncClient, method: str, path: str
) -> None:
    for headers in (
        {},
        {"authorization": "Bearer nonsense"},
        {"cookie": f"{SESSION_COOKIE}=nonsense"},
    ):
        answer = await http.request(method, path, headers=headers, json={"text": "hi"})
        assert answer.status_code == 401, (headers, answer.text)
        assert answer.json()["code"] == "E-AUTH"


async def test_a_proposal_is_confirmed_once_by_its_own_author(
    bench: Bench, http: httpx.AsyncClient
) -> None:
    lena, raj = await bearer(http), await bearer(http, "raj@example.com")
    turn = await say(http, lena, "Reassign Lena's leads to Raj")
    assert turn["proposal"]["changes"][0] | {} == {
        "kind": "lead", "id": "L1", "field": "owner", "before": "Lena Fischer", "after": "Raj Patel",
        "action": "update", "title": "Morgan Wilson", "label": "owner",
        "before_text": "Lena Fischer", "after_text": "Raj Patel",
    }  # fmt: skip
    stranger = await http.post("/v1/proposals/P1/confirm", headers=raj)
    assert stranger.status_code == 404
    first = await http.post("/v1/proposals/P1/confirm", headers=lena)
    second = await http.post("/v1/proposals/P1/confirm", headers=lena)
    assert first.json()["change_id"] == "C-P1"
    assert second.json()["refusal"] is not None
    assert bench.assistant.committed == ["P1"]
    undone = await http.post("/v1/changes/C-P1/undo", headers=lena)
    assert undone.json()["change_id"] == "C-undo"


async def test_an_id_in_an_address_cannot_become_another_command(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/changes/C1 and more/undo", headers=await bearer(http))
    assert answer.status_code == 422


async def test_threads_are_private_whatever_name_is_given(
    bench: Bench, http: httpx.AsyncClient
) -> None:
    lena, raj = await bearer(http), await bearer(http, "raj@example.com")
    mine = await say(http, lena, "hello", thread="deals")
    again = await say(http, lena, "hello again", thread=str(mine["thread"]))
    theirs = await say(http, raj, "hello", thread=str(mine["thread"]))
    assert again["thread"] == mine["thread"] != theirs["thread"]
    assert "lena" not in str(mine["thread"])
    read = await http.get(f"/v1/threads/{mine['thread']}", headers=raj)
    assert read.json() == {"exchanges": []}
    own = await http.get(f"/v1/threads/{mine['thread']}", headers=lena)
    assert [e["text"] for e in own.json()["exchanges"]] == ["hello", "hello again"]


async def test_decisions_are_for_their_author_stewards_and_the_owner(
    http: httpx.AsyncClient,
) -> None:
    turn = await say(http, await bearer(http), "hello")
    path = f"/v1/decisions/{turn['decision_id']}"
    seen = [
        (await http.get(path, headers=await bearer(http, user))).status_code
        for user in ("lena@example.com", "raj@example.com", "owner")
    ]
    assert seen == [200, 404, 200]


async def test_records_are_read_with_what_is_withheld(http: httpx.AsyncClient) -> None:
    who = await bearer(http)
    found = await http.get("/v1/records", params={"kind": "lead", "limit": 1}, headers=who)
    assert (found.json()["total"], len(found.json()["records"])) == (2, 1)
    one = await http.get("/v1/records/lead/L1", headers=who)
    assert one.json()["withheld"] == {"phone": "role"}
    assert (await http.get("/v1/records/lead/L9", headers=who)).status_code == 404
    assert (
        await http.get("/v1/records", params={"kind": "lead", "limit": 0}, headers=who)
    ).status_code == 422


async def test_a_session_ends_and_a_token_cannot_prolong_itself(
    bench: Bench, http: httpx.AsyncClient
) -> None:
    session = await bearer(http)
    made = await http.post("/v1/tokens", json={"days": 1}, headers=session)
    token = {"authorization": f"Bearer {made.json()['token']}"}
    assert (await http.get("/v1/threads", headers=token)).status_code == 200
    assert (await http.post("/v1/tokens", json={"days": 1}, headers=token)).status_code == 403
    assert (await http.post("/v1/tokens", json={"days": 1000}, headers=session)).status_code == 422
    bench.clock.advance(timedelta(hours=13))
    assert (await http.get("/v1/threads", headers=session)).status_code == 401
    assert (await http.get("/v1/threads", headers=token)).status_code == 200
    assert (await http.post("/v1/logout", headers=token)).status_code == 204
    assert (await http.get("/v1/threads", headers=token)).status_code == 401


async def test_a_cookie_alone_changes_nothing(bench: Bench, http: httpx.AsyncClient) -> None:
    form = {"user": "lena@example.com", "password": PASSWORD}
    entered = await http.post("/sign-in", data=form)
    assert entered.status_code == 303
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    csrf = {"x-csrf-token": csrf_token(http.cookies[SESSION_COOKIE])}
    message = {"text": "hello"}
    assert (await http.post("/v1/chat", json=message)).status_code == 403
    cross = csrf | {"sec-fetch-site": "cross-site"}
    assert (await http.post("/v1/chat", json=message, headers=cross)).status_code == 403
    foreign = csrf | {"origin": "https://elsewhere.example"}
    assert (await http.post("/v1/chat", json=message, headers=foreign)).status_code == 403
    assert bench.assistant.requests == []
    assert (await http.post("/v1/chat", json=message, headers=csrf)).status_code == 200


async def test_the_one_time_link_is_spent_by_its_button_only(
    bench: Bench, http: httpx.AsyncClient
) -> None:
    link = await bench.accounts.issue("owner", "sign_in", ttl=timedelta(minutes=10))
    for _ in range(3):
        assert (await http.get("/sign-in/once")).status_code == 200
    assert (await http.post("/sign-in/once", data={"code": link.secret})).status_code == 303
    assert (await http.post("/sign-in/once", data={"code": link.secret})).status_code == 401
    late = await bench.accounts.issue("owner", "sign_in", ttl=timedelta(minutes=10))
    bench.clock.advance(timedelta(minutes=11))
    assert (await http.post("/sign-in/once", data={"code": late.secret})).status_code == 401


async def test_sign_in_attempts_run_out(http: httpx.AsyncClient) -> None:
    wrong = {"user": "lena@example.com", "password": "guess"}
    seen = [(await http.post("/v1/login", json=wrong)).status_code for _ in range(10)]
    assert set(seen[:8]) == {401}
    assert seen[-1] == 429


async def test_calls_run_out_and_come_back(bench: Bench) -> None:
    now = [0.0]
    bench.limits = WebLimits(calls=Rate(burst=2, per_minute=60), ticker=lambda: now[0])
    async with (
        serving(build_web(bench.parts)) as base,
        httpx.AsyncClient(base_url=base, trust_env=False) as http,
    ):
        who = await bearer(http)
        seen = [(await http.get("/v1/threads", headers=who)) for _ in range(3)]
        assert [a.status_code for a in seen] == [200, 200, 429]
        assert seen[2].headers["retry-after"] == "2"
        now[0] = 2.0
        assert (await http.get("/v1/threads", headers=who)).status_code == 200


async def test_large_bodies_and_foreign_hosts_are_refused(http: httpx.AsyncClient) -> None:
    who = await bearer(http)
    large = await http.post("/v1/chat", content=b"x" * 1_000_001, headers=who)
    assert (large.status_code, large.json()["code"]) == (413, "E-SIZE")

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"x" * 10_000

    streamed = await http.post("/v1/chat", content=chunks(), headers=who)
    assert streamed.status_code == 413
    foreign = await http.get("/healthz", headers={"host": "evil.example"})
    assert foreign.status_code == 400


async def test_every_answer_has_the_safe_headers(http: httpx.AsyncClient) -> None:
    for path in ("/sign-in", "/healthz", "/v1/threads", "/static/main.js", "/nowhere"):
        headers = (await http.get(path)).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert (await http.get("/nowhere")).json()["code"] == "E-METHOD"


async def test_metrics_count_without_names(http: httpx.AsyncClient) -> None:
    await say(http, await bearer(http), "What are Priya's open opportunities?")
    text = (await http.get("/metrics")).text
    assert 'guanxi_turns_total{outcome="answered"} 1' in text
    assert "lena" not in text
    assert "Priya" not in text


async def test_every_route_with_data_declares_its_401(http: httpx.AsyncClient) -> None:
    paths = (await http.get("/openapi.json")).json()["paths"]
    routes = [
        (p, m, o) for p, item in paths.items() for m, o in item.items() if p.startswith("/v1")
    ]
    assert len(routes) >= 13
    for path, method, operation in routes:
        assert {"400", "401", "422"} <= set(operation["responses"]), (method, path)


async def test_bad_requests_say_where(http: httpx.AsyncClient) -> None:
    who = await bearer(http)
    for body in ({}, {"text": ""}, {"text": "x", "colour": "red"}, {"text": "x", "thread": "a b"}):
        answer = await http.post("/v1/chat", json=body, headers=who)
        assert answer.status_code == 422
        assert answer.json()["code"] == "E-INPUT"
        assert "body" in answer.json()["detail"]
    broken = await http.post("/v1/chat", content=b"{\xff", headers=who)
    assert broken.status_code == 422


class Waits:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def turn(self, request: TurnRequest, progress: ProgressSink | None = None) -> TurnReply:
        await self.go.wait()
        return TurnReply(turn=1, reply="late", lang="en")


async def test_a_turn_goes_on_when_the_caller_hangs_up(bench: Bench) -> None:
    waits = Waits()
    bench.desk = Desk(assistant=waits, transcripts=bench.transcripts, clock=bench.clock)
    async with (
        serving(build_web(bench.parts)) as base,
        httpx.AsyncClient(base_url=base, trust_env=False) as http,
    ):
        who = await bearer(http) | {"accept": "text/event-stream"}
        body = {"text": "hello", "thread": "t"}
        async with http.stream("POST", "/v1/chat", json=body, headers=who) as stream:
            first = await anext(stream.aiter_lines())
            assert first == "event: progress"
        waits.go.set()
    kept = await bench.transcripts.threads("lena@example.com")
    assert [t.title for t in kept] == ["hello"]


async def test_a_failed_turn_is_in_the_transcript(http: httpx.AsyncClient) -> None:
    who = await bearer(http)
    await http.post("/v1/chat", json={"text": "break", "thread": "t"}, headers=who)
    thread = (await http.get("/v1/threads", headers=who)).json()["threads"][0]["thread"]
    seen = (await http.get(f"/v1/threads/{thread}", headers=who)).json()["exchanges"]
    assert seen[0]["turn"]["refusal"]["id"] == "E-STORE"
