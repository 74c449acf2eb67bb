"""The dispatcher and the desk: once, in order, and an error of ours is an answer."""

from __future__ import annotations

import asyncio

import pytest

from agents.turn import Progress, TurnReply, TurnRequest
from channels.clock import FixedClock
from channels.inbound import MAX_ATTEMPTS, Desk, Dispatcher, make_buttons
from channels.ports import FieldWords, InboxRow, ProgressSink, User
from channels.testing.collecting import CollectingChannel
from channels.testing.stores import InMemoryInbox, InMemoryTranscripts
from knowledge_graph.errors import ConflictError
from knowledge_graph.ontology.access import Role
from tests.integration.channel_bench import Bench, change, proposal

LENA = User(id="lena@example.com", role=Role.SALES)


class Answers:
    """Says what it is told to, or fails."""

    def __init__(self, said: TurnReply | Exception, *, waits: bool = False) -> None:
        self.said = said
        self.waits = waits

    async def turn(self, request: TurnRequest, progress: ProgressSink | None = None) -> TurnReply:
        if progress is not None:
            await progress(Progress(step="one"))
        if self.waits:
            await asyncio.Event().wait()
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


class Labels:
    """Calls every field by another name."""

    async def words(self, changes: object, actor: object, lang: object) -> tuple[object, ...]:
        return ((FieldWords(field="owner", label="负责人", before="莱娜", after="李薇"),),)


def request(text: str = "你好") -> TurnRequest:
    return TurnRequest(text=text, thread="t", actor=LENA.actor, channel="web")


def desk(assistant: Answers, **more: object) -> Desk:
    clock = FixedClock.parse("2026-11-23")
    made = {"assistant": assistant, "transcripts": InMemoryTranscripts(), "clock": clock}
    return Desk(**(made | more))


async def test_an_error_of_ours_becomes_a_failure_in_the_language_of_the_message() -> None:
    answer = await desk(Answers(ConflictError("changed since; nothing was changed"))).answer(
        request(), LENA
    )
    assert answer.failure is not None
    assert (answer.failure.code, answer.failure.lang) == ("E-CONFLICT", "zh")


async def test_a_bug_passes_on() -> None:
    with pytest.raises(ZeroDivisionError):
        await desk(Answers(ZeroDivisionError())).answer(request(), LENA)


async def test_a_turn_that_takes_too_long_is_a_failure() -> None:
    answer = await desk(Answers(ValueError(), waits=True), timeout_s=0.01).answer(request(), LENA)
    assert answer.failure is not None
    assert answer.failure.code == "E-TIMEOUT"


async def test_a_proposal_is_worded_for_people_and_kept_raw_for_programs() -> None:
    kept = proposal("P1", "s", (change(1, "王芳", "E1", "E2"), change(2, "李雷", "E1", "E2")), "zh")
    said = TurnReply(turn=1, reply="s", lang="zh", proposal=kept)
    answer = await desk(Answers(said), words=Labels()).answer(request(), LENA)
    assert answer.reply is said
    assert answer.worded is not None
    assert answer.worded.proposal is not None
    first, second = answer.worded.proposal.change_set.changes
    assert (first.before, first.after) == ({"负责人": "莱娜"}, {"负责人": "李薇"})
    assert second == kept.change_set.changes[1]


async def test_the_buttons_of_a_message_share_a_group_and_hold_no_text_outside() -> None:
    kept = proposal("P1", "s", (change(1, "王芳", "E1", "E2"),), "zh")
    said = TurnReply(turn=1, reply="s", lang="zh", proposal=kept)
    answer = await desk(Answers(said)).answer(request(), LENA)
    buttons = make_buttons(answer, "telegram", ("确认", "取消", "撤销"))
    assert [b.text for b in buttons] == ["/confirm P1", "/cancel P1"]
    assert len({b.group for b in buttons}) == 1
    assert all(len(b.id) <= 32 and b.id.isascii() for b in buttons)


class Worked:
    """A dispatcher and what it worked."""

    def __init__(self, inbox: InMemoryInbox) -> None:
        self.bodies: list[str] = []
        self.dispatcher = Dispatcher(
            channel="slack",
            inbox=inbox,
            clock=FixedClock.parse("2026-11-23"),
            handle=self.handle,
            lane=lambda row: row.body[0],
        )

    async def handle(self, row: InboxRow) -> None:
        await asyncio.sleep(0)
        if row.body.endswith("bad"):
            raise RuntimeError("a bug")
        self.bodies.append(row.body)


async def test_a_lane_is_worked_in_order_and_a_bad_message_does_not_stop_it() -> None:
    inbox = InMemoryInbox()
    worked = Worked(inbox)
    for n, body in enumerate(["a1", "b1", "a bad", "a2", "b2"]):
        assert await worked.dispatcher.accept(str(n), body)
    assert not await worked.dispatcher.accept("0", "a1")
    await worked.dispatcher.idle()
    assert [b for b in worked.bodies if b[0] == "a"] == ["a1", "a2"]
    assert [b for b in worked.bodies if b[0] == "b"] == ["b1", "b2"]
    assert await inbox.waiting("slack") == ()


async def test_what_ended_the_process_too_often_is_put_aside() -> None:
    inbox = InMemoryInbox()
    await inbox.receive(InboxRow(channel="slack", key="k", body="a", received_at=""))
    for _ in range(MAX_ATTEMPTS):
        await inbox.begin("slack", "k")
    worked = Worked(inbox)
    assert await worked.dispatcher.resume() == 1
    await worked.dispatcher.idle()
    assert worked.bodies == []
    assert await inbox.waiting("slack") == ()


async def test_work_that_a_stop_cuts_off_stays_in_the_inbox() -> None:
    inbox = InMemoryInbox()
    started = asyncio.Event()

    async def forever(_: InboxRow) -> None:
        started.set()
        await asyncio.Event().wait()

    dispatcher = Dispatcher(
        channel="slack",
        inbox=inbox,
        clock=FixedClock.parse("2026-11-23"),
        handle=forever,
        lane=lambda _: "",
    )
    await dispatcher.accept("k", "a")
    await started.wait()
    await dispatcher.stop(grace_s=0)
    assert [row.key for row in await inbox.waiting("slack")] == ["k"]


async def test_a_conversation_is_played_without_any_outside_system() -> None:
    bench = Bench()
    await bench.people()
    lena = await bench.accounts.user("lena@example.com")
    channel = CollectingChannel(bench.desk)
    await channel.say(lena, "Reassign Lena's leads to Raj")
    assert [b.label for b in channel.buttons] == ["confirm", "cancel"]
    await channel.press(lena, "confirm")
    assert bench.assistant.committed == ["P1"]
    assert [b.label for b in channel.buttons] == ["undo"]
    assert len(channel.answers) == 2
