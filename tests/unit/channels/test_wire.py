"""One turn as JSON: the documented shape, and what is cut and what is not."""

from __future__ import annotations

import json

from agents.turn import Question, Refusal, TurnReply
from channels.ports import FieldWords
from channels.wire import TurnOut, turn_out
from tests.integration.channel_bench import EVIDENCE, TABLE, change, proposal
from tools.outcomes import Option


def test_the_documented_keys_are_there() -> None:
    out = json.loads(turn_out(TurnReply(turn=1, reply="hi", lang="en")).model_dump_json())
    documented = {
        "turn", "reply", "lang", "tool_calls", "proposal", "question", "refusal", "evidence",
        "decision_id", "ms",
    }  # fmt: skip
    assert documented <= set(out)
    assert (out["proposal"], out["question"], out["refusal"]) == (None, None, None)


def test_a_whole_turn_survives_the_way_through_json() -> None:
    reply = TurnReply(
        turn=2,
        reply="好",
        lang="zh",
        proposal=proposal("P1", "s", (change(1, "王芳", "a", "b"),), "zh"),
        question=Question(text="?", options=(Option(label="l", reply="r"),)),
        refusal=Refusal(reason="no", id="R"),
        evidence=EVIDENCE,
        table=TABLE,
    )
    out = turn_out(reply, thread="t")
    assert TurnOut.model_validate_json(out.model_dump_json()) == out


def test_the_count_is_of_records_however_few_are_shown() -> None:
    many = tuple(change(n, f"L{n}", "a", "b") for n in range(50))
    reply = TurnReply(turn=1, reply="", lang="en", proposal=proposal("P", "s", many, "en"))
    shown = turn_out(reply, max_records=3).proposal
    whole = turn_out(reply).proposal
    assert shown is not None
    assert whole is not None
    assert (shown.count, len(shown.changes)) == (50, 3)
    assert len(whole.changes) == 50


def test_words_stand_beside_the_raw_values() -> None:
    two = (change(1, "a", "E1", "E2"), change(2, "b", "E1", "E2"))
    reply = TurnReply(turn=1, reply="", lang="en", proposal=proposal("P", "s", two, "en"))
    words = ((FieldWords(field="owner", label="Owner", before="Lena", after="Raj"),),)
    out = turn_out(reply, words=words).proposal
    assert out is not None
    first, second = out.changes
    assert (first.before, first.before_text, first.label) == ("E1", "Lena", "Owner")
    assert (second.before, second.before_text, second.label) == ("E1", "E1", "owner")
