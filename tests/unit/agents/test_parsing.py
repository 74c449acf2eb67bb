"""Every shape of an answer is read or refused, never guessed."""

from __future__ import annotations

import json

import pytest
from langchain_core.messages import AIMessage

from agents.parsing import UnreadableReplyError, read_native, read_text, reply_schema
from tests.unit.agents.rig import FakeTools

CALL = {"tool": "find_records", "args": {"where": "x"}}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"calls": [CALL], "text": "", "cites": []}),
        json.dumps({"name": "find_records", "arguments": {"where": "x"}}),
        json.dumps({"name": "find_records", "arguments": '{"where": "x"}'}),
        json.dumps([CALL]),
        "Sure!\n```json\n" + json.dumps(CALL) + "\n```\nDone.",
        json.dumps({"tool_calls": [{"name": "find_records", "parameters": {"where": "x"}}]}),
        "<tools>\n"
        + json.dumps({"name": "find_records", "arguments": {"where": "x"}})
        + "</tools>",
        "<tool_call>" + json.dumps(CALL),
        json.dumps({
            "type": "function",
            "function": {"name": "find_records", "arguments": {"where": "x"}},
        }),
    ],
)
def test_calls(text: str) -> None:
    (call,) = read_text(text).calls
    assert (call.name, dict(call.args)) == ("find_records", {"where": "x"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[1]",
        "[" * 100_000,
        '{"calls": [{"tool": 1, "args": {}}]}',
        '{"calls": [], "text": ""}',
        '{"calls": [], "text": "x", "sudo": true}',
        '{"name": "find_records", "arguments": "{broken"}',
        "```json\n{",
        json.dumps({"calls": [CALL] * 13}),
        json.dumps({"calls": [{"tool": "ask_user", "args": {}}]}),
    ],
)
def test_unreadable(text: str) -> None:
    with pytest.raises(UnreadableReplyError):
        read_text(text)


def test_citations_are_taken_out_of_the_text() -> None:
    reply = read_native(AIMessage("3 leads. [cite: lead:l1, lead:l2]"))
    assert (reply.text, reply.cites) == ("3 leads.", ("lead:l1", "lead:l2"))


def test_each_tool_has_its_own_schema() -> None:
    schema = json.dumps(reply_schema(FakeTools().specs()))
    assert '{"const": "update_records"}' in schema
    assert '"additionalProperties": true' not in schema.lower()
