"""Questions that leave out what they are about, over what is in focus; both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agents.model import ModelReply
from knowledge_graph.language.compiler import Language
from knowledge_graph.language.results import Compiled, LanguageContext
from knowledge_graph.ontology.record import RecordRef
from tests.unit.agents.offline.conftest import NOW
from tools.outcomes import Focus

DEALS = (RecordRef(kind="opportunity", id="o1"), RecordRef(kind="opportunity", id="o2"))


@pytest.mark.parametrize(
    ("text", "measure", "fields"),
    [
        ("how much are they worth?", "count; sum of amount", ""),
        ("合计多少", "count; sum of amount", ""),
        ("when do they close?", "", "close_date"),
        ("他们的负责人呢", "", "owner"),
    ],
)
def test_asked_of_the_selection(
    text: str, measure: str, fields: str, ask: Callable[..., ModelReply], language: Language
) -> None:
    context = LanguageContext(now=NOW, me="e2")
    deals = language.query("Raj's open deals", context=context)
    assert isinstance(deals, Compiled)
    reply = ask(text, focus=Focus(query=deals.value, refs=DEALS))
    assert [call.name for call in reply.calls] == ["find_records"], reply
    args = reply.calls[0].args
    assert (args.get("measure", ""), args.get("fields", "")) == (measure, fields)
    again = language.query(str(args["where"]), context=context)
    assert isinstance(again, Compiled)
    assert again.value == deals.value


def test_asked_of_one_record(ask: Callable[..., ModelReply]) -> None:
    reply = ask("她的电话呢", focus=Focus(refs=(RecordRef(kind="contact", id="c2"),)))
    assert [call.name for call in reply.calls] in (["find_records"], ["show_record"])
    assert "@contact:c2" in reply.calls[0].args.values()


def test_without_focus_nothing_is_guessed(ask: Callable[..., ModelReply]) -> None:
    assert not [c for c in ask("合计多少").calls if c.name != "recall_knowledge"]
