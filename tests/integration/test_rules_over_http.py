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
