"""Rules and events over HTTP: signed in only, by role, each event once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from channels.bootstrap import App, build_app, build_service
from channels.ports import User
from channels.settings import Settings
from knowledge_graph.ontology.access import Role
from tests.unit.tools.rules.scene import build_scene

EVENT = {
    "id": "x1",
    "kind": "order.paid",
    "account": "sun",
    "at": "2026-11-23T09:00:00Z",
    "values": {"order.amount": 5},
}
RULE = {"sentence": "当客户付款时，通知客户成功经理", "confirm": True}


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    scene = await build_scene(tmp_path)
    app = await build_app(Settings(home=tmp_path / "home"), scene.clock, store=scene.store)
    yield app
    await app.close()


async def client(app: App, user: str = "") -> httpx.AsyncClient:
    headers = {}
    if user:
        issued = await app.accounts.issue(user, "api", ttl=timedelta(days=1))
        headers["Authorization"] = f"Bearer {issued.secret}"
    transport = httpx.ASGITransport(app=build_service(app, host="127.0.0.1"))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers)


async def test_from_a_rule_to_the_picture_of_its_firing(app: App) -> None:
    async with await client(app, "owner") as http:
        assert (await http.post("/v1/rules", json=RULE)).json()["outcome"] == "done"
        for taken in (1, 0):
            got = await http.post("/v1/events", json={"events": [EVENT]})
            assert got.json() == {"taken": taken}
        await app.rules.step()
        why = (await http.get("/v1/rules/R1/why", params={"record": "晨光光伏"})).json()["text"]
        assert "notify csm → 已完成" in why
        (firing,) = await app.state.journal.firings()
        drawn = await http.get(f"/v1/firings/{firing.id}.svg")
        assert drawn.headers["content-type"].startswith("image/svg+xml")
        assert "晨光光伏" in drawn.text
        health = (await http.get("/v1/rules/health")).json()
        assert health["data"]["firings"] == 1


async def test_nobody_without_a_sign_in_and_no_customer(app: App) -> None:
    async with await client(app) as http:
        assert (await http.get("/v1/rules")).status_code == 401
        assert (await http.post("/v1/events", json={"events": [EVENT]})).status_code == 401
    await app.accounts.add_user(User(id="ana", role=Role.CUSTOMER))
    async with await client(app, "ana") as http:
        assert (await http.get("/v1/rules")).status_code == 403
        assert (await http.post("/v1/rules", json=RULE)).status_code == 403
        assert (await http.post("/v1/events", json={"events": [EVENT]})).status_code == 403


async def test_an_event_that_is_none_is_refused(app: App) -> None:
    async with await client(app, "owner") as http:
        bad = {"events": [EVENT, {**EVENT, "id": "x2", "kind": "order.exploded"}]}
        got = await http.post("/v1/events", json=bad)
        assert (got.status_code, got.json()["code"]) == (422, "E-INPUT")
    assert await app.state.journal.unseen(["x1"]) == {"x1"}


async def test_rules_go_out_and_come_back_over_http(app: App) -> None:
    async with await client(app, "owner") as http:
        await http.post("/v1/rules", json=RULE)
        for format_ in ("cel", "dmn", "jdm"):
            got = await http.get("/v1/rules/export", params={"format": format_, "rule": "R1"})
            assert got.status_code == 200
            body = {"format": format_, "text": got.text}
            seen = (await http.post("/v1/rules/import", json=body)).json()
            assert seen["outcome"] == "proposed", seen
        assert (await http.get("/v1/rules/export", params={"format": "pdf"})).status_code == 422
        held = {**RULE, "sentence": "当客户健康度连续3天低于60时，通知客户成功经理"}
        assert (await http.post("/v1/rules", json=held)).json()["outcome"] == "done"
        lost = await http.get("/v1/rules/export", params={"format": "dmn"})
        assert (lost.status_code, lost.json()["code"]) == (422, "E-INPUT")
        changed = {**RULE, "rule": "R1", "sentence": "当客户付款时，通知客户负责人"}
        assert (await http.post("/v1/rules", json=changed)).json()["outcome"] == "done"
        told = (await http.get("/v1/rules/R1/diff")).json()
        assert told["data"]["against"] == "R1@1"


async def test_a_committee_decides_over_http(tmp_path: Path) -> None:
    scene = await build_scene(tmp_path)
    settings = Settings(home=tmp_path / "home", rule_committee=["ann"], rule_quorum=1)
    app = await build_app(settings, scene.clock, store=scene.store)
    try:
        await app.accounts.add_user(User(id="ann", role=Role.MANAGER))
        send = {**RULE, "sentence": "当客户健康度低于60时，给客户发送续约材料包"}
        async with await client(app, "owner") as http:
            assert (await http.post("/v1/rules", json=send)).json()["outcome"] == "done"
            mine = {"agree": True, "reason": "mine"}
            assert (await http.post("/v1/rules/R1/vote", json=mine)).json()["outcome"] == "refused"
        async with await client(app, "ann") as http:
            no_reason = {"agree": True, "reason": ""}
            assert (await http.post("/v1/rules/R1/vote", json=no_reason)).status_code == 422
            yes = {"agree": True, "reason": "续约季"}
            told = (await http.post("/v1/rules/R1/vote", json=yes)).json()
            assert told["data"]["outcome"] == "granted"
            rows = (await http.get("/v1/rules")).json()["rows"]
            assert rows[0]["状态"] == "生效"
    finally:
        await app.close()


async def test_a_rule_stops_when_its_owner_is_disabled(app: App) -> None:
    await app.accounts.add_user(User(id="bob", role=Role.SALES))
    async with await client(app, "bob") as http:
        assert (await http.post("/v1/rules", json=RULE)).json()["outcome"] == "done"
    await app.rules.step()
    await app.accounts.add_user(User(id="bob", role=Role.SALES, disabled=True))
    await app.rules.step()
    async with await client(app, "owner") as http:
        await http.post("/v1/events", json={"events": [EVENT]})
        await app.rules.step()
        assert await app.state.journal.firings() == ()
        rows = (await http.get("/v1/rules")).json()["rows"]
        assert rows[0]["状态"] == "已暂停"
