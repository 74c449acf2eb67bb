"""A turn from outside: language, memory, questions, log, trouble."""

from __future__ import annotations

from typing import Any

import pytest

from agents.model import ModelRefusal, ModelReply, PendingQuestion, ToolCall
from agents.testing import ScriptedModel
from agents.turn import TurnRequest
from knowledge_graph.errors import ModelUnavailableError, StoreUnavailableError
from knowledge_graph.ontology.access import Actor, Role
from tests.unit.agents.rig import (
    FIND,
    LENA,
    UPDATE,
    Rig,
    asks,
    calls,
    drafts,
    fails,
    found,
    retries,
)
from tools.outcomes import Option


async def test_read_answers_from_the_tool(rig: Rig) -> None:
    rig.script(FIND)
    rig.tools.results["find_records"] = found("Raj has 3 leads.")
    reply = await rig.say("how many leads has raj")
    assert (reply.reply, reply.lang, reply.turn) == ("Raj has 3 leads.", "en", 1)
    assert [c.outcome for c in reply.tool_calls] == ["ok"]
    assert [e.id for e in reply.evidence] == ["lead:l1"]
    decision = rig.decisions.kept[0]
    assert decision.id == reply.decision_id
    assert decision.model == "scripted"
    assert decision.outcome == "answered"
    assert decision.input_digest.startswith("sha256:")
    assert decision.facts == (
        {
            "id": "lead:l1",
            "origin": "crm · leads.csv · row 1",
            "observed_at": "2026-01-01T00:00:00Z",
        },
    )


async def test_language_follows_the_text(rig: Rig) -> None:
    rig.script(ModelReply(text="…"))
    assert (await rig.say("上海有多少客户")).lang == "zh"
    assert (await rig.say("/help")).lang == "zh"
    assert (await rig.say("how many customers")).lang == "en"
    assert (await rig.say("/help")).lang == "en"
    request = TurnRequest(text="hello", thread="x", actor=LENA, channel="web", lang="zh")
    assert (await rig.built().turn(request)).lang == "zh"


async def test_focus_and_history_reach_the_next_turn(rig: Rig) -> None:
    model = rig.script(FIND)
    rig.tools.results["find_records"] = found()
    await rig.say("raj's leads")
    await rig.say("and those in Berlin")
    step = model.steps[1]
    assert [str(r) for r in step.run_context.focus.refs] == ["lead:l1"]
    assert [line.text for line in step.history] == ["raj's leads", "3 leads"]


async def test_people_in_one_thread_do_not_share_context(rig: Rig) -> None:
    model = rig.script(FIND)
    rig.tools.results["find_records"] = found()
    await rig.say("raj's leads")
    await rig.say("and those", actor=Actor(role=Role.SALES, id="other@example.com"))
    assert model.steps[1].history == ()
    assert model.steps[1].run_context.focus.refs == ()


@pytest.mark.parametrize(
    "text", ["1", "Raj Patel", "raj patel.", "@employee:e1", "第一个", "the first one"]
)
async def test_an_option_answers_the_question(rig: Rig, text: str) -> None:
    rig.script(FIND)
    rig.tools.results["find_records"] = asks()
    reply = await rig.say("raj's leads")
    assert reply.question is not None
    assert "1. Raj Patel" in reply.reply
    assert (await rig.say(text)).reply == "for @employee:e1"


async def test_free_text_goes_to_the_model_with_the_question(rig: Rig) -> None:
    model = rig.script(FIND)
    rig.tools.results["find_records"] = asks()
    await rig.say("raj's leads")
    await rig.say("no, I meant those of Priya")
    pending = model.steps[1].pending_question
    assert pending is not None
    assert pending.user_text == "raj's leads"
    assert pending.calls[pending.asked].name == "find_records"
    assert pending.slot == "where"


async def test_an_answer_runs_all_calls_of_the_turn_again(rig: Rig) -> None:
    two = calls(
        ("update_records", {"where": "l1", "changes": "x"}),
        ("find_records", {"where": "raj"}),
        ("update_records", {"where": "l2", "changes": "x"}),
    )
    rig.script(two)
    rig.tools.results |= {"find_records": asks(), "update_records": drafts()}
    asked = await rig.say("update all of these")
    assert asked.proposal is None
    reply = await rig.say("2")
    assert reply.proposal is not None
    assert [name for name, _, _ in rig.tools.ran[-3:]] == [
        "update_records",
        "find_records",
        "update_records",
    ]


async def test_a_question_is_forgotten_after_the_next_message(rig: Rig) -> None:
    model = rig.script(FIND)
    rig.tools.results["find_records"] = asks()
    await rig.say("raj's leads")
    rig.tools.results["find_records"] = found()
    await rig.say("all leads")
    await rig.say("1")
    assert model.steps[-1].user_text == "1"
    assert model.steps[-1].pending_question is None


async def test_dropping_a_question(rig: Rig) -> None:
    rig.script(FIND)
    rig.tools.results["find_records"] = asks()
    await rig.say("raj's leads")
    assert "dropped" in (await rig.say("no")).reply
    assert len(rig.tools.ran) == 1


