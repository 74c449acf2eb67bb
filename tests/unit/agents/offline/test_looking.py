"""Orders that hang on what is there now take a look first; what lies ahead stays undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from agents.model import CallResult, ModelReply, ModelStep
from agents.offline.model import OfflineModel
from knowledge_graph.ontology.record import RecordRef
from tools.outcomes import Focus, ToolOk

Play = Callable[..., tuple[ModelReply, ModelReply]]


@pytest.fixture
def play(step: Callable[..., ModelStep], model: OfflineModel) -> Play:
    """A function that takes the look and then the step after it."""

    def both(text: str, count: int, *refs: str) -> tuple[ModelReply, ModelReply]:
        asked = step(text)
        first = model.decide(asked)
        assert len(first.calls) == 1, first
        pairs = (ref.partition(":") for ref in refs)
        focus = Focus(refs=tuple(RecordRef(kind=kind, id=key) for kind, _, key in pairs))
        found = ToolOk(text=f"{count} found.", focus=focus, data={"count": count})
        seen = CallResult(call=first.calls[0], result=found)
        return first, model.decide(replace(asked, tool_results=(seen,)))

    return both


CONDITIONS = [
    ("If Raj has more than 5 leads, give his leads to Sofia", 6, True),
    ("If Raj has more than 5 leads, give his leads to Sofia", 5, False),
    ("if Raj has at least 5 leads interested in software, reassign them to Sofia", 5, True),
    ("if Raj has no leads, delete Acme Ltd", 0, True),
    ("if Raj has no leads, delete Acme Ltd", 1, False),
    ("如果王强有3个以上的商机，就把他的商机转给李薇", 3, True),
    ("如果王强有3个以上的商机，就把他的商机转给李薇", 2, False),
    ("如果王强名下有超过3条线索，把他的线索都转给李薇", 3, False),
]


@pytest.mark.parametrize(("text", "count", "holds"), CONDITIONS)
def test_a_condition_about_now_is_looked_at(play: Play, text: str, count: int, holds: bool) -> None:
    first, then = play(text, count, "lead:l1")
    assert first.goes_on
    assert first.calls[0].name == "find_records"
    assert first.calls[0].args["measure"] == "count"
    assert bool(then.calls) == holds
    if not holds:
        assert then.text.startswith(f"{count} found.")


def test_otherwise_is_the_other_branch(play: Play) -> None:
    text = "If Raj has more than 5 leads, move his leads to qualified. Otherwise give all his leads to Sofia"
    _, many = play(text, 6)
    _, few = play(text, 2)
    assert "Qualified" in str(many.calls[0].args["changes"])
    assert "Sofia" in str(few.calls[0].args["changes"])


SUPERLATIVES = [
    ("assign Morgan Wilson to the person with the fewest open tasks", "ascending", "update_records"),
    ("assign Morgan Wilson to whoever has the most leads", "descending", "update_records"),
    ("Add Kim Park as a new lead and assign them to the person with the fewest leads", "ascending", "create_record"),
    ("find the person with the fewest leads and assign Kim Park to them as a new lead", "ascending", "create_record"),
    ("give the person with the most leads Jane Roe as a new lead", "descending", "create_record"),
    ("把黄海转给线索最少的同事", "升序", "update_records"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "order", "tool"), SUPERLATIVES, ids=lambda x: str(x)[:50])
def test_somebody_is_chosen_by_what_he_has(play: Play, text: str, order: str, tool: str) -> None:
    first, then = play(text, 1, "employee:e5")
    assert first.calls[0].args["kind"] == "employee"
    assert order in str(first.calls[0].args["where"])
    assert [call.name for call in then.calls] == [tool]
    assert "Sofia Santos" in str(then.calls[0].args) or "@employee:e5" in str(then.calls[0].args)


@pytest.mark.parametrize(
    "text",
    [
        "if they sign, move Cobalt pilot to won",
        "if Raj has many leads, give them to Sofia",
        "如果他们签了，就把云帆机房监测改成赢单",
    ],
)
def test_what_cannot_be_looked_at_changes_nothing(
    ask: Callable[..., ModelReply], text: str
) -> None:
    reply = ask(text)
    assert not reply.goes_on
    assert not [c for c in reply.calls if c.name not in {"deploy_rule", "preview_rule"}]


def test_a_rule_stays_a_rule(ask: Callable[..., ModelReply]) -> None:
    reply = ask("如果客户有3个以上未解决工单，就给负责人建任务")
    assert not reply.goes_on
