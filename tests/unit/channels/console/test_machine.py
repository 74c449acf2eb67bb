"""`chat --json`: one object a line, whatever comes in."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping

import pytest

from agents.turn import Question, ToolCallRecord, TurnReply, TurnRequest
from channels.console.lines import MAX_CHARS, Speaker, check_line
from channels.console.machine import chat_json, turn_object
from channels.console.terminal import chosen
from channels.ports import ProgressSink
from knowledge_graph.errors import StoreUnavailableError
from knowledge_graph.ontology.access import Actor, Role
from knowledge_graph.ontology.change import Action, ChangeSet, Proposal, RecordChange
from knowledge_graph.ontology.evidence import Evidence
from knowledge_graph.ontology.record import Origin, RecordRef
from tools.outcomes import Option, Table

OWNER = Actor(role=Role.OWNER, id="owner")
AT = "2026-11-23T09:00:00Z"
SHAPE = [
    "turn",
    "reply",
    "lang",
    "tool_calls",
    "proposal",
    "question",
    "refusal",
    "evidence",
    "decision_id",
    "ms",
]


class Echo:
    """Answers with what was said; fails when told to."""

    def __init__(self) -> None:
        self.turns = 0

    async def turn(self, request: TurnRequest, progress: ProgressSink | None = None) -> TurnReply:
        self.turns += 1
        if request.text == "down":
            raise StoreUnavailableError("the database does not answer; nothing was changed")
        if request.text == "bug":
            raise ZeroDivisionError("secret detail")
        return TurnReply(turn=self.turns, reply=request.text, lang="en")


async def talk(data: bytes) -> list[Mapping[str, object]]:
    sink = io.StringIO()
    await chat_json(Echo(), Speaker(actor=OWNER, thread="t"), source=io.BytesIO(data), sink=sink)
    return [json.loads(line) for line in sink.getvalue().splitlines()]


async def test_one_object_a_line_in_the_published_shape() -> None:
    answers = await talk("你好\nhow many leads?\r\nlast without line end".encode())
    assert [a["reply"] for a in answers] == ["你好", "how many leads?", "last without line end"]
    assert [list(a) for a in answers] == [SHAPE] * 3
    assert [a["turn"] for a in answers] == [1, 2, 3]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"\xff\xfe\x00", "UTF-8"),
        (b"a\x00b", "NUL"),
        (b"x" * (MAX_CHARS + 1), "20,000"),
        ("汉".encode() * (MAX_CHARS * 3), "20,000"),
        (b"x" * 1_000_000, "20,000"),
        (b"", "empty"),
        (b"   ", "empty"),
    ],
)
async def test_bad_line_is_an_error_object_and_the_next_is_answered(line: bytes, told: str) -> None:
    first, second = await talk(line + b"\nhello\n")
    assert list(first) == ["error", "line"]
    error = first["error"]
    assert isinstance(error, dict)
    assert error["code"] == "E-INPUT"
    assert told in error["message"]
    assert second["reply"] == "hello"


async def test_errors_and_bugs_end_the_turn_not_the_conversation(
    caplog: pytest.LogCaptureFixture,
) -> None:
    down, bug, fine = await talk(b"down\nbug\nfine\n")
    assert down["error"] == {
        "code": "E-STORE",
        "message": "the database does not answer; nothing was changed",
    }
    assert "E-INTERNAL" in json.dumps(bug)
    assert "secret detail" not in json.dumps(bug)
    assert "secret detail" in caplog.text
    assert fine["reply"] == "fine"


async def test_no_input_is_no_output() -> None:
    assert await talk(b"") == []


def test_longest_line_is_still_a_message() -> None:
    assert check_line(("汉" * MAX_CHARS + "\n").encode()).text == "汉" * MAX_CHARS
    assert check_line(("😀" * MAX_CHARS + "\n").encode()).text == "😀" * MAX_CHARS


def test_everything_of_a_turn_is_in_the_object() -> None:
    change = RecordChange(
        action=Action.UPDATE,
        ref=RecordRef(kind="lead", id="L1"),
        title="Ann",
        before={"owner": "E1", "tags": ("a",)},
        after={"owner": "E2", "tags": ("a", "b")},
    )
    change_set = ChangeSet(
        id="c",
        at=AT,
        actor="owner:owner",
        reason="r",
        changes=(change,),
        origin=Origin(system="chat", place="console", observed_at=AT),
    )
    reply = TurnReply(
        turn=3,
        reply="Here:",
        lang="en",
        tool_calls=(ToolCallRecord(name="find_records", args={"ids": ("1",)}, outcome="ok"),),
        proposal=Proposal(
            id="p",
            thread="t",
            actor="owner:owner",
            created_at=AT,
            summary="reassign 1 lead",
            lang="en",
            change_set=change_set,
        ),
        question=Question(text="Which?", options=(Option(label="Ann", reply="@lead:L1"),)),
        evidence=(Evidence(id="lead:L1", source="Ann", origin="f", observed_at=AT, quote="q"),),
        table=Table(columns=("name", "score"), rows=(("Ann", "1"), ("Bo", "2"))),
        notices=("the model did not answer",),
        decision_id="d",
        ms=7,
    )
    shown = json.loads(json.dumps(turn_object(reply)))
    assert list(shown) == SHAPE
    assert shown["reply"] == "the model did not answer\nHere:\nname | score\nAnn | 1\nBo | 2"
    assert shown["proposal"] == {
        "id": "p",
        "summary": "reassign 1 lead",
        "count": 1,
        "changes": [
            {"kind": "lead", "id": "L1", "field": "owner", "before": "E1", "after": "E2"},
            {"kind": "lead", "id": "L1", "field": "tags", "before": ["a"], "after": ["a", "b"]},
        ],
    }
    assert shown["question"] == {
        "text": "Which?",
        "options": [{"label": "Ann", "reply": "@lead:L1"}],
    }
    assert shown["tool_calls"] == [
        {"name": "find_records", "args": {"ids": ["1"]}, "outcome": "ok"}
    ]


def test_number_chooses_an_option() -> None:
    assert chosen("1", ("yes",)) == "yes"
    assert chosen("3", ("yes",)) == "3"