async def test_the_model_asks_and_the_answer_fills_the_call(rig: Rig) -> None:
    question = PendingQuestion(
        text="Whose leads?",
        options=(Option(label="Raj", reply="@employee:e1"),),
        calls=(ToolCall(name="find_records", args={}),),
        slot="where",
    )
    rig.script(ModelReply(question=question))
    rig.tools.results["find_records"] = asks()
    assert (await rig.say("leads")).question is not None
    assert (await rig.say("raj")).reply == "for @employee:e1"


async def test_a_refusal_has_a_reason(rig: Rig) -> None:
    rig.script(ModelReply(refusal=ModelRefusal(reason="I cannot order pizza.", id="out_of_scope")))
    reply = await rig.say("order pizza")
    assert reply.refusal is not None
    assert reply.refusal.id == "out_of_scope"
    assert rig.decisions.kept[0].outcome == "refused"


async def test_the_model_may_correct_itself_twice(rig: Rig) -> None:
    model = rig.script(FIND)
    rig.tools.results["find_records"] = retries()
    reply = await rig.say("leads")
    assert len(model.steps) == 3
    assert reply.refusal is not None
    assert [c.outcome for c in reply.tool_calls] == ["retry"] * 3


async def test_a_failed_tool_ends_the_turn(rig: Rig) -> None:
    rig.script(
        calls(("update_records", {"where": "a", "changes": "b"}), ("find_records", {"where": "c"}))
    )
    rig.tools.results["update_records"] = fails()
    reply = await rig.say("x")
    assert reply.reply == "No. Nothing was changed."
    assert len(rig.tools.ran) == 1


async def test_a_failure_after_a_draft_proposes_nothing(rig: Rig) -> None:
    rig.script(
        calls(("update_records", {"where": "a", "changes": "b"}), ("find_records", {"where": "c"}))
    )
    rig.tools.results |= {"update_records": drafts(), "find_records": fails()}
    reply = await rig.say("x")
    assert reply.proposal is None
    assert rig.proposals.kept == {}


async def test_an_error_of_a_tool_is_told(rig: Rig) -> None:
    def broken(args: Any, context: Any) -> Any:
        raise StoreUnavailableError("connection refused")

    rig.script(FIND)
    rig.tools.results["find_records"] = broken
    reply = await rig.say("leads")
    assert "database cannot be reached" in reply.reply
    assert rig.decisions.kept[0].outcome == "failed"


async def test_tools_outside_the_role_do_not_run(rig: Rig) -> None:
    rig.script(UPDATE)
    reply = await rig.say("change it", actor=Actor(role=Role.MANAGER, id="m"))
    assert rig.tools.ran == []
    assert reply.proposal is None
    customer = await rig.say("/undo abc", actor=Actor(role=Role.CUSTOMER, id="c"))
    assert customer.refusal is not None


async def test_invalid_arguments_do_not_run(rig: Rig) -> None:
    model = rig.script(calls(("find_records", {"where": "raj", "owner": "x"})))
    await rig.say("leads")
    assert rig.tools.ran == []
    assert len(model.steps) == 3
    assert "owner" in model.steps[1].tool_results[0].result.message


async def test_why_explains_the_last_decision(rig: Rig) -> None:
    rig.script(FIND)
    rig.tools.results |= {"find_records": found(), "explain_decision": found("because")}
    first = await rig.say("leads")
    for _ in range(2):
        reply = (await rig.say("/why")).reply
        assert reply.startswith("because")
        assert "crm · leads.csv · row 1" in reply
        assert rig.tools.ran[-1][1] == {"decision": first.decision_id}
    stranger = Actor(role=Role.SALES, id="other@example.com")
    assert (await rig.say(f"/why {first.decision_id}", actor=stranger)).refusal is not None
    steward = Actor(role=Role.STEWARD, id="s@example.com")
    assert (await rig.say(f"/why {first.decision_id}", actor=steward)).reply.startswith("because")


async def test_the_offline_model_takes_over(rig: Rig) -> None:
    offline = ScriptedModel([FIND], name="offline")
    rig.script(ModelUnavailableError("timeout"), hosted=True, offline=offline)
    rig.tools.results["find_records"] = found("3 leads")
    reply = await rig.say("raj's leads")
    assert reply.reply == "3 leads"
    assert "timeout" in reply.notices[0]
    assert rig.decisions.kept[0].model == "offline"


@pytest.mark.parametrize("text", ["", "   ", "x" * 10_001, "\ud800\x00abc", "/nonsense"])
async def test_odd_input_is_answered(rig: Rig, text: str) -> None:
    reply = await rig.say(text)
    assert reply.reply
    assert reply.tool_calls == ()


async def test_a_lost_record_is_told_but_the_turn_stands(rig: Rig) -> None:
    class Full:
        async def append(self, decision: Any) -> None:
            raise StoreUnavailableError("disk full")

        async def latest(self, thread: str) -> None:
            return None

    rig.decisions = Full()
    rig.script(FIND)
    rig.tools.results["find_records"] = found("3 leads")
    reply = await rig.say("raj's leads")
    assert reply.reply == "3 leads"
    assert reply.notices


async def test_progress_is_told(rig: Rig) -> None:
    rig.script(FIND)
    rig.tools.results["find_records"] = found()
    steps: list[str] = []

    async def report(progress: Any) -> None:
        steps.append(progress.step)

    request = TurnRequest(text="raj", thread="c", actor=LENA, channel="web")
    await rig.built().turn(request, report)
    assert steps == ["looking up records"]
