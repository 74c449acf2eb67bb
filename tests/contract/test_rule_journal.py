"""What every `RuleJournal` promises; run against each adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge_graph.errors import ConflictError
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.rule_ports import (
    Batch,
    Effect,
    FiringEntry,
    RuleEvent,
    RuleJournal,
    RuleMessage,
    Settlement,
    Standing,
    Vote,
)
from knowledge_graph.stores.sqlite.file import SqliteFile
from knowledge_graph.stores.sqlite.rule_journal import SqliteRuleJournal

SUN = RecordRef(kind="account", id="sun")
AT = "2026-11-23T09:00:00Z"
EVENT = RuleEvent(
    id="ev1",
    kind="order.paid",
    subject=SUN,
    at=AT,
    values={"order.amount": 5, "order.tags": ("a",)},
)
STANDING = Standing(contract="R1@1", subject=SUN, inside=True, entries=1, since=AT, fired_at=AT)
FIRING = FiringEntry(
    id="f1",
    contract="R1@1",
    subject=SUN,
    at="2026-11-23T09:00:00.100Z",
    received_at="2026-11-23T09:00:00.000Z",
    cause="in:1",
    proof="{}",
)
EFFECT = Effect(
    key="k1",
    contract="R1@1",
    firing="f1",
    action="pool.add",
    args={"pool": "nurture"},
    subject=SUN,
    due_at=AT,
)
BATCH = Batch(
    events=(EVENT,),
    standings=(STANDING,),
    firings=(FIRING,),
    effects=(EFFECT,),
    claims=(("R1@1#0", AT),),
)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[RuleJournal]:
    file = SqliteFile(tmp_path / "state.db")
    await file.open()
    yield SqliteRuleJournal(file)
    await file.close()


async def test_it_is_a_journal(journal: RuleJournal) -> None:
    assert isinstance(journal, RuleJournal)


async def test_a_batch_is_read_back_as_it_was_kept(journal: RuleJournal) -> None:
    await journal.record(BATCH)
    assert await journal.unseen(["ev1", "ev2"]) == {"ev2"}
    assert await journal.events(since=AT) == (EVENT,)
    assert await journal.standings(["R1@1", "R2@1"]) == (STANDING,)
    assert await journal.firings(contract="R1") == (FIRING,)
    assert await journal.firings(contract="R1@1", subject=SUN) == (FIRING,)
    assert await journal.firing("f1") == FIRING
    assert await journal.firing("f2") is None
    assert await journal.effects(["f1"]) == (EFFECT,)
    assert await journal.due(AT) == (EFFECT,)
    assert await journal.last_claim("R1@1#0") == AT


@pytest.mark.parametrize(
    "again",
    [
        Batch(events=(EVENT,)),
        Batch(firings=(FIRING,)),
        Batch(effects=(EFFECT,)),
        Batch(claims=(("R1@1#0", AT),)),
    ],
)
async def test_what_is_kept_already_keeps_the_whole_batch_out(
    journal: RuleJournal, again: Batch
) -> None:
    await journal.record(BATCH)
    other = replace(EVENT, id="ev2")
    with pytest.raises(ConflictError):
        await journal.record(replace(again, events=(*again.events, other)))
    assert await journal.unseen(["ev2"]) == {"ev2"}


async def test_a_rule_is_no_other_rule_of_the_same_beginning(journal: RuleJournal) -> None:
    await journal.record(Batch(firings=(FIRING, replace(FIRING, id="f2", contract="R12@1"))))
    assert [f.id for f in await journal.firings(contract="R1")] == ["f1"]


async def test_a_standing_is_replaced(journal: RuleJournal) -> None:
    await journal.record(Batch(standings=(STANDING,)))
    left = replace(STANDING, inside=False)
    await journal.record(Batch(standings=(left,)))
    assert await journal.standings(["R1@1"]) == (left,)


async def test_an_effect_is_settled_once(journal: RuleJournal) -> None:
    await journal.record(BATCH)
    message = RuleMessage(
        key="k1", at=AT, to="role:csm", title="t", text="x", subject=SUN, contract="R1@1"
    )
    done = Settlement(key="k1", state="done", note="n", change_id="c1", messages=(message,))
    assert await journal.settle(done) is True
    assert await journal.settle(done) is False
    assert await journal.messages(("role:csm",)) == (message,)
    assert await journal.messages(("role:legal",)) == ()
    assert await journal.due(AT) == ()
    (kept,) = await journal.effects(["f1"])
    assert (kept.state, kept.note, kept.change_id, kept.attempts) == ("done", "n", "c1", 1)


async def test_an_effect_that_has_to_wait_is_due_later(journal: RuleJournal) -> None:
    await journal.record(BATCH)
    later = "2026-11-23T09:05:00Z"
    await journal.settle(Settlement(key="k1", state="waiting", note="no answer", due_at=later))
    assert await journal.due(AT) == ()
    assert [e.attempts for e in await journal.due(later)] == [1]


async def test_what_a_contract_still_waits_to_do_is_dropped(journal: RuleJournal) -> None:
    await journal.record(BATCH)
    assert await journal.release("R1@1", note="paused") == 1
    assert await journal.due(AT) == ()


async def test_the_budget_counts_what_was_not_held(journal: RuleJournal) -> None:
    await journal.record(Batch(effects=(EFFECT, replace(EFFECT, key="k2", state="held"))))
    assert await journal.spent("R1@1", "2026-11-23") == 1
    assert await journal.spent("R1@1", "2026-11-24") == 0


async def test_firings_are_noted_once(journal: RuleJournal) -> None:
    await journal.record(BATCH)
    assert [f.id for f in await journal.unnoted()] == ["f1"]
    await journal.noted(["f1"])
    assert await journal.unnoted() == ()


async def test_a_second_vote_replaces_the_first(journal: RuleJournal) -> None:
    first = Vote(contract="R1@1", voter="ann", approves=True, reason="fine", at=AT)
    await journal.vote(first)
    await journal.vote(replace(first, approves=False, reason="wrong pool"))
    assert [(v.approves, v.reason) for v in await journal.votes("R1@1")] == [(False, "wrong pool")]


async def test_tallies_count_by_contract(journal: RuleJournal) -> None:
    await journal.record(BATCH)
    await journal.record(Batch(effects=(replace(EFFECT, key="k2", state="failed"),)))
    (tally,) = await journal.tallies()
    assert (tally.contract, tally.firings, tally.customers) == ("R1@1", 1, 1)
    assert (tally.waiting, tally.failed, tally.done) == (1, 1, 0)
    assert tally.latency_s == pytest.approx((0.1,))
    assert await journal.tallies(since="2026-12-01T00:00:00Z") == ()


async def test_a_message_is_told_once(journal: RuleJournal) -> None:
    message = RuleMessage(
        key="waits|R1@1|user:ann",
        at=AT,
        to="user:ann",
        title="please decide",
        text="…",
        subject=RecordRef(kind="rule", id="R1@1"),
        contract="R1@1",
        kind="approval",
    )
    await journal.record(Batch(messages=(message,)))
    await journal.record(Batch(messages=(replace(message, text="again"),)))
    assert await journal.messages(("user:ann",)) == (message,)
