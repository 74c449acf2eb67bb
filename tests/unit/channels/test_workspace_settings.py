"""The settings of a workspace reach its conversations: language where a message shows none, and currency."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.turn import TurnRequest
from channels.bootstrap import build_app
from channels.clock import FixedClock
from channels.settings import Settings
from evals.worlds import given_records
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.testing.memory_store import InMemoryGraphStore

OWNER = Actor(role=Role.OWNER, id="owner")
DEALS = (
    {"kind": "opportunity", "id": "d1", "name": "Alpha", "amount": 500_000, "currency": "USD"},
    {"kind": "opportunity", "id": "d2", "name": "Beta", "amount": 600_000, "currency": "CNY"},
)


async def said(settings: Settings, clock: FixedClock, *texts: str) -> list[str]:
    app = await build_app(settings, clock, store=InMemoryGraphStore())
    try:
        access = Access(actor=OWNER, at="2026-11-23T09:00:00Z")
        await app.graph.commit(given_records(DEALS, "2026-11-23T09:00:00Z"), access)
        found = []
        for text in texts:
            request = TurnRequest(text=text, thread="t", actor=OWNER, channel="test")
            reply = await app.assistant.turn(request)
            rows = reply.table.rows if reply.table is not None else ()
            found.append(f"{reply.reply} {rows}")
        return found
    finally:
        await app.close()


@pytest.mark.parametrize(("language", "chinese"), [("zh", True), ("en", False), ("", False)])
async def test_the_language_holds_where_a_message_shows_none(
    home: Path, clock: FixedClock, language: str, chinese: bool
) -> None:
    settings = Settings(home=home, language=language)  # type: ignore[arg-type]  # one of its values
    first, spoken, after = await said(
        settings, clock, "/confirm", "how many deals are there?", "/confirm"
    )
    assert ("目前没有" in first) is chinese
    assert "2" in spoken
    assert "目前没有" not in after  # the conversation has become English


@pytest.mark.parametrize(("currency", "named"), [("USD", "Alpha"), ("CNY", "Beta")])
async def test_amounts_without_a_currency_are_in_the_workspaces(
    home: Path, clock: FixedClock, currency: str, named: str
) -> None:
    (reply,) = await said(Settings(home=home, currency=currency), clock, "deals over 400000")
    assert [name for name in ("Alpha", "Beta") if name in reply] == [named]
