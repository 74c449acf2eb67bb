"""A hosted model that fails or misbehaves: the offline assistant takes the turn and says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.hosted import ModelSetting, build_hosted
from agents.testing import SteppingClock
from knowledge_graph.errors import ModelUnavailableError
from prompts.library import PromptLibrary
from tests.integration.hosted.loopback import (
    CALL,
    Body,
    LoopbackModel,
    by_schema,
    native,
    text,
    use,
)
from tests.unit.agents.rig import (
    Rig,
    found,
    retries,
)

pytest.importorskip("langchain_openai", reason="the extra `models` is not installed")


@pytest.mark.parametrize(
    "bad",
    [
        text("```json\n{not json"),
        text("```json\n[1, 2]\n```"),
        text('{"calls": "none"}'),
        text(""),
        by_schema(calls=[{"tool": "find_records", "args": "x"}]),
    ],
)
async def test_garbage_falls_back(rig: Rig, server: LoopbackModel, bad: Any) -> None:
    use(rig, server, bad)
    reply = await rig.say("raj's leads")
    assert reply.reply == "Raj has 3 leads."
    assert reply.notices
    assert rig.decisions.kept[0].model == "offline"


@pytest.mark.parametrize("line", [500, 429, 401, None])
async def test_a_broken_server_falls_back(rig: Rig, server: LoopbackModel, line: Any) -> None:
    use(rig, server, line, timeout_s=0.3)
    reply = await rig.say("raj's leads")
    assert reply.reply == "Raj has 3 leads."
    assert "offline assistant" in reply.notices[0]


@pytest.mark.parametrize("mode", ["native", "json"])
@pytest.mark.parametrize(
    "answer",
    [
        [],
        "x",
        None,
        {},
        {"choices": []},
        {"choices": ["x"]},
        {"choices": [{"message": None}]},
        {"choices": [{"message": "x"}]},
        {"choices": [{"message": {"role": "assistant", "content": None, "tool_calls": "x"}}]},
    ],
)
async def test_an_answer_of_another_shape_falls_back(
    rig: Rig, server: LoopbackModel, answer: object, mode: str
) -> None:
    use(rig, server, Body(data=answer), mode=mode)
    reply = await rig.say("raj's leads")
    assert reply.reply == "Raj has 3 leads."
    assert reply.notices


@pytest.mark.parametrize(
    "bad",
    [
        native(("find_records", {"where": "raj \ud800"})),
        native(("ask_user", {"text": "\ud800?"})),
        native(("decline", {})),
        text("hello \ud800"),
    ],
)
async def test_words_that_cannot_be_kept_are_not_taken(
    rig: Rig, server: LoopbackModel, bad: Any
) -> None:
    use(rig, server, bad)
    assert (await rig.say("raj's leads")).reply == "Raj has 3 leads."


async def test_no_server_at_all_falls_back(rig: Rig, server: LoopbackModel) -> None:
    use(rig, server, 500, base_url="http://127.0.0.1:9/v1")
    assert (await rig.say("raj's leads")).notices


async def test_one_failure_is_retried_by_the_connection(rig: Rig, server: LoopbackModel) -> None:
    use(rig, server, 500, CALL, text("3 leads"), retries=1)
    assert (await rig.say("leads whose owner is raj")).notices == ()


async def test_the_breaker_spares_a_dead_server(rig: Rig, server: LoopbackModel) -> None:
    use(rig, server, 500)
    for _ in range(5):
        await rig.say("raj's leads")
    assert len(server.asked) == 3
    rig.clock.at += timedelta(seconds=61)
    server.lines = [CALL, text("3 leads")]
    assert (await rig.say("leads whose owner is raj")).notices == ()


async def test_the_caps_hold(rig: Rig, server: LoopbackModel) -> None:
    model = use(rig, server, CALL, text("3 leads"), day_tokens=900)
    await rig.say("leads whose owner is raj")
    assert model.budget.spent_today == 200
    for _ in range(4):
        server.lines = [CALL, text("3 leads")]
        reply = await rig.say("leads whose owner is raj")
    assert "cap" in reply.notices[0]
    assert model.budget.spent_today <= 900


async def test_a_model_that_keeps_inventing_loses_the_turn(rig: Rig, server: LoopbackModel) -> None:
    bad = native(("update_records", {"where": "raj", "changes": "owner = Mallory"}))
    use(rig, server, bad)
    reply = await rig.say("raj's leads")
    assert reply.proposal is None
    assert reply.notices
    assert [name for name, _, _ in rig.tools.ran] == ["find_records"]
    assert {c.outcome for c in reply.tool_calls} == {"retry", "ok"}


async def test_requests_that_no_tool_reads_lose_the_turn(rig: Rig, server: LoopbackModel) -> None:
    use(rig, server, CALL)
    answers = iter([retries(), retries(), retries()])
    rig.tools.results["find_records"] = lambda args, context: next(answers, found("3"))(
        args, context
    )
    reply = await rig.say("how many leads is raj the owner of")
    assert reply.reply == "3"
    assert "could not read its requests" in reply.notices[0]


@pytest.mark.parametrize(
    "markup",
    [
        '<tools>\n  <function name="show_record" arguments=\'{"record": "x"}\'/>\n</tools>',
        "<tool_call>{",
    ],
)
async def test_markup_of_calls_is_never_an_answer(
    rig: Rig, server: LoopbackModel, markup: str
) -> None:
    use(rig, server, text(markup))
    reply = await rig.say("raj's leads")
    assert reply.reply == "Raj has 3 leads."
    assert reply.notices


def test_an_unknown_provider_is_told() -> None:
    clock = SteppingClock(datetime(2026, 3, 2, tzinfo=UTC))
    with pytest.raises(ModelUnavailableError, match="nowhere"):
        build_hosted(ModelSetting(model="nowhere:x"), PromptLibrary.load(), clock)
