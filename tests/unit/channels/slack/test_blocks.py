"""Block Kit of turns: within Slack's limits whatever the turn holds, and no markup from data."""

from __future__ import annotations

from agents.turn import TurnReply
from channels.ports import Button
from channels.slack.blocks import pressed_blocks, reply_message, sections
from channels.slack.gate import read_envelope
from channels.testing.block_kit import block_problems
from tests.integration.channel_bench import EVIDENCE, change, proposal
from tools.outcomes import Table


def button(number: int) -> Button:
    return Button(
        id=f"b{number}",
        channel="slack",
        thread="t",
        user_id="u",
        text="x",
        label="长" * 100,
        group="g",
    )


def test_the_largest_turn_is_within_the_limits() -> None:
    changes = tuple(change(n, "名" * 300, "前" * 5000, "后" * 5000) for n in range(500))
    rows = tuple(tuple("字" * 300 for _ in range(30)) for _ in range(300))
    reply = TurnReply(
        turn=1,
        reply="x" * 50_000,
        lang="zh",
        proposal=proposal("P", "总" * 2000, changes, "zh"),
        table=Table(columns=tuple("c" * 30 for _ in range(30)), rows=rows[:5]),
        evidence=EVIDENCE * 50,
        notices=("n" * 5000,),
    )
    message = reply_message(reply, [button(n) for n in range(30)])
    assert block_problems([block.to_dict() for block in message.blocks]) == []


def test_an_empty_reply_is_still_a_message() -> None:
    message = reply_message(TurnReply(turn=1, reply="", lang="en"), [])
    assert message.text


def test_long_text_is_split_at_lines() -> None:
    found = sections("\n".join(["a" * 1000] * 5))
    assert len(found) == 3


def test_a_pressed_message_keeps_all_but_its_buttons() -> None:
    blocks = [{"type": "section"}, {"type": "actions"}]
    kept = pressed_blocks(blocks, "<done>")
    assert [b["type"] for b in kept] == ["section", "context"]
    assert "&lt;done&gt;" in str(kept)


def test_the_key_of_an_envelope_repeats_with_the_delivery() -> None:
    event = read_envelope(b'{"event_id": "Ev1"}', "application/json")
    press = read_envelope(
        b"payload=%7B%22trigger_id%22%3A%22T1%22%7D", "application/x-www-form-urlencoded"
    )
    other = read_envelope(b'{"x": 1}', "application/json")
    assert event is not None
    assert press is not None
    assert other is not None
    assert (event.key, press.key, len(other.key)) == ("Ev1", "T1", 64)
